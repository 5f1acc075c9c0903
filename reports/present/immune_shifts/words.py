"""Sentences on paired shifts: the answer, agreement, cautions, and figures for a reader who does not see them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lib.paired.appearances import APPEARING, lead_row
from lib.paired.directions import Aliases, name_in_sentence
from lib.paired.ends import ABSENT, ABSENT_AFTER, ABSENT_BEFORE, BOUNDED, FULL, OK
from lib.paired.shifts import NO_DIRECTION, Shifts
from reports import wording as present
from reports.present.immune_shifts.published import contradictions
from reports.present.immune_shifts.tables import interval_text, shift_text

VERBS = {1: "rose", -1: "fell"}


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


def appearance_in_words(row: pd.Series, *, confidence: float = 0.95) -> str:
    """A population that is absent at one of the time points: what it rose to or fell from, and the bound held."""
    n = int(row["n_pairs"])
    appears = row["status"] == ABSENT_BEFORE
    there, other = ("followup", "at follow-up") if appears else ("baseline", "at baseline")
    absent = f"was {row['status']} (0 % in {n} of {present.count(n, 'pair')})"
    median = present.number(row[f"{there}_median_percent"], 2)
    nearest = row["shift_points_low"] if appears else -row["shift_points_high"]
    least = (
        "no interval of the change" if present.is_missing(nearest)
        else f"a {'rise' if appears else 'fall'} of at least {present.number(nearest, 2)} percentage points"
    )  # fmt: skip
    side, bound = ("at least", row["odds_ratio_low"]) if appears else ("at most", row["odds_ratio_high"])
    told = not present.is_missing(bound) and bound != 1
    ratio = (
        f"the odds ratio is {side} {present.number(bound, 2)}"
        if told
        else "percentages of 0 give no odds ratio"
    )
    return (
        f"{row['population']} {absent} and has a median of {median} % {other}, {least} "
        f"({present.interval_name(confidence)}); {ratio}"
    )


def zeros_in_words(table: pd.DataFrame) -> list[str]:
    """Populations of which zeros leave a bound, by what they leave."""
    said = {
        ABSENT_BEFORE: "absent at baseline in every pair: the odds ratio has a lower bound only",
        ABSENT_AFTER: "absent at follow-up in every pair: the odds ratio has an upper bound only",
        ABSENT: "absent at both time points: nothing to compare",
        FULL: "100 % at both time points: nothing to compare",
        BOUNDED: "percentages of 0 or 100 have no logit: estimate or interval is a bound",
    }
    named = {status: table.loc[table["status"] == status, "population"] for status in said}
    notes = [
        f"{present.listing(list(names))}: {said[status]}." for status, names in named.items() if len(names)
    ]
    hanging = table[(table["status"] == OK) & table["why"].str.contains("half count", regex=False)]
    return notes + [f"{row['population']}: {row['why'].split(';')[0]}." for _, row in hanging.iterrows()]


def lead_numbers(row: pd.Series) -> dict[str, object]:
    """The lead row's number for the card: the odds ratio or, where it has one bound only, the percentage points."""
    points = row["status"] in APPEARING
    names = [f"shift_points{end}" if points else f"odds_ratio{end}" for end in ("", "_low", "_high")]
    values = dict(zip(("estimate", "low", "high"), (row[name] for name in names), strict=True))
    what = "Change" if points else "Odds ratio"
    unit = "percentage points" if points else "times baseline"
    mark = "" if points or row["odds_ratio_qualifier"] == "=" else row["odds_ratio_qualifier"]
    return {"label": f"{what}, {row['population']}", "unit": unit, "qualifier": mark, **values}


def agreement_in_words(table: pd.DataFrame) -> str:
    """``"5 of 6 populations with an expected direction agree with it, 1 cannot tell"``."""
    directed = table[table["expected"] != NO_DIRECTION]
    if directed.empty:
        return "no population here has an expected direction"
    counts = directed["verdict"].value_counts()
    n, agree = len(directed), int(counts.get("agrees", 0))
    said = {v: f"{c} {'differ' if v == 'differs' and c > 1 else v}" for v, c in counts.items()}
    rest = "".join(f", {said[v]}" for v in ("differs", "cannot tell") if v in said)
    verb = "agrees" if n == 1 else "agree"
    return f"{agree} of {present.count(n, 'population')} with an expected direction {verb} with it{rest}"


def say_published(table: pd.DataFrame, published: Mapping[str, str], *, own: bool) -> str:
    """The card's line; empty where nothing is published, or no population of these was."""
    if not published or (table["expected"] == NO_DIRECTION).all():
        return ""
    basis = "those of the table given, not the published ones" if own else "no size is published"
    return f"**{agreement_sentence(table)}** Directions only: {basis}."


def cautions_in_words(
    table: pd.DataFrame, phenotypes: Mapping[str, str] | None = None, aliases: Aliases | None = None
) -> list[str]:
    """What a reader must know of these pairs: too few, percentages only, names that published phenotypes contradict."""
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
    return notes + contradictions(list(table["population"]), phenotypes or {}, aliases or {})


def agreement_sentence(table: pd.DataFrame) -> str:
    """`agreement_in_words` as a sentence of its own."""
    text = agreement_in_words(table)
    return f"{text[0].upper()}{text[1:]}."


def groups_in_words(groups: pd.DataFrame) -> str:
    """How many populations differ between cohorts at p < .05, of how many tested."""
    tests = groups.loc[groups["group"] == "adjusted", "p_groups"].dropna()
    if tests.empty:
        return "Cohorts are too small to be compared."
    return (
        f"{int((tests < 0.05).sum())} of {len(tests)} populations differ between cohorts at p < 0.05 "
        f"(least p {present.p_value(float(tests.min()))}, not adjusted)."
    )


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
        f"{r['population']} {shift_text(r)} ({interval_text(r)}), p {present.p_value(r['p_value'])}."
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
