"""What a notebook publishes: files at full precision, words for the reader, nothing infinite, the same bytes
each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reports import publish
from reports.figures.style import new_figure

FRAME = pd.DataFrame({"cell_line": ["UTE1", "UTE2"], "ic50_uM": [1 / 3, np.nan], "n": [3, 2]})


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    bundles: list[dict[str, Any]] = []
    monkeypatch.setattr(publish, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TME_OUTPUT", str(tmp_path))
    monkeypatch.delenv("TME_ORIGIN", raising=False)
    return tmp_path


def test_table_file_keeps_full_precision(folder: Path, shown: list[dict[str, Any]]) -> None:
    publish.table(FRAME, "ic50", caption="**Low.**")
    pd.testing.assert_frame_equal(pd.read_csv(folder / "tables/ic50.csv"), FRAME)
    assert "0.3333333333333333" in (folder / "tables/ic50.csv").read_text()
    content = shown[0][publish.MIME]
    assert content["rows"] == [["UTE1", "0.333", "3"], ["UTE2", "none", "2"]]
    assert [c["numeric"] for c in content["columns"]] == [False, True, True]


def test_header_carries_its_unit(folder: Path, shown: list[dict[str, Any]]) -> None:
    publish.table(FRAME, "ic50", show=pd.DataFrame({"IC50\nµM": ["0.33", "> 30"]}), flagged=[False, True])
    content = shown[0][publish.MIME]
    assert content["columns"] == [{"label": "IC50", "unit": "µM", "numeric": True}]
    assert content["flagged"] == [1]


def test_infinity_is_refused_by_name(folder: Path, shown: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="table ic50: infinite numbers in ic50_uM"):
        publish.table(FRAME.assign(ic50_uM=np.inf), "ic50")
    assert not (folder / "tables").exists()


def test_figures_are_the_same_bytes_each_time(folder: Path, shown: list[dict[str, Any]]) -> None:
    def draw(name: str) -> bytes:
        axes = new_figure().subplots()
        axes.plot([0, 1], [0, 1])
        publish.figure(axes.figure, name, caption="**Up.**", alt="from 0 to 1")
        return (folder / f"figures/{name}.svg").read_bytes()

    assert draw("a") == draw("b")
    assert (folder / "figures/a.png").stat().st_size > 1000


@pytest.mark.parametrize(("origin", "stamped"), [("simulated", True), ("measured", False)])
def test_simulated_figures_say_so(
    folder: Path, shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, origin: str, stamped: bool
) -> None:
    monkeypatch.setenv("TME_ORIGIN", origin)
    publish.figure(new_figure().subplots().figure, "empty", caption="**None.**", alt="none")
    assert ("simulated data" in (folder / "figures/empty.svg").read_text()) is stamped


def test_summary_is_written_without_nan(folder: Path, shown: list[dict[str, Any]]) -> None:
    key = publish.Key("IC50", np.float64(1.5), np.nan, None, "µM", np.int64(3), "experiments", ">")  # type: ignore[arg-type]
    publish.summary(answer="It is 1.5 µM.", key=key, flags=["plate 7"])
    written = shown[-1][publish.MIME]
    assert written["key"]["estimate"] == 1.5
    assert written["key"]["low"] is None
    assert written["flags"] == ["plate 7"]


def test_nothing_is_written_in_an_interactive_session(
    tmp_path: Path, shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TME_OUTPUT", raising=False)
    monkeypatch.chdir(tmp_path)
    publish.table(FRAME, "ic50")
    publish.summary(answer="None.")
    assert list(tmp_path.iterdir()) == []
    assert len(shown) == 2


def test_compressed_tables_are_reproducible(folder: Path, shown: list[dict[str, Any]]) -> None:
    publish.table(FRAME, "cells.csv.gz")
    first = (folder / "tables/cells.csv.gz").read_bytes()
    publish.table(FRAME, "cells.csv.gz")
    assert first == (folder / "tables/cells.csv.gz").read_bytes()
    assert len(pd.read_csv(folder / "tables/cells.csv.gz")) == 2
