"""Tables of a whole study: cells, images, regions, cores, patients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.errors import Fault, InputError, check_rows
from lib.stains.scores import SCORE_COLUMNS, THRESHOLDS_OD, classify_cells, score_cells
from lib.stains.settings import NOTHING_KNOWN, Known, Settings, compartment_warning, default_compartment
from lib.stains.slide import Measured, measure_slide
from lib.tables.slides import Slide

KEYS = ["image", "core", "subject", "timepoint", "marker", "compartment"]
"""What is scored on its own: a core of an image; an image without cores is one."""

PATIENT = ["subject", "timepoint", "marker", "compartment"]
NO_CORE = "no core named"
MEASURES = ("h_score", "percent_positive", "median_od")
"""What is compared between visits, by plain differences."""


def with_compartments(frame: pd.DataFrame, known: Known = NOTHING_KNOWN) -> pd.DataFrame:
    """The table with ``compartment`` filled by marker where it is not stated, and ``core`` present.

    `known` are names of the study's own markers and where each is read; see :func:`default_compartment`.
    """
    default = frame["marker"].map({m: default_compartment(m, known) for m in frame["marker"].unique()})
    stated = (
        frame["compartment"] if "compartment" in frame else pd.Series(np.nan, index=frame.index, dtype=object)
    )
    core = frame["core"].fillna("") if "core" in frame else ""
    return frame.assign(compartment=stated.where(stated.notna(), default), core=core)


def warn_compartments(frame: pd.DataFrame, known: Known = NOTHING_KNOWN) -> list[str]:
    """Markers that are scored where they do not belong, and why they do not, each once."""
    pairs = frame[["marker", "compartment"]].drop_duplicates().itertuples(index=False)
    return [said for pair in pairs if (said := compartment_warning(pair.marker, pair.compartment, known))]


def measure_slides(
    manifest: pd.DataFrame,
    slides: Sequence[Slide],
    masks: Sequence[NDArray[np.bool_] | None],
    settings: Settings,
) -> list[Measured]:
    """Measure every slide of a manifest that has its compartments; see :func:`measure_slide`."""
    return [
        measure_slide(
            slide, um_per_px=row.um_per_px, compartment=row.compartment, settings=settings, mask=mask
        )
        for slide, mask, row in zip(slides, masks, manifest.itertuples(), strict=True)
    ]


def cells_frame(manifest: pd.DataFrame, measured: Sequence[Measured]) -> pd.DataFrame:
    """Every cell of every slide (row of the manifest), one row each, with the columns of its slide.

    Of an image that stands in a row for each of its cores, a row has the cells of its core's mask.
    """
    shared = manifest["name"].duplicated(keep=False)
    own = [
        m.cells[m.cells["in_mask"]] if twice else m.cells for m, twice in zip(measured, shared, strict=True)
    ]
    parts = [
        cells.assign(
            image=row.name,
            subject=row.subject,
            timepoint=row.timepoint,
            marker=row.marker,
            compartment=row.compartment,
            core=row.core,
        )
        for cells, row in zip(own, manifest.drop(columns="image").itertuples(index=False), strict=True)
    ]
    return pd.concat(parts, ignore_index=True)[[*KEYS, *(c for c in parts[0] if c not in KEYS)]]


def classify_frame(cells: pd.DataFrame, thresholds_od: Sequence[float] = THRESHOLDS_OD) -> pd.DataFrame:
    """Cells with ``dab_od`` of their compartment and ``class_0_3`` (−1: unclassified).

    Classes that came with the table are kept only where their compartment has no density at all.
    """
    density = pd.Series(np.nan, index=cells.index)
    for part in cells["compartment"].unique():
        column = f"{part}_dab_od"
        if column in cells:
            density = density.where(cells["compartment"] != part, cells[column])
    classes = classify_cells(density, thresholds_od)
    if "class_0_3" in cells:
        bare = density.isna().groupby(cells["compartment"]).transform("all").to_numpy()
        classes = np.where(bare, cells["class_0_3"], classes)
    return cells.assign(dab_od=density, class_0_3=classes)


def score_frame(cells: pd.DataFrame, by: Sequence[str] = KEYS) -> pd.DataFrame:
    """Scores of classified cells, one row a group."""
    rows = [
        {**dict(zip(by, key, strict=True)), **vars(score_cells(part["class_0_3"], part["dab_od"]))}
        for key, part in cells.groupby(list(by), sort=False)
    ]
    return pd.DataFrame(rows, columns=[*by, *SCORE_COLUMNS, "n_unclassified"])


def score_images(
    manifest: pd.DataFrame,
    cells: pd.DataFrame,
    settings: Settings,
    *,
    least_cells: int = 20,
    measured: Sequence[Measured] | None = None,
) -> pd.DataFrame:
    """One row an image and core, with its status and every setting that moves the score.

    Cells inside the mask are scored. An image without cells keeps its row: ``no tissue`` or ``no cells``;
    ``few cells`` has fewer than `least_cells` classified ones; ``no core named`` are the cells between the
    cores of an array.
    """
    named = manifest.assign(image=manifest["name"])[KEYS].drop_duplicates()
    inside = cells[cells["in_mask"]] if "in_mask" in cells else cells
    scores = named.merge(score_frame(inside), on=KEYS, how="left")
    counts = scores[["n_cells", "n_unclassified"]].fillna(0).astype(int)
    scores = scores.assign(**counts)
    seen = [m.status for m in measured] if measured is not None else ["ok"] * len(scores)
    few = np.where(scores["n_cells"] < least_cells, "few cells", "ok")
    empty = np.where(scores["n_cells"] == 0, "no cells", few)
    scores["status"] = np.where(np.asarray(seen) == "no tissue", "no tissue", empty)
    scores.loc[(scores["core"] == "") & holds_cores(scores), "status"] = NO_CORE
    extra = _settings_frame(settings, measured, len(scores))
    return pd.concat([scores[[*KEYS, *SCORE_COLUMNS, "status", "n_unclassified"]], extra], axis=1)


def holds_cores(frame: pd.DataFrame) -> pd.Series:
    """Whether the image of each row holds cores that are named, as a tissue microarray does."""
    return (frame["core"] != "").groupby(frame["image"]).transform("any")


def score_regions(cells: pd.DataFrame) -> pd.DataFrame:
    """Tumour (inside the mask) and stroma (outside it), one row an image, core and region."""
    region = np.where(cells["in_mask"], "in mask", "outside mask")
    return score_frame(cells.assign(region=region), [*KEYS, "region"])


def score_cores(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells of a core pooled, one row a core; ``core`` as :func:`name_cores` has it."""
    inside = cells[cells["in_mask"]] if "in_mask" in cells else cells
    return score_frame(inside, [*PATIENT, "core"])


