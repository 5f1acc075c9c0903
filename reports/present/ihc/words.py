"""Results of immunohistochemistry in words: what was scored, what is in doubt, what the thresholds do."""

from __future__ import annotations

import pandas as pd

from lib.stains.quality import RESIDUAL_OD, SATURATED_PERCENT
from lib.stains.study import NO_CORE, name_units
from reports.wording import count, fixed, listing


def scored_in_words(scores: pd.DataFrame) -> str:
    """How much was scored: ``24 of 24 cores on 1 image scored, 3,600 cells.``

    Cells are the classified ones of what was scored: the scores' own n. Images are counted where none holds
    more than one core; cores and the images that hold them otherwise.
    """
    named = scores[scores["status"] != NO_CORE]
    units = named.groupby(["image", "core", "subject", "timepoint"], sort=False)["status"]
    scored = units.agg(lambda status: (status == "ok").any())
    images, unit = count(named["image"].nunique(), "image"), name_unit(scores)
    what = images if unit == "image" else f"{count(len(scored), unit)} on {images}"
    n_cells = int(scores.loc[scores["status"] == "ok", "n_cells"].sum())
    return f"**{scored.sum()} of {what} scored, {count(n_cells, 'cell')}.**"


def name_unit(scores: pd.DataFrame) -> str:
    """What a row is to a reader: a ``core`` or ``sample`` where an image holds more than one, else an
    ``image``."""
    named = scores.loc[
        scores["status"] != NO_CORE, ["image", "core", "subject", "timepoint"]
    ].drop_duplicates()
    if named["image"].is_unique:
        return "image"
    return "core" if named["core"].ne("").any() else "sample"


def poor_in_words(scores: pd.DataFrame) -> str:
    """Images or cores that are shown and not compared, each with its reason and number of cells."""
    poor = scores[scores["status"] != "ok"]
    rows = zip(name_units(poor), poor["status"], poor["n_cells"], strict=True)
    return listing([f"{name}: {status} ({n})" for name, status, n in rows])


def quality_notes(scores: pd.DataFrame) -> list[str]:
    """Sentences on glass, vectors, saturation and colours that the two stains do not explain."""
    if "background_origin" not in scores:
        return ["Cells come from QuPath: their segmentation and stain vectors are not checked here."]
    notes = []
    guessed = int((scores["background_origin"] == "estimated").sum())
    if guessed:
        notes.append(
            f"Clear glass was estimated on {guessed} of {len(scores)} images; state it where it is known."
        )
    fell = scores[scores["vectors_origin"].str.startswith("given: ")]
    if len(fell):
        notes.append(f"Vectors could not be estimated on {len(fell)} images; the given ones were used.")
    dark = scores.loc[scores["saturated_percent"] > SATURATED_PERCENT, "image"]
    if len(dark):
        notes.append(f"More than {SATURATED_PERCENT:g} % of pixels are black on {listing(list(dark))}.")
    cut = scores.loc[scores["canvas_percent"] > 0, ["image", "canvas_percent"]].drop_duplicates("image")
    if len(cut):
        notes.append(
            "Borders or bars of one exact colour are neither tissue nor glass and were left out on"
            f" {len(cut)} of {count(scores['image'].nunique(), 'image')}, up to"
            f" {fixed(cut['canvas_percent'].max(), 1)} %."
        )
    odd = scores.loc[scores["residual_od"] > RESIDUAL_OD, "image"]
    if len(odd):
        notes.append(
            f"A third colour (over {RESIDUAL_OD:g} OD on average) is on {listing(list(odd))}: pigment,"
            " another dye or wrong vectors."
        )
    return notes


def sensitivity_in_words(varied: pd.DataFrame) -> str:
    """Whether the direction of the change, and its interval, hold at every threshold tried."""
    first, last = varied["threshold_1"].min(), varied["threshold_1"].max()
    tried = f"with the 1+ threshold from {fixed(first)} to {fixed(last)} OD"
    shift = varied["shift"]
    if shift.isna().all():
        return "No paired change to vary the thresholds for."
    told = varied["shift_low"].notna() & varied["shift_high"].notna()
    excludes = (varied["shift_low"] > 0) | (varied["shift_high"] < 0)
    span = f"{fixed(shift.min(), 0)} to {fixed(shift.max(), 0)}"
    if shift.min() < 0 < shift.max():
        return f"The direction of the change depends on the thresholds: {span} {tried}."
    if not told.any():
        return f"The change is {span} {tried}; too few pairs for an interval."
    if excludes[told].all():
        return f"The change is {span} {tried}, its interval without 0 {_throughout(told)}."
    holding = int((told & ~excludes).sum())
    return (
        f"The change is {span} {tried}; its interval holds 0 at {holding} of"
        f" {count(int(told.sum()), 'threshold')}{'' if told.all() else ' that have one'}."
    )


def _throughout(told: pd.Series) -> str:
    return "throughout" if told.all() else f"at the {int(told.sum())} of {len(told)} thresholds that have one"
