"""The samples of a flow cytometry study and the panel that stained them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lib.errors import Fault, InputError
from lib.tables.contract import Column, Contract, Unique, examine_table, find_repeats, name_faults, read_table
from lib.tables.files import read_cells


def _is_control(samples: pd.DataFrame) -> pd.Series:
    """FMO controls; several may stain one sample."""
    tube = samples["tube"] if "tube" in samples else pd.Series("", index=samples.index)
    return tube.fillna("").astype(str).str.strip().str.upper().str.startswith("FMO")


SAMPLES = Contract(
    "samples",
    (
        Column(
            "file",
            key=True,
            help="FCS file, once, or once for each data_set; its path is relative to this table.",
        ),
        Column("subject", key=True, help="Patient or animal."),
        Column("timepoint", key=True, help="Such as pre and post."),
        Column(
            "data_set",
            "integer",
            required=False,
            at_least=1,
            help="Which data set of the file, where it holds several; empty: the first.",
        ),
        Column(
            "tube",
            required=False,
            help="Empty for the full stain; FMO and a marker for a control: FMO FoxP3.",
        ),
        Column(
            "species",
            required=False,
            choices=("human", "mouse", "rat", "non-human primate"),
            help="Write human or mouse.",
        ),
        Column(
            "compensation",
            required=False,
            help=(
                "Empty: the matrix in the file. none: do not compensate. Or a spillover table, or the file's"
                " keyword that holds the matrix."
            ),
        ),
        Column(
            "beads_added",
            "number",
            required=False,
            above=0,
            help="Counting beads put into the tube; the gates must name them Beads.",
        ),
        Column(
            "cells_per_mg", "number", required=False, at_least=0, help="Counted live cells per mg of tissue."
        ),
    ),
    unique=(
        Unique(("file",), also=("data_set",)),
        Unique(
            ("subject", "timepoint"),
            also=("tube",),
            among=lambda samples: ~_is_control(samples),
            rule="subject, timepoint and tube together must name one file",
            remedy="Tell the tubes apart, or remove a repeat.",
        ),
    ),
)

PANEL = Contract(
    "panel",
    (
        Column("channel", key=True, help="Name of the detector as in the FCS files: PE-A."),
        Column("marker", required=True, help="What was stained, or empty."),
        Column("fluorochrome", required=True, help="With what, or empty."),
    ),
    unique=(Unique(("channel",)),),
)

TRUTH = Contract(
    "true frequencies",
    (
        Column("file", key=True, help="Name of the FCS file."),
        Column("population", key=True, help="As named by the gates."),
        Column("count", "integer", at_least=0, help="Cells of the population."),
        Column("parent_count", "integer", at_least=0, help="Cells of its parent."),
    ),
    unique=(Unique(("file", "population")),),
)
"""Of simulated files only: what a gating should find."""

NO_MATRIX = {"none", "no", "uncompensated"}
SPILLOVER_KEYWORDS = ("SPILLOVER", "SPILL", "COMP", "SPILLOVER MATRIX")
"""Keywords of FCS files that hold a matrix; the column ``compensation`` may name one."""


def read_samples(path: str | Path) -> pd.DataFrame:
    """Read a samples table; adds ``path`` (where the file is) and ``is_control``.

    Raises
    ------
    InputError
        With every fault: columns, values, absent files, or two full stains of one subject and time point.
    """
    path = Path(path)
    samples, faults = examine_table(read_cells(path), SAMPLES, source=path.name)
    if not faults:
        samples["path"] = [path.parent / str(name) for name in samples["file"]]
        samples["is_control"] = _is_control(samples)
        faults = name_faults(
            ~samples["path"].map(Path.is_file),
            "file must exist beside the samples table",
            found="no such file",
            source=path.name,
            remedy="Paths are relative to the table.",
        )
    if faults := faults + find_repeats(samples, SAMPLES, path.name):
        raise InputError(faults)
    return samples


def read_panel(path: str | Path) -> pd.DataFrame:
    """Read a panel table: ``channel, marker, fluorochrome``; see `PANEL`."""
    return read_table(path, PANEL)


def read_truth(path: str | Path) -> pd.DataFrame:
    """Read the true frequencies of simulated files; see `TRUTH`. Without a path there are none."""
    return read_table(path, TRUTH) if str(path) else pd.DataFrame(columns=[c.name for c in TRUTH.columns])


def read_matrices(samples: pd.DataFrame, folder: str | Path) -> dict[str, pd.DataFrame]:
    """Spillover tables that the column ``compensation`` of samples names, by that name.

    Raises
    ------
    InputError
        If one is absent or unreadable.
    """
    if "compensation" not in samples:
        return {}
    named = samples["compensation"].dropna().astype(str).str.strip()
    wanted = [n for n in named.unique() if n and n.lower() not in NO_MATRIX and not keyword_named(n)]
    return {name: _numbers(read_cells(Path(folder) / name), name) for name in wanted}


def keyword_named(words: str) -> str:
    """The spillover keyword that a cell of the column ``compensation`` names; empty where it names none."""
    name = words.strip().upper().removeprefix("$")
    return name if name.split(" (")[0] in SPILLOVER_KEYWORDS else ""


def _numbers(cells: pd.DataFrame, name: str) -> pd.DataFrame:
    first = cells.columns[0]
    numeric = cells.apply(pd.to_numeric, errors="coerce")
    body = numeric.drop(columns=first) if numeric[first].isna().all() else numeric
    if body.isna().any(axis=None):
        raise InputError(
            Fault(
                "a spillover table must hold numbers",
                value="an empty or unreadable cell",
                where=name,
                remedy="One row and one column for each fluorescence channel.",
            )
        )
    return body.set_index(cells[first].astype(str)) if body.shape[1] < numeric.shape[1] else body


def markers_to_channels(panel: pd.DataFrame) -> dict[str, str]:
    """Marker to channel, without the channels that stain nothing."""
    stained = panel[panel["marker"].notna() & (panel["marker"] != panel["channel"])]
    return dict(zip(stained["marker"].astype(str), stained["channel"].astype(str), strict=True))
