"""Tables of immunohistochemistry: slides, QuPath's detections, deviations from the protocol."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.errors import Fault, InputError
from lib.tables.contract import Column, Contract, Unique, check_table, name_faults, read_table
from lib.tables.files import read_cells
from lib.tables.images import PIXEL_SIZE, read_manifest, read_mask
from lib.tables.slides import Slide, open_slide

COMPARTMENTS = ("nucleus", "cytoplasm", "cell")
SLIDES = Contract(
    "slides",
    (
        Column("image", key=True, help="A PNG or TIFF, relative to the table"),
        Column("subject", key=True, help="Patient; patients are n"),
        Column("timepoint", key=True, help="pre or post, or your own words"),
        Column("marker", key=True, help="What is stained: Ki67, ER, HER2, ..."),
        PIXEL_SIZE,
        Column("compartment", required=False, choices=COMPARTMENTS, help="Default: by marker"),
        Column("mask", required=False, help="Tumour; cells outside it are stroma"),
        Column("core", required=False, help="Core of a tissue microarray, or a block"),
    ),
    unique=(
        Unique(
            ("image",),
            also=("core",),
            rule="an image must stand in one row, or in one row a core",
            remedy="Name its cores in the column core, or remove the repeat.",
        ),
    ),
)
DETECTIONS = Contract(
    "QuPath detections",
    (
        Column("image", key=True, help="QuPath: Image"),
        Column("subject", required=False, help="Or from the slides, by image name"),
        Column("timepoint", required=False, help="Or from the slides, by image name"),
        Column("marker", required=False, help="Or from the slides, by image name"),
        Column("compartment", required=False, choices=COMPARTMENTS, help="Default: by marker"),
        Column("core", required=False, help="QuPath: TMA Core"),
        *(
            Column(
                f"{part}_dab_od", "number", required=False, help=f"QuPath: {part.capitalize()}: DAB OD mean"
            )
            for part in COMPARTMENTS
        ),
    ),
)
DEVIATIONS = Contract(
    "protocol deviations",
    (
        Column("step", "integer", key=True, at_least=1, help="Step of the protocol"),
        Column("this_study", key=True, help="What was done otherwise, or what the protocol leaves open"),
    ),
)
CLASSES = {"negative": 0, "1+": 1, "2+": 2, "3+": 3}
"""QuPath's intensity classes; ``Tumor: 2+`` is 2+ of the class Tumor."""


def read_slides(path: str | Path) -> pd.DataFrame:
    """Read the manifest of slides; file columns come back absolute, `name` as typed.

    An image stands in one row, or in a row for each of its cores.

    Raises
    ------
    InputError
        With every fault of the table, and every file that is not there.
    """
    frame = read_manifest(path, SLIDES, files=("image", "mask"))
    return frame.assign(name=frame["image"].map(lambda p: Path(p).name))


@dataclass(frozen=True)
class Sections:
    """What was stained: slides, each with its picture and mask, or detections exported from QuPath, a row a
    cell."""

    manifest: pd.DataFrame | None = None
    detections: pd.DataFrame | None = None
    pictures: Sequence[Slide] = ()
    masks: Sequence[NDArray[np.bool_] | None] = ()

    @property
    def slides(self) -> pd.DataFrame:
        """The manifest; without rows where there is none."""
        return pd.DataFrame() if self.manifest is None else self.manifest

    @property
    def markers(self) -> list[str]:
        """What was stained, each once."""
        rows = self.slides if self.detections is None else self.detections
        return list(rows["marker"].unique())


def read_sections(slides: str | Path, cells: str | Path = "") -> Sections:
    """Read the manifest of slides and open each, or read detections; of both, detections are used, named by
    the slides.

    Raises
    ------
    InputError
        If neither is given, and with every fault of the tables and files.
    """
    if not slides and not cells:
        raise InputError("slides or cells must be given: a manifest of images, or detections from QuPath")
    if cells:
        named = read_slides(slides) if slides else None
        return Sections(named, read_detections(cells, named))
    manifest = read_slides(slides)
    return Sections(manifest, None, *open_slides(manifest))


