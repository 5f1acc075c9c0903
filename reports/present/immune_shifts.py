"""Results of paired shifts as a reader sees them: tables of words, and the one-sentence answer."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from lib.paired.appearances import APPEARING, appearance_in_words, lead_row, zeros_in_words
from lib.paired.directions import match_population, name_in_sentence, published_directions
from lib.paired.ends import ABSENT_BEFORE, OK
from lib.paired.shifts import Shifts
from reports import wording as present

VERBS = {1: "rose", -1: "fell"}


def show_shifts(table: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """The shifts for reading: medians in percent, the odds ratio with its interval, p beside its least value.

    Where zeros leave a bound, it has its mark, and a last column holds the status.
    """
    rows = [
        {
            "Population": r["population"],
            "Pairs": str(r["n_pairs"]),
            "Baseline\n%": present.number(r["baseline_median_percent"]),
            "Follow-up\n%": present.number(r["followup_median_percent"]),
            "Shift\nlogit": _shift(r),
            f"{present.interval_name(confidence)}\nlogit": _interval(r),
            "Odds ratio": _ratio(r),
            "p": present.p_value(r["p_value"]),
            "q": present.p_value(r["q_value"]),
            "Least p": present.p_value(r["smallest_p"], missing="none"),
            "Expected": r["expected"],
            "Verdict": r["verdict"],
            "Status": r["status"],
        }
        for _, r in table.iterrows()
    ]
    shown = pd.DataFrame(rows)
    return shown.drop(columns="Status") if (table["status"] == OK).all() else shown


def show_concordance(table: pd.DataFrame) -> pd.DataFrame:
    """Denominators side by side: the direction that each interval tells, and the reading."""
    main = table[(table["method"] == "Hodges–Lehmann") & ~table["denominator"].str.startswith("parent,")]
    told = main.assign(told=[_told(r) for _, r in main.iterrows()])
    wide = told.pivot_table("told", "population", "denominator", aggfunc="first", sort=False)
    reading = main.drop_duplicates("population").set_index("population")["reading"]
    return wide.assign(Reading=reading).reset_index().rename(columns={"population": "Population"})


def list_exclusions(shifts: Shifts, *, ids: bool = False) -> pd.DataFrame:
    """Pairs not used: ``reason, n_subjects, n_pairs, populations`` and, only if asked for, ``subjects``."""
    excluded, total = shifts.excluded, shifts.pairs["population"].nunique()
    rows = []
    for reason, part in excluded.groupby("reason", sort=False):
        names = list(dict.fromkeys(part["population"]))
        named = list(dict.fromkeys(part["subject"]))
        every = f"all {total} populations"
        row = {"reason": reason, "n_subjects": len(named), "n_pairs": len(part),
               "populations": every if len(names) == total > 1 else ", ".join(names)}  # fmt: skip
        rows.append(row | ({"subjects": ", ".join(named)} if ids else {}))
    none = {"reason": "none: every pair is used", "n_subjects": 0, "n_pairs": 0, "populations": "none"}
    return pd.DataFrame(rows or [none])


def show_exclusions(exclusions: pd.DataFrame) -> pd.DataFrame:
    """`list_exclusions` with headers in words."""
    names = {
        "reason": "Reason",
        "n_subjects": "Subjects",
        "n_pairs": "Pairs",
        "populations": "Populations",
        "subjects": "Who",
    }
    return exclusions.rename(columns=names)


def show_measured(populations: Iterable[str]) -> pd.DataFrame:
    """Each population of Table 1 (and its text), its published direction, and under which name it was measured.

    MDSCs that the text names without compartment count as measured where peripheral ones are.
    """
    names = list(populations)
    rows = []
    for published, direction in published_directions().items():
        also = "Peripheral MDSCs" if published == "MDSCs" else published
        own = [name for name in names if match_population(name) in (published, also)]
        rows.append(
            {
                "published_population": published,
                "direction": direction,
                "measured_as": ", ".join(own) or "not measured",
            }
        )
    return pd.DataFrame(rows)


def answer_in_words(table: pd.DataFrame, *, confidence: float = 0.95) -> str:
    """One sentence: the lead population's odds ratio with its interval and pairs, then how many agree."""
    row = lead_row(table)
    if not row["n_pairs"]:
        return "No population has a pair of samples that holds a change: no shift can be estimated."
    if row["status"] in APPEARING:
        return f"{appearance_in_words(row, confidence=confidence)}; {agreement_in_words(table)}."
    change = "did not move" if row["shift_logit"] == 0 else VERBS[1 if row["shift_logit"] > 0 else -1]
    interval = present.interval(
        row["odds_ratio_low"], row["odds_ratio_high"], 2, open_low="no bound", open_high="no bound"
    )
    bounded = not (present.is_missing(row["shift_low"]) and present.is_missing(row["shift_high"]))
    within = f"{present.interval_name(confidence)} {interval}" if bounded else row["why"]
    least = {">": "at least ", "<": "at most "}.get(row["odds_ratio_qualifier"], "")
    return (
        f"The odds of {name_in_sentence(row['population'])} {change} to {least}{present.number(row['odds_ratio'], 2)} "
        f"times baseline ({within}, n = {present.count(int(row['n_pairs']), 'pair')}); {agreement_in_words(table)}."
    )


