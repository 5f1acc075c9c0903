"""Fits and means as a reader sees them: tables with units, and which curves are drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.dose_response.answers import SCREEN, rank_lines
from lib.dose_response.curves import CurveFits
from lib.dose_response.status import RISES
from reports.wording import censored, count, fixed, interval, listing, number, p_value

UNHELD, UNTOLD = "not held", "cannot be told"
ROWS_SHOWN = 2000
"""Rows of a screen that the report's page can search; the file holds all."""


def show_fits(fits: CurveFits) -> pd.DataFrame:
    """The curve table as displayed: censored values with their sign, intervals in words."""
    frame = rank_fits(fits).head(ROWS_SHOWN)
    untested = "no replicates" if fits.loss == "squares" else "not tested"
    held = frame["plateaus_held"]
    columns = {
        "Compound": frame["compound"], "Cell line": frame["cell_line"], "Experiment": frame["experiment"],
        "Wells\nn": frame["n_points"].astype(str), "IC50\nµM": _values(frame, "ic50"),
        "Interval\nµM": [_bounds(row, "ic50") for _, row in frame.iterrows()],
        "Absolute IC50\nµM": _values(frame, "absolute_ic50"),
        "Its interval\nµM": [_bounds(row, "absolute_ic50") for _, row in frame.iterrows()],
        "Hill": frame["hill"].map(fixed),
        **{f"{name.capitalize()}\nfraction": [fixed(v) if h in (name, "both") else UNHELD
                                              for v, h in zip(frame[name], held, strict=True)]
           for name in ("top", "bottom")},
        "No effect\np": frame["p_no_effect"].map(p_value),
        "Lack of fit\np": frame["p_lack_of_fit"].map(lambda p: p_value(p, missing=untested)),
        "Status": frame["status"].str.replace("_", " "),
    }  # fmt: skip
    if len(set(frame["experiment"])) == 1:
        columns.pop("Experiment")
    if len(frame) > SCREEN and frame["p_lack_of_fit"].isna().all():
        columns.pop("Lack of fit\np")
    return pd.DataFrame(columns)


def _bounds(row: pd.Series, name: str) -> str:
    """The interval of one fit, in words where there is none."""
    low, high, mark = row[f"{name}_low_uM"], row[f"{name}_high_uM"], row[f"{name}_qualifier"]
    none = "beyond range" if mark in ("<", ">") else "no interval"
    return interval(low, high, none=none, open_low="unbounded", open_high="unbounded")


def name_loss(loss: str) -> str:
    """What was minimised, for a caption."""
    return "least squares" if loss == "squares" else f"{loss.capitalize()}'s loss"


def _values(frame: pd.DataFrame, name: str) -> list[str]:
    """Estimates with their sign, or in words why there is none."""
    missing = {"failed": "not fitted"}
    return [censored(v, q) if q else missing.get(s, "rises" if why == RISES else UNTOLD)
            for v, q, s, why in zip(frame[f"{name}_uM"], frame[f"{name}_qualifier"], frame["status"],
                                    frame[f"{name}_untold"], strict=True)]  # fmt: skip


def rank_fits(fits: CurveFits) -> pd.DataFrame:
    """Curves in the order shown: a small study as given; a screen most sensitive first, partial effects after those
    that fall to the level, then what lies above the range and what shows no effect."""
    frame = fits.frame
    if len(frame) <= SCREEN:
        return frame
    none = frame["status"].isin(["no_effect", "failed"]) | (frame["ic50_untold"] == RISES)
    partial = (frame["absolute_ic50_qualifier"] == ">") | (frame["ic50_qualifier"] == "")
    group = np.select([none, frame["ic50_qualifier"] == ">", partial], [3, 2, 1], 0)
    return frame.assign(group=group).sort_values(["group", "ic50_uM", "ic50_low_uM"]).drop(columns="group")


def flag_fits(fits: CurveFits) -> list[bool]:
    """Rows of `show_fits` to tint."""
    return [bool(s != "ok") for s in rank_fits(fits).head(ROWS_SHOWN)["status"]]


def show_summary(summary: pd.DataFrame, absolute: pd.DataFrame) -> pd.DataFrame:
    """Geometric means by line, most sensitive first, with the absolute IC50 beside."""
    frame = rank_lines(summary, absolute).head(ROWS_SHOWN)
    other = absolute.set_index(["compound", "cell_line"]).loc[
        list(zip(frame["compound"], frame["cell_line"], strict=True))
    ]
    return pd.DataFrame({
        "Compound": frame["compound"], "Cell line": frame["cell_line"],
        "Experiments\nn": frame["n_experiments"].astype(str),
        "IC50, geometric mean\nµM": _means(frame), "Interval\nµM": _mean_intervals(frame),
        "Arithmetic mean ± SD\nµM": [_mean_sd(m, s) for m, s in zip(frame["mean_uM"], frame["sd_uM"], strict=True)],
        "Absolute IC50\nµM": _means(other), "Its interval\nµM": _mean_intervals(other),
        "Censored\nn": frame["n_censored"].astype(str),
    })  # fmt: skip


def _means(frame: pd.DataFrame) -> list[str]:
    missing = {"failed": "not fitted", "rising": "rises", "no_mean": "no mean"}
    return [censored(v, q) if q else missing.get(s, UNTOLD)
            for v, q, s in zip(frame["geometric_mean_uM"], frame["qualifier"], frame["status"], strict=True)]  # fmt: skip


def _mean_intervals(frame: pd.DataFrame) -> list[str]:
    bounds = zip(
        frame["geometric_low_uM"], frame["geometric_high_uM"], frame["qualifier"], frame["why"], strict=True
    )
    none = {"<": "beyond range", ">": "beyond range"}
    return [
        interval(a, b, none=none.get(q, w), open_low="unbounded", open_high="unbounded")
        for a, b, q, w in bounds
    ]


def _mean_sd(mean: float, sd: float) -> str:
    return "none" if np.isnan(mean) else number(mean) + ("" if np.isnan(sd) else f" ± {number(sd, 2)}")


def say_status(fits: CurveFits) -> str:
    """How many curves have which status."""
    counts = fits.frame["status"].str.replace("_", " ").value_counts()
    return (
        f"{count(len(fits.frame), 'curve')}: "
        + listing([f"{n:,} {name}" for name, n in counts.items()])
        + "."
    )


def choose_curves(fits: CurveFits, most: int = 12) -> pd.DataFrame:
    """Curves to draw: all of a small study; of a screen the most and least sensitive and the doubtful."""
    frame = fits.frame.drop_duplicates(["compound", "cell_line"])
    if len(frame) <= most or len(fits.frame) <= SCREEN:
        return frame.head(SCREEN)
    ok = frame[(frame["status"] == "ok") & (frame["bottom"] < frame["top"])]
    # a step of a few percent can have the lowest IC50 of all: those that reach the level come first
    ok = ok.assign(partial=ok["absolute_ic50_qualifier"] != "=").sort_values(["partial", "ic50_uM"])
    doubtful = frame[frame["status"] == "ambiguous"].sort_values("p_lack_of_fit")
    part = most // 3
    return (
        pd.concat([ok.head(part), ok.tail(part), doubtful.head(part), frame])
        .drop_duplicates(["compound", "cell_line"])
        .head(most)
    )
