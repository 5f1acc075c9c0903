"""Words on a row of shifts, and on how many of them agree with what is expected."""

from __future__ import annotations

import pandas as pd

from lib.paired import Shifts
from lib.paired.appearances import APPEARING
from lib.paired.ends import ABSENT_BEFORE
from lib.paired.shifts import NO_DIRECTION
from reports import wording


def agreement_in_words(table: pd.DataFrame) -> str:
    """``"5 of 6 populations with an expected direction agree with it (whole interval on its side), 1 cannot
    tell"``."""
    directed = table[table["expected"] != NO_DIRECTION]
    if directed.empty:
        return "no population here has an expected direction"
    counts = directed["verdict"].value_counts()
    n, agree = len(directed), int(counts.get("agrees", 0))
    said = {v: f"{c} {'differ' if v == 'differs' and c > 1 else v}" for v, c in counts.items()}
    rest = "".join(f", {said[v]}" for v in ("differs", "cannot tell") if v in said)
    verb = "agrees" if n == 1 else "agree"
    return (
        f"{agree} of {wording.count(n, 'population')} with an expected direction {verb} with it"
        f" (whole interval on its side){rest}"
    )


def agreement_sentence(table: pd.DataFrame) -> str:
    """`agreement_in_words` as a sentence of its own."""
    text = agreement_in_words(table)
    return f"{text[0].upper()}{text[1:]}."


def limit_in_words(table: pd.DataFrame) -> str:
    """How many populations have the smallest p-value that their pairs allow."""
    at_limit = int(((table["p_value"] <= table["smallest_p"] * (1 + 1e-9)) & (table["n_moved"] > 0)).sum())
    n = len(table)
    verb = "reaches the smallest p-value that its" if n == 1 else "reach the smallest p-value that their"
    return f"{at_limit} of {wording.count(n, 'population')} {verb} pairs allow"


def reasons_in_words(table: pd.DataFrame, most: int = 8) -> str:
    """Rows that are not simply to be relied on, with their reasons."""
    said = table[table["quality"] != "pass"]
    lines = [
        f"{r['population']}, {r['quality']}: {r['reasons'].replace('; ', ', ')}" for _, r in said.iterrows()
    ]
    return f"{wording.limited(lines, most)}." if lines else ""


def shift_text(row: pd.Series) -> str:
    """The shift, or the bound that a population which appears or vanishes has."""
    bound = "shift_low" if row["status"] == ABSENT_BEFORE else "shift_high"
    return _marked(row, bound if row["status"] in APPEARING else "shift_logit")


def ratio_text(row: pd.Series) -> str:
    """The odds ratio, with the mark of a bound."""
    return _marked(row, "odds_ratio")


def _marked(row: pd.Series, column: str) -> str:
    text, sign = wording.fixed(row[column], 2), row["odds_ratio_qualifier"]
    return f"{sign} {text}" if sign in ("<", ">") and text != wording.NONE else text


def interval_text(row: pd.Series) -> str:
    """The interval of the shift in logits."""
    low, high = row["shift_low"], row["shift_high"]
    return wording.interval(low, high, decimals=2)


def condition(shifts: Shifts) -> str:
    """Which time points are compared: ``"post against pre"``."""
    return f"{shifts.settings['followup']} against {shifts.settings['baseline']}"
