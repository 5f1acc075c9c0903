"""From wells to one row a curve: fit, tests, status, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypedDict

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lib import stats
from lib.dose_response.batch import Batch, BatchFit, fit_batch
from lib.dose_response.intervals import Method
from lib.dose_response.judge import QUALITY, judge_fits, judge_plates
from lib.dose_response.robust import fit_batch_robustly
from lib.dose_response.shape import (
    LN10,
    LN_ZERO,
    N_PARAMETERS,
    Array,
    ModelName,
    evaluate_shape,
    log_concentration,
)
from lib.dose_response.status import judge_curves
from lib.dose_response.ties import least_scatter
from lib.dose_response.wells import KEYS, build_batch, locate_wells, select_wells
from lib.errors import Fault, InputError, check_confidence
from lib.plates import PlateQuality
from lib.result import Result

Loss = Literal["squares", "huber", "tukey"]
Model = Literal["4pl", "3pl", "5pl", "auto"]
COLUMNS = [
    *KEYS,
    "n_points",
    "n_concentrations",
    "model",
    "ic50_uM",
    "ic50_low_uM",
    "ic50_high_uM",
    "ic50_qualifier",
    "absolute_ic50_uM",
    "absolute_ic50_low_uM",
    "absolute_ic50_high_uM",
    "absolute_ic50_qualifier",
    "hill",
    "top",
    "bottom",
    "log10_ic50_se",
    "rss",
    "auc",
    "p_no_effect",
    "p_lack_of_fit",
    "status",
    "advice",
    "hill_at_bound",
    "plateaus_held",
]
PUBLISHED = [*COLUMNS, *QUALITY]
"""The table of fits: what the frame holds further is for drawing and for what is made of the fits."""

EQUAL_AICC = 1e-6


@dataclass(frozen=True, repr=False, eq=False)
class CurveFits(Result):
    """Fits of many curves.

    A row a curve: the columns of `PUBLISHED`, in which a plateau that the wells do not hold is empty; then
    ``fitted_top, fitted_bottom, fitted_log10_ic50, fitted_log10_absolute``, as fitted, before any censoring,
    be they held or not, ``lowest_uM, highest_uM, asymmetry``, and ``ic50_untold, absolute_ic50_untold``, why
    an IC50 cannot be told. `settings` are the options of `fit_curves`; `plates` says of each curve (`KEYS`)
    the worst ``quality`` of its plates, with ``reasons``.
    """

    plates: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*KEYS, *QUALITY]))

    COLUMNS: ClassVar[tuple[str, ...]] = (*KEYS, "status")
    SHOWN: ClassVar[tuple[str, ...]] = (
        *KEYS,
        "model",
        "ic50_uM",
        "ic50_low_uM",
        "ic50_high_uM",
        "ic50_qualifier",
        "hill",
        "status",
    )

    @property
    def level(self) -> float:
        """Response of the absolute IC50."""
        return float(self.settings["level"])

    def predict(self, row: int, concentration_uM: Array) -> Array:
        """Fitted response of the curve in `row` of the frame, (n_points,)."""
        fit = self.frame.iloc[row]
        return predict_response(fit, concentration_uM)


def predict_response(fit: pd.Series, concentration_uM: Array) -> Array:
    """Response of a fitted curve at concentrations in µM; `fit` is a row of `CurveFits`."""
    theta = np.array([fit["fitted_log10_ic50"], np.log(fit["hill"]), np.log(fit["asymmetry"])])[:, None]
    if fit["asymmetry"] == 1:
        theta = theta[:2]
    shape = evaluate_shape(
        log_concentration(np.asarray(concentration_uM, float))[:, None], theta, derivatives=False
    )
    return shape.between(fit["fitted_top"], fit["fitted_bottom"])[:, 0]


class Options(TypedDict):
    """What all fits of a call have in common."""

    method: Method
    confidence: float
    level: float


def fit_curves(
    wells: pd.DataFrame,
    *,
    model: Model = "4pl",
    method: Method = "profile",
    loss: Loss = "squares",
    weights: str = "",
    confidence: float = 0.95,
    level: float = 0.5,
    floor: float = 0.0,
    plates: PlateQuality | None = None,
) -> CurveFits:
    """Fit one curve to each compound, line and experiment.

    ``viability(c) = bottom + (top - bottom) / (1 + (c / IC50)**hill)`` by least squares; hill in [0.1, 10],
    log10 IC50 from two decades below the lowest tested concentration to two above the highest; concentration
    0 is `top`. Hill is positive in falling and rising curves alike: `top` is always the response without
    drug. A curve that rises has no IC50; half-way up stays in ``fitted_log10_ic50``.

    Parameters
    ----------
    wells : DataFrame
        ``compound, cell_line, experiment, concentration_uM, viability``, optionally ``role`` (samples are
        used), ``exclude`` (only wells where it is empty are used).
    model : {"4pl", "3pl", "5pl", "auto"}
        3pl holds bottom at 0; 5pl adds asymmetry, its IC50 being half-way between the plateaus; auto takes
        the lowest AICc of the three, curve by curve.
    method : {"profile", "wald"}
        How intervals are made; see `fit_batch`. The absolute IC50 is profiled as a parameter in its own
        right.
    loss : {"squares", "huber", "tukey"}
        Least squares, or M-estimation that outlying wells cannot pull; see `fit_batch_robustly`.
    weights : str
        Column with the weight of each well, in proportion to 1/variance; empty: all wells weigh alike.
    confidence, level : float
        Of the intervals; response that the absolute IC50 crosses (0.5: half of vehicle).
    floor : float
        Least response there can be, but for the blank: a plateau below it that the doses do not show is none.
    plates : PlateQuality, optional
        From `lib.plates.check_plates`: what rests on a plate that was flagged or failed says so.

    Raises
    ------
    InputError
        For an unknown model, method or loss, for a robust loss with model auto (AICc needs a likelihood), if
        no well can be used, or for weights that are not.

    References
    ----------
    Ritz C et al. Dose-response analysis using R. PLoS ONE 2015;10:e0146021.
    """
    _check_options(model, method, loss, confidence)
    used = select_wells(wells)
    batch, keys = build_batch(used, weights=weights)
    models: list[ModelName] = ["3pl", "4pl", "5pl"] if model == "auto" else [model]
    options: Options = {"method": method, "confidence": confidence, "level": level}
    if loss == "squares":
        fitted = [(name, *_fit_squares(batch, name, options)) for name in models]
    else:
        placed = locate_wells(batch, used, weights=weights)
        fit = fit_batch_robustly(batch, placed, loss=loss, model=models[0], **options)
        # lack of fit is a test of least squares: its residuals are not the robust curve's
        fitted = [(models[0], fit, np.full(len(keys), np.nan))]
    frames = [_frame(batch, keys, fit, lack, name, options, floor) for name, fit, lack in fitted]
    frame = frames[0] if len(frames) == 1 else _choose(frames)
    settings = {"model": model, "loss": loss, "weights": weights, **options}
    on_plates = judge_plates(used, plates, KEYS)
    frame = _hold_plateaus(frame).join(judge_fits(frame, on_plates, KEYS))
    return CurveFits(
        frame[[*PUBLISHED, *frame.columns.difference(PUBLISHED, sort=False)]], settings, on_plates
    )


def _hold_plateaus(frame: pd.DataFrame) -> pd.DataFrame:
    """Plateaus as fitted under names of their own; ``top`` and ``bottom`` where the wells hold them."""
    fitted = {f"fitted_{name}": frame[name] for name in ("top", "bottom")}
    held = {
        name: frame[name].where(frame["plateaus_held"].isin([name, "both"])) for name in ("top", "bottom")
    }
    return frame.assign(**held, **fitted)


def _check_options(model: str, method: str, loss: str, confidence: float) -> None:
    if model not in (*N_PARAMETERS, "auto"):
        raise InputError(Fault("model must be one of 4pl, 3pl, 5pl, auto", value=str(model)))
    if method not in ("profile", "wald"):
        raise InputError(Fault("method must be profile or wald", value=str(method)))
    if loss not in ("squares", "huber", "tukey"):
        raise InputError(Fault("loss must be one of squares, huber, tukey", value=str(loss)))
    if model == "auto" and loss != "squares":
        raise InputError(
            Fault(
                "model auto needs loss squares: AICc compares likelihoods",
                value=f"loss {loss}",
                remedy="Choose 3pl, 4pl or 5pl.",
            )
        )
    check_confidence(confidence)


def _fit_squares(batch: Batch, model: ModelName, options: Options) -> tuple[BatchFit, Array]:
    with np.errstate(all="ignore"):
        fit = fit_batch(batch, model=model, **options)
        return fit, _lack_of_fit(batch, fit, model)


def _frame(
    batch: Batch,
    keys: pd.DataFrame,
    fit: BatchFit,
    lack: Array,
    model: ModelName,
    options: Options,
    floor: float,
) -> pd.DataFrame:
    used = batch.weight > 0
    nothing = keys["highest_uM"] <= 0  # only concentration 0: fails below, but must not take a logarithm
    low, high = (
        np.log10(keys[name].where(~nothing, 1.0)).to_numpy(float) for name in ("lowest_uM", "highest_uM")
    )
    drawn = _draw(fit, low, high)
    frame = keys.assign(
        n_points=batch.n_wells,
        n_concentrations=used.sum(0),
        model=model,
        hill=fit.hill,
        top=fit.top,
        bottom=fit.bottom,
        log10_ic50_se=fit.log10_ic50_se,
        rss=fit.rss,
        auc=np.trapezoid(*drawn, axis=0),
        asymmetry=fit.asymmetry,
        fitted_log10_ic50=fit.log10_ic50,
        fitted_log10_absolute=fit.log10_absolute,
        p_no_effect=fit.p_no_effect,
        p_lack_of_fit=lack,
        hill_se=fit.hill_se,
        rss_flat=fit.rss_flat,
        at_lowest=drawn[0][0],
        at_highest=drawn[0][-1],
        n_at_zero=(used & (batch.ln_concentration == LN_ZERO)).sum(0),
    )
    return judge_curves(frame, fit, N_PARAMETERS[model], options["confidence"], options["level"], floor)


def _lack_of_fit(batch: Batch, fit: BatchFit, model: ModelName) -> Array:
    """p of the F test of the curve against the means of the concentrations; NaN where it cannot be made."""
    p, n, m = N_PARAMETERS[model], batch.n_wells, (batch.weight > 0).sum(0)
    lack = (fit.rss - batch.pure_error) / np.maximum(m - p, 1) / (batch.pure_error / np.maximum(n - m, 1))
    # wells that repeat to the last digit have no scatter to hold the curve against
    testable = (n > m) & (m > p) & (batch.pure_error > least_scatter(fit.rss_flat))
    return np.where(testable, stats.f.sf(lack, np.maximum(m - p, 1), np.maximum(n - m, 1)), np.nan)


def _draw(fit: BatchFit, low: Array, high: Array) -> tuple[Array, Array]:
    """Fitted response from the lowest to the highest tested log10 concentration, and the share of the way,
    (129, n)."""
    share = np.linspace(0, 1, 129)[:, None]
    ln = LN10 * (low + share * (high - low))
    theta = np.array([fit.log10_ic50, np.log(fit.hill), np.log(fit.asymmetry)])
    theta = theta[:2] if (fit.asymmetry == 1).all() else theta
    return evaluate_shape(ln, theta, derivatives=False).between(fit.top, fit.bottom), share


def estimate_aicc(rss: ArrayLike, n_points: ArrayLike, n_parameters: int) -> Array:
    """Corrected Akaike criterion of least squares, the error variance counted as a parameter; NaN without
    spare wells."""
    n, k = np.asarray(n_points, float), n_parameters + 1
    with np.errstate(all="ignore"):
        score = n * np.log(np.asarray(rss, float) / n) + 2 * k + 2 * k * (k + 1) / (n - k - 1)
    return np.where(n > k + 1, score, np.nan)


def _choose(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Curve by curve, the model of the lowest AICc; of equally low ones that of the fewest parameters."""
    scores = []
    for frame in frames:
        rss = np.maximum(frame["rss"], least_scatter(frame["rss_flat"].to_numpy(float)))
        score = estimate_aicc(rss, frame["n_points"], N_PARAMETERS[str(frame["model"].iloc[0])])
        scores.append(np.where(np.isnan(score) | (frame["status"] == "failed"), np.inf, score))
    best = np.argmax(scores <= np.min(scores, 0) + EQUAL_AICC, axis=0)
    stacked = pd.concat(frames, keys=range(len(frames)))
    return stacked.loc[list(zip(best, frames[0].index, strict=True))].reset_index(drop=True)
