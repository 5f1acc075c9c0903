"""What the numbers of patients and events can tell."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lib.clinical.results import HazardRatios, Precision, Rates, Times
from lib.errors import Fault, InputError
from lib.survival import estimate_logrank_power

RATIOS = (0.5, 0.7)
POINTS = "percentage points"


def estimate_precision(rates: Rates, ratios: HazardRatios, times: Times) -> Precision:
    """Half-widths of response rates' intervals, and power of the log-rank test.

    Half the width of each response rate's interval, in percentage points, and the power of the log-rank test
    at 5 % to find a hazard ratio of 0.5 or 0.7 with the events observed.
    """
    responses = rates.frame[rates["endpoint"].eq("ORR")]
    rows: list[tuple[Any, ...]] = [
        (
            "half-width of the rate's interval",
            r.endpoint,
            r.group,
            r.n,
            50 * (r.rate_high - r.rate_low),
            POINTS,
        )
        for r in responses.itertuples()
    ]
    for c in ratios.frame[["endpoint", "group", "reference"]].itertuples():
        pair = times.frame[times["endpoint"].eq(c.endpoint) & times["group"].isin([c.group, c.reference])]
        lacking = {c.group, c.reference} - set(pair["group"])
        if lacking:
            raise InputError(
                Fault(
                    "times must have a row of every group that is compared",
                    value=f"none of {', '.join(sorted(lacking))} for {c.endpoint}",
                    remedy="Choose rows of the ratios and of the times alike.",
                )
            )
        events = int(pair.events.sum())
        share = float(pair.n[pair.group == c.group].iloc[0] / pair.n.sum())
        said = (c.endpoint, f"{c.group} vs {c.reference}", events)
        for ratio in RATIOS if events else ():
            power = 100 * estimate_logrank_power(ratio, events, allocation=share)
            rows.append((f"power to find a hazard ratio of {ratio:g}", *said, power, "percent"))
    return Precision(pd.DataFrame(rows, columns=list(Precision.COLUMNS)))
