"""Variable projection: plateaus solved exactly for any shape, so that the search is over the shape alone.

Golub & Pereyra (1973), SIAM J Numer Anal 10:413; Kaufman (1975), BIT 15:49.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lib.dose_response.families import Array, Family

NO_CHANGE = 1e-13
"""A step that would lower the residual sum of squares by a smaller share than this is no improvement."""


@dataclass(frozen=True)
class Design:
    """Curves that share their concentrations, replicates collapsed to weighted means.

    The residual sum of squares of the wells is that of the means plus ``pure_error``, exactly.

    Attributes
    ----------
    log_c : array (n_points,)
        log10 concentration; −inf for zero. Distinct, rising.
    mean, weight : arrays (n_curves, n_points)
        Weighted mean response and summed weight; weight 0 where a curve has no well.
    pure_error, n_wells : arrays (n_curves,)
        Sum of squares within concentrations, and number of wells.
    """

    log_c: Array
    mean: Array
    weight: Array
    pure_error: Array
    n_wells: Array

    def take(self, rows: np.ndarray) -> Design:
        """Some of the curves."""
        return Design(self.log_c, self.mean[rows], self.weight[rows], self.pure_error[rows], self.n_wells[rows])


@dataclass(frozen=True)
class Projected:
    """Curves with their plateaus solved: coefficients (n_curves, n_linear), weighted residuals (n_curves,
    n_points), their sum of squares over the means (n_curves,) and, if asked, the projected Jacobian
    (n_curves, n_points, n_shape)."""

    coefficients: Array
    residual: Array
    rss: Array
    jacobian: Array | None = None


def project(design: Design, family: Family, shape: Array, *, level: Array | None = None, jacobian: bool = False) -> Projected:
    """Solve the plateaus for given shapes.

    Parameters
    ----------
    shape : array (n_curves, n_shape)
    level : arrays (2, n_curves), optional
        (response, log10 concentration) that each curve is made to pass through: one coefficient less. This is
        how an absolute IC50 is profiled.
    """
    root = np.sqrt(design.weight)
    columns = family.columns(design.log_c, shape)
    target = design.mean * root
    if level is not None:
        response, at = level
        here = family.columns(at[:, None], shape)
        target = (design.mean - response[:, None]) * root
        columns = [columns[-1] - here[-1]]
    basis, triangle = _orthonormal([column * root for column in columns])
    loads = [np.einsum("ij,ij->i", q, target) for q in basis]
    residual = target - sum(q * load[:, None] for q, load in zip(basis, loads, strict=True))
    coefficients = _back_substitute(triangle, loads)
    rss = np.einsum("ij,ij->i", residual, residual)
    slopes = _projected_slopes(design, family, shape, coefficients, basis, root, level) if jacobian else None
    return Projected(coefficients, residual, rss, slopes)


def _projected_slopes(
    design: Design, family: Family, shape: Array, coefficients: Array, basis: list[Array], root: Array, level: Array | None
) -> Array:
    """Kaufman's Jacobian: derivative of the fitted curve along each shape parameter, less what plateaus can follow."""
    last = family.n_linear - 1 if family.name != "hormesis" else 1
    amplitude = coefficients[:, -1 if level is not None else last][:, None]
    along = []
    anchors = family.slopes(level[1][:, None], shape) if level is not None else None
    for number, slope, dosed in family.slopes(design.log_c, shape):
        moved = amplitude * (slope - anchors[number][1] if anchors is not None else slope)
        if dosed is not None and level is None:
            moved = moved + coefficients[:, 2:3] * dosed
        weighted = moved * root
        for q in basis:
            weighted = weighted - q * np.einsum("ij,ij->i", q, weighted)[:, None]
        along.append(weighted)
    return np.stack(along, axis=-1)


def _orthonormal(columns: list[Array]) -> tuple[list[Array], list[list[Array]]]:
    """Gram–Schmidt over a batch; a column that adds nothing in double precision becomes zero."""
    basis: list[Array] = []
    triangle: list[list[Array]] = []
    for column in columns:
        size = np.einsum("ij,ij->i", column, column)
        rest, loads = column, []
        for q in basis:
            load = np.einsum("ij,ij->i", q, rest)
            rest = rest - q * load[:, None]
            loads.append(load)
        norm2 = np.einsum("ij,ij->i", rest, rest)
        alive = norm2 > 1e-24 * np.maximum(size, 1e-300)
        norm = np.sqrt(np.where(alive, norm2, 1.0))
        basis.append(np.where(alive[:, None], rest / norm[:, None], 0.0))
        triangle.append([*loads, np.where(alive, norm, np.inf)])
    return basis, triangle


