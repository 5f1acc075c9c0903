"""The answer for each compound and line: its relative IC50 where that is told, else its absolute one, and its sentence."""

from __future__ import annotations

import pandas as pd

from lib.dose_response.curves import CurveFits
from reports.wording import censored, count, interval, interval_name, listing, number

UNHELD = "the wells do not hold the plateaus that a relative IC50 needs"
MOST_NAMED, MOST_GROUPS = 4, 6
KEYS = ["compound", "cell_line"]
RELATIVE, ABSOLUTE = "IC50", "absolute IC50"
SCREEN = 60
"""Above this many curves a report shows an overview and chosen curves."""


def choose_answers(
    summary: pd.DataFrame, absolute: pd.DataFrame | None = None, *, level: float = 0.5
) -> pd.DataFrame:
    """Rows of `summary`, those of `absolute` in their place where they say more; ``quantity`` says which.

    The relative IC50 needs plateaus that the wells hold: with fewer than two experiments that bound it (one of one),
    or none with a value, the absolute IC50 is the answer if it has a value. So it is where curves start below the level
    already, at half of vehicle or lower: then the relative IC50 is that of a second step. Both frames are from
    `combine_experiments`.
    """
    answers = summary.assign(quantity=RELATIVE)
    if absolute is None or summary.empty:
        return answers
    other = absolute.set_index(KEYS).reindex(pd.MultiIndex.from_frame(summary[KEYS])).reset_index()
    other.index = summary.index
    value, side = summary["qualifier"] == "=", summary["qualifier"].isin(["<", ">"])
    held = value & (summary["n_bounded"] >= summary["n_fitted"].clip(upper=2))
    second_step = value & (other["qualifier"] == "<") & (level <= 0.5)
    better = ((other["qualifier"] == "=") & ~held) | second_step
    better |= ~(value | side) & other["qualifier"].isin(["<", ">"])
    columns = [c for c in other.columns if c not in KEYS]
    answers.loc[better, columns] = other.loc[better, columns]
    answers.loc[better, "quantity"] = ABSOLUTE
    return answers.astype({name: int for name in columns if name.startswith("n_")})


def answer_fits(fits: CurveFits) -> pd.DataFrame:
    """The frame of fits, with the absolute IC50 in the place of a relative one that cannot be told."""
    frame = fits.frame.copy()
    other = (frame["ic50_qualifier"] == "") & (frame["absolute_ic50_qualifier"] != "")
    for part in ("uM", "low_uM", "high_uM", "qualifier"):
        frame[f"ic50_{part}"] = frame[f"ic50_{part}"].where(~other, frame[f"absolute_ic50_{part}"])
    return frame


def rank_lines(
    summary: pd.DataFrame, absolute: pd.DataFrame | None = None, *, level: float = 0.5
) -> pd.DataFrame:
    """Lines by their answer, most sensitive first; those beyond the range after them, those that cannot be told last.

    In a screen, given the absolute IC50s in the same order, partial effects come after those that fall to the level: a
    step of a few percent can have the lowest relative IC50 of all.
    """
    answers = choose_answers(summary, absolute, level=level)
    group = answers["qualifier"].map({"<": 0, "=": 0, ">": 2, "": 3})
    if absolute is not None and len(summary) > SCREEN:
        partial = (absolute["qualifier"] == ">").to_numpy()
        group = group.mask(partial & (group == 0).to_numpy(), 1)
    order = answers.assign(group=group).sort_values(["group", "geometric_mean_uM"], kind="stable").index
    return summary.loc[order]


def find_lead(summary: pd.DataFrame, absolute: pd.DataFrame, *, level: float = 0.5) -> pd.Series | None:
    """The line by which the report is remembered: the most sensitive with a value, else the first with a limit."""
    ranked = rank_lines(choose_answers(summary, absolute, level=level), absolute, level=level)
    inside, told = ranked[ranked["qualifier"] == "="], ranked[ranked["qualifier"] != ""]
    if told.empty:
        return None
    return (inside if len(inside) else told).iloc[0]


def name_line(row: pd.Series, summary: pd.DataFrame) -> str:
    """The cell line, with its compound where the study holds several."""
    several = len(set(summary["compound"])) > 1
    return f"{row['compound']} in {row['cell_line']}" if several else str(row["cell_line"])


def name_key(lead: pd.Series, summary: pd.DataFrame) -> str:
    """What the lead's number is, for a reader who sees only that."""
    quantity = str(lead["quantity"])
    return f"{quantity[0].upper()}{quantity[1:]}, {name_line(lead, summary)}"


