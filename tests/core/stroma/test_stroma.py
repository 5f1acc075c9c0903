"""Fibres: OrientationJ's figures on its own image, known directions, edges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lib.errors import InputError
from lib.stroma import estimate_orientation, measure_fibres, prepare_field


def stripes(angle_deg: float, *, size: int = 96, period: float = 8.0) -> NDArray[np.float64]:
    """Fibres at a known angle, counter-clockwise from the horizontal as seen."""
    y, x = np.mgrid[:size, :size]
    turn = np.deg2rad(angle_deg)
    return 100 + 80 * np.sin(2 * np.pi * (x * np.sin(turn) + y * np.cos(turn)) / period)


def gap(a: float, b: float) -> float:
    return min(abs(a - b) % 180, 180 - abs(a - b) % 180)


def test_orientationj_on_its_own_image(shared_data: Path) -> None:
    image = tifffile.imread(shared_data / "stroma/collagen.tif")
    mask = tifffile.imread(shared_data / "stroma/collagen_mask.tif") > 0
    found = measure_fibres(image, "shg", um_per_px=1.0, mask=mask)
    assert gap(found.dominant_angle_deg, 57.1) < 0.5
    assert found.alignment == pytest.approx(0.111, abs=0.005)
    assert found.mean_local_coherency == pytest.approx(0.628, abs=0.02)
    assert found.tissue_area_mm2 == pytest.approx(0.4018 * 512**2 * 1e-6, rel=1e-3)


def test_maps_follow_orientationj_pixel_by_pixel(shared_data: Path) -> None:
    folder = shared_data / "stroma"
    ours = estimate_orientation(tifffile.imread(folder / "collagen.tif").astype(float))
    angle = tifffile.imread(folder / "results_maps_collagen-orientation.tif")
    coherency = tifffile.imread(folder / "results_maps_collagen-coherency.tif")
    apart = np.abs((ours.angle_deg - angle + 90) % 180 - 90)
    assert np.median(apart) < 2.0
    assert np.abs(ours.coherency - coherency).mean() < 0.05


@given(st.floats(0, 179.9))
@settings(max_examples=25)
def test_direction_of_known_stripes(angle: float) -> None:
    found = measure_fibres(stripes(angle), "shg", um_per_px=1.0, mask=np.ones((96, 96), bool))
    assert gap(found.dominant_angle_deg, angle) < 1.5
    assert found.alignment > 0.97
    assert found.coherency > 0.95


@given(st.floats(5, 85), st.floats(0.2, 5))
@settings(max_examples=15)
def test_brightness_and_gain_do_not_turn_fibres(angle: float, gain: float) -> None:
    image = stripes(angle)
    first, second = (estimate_orientation(i) for i in (image, gain * image + 7))
    np.testing.assert_allclose(first.coherency, second.coherency, atol=1e-9)


def test_quarter_turn_of_the_picture_turns_the_angle() -> None:
    image = stripes(30)
    assert gap(measure_fibres(np.rot90(image), "shg", um_per_px=1.0).dominant_angle_deg, 120) < 1.5


def test_noise_has_no_alignment() -> None:
    """Without direction N R² is exponential; N counts windows (8πσ² px each), not pixels: P(beyond) =
    0.001."""
    size, windows = 256, 256**2 / (8 * np.pi * 2.0**2)
    noise = np.random.default_rng(1).normal(size=(size, size))
    found = measure_fibres(noise, "shg", um_per_px=1.0, mask=np.ones((size, size), bool))
    assert found.alignment < np.sqrt(-np.log(0.001) / windows)


def test_area_is_of_tissue_not_of_frame() -> None:
    image = np.full((100, 100, 3), 255, np.uint8)
    image[:50] = (225, 200, 120)  # picric ground
    image[:25] = (170, 40, 60)  # red collagen in half of the tissue
    found = measure_fibres(image, "picrosirius", um_per_px=2.0)
    assert found.area_fraction == pytest.approx(0.5, abs=0.05)
    assert found.tissue_area_mm2 == pytest.approx(0.5 * (200 * 1e-3) ** 2, rel=0.1)


@pytest.mark.parametrize(
    ("stain", "dyed", "other"),
    [("dab", (120, 70, 40), (110, 110, 170)), ("trichrome", (70, 90, 200), (200, 60, 90))],
)
def test_dye_is_told_from_counterstain(stain: str, dyed: tuple[int, ...], other: tuple[int, ...]) -> None:
    image = np.array([[dyed, other]], np.uint8)
    signal = prepare_field(image, stain).signal  # type: ignore[arg-type]
    assert signal[0, 0] > 3 * signal[0, 1]


def test_binary_mask_needs_no_threshold() -> None:
    image = np.zeros((40, 40), np.uint8)
    image[10:20] = 255
    found = measure_fibres(image, "binary_mask", um_per_px=1.0)
    assert found.area_fraction == 0.25
    assert np.isnan(found.threshold)


def test_fibres_along_and_across_a_tumour_border() -> None:
    tumour = np.zeros((96, 96), bool)
    tumour[:, :30] = True  # vertical border
    along, across = (
        measure_fibres(stripes(a), "shg", um_per_px=1.0, tumour=tumour).border_angle_deg for a in (90, 0)
    )
    assert along < 10
    assert across > 80


@pytest.mark.parametrize(("value", "status"), [(255, "no tissue"), (90, "cut not told from noise")])
def test_blank_images_say_so(value: int, status: str) -> None:
    assert measure_fibres(np.full((32, 32, 3), value, np.uint8), "dab", um_per_px=1.0).status == status


def test_glass_is_not_tissue() -> None:
    assert not prepare_field(np.full((8, 8, 3), 250, np.uint8), "dab").tissue.any()


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(InputError, match=r"shape \(8, 8\)") as caught:
        measure_fibres(np.zeros((8, 8)), "dab", um_per_px=-1.0, mask=np.ones((4, 4), bool))
    assert "got -1.0" in str(caught.value)
    assert "(4, 4)" in str(caught.value)
    with pytest.raises(InputError, match="got sirius"):
        measure_fibres(np.zeros((8, 8)), "sirius", um_per_px=1.0)  # type: ignore[arg-type]
