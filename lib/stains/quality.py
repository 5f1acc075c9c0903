"""Whether the score of an image or core, and a shift, can be relied on, as columns ``quality`` and
``reasons``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from lib.records import REASONS, join_reasons
from lib.stains.settings import NOTHING_KNOWN, Known, compartment_warning
from lib.stains.study import MEASURES, NO_CORE, name_units

SATURATED_PERCENT, RESIDUAL_OD = 1.0, 0.05
"""Black pixels, in percent, and mean density of a third colour from which an image is in doubt."""
FEW = "few cells"


def judge_scores(scores: pd.DataFrame, known: Known = NOTHING_KNOWN) -> pd.DataFrame:
    """The table of scores with its quality: fail with too few cells, not judged without any or without its
    core."""
    failed = {"ok": "pass", FEW: "fail"}
    units = name_units(scores)
    reasons = [
        join_reasons(_reasons(row, unit, known))
        for unit, row in zip(units, scores.to_dict("records"), strict=True)
    ]
    said = pd.Series(reasons, index=scores.index, dtype=object)
    quality = scores["status"].map(lambda status: failed.get(status, "not judged"))
    return scores.assign(quality=quality.mask((quality == "pass") & (said != ""), "caution"), reasons=said)


def doubt_shifts(
    scores: pd.DataFrame, *, baseline: str, followup: str
) -> Mapping[tuple[str, str], list[str]]:
    """Population and measurement → reasons of the images and cores that failed or are in doubt at both
    visits."""
    seen = scores[scores["timepoint"].isin([baseline, followup]) & (scores["status"] != NO_CORE)]
    population = seen["marker"] + "/" + seen["compartment"]
    said = {
        str(name): [reason for reasons in part if reasons for reason in reasons.split(REASONS)]
        for name, part in seen["reasons"].groupby(population)
    }
    return {(name, measure): reasons for name, reasons in said.items() for measure in MEASURES}


def _reasons(row: Mapping[str, Any], unit: str, known: Known) -> Iterator[str]:
    if row["status"] != "ok":
        yield f"{unit}: {row['status']} ({row['n_cells']})"
        return
    yield compartment_warning(row["marker"], row["compartment"], known)
    if row.get("saturated_percent", 0) > SATURATED_PERCENT:
        yield f"{unit}: {row['saturated_percent']:.1f} % of pixels are black"
    if row.get("residual_od", 0) > RESIDUAL_OD:
        yield f"{unit}: a third colour of {row['residual_od']:.2f} OD"
    origin = str(row.get("vectors_origin", ""))
    if origin.startswith("given: "):
        yield f"{unit}: stain vectors not estimated, {origin.removeprefix('given: ')}"
