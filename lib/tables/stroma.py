"""Images of stroma: collagen, α-SMA, FAP and their like."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lib.tables.contract import Column, Contract, Unique
from lib.tables.images import PIXEL_SIZE, read_manifest

STAINS = ("picrosirius", "trichrome", "shg", "dab", "fluorescence", "binary_mask")
IMAGES = Contract(
    "images",
    (
        Column("image", key=True, help="A PNG or TIFF, relative to the table"),
        Column("subject", key=True),
        Column("timepoint", key=True, help="pre or post, or your own words"),
        Column("stain", key=True, choices=STAINS),
        PIXEL_SIZE,
        Column("mask", required=False, help="Region to look at"),
        Column("tumour_mask", required=False, help="Tumour cells; adds the angle of fibres to their border"),
        Column("marker", required=False, default="collagen", help="What is stained: collagen, α-SMA, FAP"),
    ),
    unique=(Unique(("image",)),),
)


def read_stroma_images(path: str | Path) -> pd.DataFrame:
    """Read the manifest of stroma images; file columns come back absolute, `name` as typed.

    Raises
    ------
    InputError
        With every fault of the table, and every file that is not there.
    """
    frame = read_manifest(path, IMAGES, files=("image", "mask", "tumour_mask"))
    return frame.assign(name=frame["image"].map(lambda p: Path(p).name))
