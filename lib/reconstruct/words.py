"""Tables of a reconstruction as a reader sees them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lib.present import fixed, interval, number
from lib.published import Concordance


def show_accuracy(accuracy: pd.DataFrame) -> pd.DataFrame:
    """`tabulate_accuracy` in words; distances in points of survival."""
    return pd.DataFrame(
        {
            "Curve": accuracy["group"],
            "Subjects": accuracy["n"].map(str),
            "Events\nfound": accuracy["events"].map(str),
            "Events\nprinted": accuracy["events_printed"].map(_whole),
            "Points read": accuracy["n_points"].map(str),
            "Typical distance\npoints": [fixed(100 * v) for v in accuracy["root_mean_square"]],
            "Largest distance\npoints": [fixed(100 * v) for v in accuracy["largest_residual"]],
            "At risk\nmissed by": accuracy["at_risk_missed_by"].map(str),
            "Verdict": accuracy["status"],
        }
    )


def show_results(results: pd.DataFrame, *, unit: str) -> pd.DataFrame:
    """`tabulate_results` with its reading spread, in words."""
    names = {"median": f"Median, {unit}", "hazard_ratio": "Hazard ratio"}
    rows = results.itertuples()
    return pd.DataFrame(
        [
            {
                "Quantity": names[row.quantity],
                "Curve": row.group if not row.reference else f"{row.group} : {row.reference}",
                "Estimate": number(row.value, missing=row.status),
                "Interval\nof sampling": interval(row.low, row.high),
                "Interval\nof reading alone": interval(
                    row.reading_low, row.reading_high, none="not asked for"
                ),
            }
            for row in rows
        ]
    )


def show_verdicts(verdicts: Sequence[Concordance]) -> pd.DataFrame:
    """Concordances with what was printed, in words."""
    return pd.DataFrame(
        [
            {
                "Result": v.name,
                "Printed": number(v.published),
                "Reconstructed": number(v.estimate),
                "Ratio": number(v.effect),
                "Interval\nof reading alone": interval(v.effect_low, v.effect_high),
                "Verdict": v.verdict,
                "Why": v.why,
            }
            for v in verdicts
        ]
    )


def _whole(n: float) -> str:
    return "not given" if n != n else f"{n:.0f}"
