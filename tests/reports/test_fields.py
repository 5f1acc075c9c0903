"""The list of output columns: it holds all that is published and nothing else, and tables are written from
it."""

from __future__ import annotations

import csv
import gzip
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.units import split_unit
from reports import fields
from reports.fields import Bounds, Column, Field, field, words
from reports.page.blocks import MIME, Page, table_block
from reports.publish import Report, Table

ROOT = Path(__file__).resolve().parents[2]
KINDS = {"text", "count", "typed", "p", "number", "fixed", "percent", "points"}
PROMISED = {
    "cells": "area_um2 haematoxylin_od positive",
    "concentrations": "n_beads",
    "exclusions": "table row subject rule value",
    "ic50": "curve_class effect effect_low effect_high q_no_effect",
    "ic50_levels": "compound cell_line experiment level concentration_uM low_uM high_uM qualifier",
    "input_receipt": (
        "parameter file sha256 sheet header_row encoding delimiter decimal column read_as unit factor n n_missing"
        " minimum maximum note"
    ),
    "links": (
        "layer feature outcome landmark_days estimate low high low_with_error high_with_error unit n events"
        " p_value q_value detectable role status"
    ),
    "patient_flow": "set n of reason",
    "reconciliation": "subject reader day quantity ours theirs agrees why",
}
"""Columns of the contracts that the example's tables do not hold, by table."""


def header_of(path: Path) -> list[str]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        return next(csv.reader(lines))


def published() -> set[tuple[str, str]]:
    """Every table and column of the example's frozen tables, and of the contracts."""
    found = {(table, name) for table, names in PROMISED.items() for name in names.split()}
    for path in sorted((ROOT / "tests" / "snapshots" / "example").glob("*/*.csv*")):
        found |= {(path.name.split(".")[0], name) for name in header_of(path)}
    return found


def shown_by_hand() -> set[str]:
    """Names of columns that the presentations write."""
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "reports" / "present").rglob("*.py"))
    return {name for source in sources for name in re.findall(r'"(\w+)"', source)}


PUBLISHED = published()


def lacking(columns: set[tuple[str, str]]) -> list[str]:
    """Of tables' columns those that the list does not hold."""
    found = []
    for table, name in sorted(columns):
        try:
            field(name, table)
        except LookupError:
            found.append(f"{table}.{name}")
    return found


def test_every_published_column_is_listed() -> None:
    assert len(PUBLISHED) > 700
    assert lacking(PUBLISHED) == []


def test_every_column_of_the_contracts_is_listed() -> None:
    path = ROOT.parent / "shared" / "contracts.md"
    if not path.is_file():
        pytest.skip("contracts absent: ../shared/contracts.md")
    told = re.findall(r"`tables/(\w+)\.csv(?:\.gz)?`: `([\w, ]+)", path.read_text(encoding="utf-8"))
    assert len(told) > 20
    columns = {(table, name) for table, names in told for name in re.findall(r"\w+", names)}
    assert lacking(columns) == []


def test_every_entry_has_a_label_a_way_of_writing_and_a_meaning() -> None:
    for name, entry in fields.read_fields().items():
        assert entry.label.strip(), name
        assert entry.kind in KINDS, name
        assert re.fullmatch(r"\S.*[^.]\.", entry.meaning), f"the meaning of {name} must be a sentence"


def test_no_entry_is_unused() -> None:
    by_hand = shown_by_hand()
    names = {name for _, name in PUBLISHED} | by_hand
    split = [(entry, *entry.rpartition(".")[::2]) for entry in fields.read_fields()]
    assert [e for e, table, name in split if not table and name not in names] == []
    own = {(table, name) for _, table, name in split if table} - PUBLISHED
    assert [f"{table}.{name}" for table, name in sorted(own) if not {table, name} <= by_hand] == []


def test_an_entry_for_one_table_says_something_of_its_own() -> None:
    known = fields.read_fields()
    assert [e for e in known if "." in e and known.get(e.rpartition(".")[2]) == known[e]] == []


def test_a_unit_in_a_name_is_the_unit_and_is_not_written_twice() -> None:
    with fields.LIST.open(encoding="utf-8", newline="") as lines:
        written = {row["name"]: row["unit"] for row in csv.DictReader(lines)}
    units = {entry: split_unit(entry.rpartition(".")[2])[1] for entry in written}
    assert sum(map(bool, units.values())) > 50
    assert [e for e, unit in units.items() if unit and unit == written[e]] == []
    assert [e for e, unit in units.items() if unit and unit not in fields.read_fields()[e].unit] == []


def test_fractions_and_p_values_are_written_as_such() -> None:
    for name, entry in fields.read_fields().items():
        last = name.rpartition(".")[2]
        if "fraction" in last.split("_"):
            assert "fraction" in entry.unit, name
        if entry.kind == "percent":
            assert "%" in entry.unit, name
        if re.search(r"^p_|_p$|^[pq]_value$", last):
            assert entry.kind == "p", name


