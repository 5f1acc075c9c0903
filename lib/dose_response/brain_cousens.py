"""The curve of Brain and Cousens as an lmfit Model with its analytical Jacobian."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import lmfit
import numpy as np

from lib.dose_response.grid import HILL_BOUNDS, HILLS, grid_locations, search_range
from lib.dose_response.shape import Array, Shape, evaluate_shape, log_concentration
from lib.errors import Fault, InputError

LINEAR = ("top", "bottom", "hormesis")
HILLS_ALLOWED = (1.0, HILL_BOUNDS[1])
"""At a hill of 1 or below the stimulation outruns the fall, and the curve never comes down."""

TOLERANCE = {"xtol": 1e-9, "ftol": 1e-15}
"""Steps near the optimum shrink at least tenfold: a last relative step of 1e-9 leaves an error far below
it."""


def brain_cousens(
    concentration_uM: Array, top: float, bottom: float, hormesis: float, log10_location: float, hill: float
) -> Array:
    """``bottom + (top - bottom + hormesis c) / (1 + (c / location)**hill)``; the location is not the IC50.

    References
    ----------
    Brain P, Cousens R. An equation to describe dose responses where there is stimulation of growth at low
    doses. Weed Research 1989;29:93-96.
    """
    c = np.asarray(concentration_uM, float)
    shape = _shape(c, log10_location, hill)
    return (top + hormesis * c) * shape.value[:, 0] + bottom * shape.complement[:, 0]


def slopes_of(value: Mapping[str, float], concentration_uM: Array) -> dict[str, Array]:
    """Derivatives of the curve by each of its parameters, (n_wells,) each."""
    shape = _shape(concentration_uM, value["log10_location"], value["hill"])
    span = value["top"] - value["bottom"] + value["hormesis"] * concentration_uM
    return {
        "top": shape.value[:, 0],
        "bottom": shape.complement[:, 0],
        "hormesis": concentration_uM * shape.value[:, 0],
        "log10_location": span * shape.first[0][:, 0],
        "hill": span * shape.first[1][:, 0] / value["hill"],
    }


def slopes_of_varying(params: lmfit.Parameters, concentration_uM: Array) -> Array:
    """Derivatives by the parameters that are not held, (n_varying, n_wells)."""
    by = slopes_of(params.valuesdict(), concentration_uM)
    return np.array([by[name] for name, p in params.items() if p.vary])


class BrainCousens(lmfit.Model):
    """lmfit Model of `brain_cousens`; its one independent variable is ``concentration_uM`` (0 allowed).

    Parameters ``top, bottom, hormesis, log10_location, hill``; `top` is the response without drug. Any may be
    held or bounded.
    """

    def __init__(self) -> None:
        super().__init__(brain_cousens, independent_vars=["concentration_uM"])
        self.set_param_hint("hill", min=HILLS_ALLOWED[0], max=HILLS_ALLOWED[1])

    def guess(self, data: Array, concentration_uM: Array, **values: Any) -> lmfit.Parameters:
        """Parameters at the best point of the grid, linear ones solved for; bounds as in `fit_curves`."""
        start = _search_grid(np.asarray(concentration_uM, float), np.asarray(data, float))
        params = self.make_params(**(start | values))
        low, high = search_range(log_concentration(np.asarray(concentration_uM, float)))
        params["log10_location"].set(min=low, max=high)
        return params

    def fit(self, data: Array, params: lmfit.Parameters | None = None, **options: Any) -> Any:
        """As `lmfit.Model.fit` by leastsq; without `params` from `guess`.

        The Jacobian is the analytical one, unless a parameter is tied by an expression: then lmfit's own.
        """
        if params is None:
            params = self.guess(data, options["concentration_uM"])
        exact = {} if any(p.expr for p in params.values()) else {"Dfun": self.jacobian, "col_deriv": True}
        return super().fit(data, params, fit_kws={**exact, **TOLERANCE}, **options)

    def jacobian(
        self, params: lmfit.Parameters, data: Array, weights: Array | None, *, concentration_uM: Array
    ) -> Array:
        """Derivative of the weighted residuals by each varying parameter, (n_varying, n_wells)."""
        # lmfit's residual is data minus model
        return -slopes_of_varying(params, concentration_uM) * (1.0 if weights is None else weights)


def _shape(concentration_uM: Array, log10_location: float, hill: float) -> Shape:
    theta = np.array([[log10_location], [np.log(hill)]])
    return evaluate_shape(log_concentration(np.asarray(concentration_uM, float))[:, None], theta)


def _search_grid(concentration_uM: Array, response: Array) -> dict[str, float]:
    """Best of the grid over location and hill, the linear parameters by least squares at each point."""
    c, code, count = np.unique(concentration_uM, return_inverse=True, return_counts=True)
    if not (c > 0).any():
        raise InputError(Fault("concentration_uM must be > 0 in some wells", value="0 in all"))
    ln_c, root = log_concentration(c), np.sqrt(count)
    hills = np.unique(np.clip(HILLS, HILLS_ALLOWED[0] * 1.05, HILLS_ALLOWED[1] * 0.95))
    location, hill = (v.ravel() for v in np.meshgrid(grid_locations(ln_c), hills, indexing="ij"))
    shape = evaluate_shape(ln_c[:, None], np.array([location, np.log(hill)]), derivatives=False)
    columns = np.array([shape.value, shape.complement, c[:, None] * shape.value])
    basis = np.moveaxis(columns, 0, -1).swapaxes(0, 1) * root[:, None]
    target = np.bincount(code, response) / count * root
    linear = np.linalg.pinv(basis, rcond=1e-8) @ target
    best = int(((target - np.einsum("gnk,gk->gn", basis, linear)) ** 2).sum(1).argmin())
    start = dict(zip(LINEAR, map(float, linear[best]), strict=True))
    return start | {"log10_location": float(location[best]), "hill": float(hill[best])}