def open_slides(manifest: pd.DataFrame) -> tuple[list[Slide], list[NDArray[np.bool_] | None]]:
    """Open every slide and read its mask.

    Raises
    ------
    InputError
        Naming every image that is not 8-bit brightfield RGB, every mask of another size, and every image that
        holds several cores without a mask for each.
    """
    slides, masks, faults = [], [], _cores_without_mask(manifest)
    for row, mask in zip(manifest["image"], manifest.get("mask", [None] * len(manifest)), strict=True):
        try:
            slide = open_slide(row)
            region = read_mask(mask) if isinstance(mask, str) else None
        except InputError as error:
            faults += error.faults
            continue
        if region is not None and region.shape != tuple(slide.shape[:2]):
            size = " × ".join(map(str, slide.shape[:2]))
            faults.append(
                Fault(
                    f"mask must have its image's size {size}",
                    value=" × ".join(map(str, region.shape)),
                    where=Path(mask).name,
                )
            )
        slides.append(slide)
        masks.append(region)
    if faults:
        raise InputError(faults)
    return slides, masks


def read_detections(path: str | Path, slides: pd.DataFrame | None = None) -> pd.DataFrame:
    """Read QuPath's exported detections, one row a cell.

    ``Nucleus: DAB OD mean`` and ``DAB: Nucleus: Mean`` (the two spellings that QuPath writes) become
    ``nucleus_dab_od``, likewise cytoplasm and cell; ``Class`` or ``Classification`` becomes ``class_0_3``.
    ``TMA core`` (or ``Core``) becomes ``core``. Subject, timepoint and marker come from columns of the table,
    else from the slides' manifest by image and core, or by image where it has one row.

    Raises
    ------
    InputError
        If neither densities nor intensity classes are there, or a cell's subject is not known.
    """
    source, cells = Path(path).name, read_cells(path, DETECTIONS.columns)
    frame = check_table(cells.rename(columns=_rename(cells.columns, source)), DETECTIONS, source=source)
    if "classification" in frame and _has_classes_without_intensity(frame):
        raise InputError(
            Fault(
                "a score needs intensities: DAB OD of each cell, or the classes 1+, 2+, 3+",
                value="positive and negative classes only",
                where=source,
                remedy="In QuPath set three thresholds, or export Nucleus: DAB OD mean.",
            )
        )
    if "classification" in frame:
        frame["class_0_3"] = frame["classification"].map(_intensity).fillna(-1).astype(int)
    if (
        not {f"{part}_dab_od" for part in COMPARTMENTS} & set(frame)
        and (frame.get("class_0_3", pd.Series([-1])) < 0).all()
    ):
        raise InputError(
            Fault(
                'detections need "Nucleus: DAB OD mean", its like for Cytoplasm or Cell, or intensity'
                " classes",
                value=f"columns {', '.join(map(str, cells.columns[:12]))}",
                where=source,
                remedy="In QuPath: Measure, Export measurements, type Cells or Detections.",
            )
        )
    return _with_subjects(frame, slides, source)


def read_deviations(path: str | Path, *, protocol: pd.DataFrame | None = None) -> dict[int, str]:
    """Read where a study departs from the protocol, or fills in what it leaves open: step → what was done
    here.

    Without a path there are none. `protocol` is held against: its column ``step`` says how many steps there
    are.
    """
    if not path:
        return {}
    steps = None if protocol is None or protocol.empty else int(protocol["step"].max())
    step, *rest = DEVIATIONS.columns
    rows = read_table(path, replace(DEVIATIONS, columns=(replace(step, at_most=steps), *rest)))
    said = rows.groupby("step")["this_study"].agg("; ".join)
    return {int(number): text for number, text in said.items()}


PLAIN = {
    "image": "image",
    "class": "classification",
    "classification": "classification",
    "tma core": "core",
    "core": "core",
}
"""QuPath's names for what is not a measurement, in lower case with one space between words."""


