"""Each curve family as an lmfit Model with its analytical Jacobian: the way to constraints and shared
parameters.

`fit_curves` is a thousand times faster and needs no start; these models are for what it does not offer: a
parameter held, bounded or tied to another by an expression, several curves that share some, any tool that
lmfit brings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import lmfit
import numpy as np

from lib.dose_response.grid import (
    ASYMMETRIES,
    ASYMMETRY_BOUNDS,
    HILL_BOUNDS,
    HILLS,
    grid_locations,
    search_range,
)
from lib.dose_response.shape import Array, evaluate_shape, log_concentration
from lib.errors import Fault, InputError

HORMESIS_HILL_LEAST = 1.0
"""At or below this the stimulation term of Brain and Cousens outruns the fall, and the curve never comes
down."""

TOLERANCE = {"xtol": 1e-9, "ftol": 1e-15}
"""Steps near the optimum shrink at least tenfold: a last relative step of 1e-9 leaves an error far below
it."""


def _shape(
    c: Array, location: float, hill: float, asymmetry: float | None
) -> tuple[Array, Array, list[Array]]:
    logs = [location, np.log(hill)] + ([] if asymmetry is None else [np.log(asymmetry)])
    shape = evaluate_shape(log_concentration(np.asarray(c, float))[:, None], np.array(logs)[:, None])
    natural = [1.0, 1 / hill] + ([] if asymmetry is None else [1 / asymmetry])
    slopes = [d[:, 0] * k for d, k in zip(shape.first, natural, strict=True)]
    return shape.value[:, 0], shape.complement[:, 0], slopes


def logistic_4pl(concentration_uM: Array, top: float, bottom: float, log10_ic50: float, hill: float) -> Array:
    """``bottom + (top - bottom) / (1 + (c / IC50)**hill)``."""
    s, q, _ = _shape(concentration_uM, log10_ic50, hill, None)
    return top * s + bottom * q


def logistic_3pl(concentration_uM: Array, top: float, log10_ic50: float, hill: float) -> Array:
    """``top / (1 + (c / IC50)**hill)``."""
    return top * _shape(concentration_uM, log10_ic50, hill, None)[0]


def logistic_5pl(
    concentration_uM: Array, top: float, bottom: float, log10_ic50: float, hill: float, asymmetry: float
) -> Array:
    """``bottom + (top - bottom) / (1 + (2**(1/f) - 1) (c / IC50)**hill)**f``; IC50 is half-way between the
    plateaus."""
    s, q, _ = _shape(concentration_uM, log10_ic50, hill, asymmetry)
    return top * s + bottom * q


def brain_cousens(
    concentration_uM: Array, top: float, bottom: float, hormesis: float, log10_location: float, hill: float
) -> Array:
    """``bottom + (top - bottom + hormesis c) / (1 + (c / location)**hill)``; the location is not the IC50."""
    c = np.asarray(concentration_uM, float)
    s, q, _ = _shape(c, log10_location, hill, None)
    return (top + hormesis * c) * s + bottom * q


def _by_4pl(c: Array, v: Mapping[str, float]) -> dict[str, Array]:
    s, q, (by_location, by_hill) = _shape(c, v["log10_ic50"], v["hill"], None)
    span = v["top"] - v["bottom"]
    return {"top": s, "bottom": q, "log10_ic50": span * by_location, "hill": span * by_hill}


def _by_3pl(c: Array, v: Mapping[str, float]) -> dict[str, Array]:
    return _by_4pl(c, {**v, "bottom": 0.0})


def _by_5pl(c: Array, v: Mapping[str, float]) -> dict[str, Array]:
    s, q, slopes = _shape(c, v["log10_ic50"], v["hill"], v["asymmetry"])
    names = ["log10_ic50", "hill", "asymmetry"]
    return {"top": s, "bottom": q} | {
        n: (v["top"] - v["bottom"]) * d for n, d in zip(names, slopes, strict=True)
    }


def _by_brain_cousens(c: Array, v: Mapping[str, float]) -> dict[str, Array]:
    s, q, (by_location, by_hill) = _shape(c, v["log10_location"], v["hill"], None)
    span = v["top"] - v["bottom"] + v["hormesis"] * c
    return {
        "top": s,
        "bottom": q,
        "hormesis": c * s,
        "log10_location": span * by_location,
        "hill": span * by_hill,
    }


@dataclass(frozen=True)
class Family:
    """A curve family: its function, its derivatives, and its parameters that enter linearly."""

    function: Callable[..., Array]
    derivatives: Callable[[Array, Mapping[str, float]], dict[str, Array]]
    linear: tuple[str, ...]
    location: str = "log10_ic50"
    hills: tuple[float, float] = HILL_BOUNDS
    asymmetric: bool = False


FAMILIES = {
    "4pl": Family(logistic_4pl, _by_4pl, ("top", "bottom")),
    "3pl": Family(logistic_3pl, _by_3pl, ("top",)),
    "5pl": Family(logistic_5pl, _by_5pl, ("top", "bottom"), asymmetric=True),
    "brain_cousens": Family(
        brain_cousens,
        _by_brain_cousens,
        ("top", "bottom", "hormesis"),
        "log10_location",
        (HORMESIS_HILL_LEAST, HILL_BOUNDS[1]),
    ),
}


class CurveModel(lmfit.Model):
    """lmfit Model of a curve family; its one independent variable is ``concentration_uM`` (0 allowed).

    Parameters
    ----------
    family : {"4pl", "3pl", "5pl", "brain_cousens"}
        Parameters ``top, bottom, log10_ic50, hill`` (3pl: no bottom; 5pl: and ``asymmetry``; brain_cousens:
        ``hormesis``, and ``log10_location`` in place of ``log10_ic50``). `top` is the response without drug.
    prefix : str
        Before every parameter name, as lmfit has it.

    Notes
    -----
    `fit` by the default method passes the Jacobian; a parameter tied by an expression is followed by the
    chain rule.

    Raises
    ------
    InputError
        For an unknown family.

    References
    ----------
    Brain P, Cousens R. An equation to describe dose responses where there is stimulation of growth at low
    doses. Weed Research 1989;29:93-96.
    """

    def __init__(self, family: str = "4pl", *, prefix: str = "", **options: Any) -> None:
        if family not in FAMILIES:
            raise InputError(Fault(f"family must be one of {', '.join(FAMILIES)}", str(family)))
        self.family = FAMILIES[family]
        super().__init__(
            self.family.function, independent_vars=["concentration_uM"], prefix=prefix, **options
        )
        self.set_param_hint("hill", min=self.family.hills[0], max=self.family.hills[1])
        if self.family.asymmetric:
            self.set_param_hint("asymmetry", min=ASYMMETRY_BOUNDS[0], max=ASYMMETRY_BOUNDS[1])

    def guess(self, data: Array, concentration_uM: Array, **values: Any) -> lmfit.Parameters:
        """Parameters at the best point of the grid, linear ones solved for; bounds as in `fit_curves`."""
        start = _search_grid(self.family, np.asarray(concentration_uM, float), np.asarray(data, float))
        params = self.make_params(**(start | values))
        low, high = search_range(log_concentration(np.asarray(concentration_uM, float)))
        params[f"{self.prefix}{self.family.location}"].set(min=low, max=high)
        return params

    def fit(self, data: Array, params: lmfit.Parameters | None = None, **options: Any) -> Any:
        """As `lmfit.Model.fit`; without `params` from `guess`, and by leastsq with the analytical
        Jacobian."""
        if params is None:
            params = self.guess(data, options["concentration_uM"])
        if options.get("method", "leastsq") == "leastsq":
            given = options.get("fit_kws") or {}
            options["fit_kws"] = {"Dfun": self.jacobian, "col_deriv": True, **TOLERANCE} | given
        return super().fit(data, params, **options)

    def jacobian(
        self, params: lmfit.Parameters, data: Array, weights: Array | None, *, concentration_uM: Array
    ) -> Array:
        """Derivative of the weighted residuals by each varying parameter, (n_varying, n_wells)."""
        by = slopes_of(self.family, params, np.asarray(concentration_uM, float), prefix=self.prefix)
        # lmfit's residual is data minus model
        return -follow_expressions(params, by) * (1.0 if weights is None else weights)


def slopes_of(
    family: Family, params: lmfit.Parameters, c: Array, *, prefix: str = "", suffix: str = ""
) -> dict[str, Array]:
    """Derivatives of a curve by its own parameters, under their full names."""
    end = len(suffix)
    own = {
        n.removeprefix(prefix)[: -end or None]: p.value
        for n, p in params.items()
        if n.startswith(prefix) and n.endswith(suffix)
    }
    return {f"{prefix}{name}{suffix}": slope for name, slope in family.derivatives(c, own).items()}


def follow_expressions(params: lmfit.Parameters, by: Mapping[str, Array]) -> Array:
    """Derivatives by the varying parameters only, from those by all: tied ones pass theirs on, (n_varying,
    n)."""
    varying = [name for name, p in params.items() if p.vary and p.expr is None]
    tied = [name for name, p in params.items() if p.expr is not None and name in by]
    size = len(next(iter(by.values())))
    rows = {name: np.array(by.get(name, np.zeros(size)), float) for name in varying}
    for name in varying if tied else []:
        for other, rate in _rates(params, name, tied).items():
            rows[name] += rate * by[other]
    return np.array(list(rows.values()))


def _rates(params: lmfit.Parameters, name: str, tied: Iterable[str]) -> dict[str, float]:
    """How fast tied parameters move with `name`: central difference of the expressions, which cost
    nothing."""
    at, step = params[name].value, 1e-5 * max(abs(params[name].value), 1e-3)
    places, moved = [], []
    for target in (at + step, at - step, at):  # the last puts everything back
        params[name].value = target
        params.update_constraints()
        places.append(params[name].value)
        moved.append({n: params[n].value for n in tied})
    return {n: (moved[0][n] - moved[1][n]) / (places[0] - places[1]) for n in tied}


def _search_grid(family: Family, concentration: Array, response: Array) -> dict[str, float]:
    """Best of the grid over location, hill and asymmetry, the linear parameters by least squares at each
    point."""
    c, code, count = np.unique(concentration, return_inverse=True, return_counts=True)
    if not (c > 0).any():
        raise InputError(Fault("concentration_uM must be > 0 in some wells", "0 in all"))
    mean = np.bincount(code, response) / count
    hills = np.unique(np.clip(HILLS, family.hills[0] * 1.05, family.hills[1] * 0.95))
    others = np.meshgrid(
        grid_locations(log_concentration(c)),
        hills,
        ASYMMETRIES if family.asymmetric else np.ones(1),
        indexing="ij",
    )
    location, hill, asymmetry = (v.ravel() for v in others)
    theta = np.array([location, np.log(hill)] + ([np.log(asymmetry)] if family.asymmetric else []))
    shape = evaluate_shape(log_concentration(c)[:, None], theta, derivatives=False)
    columns = [shape.value, shape.complement, c[:, None] * shape.value][: len(family.linear)]
    basis = np.moveaxis(np.array(columns), 0, -1).swapaxes(0, 1) * np.sqrt(count)[:, None]
    target = mean * np.sqrt(count)
    linear = np.linalg.pinv(basis, rcond=1e-8) @ target
    best = int(((target - np.einsum("gnk,gk->gn", basis, linear)) ** 2).sum(1).argmin())
    start = dict(zip(family.linear, map(float, linear[best]), strict=True))
    start |= {family.location: float(location[best]), "hill": float(hill[best])}
    return start | ({"asymmetry": float(asymmetry[best])} if family.asymmetric else {})