def _back_substitute(triangle: list[list[Array]], loads: list[Array]) -> Array:
    n = len(loads)
    found: list[Array] = [np.zeros_like(loads[0])] * n
    for i in reversed(range(n)):
        rest = loads[i] - sum(triangle[j][i] * found[j] for j in range(i + 1, n))
        found[i] = rest / triangle[i][i]
    return np.stack(found, axis=-1)


def polish(
    design: Design, family: Family, shape: Array, bounds: tuple[Array, Array], *,
    free: np.ndarray | None = None, level: Array | None = None, iterations: int = 60,
) -> tuple[Array, Array]:  # fmt: skip
    """Damped Gauss–Newton on the projected residual, inside the bounds, all curves at once.

    Parameters
    ----------
    shape : array (n_curves, n_shape)
        Start.
    free : array of bool (n_shape,), optional
        Shape parameters that may move; the others stay, which is how a profile is walked.

    Returns
    -------
    shape, rss : arrays (n_curves, n_shape), (n_curves,)
        Never worse than the start.
    """
    low, high = bounds
    movable = np.ones(family.n_shape, bool) if free is None else free
    best = np.clip(shape, low, high)
    rss = project(design, family, best, level=level).rss
    damping = np.full(len(best), 1e-3)
    rows = np.arange(len(best))
    for _ in range(iterations):
        if not rows.size:
            break
        here = best[rows]
        part, at = design.take(rows), None if level is None else level[:, rows]
        now = project(part, family, here, level=at, jacobian=True)
        step = _step(now, here, low, high, movable, damping[rows])
        tried = np.clip(here + step, low, high)
        moved = project(part, family, tried, level=at).rss
        better = moved <= rss[rows]
        gain = rss[rows] - moved
        best[rows[better]], rss[rows[better]] = tried[better], moved[better]
        damping[rows] = np.where(better, np.maximum(damping[rows] / 8, 1e-12), damping[rows] * 6)
        settled = np.abs(tried - here).max(axis=1) < 1e-11
        still = better & (gain <= NO_CHANGE * rss[rows]) & (np.abs(tried - here).max(axis=1) < 1e-8)
        rows = rows[~(settled | still | (damping[rows] > 1e12))]
    return best, rss


def _step(now: Projected, here: Array, low: Array, high: Array, movable: np.ndarray, damping: Array) -> Array:
    """Levenberg–Marquardt step; a parameter at its bound that would leave it is held."""
    assert now.jacobian is not None
    gradient = np.einsum("ijk,ij->ik", now.jacobian, now.residual)
    held = ~movable | ((here <= low) & (gradient < 0)) | ((here >= high) & (gradient > 0))
    normal = np.einsum("ijk,ijl->ikl", now.jacobian, now.jacobian)
    k = normal.shape[1]
    diagonal = np.einsum("ikk->ik", normal)
    raised = diagonal * (1 + damping[:, None]) + 1e-300 + 1e-14 * diagonal.max(axis=1, keepdims=True)
    normal = np.where(np.eye(k, dtype=bool), raised[:, :, None], normal)
    cross = held[:, :, None] | held[:, None, :]
    normal = np.where(cross, np.eye(k), normal)
    gradient = np.where(held, 0.0, gradient)
    if k == 2:
        determinant = normal[:, 0, 0] * normal[:, 1, 1] - normal[:, 0, 1] ** 2
        determinant = np.where(determinant > 0, determinant, np.inf)
        first = (normal[:, 1, 1] * gradient[:, 0] - normal[:, 0, 1] * gradient[:, 1]) / determinant
        second = (normal[:, 0, 0] * gradient[:, 1] - normal[:, 0, 1] * gradient[:, 0]) / determinant
        step = np.stack([first, second], axis=1)
    else:
        step = np.linalg.solve(normal, gradient[..., None])[..., 0]
    return np.clip(step, -1.5, 1.5)
