"""What a reconstruction says: its headline, tables as a reader sees them, and what was printed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from lib.agreement import Concordance
from lib.reconstruct import MARGINS
from reports.wording import count, fixed, interval, level_name, number


@dataclass(frozen=True)
class Headline:
    """The result that a reconstruction is remembered by; NaN only where `qualifier` says why."""

    label: str
    estimate: float
    low: float
    high: float
    unit: str
    qualifier: str

    def in_words(self) -> str:
        """``"Hazard ratio, a : b: 0.56 (0.35–0.90)"``."""
        estimate = number(self.estimate, 2, missing=self.qualifier)
        return f"{self.label}: {estimate} ({interval(self.low, self.high, 2)})"


def choose_headline(results: pd.DataFrame, *, endpoint: str, unit: str) -> Headline:
    """The first hazard ratio, or the median where there is one curve.

    Parameters
    ----------
    results : DataFrame
        As `tabulate_results` gives it.
    endpoint, unit : str
        Named in the label.
    """
    ratios = results[results["quantity"] == "hazard_ratio"]
    lead = next((ratios if len(ratios) else results).itertuples())
    label = (
        f"Hazard ratio, {lead.group} : {lead.reference}"
        if len(ratios)
        else f"Median {endpoint}, {lead.group}"
    )
    qualifier = lead.status if math.isnan(lead.value) else ""
    return Headline(label, lead.value, lead.low, lead.high, "" if len(ratios) else unit, qualifier)


def reading_range_in_words(confidence: float = 0.95) -> str:
    """Between which shares of the repeated readings their interval lies: ``"2.5 to 97.5 %"``."""
    tail = (1 - confidence) / 2
    return f"{100 * tail:.6g} to {level_name(1 - tail)}"


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


def say_agreement(verdicts: Sequence[Concordance]) -> str:
    """How many printed results the reconstruction gives back; empty where none was given."""
    if not verdicts:
        return ""
    agreed = sum(v.verdict == "agrees" for v in verdicts)
    return f"**{agreed} of {count(len(verdicts), 'printed result')} {'agrees' if 1 in (agreed, len(verdicts)) else 'agree'}.**"


def say_margins() -> str:
    """How far a result may lie from the printed one, and which interval is held against that."""
    return (
        f"Printed medians are compared as ratios with a margin of {MARGINS['median']:g}, printed hazard ratios with a margin of "
        f"{MARGINS['hazard_ratio']:g}. The interval held against the margin is that of reading alone: both numbers come from the "
        "same patients, so sampling does not enter."
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
