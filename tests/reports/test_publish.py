"""What a notebook publishes: files at full precision, words for the reader, nothing infinite, the same bytes
each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib_inline import backend_inline

from lib.records import Claim, Estimate, Interval, Quality, Source, Subject
from lib.result import Result
from reports import publish
from reports.figures.style import new_figure
from reports.page.blocks import MIME
from reports.publish import Figure, Report, Table
from reports.shown import Answer

FRAME = pd.DataFrame({"cell_line": ["UTE1", "UTE2"], "ic50_uM": [1 / 3, np.nan], "n": [3, 2]})


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    bundles: list[dict[str, Any]] = []
    monkeypatch.setattr("reports.publish.displays.display", lambda bundle, raw: bundles.append(bundle))
    return bundles


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TME_OUTPUT", str(tmp_path))
    monkeypatch.delenv("TME_ORIGIN", raising=False)
    return tmp_path


def opened(origin: str = "measured") -> Report:
    return Report("study", origin, {})


def test_table_file_keeps_full_precision(folder: Path, shown: list[dict[str, Any]]) -> None:
    opened().show(Table("ic50", FRAME, "**Low.**"))
    pd.testing.assert_frame_equal(pd.read_csv(folder / "tables/ic50.csv"), FRAME)
    assert "0.3333333333333333" in (folder / "tables/ic50.csv").read_text()
    content = shown[0][MIME]
    assert content["rows"] == [["UTE1", "0.333", "3"], ["UTE2", "none", "2"]]
    assert [c["numeric"] for c in content["columns"]] == [False, True, True]


def test_header_carries_its_unit(folder: Path, shown: list[dict[str, Any]]) -> None:
    words = pd.DataFrame({"IC50\nµM": ["0.33", "> 30"]})
    opened().show(Table("ic50", FRAME, show=words, flagged=[False, True]))
    content = shown[0][MIME]
    assert content["columns"] == [{"label": "IC50", "unit": "µM", "numeric": True}]
    assert content["flagged"] == [1]


def test_infinity_is_refused_by_name(folder: Path, shown: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="table ic50: infinite numbers in ic50_uM"):
        opened().show(Table("ic50", FRAME.assign(ic50_uM=np.inf)))
    assert not (folder / "tables").exists()


def test_figures_are_the_same_bytes_each_time(folder: Path, shown: list[dict[str, Any]]) -> None:
    def draw(name: str) -> bytes:
        axes = new_figure().subplots()
        axes.plot([0, 1], [0, 1])
        opened().show(Figure(name, axes.figure, "**Up.**", alt="from 0 to 1"))
        return (folder / f"figures/{name}.svg").read_bytes()

    assert draw("a") == draw("b")
    assert (folder / "figures/a.png").stat().st_size > 1000


def test_a_figure_of_ones_own_is_shown_once(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Jupyter would show besides, at the end of a cell, are the figures that pyplot still holds."""
    flushed: list[object] = []
    monkeypatch.setattr(backend_inline, "display", lambda figure, **_: flushed.append(figure))
    (mine, axes), (other, _), (panel, _) = plt.subplots(), plt.subplots(), plt.subplots()
    axes.plot([0, 1], [0, 1])
    report = publish.Report("", "measured", {})
    report.show(publish.Figure("mine", mine, "**Up.**", alt="up"))
    report.show(publish.Panels("panels", [panel], "**Up.**", alt="up"))
    assert len(shown) == 2
    backend_inline.show(close=True)
    assert flushed == [other]
    report.show(publish.Figure("mine", mine, "**Again.**", alt="up"))
    assert len(shown) == 3


NAMED = FRAME.set_index("cell_line")


@pytest.mark.parametrize(
    ("frame", "columns"),
    [
        (NAMED, ["cell_line", "ic50_uM", "n"]),
        (FRAME.set_index(["cell_line", "n"]), ["cell_line", "n", "ic50_uM"]),
        (FRAME.iloc[1:], ["cell_line", "ic50_uM", "n"]),
        (FRAME.rename_axis("row"), ["row", "cell_line", "ic50_uM", "n"]),
        (Result(FRAME).iloc[1:], ["cell_line", "ic50_uM", "n"]),
    ],
)
def test_an_index_that_says_something_is_shown(frame: pd.DataFrame, columns: list[str]) -> None:
    table = publish.Table("mine", frame)
    assert list(table.frame.columns) == columns
    assert len(table.frame) == len(frame)
    assert list(publish.Table("mine", FRAME, show=frame).show.columns) == columns  # type: ignore[union-attr]


def test_an_index_of_names_without_a_name_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"table mine: its index tells rows apart \(UTE1, UTE2 …\) and has no"
    ):
        publish.Table("mine", NAMED.rename_axis(None))
    with pytest.raises(ValueError, match=r'has the name of a column; write Table\("mine", frame.rename_axis'):
        publish.Table("mine", NAMED.rename_axis("n"))


@pytest.mark.parametrize(
    ("of_the_run", "of_the_report", "stamped"),
    [
        ("simulated", "measured", True),
        ("measured", "simulated", False),
        ("", "simulated", True),
        ("", "measured", False),
    ],
)
def test_simulated_figures_say_so(
    folder: Path,
    shown: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    of_the_run: str,
    of_the_report: str,
    stamped: bool,
) -> None:
    monkeypatch.setenv("TME_ORIGIN", of_the_run)
    opened(of_the_report).show(Figure("empty", new_figure().subplots().figure, "**None.**", alt="none"))
    assert ("simulated data" in (folder / "figures/empty.svg").read_text()) is stamped


def test_the_card_is_written_without_nan(folder: Path, shown: list[dict[str, Any]]) -> None:
    report, row = opened(), FRAME.assign(ic50_uM=1.5, low=np.nan, high=2.0)
    report.show(Table("ic50", row))
    estimate = Estimate(np.float64(1.5), "µM", Interval(np.nan, np.float64(2.0), 0.9), qualifier=">")
    told = (Subject("IC50"), estimate, np.int64(3), "experiments", Quality())
    claim = Claim("ic50", "At what dose?", *told, Source("ic50", 0, "ic50_uM", "low", "high"))  # type: ignore[arg-type]
    report.answer(Answer([claim], "It is 1.5 µM.", flags=["plate 7"]))
    written = shown[-1][MIME]
    assert written["key"] == {
        "label": "IC50",
        "estimate": 1.5,
        "low": None,
        "high": 2.0,
        "unit": "µM",
        "n": 3,
        "n_of": "experiments",
        "qualifier": ">",
        "confidence": 0.9,
    }
    assert type(written["key"]["n"]) is int
    assert written["flags"] == ["plate 7"]


def test_nothing_is_written_in_an_interactive_session(
    tmp_path: Path, shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TME_OUTPUT", raising=False)
    monkeypatch.chdir(tmp_path)
    report = opened()
    report.show(Table("ic50", FRAME))
    report.answer(Answer([], "None."))
    assert list(tmp_path.iterdir()) == []
    assert len(shown) == 2


def test_compressed_tables_are_reproducible(folder: Path, shown: list[dict[str, Any]]) -> None:
    opened().show(Table("cells.csv.gz", FRAME))
    first = (folder / "tables/cells.csv.gz").read_bytes()
    opened().show(Table("cells.csv.gz", FRAME))
    assert first == (folder / "tables/cells.csv.gz").read_bytes()
    assert len(pd.read_csv(folder / "tables/cells.csv.gz")) == 2
