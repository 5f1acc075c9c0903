"""Which wells were repeated independently: the experiment is the unit, and nothing below it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lib.synergy.resampling import FEWEST_UNITS

LEAST_REPEATED = 0.5
"""Share of dose pairs that two experiments must hold before the matrix counts as repeated."""


@dataclass(frozen=True)
class Units:
    """What repeats the matrix of one pair.

    ``code`` (n_wells,) from 0, the repeat that each well belongs to; ``n`` how many; ``unit`` what they are:
    experiment, or plate or replicate, which are not known to be independent, or none; ``why`` there is no
    interval over them, empty where there is one.
    """

    code: NDArray[np.intp]
    n: int
    unit: str
    why: str


def find_units(rows: pd.DataFrame, dose_pair: NDArray[np.intp]) -> Units:
    """What repeats the wells of one pair, and whether these are independent experiments.

    Experiments that stand on one plate are one: wells of a plate, however numbered, share its cells, day and
    dilutions. A plate name that holds a well twice is two plates. Plates and replicates without an experiment
    are not known to be independent, and a matrix split over experiments is not repeated.

    Parameters
    ----------
    rows : DataFrame
        Any of ``experiment, plate, well, replicate``.
    dose_pair : ndarray, shape (n_wells,)
        Which dose pair each well holds.
    """
    if "experiment" not in rows or rows["experiment"].isna().all():
        return _not_independent(rows, dose_pair, _without_experiment(rows))
    code, names = pd.factorize(rows["experiment"].fillna("").astype(str), sort=True)
    if len(names) == 1:
        return _not_independent(rows, dose_pair, f"one experiment, at least {FEWEST_UNITS} needed")
    merged, shared = _merge_on_plates(rows, code)
    n = int(merged.max()) + 1
    if n == 1:
        why = f"{len(names)} experiments on one plate, {shared}: wells of one plate are not experiments"
        return _not_independent(rows.assign(replicate=code), dose_pair, why)
    if not _repeats(merged, dose_pair):
        why = "the experiments hold different dose pairs: nothing is repeated"
        return _not_independent(rows, dose_pair, why)
    few = "" if n >= FEWEST_UNITS else f"{n} experiments, at least {FEWEST_UNITS} needed"
    return Units(merged, n, "experiment", few)


def _not_independent(rows: pd.DataFrame, dose_pair: NDArray[np.intp], why: str) -> Units:
    """Plates, else replicates, that repeat the matrix: they show scatter, and make no interval."""
    for unit in ("plate", "replicate"):
        if unit in rows:
            code, names = pd.factorize(rows[unit].fillna("").astype(str), sort=True)
            if _repeats(code, dose_pair):
                return Units(code, len(names), unit, why)
    return Units(np.zeros(len(rows), dtype=np.intp), 1, "none", why)


def _repeats(code: NDArray[np.intp], dose_pair: NDArray[np.intp]) -> bool:
    """Whether at least half of the dose pairs are there twice."""
    seen = pd.Series(code).groupby(dose_pair).nunique()
    return bool((seen >= 2).mean() >= LEAST_REPEATED)


def _without_experiment(rows: pd.DataFrame) -> str:
    for column, many in (("plate", "plates"), ("replicate", "replicates")):
        n = rows[column].nunique() if column in rows else 0
        if n > 1:
            return (
                f"{n} {many}, but no column experiment says that they are independent: wells, however"
                " numbered, are not experiments"
            )
    return "one matrix, no experiments to compare"


def _merge_on_plates(rows: pd.DataFrame, code: NDArray[np.intp]) -> tuple[NDArray[np.intp], str]:
    """Experiments joined where they share a plate, and the first plate that is shared."""
    if "plate" not in rows:
        return code, ""
    told = pd.DataFrame({"experiment": code, "plate": rows["plate"].to_numpy()})
    if "well" in rows:
        well = rows["well"].to_numpy()
        again = told.assign(well=well).dropna().drop_duplicates().duplicated(["plate", "well"], keep=False)
        told = told[~told["plate"].isin(told.loc[again.index[again], "plate"])]
    told = told.dropna().drop_duplicates()
    shared = told.loc[told["plate"].duplicated(keep=False), "plate"]
    plate, names = pd.factorize(told["plate"], sort=True)
    n = int(code.max()) + 1
    links = coo_array((np.ones(len(told)), (told["experiment"], n + plate)), shape=(n + len(names),) * 2)
    _, label = connected_components(links, directed=False)
    return np.unique(label[code], return_inverse=True)[1], str(shared.min()) if len(shared) else ""
