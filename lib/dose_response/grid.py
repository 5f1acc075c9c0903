"""Where to start: the residual sum of squares on a grid over (log10 IC50, hill), all curves of a design at
once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lib.dose_response.shape import LN10, Array, evaluate_shape, total_of

HILL_BOUNDS = (0.1, 10.0)
ASYMMETRY_BOUNDS = (0.1, 10.0)
DECADES_BEYOND = 2.0
"""How far beyond the tested concentrations the IC50 is sought, in decades."""
HILLS = np.array([0.1, 0.2, 0.35, 0.6, 1.0, 1.6, 2.5, 4.0, 6.3, 10.0])
ASYMMETRIES = np.array([0.15, 0.4, 1.0, 2.5, 6.0])
LEAST_SHAPE = 1e-12
"""Share of its square that a shape must keep about its mean: below, what is left is rounding."""
MOST_STARTS = {1: 3, 2: 6}
"""By the number of parameters beside log10 IC50."""
CLOSE, CLOSE_SHARE = 0.25, 0.003
"""A further peak is a start if its sum of squares exceeds the best by less: a share of that, and of the
total."""


@dataclass(frozen=True)
class Grid:
    """Shapes of one design on a grid: `locations` (T,), `others` (p - 1, H), basis and its squares
    (T * H, n_points).

    The H others are ln hill, or the pairs of ln asymmetry (slowest) and ln hill.
    """

    locations: Array
    others: Array
    basis: Array
    squares: Array
    centred: bool

    @property
    def shape(self) -> tuple[int, int]:
        """Locations by other parameters, (T, H)."""
        return len(self.locations), self.others.shape[1]

    @property
    def parameters(self) -> Array:
        """Parameters of each grid point, (p, T * H), log10 IC50 first."""
        return _tile(self.locations, self.others)


def search_range(ln_concentration: Array) -> tuple[float, float]:
    """log10 IC50 from two decades below the lowest tested concentration (zero aside) to two above the
    highest."""
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


def _tile(locations: Array, others: Array) -> Array:
    return np.vstack([np.repeat(locations, others.shape[1]), np.tile(others, len(locations))])


def build_grid(ln_concentration: Array, *, centred: bool, asymmetric: bool) -> Grid:
    """Shapes of one design (n_points,) on the whole grid."""
    locations = grid_locations(ln_concentration)
    others = np.log(HILLS)[None, :]
    if asymmetric:
        asymmetries, hills = np.meshgrid(np.log(ASYMMETRIES), np.log(HILLS), indexing="ij")
        others = np.array([hills.ravel(), asymmetries.ravel()])
    shape = evaluate_shape(ln_concentration[:, None], _tile(locations, others), derivatives=False)
    value = shape.value
    if centred:
        value = np.where(shape.value.min(0) > 0.5, -shape.complement, shape.value)
    scale = np.maximum(np.abs(value).max(0), 1e-300)
    basis = np.ascontiguousarray((value / scale).T)
    return Grid(locations, others, basis, basis**2, centred)


def explained(grid: Grid, response: Array, weight: Array) -> Array:
    """Sum of squares that each grid shape explains, (T, H, n_curves).

    Parameters
    ----------
    response, weight : array, (n_points, n_curves)
        Response centred on its weighted mean where the grid is centred.
    """
    # one column of weights where all are alike; the arithmetic of a curve is the same either way
    moments = weight[:, :1] if bool((weight == weight[:, :1]).all()) else weight
    second = grid.squares @ moments
    norm = second - (grid.basis @ moments) ** 2 / total_of(moments) if grid.centred else second
    score = grid.basis @ (weight * response)
    score *= score
    score /= np.where(norm > LEAST_SHAPE * second, norm, np.inf)
    return np.asarray(score.reshape(*grid.shape, -1))


def pick_starts(score: Array, total: Array, grid: Grid) -> tuple[Array, Array]:
    """Best of the grid for each curve, then further peaks along log10 IC50 (and asymmetry) that could end
    lower.

    Parameters
    ----------
    score : array, (T, H, n_curves)
    total : array, (n_curves,)
        Sum of squares that the best curve could explain.

    Returns
    -------
    starts : array, (n_parameters, n_curves + n_further)
    owner : array, (n_curves + n_further,)
        Curve of each start.
    """
    n = score.shape[2]
    ridge = score.reshape(len(grid.locations), -1, len(HILLS), n).max(2)
    peak = np.ones(ridge.shape, bool)
    for up, mark in ((ridge, peak), (ridge.swapaxes(0, 1), peak.swapaxes(0, 1))):
        mark[1:] &= up[1:] >= up[:-1]
        mark[:-1] &= up[:-1] >= up[1:]
    # where a valley runs on beyond the doses without falling, start at its near end: same fit, saner plateaus
    middle, half = (grid.locations[-1] + grid.locations[0]) / 2, (grid.locations[-1] - grid.locations[0]) / 2
    away = np.maximum(np.abs(grid.locations - middle) - half + DECADES_BEYOND, 0)
    ranked = np.where(peak, ridge * (1 - 1e-7 * away[:, None, None]), -1.0).reshape(-1, n)
    owner = np.arange(n)
    starts, owners = [], []
    worst = np.zeros(n)
    for k in range(MOST_STARTS[len(grid.others)]):
        place = ranked[:, owner].argmax(0)
        height = ranked[place, owner]
        if k == 0:
            worst = total - (1 + CLOSE) * (total - height) - CLOSE_SHARE * total
        # a constant response explains nothing but rounding, and has its first start like any
        near = (height >= np.maximum(worst[owner], 0)) | (k == 0)
        place, owner = place[near], owner[near]
        ranked[place, owner] = -1.0
        location, asymmetry = np.divmod(place, ridge.shape[1])
        hills = score.reshape(*ridge.shape[:2], len(HILLS), n)[location, asymmetry, :, owner].argmax(1)
        starts.append(np.vstack([grid.locations[location], grid.others[:, asymmetry * len(HILLS) + hills]]))
        owners.append(owner)
    return np.hstack(starts), np.concatenate(owners)


def outermost(score: Array, keep: Array, grid: Grid) -> Array:
    """Lowest and highest grid location kept, with the other parameters that are best there, (2, p, n_curves).

    Parameters
    ----------
    score : array, (T, H, n_curves)
    keep : array of bool, (T, n_curves)
    """
    every = np.arange(keep.shape[1])
    ends = []
    for place in (keep.argmax(0), len(keep) - 1 - keep[::-1].argmax(0)):
        other = score[place, :, every].argmax(1)
        ends.append(np.vstack([grid.locations[place], grid.others[:, other]]))
    return np.array(ends)
