"""Curves to draw: one fit to a line's experiment means, with a pointwise band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from lib.dose_response.batch import Method
from lib.dose_response.curves import CurveFits, Model, fit_curves, predict_response, select_wells
from lib.dose_response.shape import Array, evaluate_shape, log_concentration


@dataclass(frozen=True)
class DrawnCurve:
    """What a panel shows of one compound on one line.

    `points` holds ``experiment, concentration_uM, viability`` (experiment means), `excluded` the wells left out;
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


def draw_curves(
    wells: pd.DataFrame,
    chosen: pd.DataFrame,
    *,
    model: Model = "4pl",
    confidence: float = 0.95,
    n_points: int = 120,
) -> list[DrawnCurve]:
    """One curve for each row of `chosen` (``compound, cell_line``), fitted to its experiment means."""
    keys = ["compound", "cell_line"]
    sample = wells[wells["role"] == "sample"] if "role" in wells else wells
    sample = sample.merge(chosen[keys].drop_duplicates(), on=keys)
    means = (select_wells(sample).groupby([*keys, "experiment", "concentration_uM"], sort=False, as_index=False)
             ["viability"].mean())  # fmt: skip
    fits = fit_curves(means.assign(experiment="all"), model=model, method=_FAST, confidence=confidence)
    by_key = {(r["compound"], r["cell_line"]): r for _, r in fits.frame.iterrows()}
    unused = sample[sample["exclude"] != ""] if "exclude" in sample else sample.iloc[:0]
    return [_draw(means[_is(means, c, n)], unused[_is(unused, c, n)], by_key[str(c), str(n)], fits, n_points)
            for c, n in chosen[keys].itertuples(index=False)]  # fmt: skip


_FAST: Method = "wald"


def _is(frame: pd.DataFrame, compound: str, line: str) -> pd.Series:
    return (frame["compound"] == compound) & (frame["cell_line"] == line)


def _draw(
    points: pd.DataFrame, excluded: pd.DataFrame, fit: pd.Series, fits: CurveFits, n: int
) -> DrawnCurve:
    dose = np.geomspace(fit["lowest_uM"], max(fit["highest_uM"], fit["lowest_uM"] * 1.001), n)
    if fit["status"] == "failed":
        empty = np.full(n, np.nan)
        return DrawnCurve(fit["compound"], fit["cell_line"], dose, empty, empty, empty, points, excluded, fit)
    response = predict_response(fit, dose)
    error = _response_error(points["concentration_uM"].to_numpy(float), dose, fit)
    margin = stats.t.ppf(0.5 + fits.confidence / 2, max(len(points) - 4, 1)) * error
    return DrawnCurve(fit["compound"], fit["cell_line"], dose, response, response - margin, response + margin, points,
                      excluded, fit)  # fmt: skip


def _response_error(tested: Array, dose: Array, fit: pd.Series) -> Array:
    """Standard error of the fitted response at `dose`; the pseudo-inverse leaves out what the data do not hold."""
    jacobian, at = (_jacobian(c, fit) for c in (tested, dose))
    variance = fit["rss"] / max(len(tested) - jacobian.shape[1], 1)
    covariance = np.linalg.pinv(jacobian.T @ jacobian, rcond=1e-10) * variance
    return np.asarray(np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", at, covariance, at), 0)))


def _jacobian(dose: Array, fit: pd.Series) -> Array:
    theta = np.array([fit["fitted_log10_ic50"], np.log(fit["hill"]), np.log(fit["asymmetry"])])[:, None]
    theta = theta if fit["asymmetry"] != 1 else theta[:2]
    shape = evaluate_shape(log_concentration(dose)[:, None], theta)
    slopes = [(fit["top"] - fit["bottom"]) * d[:, 0] for d in shape.first]
    linear = [shape.value[:, 0]] if fit["model"] == "3pl" else [shape.value[:, 0], shape.complement[:, 0]]
    return np.column_stack([*linear, *slopes])
