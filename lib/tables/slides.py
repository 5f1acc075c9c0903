"""Slides read piece by piece, so that an image of any size fits in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tifffile
from numpy.typing import NDArray
from skimage.io import imread

from lib.errors import Fault, InputError
from lib.tables.images import PICTURES, TIFF

LIGHT, DARK = 128, 50
"""Brightfield: the 95th percentile is at least the one, the median at least the other (of 255)."""


class Slide(Protocol):
    """An RGB image that gives rectangles of itself."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(rows, columns, 3)."""

    def read(self, top: int, bottom: int, left: int, right: int) -> NDArray[np.uint8]:
        """Pixels of rows top to bottom and columns left to right, shape (rows, columns, 3)."""


class ArraySlide:
    """A slide that is in memory already."""

    def __init__(self, image: NDArray[np.generic], *, name: str = "the image") -> None:
        self._image, self._name = _rgb(image, name), name

    @property
    def shape(self) -> tuple[int, ...]:
        """(rows, columns, 3)."""
        return self._image.shape

    def read(self, top: int, bottom: int, left: int, right: int) -> NDArray[np.uint8]:
        """Pixels of a rectangle."""
        return self._image[top:bottom, left:right]


class TiffSlide:
    """A TIFF or OME-TIFF of which only the tiles or strips asked for are decoded.

    The first series at full resolution is read; other levels of a pyramid are left alone.
    """

    def __init__(self, file: tifffile.TiffFile, page: Any, name: str) -> None:
        _check_kind(page.dtype, page.shape, name)
        self._file, self._page, self._name = file, page, name

    @property
    def shape(self) -> tuple[int, ...]:
        """(rows, columns, 3)."""
        return (*self._page.shape[:2], 3)

    def read(self, top: int, bottom: int, left: int, right: int) -> NDArray[np.uint8]:
        """Pixels of a rectangle."""
        out = np.zeros((bottom - top, right - left, self._page.shape[2]), np.uint8)
        handle = self._file.filehandle
        for index, row, column in self._segments(top, bottom, left, right):
            handle.seek(self._page.dataoffsets[index])
            data = handle.read(self._page.databytecounts[index])
            piece = self._page.decode(data, index, jpegtables=self._page.jpegtables)[0][0]
            _paste(out, piece, row - top, column - left)
        return _rgb(out, self._name)

    def _segments(self, top: int, bottom: int, left: int, right: int) -> list[tuple[int, int, int]]:
        """Index and upper left corner of every tile or strip that meets the rectangle."""
        height = self._page.tilelength if self._page.is_tiled else self._page.rowsperstrip
        width = self._page.tilewidth if self._page.is_tiled else self._page.shape[1]
        across = -(-self._page.shape[1] // width)
        return [
            (i * across + j, i * height, j * width)
            for i in range(top // height, -(-bottom // height))
            for j in range(left // width, -(-right // width))
        ]


def open_slide(path: str | Path) -> Slide:
    """Open an RGB brightfield image; a TIFF is read by tiles or strips, other formats whole.

    Raises
    ------
    InputError
        If the file cannot be read, is not 8-bit RGB, is transparent, or is dark (fluorescence).
    """
    path = Path(path)
    if path.suffix.lower() not in TIFF | PICTURES:
        raise InputError(
            Fault("an image must be PNG, JPEG or TIFF", value=path.suffix or "no ending", where=path.name)
        )
    try:
        slide = _open(path)
        _check_brightfield(slide, path.name)
    except InputError:
        raise
    except Exception as error:  # readers of pictures fail in many ways; the user needs the file's name
        raise InputError(
            Fault("the image must be readable", value=str(error), where=path.name, remedy="Export it again.")
        ) from error
    return slide


def _open(path: Path) -> Slide:
    if path.suffix.lower() not in TIFF:
        return ArraySlide(imread(path), name=path.name)
    file = tifffile.TiffFile(path)
    levels: Any = file.series[0].levels
    page = levels[0].pages[0]
    if page.ndim == 3 and page.planarconfig == tifffile.PLANARCONFIG.SEPARATE:
        return ArraySlide(np.moveaxis(page.asarray(), 0, -1), name=path.name)
    return TiffSlide(file, page, path.name)


def _check_brightfield(slide: Slide, name: str) -> None:
    rows, columns = slide.shape[:2]
    step = 512
    places = [
        (r, c)
        for r in {0, max(0, rows // 2 - step // 2), max(0, rows - step)}
        for c in {0, max(0, columns // 2 - step // 2), max(0, columns - step)}
    ]
    pieces = [slide.read(r, min(r + step, rows), c, min(c + step, columns)) for r, c in places]
    grey = np.concatenate([p[::2, ::2].mean(axis=-1).ravel() for p in pieces])
    grey = grey[grey > 0] if grey.any() else grey  # black to the last bit is canvas, not light
    middle, light = np.percentile(grey, [50, 95])
    if light < LIGHT or middle < DARK:
        raise InputError(
            Fault(
                "a brightfield image must be light where there is no tissue",
                value=f"median grey level {middle:.0f}, 95th percentile {light:.0f} of 255",
                where=name,
                remedy="Fluorescence and dark-field images cannot be separated into haematoxylin and DAB.",
            )
        )


def _rgb(image: NDArray[Any], name: str) -> NDArray[np.uint8]:
    """Red, green and blue of an opaque 8-bit image."""
    _check_kind(image.dtype, image.shape, name)
    if image.shape[-1] == 4 and (image[..., 3] < 255).any():
        raise InputError(
            Fault(
                "an image must be opaque",
                value="an alpha channel below 255",
                where=name,
                remedy="Export it without transparency.",
            )
        )
    return np.asarray(image[..., :3], dtype=np.uint8)


def _check_kind(dtype: Any, shape: tuple[int, ...], name: str) -> None:
    if dtype != np.uint8:
        raise InputError(
            Fault(
                "a brightfield image must have 8 bits a channel",
                value=f"{dtype}",
                where=name,
                remedy="Export it as 8-bit RGB: the top of the scale of a 16-bit file is not known.",
            )
        )
    if len(shape) != 3 or 3 not in (shape[-1], shape[-1] - 1):
        raise InputError(
            Fault(
                "a brightfield image must be RGB",
                value=f"shape {shape}",
                where=name,
                remedy="A grey image cannot be separated into two stains.",
            )
        )


def _paste(out: NDArray[np.uint8], piece: NDArray[np.uint8], row: int, column: int) -> None:
    """Copy the part of `piece` that falls inside `out` when its corner stands at (row, column)."""
    top, left = max(row, 0), max(column, 0)
    bottom, right = min(row + piece.shape[0], out.shape[0]), min(column + piece.shape[1], out.shape[1])
    if top < bottom and left < right:
        out[top:bottom, left:right] = piece[top - row : bottom - row, left - column : right - column]
