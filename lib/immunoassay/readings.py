"""Readings of one sample side by side: wells, dilutions and plates that disagree, and which reading is
reported."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
NAMES = ["plate", "analyte", "sample", "subject", "timepoint"]
MAX_DISAGREEMENT = 0.30
"""Difference of two readings over their mean: ICH M10's limit for reanalysed samples and for parallelism."""
CONFIDENCE, WELLS_CONFIDENCE = 0.99, 0.999
"""A difference is also beyond the assay's own error at this level; of wells, of which there are many, at the
second."""
HOOK, DISAGREE = "rises with dilution: hook", "dilutions disagree"
HOOK_BELOW = "read where dilutions agree; less diluted, a hook"
WELLS, PLATES = "wells disagree", "results of this subject and time disagree"
OTHER, NO_RANGE, NO_CURVE = (
    "another dilution is reported",
    "no range of quantification",
    "the standards of its run fail",
)


def judge_readings(found: pd.DataFrame, *, max_disagreement: float = MAX_DISAGREEMENT) -> pd.DataFrame:
    """Say of every reading whether it is reported, and if not why.

    A reading is one sample at one dilution. Readings of a sample agree where no two differ by more than
    `max_disagreement` of their mean and beyond their error; a value beyond range counts as its limit. Then
    the least diluted within range is reported. A value that rises with dilution is a hook: what was read
    before the rise is only a lower bound (``>``), and two further dilutions that agree are needed for a
    value. Wells of one dilution are held against their own error, results of one subject and time (plates,
    aliquots) against each other.

    Parameters
    ----------
    found : DataFrame
        ``plate, analyte, sample, subject, timepoint, dilution, concentration_pg_ml, low, high, qualifier,
        cv_percent, error,
        excess``: `error` is the SE of log10 concentration (beyond range: at the limit), `excess` the
        chi-square of the wells' spread over their error in units of its critical value; and ``readable``,
        False where the standards fail.
    max_disagreement : float

    Returns
    -------
    DataFrame
        With ``reported`` (yes, no) and ``note``, without ``error, excess, readable``; ordered as it came,
        dilutions ascending.

    References
    ----------
    ICH M10 (2022): incurred samples reanalysed by a ligand-binding assay lie within 30 % of their mean; the
    concentrations of a dilution series are parallel up to 30 %.
    """
    order = found.groupby(NAMES, sort=False, dropna=False).ngroup()
    found = found.assign(_of=order).sort_values(["_of", "dilution"], kind="stable", ignore_index=True)
    work = _Readings(found, max_disagreement)
    for rows in _several(found, ["_of"]):
        work.judge_dilutions(rows)
    whose = found[(work.note == "") & found.subject.notna() & found.timepoint.notna()]
    for rows in _several(whose, ["analyte", "subject", "timepoint"]):
        if work.differences(rows).any():
            work.note[rows] = PLATES
    return work.write(found).drop(columns=["_of", "error", "excess", "readable"])


def _several(found: pd.DataFrame, names: list[str]) -> list[Indices]:
    """Row labels of the groups that have more than one row."""
    again = found[found.duplicated(names, keep=False)]
    groups = again.groupby(names, sort=False, dropna=False).indices.values()
    return [again.index.to_numpy()[rows] for rows in groups]


class _Readings:
    """Columns of a table of readings as arrays, with what is found out about each row in `note`."""

    def __init__(self, found: pd.DataFrame, most: float) -> None:
        self.most = most
        self.value, self.error, self.dilution = (
            found[n].to_numpy(float) for n in ("concentration_pg_ml", "error", "dilution")
        )
        self.said = found.qualifier.to_numpy(object, copy=True)
        spread = (
            (self.said == "=")
            & (found.cv_percent.to_numpy(float) > 100 * most)
            & (found.excess.to_numpy(float) > 1)
        )
        none = self.said == "no range"
        bare = [~found.readable.to_numpy(bool), none, spread]
        self.note = np.select(bare, [NO_CURVE, NO_RANGE, WELLS], "").astype(object)

    def differences(self, rows: Indices) -> Array:
        """+1 where the column's reading lies above the row's, −1 below, 0 where they agree; (n, n)."""
        value, said = self.value[rows], self.said[rows]
        low, high = np.where(said == "<", 0, value), np.where(said == ">", np.inf, value)
        error = np.nan_to_num(self.error[rows])
        reach = stats.norm.ppf((1 + CONFIDENCE) / 2) * np.hypot(error[:, None], error)

        def above(bottom: Array, top: Array) -> NDArray[np.bool_]:
            """Where `bottom` lies beyond tolerance and error over `top`."""
            with np.errstate(divide="ignore", invalid="ignore"):
                apart = bottom - top > self.most * (bottom + top) / 2
                found: NDArray[np.bool_] = apart & (np.log10(bottom / top) > reach)
                return found

        return above(low[None, :], high[:, None]).astype(float) - above(low[:, None], high[None, :])

    def judge_dilutions(self, rows: Indices) -> None:
        """Readings of one sample, in ascending dilution."""
        usable = rows[self.note[rows] == ""]
        apart = np.triu(self.differences(usable), 1)
        hooked, left = usable[(apart > 0).any(axis=1)], usable[~(apart > 0).any(axis=1)]
        self.said[hooked], self.note[hooked] = ">", HOOK
        within = left[self.said[left] == "="]
        if (apart < 0).any() or (len(hooked) and len(within) < 2):
            self.note[left] = DISAGREE
        elif len(left):
            chosen = self._choose(left)
            self.note[left] = OTHER
            self.note[chosen] = HOOK_BELOW if len(hooked) else ""

    def _choose(self, rows: Indices) -> np.intp:
        """Within range before beyond it; then the least diluted for values too low, the most diluted for too
        high."""
        by = np.where(self.said[rows] == ">", -self.dilution[rows], self.dilution[rows])
        found: np.intp = rows[np.lexsort((by, self.said[rows] != "="))[0]]
        return found

    def write(self, found: pd.DataFrame) -> pd.DataFrame:
        """The table with what was found out."""
        hook = self.note == HOOK
        return found.assign(
            qualifier=self.said,
            low=found.low.where(~hook, found.concentration_pg_ml),
            high=found.high.where(~hook),
            reported=np.where(np.isin(self.note, ["", HOOK_BELOW]), "yes", "no"),
            note=self.note,
        )