def say_answer(summary: pd.DataFrame, fits: CurveFits, absolute: pd.DataFrame | None = None) -> str:
    """The report's answer in one sentence: values within the range, what lies beyond it, and what has no answer."""
    answers = choose_answers(summary, absolute, level=fits.level)
    answers = rank_lines(answers, absolute, level=fits.level)
    if answers.empty:
        return "No curve could be fitted: see the advice beside each."
    if len(answers) == 1:
        return _say_only(answers.iloc[0], fits)
    inside = answers[answers["qualifier"] == "="]
    rest = _say_groups([*_beyond(answers), *_untold(answers)], answers)
    if inside.empty:
        return f"No {_unit(answers)} has an IC50 within the tested range: {rest}."
    if len(answers) > SCREEN:
        said = _say_screen(inside, answers)
    else:
        said = _say_one(inside.iloc[0], fits) if len(inside) == 1 else _say_range(inside, fits, answers)
    return f"{said}; {rest}." if rest else f"{said}."


def _say_only(row: pd.Series, fits: CurveFits) -> str:
    if row["qualifier"]:
        return f"{_say_one(row, fits)}."
    return f"No IC50 of {row['compound']} in {row['cell_line']} can be told: {row['why']}."


def _say_range(inside: pd.DataFrame, fits: CurveFits, answers: pd.DataFrame) -> str:
    first, last = (_say_line(inside.iloc[k], fits, answers) for k in (0, -1))
    n_absolute = int((inside["quantity"] == ABSOLUTE).sum())
    name = ABSOLUTE if n_absolute == len(inside) else RELATIVE
    of_some = f" (of {n_absolute} the absolute one: {UNHELD})"
    why = {0: "", len(inside): f"; {UNHELD}"}.get(n_absolute, of_some)
    return f"The {name} runs from {first} to {last}, {_n(inside)}{why}"


def _say_one(row: pd.Series, fits: CurveFits) -> str:
    mine = _fits_of(row, fits)
    unheld = row["quantity"] == ABSOLUTE and (mine["plateaus_held"] != "both").any()
    why = f"; {UNHELD}" if unheld else ""
    n = "one experiment" if len(mine) == 1 else _count_experiments(int(row["n_experiments"]), len(mine))
    where = f"of {row['compound']} in {row['cell_line']}"
    return f"The {row['quantity']} {where} is {_value(row)} µM{_said_interval(row, fits)}, {n}{why}"


def _count_experiments(told: int, n: int) -> str:
    """How many experiments an answer rests on, and of how many, where some tell none."""
    return count(n, "experiment") if told == n else f"{told} of {count(n, 'experiment')}"


def _fits_of(row: pd.Series, fits: CurveFits) -> pd.DataFrame:
    same = (fits.frame["compound"] == row["compound"]) & (fits.frame["cell_line"] == row["cell_line"])
    return fits.frame[same]


def say_bounds(row: pd.Series, name: str) -> str:
    """The interval of one fit, in words where there is none."""
    low, high, mark = row[f"{name}_low_uM"], row[f"{name}_high_uM"], row[f"{name}_qualifier"]
    none = "beyond range" if mark in ("<", ">") else "no interval"
    return interval(low, high, none=none, open_low="unbounded", open_high="unbounded")


def _value(row: pd.Series) -> str:
    return censored(row["geometric_mean_uM"], row["qualifier"], 2)


def _said_interval(row: pd.Series, fits: CurveFits) -> str:
    """Over experiments; of a single one that of its fit, which says so."""
    mine, name = _fits_of(row, fits), interval_name(fits.confidence)
    if len(mine) == 1:
        fitted = "absolute_ic50" if row["quantity"] == ABSOLUTE else "ic50"
        ends, name = [mine.iloc[0][f"{fitted}_{end}_uM"] for end in ("low", "high")], f"{name} of the fit"
    else:
        ends = [row["geometric_low_uM"], row["geometric_high_uM"]]
    low, high = ends
    bounds = interval(low, high, 2, none="", open_low="unbounded", open_high="unbounded").replace("–", " to ")
    return f" ({name} {bounds})" if bounds and row["qualifier"] == "=" else ""


def _say_line(row: pd.Series, fits: CurveFits, answers: pd.DataFrame) -> str:
    return f"{_value(row)} µM in {name_line(row, answers)}{_said_interval(row, fits)}"