def name_cores(cells: pd.DataFrame) -> pd.Series:
    """Which core each cell counts for.

    Several cores on one image (a tissue microarray) are each their own. Images that name the same single core
    are fields of it and are pooled. An image without a named core is a core of its own.
    """
    several = cells.groupby("image")["core"].transform("nunique") > 1
    alone = cells["core"].where(cells["core"] != "", cells["image"])
    return alone.where(~several, cells["image"] + " " + cells["core"])


def score_patients(cores: pd.DataFrame) -> pd.DataFrame:
    """Mean over cores, each counting once however many cells it holds, with the range of H.

    One row a patient, timepoint and marker.
    """
    groups = cores.groupby(PATIENT, sort=True)
    means = groups[[*MEASURES, "percent_3"]].mean()
    spread = groups["h_score"].agg(["min", "max"]).set_axis(["h_score_min", "h_score_max"], axis=1)
    sizes = groups.agg(n_cores=("core", "size"), n_cells=("n_cells", "sum"))
    patients = pd.concat([sizes, means, spread], axis=1).reset_index()
    return patients.assign(population=patients["marker"] + "/" + patients["compartment"])


def score_study(cells: pd.DataFrame, images: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cores and patients from the images and cores of status ``ok``.

    Raises
    ------
    InputError
        If none is, naming each with its reason.
    """
    check_rows(images, "the scores")
    if not (images["status"] == "ok").any():
        first = images.head(8)
        why = ", ".join(
            f"{n}: {status}" for n, status in zip(name_units(first), first["status"], strict=True)
        )
        raise InputError(
            Fault(
                "at least one image must have enough cells to score",
                value=why,
                remedy="Look at um_per_px, nucleus_area_um2 and background; lower least_cells.",
            )
        )
    cores = score_cores(cores_of_status_ok(cells, images))
    return cores, score_patients(cores)


def name_units(scores: pd.DataFrame) -> list[str]:
    """Image, and core where it has one, of each row: ``TMA.svs core A-1``."""
    rows = zip(scores["image"], scores["core"], strict=True)
    return [f"{image} core {core}" if core else str(image) for image, core in rows]


def cores_of_status_ok(cells: pd.DataFrame, images: pd.DataFrame) -> pd.DataFrame:
    """Cells of what was scored. Named before anything is left out, so that what is left keeps its name."""
    good = pd.MultiIndex.from_frame(images.loc[images["status"] == "ok", KEYS])
    kept = pd.MultiIndex.from_frame(cells[KEYS]).isin(good)
    return cells.assign(core=name_cores(cells))[kept]


def _settings_frame(settings: Settings, measured: Sequence[Measured] | None, n: int) -> pd.DataFrame:
    cuts = dict(zip(("threshold_1", "threshold_2", "threshold_3"), settings.thresholds_od, strict=True))
    if measured is None:
        return pd.DataFrame([{**cuts, "segmented_by": "QuPath"}] * n)
    rows = [
        {
            **cuts,
            "segmented_by": "this analysis",
            "tissue_area_mm2": m.tissue_area_mm2,
            "nucleus_area_um2": settings.nucleus_area_um2,
            "expansion_um": settings.expansion_um,
            "work_um_per_px": m.calibration.px_um,
            "nuclear_cut_od": _finite(m.calibration.levels.cut),
            "background": _words(m.calibration.background, 1),
            "background_origin": m.calibration.background_origin,
            "haematoxylin": _words(m.calibration.vectors.haematoxylin, 3),
            "dab": _words(m.calibration.vectors.dab, 3),
            "vectors_origin": m.calibration.vectors.origin,
            "saturated_percent": m.saturated_percent,
            "residual_od": m.residual_od,
            "canvas_percent": m.canvas_percent,
        }
        for m in measured
    ]
    return pd.DataFrame(rows)


def _words(values: Sequence[float], decimals: int) -> str:
    return " ".join(f"{v:.{decimals}f}" for v in values)


def _finite(value: float) -> float:
    return value if np.isfinite(value) else float("nan")
