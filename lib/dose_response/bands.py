"""Curves to draw: one fit to a line's experiment means, or to the wells of its only one, with a pointwise
band."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from lib import stats
from lib.dose_response.curves import CurveFits, fit_curves, predict_response
from lib.dose_response.grid import HILL_BOUNDS
from lib.dose_response.shape import Array, evaluate_shape, log_concentration
from lib.dose_response.wells import select_wells, weigh_wells


@dataclass(frozen=True)
class DrawnCurve:
    """What a panel shows of one compound on one line.

    `points` holds ``experiment, concentration_uM, viability`` (experiment means), `excluded` the wells left
    out, `flagged` the single wells that the outlier rule found, be they fitted or left out;
    the band is pointwise, estimate ± t × standard error of the fitted response.
    """

    compound: str
    cell_line: str
    concentration_uM: Array
    response: Array
    low: Array
    high: Array
    points: pd.DataFrame
    excluded: pd.DataFrame
    fit: pd.Series
    flagged: pd.DataFrame = field(default_factory=pd.DataFrame)


def draw_curves(
    wells: pd.DataFrame,
    fits: CurveFits,
    chosen: pd.DataFrame | None = None,
    *,
    n_points: int = 120,
    flagged: pd.Index | None = None,
) -> list[DrawnCurve]:
    """One curve for each compound and line, fitted to its experiment means with the options of `fits`.

    Where there is one experiment the curve is that of its wells, hence the one of the table of fits.

    Parameters
    ----------
    wells : DataFrame
        Of which `fits` were made.
    fits : CurveFits
    chosen : DataFrame, optional
        ``compound, cell_line`` of those to draw; default all.
    n_points : int
        Doses at which each is drawn.
    flagged : Index, optional
        Wells, by the index of `wells`, to be shown one by one: `Outliers.index`.
    """
    chosen = fits.frame if chosen is None else chosen
    weights, options = fits.settings.get("weights", ""), {**fits.settings, "weights": "weight"}
    keys = ["compound", "cell_line"]
    marked = wells.assign(flagged=wells.index.isin([] if flagged is None else flagged))
    sample = marked[marked["role"] == "sample"] if "role" in marked else marked
    chosen = chosen[keys].drop_duplicates()
    sample = sample.merge(chosen, on=keys)
    used = select_wells(sample)
    used = used.assign(weight=weigh_wells(used, weights))
    at_dose = [*keys, "experiment", "concentration_uM"]
    means = used.groupby(at_dose, sort=False, as_index=False).agg({"viability": "mean", "weight": "sum"})
    single = used.groupby(keys)["experiment"].transform("nunique") == 1
    fitted = pd.concat(
        [
            used.loc[single, [*at_dose, "viability", "weight"]],
            means.merge(used.loc[~single, keys].drop_duplicates()),
        ]
    )
    if not weights:  # means of more wells are drawn as they are compared: each experiment counts alike
        fitted["weight"] = 1.0
    fits = fit_curves(fitted.assign(experiment="all"), **options)
    by_key = {(r["compound"], r["cell_line"]): r for _, r in fits.frame.iterrows()}
    unused = sample[sample["exclude"] != ""] if "exclude" in sample else sample.iloc[:0]
    odd = sample[sample["flagged"]]
    return [
        replace(
            _draw(fitted[_is(fitted, c, n)], by_key[str(c), str(n)], fits, n_points),
            points=means[_is(means, c, n)],
            excluded=unused[_is(unused, c, n)],
            flagged=odd[_is(odd, c, n)],
        )
        for c, n in chosen.itertuples(index=False)
    ]


def _is(frame: pd.DataFrame, compound: str, line: str) -> pd.Series:
    return (frame["compound"] == compound) & (frame["cell_line"] == line)


def _draw(tested: pd.DataFrame, fit: pd.Series, fits: CurveFits, n: int) -> DrawnCurve:
    dose = np.geomspace(fit["lowest_uM"], max(fit["highest_uM"], fit["lowest_uM"] * 1.001), n)
    response, low, high = np.full((3, n), np.nan)
    if fit["status"] != "failed":
        response = predict_response(fit, dose)
        error, spare = _response_error(tested, dose, fit)
        low, high = stats.t.interval(fits.confidence, spare, response, error)
    none = pd.DataFrame()
    return DrawnCurve(
        fit["compound"],
        fit["cell_line"],
        dose,
        response,
        low,
        high,
        none,
        none,
        fit,
    )


def _response_error(tested: pd.DataFrame, dose: Array, fit: pd.Series) -> tuple[Array, int]:
    """Standard error of the fitted response at `dose`, and its degrees of freedom.

    The pseudo-inverse leaves out what the data do not hold; a hill at its bound was not estimated.
    """
    jacobian, at = (_jacobian(c, fit) for c in (tested["concentration_uM"].to_numpy(float), dose))
    root = np.sqrt(tested["weight"].to_numpy(float))[:, None]
    spare = max(len(tested) - jacobian.shape[1], 1)
    covariance = np.linalg.pinv((root * jacobian).T @ (root * jacobian), rcond=1e-10) * fit["rss"] / spare
    return np.asarray(np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", at, covariance, at), 0))), spare


def _jacobian(dose: Array, fit: pd.Series) -> Array:
    theta = np.array([fit["fitted_log10_ic50"], np.log(fit["hill"]), np.log(fit["asymmetry"])])[:, None]
    theta = theta if fit["asymmetry"] != 1 else theta[:2]
    shape = evaluate_shape(log_concentration(dose)[:, None], theta)
    slopes = [(fit["fitted_top"] - fit["fitted_bottom"]) * d[:, 0] for d in shape.first]
    linear = [shape.value[:, 0]] if fit["model"] == "3pl" else [shape.value[:, 0], shape.complement[:, 0]]
    if np.isclose(fit["hill"], HILL_BOUNDS, rtol=1e-6).any():
        slopes.pop(1)
    return np.column_stack([*linear, *slopes])