def _say_screen(inside: pd.DataFrame, answers: pd.DataFrame) -> str:
    middle = inside["geometric_mean_uM"].median()
    value, name = number(inside["geometric_mean_uM"].iloc[0], 2), name_line(inside.iloc[0], answers)
    n_absolute = int((inside["quantity"] == ABSOLUTE).sum())
    which = f" (of {n_absolute:,} the absolute one: {UNHELD})" if n_absolute else ""
    return (f"{len(inside):,} of {len(answers):,} {_unit(answers, 2)} have an IC50 within the tested range{which}, "
            f"median {number(middle, 2)} µM; the lowest {_REACHED} is {value} µM, {name}")  # fmt: skip


_REACHED = "among curves that fall to the level of the absolute IC50"
Group = tuple[pd.DataFrame, str, str]
"""Rows, and what is said of one or of several."""


def _beyond(answers: pd.DataFrame) -> list[Group]:
    above, none = answers["qualifier"] == ">", answers["status"] == "no_effect"
    low, high = "below the lowest concentration", "above the highest concentration"
    return [
        (answers[answers["qualifier"] == "<"], f"lies {low}", f"lie {low}"),
        (answers[above & ~none], f"lies {high}", f"lie {high}"),
        (answers[above & none], "shows no effect", "show no effect"),
    ]


def _untold(answers: pd.DataFrame) -> list[Group]:
    left = answers[answers["qualifier"] == ""]
    failed = left["status"] == "failed"
    words = "could not be fitted (too few concentrations)"
    groups: list[Group] = [(left[failed], words, words)]
    for why, rows in left[~failed].groupby("why", sort=False):
        groups.append((rows, f"cannot be told ({why})", f"cannot be told ({why})"))
    return groups


def _say_groups(groups: list[Group], answers: pd.DataFrame) -> str:
    """ "2 of 4 compounds (a and b) lie below the lowest concentration, 1 of 4 (c) shows no effect"."""
    parts: list[str] = []
    for rows, one, many in groups:
        if len(rows):
            units = f" {_unit(answers, 2)}" if not parts else ""
            named = (
                f" ({listing([_short(row, answers) for _, row in rows.iterrows()])})"
                if len(rows) <= MOST_NAMED
                else ""
            )
            parts.append(f"{len(rows):,} of {len(answers):,}{units}{named} {one if len(rows) == 1 else many}")
    more = f"; {len(parts) - MOST_GROUPS} further reasons in the table" if len(parts) > MOST_GROUPS else ""
    return ", ".join(parts[:MOST_GROUPS]) + more


def _short(row: pd.Series, answers: pd.DataFrame) -> str:
    return str(row["compound"]) if len(set(answers["cell_line"])) == 1 else name_line(row, answers)


def _unit(answers: pd.DataFrame, n: int = 1) -> str:
    n_compounds, n_lines = (len(set(answers[key])) for key in KEYS)
    if n_lines == 1 and n_compounds > 1:
        one, many = "compound", "compounds"
    elif n_compounds == 1:
        one, many = "line", "lines"
    else:
        one, many = "pair of compound and line", "pairs of compound and line"
    return one if n == 1 else many


def _n(summary: pd.DataFrame) -> str:
    low, high = int(summary["n_experiments"].min()), int(summary["n_experiments"].max())
    return f"{count(low, 'experiment')} each" if low == high else f"{low} to {high} experiments each"


def say_caution(summary: pd.DataFrame, absolute: pd.DataFrame) -> str:
    """What would mislead a reader who stops at the answer."""
    partial = absolute[((absolute["qualifier"] == ">") & (summary["qualifier"] == "=")).to_numpy()]
    parts = []
    if len(partial):
        many = len(summary) > SCREEN
        names = f"{len(partial):,} of {count(len(summary), 'pair')}" if many else listing([_short(row, summary) for _, row in partial.iterrows()])  # fmt: skip
        parts.append(f"{names}: viability does not fall to half of vehicle, the absolute IC50 is above the tested range; "
                     "do not rank a partial effect by its relative IC50.")  # fmt: skip
    told = summary[summary["n_experiments"] > 0]
    if (told["n_experiments"] < 3).any():
        parts.append("Fewer than three experiments: no interval over experiments is given; that of a fit says nothing "
                     "of the variation between experiments.")  # fmt: skip
    return (
        " ".join(parts)
        or "A relative IC50 is half-way between the plateaus of its own curve; see the absolute one beside it."
    )
