"""Risk sets of a sample, and the partial likelihood over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib.survival.subjects import Bools, Floats

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class RiskSets:
    """Subjects ordered by stratum and time, with what the partial likelihood needs.

    Attributes
    ----------
    time, event : ndarray, (n,)
    x : ndarray, (n, p)
        Covariates, centred and scaled.
    start, first, end : ndarray of int, (n,)
        First row of each one's stratum, of its block of tied times, and one past the last of its stratum.
    dead : ndarray of int, (n_events,)
        Rows with an event.
    tie : ndarray of int, (n_events,)
        Which set of tied events each belongs to, counted from 0.
    share : ndarray, (n_events,)
        Efron's l / d for the l-th of d tied events; 0 under Breslow.
    scale : ndarray, (p,)
        Standard deviations that `x` was divided by.
    """

    time: Floats
    event: Bools
    x: Floats
    start: Indices
    first: Indices
    end: Indices
    dead: Indices
    tie: Indices
    share: Floats
    scale: Floats


def order_risk_sets(time: Floats, event: Bools, x: Floats, stratum: Indices, ties: str) -> RiskSets:
    """Sort subjects by stratum and time and mark the blocks; `x` is (n, p), `stratum` (n,) of codes."""
    order = np.lexsort((time, stratum)) if stratum.any() else np.argsort(time, kind="stable")
    t, s, e = time[order], stratum[order], event[order]
    new_stratum = np.diff(s, prepend=-1) != 0
    start = _last_true(new_stratum)
    first = _last_true(new_stratum | (np.diff(t, prepend=-1.0) != 0))
    bounds = np.append(np.flatnonzero(new_stratum), t.size)
    end = np.repeat(bounds[1:], np.diff(bounds))
    dead = np.flatnonzero(e)
    tie = np.cumsum(np.diff(first[dead], prepend=-1) != 0) - 1
    scale = x.std(axis=0) if t.size else np.ones(x.shape[1])
    scale = np.where(scale > 0, scale, 1.0)
    centred = (x[order] - x.mean(axis=0)) / scale if t.size else x
    return RiskSets(t, e, centred, start, first, end, dead, tie, _tied_shares(tie, ties), scale)


def partial_likelihood(sets: RiskSets, beta: Floats) -> tuple[float, Floats, Floats]:
    """Log partial likelihood, its gradient (p,) and the information (p, p), at standardised `beta`."""
    eta = sets.x @ beta
    shift = eta.max(initial=-np.inf)
    weight = np.exp(eta - shift)
    s0, means = risk_means(sets, weight)
    likelihood = float(np.sum(eta[sets.dead] - shift - np.log(s0)))
    gradient = sets.x[sets.dead].sum(axis=0) - means.sum(axis=0)
    # Σ over events of Σ over their risk set, turned inside out: each subject's share of the events it saw.
    exposure = weight * _exposure(sets, s0)
    information = (sets.x * exposure[:, None]).T @ sets.x - means.T @ means
    return likelihood, gradient, information


def risk_means(sets: RiskSets, weight: Floats) -> tuple[Floats, Floats]:
    """Sum of weights (n_events,) and weighted mean covariates (n_events, p) of each event's risk set."""
    columns = np.column_stack([weight, sets.x * weight[:, None]])
    suffix = np.zeros((columns.shape[0] + 1, columns.shape[1]))
    np.cumsum(columns[::-1], axis=0, out=suffix[:-1][::-1])
    total = suffix[sets.first[sets.dead]] - suffix[sets.end[sets.dead]]
    if sets.share.any():
        begins = np.flatnonzero(np.diff(sets.tie, prepend=-1))
        tied = np.add.reduceat(columns[sets.dead], begins, axis=0)
        total -= sets.share[:, None] * tied[sets.tie]
    return total[:, 0], total[:, 1:] / total[:, :1]


def _exposure(sets: RiskSets, s0: Floats) -> Floats:
    """Σ 1/S₀ over the events that each subject was at risk for, less Efron's shares of its own tie."""
    at_row = np.bincount(sets.first[sets.dead], 1 / s0, minlength=sets.time.size)
    running = np.concatenate([[0.0], np.cumsum(at_row)])
    exposure = running[sets.first + 1] - running[sets.start]
    if sets.share.any():
        exposure[sets.dead] -= np.bincount(sets.tie, sets.share / s0)[sets.tie]
    found: Floats = exposure
    return found


def _last_true(flags: Bools) -> Indices:
    """Index of the latest True at or before each place; the first flag is True."""
    return np.maximum.accumulate(np.where(flags, np.arange(flags.size), 0))


def _tied_shares(tie: Indices, ties: str) -> Floats:
    if ties == "breslow" or not tie.size:
        return np.zeros(tie.size)
    begins = np.flatnonzero(np.diff(tie, prepend=-1))
    return (np.arange(tie.size) - begins[tie]) / np.bincount(tie)[tie]
