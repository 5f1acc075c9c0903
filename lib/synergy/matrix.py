"""Dose matrices: wells of a combination experiment laid out as experiment x dose 1 x dose 2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.errors import Fault, InputError
from lib.synergy.resampling import FEWEST_UNITS, Draws, draw_units
from lib.synergy.units import find_units

Array = NDArray[np.float64]
PAIR = ["cell_line", "compound_1", "compound_2"]
FEWEST_DOSES = 3
LEAST_INHIBITION = 0.1


@dataclass(frozen=True)
class DoseMatrix:
    """Wells of one pair of compounds on one cell line.

    Parameters
    ----------
    cell_line, compound_1, compound_2 : str
        What was treated with what.
    doses_1, doses_2 : ndarray, shapes (n_1,) and (n_2,)
        Concentrations in µM, ascending, the first 0.
    inhibition : ndarray, shape (n_units, n_1, n_2)
        Fraction of untreated signal lost, 1 − viability; NaN where a unit has no well. Several wells of one
        unit at one dose pair are averaged.
    n_wells : int
        Wells behind the matrix.
    unit : str
        What was repeated: experiment; or plate or replicate, which are not experiments; or none.
    why : str
        Why there is no interval over experiments; empty where there is one.
    """

    cell_line: str
    compound_1: str
    compound_2: str
    doses_1: Array
    doses_2: Array
    inhibition: Array
    n_wells: int
    unit: str = "none"
    why: str = ""

    @property
    def name(self) -> tuple[str, str, str]:
        """Line and the two compounds."""
        return self.cell_line, self.compound_1, self.compound_2

    @property
    def n_units(self) -> int:
        """How often the matrix was repeated, by experiments or by what is none."""
        return len(self.inhibition)

    @property
    def n_experiments(self) -> int:
        """How many independent experiments there are: the n of every interval."""
        return self.n_units if self.unit == "experiment" else 1

    @property
    def fits_curves(self) -> bool:
        """Whether each compound alone has enough doses for a curve, which Loewe, ZIP and MuSyC need."""
        found: bool = (
            min(np.isfinite(self.mean[1:, 0]).sum(), np.isfinite(self.mean[0, 1:]).sum()) >= FEWEST_DOSES
        )
        return found

    @property
    def has_effect(self) -> bool:
        """Whether any dose pair inhibits enough for a surface to have a shape."""
        return bool(np.nanmax(self.mean) >= LEAST_INHIBITION)

    @property
    def mean(self) -> Array:
        """Mean inhibition over units, (n_1, n_2); NaN where no unit has a well."""
        found: Array = average_units(self.inhibition, np.full((1, self.n_units), 1.0))[0]
        return found

    @property
    def untreated_viability(self) -> float:
        """Mean viability of the matrix's own untreated wells; NaN if it has none."""
        return float(1 - self.mean[0, 0])


def average_units(inhibition: Array, weights: Array) -> Array:
    """Weighted mean over units, ignoring wells that a unit does not have.

    Parameters
    ----------
    inhibition : ndarray, shape (n_units, n_1, n_2)
    weights : ndarray, shape (n_draws, n_units)

    Returns
    -------
    ndarray, shape (n_draws, n_1, n_2)
        NaN where no unit of positive weight has the well.
    """
    there = np.isfinite(inhibition)
    total = np.tensordot(weights, np.where(there, inhibition, 0.0), axes=1)
    count = np.tensordot(weights, there.astype(float), axes=1)
    found: Array = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return found


def resample_experiments(matrix: DoseMatrix, *, n_draws: int, seed: int) -> tuple[Draws, Array]:
    """Resamples of experiments; and the mean matrix followed by theirs, (1 + n_draws, n_1, n_2), alone
    without any."""
    draws = draw_units(matrix.n_experiments, n_draws=n_draws, seed=seed)
    if matrix.n_experiments < 2:
        return draws, matrix.mean[None]
    return draws, np.concatenate([matrix.mean[None], average_units(matrix.inhibition, draws.weights)])