def _rename(columns: pd.Index, source: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for column in columns:
        name = " ".join(re.split(r"[\s_.-]+", str(column).strip().lower()))
        old = re.fullmatch(r"(nucleus|cytoplasm|cell): dab od mean", name)
        new = re.fullmatch(r"dab: (nucleus|cytoplasm|cell): mean", name)
        if match := old or new:
            found[column] = f"{match[1]}_dab_od"
        elif name in PLAIN:
            found[column] = PLAIN[name]
    said = pd.Series(found, dtype=object)
    if (twice := said[said.duplicated(keep=False)]).any():
        raise InputError(
            [
                Fault(
                    f"detections must name {meaning} in one column",
                    value=" and ".join(map(str, names.index)),
                    where=source,
                    remedy="Remove one of the columns.",
                )
                for meaning, names in twice.groupby(twice, sort=False)
            ]
        )
    return found


def _has_classes_without_intensity(frame: pd.DataFrame) -> bool:
    last = frame["classification"].astype(str).str.split(":").str[-1].str.strip().str.lower()
    densities = {f"{part}_dab_od" for part in COMPARTMENTS} & set(frame)
    return not densities and bool((last == "positive").any()) and not last.isin(["1+", "2+", "3+"]).any()


def _intensity(name: object) -> float:
    last = str(name).split(":")[-1].strip().lower()
    return CLASSES.get(last, -1)


def _with_subjects(frame: pd.DataFrame, slides: pd.DataFrame | None, source: str) -> pd.DataFrame:
    wanted = ["subject", "timepoint", "marker"]
    if slides is not None:
        rows = _rows_of(frame, slides)
        for column in [c for c in (*wanted, "compartment", "core") if c in slides]:
            given = frame[column] if column in frame else pd.Series(np.nan, index=frame.index, dtype=object)
            frame[column] = given.where(given.notna(), rows.map(slides[column].reset_index(drop=True)))
    lost = [c for c in wanted if c not in frame or frame[c].isna().any()]
    if lost:
        absent = frame.reindex(columns=wanted).isna().any(axis=1)
        images = ", ".join(map(str, frame.loc[absent, "image"].unique()[:5]))
        raise InputError(
            Fault(
                f"every detection needs {', '.join(lost)}",
                value=f"none for {int(absent.sum())} detections of {images}",
                where=source,
                remedy="Add the columns, or give the slides' manifest with the same images (and cores).",
            )
        )
    return frame


def _rows_of(frame: pd.DataFrame, slides: pd.DataFrame) -> pd.Series:
    """Which row of the manifest each detection belongs to: its image and core, or its image's only row."""
    stem = _stems(slides["name"])
    row = pd.Series(np.arange(len(slides)), index=pd.MultiIndex.from_arrays([stem, _cores(slides)]))
    alone = pd.Series(row.to_numpy(), index=stem)[~stem.duplicated(keep=False).to_numpy()]
    image = _stems(frame["image"])
    by_core = row.reindex(pd.MultiIndex.from_arrays([image, _cores(frame)])).set_axis(frame.index)
    return by_core.where(by_core.notna(), image.map(alone))


def _stems(names: pd.Series) -> pd.Series:
    """QuPath and the manifest may end an image's name differently."""
    return names.map({name: Path(name).stem for name in names.unique()})


def _cores(frame: pd.DataFrame) -> pd.Series:
    return frame["core"].fillna("") if "core" in frame else pd.Series("", index=frame.index, dtype=object)


def _cores_without_mask(manifest: pd.DataFrame) -> list[Fault]:
    """The same cells would be counted for every core: only a mask says which are whose."""
    mask = manifest["mask"] if "mask" in manifest else pd.Series(None, index=manifest.index, dtype=object)
    shared = manifest["image"].duplicated(keep=False) & mask.isna()
    return [
        fault
        for image in manifest["image"][shared].unique()
        for fault in name_faults(
            shared & (manifest["image"] == image),
            "an image with several cores needs a mask for each",
            found=Path(image).name,
            source="the slides",
            remedy="Draw the cores, or give QuPath's detections with their TMA core.",
        )
    ]