def agreement_in_words(table: pd.DataFrame) -> str:
    """``"5 of 6 populations with an expected direction agree with it, 1 cannot tell"``."""
    directed = table[table["expected"] != "none"]
    if directed.empty:
        return "no population here has an expected direction"
    counts = directed["verdict"].value_counts()
    n, agree = len(directed), int(counts.get("agrees", 0))
    said = {v: f"{c} {'differ' if v == 'differs' and c > 1 else v}" for v, c in counts.items()}
    rest = "".join(f", {said[v]}" for v in ("differs", "cannot tell") if v in said)
    verb = "agrees" if n == 1 else "agree"
    return f"{agree} of {present.count(n, 'population')} with an expected direction {verb} with it{rest}"


def cautions_in_words(table: pd.DataFrame) -> list[str]:
    """What a reader must know of these pairs: too few, percentages only, contradictory names."""
    notes = []
    few = table[table["smallest_p"] > 0.05]
    if len(few):
        said = [
            f"{moved} of {present.count(n, 'pair')} moved, least p {present.number(least)} ({present.listing(list(part['population']))})"
            for (moved, n, least), part in few.groupby(["n_moved", "n_pairs", "smallest_p"], sort=False)
        ]
        notes.append(
            f"{len(few)} of {len(table)} populations cannot reach p < 0.05 whatever the sizes: {'; '.join(said)}."
        )
    notes += zeros_in_words(table)
    if table["denominator"].str.contains("percent only").any():
        notes.append(
            "Percentages without counts: nothing can be called below the limit of quantification; counts are preferred."
        )
    naive = [n for n in table["population"] if (match_population(n) or "").startswith("Naïve")]
    if naive:
        notes.append(
            f"{' and '.join(naive)}: the published phenotype (CD45RA+PD-1+CD69+) carries PD-1 and CD69, which "
            "contradict naïve; agreement is with the printed name, not with a naïve cell."
        )
    return notes


def _shift(row: pd.Series) -> str:
    """The shift, or the bound that a population which appears or vanishes has."""
    bound = "shift_low" if row["status"] == ABSENT_BEFORE else "shift_high"
    value = row[bound if row["status"] in APPEARING else "shift_logit"]
    text, mark = present.fixed(value, 2), row["odds_ratio_qualifier"]
    return f"{mark} {text}" if mark in ("<", ">") and text != present.NONE else text


def _ratio(row: pd.Series) -> str:
    text, mark = present.fixed(row["odds_ratio"], 2), row["odds_ratio_qualifier"]
    return f"{mark} {text}" if mark in ("<", ">") and text != present.NONE else text


def _interval(row: pd.Series) -> str:
    low, high = row["shift_low"], row["shift_high"]
    return present.interval(low, high, decimals=2, open_low="no bound", open_high="no bound")


