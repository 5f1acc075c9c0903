"""Canvas, frames and bars are told from the picture; what the pixels cannot tell stays in and is named."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from lib.canvas import find_canvas, solid_areas

Picture = NDArray[np.uint8]


def collagen(size: int = 150, seed: int = 4, floor: float = 12.0) -> Picture:
    """Dark field: blurred ridges over photon noise."""
    rng = np.random.default_rng(seed)
    ridges = ndimage.gaussian_filter(rng.normal(size=(size, size)), (2, 9))
    return np.clip(rng.poisson(floor + 90 * (ridges > np.quantile(ridges, 0.75))), 0, 255).astype(np.uint8)


def section(size: int = 150, seed: int = 5) -> Picture:
    """Brightfield: brown patches on blue ground."""
    rng = np.random.default_rng(seed)
    patches = ndimage.gaussian_filter(rng.normal(size=(size, size)), 5)[..., None] > 0.03
    ground = np.where(patches, (150, 105, 75), (190, 185, 215))
    return np.clip(ground + rng.normal(0, 4, (size, size, 3)), 0, 255).astype(np.uint8)


def on_canvas(
    picture: Picture, colour: int, *, rows: tuple[int, int] = (0, 0), columns: tuple[int, int] = (0, 0)
) -> Picture:
    widths = (rows, columns, (0, 0))[: picture.ndim]
    return np.pad(picture, widths, constant_values=colour)


def truth(picture: Picture, rows: tuple[int, int], columns: tuple[int, int]) -> NDArray[np.bool_]:
    return ~np.pad(np.ones(picture.shape[:2], bool), (rows, columns))


@pytest.mark.parametrize("colour", [0, 255, 128, 31])
@pytest.mark.parametrize("picture", [collagen(), section()], ids=["dark field", "brightfield"])
@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        ((0, 0), (0, 60)),
        ((40, 0), (0, 0)),
        ((30, 50), (25, 70)),
        ((0, 20), (20, 0)),
        ((1, 1), (1, 1)),
        ((0, 4), (7, 0)),
    ],
)
def test_canvas_of_any_grey_is_found_to_the_pixel(picture, colour, rows, columns):
    found = find_canvas(on_canvas(picture, colour, rows=rows, columns=columns))
    np.testing.assert_array_equal(found.border, truth(picture, rows, columns))
    assert found.colours == ((float(colour),) * (1 if picture.ndim == 2 else 3),)
    assert found.unclear == 0


def test_bar_and_writing_on_the_canvas_go_with_it():
    image = on_canvas(collagen(), 0, columns=(0, 80))
    image[120:126, 156:215] = 255  # closer to the picture than a solid square
    rng = np.random.default_rng(1)
    image[108:117, 175:205] = rng.integers(0, 255, (9, 30))  # smoothed letters
    assert find_canvas(image).border.sum() == 150 * 80


@pytest.mark.parametrize("picture", [collagen(), section()], ids=["dark field", "brightfield"])
@pytest.mark.parametrize("colour", [0, 255])
def test_bar_within_the_picture(picture, colour):
    image = picture.copy()
    image[130:135, 90:140] = colour
    found = find_canvas(image)
    bar = np.zeros(image.shape[:2], bool)
    bar[128:137, 88:142] = True
    np.testing.assert_array_equal(found.bars, bar)
    assert not found.border.any()


def test_frame_around_a_canvas_around_a_picture():
    image = on_canvas(
        on_canvas(collagen(), 0, rows=(30, 30), columns=(30, 30)), 255, rows=(3, 3), columns=(3, 3)
    )
    found = find_canvas(image)
    np.testing.assert_array_equal(found.border, truth(collagen(), (33, 33), (33, 33)))
    assert found.colours == ((255.0,), (0.0,))


@pytest.mark.parametrize("degrees", [7, 30, 45])
def test_turned_pictures_leave_corners(degrees):
    image = (
        ndimage.rotate(collagen(200).astype(float), degrees, order=1, reshape=True).round().astype(np.uint8)
    )
    share = 200**2 / image.size
    assert (~find_canvas(image).border).mean() == pytest.approx(share, rel=0.02)


def test_a_disc_cut_out_and_a_mosaic():
    y, x = np.mgrid[:220, :220] - 110
    disc = np.where(np.hypot(x, y) < 100, collagen(220), 0).astype(np.uint8)
    assert (~find_canvas(disc).border).mean() == pytest.approx(np.pi * 100**2 / 220**2, rel=0.02)
    mosaic = collagen(220)
    mosaic[:110, :110] = 0
    assert find_canvas(mosaic).border.sum() == 110**2


def test_two_fields_side_by_side_are_both_pictures():
    gap = np.zeros((150, 20), np.uint8)
    found = find_canvas(np.hstack([collagen(), gap, collagen(seed=6)]))
    assert found.border.sum() == gap.size


def test_a_canvas_saved_with_loss_keeps_a_seam_of_a_block():
    held = io.BytesIO()
    Image.fromarray(on_canvas(collagen(152), 0, columns=(0, 80))).save(held, "JPEG", quality=85)
    border = find_canvas(np.asarray(Image.open(held))).border
    assert not border[:, :152].any()
    assert border[:, 168:].all()


@pytest.mark.parametrize("floor", [3.0, 12.0])
def test_a_field_of_noise_on_a_canvas_is_a_picture(floor):
    noise = np.random.default_rng(5).poisson(floor, (150, 150)).astype(np.uint8) + np.uint8(1)
    assert find_canvas(on_canvas(noise, 0, columns=(0, 60))).border.sum() == 150 * 60


@pytest.mark.parametrize("floor", [0.02, 0.1, 1.0, 12.0])
def test_noise_clipped_at_black_is_a_picture(floor):
    found = find_canvas(np.random.default_rng(2).poisson(floor, (160, 160)).astype(np.uint8))
    assert not found.excluded.any()


def test_black_without_noise_and_with_an_outline_of_its_own_is_named_not_cut():
    """Background subtracted to 0: whether tissue was there the pixels do not tell."""
    image = collagen()
    shape = ndimage.gaussian_filter(np.random.default_rng(8).normal(size=image.shape), 14)
    image[shape < np.quantile(shape, 0.5)] = 0
    found = find_canvas(image)
    assert not found.excluded.any()
    assert 0.2 < found.unclear < 0.5


def test_drawings_without_noise_are_not_taken_apart():
    image = np.zeros((90, 90), np.uint8)
    image[:, :40] = 200
    assert not find_canvas(image).excluded.any()
    image[:, 60:] = 90
    assert not find_canvas(image).excluded.any()


def test_a_lone_fibre_is_no_picture():
    image = np.zeros((160, 160), np.uint8)
    image[60:75] = collagen(160)[60:75] + 1
    assert not find_canvas(image).border.any()


def test_saturated_fibres_are_no_bars():
    ridges = ndimage.gaussian_filter(np.random.default_rng(3).normal(size=(300, 300)), (2, 9))
    image = np.clip(40 + 400 * (ridges / ridges.max()), 0, 255).astype(np.uint8)
    assert (image == 255).mean() > 0.01
    assert not find_canvas(image).bars.any()


def test_coloured_ground_of_a_section_is_no_canvas():
    image = np.full((100, 100, 3), 255, np.uint8)
    image[:50] = (225, 200, 120)
    image[:25] = (170, 40, 60)
    assert not find_canvas(image).border[:50].any()


def test_sixteen_bits_and_floats():
    deep = collagen().astype(np.uint16) * 200
    assert find_canvas(np.pad(deep, ((0, 0), (0, 50)))).border.sum() == 150 * 50
    assert find_canvas(np.pad(deep, ((0, 0), (0, 50)), constant_values=65535)).border.sum() == 150 * 50
    floating = section() / 255.0
    assert find_canvas(np.pad(floating, ((0, 0), (0, 50), (0, 0)))).border.sum() == 150 * 50


def test_nothing_but_canvas_and_images_smaller_than_a_square():
    assert not find_canvas(np.zeros((60, 60), np.uint8)).excluded.any()
    assert not find_canvas(np.zeros((5, 7, 3), np.uint8)).excluded.any()


def test_solid_areas_are_of_the_colours_asked_for():
    image = on_canvas(section(), 0, columns=(0, 40))
    np.testing.assert_array_equal(solid_areas(image, [(0.0, 0.0, 0.0)]), truth(section(), (0, 0), (0, 40)))
    assert not solid_areas(image, [(9.0, 9.0, 9.0)]).any()