def test_the_longest_ending_is_the_unit() -> None:
    assert split_unit("tissue_area_mm2") == ("tissue_area", "mm²")
    assert split_unit("work_um_per_px") == ("work", "µm/px")
    assert split_unit("n_points") == ("n_points", "")
    assert split_unit("h_score_min") == ("h_score_min", "")


FRAME = pd.DataFrame(
    {
        "cell_line": ["A", "B", "C"],
        "ic50_uM": [0.2148, 30.0, np.nan],
        "ic50_low_uM": [0.15, np.nan, np.nan],
        "ic50_high_uM": [0.3, np.nan, np.nan],
        "ic50_qualifier": ["=", ">", ""],
        "n_points": [1234, 20, 18],
        "p_no_effect": [0.00001, 0.0364, np.nan],
        "rate": [0.4386, 0.5, np.nan],
        "rate_low": [0.31, 0.4, np.nan],
        "rate_high": [0.576, 0.6, np.nan],
        "status": ["ok", "", "failed"],
    }
)


def test_a_table_is_made_of_names() -> None:
    shown = words(FRAME, ["cell_line", "ic50_uM", Bounds("ic50_uM"), "n_points", "p_no_effect"], table="ic50")
    assert list(shown) == ["Cell line", "IC50\nµM", "Interval\nµM", "Wells\nn", "No effect\np"]
    assert shown.to_numpy().tolist() == [
        ["A", "0.215", "0.150–0.300", "1,234", "< 0.0001"],
        ["B", "> 30", "no interval", "20", "0.036"],
        ["C", "none", "no interval", "18", "no test"],
    ]


def test_a_fraction_and_its_interval_are_written_alike_and_named_by_their_level() -> None:
    shown = words(FRAME, [Column("rate", missing=FRAME["status"]), Bounds("rate")], table="x", confidence=0.9)
    assert list(shown) == ["Rate\n%", "90 % interval\n%"]
    assert shown.to_numpy().tolist() == [
        ["43.9", "31.0–57.6"],
        ["50.0", "40.0–60.0"],
        ["failed", "no interval"],
    ]


def test_words_stand_where_there_is_no_value() -> None:
    shown = words(
        FRAME, [Column("ic50_uM", missing="not fitted"), Column("status", missing="nothing")], table="x"
    )
    assert shown["IC50\nµM"].tolist() == ["0.215", "> 30", "not fitted"]
    assert shown["Status"].tolist() == ["ok", "nothing", "failed"]


def test_a_column_by_hand_stands_beside_listed_ones() -> None:
    shown = words(
        FRAME, ["cell_line", ("Pair", ["x", "y", "z"]), Column("status", "As told", "abc")], table="x"
    )
    assert shown.iloc[1].tolist() == ["B", "y", "b"]
    assert list(shown) == ["Cell line", "Pair", "As told"]
    assert fields.tell_meanings(shown, "ic50")[1] == ""


def test_an_unlisted_column_is_refused_by_name() -> None:
    with pytest.raises(LookupError, match="it lacks half_life_of_nothing"):
        words(FRAME, ["half_life_of_nothing"], table="x")


def test_two_columns_of_one_header_are_refused() -> None:
    with pytest.raises(ValueError, match=r"headers of a table must differ; \['Interval"):
        words(FRAME, [Bounds("ic50_uM"), Bounds("ic50_uM")], table="x")


def test_a_bound_is_told_from_its_estimate() -> None:
    low = field("half_life_low_h")
    assert low == Field("Half-life, lower bound", "h", "number", "Lower bound of the interval of Half-life.")
    assert field("hr_low").label == "Hazard ratio, lower bound"


def test_a_name_may_mean_something_of_its_own_in_a_table() -> None:
    assert field("source", "pathway").meaning != field("source").meaning
    assert field("n_points", "turnover").label == "Lanes"


def test_an_empty_table_keeps_its_headers() -> None:
    shown = words(FRAME.head(0), ["cell_line", "ic50_uM", Bounds("ic50_uM")], table="x")
    assert list(shown) == ["Cell line", "IC50\nµM", "Interval\nµM"]
    assert shown.empty
    assert len(fields.tell_meanings(shown, "")) == 3


def test_the_page_tells_what_a_column_means(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = []
    monkeypatch.setattr("reports.publish.displays.display", lambda bundle, raw: said.append(bundle[MIME]))
    monkeypatch.setenv("TME_OUTPUT", str(tmp_path))
    report = Report("", "measured", {})
    report.show(Table("ic50", FRAME, show=words(FRAME, ["cell_line", "ic50_uM"], table="x")))
    report.show(Table("other", FRAME.assign(mine=1)))
    shown, raw = (table_block(content, Page(folder=tmp_path)) for content in said)
    assert [c["meaning"] for c in shown["columns"]] == [field("cell_line").meaning, field("ic50_uM").meaning]
    assert [c["meaning"] for c in raw["columns"]][-1] == ""
    assert raw["columns"][0]["meaning"] == field("cell_line").meaning
