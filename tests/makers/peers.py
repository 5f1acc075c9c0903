"""Where other projects' own suites lie, beside the checkout and never in it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

PEERS = Path(__file__).resolve().parents[3] / "shared" / "peers"


def suite(name: str) -> Path:
    """Folder of a suite, ``bench/drc``; the test is skipped by name where it is absent."""
    folder = PEERS / name
    if not folder.is_dir():
        pytest.skip(f"peers' {name} absent: ../shared/peers")
    return folder


def unpacked(source: Path, folder: Path) -> Path:
    """A copy of a gzipped file without its wrapping."""
    place = folder / source.name.removesuffix(".gz")
    place.write_bytes(gzip.decompress(source.read_bytes()))
    return place


def as_wells(concentration: object, response: object, line: object = "a") -> pd.DataFrame:
    """Wells of one compound and experiment."""
    columns = {"concentration_uM": concentration, "viability": response, "cell_line": line}
    return pd.DataFrame(columns).assign(compound="x", experiment="1")
