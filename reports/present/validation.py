"""What the simulations and comparisons say, for the report."""

from __future__ import annotations

import pandas as pd

from lib.validation import flag_coverage, flag_type_one
from reports.wording import MINUS, count, fixed, number

LAST_BITS = 1e-9
"""Below this a relative error is the machine's order of summing, not ours."""
BELOW = "below 1e−9"


def coverage_in_words(table: pd.DataFrame) -> str:
    """How many of the methods in use cover as promised, and the least."""
    used = table[table["role"] == "used"]
    kept = int((~flag_coverage(used)).sum())
    least = used.loc[used["observed"].idxmin()]
    said = f"{kept} of {count(len(used), 'interval')} in use cover within 2 points of 95 % or more"
    return (
        f"{said}; the least, {least['method']} ({least['setting']}), covers {_percent(least['observed'])} %"
    )


def type_one_in_words(table: pd.DataFrame) -> str:
    """The tests in use, and what the warning does."""
    used, warned = table[table["role"] == "used"], table[table["role"] == "warning"]
    kept = int((~flag_type_one(used)).sum())
    said = f"{kept} of {count(len(used), 'test')} in use reject at most 7 % of null data"
    worst = [f"the {r.method} rejects {_percent(r.observed)} % of it" for r in warned.itertuples()]
    return "; ".join([said, *worst])


def agreement_in_words(table: pd.DataFrame) -> str:
    """How many numbers are met, and each that is not."""
    said = f"{int(table['met'].sum())} of {count(len(table), 'reference number')} are met to the last printed digit or to 1 in a million"
    missed = [f"{r.method}, {r.case}, {r.quantity} is off by {_power(r.relative_error)}"
              for r in table[~table["met"]].itertuples()]  # fmt: skip
    return "; ".join([said, *missed[:3]])


def show_rates(table: pd.DataFrame) -> pd.DataFrame:
    """Rates in percent with their Monte-Carlo error."""
    exact = table["n_simulations"] == 0
    return pd.DataFrame({
        "Method": table["method"], "Setting": table["setting"], "Nominal\n%": table["nominal"].map(_percent),
        "Observed\n%": table["observed"].map(_percent),
        "Monte-Carlo error\npoints": (100 * table["monte_carlo_error"]).map(lambda e: fixed(e, 2)).where(~exact, "exact"),
        "Simulations": table["n_simulations"].map(lambda n: f"{n:,}").where(~exact, "enumerated"),
        "Role": table["role"].map({"used": "in use", "warning": "shown as a warning"}),
    })  # fmt: skip


def show_agreement(table: pd.DataFrame) -> pd.DataFrame:
    """Reference and ours at eight digits."""
    return pd.DataFrame({
        "Method": table["method"], "Case": table["case"], "Quantity": table["quantity"],
        "Reference": table["reference"].map(lambda v: number(v, 8)), "Ours": table["ours"].map(lambda v: number(v, 8)),
        "Relative error": table["relative_error"].map(lambda e: BELOW if abs(e) < LAST_BITS else _power(e)),
        "Source": table["source"],
    })  # fmt: skip


def _percent(share: float) -> str:
    return fixed(100 * share, 1)


def _power(size: float) -> str:
    return f"{abs(size):.0e}".replace("e-0", "e-").replace("-", MINUS)
