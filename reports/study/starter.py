"""A study of one's own to begin with: study.yaml, empty tables with their headers, and a word on each."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lib.places import PUBLISHED
from lib.programme import DEFAULT
from reports.project import EXAMPLE_STUDY, NOTEBOOKS, UsageError, find_notebook, read_notebook
from reports.study.file import Entry, read_study
from reports.study.parameters import read_parameters
from reports.study.programme import Chosen, choose_programme


@dataclass(frozen=True)
class Blank:
    """An empty input table: for which notebook and parameter, which contract of `lib.tables` names
    its columns (further ones beside, or all where there is none), and what a row is."""

    notebook: str
    parameter: str
    file: str
    contract: str
    row: str
    further: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """Names of its columns, in the contract's order; its module is slow to import, and few ask for it."""
        if not self.contract:
            return list(self.further)
        module, name = self.contract.split(".")
        contract = getattr(importlib.import_module(f"lib.tables.{module}"), name)
        return [*(column.name for column in contract.columns), *self.further]


BLANKS = (
    Blank(
        "ic50",
        "measurements",
        "plates.csv",
        "dose_response.WELLS",
        "a well, with viability as a fraction of vehicle, or signal and role (sample, vehicle, blank,"
        " positive_control or time_zero)",
    ),
    Blank(
        "synergy",
        "measurements",
        "combinations.csv",
        "synergy.COMBINATIONS",
        "a well of a combination matrix, with viability as a fraction of vehicle, or signal and role",
    ),
    Blank(
        "target_engagement",
        "readouts",
        "readouts.csv",
        "engagement.READOUTS",
        "a band; normaliser is the signal of total protein or of the total form",
    ),
    Blank(
        "ihc",
        "slides",
        "slides.csv",
        "ihc.SLIDES",
        "an image; paths start from this table's folder; compartment is nucleus, cytoplasm or cell",
    ),
    Blank(
        "flow_gating",
        "samples",
        "samples.csv",
        "flow.SAMPLES",
        "an FCS file; paths start from this table's folder",
    ),
    Blank("flow_gating", "panel", "panel.csv", "flow.PANEL", "a channel of the cytometer"),
    Blank(
        "immune_shifts",
        "populations",
        "populations.csv",
        "populations.POPULATIONS",
        "a population of a sample; timepoint is pre or post; counts are preferred to percent",
    ),
    Blank(
        "cytokines",
        "plate",
        "immunoassay.csv",
        "immunoassay.PLATE",
        "a well; role is standard, blank, control or sample; concentrations of standards and controls only",
    ),
    Blank(
        "stroma",
        "images",
        "images.csv",
        "stroma.IMAGES",
        "an image; stain is picrosirius, trichrome, shg, dab, fluorescence or binary_mask",
    ),
    Blank(
        "clinical_endpoints",
        "times",
        "times.csv",
        "clinical_tidy.TIMES",
        "a patient and endpoint such as PFS; event is 1, or 0 where censored",
        further=("group",),
    ),
    Blank(
        "clinical_endpoints",
        "responses",
        "responses.csv",
        "clinical_tidy.RESPONSE_TABLE",
        "an assessment; overall_response is CR, PR, SD, PD or NE",
    ),
    Blank(
        "clinical_endpoints",
        "lesions",
        "lesions.csv",
        "clinical_tidy.LESIONS",
        "a lesion at a visit; kind is target, non-target or new",
    ),
    Blank("clinical_endpoints", "subjects", "subjects.csv", "clinical_tidy.SUBJECTS", "a patient"),
    Blank(
        "reconstruct",
        "curve",
        "curve.csv",
        "reconstruct.CURVE",
        "a digitised point of a Kaplan–Meier curve",
    ),
    Blank(
        "reconstruct", "at_risk", "at_risk.csv", "reconstruct.AT_RISK", "a number at risk under that curve"
    ),
)


def all_blanks() -> list[Blank]:
    """Those above, and those of analyses that only the example study knows: its tables, emptied."""
    known = {blank.notebook for blank in BLANKS}
    others = [e for e in read_study(EXAMPLE_STUDY).reports if e.notebook not in known]
    return [*BLANKS, *(blank for entry in others for blank in _of_example(entry))]


def _of_example(entry: Entry) -> Iterator[Blank]:
    parameters = read_parameters(read_notebook(find_notebook(entry.notebook)))
    for name, file in entry.parameters.items():
        if parameters[name].file and parameters[name].required:
            with (EXAMPLE_STUDY.parent / file).open(encoding="utf-8") as table:
                columns = tuple(table.readline().strip().split(","))
                yield Blank(entry.notebook, name, file, contract="", row="", further=columns)


def start_study(folder: Path, programme: str = "") -> list[Path]:
    """Write a new study, of the programme named; existing files are never touched.

    Raises
    ------
    UsageError
        If the folder holds a study already, or is none; if there is no such programme.
    """
    chosen = choose_programme(programme or DEFAULT)
    for part in (folder, *folder.parents):
        if part.is_file():
            within = "" if part == folder else f", and {folder} would lie in it"
            raise UsageError(f"a new study needs a folder; {part} is a file{within}. Give another name")
    if (folder / "study.yaml").exists():
        raise UsageError(f"{folder.name}/study.yaml is there already; a new study needs a folder of its own")
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"study.yaml": _study(folder.resolve(), chosen), "README.md": _readme()}
    texts |= {blank.file: ",".join(blank.columns) + "\n" for blank in all_blanks()}
    written = []
    for name, text in texts.items():
        path = folder / name
        if not path.exists():
            path.write_text(text, encoding="utf-8")
            written.append(path)
    return written


def _study(folder: Path, programme: Chosen) -> str:
    named = programme.name
    if programme.folder and programme.folder.parent != PUBLISHED:
        named = os.path.relpath(programme.folder, folder)
    lines = [
        f"study: {folder.name}",
        "origin: measured   # or simulated, published, digitised",
        (
            f"programme: {named}   # what results are held against: a name of the suite, a folder with"
            " programme.yaml, or none"
        ),
        "reports:   # delete those that you have no data for",
    ]
    blanks = all_blanks()
    for notebook in dict.fromkeys(blank.notebook for blank in blanks):
        absent = "" if (NOTEBOOKS / f"{notebook}.ipynb").is_file() else "# "
        files = ", ".join(f"{b.parameter}: {b.file}" for b in blanks if b.notebook == notebook)
        lines += [f"  {absent}- notebook: {notebook}", f"  {absent}  parameters: {{{files}}}"]
    if (NOTEBOOKS / "overview.ipynb").is_file():
        lines.append("  - notebook: overview")
    return "\n".join(lines) + "\n"


def _readme() -> str:
    lines = [
        "# A study",
        "",
        "Fill the tables that you have data for, delete the others here and in `study.yaml`, then",
        "`tme check study.yaml` and `tme run study.yaml`. `tme params NOTEBOOK` lists what else can be set.",
        "",
        (
            "Missing cells stay empty. Extra columns are kept and ignored. Tab, comma or semicolon, XLSX and"
            " Parquet are read."
        ),
        "",
    ]
    lines += [
        f"- `{b.file}` (notebook `{b.notebook}`, parameter `{b.parameter}`)"
        + (f": one row is {b.row}." if b.row else ".")
        for b in all_blanks()
    ]
    return "\n".join(lines) + "\n"
