"""The two leading tables: IC50s over experiments, and the fit of each experiment."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.dose_response import CurveFits, Potency
from lib.dose_response.answers import SCREEN
from lib.dose_response.curves import PUBLISHED
from lib.dose_response.status import RISES
from lib.dose_response.wells import KEYS
from reports.fields import Bounds, Column, Wanted, words
from reports.present.ic50.answers import say_range
from reports.present.ic50.rows import ROWS_SHOWN, count_rows, join_notes, name_qualities
from reports.shown import Table
from reports.wording import count, fixed, listing, number

UNHELD, UNTOLD = "not held", "cannot be told"
UNBOUNDED, BEYOND = "unbounded", dict.fromkeys("<>", "beyond range")
NO_MEAN = {"failed": "not fitted", "rising": "rises", "no_mean": "no mean"}
RULE_OF_MEANS = (
    "Interval over experiments; from three experiments on. > : beyond the highest tested concentration, < :"
    " below the lowest; the file says why a mean is missing."
)
RULE_OF_FITS = "The interval of one fit holds the error of its wells, not the variation between experiments."


def summary(potency: Potency) -> Table:
    """Geometric means by compound and line, most sensitive first, with the absolute IC50 beside."""
    frame = potency.ranked().head(ROWS_SHOWN)
    quality, note = name_qualities(frame)
    means = potency.relative.join(potency.absolute.add_prefix("absolute_")).loc[frame.index]
    curves = potency.settings["n_curves"]
    return Table(
        "ic50_summary",
        potency.frame,
        f"**{say_range(potency)}** Most sensitive first.",
        words(means, [*_means(means), *quality], table="ic50_summary"),
        flagged=frame["quality"].eq("fail").tolist(),
        fold=_is_screen_of_single_curves(curves, curves == len(potency)),
        note=join_notes(RULE_OF_MEANS, note, count_rows(len(potency))),
    )


def fits(found: CurveFits) -> Table:
    """The fit of each experiment; of a screen most sensitive first."""
    order = rank_fits(found.frame).index[:ROWS_SHOWN]
    loss = found.settings.get("loss", "squares")
    quality, note = name_qualities(found.frame.loc[order])
    named = "least squares" if loss == "squares" else f"{loss.capitalize()}'s loss"
    screen = len(found) > SCREEN
    single = not found.frame.duplicated(KEYS[:2]).any()
    return Table(
        "ic50",
        found.frame[PUBLISHED],
        f"**{say_status(found)}** One row a fit; {named}, interval by {found.settings['method']}; the file"
        " carries advice for each.",
        words(found.frame.loc[order], [*_fits(found.frame.loc[order], loss), *quality], table="ic50"),
        flagged=(
            found.frame.loc[order, "status"].ne("ok") | found.frame.loc[order, "quality"].eq("fail")
        ).tolist(),
        fold=screen and not _is_screen_of_single_curves(len(found), single),
        note=join_notes(RULE_OF_FITS, note, count_rows(len(found))),
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


def _fits(frame: pd.DataFrame, loss: str) -> list[Wanted]:
    """Curves as displayed: censored values with their sign, intervals in words."""
    untested = "no replicates" if loss == "squares" else "not tested"
    lack = [Column("p_lack_of_fit", missing=untested)]
    return [
        *("compound", "cell_line"),
        *(["experiment"] if len(set(frame["experiment"])) != 1 else []),
        *("n_points", *_fitted(frame, "ic50"), *_fitted(frame, "absolute_ic50", "Its interval")),
        *("hill", _plateau(frame, "top"), _plateau(frame, "bottom"), "p_no_effect"),
        *(lack if len(frame) <= SCREEN or frame["p_lack_of_fit"].notna().any() else []),
        Column("status", cells=frame["status"].str.replace("_", " ")),
    ]


def _plateau(frame: pd.DataFrame, name: str) -> Column:
    held = frame["plateaus_held"].isin([name, "both"])
    return Column(name, cells=[fixed(v) if h else UNHELD for v, h in zip(frame[name], held, strict=True)])


def _fitted(frame: pd.DataFrame, name: str, label: str = "") -> list[Wanted]:
    """Estimates with their sign and the interval of one fit, or in words why there is none."""
    told = zip(frame["status"], frame[f"{name}_untold"], strict=True)
    missing = ["not fitted" if s == "failed" else "rises" if why == RISES else UNTOLD for s, why in told]
    none = frame[f"{name}_qualifier"].map(BEYOND).fillna("no interval")
    bounds = Bounds(f"{name}_uM", label, missing=none, open_low=UNBOUNDED, open_high=UNBOUNDED)
    return [Column(f"{name}_uM", missing=missing), bounds]


def _means(frame: pd.DataFrame) -> list[Wanted]:
    """Means over experiments as displayed."""
    spread = [_mean_sd(m, s) for m, s in zip(frame["mean_uM"], frame["sd_uM"], strict=True)]
    arithmetic = Column("mean_uM", "Arithmetic mean ± SD", cells=spread)
    means = [*_mean(frame, ""), arithmetic, *_mean(frame, "absolute_", "Its interval")]
    return ["compound", "cell_line", "n_experiments", *means, "n_censored"]


def _mean(frame: pd.DataFrame, prefix: str, label: str = "") -> list[Wanted]:
    missing = [NO_MEAN.get(status, UNTOLD) for status in frame[f"{prefix}status"]]
    none = frame[f"{prefix}qualifier"].map(BEYOND).fillna(frame[f"{prefix}why"])
    name, low = f"{prefix}geometric_mean_uM", f"{prefix}geometric_low_uM"
    bounds = Bounds(name, label, low=low, missing=none, open_low=UNBOUNDED, open_high=UNBOUNDED)
    return [Column(name, missing=missing, qualifier=f"{prefix}qualifier"), bounds]


def _mean_sd(mean: float, sd: float) -> str:
    return "none" if np.isnan(mean) else number(mean) + ("" if np.isnan(sd) else f" ± {number(sd, 2)}")
