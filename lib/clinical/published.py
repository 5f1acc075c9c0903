"""Clinical results against Table 4: equivalence, the interval method behind the printed numbers, and precision."""

from __future__ import annotations

import math

import pandas as pd

from lib.agreement import Concordance, compare_with_published, load_published
from lib.proportions import rate_interval
from lib.survival import estimate_logrank_power

RATE_MARGIN = 15.0
"""Percentage points either side of a published rate."""
TIME_MARGIN = 1.5
"""Ratio of medians, either way."""
RATES = {"ORR": "Objective response rate", "DCR at 6 months": "Disease control rate at 6 months"}
MEDIANS = {"DoR": "Median duration of response", "PFS": "Median progression-free survival"}
PRINTED = ((25, 57, "31–58", "KRAS mutant"), (34, 109, "23–41", "all patients"))
"""Responders, patients and 95 % interval in percent, as printed for RAMP 201 (NCT04625270)."""


def compare_with_table_4(rates: pd.DataFrame, times: pd.DataFrame) -> list[Concordance]:
    """Every value of Table 4 with what was computed for the group of the same name, where there is one."""
    published = load_published("table_4")
    found = []
    for names, frame, quantity in ((RATES, rates, "rate"), (MEDIANS, times, "median")):
        for endpoint, item in names.items():
            rows = published[(published["item"] == item) & (published["quantity"] == quantity)]
            found += [_compare(row, endpoint, frame, quantity) for _, row in rows.iterrows()]
    return found


def _compare(published: pd.Series, endpoint: str, frame: pd.DataFrame, quantity: str) -> Concordance:
    mine = frame[(frame.endpoint == endpoint) & (frame.group == published["group"])] if len(frame) else frame
    name = f"{published['item']}, {published['group']}"
    rate = quantity == "rate"
    columns = ("rate", "rate_low", "rate_high") if rate else ("median", "median_low", "median_high")
    factor = 100.0 if rate else 1.0
    value, low, high = (float(mine.iloc[0][c]) * factor for c in columns) if len(mine) else [float("nan")] * 3
    reason = "no group of that name here" if mine.empty else ""
    if len(mine) and math.isnan(value) and math.isnan(low):
        reason = "median not reached"
    return compare_with_published(
        value, low, high, published["number"], scale="difference" if rate else "ratio",
        margin=RATE_MARGIN if rate else TIME_MARGIN, name=name, unit=published["unit"], source=published["source"],
        status=published["status"], not_comparable=reason,
    )  # fmt: skip


def reproduce_printed_intervals() -> pd.DataFrame:
    """Which interval method gives the intervals printed for RAMP 201, rounded to whole percent."""
    rows = []
    for responders, n, printed, group in PRINTED:
        for method in ("clopper-pearson", "wilson", "jeffreys"):
            low, high = rate_interval(responders, n, method=method)
            ours = f"{100 * float(low):.0f}–{100 * float(high):.0f}"
            rows.append((group, responders, n, printed, method, ours, "yes" if ours == printed else "no"))
    return pd.DataFrame(
        rows,
        columns=["group", "responders", "n", "printed_percent", "method", "computed_percent", "reproduces"],
    )


def estimate_precision(rates: pd.DataFrame, comparisons: pd.DataFrame, times: pd.DataFrame) -> pd.DataFrame:
    """What these numbers of patients and events can tell.

    Half the width of each response rate's interval, in percentage points, and the power of the log-rank test at
    5 % to find a hazard ratio of 0.5 or 0.7 with the events observed.
    """
    rows = [
        ("half-width of the rate's interval", r.endpoint, r.group, r.n, 50 * (r.rate_high - r.rate_low), "percentage points")
        for r in rates[rates.endpoint.eq("ORR")].itertuples()
    ] if len(rates) else []  # fmt: skip
    for c in comparisons[["endpoint", "group", "reference"]].itertuples():
        pair = times[times.endpoint.eq(c.endpoint) & times.group.isin([c.group, c.reference])]
        events = int(pair.events.sum())
        share = float(pair.n[pair.group == c.group].iloc[0] / pair.n.sum())
        for ratio in (0.5, 0.7):
            if events:
                power = estimate_logrank_power(ratio, events, allocation=share)
                rows.append(
                    (
                        f"power to find a hazard ratio of {ratio:g}",
                        c.endpoint,
                        f"{c.group} vs {c.reference}",
                        events,
                        100 * power,
                        "percent",
                    )
                )
    return pd.DataFrame(rows, columns=["quantity", "endpoint", "group", "n_or_events", "value", "unit"])
