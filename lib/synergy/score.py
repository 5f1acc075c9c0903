"""Synergy scores of a dose matrix under five models, with intervals from resampled experiments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.errors import Fault, InputError
from lib.synergy.curves import HillCurves, fit_single_agents
from lib.synergy.interaction import expect_zip, fit_conditional
from lib.synergy.matrix import DoseMatrix, resample_experiments
from lib.synergy.musyc import LOG_ALPHA_BOUND, MusycFit, fit_musyc
from lib.synergy.quality import rate_number
from lib.synergy.references import expect_bliss, expect_hsa, expect_loewe
from lib.synergy.resampling import Draws, estimate_interval, name_method

Array = NDArray[np.float64]
MODELS = ("bliss", "hsa", "loewe", "zip", "musyc")
SURFACES = MODELS[:4]
FITTED = ("loewe", "zip", "musyc")
CANNOT_TELL, NOT_JUDGED, UNDETERMINED = "cannot tell", "not judged", "not determined by these doses"
FLAT = "no dose pair has an effect: a flat surface fits any parameters"
LEAST_DIFFERENCE = 1e-9
NO_INTERACTION = {"beta": 0.0, "alpha_12": 1.0, "alpha_21": 1.0}


@dataclass(frozen=True)
class SynergyScores:
    """Scores of one pair on one line.

    Parameters
    ----------
    matrix : DoseMatrix
    score : dict of str to float
        Mean over combination wells in percentage points of inhibition; positive = synergy. NaN: not
        computable.
    interval : dict of str to (low, high)
        NaN without at least three experiments.
    excess : dict of str to ndarray (n_1, n_2)
        Observed minus expected, percentage points, by dose pair.
    musyc : MusycFit
        Of the mean matrix, one fit.
    musyc_interval : dict of str to (low, high)
        Of ``beta``, ``alpha_12``, ``alpha_21``; the α on a log scale.
    interval_method : str
    confidence : float
    reference : str
        The model whose verdict is synergy or antagonism; the others say more or less than they expect.
    """

    matrix: DoseMatrix
    score: dict[str, float]
    interval: dict[str, tuple[float, float]]
    excess: dict[str, Array]
    musyc: MusycFit
    musyc_interval: dict[str, tuple[float, float]]
    interval_method: str
    confidence: float
    reference: str = "bliss"

    def verdict(self, model: str) -> str:
        """What the interval allows to say under `model`; see :meth:`judge`."""
        return self.judge(model)[0]

    def judge(self, model: str) -> tuple[str, str]:
        """Verdict and why it is not more.

        Of the reference model: synergy, antagonism, cannot tell; of the others: more, less, cannot tell; of
        any: not judged, where there is no score or no interval over experiments.
        """
        if not np.isfinite(self.score[model]):
            return NOT_JUDGED, self._no_score(model)
        low, high = self.interval[model]
        if not np.isfinite(low):
            return NOT_JUDGED, self._no_interval()
        if model == "musyc" and not self.matrix.has_effect:
            return CANNOT_TELL, FLAT
        words = ("synergy", "antagonism") if model == self.reference else ("more", "less")
        found = _side(low, high, words)
        return found, "the interval holds 0" if found == CANNOT_TELL else ""

    def _no_score(self, model: str) -> str:
        if model in FITTED and not self.matrix.fits_curves:
            return "fewer than three doses of a compound alone: no curve"
        return "no dose pair has both single agents beside it"

    def _no_interval(self) -> str:
        return self.matrix.why or "too few resamples of the experiments have a value"

    def to_frame(self) -> pd.DataFrame:
        """One row a model, as ``tables/synergy.csv``."""
        return pd.DataFrame([self._row(model) for model in MODELS])

    def _row(self, model: str) -> dict[str, object]:
        line, one, two = self.matrix.name
        low, high = self.interval[model]
        n_doses = int(np.isfinite(self.excess[model][1:, 1:]).sum())
        verdict, why = self.judge(model)
        return {
            "cell_line": line,
            "compound_1": one,
            "compound_2": two,
            "model": model,
            "score": self.score[model],
            "score_low": low,
            "score_high": high,
            "n_doses": n_doses,
            "n_replicates": self.matrix.n_experiments,
            "interval_method": self.interval_method,
            "verdict": verdict,
            "why": why,
            "reference": model == self.reference,
            **self._rate(verdict, why),
        }

    def _rate(self, verdict: str, why: str) -> dict[str, str]:
        return rate_number(self.matrix, why if verdict == NOT_JUDGED else "", [FLAT] if why == FLAT else [])

    def to_surface(self) -> pd.DataFrame:
        """One row a dose pair with its excess under each model, as ``tables/synergy_surface.csv``."""
        line, one, two = self.matrix.name
        x1, x2 = np.meshgrid(self.matrix.doses_1, self.matrix.doses_2, indexing="ij")
        columns = {
            "concentration_1_uM": x1,
            "concentration_2_uM": x2,
            "inhibition_percent": 100 * self.matrix.mean,
        }
        columns |= {model: self.excess[model] for model in MODELS}
        frame = pd.DataFrame({name: values.ravel() for name, values in columns.items()})
        names = pd.DataFrame({"cell_line": line, "compound_1": one, "compound_2": two}, index=frame.index)
        return pd.concat([names, frame], axis=1).dropna(subset=["inhibition_percent"])

    def to_parameters(self) -> pd.DataFrame:
        """MuSyC's three interaction parameters with intervals, one row each; empty where the doses do not
        hold them."""
        line, one, two = self.matrix.name
        rows = []
        for name, null in NO_INTERACTION.items():
            verdict, why = self._judge_parameter(name, null)
            told = verdict != NOT_JUDGED or not why.startswith(UNDETERMINED)
            value, (low, high) = self._parameter(name), self.musyc_interval[name]
            rows.append(
                {
                    "cell_line": line,
                    "compound_1": one,
                    "compound_2": two,
                    "parameter": name,
                    "estimate": value if told else np.nan,
                    "low": low if told else np.nan,
                    "high": high if told else np.nan,
                    "no_interaction": null,
                    "verdict": verdict,
                    "why": why,
                    **self._rate(verdict, why),
                }
            )
        return pd.DataFrame(rows)

    def _parameter(self, name: str) -> float:
        return float(getattr(self.musyc, name)[0]) if self.matrix.fits_curves else np.nan

    def _judge_parameter(self, name: str, null: float) -> tuple[str, str]:
        """Verdict (more, less, cannot tell, not judged) and why, of one parameter."""
        value, (low, high) = self._parameter(name), self.musyc_interval[name]
        if np.isnan(value):
            return NOT_JUDGED, self._no_score("musyc")
        at_bound = name != "beta" and abs(np.log10(value)) > LOG_ALPHA_BOUND - 0.01
        if at_bound or not self.matrix.has_effect:
            return NOT_JUDGED, UNDETERMINED
        if np.isnan(low):
            return NOT_JUDGED, self._no_interval()
        found = _side(low, high, ("more", "less"), null)
        return found, "the interval holds no interaction" if found == CANNOT_TELL else ""


def _side(low: float, high: float, words: tuple[str, str], null: float = 0.0) -> str:
    """On which side of `null` the interval lies; nearer to it than `LEAST_DIFFERENCE` is on it, on every
    CPU."""
    return (
        words[0]
        if low > null + LEAST_DIFFERENCE
        else words[1]
        if high < null - LEAST_DIFFERENCE
        else CANNOT_TELL
    )


def estimate_synergy(
    matrix: DoseMatrix,
    *,
    n_draws: int = 1000,
    seed: int = 1,
    confidence: float = 0.95,
    reference: str = "bliss",
) -> SynergyScores:
    """Score a dose matrix under Bliss, HSA, Loewe, ZIP and MuSyC.

    score = 100 · mean over dose pairs (both > 0) of (observed − expected inhibition). For Bliss, HSA and
    Loewe the observed inhibition is the mean over experiments; for ZIP it is the smoothed surface; for MuSyC
    the fitted surface minus the same surface without interaction. Positive = synergy under every model.

    Assumptions: experiments are independent and each holds its own single-agent series. The interval treats
    the experiment as the unit; see :func:`lib.synergy.resampling.estimate_interval`.

    Parameters
    ----------
    matrix : DoseMatrix
    n_draws : int
        Random resamples of experiments, where they are too many to take all.
    seed : int
    confidence : float
    reference : {"bliss", "hsa", "loewe", "zip", "musyc"}
        The model whose verdict is synergy or antagonism.
    """
    if reference not in MODELS:
        raise InputError(Fault(f"reference must be one of {' | '.join(MODELS)}", value=reference))
    draws, inhibition = resample_experiments(matrix, n_draws=n_draws, seed=seed)
    one, two = fit_singles(inhibition, matrix.doses_1, matrix.doses_2)
    excess = excess_over_references(inhibition, one, two, matrix.doses_1, matrix.doses_2)
    surface = fit_musyc(1 - inhibition, one, two, matrix.doses_1, matrix.doses_2)
    excess["musyc"] = np.where(np.isfinite(inhibition), 100 * (surface.additive - surface.viability), np.nan)
    for values in excess.values():
        values[:, 0, :] = values[:, :, 0] = np.nan  # a compound alone has no excess
    if not matrix.fits_curves:
        excess |= {model: np.full(inhibition.shape, np.nan) for model in FITTED}
    scores = {model: mean_over_pairs(excess[model]) for model in MODELS}
    return SynergyScores(
        matrix,
        {model: float(values[0]) for model, values in scores.items()},
        {model: _interval(values, draws, confidence) for model, values in scores.items()},
        {model: values[0] for model, values in excess.items()},
        _first(surface),
        _parameter_intervals(surface, draws, confidence),
        name_method(draws, matrix.why),
        confidence,
        reference,
    )


def fit_singles(inhibition: Array, doses_1: Array, doses_2: Array) -> tuple[HillCurves, HillCurves]:
    """Curves of compound 1 and 2 alone from the first column and row of each matrix (n, n_1, n_2)."""
    return fit_single_agents(doses_1, inhibition[:, :, 0]), fit_single_agents(doses_2, inhibition[:, 0, :])


def excess_over_references(
    inhibition: Array, one: HillCurves, two: HillCurves, doses_1: Array, doses_2: Array
) -> dict[str, Array]:
    """Observed minus expected inhibition in percentage points under Bliss, HSA, Loewe and ZIP, (n, n_1,
    n_2)."""
    fitted = fit_conditional(inhibition, one, two, doses_1, doses_2)
    expected = {
        "bliss": expect_bliss(inhibition),
        "hsa": expect_hsa(inhibition),
        "loewe": expect_loewe(one, two, doses_1, doses_2),
        "zip": expect_zip(one, two, doses_1, doses_2),
    }
    observed = {"zip": np.where(np.isfinite(inhibition), fitted, np.nan)}
    return {model: 100 * (observed.get(model, inhibition) - expected[model]) for model in SURFACES}


def mean_over_pairs(excess: Array) -> Array:
    """Mean over dose pairs with both doses > 0 and a value, (n,)."""
    pairs = excess[:, 1:, 1:].reshape(len(excess), -1)
    there = np.isfinite(pairs)
    count = there.sum(1)
    found: Array = np.divide(
        np.where(there, pairs, 0.0).sum(1), count, out=np.full(len(pairs), np.nan), where=count > 0
    )
    return found


def _interval(values: Array, draws: Draws, confidence: float) -> tuple[float, float]:
    if len(values) == 1:
        return np.nan, np.nan
    return estimate_interval(float(values[0]), values[1:], draws, confidence=confidence)


def _parameter_intervals(
    surface: MusycFit, draws: Draws, confidence: float
) -> dict[str, tuple[float, float]]:
    """β as it is, α on the log scale, so that no bound of an α is negative."""
    logs = {
        name: _interval(np.log(getattr(surface, name)), draws, confidence)
        for name in ("alpha_12", "alpha_21")
    }
    alphas = {name: (float(np.exp(low)), float(np.exp(high))) for name, (low, high) in logs.items()}
    return {"beta": _interval(surface.beta, draws, confidence), **alphas}


def _first(fit: MusycFit) -> MusycFit:
    return MusycFit(*(getattr(fit, name)[:1] for name in fit.__dataclass_fields__))
