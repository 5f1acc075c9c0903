"""Which wells were repeated independently: the experiment is the unit, and nothing below it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lib.present import count
from lib.synergy.resampling import FEWEST_UNITS

LEAST_REPEATED = 0.5
"""Share of dose pairs that two experiments must hold before the matrix counts as repeated."""


@dataclass(frozen=True)
class Units:
    """Experiments of one pair.

    ``code`` (n_wells,) from 0; ``n`` how many; ``why`` there is no interval over them, empty where there is one.
    """

    code: NDArray[np.intp]
    n: int
    why: str


def find_units(rows: pd.DataFrame, dose_pair: NDArray[np.intp]) -> Units:
    """Independent experiments of the wells of one pair.

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
    one = np.zeros(len(rows), dtype=np.intp)
    if "experiment" not in rows or rows["experiment"].isna().all():
        return Units(one, 1, _without_experiment(rows))
    named = rows["experiment"].fillna("").astype(str)
    code, names = pd.factorize(named, sort=True)
    if len(names) == 1:
        return Units(one, 1, f"one experiment, at least {FEWEST_UNITS} needed")
    code, shared = _merge_on_plates(rows, code)
    n = int(code.max()) + 1
    if n == 1:
        return Units(
            one, 1, f"{len(names)} experiments on one plate, {shared}: wells of one plate are not experiments"
        )
    seen = pd.Series(code).groupby(dose_pair).nunique()
    if (seen >= 2).mean() < LEAST_REPEATED:
        return Units(one, 1, "the experiments hold different dose pairs: nothing is repeated")
    return Units(
        code, n, "" if n >= FEWEST_UNITS else f"{count(n, 'experiment')}, at least {FEWEST_UNITS} needed"
    )


def _without_experiment(rows: pd.DataFrame) -> str:
    for column, many in (("plate", "plates"), ("replicate", "replicates")):
        n = rows[column].nunique() if column in rows else 0
        if n > 1:
            return f"{n} {many}, but no column experiment says that they are independent: wells, however numbered, are not experiments"  # fmt: skip
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
