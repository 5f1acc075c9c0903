"""Cells in numbers: where they are, how large, and how dense the two stains are in each compartment."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.stains.nuclei import Labels, Plane

CELL_COLUMNS = [
    "x_um",
    "y_um",
    "nucleus_area_um2",
    "cell_area_um2",
    "nucleus_dab_od",
    "cytoplasm_dab_od",
    "cell_dab_od",
    "nucleus_haematoxylin_od",
]


def measure_cells(
    nuclei: Labels, cells: Labels, haematoxylin: Plane, dab: Plane, *, px_um: float
) -> pd.DataFrame:
    """Mean densities by compartment, one row a cell.

    ``cytoplasm_dab_od`` is NaN where neighbours leave a cell no cytoplasm: such a cell is unclassified there.

    Parameters
    ----------
    nuclei, cells : array of int, shape (rows, columns)
        The same labels 1 to n; a cell includes its nucleus.
    haematoxylin, dab : array of float, shape (rows, columns)
        Optical densities.

    Returns
    -------
    DataFrame
        `CELL_COLUMNS`; positions are of the nucleus' centre, from the image's upper left corner.
    """
    n = int(nuclei.max(initial=0))
    size, of_cell = _sums(nuclei, n), _sums(cells, n)
    grid: NDArray[np.float32] = np.indices(nuclei.shape, dtype=np.float32)
    rows, columns = grid[0], grid[1]
    in_nucleus, in_cell = _sums(nuclei, n, dab), _sums(cells, n, dab)
    values = [
        (_sums(nuclei, n, columns) / size + 0.5) * px_um,
        (_sums(nuclei, n, rows) / size + 0.5) * px_um,
        size * px_um**2,
        of_cell * px_um**2,
        in_nucleus / size,
        np.divide(in_cell - in_nucleus, of_cell - size, out=np.full(n, np.nan), where=of_cell > size),
        in_cell / of_cell,
        _sums(nuclei, n, haematoxylin) / size,
    ]
    return pd.DataFrame(dict(zip(CELL_COLUMNS, values, strict=True)))


def _sums(labels: Labels, n: int, weights: Plane | None = None) -> NDArray[np.float64]:
    flat = None if weights is None else weights.ravel()
    return np.bincount(labels.ravel(), weights=flat, minlength=n + 1)[1:].astype(float)
