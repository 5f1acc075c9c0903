"""A study of one's own to begin with: study.yaml, empty tables with their headers, and a word on each."""

from __future__ import annotations

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
    """An empty input table: for which notebook and parameter, its columns, and what a row is."""

    notebook: str
    parameter: str
    file: str
    columns: str
    row: str


BLANKS = (
    Blank(
        "ic50",
        "measurements",
        "plates.csv",
        "experiment,plate,well,cell_line,compound,concentration_uM,role,signal,exclude",
        "a well; role is sample, vehicle, blank, positive_control or time_zero; or viability instead of role"
        " and signal",
    ),
    Blank(
        "synergy",
        "measurements",
        "combinations.csv",
        "experiment,plate,cell_line,compound_1,compound_2,concentration_1_uM,concentration_2_uM,viability",
        "a well of a combination matrix, viability as a fraction of vehicle",
    ),
    Blank(
        "target_engagement",
        "readouts",
        "readouts.csv",
        "experiment,blot,lane,target,dose_uM,time_h,signal,normaliser",
        "a band; normaliser is the signal of total protein or of the total form",
    ),
    Blank(
        "ihc",
        "slides",
        "slides.csv",
        "image,subject,timepoint,marker,um_per_px,compartment,mask,core",
        "an image; paths start from this table's folder; compartment is nucleus, cytoplasm or cell",
    ),
    Blank(
        "flow_gating",
        "samples",
        "samples.csv",
        "file,subject,timepoint,tube,species,compensation,cells_per_mg",
        "an FCS file; paths start from this table's folder",
    ),
    Blank("flow_gating", "panel", "panel.csv", "channel,marker,fluorochrome", "a channel of the cytometer"),
    Blank(
        "immune_shifts",
        "populations",
        "populations.csv",
        "subject,timepoint,population,count,parent_count,cd45_count,group",
        "a population of a sample; timepoint is pre or post",
    ),
    Blank(
        "cytokines",
        "plate",
        "immunoassay.csv",
        "plate,well,analyte,sample,role,concentration_pg_ml,signal,dilution,subject,timepoint",
        "a well; role is standard, blank, control or sample; concentrations of standards and controls only",
    ),
    Blank(
        "stroma",
        "images",
        "images.csv",
        "image,subject,timepoint,stain,um_per_px,mask,marker",
        "an image; stain is picrosirius, trichrome, shg, dab, fluorescence or binary_mask",
    ),
    Blank(
        "clinical_endpoints",
        "times",
        "times.csv",
        "subject,group,endpoint,time_days,event",
        "a patient and endpoint such as PFS; event is 1, or 0 where censored",
    ),
    Blank(
        "clinical_endpoints",
        "responses",
        "responses.csv",
        "subject,reader,day,overall_response",
        "an assessment; overall_response is CR, PR, SD, PD or NE",
    ),
    Blank(
        "clinical_endpoints",
        "lesions",
        "lesions.csv",
        "subject,day,lesion,kind,site,is_node,diameter_mm,state",
        "a lesion at a visit; kind is target, non-target or new",
    ),
    Blank(
        "clinical_endpoints",
        "subjects",
        "subjects.csv",
        "subject,group,reference_day,first_dose_day,death_day,new_therapy_day,last_contact_day",
        "a patient",
    ),
    Blank(
        "reconstruct",
        "curve",
        "curve.csv",
        "group,time,survival",
        "a digitised point of a Kaplan–Meier curve",
    ),
    Blank("reconstruct", "at_risk", "at_risk.csv", "group,time,n", "a number at risk under that curve"),
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
                yield Blank(entry.notebook, name, file, table.readline().strip(), "")


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
    texts |= {blank.file: blank.columns + "\n" for blank in all_blanks()}
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
