"""Lanes that a detector could not follow: ties at the maximum of a signal, which unsaturated bands do not
show."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.result import Result

Array = NDArray[np.float64]
FEWEST_TIES, LEVEL = 3, 1e-3
MOST_STEPS = 99
FULL_SCALES = tuple(2.0**bits - 1 for bits in (8, 10, 12, 14, 16))
RELATIVE_SCALES = (1.0, 10.0, 100.0, 1000.0)
"""Vehicle lanes that all hold one of these were set to it by whoever made the table; they tie by
arithmetic."""
DECIMALS = 9
OF = ["target", "normalised_to"]
LEVELS: tuple[list[str], ...] = ([], ["blot"], ["experiment", "blot"])
"""Exposures are one for a study, one a blot, or, where blots have no names of their own, one an experiment
and blot."""


class Saturation(Result):
    """Ties at the maximum of a reading; ``experiment, blot`` are empty where they are over all."""

    COLUMNS = (*OF, "experiment", "blot", "reading", "maximum", "n_tied", "n_lanes")

    @classmethod
    def none(cls) -> Saturation:
        """Where nothing is saturated."""
        return cls(pd.DataFrame(columns=list(cls.COLUMNS)))


def find_saturation(readouts: pd.DataFrame) -> Saturation:
    """Where lanes tie at the maximum of a reading more often than rounding can explain.

    Looked at are the signal and the normaliser of each target, over all its lanes, then by blot, then by
    experiment and blot, since exposures differ. At least three lanes must tie; the ties must outnumber those
    at any lower value twofold; and under a smooth distribution, rounded as these values are, that many in the
    topmost step must have a probability below 0.001 (binomial, given one). A maximum at the full scale of 8
    to 16 bits needs two lanes, 65,535 one, and signals that are all equal are at their maximum. Copies of one
    lane count once; vehicle lanes that were set to 1 or 100 do not count.

    Parameters
    ----------
    readouts : DataFrame
        As from ``lib.tables.engagement.read_readouts``.

    Returns
    -------
    Saturation
        A row a tie; ``reading`` is signal or normaliser.
    """
    rows = [
        row
        for reading in ("signal", "normaliser")
        for (target, normalised_to), lanes in _suspects(readouts, reading).groupby(OF, sort=True)
        for row in _search(lanes, reading, {"target": target, "normalised_to": normalised_to})
    ]
    return Saturation(pd.DataFrame(rows, columns=list(Saturation.COLUMNS)))


def _suspects(readouts: pd.DataFrame, reading: str) -> pd.DataFrame:
    """Lanes of the targets of which enough lanes tie at a maximum, or one stands at full scale: the others
    need no look."""
    values = readouts[reading]
    suspect = values.isin(FULL_SCALES)
    for level in LEVELS:
        names = [readouts[key] for key in (*OF, *level)]
        at_top = values == values.groupby(names).transform("max")
        suspect |= at_top & (at_top.groupby(names).transform("sum") >= FEWEST_TIES)
    return readouts[suspect.groupby([readouts[key] for key in OF]).transform("any")]


def mark_saturated(readouts: pd.DataFrame, found: pd.DataFrame) -> pd.Series:
    """Why each lane is saturated, in words; empty where it is not."""
    words = pd.Series("", index=readouts.index)
    for row in found.itertuples():
        here = (readouts["target"] == row.target) & (readouts["normalised_to"] == row.normalised_to)
        here &= readouts[row.reading] == row.maximum
        here &= (readouts["blot"] == row.blot) | (row.blot == "")
        here &= (readouts["experiment"] == row.experiment) | (row.experiment == "")
        words[here & (words == "")] = f"saturated: {row.reading} at its maximum, {row.maximum:,.10g}"
    return words


def is_tied(values: Array, step: float) -> bool:
    """Whether the maximum of `values` (n,), rounded to `step`, ties as a saturated reading does."""
    top = values.max()
    n, below = int((values == top).sum()), values[values < top]
    if top in FULL_SCALES and n >= (1 if top == FULL_SCALES[-1] else 2) and len(below):
        return True
    if n < FEWEST_TIES or not len(below):
        return False
    _, often = np.unique(below[below > below.min()], return_counts=True)  # lanes may also tie at a floor
    if n < 2 * often.max(initial=0):
        return False
    steps = float(np.clip(np.floor((top - np.median(below)) / step), 1, MOST_STEPS))
    share = 1 / (steps + 1)
    near = int((values > top - (steps + 0.5) * step).sum())
    from scipy.special import bdtrc

    chance = bdtrc(n - 1, near, share) / bdtrc(0, near, share)
    return bool(chance < LEVEL)


def find_step(values: Array) -> float:
    """What the values (n,) are rounded to: the greatest number of which all are multiples, to nine
    decimals."""
    whole = np.rint(np.abs(values) * 10.0**DECIMALS)
    if not len(whole) or whole.max() >= 2.0**62:
        return 1.0
    return max(float(np.gcd.reduce(whole.astype(np.int64))), 1.0) / 10.0**DECIMALS


def _search(lanes: pd.DataFrame, reading: str, names: dict[str, object]) -> Iterator[dict[str, object]]:
    """Ties over all lanes of a target; then of each blot, and of each experiment on it, that are not among
    those."""
    told = _own_lanes(lanes[lanes[reading].notna()], reading)
    step, seen = find_step(told[reading].to_numpy(float)), pd.Series(False, index=lanes.index)
    for level in LEVELS:
        for key, part in told.groupby(level or (lambda _: ""), sort=True):
            where = dict(zip(level, key, strict=True)) if level else {}
            every = lanes[
                np.logical_and.reduce([lanes[k] == v for k, v in where.items()] or [lanes[reading].notna()])
            ]
            values, top = part[reading].to_numpy(float), part[reading].max()
            tied = every.index[every[reading] == top]
            if not seen[tied].all() and (
                is_tied(values, step) or (reading == "signal" and _is_constant(values))
            ):
                seen[tied] = True
                yield names | {
                    "experiment": "",
                    "blot": "",
                    **where,
                    "reading": reading,
                    "maximum": top,
                    "n_tied": len(tied),
                    "n_lanes": len(every),
                }


def _is_constant(values: Array) -> bool:
    """Whether all of at least three signals are one number; a normaliser may be."""
    return len(values) >= FEWEST_TIES and values.min() == values.max() and values[0] not in RELATIVE_SCALES


def _own_lanes(lanes: pd.DataFrame, reading: str) -> pd.DataFrame:
    """Each lane once: a vehicle may stand with every treatment and time; vehicles set to 1 or 100 stand for
    no lane."""
    vehicle = lanes["dose_uM"] == 0
    values = lanes.loc[vehicle, reading]
    if values.min() == values.max() and values.iloc[0] in RELATIVE_SCALES:
        lanes, vehicle = lanes[~vehicle], vehicle[~vehicle]
    once = ["experiment", "blot", "signal", "normaliser"]
    return pd.concat([lanes[vehicle].drop_duplicates(once), lanes[~vehicle]])
