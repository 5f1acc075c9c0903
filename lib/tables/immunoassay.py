"""Immunoassay plates: one row a well and analyte, or a Luminex xPONENT export."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from lib.errors import Fault, InputError
from lib.tables.contract import (
    Column,
    Contract,
    Unique,
    examine_table,
    find_repeats,
    name_faults,
    read_table,
)
from lib.tables.files import read_cells
from lib.tables.intake.numbers import decide_marks, read_numbers
from lib.tables.intake.take import TEXT
from lib.tables.intake.text import DELIMITERS, decode, find_delimiter
from lib.tables.sense import spellings, summary_rows

ROLES = ("standard", "blank", "control", "sample")
PLATE = Contract(
    "immunoassay",
    (
        Column("plate", default="1", help="Plate; every plate needs its own standards."),
        Column("well", required=False, help="Position on the plate."),
        Column("analyte", key=True, help="What is measured, such as IL-6."),
        Column("sample", required=False, help="Name of what is in the well."),
        Column("role", key=True, choices=ROLES, help="Write standard, blank, control or sample."),
        Column(
            "concentration_pg_ml",
            "number",
            required=False,
            at_least=0,
            help="Nominal, of standards and controls.",
        ),
        Column("signal", "number", at_least=0, help="MFI, optical density or counts, as read."),
        Column(
            "dilution",
            "number",
            default=1.0,
            above=0,
            roles=("sample",),
            help="Fold by which the sample was diluted.",
        ),
        Column("subject", required=False, help="Patient or animal."),
        Column("timepoint", required=False, help="Such as pre and post."),
        Column("beads", "number", required=False, at_least=0, help="Beads counted."),
    ),
    unique=(
        Unique(
            ("plate", "well", "analyte"),
            rule="a well and analyte must be given once",
            remedy="Remove the repeat.",
        ),
    ),
)
OPTIONAL_TEXT = ("well", "sample", "subject", "timepoint")
SECTION = "DataType:"
NUMBERS = {
    "Median": 2,
    "Count": 2,
    "Standard Expected Concentration": 1,
    "Control Expected Concentration": 1,
    "Dilution Factor": 2,
}
"""Sections that are read, and the first column of theirs that holds numbers."""
FEWEST_FOR_A_LINE = 4


def read_immunoassay(path: str | Path) -> pd.DataFrame:
    """Read a plate in tidy form, or a Luminex xPONENT CSV, which is recognised by its first line.

    Raises
    ------
    InputError
        With every fault: those of :func:`lib.tables.contract.read_table`, standards missing or without
        concentration, samples without name, a well given twice, sections missing from an xPONENT file.
    """
    path = Path(path)
    if _is_xponent(path):
        return check_immunoassay(read_xponent(path), source=path.name)
    return check_immunoassay(read_cells(path, PLATE.columns), source=path.name)


def check_immunoassay(frame: pd.DataFrame, *, source: str = "the table") -> pd.DataFrame:
    """Hold a frame against the contract of immunoassays; see :func:`read_immunoassay`."""
    checked, faults = examine_table(frame, PLATE, source=source)
    faults += find_repeats(checked, PLATE, source)
    if not {"plate", "analyte", "role", "signal"} <= set(checked):
        raise InputError(faults)
    for name in (*OPTIONAL_TEXT, "concentration_pg_ml"):
        if name not in checked:
            checked[name] = float("nan") if name == "concentration_pg_ml" else None
    faults += [
        *_no_standards(checked, source),
        *_unknown_standards(checked, source),
        *_unnamed_samples(checked, source),
        *summary_rows(checked, ["sample", "subject"], source),
        *spellings(checked, ["analyte", "subject"], source),
        *find_repeats(checked, PLATE, source),
    ]
    if faults:
        raise InputError(faults)
    return checked


def _no_standards(frame: pd.DataFrame, source: str) -> list[Fault]:
    with_standard = set(zip(*(frame[frame.role == "standard"][c] for c in ("plate", "analyte")), strict=True))
    pairs = frame[["plate", "analyte"]].drop_duplicates().itertuples(index=False)
    bare = [
        f"{analyte} on plate {plate}" for plate, analyte in pairs if (plate, analyte) not in with_standard
    ]
    if not bare:
        return []
    more = f" and {len(bare) - 5} more" if len(bare) > 5 else ""
    return [
        Fault(
            "every analyte needs standard wells on its plate",
            value=f"none for {', '.join(bare[:5])}{more}",
            where=source,
            remedy="Set role to standard and give concentration_pg_ml.",
        )
    ]


def _unknown_standards(frame: pd.DataFrame, source: str) -> list[Fault]:
    return name_faults(
        (frame.role == "standard") & ~(frame.concentration_pg_ml > 0),
        "concentration_pg_ml of a standard must be above 0",
        found="empty or 0",
        source=source,
        remedy="A zero standard has the role blank.",
    )


def _unnamed_samples(frame: pd.DataFrame, source: str) -> list[Fault]:
    unnamed = (frame.role == "sample") & frame["sample"].isna()
    return name_faults(unnamed, "sample must not be empty in a sample well", found="empty", source=source)


def _is_xponent(path: Path) -> bool:
    if path.suffix.lower() not in TEXT or not path.is_file():
        return False
    with path.open("rb") as file:
        return b"xponent" in file.readline().lower().replace(b"\0", b"")  # in UTF-16 every second byte is 0


def read_xponent(path: Path) -> pd.DataFrame:
    """Median signals of an xPONENT export in tidy form, with bead counts, dilutions and nominal
    concentrations.

    Samples named Background, Standard and Control followed by a number get those roles, as the instrument's
    own protocol names them; all others are samples.
    """
    text, _ = decode(path.read_bytes(), path.name)
    delimiter = find_delimiter(text)
    lines = list(csv.reader(text.splitlines(), delimiter=delimiter))
    sections = _sections(lines)
    missing = [name for name in ("Median", "Standard Expected Concentration") if name not in sections]
    if missing:
        raise InputError(
            Fault(
                "an xPONENT file needs its sections",
                value=f"no {', '.join(missing)}",
                where=path.name,
                remedy="Export the whole batch again.",
            )
        )
    _write_plainly(sections, DELIMITERS[delimiter], path.name)
    wells = _by_well(sections["Median"]).rename("signal").reset_index()
    if "Count" in sections:
        wells = wells.merge(
            _by_well(sections["Count"]).rename("beads").reset_index(),
            on=["location", "sample", "analyte"],
            how="left",
        )
    wells["role"] = wells["sample"].map(_role)
    nominal = pd.concat(
        [_nominal(sections.get(f"{kind} Expected Concentration", [])) for kind in ("Standard", "Control")],
        ignore_index=True,
    )
    wells = wells.merge(_restore_points(nominal), on=["sample", "analyte"], how="left")
    wells["dilution"] = wells.location.map(_dilutions(sections.get("Dilution Factor", []))).fillna(1.0)
    wells.loc[wells.role.isin(["standard", "blank"]), "dilution"] = 1.0
    wells["plate"] = next((line[1] for line in lines if line[:1] == ["Batch"] and len(line) > 1), path.stem)
    wells["well"] = wells.location.str.extract(r",\s*([A-Za-z]+\d+)\)", expand=False)
    wells.index = pd.RangeIndex(2, len(wells) + 2, name="row")
    return wells.drop(columns="location")


class _Line(list[str]):
    """Cells of a line, which knows the row of the file that it is."""

    row: int = 0


def _sections(lines: list[list[str]]) -> dict[str, list[_Line]]:
    """Rows under each ``DataType:`` up to the next empty line."""
    sections: dict[str, list[_Line]] = {}
    current: list[_Line] | None = None
    for row, cells in enumerate(lines, start=1):
        line = _Line(cell.strip() for cell in cells)
        line.row = row
        if line[:1] == [SECTION]:
            current = sections.setdefault(line[1], [])
        elif not any(line):
            current = None
        elif current is not None:
            current.append(line)
    return sections


def _write_plainly(sections: dict[str, list[_Line]], delimiter: str, source: str) -> None:
    """Numbers of the sections that are used, in place, with a decimal point and nothing between thousands.

    Raises
    ------
    InputError
        Where marks contradict each other or leave two readings open, and for every cell that is no number.
    """
    places = [
        (line, k)
        for name, first in NUMBERS.items()
        for line in sections.get(name, [])[1:]
        for k in range(first, len(sections[name][0]))
        if k < len(line) and line[k] and sections[name][0][k]
    ]
    cells = pd.Series([line[k] for line, k in places], [line.row for line, _ in places], dtype=object)
    marks = decide_marks({"the sections": cells}, delimiter=delimiter, source=source)
    read = read_numbers(cells, marks)
    unread = pd.Series(read.unread, index=cells.index)
    remedy = "Export it again, or empty the cells that hold no number."
    if faults := name_faults(
        unread, "signals and levels must be numbers", found=cells, source=source, remedy=remedy
    ):
        raise InputError(faults)
    for (line, k), value in zip(places, read.values, strict=True):
        line[k] = "" if np.isnan(value) else repr(float(value))


def _by_well(rows: Sequence[Sequence[str]]) -> pd.Series:
    header = [cell.strip() for cell in rows[0]]
    frame = pd.DataFrame([row[: len(header)] for row in rows[1:]], columns=header)
    analytes = [name for name in header[2:] if name and name != "Total Events"]
    frame = frame.rename(columns={header[0]: "location", header[1]: "sample"})
    long = frame.melt(
        id_vars=["location", "sample"], value_vars=analytes, var_name="analyte", value_name="value"
    )
    return pd.to_numeric(long.set_index(["location", "sample", "analyte"]).value, errors="coerce")


def _nominal(rows: Sequence[Sequence[str]]) -> pd.DataFrame:
    if not rows:
        return pd.DataFrame(columns=["sample", "analyte", "concentration_pg_ml"])
    header = [cell.strip() for cell in rows[0]]
    frame = pd.DataFrame([row[: len(header)] for row in rows[1:]], columns=header).rename(
        columns={header[0]: "sample"}
    )
    long = frame.melt(
        id_vars="sample",
        value_vars=[n for n in header[1:] if n],
        var_name="analyte",
        value_name="concentration_pg_ml",
    )
    return long.assign(concentration_pg_ml=pd.to_numeric(long.concentration_pg_ml, errors="coerce"))


def _restore_points(nominal: pd.DataFrame) -> pd.DataFrame:
    """Put back decimal points that an export lost, and say so in a column ``note``.

    Under some regional settings 215.625 is written as 215625. A standard a thousand times above the line of
    its dilution series (log concentration by number), or a control a thousand times too high for the
    standards, is divided by 1000.
    """
    nominal = nominal.assign(note=None)
    nominal["note"] = nominal.note.astype(object)
    number = pd.to_numeric(nominal["sample"].str.extract(r"(\d+)$", expand=False))
    for _, rows in nominal.groupby("analyte", sort=False):
        standards = rows[(rows["sample"].map(_role) == "standard") & (rows.concentration_pg_ml > 0)]
        if len(standards) < FEWEST_FOR_A_LINE:
            continue
        logs, place = np.log10(standards.concentration_pg_ml), number[standards.index]
        slope = np.median(np.diff(logs) / np.diff(place))
        off = logs - slope * place
        lost = set(off.index[(off - off.median() - 3).abs() < 0.1])
        top = standards.concentration_pg_ml.drop(list(lost)).max()
        controls = rows[rows["sample"].map(_role) == "control"]
        lost |= set(
            controls.index[
                (controls.concentration_pg_ml > 10 * top) & (controls.concentration_pg_ml < 1000 * top)
            ]
        )
        for index in sorted(lost):
            value = nominal.loc[index, "concentration_pg_ml"]
            nominal.loc[index, ["concentration_pg_ml", "note"]] = [
                value / 1000,
                f"{value:g} read as {value / 1000:g}: decimal point lost in the export",
            ]
    return nominal


def _dilutions(rows: Sequence[Sequence[str]]) -> dict[str, float]:
    return {
        row[0]: float(row[2])
        for row in rows[1:]
        if len(row) > 2 and re.fullmatch(r"\d+(\.\d+)?", row[2].strip())
    }


def _role(sample: str) -> str:
    named = re.fullmatch(r"(background|blank|standard|control)\s*\d*", sample.strip(), flags=re.IGNORECASE)
    word = named.group(1).lower() if named else "sample"
    return "blank" if word == "background" else word


TRUTH = Contract(
    "known changes",
    (
        Column("analyte", key=True, help="As in the plate."),
        Column("true_log2_fold_change", "number", help="Of the population simulated."),
        Column("sample_log2_fold_change", "number", required=False, help="Of the subjects drawn."),
    ),
    unique=(Unique(("analyte",)),),
)


def read_known_changes(path: str | Path) -> pd.DataFrame:
    """Read what is known of simulated changes; without a file nothing is: no rows."""
    if not str(path):
        return pd.DataFrame(columns=["analyte", "true_log2_fold_change"])
    return read_table(path, TRUTH)