def _told(row: pd.Series) -> str:
    if not row["n_pairs"]:
        return "no data"
    mark = {1: "rises", -1: "falls", 0: "cannot tell"}[int(row["direction"])]
    size = present.fixed(row["shift"], 2) if row["qualifier"] == "=" else "bound only"
    return f"{mark} ({size})"


def agreement_sentence(table: pd.DataFrame) -> str:
    """`agreement_in_words` as a sentence of its own."""
    text = agreement_in_words(table)
    return f"{text[0].upper()}{text[1:]}."


def show_groups(groups: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Shifts by cohort for reading."""
    rows = [
        {
            "Population": r["population"],
            "Cohort": r["group"],
            "Pairs": str(r["n_pairs"]),
            "Shift\nlogit": present.fixed(r["shift"], 2),
            f"{present.interval_name(confidence)}\nlogit": present.interval(r["low"], r["high"], decimals=2),
            "p, cohorts differ": present.p_value(r["p_groups"], missing="in the adjusted row"),
            "Why no interval": r["why"] or "none",
        }
        for _, r in groups.iterrows()
    ]
    return pd.DataFrame(rows)


def groups_in_words(groups: pd.DataFrame) -> str:
    """How many populations differ between cohorts at p < .05, of how many tested."""
    tests = groups.loc[groups["group"] == "adjusted", "p_groups"].dropna()
    if tests.empty:
        return "Cohorts are too small to be compared."
    return (
        f"{int((tests < 0.05).sum())} of {len(tests)} populations differ between cohorts at p < 0.05 "
        f"(least p {present.p_value(float(tests.min()))}, not adjusted)."
    )


def show_course(course: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Changes from baseline by time point for reading."""
    rows = [
        {
            "Population": r["population"],
            "Time point": r["timepoint"],
            "Samples": str(r["n_samples"]),
            "Shift\nlogit": present.fixed(r["shift"], 2),
            f"{present.interval_name(confidence)}\nlogit": present.interval(r["low"], r["high"], decimals=2),
            "p": present.p_value(r["p_value"]),
            "Status": r["status"],
        }
        for _, r in course.iterrows()
    ]
    return pd.DataFrame(rows)


def quality_in_words(shifts: Shifts, min_events: int) -> str:
    """Pairs used, left out, and used although one count is low; the first part bold."""
    used = shifts.pairs[shifts.pairs["used"]]
    n, low = len(shifts.pairs), int((used["below_lloq"] != "none").sum())
    left_out = f"{n - len(used)} excluded, {low} used with one count below {min_events} events"
    return f"**{len(used)} of {n} pairs** used; {left_out}."


def describe_slopes(table: pd.DataFrame) -> str:
    """The slopes for a reader who does not see them."""
    parts = [
        f"{r['population']}: {present.count(int(r['n_pairs']), 'pair')}, median "
        f"{present.number(r['baseline_median_percent'])} to {present.number(r['followup_median_percent'])} percent."
        for _, r in table.iterrows()
    ]
    return "Paired slopes. " + " ".join(parts)


def describe_shifts(table: pd.DataFrame) -> str:
    """The forest for a reader who does not see it."""
    parts = [
        f"{r['population']} {_shift(r)} ({_interval(r)}), p {present.p_value(r['p_value'])}."
        for _, r in table.iterrows()
    ]
    return "Shifts of logits with interval. " + " ".join(parts)


def limit_in_words(table: pd.DataFrame) -> str:
    """How many populations have the smallest p-value that their pairs allow."""
    at_limit = int(((table["p_value"] <= table["smallest_p"] * (1 + 1e-9)) & (table["n_moved"] > 0)).sum())
    return f"{at_limit} of {len(table)} populations reach the smallest p-value that their pairs allow"


def describe_denominators(table: pd.DataFrame) -> str:
    """The reading of each population, one sentence each."""
    first = table.drop_duplicates("population")
    return " ".join(f"{r['population']}: {r['reading']}." for _, r in first.iterrows())
