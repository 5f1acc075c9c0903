"""The starting grid: every shape on a lattice tried for every curve of a design by matrix products."""

from __future__ import annotations

import numpy as np

from lib.dose_response.families import FAMILIES, HILL_BOUNDS, Array, Family, shape_bounds
from lib.dose_response.projection import Design, polish, project

DECADE_STEP = 0.1
HILLS = np.geomspace(*HILL_BOUNDS, 13)
STARTS = 3
"""Distinct valleys of the grid that are polished; the best of them is the answer."""


def grid_of(log_c: Array) -> tuple[Array, Array]:
    """Lattice of log10 IC50 (n_t,) and ln hill (n_h,) over the box of the contract."""
    low, high = shape_bounds(FAMILIES["4pl"], log_c)
    return np.linspace(low[0], high[0], int(np.ceil((high[0] - low[0]) / DECADE_STEP)) + 1), np.log(HILLS)


def grid_rss(design: Design, family: Family) -> Array:
    """Residual sum of squares over the means at every lattice shape: (n_curves, n_t, n_h).

    With the plateaus projected out, ``RSS = Syy − Sgy² / Sgg`` (centred unless bottom is fixed), and every sum is
    a matrix product of the curves with the lattice.
    """
    t, k = grid_of(design.log_c)
    lattice = np.stack(np.meshgrid(t, k, indexing="ij"), axis=-1).reshape(-1, 2)
    g = FAMILIES["4pl"].decay(design.log_c, lattice)  # (n_grid, n_points)
    w, wy = design.weight, design.weight * design.mean
    total = w.sum(axis=1, keepdims=True)
    syy, sgy, sgg = (wy * design.mean).sum(axis=1, keepdims=True), wy @ g.T, w @ (g * g).T
    if family.name != "3pl":
        sy, sg = wy.sum(axis=1, keepdims=True), w @ g.T
        syy, sgy, sgg = syy - sy**2 / total, sgy - sg * (sy / total), sgg - sg**2 / total
    explained = np.where(sgg > 1e-12 * total, sgy**2 / np.maximum(sgg, 1e-300), 0.0)
    return np.maximum(syy - explained, 0.0).reshape(len(w), len(t), len(k))


def fit_shapes(design: Design, family: Family) -> tuple[Array, Array, Array]:
    """Global least squares: lattice, then polish from its deepest distinct valleys.

    Returns
    -------
    shape : array (n_curves, n_shape)
    rss : array (n_curves,)
        Over the means; add ``design.pure_error`` for the wells.
    profile : array (n_curves, n_t)
        Lattice minimum over hill at each log10 IC50, from which profiles are bracketed.
    """
    lattice = grid_rss(design, family)
    profile, hill_at = lattice.min(axis=2), lattice.argmin(axis=2)
    bounds = shape_bounds(family, design.log_c)
    best: Array | None = None
    rss = np.full(len(profile), np.inf)
    for start in _starts(design, family, profile, hill_at):
        shape, reached = polish(design, family, start, bounds)
        better = reached < rss
        best = shape if best is None else np.where(better[:, None], shape, best)
        rss = np.where(better, reached, rss)
    assert best is not None
    return best, rss, profile


def _starts(design: Design, family: Family, profile: Array, hill_at: Array) -> list[Array]:
    t, k = grid_of(design.log_c)
    padded = np.pad(profile, ((0, 0), (1, 1)), constant_values=np.inf)
    valley = (profile <= padded[:, :-2]) & (profile <= padded[:, 2:])
    ranked = np.argsort(np.where(valley, profile, np.inf), axis=1, kind="stable")[:, :STARTS]
    rows = np.arange(len(profile))
    starts = [np.stack([t[i], k[hill_at[rows, i]]], axis=1) for i in ranked.T]
    if family.name == "5pl":
        return [np.column_stack([s, np.full(len(s), np.log(a))]) for s in starts[:2] for a in (0.3, 1.0, 3.0)]
    if family.name == "hormesis":
        return starts + _hormesis_starts(design, family)
    return starts


def _hormesis_starts(design: Design, family: Family) -> list[Array]:
    """A rise before the fall moves the valley: try a lattice of its own, coarsely."""
    t, k = grid_of(design.log_c)
    tried = np.stack(np.meshgrid(t[::2], k[::2], indexing="ij"), axis=-1).reshape(-1, 2)
    every = np.stack([project(design, family, np.tile(s, (len(design.mean), 1))).rss for s in tried], axis=1)
    return [tried[i] for i in np.argsort(every, axis=1)[:, :2].T]


