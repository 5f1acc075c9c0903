"""Pieces of a slide: tiles that cover it, windows that teach about it, and the stains in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib.canvas import BAR_LENGTH_PX, BAR_PX, find_canvas, solid_areas
from lib.stains.density import StainVectors, optical_density, separate_stains
from lib.stains.nuclei import NucleusLevels, Plane, find_tissue
from lib.tables.slides import Slide

WINDOW_PX = 512
FEWEST_WINDOWS, MOST_WINDOWS = 9, 64
SATURATED = 2
BLACK = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Calibration:
    """What one slide taught before it was measured: glass, vectors, nuclear levels, colours of a canvas."""

    background: tuple[float, float, float]
    background_origin: str
    vectors: StainVectors
    levels: NucleusLevels
    factor: int
    px_um: float
    canvas: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True)
class Window:
    """A piece of a slide after separation, at the working pixel size: planes (rows, columns), 0 on canvas."""

    haematoxylin: Plane
    dab: Plane
    residual: Plane
    tissue: NDArray[np.bool_]
    canvas: NDArray[np.bool_]
    saturated: float


@dataclass(frozen=True)
class Tile:
    """Rows and columns of a slide: the core that is counted, and the margin read around it."""

    core: tuple[int, int, int, int]
    read: tuple[int, int, int, int]


def choose_windows(shape: tuple[int, ...], factor: int) -> list[tuple[int, int, int, int]]:
    """A quarter of the slide's windows, evenly spread, but not fewer than 9 nor more than 64."""
    places = [tile.core for tile in cut_tiles(shape, WINDOW_PX, 0, factor)]
    wanted = min(len(places), max(FEWEST_WINDOWS, min(MOST_WINDOWS, len(places) // 4)))
    return [places[i] for i in np.unique(np.linspace(0, len(places) - 1, wanted).astype(int))]


def cut_tiles(shape: tuple[int, ...], size: int, margin: int, factor: int) -> Iterator[Tile]:
    """Tiles that cover a slide once with their cores; edges fall on whole working pixels."""
    size, margin = (max(factor, n - n % factor) if n else 0 for n in (size, margin + factor - 1))
    rows, columns = (n - n % factor for n in shape[:2])
    for top in range(0, rows, size):
        for left in range(0, columns, size):
            bottom, right = min(top + size, rows), min(left + size, columns)
            read = (
                max(0, top - margin),
                min(rows, bottom + margin),
                max(0, left - margin),
                min(columns, right + margin),
            )
            yield Tile((top, bottom, left, right), read)


def read_window(slide: Slide, place: tuple[int, int, int, int], calibration: Calibration) -> Window:
    """Read a rectangle (top, bottom, left, right), separate its stains, and average to the working pixel
    size."""
    return separate_window(slide.read(*place), calibration)


def separate_window(image: NDArray[np.uint8], calibration: Calibration) -> Window:
    """Separate the stains of an image, and average to the working pixel size."""
    # unmixing is linear, so densities may be averaged before it: the same numbers for less work
    density = shrink(optical_density(image, calibration.background), calibration.factor)
    planes = separate_stains(density, calibration.vectors)
    h, d, residual = (np.ascontiguousarray(planes[..., i]) for i in range(3))
    black = (image[..., 0] <= SATURATED) | (image[..., 1] <= SATURATED) | (image[..., 2] <= SATURATED)
    canvas = _canvas_of(image, black, calibration)
    dark = float(black.mean()) if image.size else 0.0
    if canvas is None:
        tissue = find_tissue(h, d, px_um=calibration.px_um)
        return Window(h, d, residual, tissue, np.zeros_like(tissue), dark)
    dark = float((black & ~canvas).mean())
    canvas = shrink(canvas.astype(np.float32), calibration.factor) > 0
    for plane in (h, d, residual):
        plane[canvas] = 0
    return Window(h, d, residual, find_tissue(h, d, px_um=calibration.px_um) & ~canvas, canvas, dark)


def shrink(planes: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Means of `factor` × `factor` blocks; rows and columns left over are dropped. Mean densities are
    kept."""
    if factor == 1:
        return planes
    rows, columns = (n // factor for n in planes.shape[:2])
    cut = planes[: rows * factor, : columns * factor]
    total = cut[::factor, ::factor].copy()
    for i in range(factor):
        for j in range(factor):
            if i or j:
                total += cut[i::factor, j::factor]
    return total / np.float32(factor * factor)


def core_of(plane: NDArray[np.bool_], tile: Tile, factor: int) -> NDArray[np.bool_]:
    """The part of a plane that its tile counts."""
    top, bottom, left, right = (
        (c - r) // factor
        for c, r in zip(tile.core, (tile.read[0], tile.read[0], tile.read[2], tile.read[2]), strict=True)
    )
    return plane[top:bottom, left:right]


def _canvas_of(
    image: NDArray[np.uint8], black: NDArray[np.bool_], calibration: Calibration
) -> NDArray[np.bool_] | None:
    """Where a window shows canvas or a bar, full size; None where nothing hints at either, as in most
    windows."""
    marked = black.sum() >= BAR_PX * BAR_LENGTH_PX
    if not (marked or calibration.canvas):
        return None
    solid = solid_areas(image, (BLACK, *calibration.canvas))
    return solid | find_canvas(image).excluded
