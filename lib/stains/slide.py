"""One slide: levels learnt from windows of it, then tile by tile in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.canvas import Canvas, find_canvas, solid_areas
from lib.errors import Fault, InputError
from lib.stains.cells import CELL_COLUMNS, measure_cells
from lib.stains.density import check_background, estimate_background, estimate_vectors, optical_density
from lib.stains.nuclei import (
    Labels,
    NucleusLevels,
    estimate_levels,
    expand_cells,
    keep_sizes,
    nuclear_signal,
    segment_nuclei,
)
from lib.stains.settings import Compartment, Settings
from lib.stains.windows import (
    BLACK,
    Calibration,
    Tile,
    Window,
    choose_windows,
    core_of,
    cut_tiles,
    read_window,
    separate_window,
)
from lib.tables.slides import Slide

TILE_PX = 1024


@dataclass(frozen=True)
class Measured:
    """A slide's cells and what was seen around them.

    ``cells``: one row a cell, `CELL_COLUMNS`. ``canvas_percent``: of the slide, borders and bars of one exact
    colour, which are neither tissue nor glass. ``status``: ``"ok"``, ``"no tissue"`` or ``"no cells"``.
    """

    cells: pd.DataFrame
    calibration: Calibration
    tissue_area_mm2: float
    saturated_percent: float
    residual_od: float
    canvas_percent: float
    status: str


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
    parts, tissue, clipped, residual, seen, canvas = [], 0, 0.0, 0.0, 0, 0
    for tile in cut_tiles(slide.shape[:2], tile_px, _margin(settings, um_per_px), calibration.factor):
        window = read_window(slide, tile.read, calibration)
        parts.append(_tile_cells(window, tile, calibration, settings, compartment, um_per_px))
        core = core_of(window.tissue, tile, calibration.factor)
        tissue += int(core.sum())
        canvas += int(core_of(window.canvas, tile, calibration.factor).sum())
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
        canvas_percent=100 * canvas * calibration.factor**2 / max(int(np.prod(slide.shape[:2])), 1),
        status="no tissue" if tissue == 0 else ("no cells" if cells.empty else "ok"),
    )


def calibrate_slide(
    slide: Slide, *, um_per_px: float, compartment: Compartment, settings: Settings
) -> Calibration:
    """Glass, stain vectors and nuclear levels, from 9 to 64 windows spread over the slide (all of a small
    one)."""
    factor = max(1, int(settings.work_um_per_px / um_per_px + 1e-9))
    pieces = [slide.read(*place) for place in choose_windows(slide.shape[:2], factor)]
    found = [find_canvas(piece) for piece in pieces]
    canvas = tuple(dict.fromkeys(colour for one in found for colour in one.colours))
    covered = [_covered(p, one, canvas) for p, one in zip(pieces, found, strict=True)]
    stated = settings.background is not None
    glass = check_background(settings.background or ()) if stated else _glass_of(pieces, covered)
    vectors = settings.vectors
    if settings.estimate_vectors:
        densities = (optical_density(p, glass) for p in pieces)
        stained = [
            d.reshape(-1, 3)[::4] if over is None else d[~over][::4]
            for d, over in zip(densities, covered, strict=True)
        ]
        vectors = estimate_vectors(np.concatenate(stained))
    background = (float(glass[0]), float(glass[1]), float(glass[2]))
    first = Calibration(
        background,
        "stated" if stated else "estimated",
        vectors,
        NucleusLevels(np.inf, np.inf),
        factor,
        um_per_px * factor,
        canvas,
    )
    windows = [separate_window(piece, first) for piece in pieces]
    signals = [nuclear_signal(w.haematoxylin, w.dab, brown=compartment == "nucleus") for w in windows]
    levels = estimate_levels(signals, [w.tissue for w in windows], px_um=first.px_um)
    return replace(first, levels=levels)


def _covered(
    piece: NDArray[np.uint8], found: Canvas, colours: tuple[tuple[float, ...], ...]
) -> NDArray[np.bool_] | None:
    """Where a window is canvas, if anywhere; a window of canvas alone is known by its colour only."""
    if not (colours or found.unclear or found.bars.any()):
        return None
    return found.excluded | solid_areas(piece, (BLACK, *colours))


def _glass_of(
    pieces: list[NDArray[np.uint8]], covered: list[NDArray[np.bool_] | None]
) -> NDArray[np.float64]:
    """Median over the windows that hold more than canvas; white where none does."""
    seen = [estimate_background(p, over) for p, over in zip(pieces, covered, strict=True)]
    told = [glass for glass in seen if np.isfinite(glass).all()]
    return np.median(told, axis=0) if told else np.full(3, 255.0)


def segment_window(
    window: Window, calibration: Calibration, settings: Settings, compartment: Compartment
) -> tuple[Labels, Labels]:
    """Nuclei of a window and the cells grown around them, with the same labels."""
    signal = nuclear_signal(window.haematoxylin, window.dab, brown=compartment == "nucleus")
    nuclei = segment_nuclei(
        signal, calibration.levels, px_um=calibration.px_um, area_um2=settings.nucleus_area_um2
    )
    if window.canvas.any():
        nuclei = keep_sizes(np.where(window.canvas, 0, nuclei), 1, np.inf)
    cells = expand_cells(nuclei, px_um=calibration.px_um, expansion_um=settings.expansion_um)
    return nuclei, np.where(window.canvas, np.int32(0), cells)


def _tile_cells(
    window: Window,
    tile: Tile,
    calibration: Calibration,
    settings: Settings,
    compartment: Compartment,
    um_per_px: float,
) -> pd.DataFrame:
    nuclei, cells = segment_window(window, calibration, settings, compartment)
    found = measure_cells(nuclei, cells, window.haematoxylin, window.dab, px_um=calibration.px_um)
    x = found["x_um"] + tile.read[2] * um_per_px
    y = found["y_um"] + tile.read[0] * um_per_px
    top, bottom, left, right = (edge * um_per_px for edge in tile.core)
    owned = (y >= top) & (y < bottom) & (x >= left) & (x < right)
    return found.assign(x_um=x, y_um=y)[owned]


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
            Fault("um_per_px must be > 0", value=f"{um_per_px}", remedy="It is in the microscope's metadata.")
        )
    elif np.sqrt(settings.nucleus_area_um2) / um_per_px < 4:
        faults.append(
            Fault(
                "um_per_px must let a nucleus span 4 pixels",
                value=f"{um_per_px:g}",
                remedy="Use an image of higher magnification.",
            )
        )
    if mask is not None and mask.shape != tuple(slide.shape[:2]):
        faults.append(
            Fault(f"mask must have the image's shape {tuple(slide.shape[:2])}", value=f"{mask.shape}")
        )
    if faults:
        raise InputError(faults)
