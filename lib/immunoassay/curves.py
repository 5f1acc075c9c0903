"""Standard curves: four- and five-parameter logistics on log10 signal against log10 concentration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib.dose_response import BatchFit, batch_from_matrix, fit_batch

Array = NDArray[np.float64]
FEWEST_LEVELS = 5
AICC_MARGIN = 2.0
NEAR_BOUND = 0.01
ASYMMETRY_BOUNDS, SLOPE_BOUNDS = (0.1, 10.0), (0.1, 10.0)
LEAST_RISE = 2.0
WEIGHTING = "log10 signal, equal weights (constant CV)"


@dataclass(frozen=True)
class StandardCurve:
    """y = c + (d − c) / (1 + 10^{b(x − e)})^f, y = log10 signal, x = log10 pg/ml; b < 0 where signal rises.

    Parameters
    ----------
    model : str
        "4pl" (f = 1) or "5pl".
    theta : ndarray, shape (5,)
        b, c, d, e, f.
    covariance : ndarray, shape (5, 5)
        Of theta; zero rows for what is fixed.
    residual_sd : float
        Of log10 signal.
    df : int
        Wells minus free parameters.
    range_y : tuple of float
        Lowest and highest log10 signal of the standards.
    range_x : tuple of float
        Lowest and highest log10 concentration of the standards.
    status, advice : str
        "ok", "few_levels", "flat", "at_bound".
    """

    model: str
    theta: Array
    covariance: Array
    residual_sd: float
    df: int
    range_y: tuple[float, float]
    range_x: tuple[float, float]
    status: str
    advice: str

    def predict(self, x: Array) -> Array:
        """log10 signal at log10 concentration."""
        return evaluate(self.theta, np.asarray(x, dtype=float))

    def invert(self, y: Array) -> Array:
        """log10 concentration at log10 signal; ∓ infinity at or beyond the asymptotes."""
        b, c, d, e, f = self.theta
        y = np.asarray(y, dtype=float)
        share = (y - c) / (d - c)
        inside = (share > 0) & (share < 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            x = e + np.log10(np.where(inside, share, 0.5) ** (-1 / f) - 1) / b
        return np.where(inside, x, np.where(share <= 0, -np.inf, np.inf))

    def gradient(self, x: Array) -> Array:
        """Derivatives of log10 signal by b, c, d, e, f; shape (n, 5)."""
        return differentiate(self.theta, np.atleast_1d(np.asarray(x, dtype=float)))

    def slope(self, x: Array) -> Array:
        """Derivative of log10 signal by log10 concentration."""
        b, c, d, e, f = self.theta
        z = 10.0 ** np.clip(b * (np.asarray(x) - e), -300, 300)
        found: Array = -f * (d - c) * b * np.log(10) * z * (1 + z) ** (-f - 1)
        return found

    def error_y(self, x: Array, *, n_wells: float = np.inf) -> Array:
        """Standard error of log10 signal at x: of the curve, plus that of the mean of `n_wells` new wells."""
        g = self.gradient(x)
        found: Array = np.sqrt(
            np.einsum("ij,jk,ik->i", g, self.covariance, g) + self.residual_sd**2 / n_wells
        )
        return found

    def error_x(self, x: Array, *, n_wells: float = np.inf) -> Array:
        """Delta-method standard error of log10 concentration; infinite on a plateau."""
        with np.errstate(divide="ignore"):
            return self.error_y(x, n_wells=n_wells) / np.abs(self.slope(x))


def evaluate(theta: Array, x: Array) -> Array:
    """The curve at x for theta = b, c, d, e, f."""
    b, c, d, e, f = theta
    found: Array = c + (d - c) * (1 + 10.0 ** np.clip(b * (x - e), -300, 300)) ** -f
    return found


def differentiate(theta: Array, x: Array) -> Array:
    """Derivatives of the curve by b, c, d, e, f; shape (n, 5)."""
    b, c, d, e, f = theta
    z = 10.0 ** np.clip(b * (x - e), -300, 300)
    share = (1 + z) ** -f
    along = -f * (d - c) * (1 + z) ** (-f - 1) * z * np.log(10)
    return np.column_stack([along * (x - e), 1 - share, share, -along * b, -(d - c) * share * np.log1p(z)])


def fit_standard_curves(
    standards: Sequence[tuple[Array, Array]], *, model: str = "auto"
) -> list[StandardCurve]:
    """Fit the standards of analytes, each on one plate; those with the same dilution series together.

    Least squares on log10 signal: a constant coefficient of variation, the same as weighting by 1/signal².
    Slope and asymmetry are held in [0.1, 10], the midpoint within two decades of the standards, against
    degenerate five-parameter curves. The suite's dose–response engine finds the optimum (on 1/concentration,
    which turns its asymmetry to the side that immunoassays use).

    Parameters
    ----------
    standards : sequence of (concentration_pg_ml, signal), each an ndarray of shape (n_wells,)
        Both > 0.
    model : {"auto", "4pl", "5pl"}
        ``auto`` takes 5pl where its AICc is lower by 2 or more and no parameter lies at its bound.

    References
    ----------
    Gottschalk PG, Dunn JR (2005) Anal Biochem 343:54–65; Sanz H et al. (2017) PLoS One 12:e0187901.
    """
    logs = [(np.log10(c), np.log10(s)) for c, s in standards]
    fitted = {name: _fit_all(logs, name) for name in (("4pl", "5pl") if model == "auto" else (model,))}
    return [_choose([curves[k] for curves in fitted.values()], len(x)) for k, (x, _) in enumerate(logs)]


def _choose(curves: Sequence[StandardCurve], n: int) -> StandardCurve:
    simple, rich = curves[0], curves[-1]
    if len(curves) == 1 or not np.isfinite(simple.theta).all() or n < FEWEST_LEVELS + 3:
        return simple
    return rich if rich.status == "ok" and _aicc(rich, n) < _aicc(simple, n) - AICC_MARGIN else simple


def _fit_all(logs: Sequence[tuple[Array, Array]], model: str) -> list[StandardCurve]:
    """Only ratios of concentrations shape a curve, so analytes diluted alike share one design."""
    designs: dict[tuple[float, ...], list[int]] = {}
    curves: dict[int, StandardCurve] = {}
    for k, (x, y) in enumerate(logs):
        levels = len(np.unique(np.round(x, 9)))
        if levels < FEWEST_LEVELS:
            advice = f"{levels} levels of standard; a curve needs {FEWEST_LEVELS} and should have 6 or more"
            curves[k] = _no_curve(x, y, "few_levels", advice)
        else:
            designs.setdefault(tuple(np.round(x - x.max(), 5)), []).append(k)
    for members in designs.values():
        first = logs[members[0]][0]
        batch = batch_from_matrix(10.0 ** (first.max() - first), np.array([logs[k][1] for k in members]))
        found = fit_batch(batch, model="5pl" if model == "5pl" else "4pl", method="wald", level=None)
        for row, k in enumerate(members):
            curves[k] = _curve(*logs[k], found, row, model)
    return [curves[k] for k in range(len(logs))]


def _curve(x: Array, y: Array, found: BatchFit, row: int, model: str) -> StandardCurve:
    b, f = -float(found.hill[row]), float(found.asymmetry[row]) if model == "5pl" else 1.0
    middle = x.max() - float(found.log10_ic50[row])
    theta = np.array([b, found.bottom[row], found.top[row], middle - np.log10(2 ** (1 / f) - 1) / b, f])
    free = np.arange(5 if model == "5pl" else 4)
    gradient = differentiate(theta, x)[:, free]
    df = len(x) - len(free)
    variance = float(((y - evaluate(theta, x)) ** 2).sum() / max(df, 1))
    covariance = np.zeros((5, 5))
    covariance[np.ix_(free, free)] = variance * np.linalg.pinv(gradient.T @ gradient)
    status, advice = _judge(theta, model, x)
    return StandardCurve(
        model, theta, covariance, variance**0.5, df, (y.min(), y.max()), (x.min(), x.max()), status, advice
    )


def _judge(theta: Array, model: str, x: Array) -> tuple[str, str]:
    b, f = theta[0], theta[4]
    rise = 10 ** (evaluate(theta, x.max()) - evaluate(theta, x.min()))
    if not rise >= LEAST_RISE:
        return (
            "flat",
            f"signal rises {rise:.2g}-fold over the standards; check their dilution and the reagents",
        )
    slope, asymmetry = _touches(-b, SLOPE_BOUNDS), model == "5pl" and _touches(f, ASYMMETRY_BOUNDS)
    if slope or asymmetry:
        return (
            "at_bound",
            (
                f"{'slope' if slope else 'asymmetry'} at its bound: the standards do not determine it; try"
                " 4pl or more levels"
            ),
        )
    return "ok", ""


def _touches(value: float, bounds: tuple[float, float]) -> bool:
    return bool(min(abs(np.log(value / bound)) for bound in bounds) < NEAR_BOUND)


def _no_curve(x: Array, y: Array, status: str, advice: str) -> StandardCurve:
    empty = np.full((5, 5), np.nan)
    span = (float(np.min(y)), float(np.max(y))) if len(y) else (np.nan, np.nan)
    reach = (float(np.min(x)), float(np.max(x))) if len(x) else (np.nan, np.nan)
    return StandardCurve("4pl", np.full(5, np.nan), empty, np.nan, 0, span, reach, status, advice)


def _aicc(curve: StandardCurve, n: int) -> float:
    k = n - curve.df + 1
    found: float = (
        n * np.log(curve.residual_sd**2 * curve.df / n) + 2 * k + 2 * k * (k + 1) / max(n - k - 1, 1)
    )
    return found
