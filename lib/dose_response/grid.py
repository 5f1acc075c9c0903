"""Where to start: the residual sum of squares on a grid over (log10 IC50, hill), all curves of a design at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lib.dose_response.shape import LN10, Array, evaluate_shape

HILL_BOUNDS = (0.1, 10.0)
ASYMMETRY_BOUNDS = (0.1, 10.0)
DECADES_BEYOND = 2.0
"""How far beyond the tested concentrations the IC50 is sought, in decades."""
HILLS = np.array([0.1, 0.2, 0.35, 0.6, 1.0, 1.6, 2.5, 4.0, 6.3, 10.0])
ASYMMETRIES = np.array([0.15, 0.4, 1.0, 2.5, 6.0])


@dataclass(frozen=True)
class Grid:
    """Shapes of one design on a grid: `locations` (T,), `others` (p - 1, H), basis (T * H, n_points)."""

    locations: Array
    others: Array
    basis: Array
    centred: bool

    @property
    def shape(self) -> tuple[int, int]:
        """Locations by other parameters, (T, H)."""
        return len(self.locations), self.others.shape[1]


def search_range(ln_concentration: Array) -> tuple[float, float]:
    """log10 IC50 from two decades below the lowest tested concentration (zero aside) to two above the highest."""
    tested = ln_concentration[ln_concentration > -1e3] / LN10
    return float(tested.min() - DECADES_BEYOND), float(tested.max() + DECADES_BEYOND)


def grid_locations(ln_concentration: Array) -> Array:
    """Grid over log10 IC50: four to a dilution step where doses are, wider outside."""
    low, high = search_range(ln_concentration)
    tested = np.unique(ln_concentration[ln_concentration > -1e3] / LN10)
    gaps = np.diff(tested)
    step = float(np.clip(np.median(gaps) / 4 if len(gaps) else 0.1, 0.04, 0.12))
    inner_low, inner_high = tested[0] - 0.5, tested[-1] + 0.5
    inner = np.linspace(inner_low, inner_high, int(np.ceil((inner_high - inner_low) / step)) + 1)
    return np.concatenate([np.linspace(low, inner_low, 7)[:-1], inner, np.linspace(inner_high, high, 7)[1:]])


def build_grid(ln_concentration: Array, *, centred: bool, asymmetric: bool) -> Grid:
    """Shapes of one design (n_points,) on the whole grid."""
    locations = grid_locations(ln_concentration)
    others = np.log(HILLS)[None, :]
    if asymmetric:
        hills, asymmetries = np.meshgrid(np.log(HILLS), np.log(ASYMMETRIES), indexing="ij")
        others = np.array([hills.ravel(), asymmetries.ravel()])
    tiled = [np.repeat(locations, others.shape[1])] + [np.tile(row, len(locations)) for row in others]
    shape = evaluate_shape(ln_concentration[:, None], np.array(tiled), derivatives=False)
    value = shape.value
    if centred:
        value = np.where(shape.value.min(0) > 0.5, -shape.complement, shape.value)
    scale = np.maximum(np.abs(value).max(0), 1e-300)
    return Grid(locations, others, np.ascontiguousarray((value / scale).T), centred)


def explained(grid: Grid, response: Array, weight: Array) -> Array:
    """Sum of squares that each grid shape explains, (n_curves, T, H).

    Parameters
    ----------
    response, weight : array, (n_points, n_curves)
        Response centred on its weighted mean where the grid is centred.
    """
    basis = grid.basis
    weighted = (weight * response).T
    if (weight == weight[:, :1]).all():
        w = weight[:, 0]
        if grid.centred:
            basis = basis - (basis @ w)[:, None] / w.sum()
        norm = np.sqrt((basis**2) @ w)
        unit = basis / np.where(norm > 1e-12, norm, np.inf)[:, None]
        score = weighted @ unit.T
        score *= score
    else:
        norm2 = weight.T @ (basis**2).T
        if grid.centred:
            norm2 -= (weight.T @ basis.T) ** 2 / weight.sum(0)[:, None]
        score = (weighted @ basis.T) ** 2 / np.where(norm2 > 1e-20, norm2, np.inf)
    return np.asarray(score.reshape(-1, *grid.shape))


def pick_starts(score: Array, grid: Grid, count: int) -> Array:
    """The `count` highest local maxima of each curve's score as starts, (count, n_parameters, n_curves).

    Neighbours are compared along log10 IC50 and along hill; where there are fewer maxima the best is repeated.
    """
    n, _, n_others = score.shape
    peak = np.ones(score.shape, bool)
    peak[:, 1:] &= score[:, 1:] >= score[:, :-1]
    peak[:, :-1] &= score[:, :-1] >= score[:, 1:]
    if len(grid.others) == 1:
        peak[:, :, 1:] &= score[:, :, 1:] >= score[:, :, :-1]
        peak[:, :, :-1] &= score[:, :, :-1] >= score[:, :, 1:]
    # where a valley runs on beyond the doses without falling, start at its near end: same fit, saner plateaus
    middle, half = (grid.locations[-1] + grid.locations[0]) / 2, (grid.locations[-1] - grid.locations[0]) / 2
    away = np.maximum(np.abs(grid.locations - middle) - half + DECADES_BEYOND, 0)
    flat = np.where(peak, score * (1 - 1e-7 * away[:, None]), -1.0).reshape(n, -1)
    rows = np.arange(n)
    starts = np.empty((count, 1 + len(grid.others), n))
    best = flat.argmax(1)
    for k in range(count):
        index = flat.argmax(1)
        index = np.where(flat[rows, index] >= 0, index, best)
        flat[rows, index] = -1.0
        starts[k] = np.vstack([grid.locations[index // n_others], grid.others[:, index % n_others]])
    return starts
