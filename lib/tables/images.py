"""Manifests of images, one row an image, and the images themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import tifffile
from numpy.typing import NDArray
from skimage.io import imread

from lib.errors import Fault, InputError
from lib.tables.contract import Column, Contract, name_faults, read_table

PIXEL_SIZE = Column(
    "um_per_px",
    "number",
    key=True,
    above=0,
    at_most=20,
    help="It is in the microscope's metadata; in µm, where 500 nm are 0.5",
)
TIFF = {".tif", ".tiff"}
PICTURES = {".png", ".jpg", ".jpeg", ".bmp"}


def read_manifest(path: str | Path, contract: Contract, *, files: tuple[str, ...]) -> pd.DataFrame:
    """Read a table that names files; their paths are relative to the table and come back absolute.

    Raises
    ------
    InputError
        For every fault of the table and every file that it names in vain.
    """
    frame = read_table(path, contract)
    folder = Path(path).resolve().parent
    faults: list[Fault] = []
    for column in (name for name in files if name in frame):
        named = frame[column].dropna()
        absolute = named.map(lambda name: str(Path(name) if Path(name).is_absolute() else folder / name))
        faults += name_faults(
            ~absolute.map(lambda p: Path(p).is_file()),
            f"{column} must name a file that exists",
            found=named,
            source=Path(path).name,
            remedy="Paths are relative to the table.",
        )
        frame[column] = absolute.reindex(frame.index)
    if faults:
        raise InputError(faults)
    return frame


def read_image(path: str | Path) -> NDArray[np.generic]:
    """Read a PNG, JPEG or TIFF (OME too) as (rows, columns) or (rows, columns, 3).

    Raises
    ------
    InputError
        If the file is no image, or a stack where one plane is wanted.
    """
    path = Path(path)
    if path.suffix.lower() not in TIFF | PICTURES:
        raise InputError(
            Fault("an image must be PNG, JPEG or TIFF", value=path.suffix or "no ending", where=path.name)
        )
    try:
        image = tifffile.imread(path) if path.suffix.lower() in TIFF else imread(path)
    except Exception as error:  # readers of pictures fail in many ways; the user needs the file's name
        raise InputError(
            Fault("the image must be readable", value=str(error), where=path.name, remedy="Export it again.")
        ) from error
    image = np.squeeze(image)
    if image.ndim == 3 and image.shape[0] in (3, 4) and image.shape[-1] not in (3, 4):
        image = np.moveaxis(image, 0, -1)
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[-1] not in (3, 4)):
        raise InputError(
            Fault(
                "an image must be one plane, grey or RGB",
                value=f"shape {image.shape}",
                where=path.name,
                remedy="Project or split the stack first.",
            )
        )
    return image[..., :3] if image.ndim == 3 else image


def read_mask(path: str | Path) -> NDArray[np.bool_]:
    """Read a mask: everything above zero is inside."""
    image = read_image(path)
    flat = image if image.ndim == 2 else image.max(axis=-1)
    return np.asarray(flat, dtype=float) > 0


def read_masks(manifest: pd.DataFrame, column: str) -> list[NDArray[np.bool_] | None]:
    """The masks that a manifest names in one column, None where it names none."""
    named = manifest[column] if column in manifest else pd.Series(None, index=manifest.index, dtype=object)
    return [read_mask(path) if isinstance(path, str) else None for path in named]
