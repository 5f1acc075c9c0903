"""Scores of stained cells: classes, H-score, percent positive, Allred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lib.errors import Fault, InputError

THRESHOLDS_OD = (0.2, 0.4, 0.6)
UNCLASSIFIED = -1
ALLRED_PROPORTIONS = (0.01, 0.1, 1 / 3, 2 / 3)
SCORE_COLUMNS = [
    "n_cells",
    "percent_negative",
    "percent_1",
    "percent_2",
    "percent_3",
    "percent_positive",
    "h_score",
    "allred_proportion",
    "allred_intensity",
    "allred",
    "median_od",
]


@dataclass(frozen=True)
class Score:
    """What a set of cells scores; percentages are of the ``n_cells`` classified cells.

    Without cells percentages, scores and median are NaN, and ``n_cells`` 0 says why.
    """

    n_cells: int
    n_unclassified: int
    percent_negative: float
    percent_1: float
    percent_2: float
    percent_3: float
    percent_positive: float
    h_score: float
    allred_proportion: float
    allred_intensity: float
    allred: float
    median_od: float

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame([vars(self)])


def classify_cells(density: ArrayLike, thresholds_od: Sequence[float] = THRESHOLDS_OD) -> NDArray[np.int_]:
    """Class 0 to 3 of each cell by its mean DAB density; a density equal to a threshold is in the higher
    class.

    NaN is `UNCLASSIFIED`.

    Raises
    ------
    InputError
        If the thresholds are not three rising numbers above 0.
    """
    cuts = np.asarray(thresholds_od, dtype=float)
    if cuts.shape != (3,) or not (np.diff(cuts) > 0).all() or not cuts[0] > 0:
        raise InputError(Fault("thresholds_od must be three rising numbers > 0", value=f"{cuts.tolist()}"))
    values = np.asarray(density, dtype=float)
    return np.where(np.isnan(values), UNCLASSIFIED, np.searchsorted(cuts, values, side="right"))


def score_cells(classes: ArrayLike, density: ArrayLike | None = None) -> Score:
    """Score cells of known class.

    ``H = 100 (n₁ + 2 n₂ + 3 n₃) / N``, 0 to 300. Allred adds a proportion score (0 none, 1 below 1 %, 2 below
    10 %, 3 below a third, 4 below two thirds, 5) and the mean class of the positive cells, rounded half up;
    it is a score of oestrogen receptor, given for other markers as a description only.

    Parameters
    ----------
    classes : array of int, shape (n_cells,)
        0 to 3; anything else is unclassified and left out of N.
    density : array, shape (n_cells,), optional
        DAB densities, for the median: it still tells cells apart above the top class, which saturates.

    References
    ----------
    McCarty et al. (1985), Arch Pathol Lab Med 109:716; Allred et al. (1998), Mod Pathol 11:155.
    """
    labels = np.asarray(classes, dtype=int)
    known = (labels >= 0) & (labels <= 3)
    counts = np.bincount(labels[known], minlength=4)
    n = int(counts.sum())
    percent = 100 * counts / n if n else np.full(4, np.nan)
    proportion, intensity = _allred(counts)
    values = np.asarray(density, dtype=float)[known] if density is not None else np.empty(0)
    values = values[np.isfinite(values)]
    return Score(
        n_cells=n,
        n_unclassified=int((~known).sum()),
        percent_negative=float(percent[0]),
        percent_1=float(percent[1]),
        percent_2=float(percent[2]),
        percent_3=float(percent[3]),
        percent_positive=float(percent[1:].sum()),
        h_score=float(percent @ np.arange(4)),
        allred_proportion=proportion,
        allred_intensity=intensity,
        allred=proportion + intensity,
        median_od=float(np.median(values)) if values.size else float("nan"),
    )


def _allred(counts: NDArray[np.int_]) -> tuple[float, float]:
    n, positive = int(counts.sum()), int(counts[1:].sum())
    if n == 0:
        return float("nan"), float("nan")
    if positive == 0:
        return 0.0, 0.0
    proportion = 1 + int(np.searchsorted(ALLRED_PROPORTIONS, positive / n, side="right"))
    mean = float(counts @ np.arange(4)) / positive
    return float(proportion), float(np.floor(mean + 0.5))
