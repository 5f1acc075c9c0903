"""What the numbers of patients and events can tell."""

from __future__ import annotations

import pandas as pd

from lib.survival import estimate_logrank_power

COLUMNS = ["quantity", "endpoint", "group", "n_or_events", "value", "unit"]
RATIOS = (0.5, 0.7)


def estimate_precision(rates: pd.DataFrame, comparisons: pd.DataFrame, times: pd.DataFrame) -> pd.DataFrame:
    """Half-widths of response rates' intervals, and power of the log-rank test.

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
        said = (c.endpoint, f"{c.group} vs {c.reference}", events)
        rows += [
            (f"power to find a hazard ratio of {ratio:g}", *said,
             100 * estimate_logrank_power(ratio, events, allocation=share), "percent")
            for ratio in RATIOS if events
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)
