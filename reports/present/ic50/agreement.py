"""IC50s against the published ones: the comparison as displayed, as drawn, and in a sentence."""

from __future__ import annotations

import pandas as pd

from reports.figures.forest import ForestRow
from reports.wording import count, fixed, interval, is_missing, number


def show_agreement(frame: pd.DataFrame) -> pd.DataFrame:
    """The comparison as displayed."""
    return pd.DataFrame({
        "Cell line": frame["name"], "Here\nµM": frame["estimate"].map(number),
        "Interval\nµM": [interval(a, b) for a, b in zip(frame["low"], frame["high"], strict=True)],
        "Experiments\nn": frame["n_experiments"].astype(str),
        "Published mean ± SD\nµM": [_as_printed(m, s) for m, s in
                                    zip(frame["published"], frame["published_sd"], strict=True)],
        "Ratio\nhere / published": frame["effect"].map(fixed), "Verdict": frame["verdict"], "Why": frame["why"],
    })  # fmt: skip


def _as_printed(mean: float, sd: float) -> str:
    return f"{mean:g}" if is_missing(sd) else f"{mean:g} ± {sd:g}"


def say_agreement(frame: pd.DataFrame, references: pd.DataFrame) -> str:
    """How many agree, differ, or cannot be told; nothing where nothing is published."""
    if references.empty:
        return ""
    if frame.empty:
        return "Not comparable: no published IC50 is of a compound and line of this study."
    counts = frame["verdict"].value_counts()
    said = ", ".join(f"{n} {verdict}" for verdict, n in counts.items())
    return f"{said} of {count(len(frame), 'line')} with a published IC50."


def rows_of_agreement(frame: pd.DataFrame) -> list[ForestRow]:
    """The comparison as a forest, most sensitive first; the thin line of a published mean is its SD."""
    return [_row(r) for _, r in frame.sort_values("estimate").iterrows()]


def _row(r: pd.Series) -> ForestRow:
    estimate, mark = r["estimate"], "="
    if is_missing(estimate) and is_missing(r["low"]) != is_missing(r["high"]):  # beyond the tested range
        estimate, mark = (r["low"], ">") if is_missing(r["high"]) else (r["high"], "<")
    return ForestRow(r["name"], estimate, r["low"], r["high"], qualifier=mark, published=r["published"],
                     published_low=r["published"] - r["published_sd"],
                     published_high=r["published"] + r["published_sd"], columns=(r["verdict"],))  # fmt: skip


def key_of_agreement(frame: pd.DataFrame) -> str:
    """What the marks of that forest are."""
    line = ", thin line its SD, which is not an interval" if frame["published_sd"].notna().any() else ""
    return f"Blue: geometric mean and its interval; open diamond: published mean{line}."
