"""What of an image file is no picture: canvas and frames around it, bars drawn on it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]

SOLID_PX, GAP_PX = 15, 5
"""Side of the square that must be of one exact colour: noise, even clipped at 0, does not fill one. From
there a canvas goes on where squares of the second side fit, between a bar and the picture."""

STRAIGHT = 0.9
"""Part of a canvas' outline that runs straight (`SOLID_PX` or more in one line); a tissue's outline does
not."""

ROUND = 0.97
"""Area over convex area of a picture that is turned or cut out as a disc, in place of straight edges."""

LEAST_PICTURE, LEAST_PIECE, LEAST_SIDE_PX = 0.05, 0.05, 31
"""Of the frame, of the largest piece, and the square that each piece must hold: a lone fibre is no
picture."""

SAME_ELSEWHERE, FEWEST_LEVELS, STILL = 0.01, 8, 0.5
"""Most of the picture that may be solid in the canvas' colour; colours that a picture has; most of the
picture that may equal its neighbour where the canvas is not grey."""

BAR_PX, BAR_LENGTH_PX, BAR_ASPECT, BAR_FILLED, BAR_LARGEST = 3, 20, 3.0, 0.99, 0.05
"""Least width, length and their ratio, part of its box that a bar fills, most of the frame that it covers."""

LOSS = 3
"""Grey levels of 8 bits by which a canvas that was saved with loss leaves black (or, in grey images,
white)."""

MARGIN_PX = 2
"""Around a bar, whose edges are smoothed."""


@dataclass(frozen=True)
class Canvas:
    """Where a file holds no picture.

    Attributes
    ----------
    border : array of bool, shape (rows, columns)
        Canvas or frame: an exactly constant colour that reaches the edge and ends in straight lines (or
        around a convex picture), and the marks drawn on it.
    bars : array of bool, shape (rows, columns)
        Rectangles of pure colour within the picture, with a margin of 2 px: scale bars.
    colours : tuple
        The colours of the border, as grey level or (red, green, blue).
    unclear : float
        Part of the frame that is black or white to the last bit and reaches the edge with an outline of its
        own: nothing was there, or it was cut away; the pixels cannot tell.
    """

    border: Mask
    bars: Mask
    colours: tuple[tuple[float, ...], ...] = ()
    unclear: float = 0.0

    @property
    def excluded(self) -> Mask:
        """Border and bars, shape (rows, columns)."""
        return self.border | self.bars

    @property
    def box(self) -> tuple[slice, slice]:
        """Rows and columns that hold the picture."""
        return _box(~self.border)


def find_canvas(image: NDArray[Any]) -> Canvas:
    """Canvas, frames and scale bars of an image, told from the picture by being constant to the last bit.

    A detector's picture has noise; what a program adds has none. A border is accepted where its colour is
    hardly found in solid squares elsewhere, what it encloses is not as constant itself, and its outline is
    straight or the picture convex. Where nothing is constant, black that was saved with loss (JPEG: up to
    `LOSS` levels of 8 bits; white too in grey images) is accepted within straight lines. A seam of a few
    pixels may stay.

    Parameters
    ----------
    image : array, shape (rows, columns) or (rows, columns, 3)
        As read: no scaling, no smoothing.

    Returns
    -------
    Canvas
    """
    nothing = np.zeros(image.shape[:2], bool)
    pure = _pure(image)
    marked = pure.sum() >= BAR_PX * BAR_LENGTH_PX
    found = _find_borders(image)
    if not found.colours and (levelled := _level(image)) is not None:
        lossy = _find_borders(levelled, convex=False)
        found = replace(lossy, unclear=found.unclear) if lossy.colours else found
    bars = _find_bars(_codes(image), pure & ~found.border) if marked else nothing
    return replace(found, bars=bars)


def solid_areas(image: NDArray[Any], colours: Iterable[tuple[float, ...]]) -> Mask:
    """Where squares of 15 px are exactly of one of the colours; shape (rows, columns)."""
    solid = np.zeros(image.shape[:2], bool)
    planes = image.reshape(*image.shape[:2], -1)
    for colour in colours:
        solid |= _opened(np.logical_and.reduce([planes[..., i] == v for i, v in enumerate(colour)]))
    return solid


def _find_borders(image: NDArray[Any], *, convex: bool = True) -> Canvas:
    """Canvas and frames, without bars: a frame around a canvas around a picture."""
    nothing = np.zeros(image.shape[:2], bool)
    found, unclear = Canvas(nothing, nothing), 0.0
    if not _edge_colours(image):
        return found
    codes = _codes(image)
    for _ in range(3):
        box = _box(~found.border)
        added, doubtful = _one_border(codes[box], image[box], ~found.border[box], convex=convex)
        unclear = max(unclear, doubtful / codes.size)
        if added is None:
            break
        border = found.border.copy()
        border[box] |= added.border
        found = replace(found, border=border, colours=(*found.colours, *added.colours))
    return replace(found, unclear=unclear)


def _level(image: NDArray[Any]) -> NDArray[Any] | None:
    """Nearly black as black, in grey images nearly white as white; None where no edge is so.

    Glass of a stained section is nearly white without being a canvas.
    """
    if image.dtype != np.uint8:
        return None
    top = 256 if image.ndim == 3 else 255 - LOSS
    edges = (image[0], image[-1], image[:, 0], image[:, -1])
    if not any(((edge <= LOSS) | (edge >= top)).sum() >= SOLID_PX for edge in edges):
        return None
    levels = np.arange(256)
    levels[: LOSS + 1] = 0
    levels[top:] = 255
    pixels: NDArray[Any] = levels.astype(np.uint8)[image]
    return pixels


def _one_border(
    codes: NDArray[Any], image: NDArray[Any], open_: Mask, *, convex: bool
) -> tuple[Canvas | None, float]:
    """The first colour at the edge that is a canvas, and how many pixels of black or white are in doubt."""
    doubtful = 0.0
    for code in _edge_colours(image):
        same = codes == code
        region = _reaching(same) & open_
        if not region.any():
            continue
        where = np.unravel_index(int(np.argmax(same)), codes.shape)
        colour = tuple(float(v) for v in np.atleast_1d(image[where])[:3])
        picture = _enclosed(region, same, open_, convex=convex)
        if picture is not None and _is_picture(picture, codes, same, neutral=len(set(colour)) == 1):
            return Canvas(open_ & ~picture, np.zeros_like(picture), (colour,)), doubtful
        if set(colour) <= _ends(image):
            doubtful = max(doubtful, float(region.sum()))
    return None, doubtful


def _edge_colours(image: NDArray[Any]) -> list[Any]:
    """Codes of colours that run along an edge for `SOLID_PX` or more, the longest first."""
    runs: dict[Any, int] = {}
    for side in (image[:1], image[-1:], image[:, :1], image[:, -1:]):
        line = _codes(side).ravel()
        ends = np.concatenate([[0], np.flatnonzero(line[1:] != line[:-1]) + 1, [line.size]])
        for start, length in zip(ends[:-1], np.diff(ends), strict=True):
            if length >= SOLID_PX:
                runs[line[start]] = runs.get(line[start], 0) + int(length)
    return sorted(runs, key=lambda code: -runs[code])[:4]


def _reaching(same: Mask) -> Mask:
    """Solid areas that touch an edge, and whole lines along it where the frame is thin."""
    labels, _ = ndimage.label(_opened(same))
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    region = np.isin(labels, np.setdiff1d(edge, 0))
    for turned, lines in (
        (region, same),
        (region[::-1], same[::-1]),
        (region.T, same.T),
        (region.T[::-1], same.T[::-1]),
    ):
        if lines.shape[1] > LEAST_SIDE_PX:
            broken = ~lines.all(axis=1)
            turned[: int(broken.argmax()) if broken.any() else len(lines)] = True
    return region


def _opened(same: Mask, side_px: int = SOLID_PX) -> Mask:
    least = ndimage.minimum_filter(same.view(np.uint8), size=side_px, mode="constant")
    opened: Mask = ndimage.maximum_filter(least, size=side_px, mode="constant") > 0
    return opened


def _enclosed(region: Mask, same: Mask, open_: Mask, *, convex: bool) -> Mask | None:
    """What the border leaves, if its outline is straight or, once corners are filled, convex."""
    grown = ndimage.binary_propagation(region, mask=region | _opened(same, GAP_PX))
    for tried in (grown, region):
        picture = _pieces(open_ & ~tried)
        if not picture.any() or _straight(picture, open_) >= STRAIGHT:
            return picture
    if not convex:
        return None
    picture = _pieces(open_ & ~ndimage.binary_dilation(region, mask=same, iterations=SOLID_PX))
    return picture if _roundness(picture) >= ROUND else None


def _pieces(rest: Mask) -> Mask:
    """The large connected pieces; small ones on a canvas are bars and writing."""
    labels, n = ndimage.label(rest, structure=np.ones((3, 3)))
    if n == 0:
        return rest
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    kept: Mask = (sizes >= LEAST_PIECE * sizes.max())[labels]
    return kept & rest


def _is_picture(picture: Mask, codes: NDArray[Any], same: Mask, *, neutral: bool) -> bool:
    size = int(picture.sum())
    if size < LEAST_PICTURE * picture.size or not _has_room(picture):
        return False
    if (_opened(same) & picture).sum() > SAME_ELSEWHERE * size:
        return False
    inside = picture[:, 1:] & picture[:, :-1]
    if not neutral and (codes[:, 1:] == codes[:, :-1])[inside].mean() > STILL:
        return False
    return len(np.unique(codes[picture])) >= FEWEST_LEVELS


def _has_room(picture: Mask) -> bool:
    """Whether each piece holds a square of `LEAST_SIDE_PX`."""
    labels, n = ndimage.label(picture, structure=np.ones((3, 3)))
    roomy = ndimage.minimum_filter(picture.view(np.uint8), size=LEAST_SIDE_PX, mode="constant") > 0
    found: bool = len(np.unique(labels[roomy])) == n
    return found


def _straight(picture: Mask, open_: Mask) -> float:
    """Part of the outline between picture and border that runs along rows or columns."""
    long, total = 0, 0
    for shape, within in ((picture, open_), (picture.T, open_.T)):
        edges = (shape[1:] != shape[:-1]) & within[1:] & within[:-1]
        opened = ndimage.minimum_filter(edges.view(np.uint8), size=(1, SOLID_PX), mode="nearest")
        long += int((ndimage.maximum_filter(opened, size=(1, SOLID_PX), mode="nearest") & edges).sum())
        total += int(edges.sum())
    return long / total if total else 0.0


def _roundness(picture: Mask) -> float:
    """The least area over convex area among the pieces."""
    from skimage.morphology import convex_hull_image  # slow to import, and rarely needed

    labels, _ = ndimage.label(picture, structure=np.ones((3, 3)))
    pieces = [labels[box] == i for i, box in enumerate(ndimage.find_objects(labels), start=1)]
    return min((float(piece.sum() / convex_hull_image(piece).sum()) for piece in pieces), default=0.0)


def _pure(image: NDArray[Any]) -> Mask:
    """Where every channel is at an end of its scale; shape (rows, columns)."""
    pure = np.ones(image.shape[:2], bool)
    for plane in np.moveaxis(image.reshape(*image.shape[:2], -1), -1, 0):
        at_end = np.zeros_like(pure)
        for end in _ends(image):
            at_end |= plane == end
        pure &= at_end
        if not pure.any():
            break
    return pure


def _find_bars(codes: NDArray[Any], pure: Mask) -> Mask:
    bars = np.zeros(codes.shape, bool)
    colours, counts = np.unique(codes[pure], return_counts=True)
    for colour in colours[counts >= BAR_PX * BAR_LENGTH_PX]:
        labels, _ = ndimage.label(pure & (codes == colour))
        sizes = np.bincount(labels.ravel())
        for i, box in enumerate(ndimage.find_objects(labels), start=1):
            short, long = sorted(side.stop - side.start for side in box)
            shaped = short >= BAR_PX and long >= max(BAR_LENGTH_PX, BAR_ASPECT * short)
            if shaped and BAR_FILLED * short * long <= sizes[i] <= BAR_LARGEST * codes.size:
                bars[tuple(slice(max(0, s.start - MARGIN_PX), s.stop + MARGIN_PX) for s in box)] = True
    return bars


def _ends(image: NDArray[Any]) -> set[float]:
    """Black and white of the image's type; a floating image has no white."""
    kind = image.dtype
    return {0.0, float(np.iinfo(kind).max)} if np.issubdtype(kind, np.integer) else {0.0}


def _codes(image: NDArray[Any]) -> NDArray[Any]:
    """One number a pixel, the same for the same colour only; shape (rows, columns)."""
    if image.ndim == 2:
        return image
    if np.issubdtype(image.dtype, np.integer):
        red, green, blue = (image[..., i].astype(np.uint64) for i in range(3))
        return (red << np.uint64(32)) | (green << np.uint64(16)) | blue
    return np.asarray(
        image[..., 0] + math.pi * image[..., 1] + math.e**2 * image[..., 2]
    )  # others hardly ever equal


def _box(mask: Mask) -> tuple[slice, slice]:
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return (
        (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        if rows.size
        else (slice(0, 0),) * 2
    )
