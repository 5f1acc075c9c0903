"""One slide: levels learnt from windows of it, then tile by tile in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.errors import Fault, InputError
from lib.stains.cells import CELL_COLUMNS, measure_cells
from lib.stains.density import (
    StainVectors,
    check_background,
    estimate_background,
    estimate_vectors,
    optical_density,
    separate_stains,
)
from lib.stains.nuclei import (
    Labels,
    NucleusLevels,
    Plane,
    estimate_levels,
    expand_cells,
    find_tissue,
    nuclear_signal,
    segment_nuclei,
)
from lib.stains.settings import Compartment, Settings
from lib.tables.slides import Slide

TILE_PX, WINDOW_PX = 1024, 512
FEWEST_WINDOWS, MOST_WINDOWS = 9, 64
SATURATED = 2


@dataclass(frozen=True)
class Calibration:
    """What one slide taught before it was measured: glass, vectors, nuclear levels."""

    background: tuple[float, float, float]
    background_origin: str
    vectors: StainVectors
    levels: NucleusLevels
    factor: int
    px_um: float


@dataclass(frozen=True)
class Measured:
    """A slide's cells and what was seen around them.

    ``cells``: one row a cell, `CELL_COLUMNS`. ``status``: ``"ok"``, ``"no tissue"`` or ``"no cells"``.
    """

    cells: pd.DataFrame
    calibration: Calibration
    tissue_area_mm2: float
    saturated_percent: float
    residual_od: float
    status: str


@dataclass(frozen=True)
class Window:
    """A piece of a slide after separation, at the working pixel size: planes (rows, columns)."""

    haematoxylin: Plane
    dab: Plane
    residual: Plane
    tissue: NDArray[np.bool_]
    saturated: float


@dataclass(frozen=True)
class Tile:
    """Rows and columns of a slide: the core that is counted, and the margin read around it."""

    core: tuple[int, int, int, int]
    read: tuple[int, int, int, int]


def measure_slide(
    slide: Slide,
    *,
    um_per_px: float,
    compartment: Compartment,
    settings: Settings | None = None,
    mask: NDArray[np.bool_] | None = None,
    tile_px: int = TILE_PX,
) -> Measured:
    """Measure every cell of a slide; memory depends on the tile, not on the slide.

    A cell belongs to the tile in which its nucleus' centre lies; margins are wide enough that tiling does
    not change it, up to the watershed of nuclei that a margin cuts.

    Parameters
    ----------
    slide : Slide
        Something with ``shape`` and ``read(top, bottom, left, right)``; see :mod:`lib.tables.slides`.
    um_per_px : float
        Pixel size.
    compartment : {"nucleus", "cytoplasm", "cell"}
        In the nucleus DAB helps to draw nuclei; elsewhere only haematoxylin does.
    mask : array of bool, shape (rows, columns), optional
        Region of interest (tumour): ``in_mask`` of a cell says whether its centre lies in it.

    Raises
    ------
    InputError
        For a mask of another shape, or a pixel size that is not positive or too coarse for nuclei.
    """
    settings = settings or Settings()
    _check(slide, um_per_px, mask, settings)
    calibration = calibrate_slide(slide, um_per_px=um_per_px, compartment=compartment, settings=settings)
    parts, tissue, clipped, residual, seen = [], 0, 0.0, 0.0, 0
    for tile in cut_tiles(slide.shape[:2], tile_px, _margin(settings, um_per_px), calibration.factor):
        window = read_window(slide, tile.read, calibration)
        parts.append(_tile_cells(window, tile, calibration, settings, compartment, um_per_px))
        core = _core_of(window.tissue, tile, calibration.factor)
        tissue += int(core.sum())
        clipped += window.saturated * window.dab.size
        residual += float(np.abs(window.residual[window.tissue]).sum())
        seen += window.dab.size
    cells = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=CELL_COLUMNS)
    cells["in_mask"] = _inside(cells, mask, um_per_px)
    return Measured(
        cells=cells.assign(cell=np.arange(1, len(cells) + 1)),
        calibration=calibration,
        tissue_area_mm2=tissue * (calibration.px_um / 1000) ** 2,
        saturated_percent=100 * clipped / max(seen, 1),
        residual_od=residual / max(tissue, 1),
        status="no tissue" if tissue == 0 else ("no cells" if cells.empty else "ok"),
    )


def calibrate_slide(
    slide: Slide, *, um_per_px: float, compartment: Compartment, settings: Settings
) -> Calibration:
    """Glass, stain vectors and nuclear levels, from 9 to 64 windows spread over the slide (all of a small one)."""
    factor = max(1, int(settings.work_um_per_px / um_per_px + 1e-9))
    pieces = [slide.read(*place) for place in choose_windows(slide.shape[:2], factor)]
    stated = settings.background is not None
    glass = (
        check_background(settings.background or ())
        if stated
        else np.median([estimate_background(p) for p in pieces], axis=0)
    )
    vectors = settings.vectors
    if settings.estimate_vectors:
        vectors = estimate_vectors(
            np.concatenate([optical_density(p, glass).reshape(-1, 3)[::4] for p in pieces])
        )
    background = (float(glass[0]), float(glass[1]), float(glass[2]))
    first = Calibration(
        background,
        "stated" if stated else "estimated",
        vectors,
        NucleusLevels(np.inf, np.inf),
        factor,
        um_per_px * factor,
    )
    windows = [_separate(piece, first) for piece in pieces]
    signals = [nuclear_signal(w.haematoxylin, w.dab, brown=compartment == "nucleus") for w in windows]
    levels = estimate_levels(signals, [w.tissue for w in windows], px_um=first.px_um)
    return Calibration(background, first.background_origin, vectors, levels, factor, first.px_um)


def choose_windows(shape: tuple[int, ...], factor: int) -> list[tuple[int, int, int, int]]:
    """A quarter of the slide's windows, evenly spread, but not fewer than 9 nor more than 64."""
    places = [tile.core for tile in cut_tiles(shape, WINDOW_PX, 0, factor)]
    wanted = min(len(places), max(FEWEST_WINDOWS, min(MOST_WINDOWS, len(places) // 4)))
    return [places[i] for i in np.unique(np.linspace(0, len(places) - 1, wanted).astype(int))]


def read_window(slide: Slide, place: tuple[int, int, int, int], calibration: Calibration) -> Window:
    """Read a rectangle (top, bottom, left, right), separate its stains, and average to the working pixel size."""
    return _separate(slide.read(*place), calibration)


def segment_window(
    window: Window, calibration: Calibration, settings: Settings, compartment: Compartment
) -> tuple[Labels, Labels]:
    """Nuclei of a window and the cells grown around them, with the same labels."""
    signal = nuclear_signal(window.haematoxylin, window.dab, brown=compartment == "nucleus")
    nuclei = segment_nuclei(
        signal, calibration.levels, px_um=calibration.px_um, area_um2=settings.nucleus_area_um2
    )
    return nuclei, expand_cells(nuclei, px_um=calibration.px_um, expansion_um=settings.expansion_um)


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


def _separate(image: NDArray[np.uint8], calibration: Calibration) -> Window:
    # unmixing is linear, so densities may be averaged before it: the same numbers for less work
    density = shrink(optical_density(image, calibration.background), calibration.factor)
    planes = separate_stains(density, calibration.vectors)
    h, d, residual = (np.ascontiguousarray(planes[..., i]) for i in range(3))
    black = (image[..., 0] <= SATURATED) | (image[..., 1] <= SATURATED) | (image[..., 2] <= SATURATED)
    dark = float(black.mean()) if image.size else 0.0
    return Window(h, d, residual, find_tissue(h, d, px_um=calibration.px_um), dark)


def shrink(planes: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Means of `factor` × `factor` blocks; rows and columns left over are dropped. Mean densities are kept."""
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


def _tile_cells(
    window: Window, tile: Tile, calibration: Calibration, settings: Settings, compartment: Compartment, um_per_px: float
) -> pd.DataFrame:  # fmt: skip
    nuclei, cells = segment_window(window, calibration, settings, compartment)
    found = measure_cells(nuclei, cells, window.haematoxylin, window.dab, px_um=calibration.px_um)
    x = found["x_um"] + tile.read[2] * um_per_px
    y = found["y_um"] + tile.read[0] * um_per_px
    top, bottom, left, right = (edge * um_per_px for edge in tile.core)
    owned = (y >= top) & (y < bottom) & (x >= left) & (x < right)
    return found.assign(x_um=x, y_um=y)[owned]


def _core_of(plane: NDArray[np.bool_], tile: Tile, factor: int) -> NDArray[np.bool_]:
    top, bottom, left, right = (
        (c - r) // factor
        for c, r in zip(tile.core, (tile.read[0], tile.read[0], tile.read[2], tile.read[2]), strict=True)
    )
    return plane[top:bottom, left:right]


def _margin(settings: Settings, um_per_px: float) -> int:
    diameter = 2 * np.sqrt(settings.nucleus_area_um2 / np.pi)
    return int(np.ceil((3 * diameter + 2 * settings.expansion_um) / um_per_px))


def _inside(cells: pd.DataFrame, mask: NDArray[np.bool_] | None, um_per_px: float) -> NDArray[np.bool_]:
    if mask is None:
        return np.ones(len(cells), dtype=bool)
    rows, columns = ((cells[c] / um_per_px).astype(int).to_numpy() for c in ("y_um", "x_um"))
    return np.asarray(mask[rows.clip(0, mask.shape[0] - 1), columns.clip(0, mask.shape[1] - 1)], dtype=bool)


def _check(slide: Slide, um_per_px: float, mask: NDArray[np.bool_] | None, settings: Settings) -> None:
    faults = []
    if not um_per_px > 0:
        faults.append(
            Fault("um_per_px must be > 0", f"{um_per_px}", "", "It is in the microscope's metadata.")
        )
    elif np.sqrt(settings.nucleus_area_um2) / um_per_px < 4:
        faults.append(
            Fault(
                "um_per_px must let a nucleus span 4 pixels",
                f"{um_per_px:g}",
                "",
                "Use an image of higher magnification.",
            )
        )
    if mask is not None and mask.shape != tuple(slide.shape[:2]):
        faults.append(Fault(f"mask must have the image's shape {tuple(slide.shape[:2])}", f"{mask.shape}"))
    if faults:
        raise InputError(faults)
