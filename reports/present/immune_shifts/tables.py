"""Tables of paired shifts as a reader sees them."""

from __future__ import annotations

import pandas as pd

from lib.paired.appearances import APPEARING
from lib.paired.ends import ABSENT_BEFORE, OK
from lib.paired.shifts import Shifts
from reports import wording as present


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
            "Shift\nlogit": shift_text(r),
            f"{present.interval_name(confidence)}\nlogit": interval_text(r),
            "Odds ratio": ratio_text(r),
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


def _told(row: pd.Series) -> str:
    if not row["n_pairs"]:
        return "no data"
    mark = {1: "rises", -1: "falls", 0: "cannot tell"}[int(row["direction"])]
    size = present.fixed(row["shift"], 2) if row["qualifier"] == "=" else "bound only"
    return f"{mark} ({size})"


def shift_text(row: pd.Series) -> str:
    """The shift, or the bound that a population which appears or vanishes has."""
    bound = "shift_low" if row["status"] == ABSENT_BEFORE else "shift_high"
    value = row[bound if row["status"] in APPEARING else "shift_logit"]
    text, mark = present.fixed(value, 2), row["odds_ratio_qualifier"]
    return f"{mark} {text}" if mark in ("<", ">") and text != present.NONE else text


def ratio_text(row: pd.Series) -> str:
    """The odds ratio, with the mark of a bound."""
    text, mark = present.fixed(row["odds_ratio"], 2), row["odds_ratio_qualifier"]
    return f"{mark} {text}" if mark in ("<", ">") and text != present.NONE else text


def interval_text(row: pd.Series) -> str:
    """The interval of the shift in logits."""
    low, high = row["shift_low"], row["shift_high"]
    return present.interval(low, high, decimals=2, open_low="no bound", open_high="no bound")
