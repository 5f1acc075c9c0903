"""From wells to the batch that is fitted: which are used, what each weighs, their means at each
concentration."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.dose_response.batch import Batch
from lib.dose_response.robust import Wells
from lib.dose_response.shape import LN_ZERO, Array, log_concentration
from lib.errors import Fault, InputError, check_rows, name_rows

KEYS = ["compound", "cell_line", "experiment"]
"""What names a curve."""


def select_wells(wells: pd.DataFrame) -> pd.DataFrame:
    """Sample wells that are used: not excluded, with a finite response and concentration.

    Raises
    ------
    InputError
        If none is left.
    """
    check_rows(wells, "the wells")
    keep = np.isfinite(wells["viability"].to_numpy(float)) & np.isfinite(
        wells["concentration_uM"].to_numpy(float)
    )
    if "role" in wells:
        keep &= (wells["role"] == "sample").to_numpy(bool)
    if "exclude" in wells:
        keep &= (wells["exclude"] == "").to_numpy(bool)
    if not keep.any():
        raise InputError(
            Fault(
                "at least one sample well must be usable",
                value=f"0 of {len(wells)} wells",
                remedy="See the list of exclusions.",
            )
        )
    return wells[keep]


def weigh_wells(wells: pd.DataFrame, weights: str) -> Array:
    """Weight of each well, (n_wells,): the column named, or 1 where none is.

    Raises
    ------
    InputError
        If the column is not there, or holds anything but numbers above 0.
    """
    if not weights:
        return np.ones(len(wells))
    if weights not in wells:
        raise InputError(
            Fault(
                "weights must name a column of the table",
                value=weights,
                remedy=f"There are: {', '.join(map(str, wells.columns[:30]))}.",
            )
        )
    values = pd.to_numeric(wells[weights], errors="coerce")
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any():
        raise InputError(
            Fault(
                f"{weights}, as weights, must be > 0",
                value=str(wells.loc[bad, weights].iloc[0]),
                where=name_rows(list(wells.index[bad])),
                remedy="Weights are 1/variance; exclude a well instead.",
            )
        )
    found: Array = values.to_numpy(float)
    return found


def build_batch(wells: pd.DataFrame, *, weights: str = "") -> tuple[Batch, pd.DataFrame]:
    """Reduce wells to means at distinct concentrations; a column of the batch for each row of the keys
    returned.

    Parameters
    ----------
    wells : DataFrame
        `KEYS`, ``concentration_uM`` and ``viability``; used sample wells only.
    weights : str
        As in `fit_curves`.
    """
    curve, keys = pd.factorize(pd.MultiIndex.from_frame(wells[KEYS].astype(str)))
    concentration = wells["concentration_uM"].to_numpy(float)
    weight, response = weigh_wells(wells, weights), wells["viability"].to_numpy(float)
    order = np.lexsort((concentration, curve))
    curve, concentration, weight, response = (v[order] for v in (curve, concentration, weight, response))
    new = np.ones(len(curve), bool)
    new[1:] = (np.diff(curve) != 0) | (np.diff(concentration) != 0)
    point = np.cumsum(new) - 1
    total = np.bincount(point, weight)
    mean = np.bincount(point, weight * response) / total
    pure_error = np.bincount(curve, weight * (response - mean[point]) ** 2)
    owner = curve[new]
    rank = np.arange(len(owner)) - np.searchsorted(owner, owner)
    size, n = int(rank.max()) + 1, len(keys)
    ln, y, w = np.full((size, n), LN_ZERO), np.zeros((size, n)), np.zeros((size, n))
    ln[rank, owner] = log_concentration(concentration[new])
    y[rank, owner], w[rank, owner] = mean, total
    _, design = np.unique(np.where(w > 0, ln, 1.0).T, axis=0, return_inverse=True)
    batch = Batch(ln, y, w, pure_error, np.bincount(curve), design.ravel())
    above = pd.Series(concentration[concentration > 0]).groupby(curve[concentration > 0])
    tested = above.agg(["min", "max"]).reindex(range(n)).fillna(0.0)
    ends = {"lowest_uM": tested["min"].to_numpy(), "highest_uM": tested["max"].to_numpy()}
    return batch, pd.DataFrame(list(keys), columns=KEYS).assign(**ends)


def locate_wells(batch: Batch, used: pd.DataFrame, *, weights: str = "") -> Wells:
    """The wells of a batch, in the order of `used`, from which `build_batch` made it."""
    curve, _ = pd.factorize(pd.MultiIndex.from_frame(used[KEYS].astype(str)))
    concentration, response = (used[c].to_numpy(float) for c in ("concentration_uM", "viability"))
    return Wells.locate(
        batch, np.asarray(curve), log_concentration(concentration), response, weigh_wells(used, weights)
    )
