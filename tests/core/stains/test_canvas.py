"""Canvas, frames and bars on sections: no tissue, no glass, no cells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from lib import stains
from lib.errors import InputError
from lib.tables.slides import ArraySlide, open_slide

Section = NDArray[np.uint8]


@pytest.fixture(scope="module")
def section() -> Section:
    folder = Path(__file__).resolve().parents[3] / "data/example/ihc"
    return np.tile(np.asarray(Image.open(folder / "S01_pre_A.png").convert("RGB")), (2, 2, 1))


def measure(image: Section, **options: object) -> stains.Measured:
    chosen = stains.Settings(**options) if options else None
    return stains.measure_slide(ArraySlide(image), um_per_px=0.5, compartment="cytoplasm", settings=chosen)


def h_score(measured: stains.Measured) -> float:
    return stains.score_cells(stains.classify_cells(measured.cells["cytoplasm_dab_od"])).h_score


def padded(image: Section, colour: int, right: int = 180) -> Section:
    return np.pad(image, ((0, 60), (0, right), (0, 0)), constant_values=colour)


@pytest.mark.parametrize("colour", [0, 255, 200])
def test_a_canvas_changes_no_score(section, colour):
    wide = padded(section, colour)
    wide[-30:-22, 20:120] = 255 - colour
    plain, found = measure(section), measure(wide)
    assert found.calibration.background == pytest.approx(plain.calibration.background, abs=1.0)
    assert found.tissue_area_mm2 == pytest.approx(plain.tissue_area_mm2, rel=0.01)
    assert abs(len(found.cells) - len(plain.cells)) <= 2
    assert h_score(found) == pytest.approx(h_score(plain), abs=2)
    assert found.canvas_percent == pytest.approx(100 * (1 - section.size / wide.size), abs=0.5)
    assert plain.canvas_percent == 0
    assert found.saturated_percent < 0.1


def test_vectors_are_not_taken_from_a_canvas(section):
    plain, found = (
        measure(i, estimate_vectors=True).calibration.vectors for i in (section, padded(section, 0))
    )
    assert found.origin == plain.origin
    assert found.dab == pytest.approx(plain.dab, abs=0.02)


def test_a_bar_is_no_cell(section):
    barred = section.copy()
    barred[100:112, 60:200] = 0
    found = measure(barred).cells
    inside = found["y_um"].between(48, 58) & found["x_um"].between(28, 102)
    assert not inside.any()
    assert found["cytoplasm_dab_od"].max() < 1.3


def test_tiles_that_are_canvas_throughout(section):
    """A slide twice as wide as its picture, read by small tiles."""
    wide = padded(section, 0, right=section.shape[1] + 200)
    slide = ArraySlide(wide)
    tiled = stains.measure_slide(slide, um_per_px=0.5, compartment="cytoplasm", tile_px=128)
    assert tiled.tissue_area_mm2 == pytest.approx(measure(section).tissue_area_mm2, rel=0.03)
    assert tiled.cells["x_um"].max() <= section.shape[1] * 0.5
    assert tiled.canvas_percent == pytest.approx(100 * (1 - section.size / wide.size), abs=0.5)


def test_a_section_on_much_black_is_still_brightfield(tmp_path, section):
    Image.fromarray(padded(section, 0, right=2 * section.shape[1])).save(tmp_path / "wide.png")
    assert open_slide(tmp_path / "wide.png").shape[1] == 3 * section.shape[1]
    Image.fromarray(np.full((50, 50, 3), 14, np.uint8)).save(tmp_path / "dark.png")
    with pytest.raises(InputError, match=r"median grey level 14"):
        open_slide(tmp_path / "dark.png")
