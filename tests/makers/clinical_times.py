"""Times to event of groups made for a test."""

from __future__ import annotations

import pandas as pd


def arms(**given: tuple) -> pd.DataFrame:
    rows = [
        (f"{g}{i}", "PFS", float(t), e, g)
        for g, (ts, es) in given.items()
        for i, (t, e) in enumerate(zip(ts, es, strict=True))
    ]
    return pd.DataFrame(rows, columns=["subject", "endpoint", "time_days", "event", "group"])


DYING = (range(70, 70 + 13 * 30, 30), [1] * 13)