def arrange_matrices(wells: pd.DataFrame, *, to_untreated: bool = False) -> list[DoseMatrix]:
    """Lay out the wells of every pair on every line.

    Parameters
    ----------
    wells : DataFrame
        ``cell_line, compound_1, compound_2, concentration_1_uM, concentration_2_uM, viability`` and any of
        ``experiment, plate, well, replicate``. Gaps in the grid and unequal grids are allowed.
    to_untreated : bool
        Divide each unit by the mean of its own untreated wells (both concentrations 0).

    Raises
    ------
    InputError
        If a pair lacks combination wells, wells of either compound alone, or the untreated wells to divide
        by.
    """
    wells = _merge_swapped_pairs(wells.dropna(subset=["viability"]))
    matrices, faults = [], []
    for name, rows in wells.groupby(PAIR, sort=True, dropna=False):
        faults += _missing_parts(rows, " + ".join(map(str, name[1:])) + f" on {name[0]}", to_untreated)
        matrices.append(_arrange_pair(name, rows, to_untreated))
    if faults:
        raise InputError(faults)
    return matrices


def _merge_swapped_pairs(wells: pd.DataFrame) -> pd.DataFrame:
    """A + B and B + A are one pair; the order seen first stays."""
    first: dict[tuple[object, frozenset[object]], object] = {}
    keys = list(zip(wells.cell_line, wells.compound_1, wells.compound_2, strict=True))
    swap = np.array([first.setdefault((line, frozenset((a, b))), a) != a for line, a, b in keys], dtype=bool)
    if not swap.any():
        return wells
    wells = wells.copy()
    ones, twos = ["compound_1", "concentration_1_uM"], ["compound_2", "concentration_2_uM"]
    wells.loc[swap, ones + twos] = wells.loc[swap, twos + ones].to_numpy()
    return wells.astype({"concentration_1_uM": float, "concentration_2_uM": float})


def _missing_parts(rows: pd.DataFrame, name: str, to_untreated: bool) -> list[Fault]:
    one, two = rows.concentration_1_uM > 0, rows.concentration_2_uM > 0
    parts = {
        "combination wells (both concentrations above 0)": one & two,
        f"wells of {rows.compound_1.iloc[0]} alone (concentration_2_uM 0)": one & ~two,
        f"wells of {rows.compound_2.iloc[0]} alone (concentration_1_uM 0)": two & ~one,
    }
    if to_untreated and (one | two).all():
        return [
            Fault(
                'relative_to "untreated_well" needs wells with both concentrations 0',
                value="none",
                where=name,
                remedy='Add them, or set relative_to to "vehicle".',
            )
        ]
    return [
        Fault(
            f"a combination needs {part}",
            value="none",
            where=name,
            remedy="Add the single-agent series of the same plates.",
        )
        for part, there in parts.items()
        if not there.any()
    ]


def _arrange_pair(name: tuple[str, str, str], rows: pd.DataFrame, to_untreated: bool) -> DoseMatrix:
    doses_1, i = _grid(rows.concentration_1_uM)
    doses_2, j = _grid(rows.concentration_2_uM)
    units = find_units(rows, i * len(doses_2) + j)
    shape = (units.n, len(doses_1), len(doses_2))
    flat = np.ravel_multi_index((units.code, i, j), shape)
    size = int(np.prod(shape))
    counts = np.bincount(flat, minlength=size)
    sums = np.bincount(flat, weights=1 - rows.viability.to_numpy(float), minlength=size)
    inhibition = np.divide(sums, counts, out=np.full(size, np.nan), where=counts > 0).reshape(shape)
    inhibition, why = (
        _drop_copies(inhibition, units.why) if units.unit == "experiment" else (inhibition, units.why)
    )
    if to_untreated:
        inhibition = 1 - (1 - inhibition) / (1 - inhibition[:, :1, :1])
    return DoseMatrix(
        str(name[0]), str(name[1]), str(name[2]), doses_1, doses_2, inhibition, len(rows), units.unit, why
    )


def _drop_copies(inhibition: Array, why: str) -> tuple[Array, str]:
    """Experiments that hold the same readings to the last digit are one that was copied."""
    flat = np.nan_to_num(inhibition.reshape(len(inhibition), -1), nan=np.inf)
    _, first = np.unique(flat, axis=0, return_index=True)
    n, m = len(first), len(inhibition)
    if n == m:
        return inhibition, why
    why = f"{m} experiments hold the readings of {n}: copies" if n < FEWEST_UNITS else why
    return inhibition[np.sort(first)], why


def _grid(concentrations: pd.Series) -> tuple[Array, NDArray[np.intp]]:
    """Ascending doses with 0 first, and each well's place; ten digits tell doses apart."""
    rounded = np.array([float(f"{c:.10g}") for c in concentrations])
    doses = np.unique(np.append(rounded, 0.0))
    return doses, np.searchsorted(doses, rounded)
