"""The two leading tables: IC50s over experiments, and the fit of each experiment."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.dose_response import CurveFits, Potency
from lib.dose_response.answers import SCREEN
from lib.dose_response.curves import PUBLISHED
from lib.dose_response.status import RISES
from lib.dose_response.wells import KEYS
from reports.present.ic50.answers import say_range
from reports.present.ic50.rows import ROWS_SHOWN, count_rows, join_notes, with_quality
from reports.shown import Table
from reports.wording import censored, count, fixed, interval, listing, number, p_value

UNHELD, UNTOLD = "not held", "cannot be told"
UNBOUNDED = "unbounded"
RULE_OF_MEANS = (
    "Interval over experiments; from three experiments on. > : beyond the highest tested concentration, < :"
    " below the lowest; the file says why a mean is missing."
)
RULE_OF_FITS = "The interval of one fit holds the error of its wells, not the variation between experiments."


def summary(potency: Potency) -> Table:
    """Geometric means by compound and line, most sensitive first, with the absolute IC50 beside."""
    frame = potency.ranked().head(ROWS_SHOWN)
    means = _means(potency.relative.loc[frame.index], potency.absolute.loc[frame.index])
    shown, quality = with_quality(means, frame)
    curves = potency.settings["n_curves"]
    return Table(
        "ic50_summary",
        potency.frame,
        f"**{say_range(potency)}** Most sensitive first.",
        shown,
        flagged=frame["quality"].eq("fail").tolist(),
        fold=_is_screen_of_single_curves(curves, curves == len(potency)),
        note=join_notes(RULE_OF_MEANS, quality, count_rows(len(potency))),
    )


def fits(found: CurveFits) -> Table:
    """The fit of each experiment; of a screen most sensitive first."""
    order = rank_fits(found.frame).index[:ROWS_SHOWN]
    loss = found.settings.get("loss", "squares")
    shown, quality = with_quality(_fits(found.frame.loc[order], loss), found.frame.loc[order])
    named = "least squares" if loss == "squares" else f"{loss.capitalize()}'s loss"
    screen = len(found) > SCREEN
    single = not found.frame.duplicated(KEYS[:2]).any()
    return Table(
        "ic50",
        found.frame[PUBLISHED],
        f"**{say_status(found)}** One row a fit; {named}, interval by {found.settings['method']}; the file"
        " carries advice for each.",
        shown,
        flagged=(
            found.frame.loc[order, "status"].ne("ok") | found.frame.loc[order, "quality"].eq("fail")
        ).tolist(),
        fold=screen and not _is_screen_of_single_curves(len(found), single),
        note=join_notes(RULE_OF_FITS, quality, count_rows(len(found))),
    )


def _is_screen_of_single_curves(n_curves: int, single: bool) -> bool:
    """A screen with one experiment each: then the table of fits is the one to look at."""
    return n_curves > SCREEN and single


def rank_fits(frame: pd.DataFrame) -> pd.DataFrame:
    """Curves in the order shown: a small study as given; a screen most sensitive first, partial effects after
    those that fall to the level, then what lies above the range and what shows no effect."""
    if len(frame) <= SCREEN:
        return frame
    none = frame["status"].isin(["no_effect", "failed"]) | (frame["ic50_untold"] == RISES)
    partial = (frame["absolute_ic50_qualifier"] == ">") | (frame["ic50_qualifier"] == "")
    group = np.select([none, frame["ic50_qualifier"] == ">", partial], [3, 2, 1], 0)
    return frame.assign(group=group).sort_values(["group", "ic50_uM", "ic50_low_uM"]).drop(columns="group")


def say_status(found: CurveFits) -> str:
    """How many curves have which status."""
    counts = found.frame["status"].str.replace("_", " ").value_counts()
    named = listing([f"{n:,} {name}" for name, n in counts.items()])
    return f"{count(len(found), 'curve')}: {named}."


def _fits(frame: pd.DataFrame, loss: str) -> pd.DataFrame:
    """Curves as displayed: censored values with their sign, intervals in words."""
    untested = "no replicates" if loss == "squares" else "not tested"
    columns: dict[str, object] = {
        "Compound": frame["compound"],
        "Cell line": frame["cell_line"],
        "Experiment": frame["experiment"],
        "Wells\nn": frame["n_points"].astype(str),
        "IC50\nµM": _values(frame, "ic50"),
        "Interval\nµM": _bounds(frame, "ic50"),
        "Absolute IC50\nµM": _values(frame, "absolute_ic50"),
        "Its interval\nµM": _bounds(frame, "absolute_ic50"),
        "Hill": frame["hill"].map(fixed),
        "Top\nfraction": _plateau(frame, "top"),
        "Bottom\nfraction": _plateau(frame, "bottom"),
        "No effect\np": frame["p_no_effect"].map(p_value),
        "Lack of fit\np": [p_value(p, missing=untested) for p in frame["p_lack_of_fit"]],
        "Status": frame["status"].str.replace("_", " "),
    }
    if len(set(frame["experiment"])) == 1:
        columns.pop("Experiment")
    if len(frame) > SCREEN and frame["p_lack_of_fit"].isna().all():
        columns.pop("Lack of fit\np")
    return pd.DataFrame(columns)


def _plateau(frame: pd.DataFrame, name: str) -> list[str]:
    held = frame["plateaus_held"].isin([name, "both"])
    return [fixed(v) if h else UNHELD for v, h in zip(frame[name], held, strict=True)]


def _values(frame: pd.DataFrame, name: str) -> list[str]:
    """Estimates with their sign, or in words why there is none."""

    def word(value: float, qualifier: str, status: str, why: str) -> str:
        if qualifier:
            return censored(value, qualifier)
        return "not fitted" if status == "failed" else "rises" if why == RISES else UNTOLD

    names = (f"{name}_uM", f"{name}_qualifier", "status", f"{name}_untold")
    return [word(*row) for row in zip(*(frame[n] for n in names), strict=True)]


def _bounds(frame: pd.DataFrame, name: str) -> list[str]:
    """The interval of one fit, in words where there is none."""
    names = (f"{name}_low_uM", f"{name}_high_uM", f"{name}_qualifier")
    return [
        _interval(low, high, mark, "no interval")
        for low, high, mark in zip(*(frame[n] for n in names), strict=True)
    ]


def _interval(low: float, high: float, qualifier: str, none: str) -> str:
    none = "beyond range" if qualifier in ("<", ">") else none
    return interval(low, high, none=none, open_low=UNBOUNDED, open_high=UNBOUNDED)


def _means(relative: pd.DataFrame, absolute: pd.DataFrame) -> pd.DataFrame:
    """Means over experiments as displayed."""
    spread = zip(relative["mean_uM"], relative["sd_uM"], strict=True)
    return pd.DataFrame(
        {
            "Compound": relative["compound"],
            "Cell line": relative["cell_line"],
            "Experiments\nn": relative["n_experiments"].astype(str),
            "IC50, geometric mean\nµM": _mean_values(relative),
            "Interval\nµM": _mean_intervals(relative),
            "Arithmetic mean ± SD\nµM": [_mean_sd(m, s) for m, s in spread],
            "Absolute IC50\nµM": _mean_values(absolute),
            "Its interval\nµM": _mean_intervals(absolute),
            "Censored\nn": relative["n_censored"].astype(str),
        }
    )


def _mean_values(frame: pd.DataFrame) -> list[str]:
    words = {"failed": "not fitted", "rising": "rises", "no_mean": "no mean"}
    rows = zip(frame["geometric_mean_uM"], frame["qualifier"], frame["status"], strict=True)
    return [censored(v, q) if q else words.get(s, UNTOLD) for v, q, s in rows]


def _mean_intervals(frame: pd.DataFrame) -> list[str]:
    names = ("geometric_low_uM", "geometric_high_uM", "qualifier", "why")
    return [_interval(*row) for row in zip(*(frame[n] for n in names), strict=True)]


def _mean_sd(mean: float, sd: float) -> str:
    return "none" if np.isnan(mean) else number(mean) + ("" if np.isnan(sd) else f" ± {number(sd, 2)}")
