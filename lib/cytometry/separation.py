"""How alike the spectra of dyes are, and how well two kinds of cytometer tell them apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.cytometry.spectra import CONVENTIONAL, SPECTRAL, Instrument, signatures

INSEPARABLE = 1e4
"""Beyond this condition number nothing is left of a signal but noise."""


def compare_spectra(dyes: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Similarity of dyes, and how well they separate on a conventional and on a spectral instrument.

    Similarity is the cosine of two signatures. With S the signatures (n_dyes, n_detectors), rows of length 1,
    the condition number is the ratio of its largest to its smallest singular value, and the noise of dye i
    grows by sqrt([(S Sᵀ)⁻¹]ᵢᵢ) when all are unmixed. The conventional instrument has one detector for each
    dye: a dye whose best detector is taken gets its next best.
    """
    full = signatures(dyes, SPECTRAL)
    similarity = pd.DataFrame(full @ full.T, index=list(dyes), columns=list(dyes))
    rows = [row for instrument in (CONVENTIONAL, SPECTRAL) for row in _separation_rows(dyes, instrument)]
    columns = [
        "instrument",
        "dye",
        "condition_number",
        "condition_without",
        "noise_factor",
        "noise_factor_without_worst",
    ]
    return similarity, pd.DataFrame(rows, columns=columns)


def most_alike(similarity: pd.DataFrame) -> tuple[str, str, float]:
    """The two different dyes with the most similar spectra, and their similarity."""
    upper = np.triu(similarity.to_numpy(), k=1)
    i, j = np.unravel_index(int(np.argmax(upper)), upper.shape)
    return str(similarity.index[i]), str(similarity.columns[j]), float(upper[i, j])


def _separation_rows(
    dyes: Sequence[str], instrument: Instrument
) -> list[tuple[str, str, float, float, float, float]]:
    if len(dyes) < 2:
        return []
    whole = condition_number(dyes, instrument)
    factors = noise_factors(_mixing(dyes, instrument)) if np.isfinite(whole) else np.full(len(dyes), np.nan)
    without = [condition_number([d for d in dyes if d != dye], instrument) for dye in dyes]
    worst = dyes[int(np.nanargmin(without))] if np.isfinite(without).any() else ""
    rest = [d for d in dyes if d != worst]
    relieved = dict(zip(rest, noise_factors(_mixing(rest, instrument)), strict=True)) if worst else {}
    return [
        (instrument.name, dye, whole, leave, float(factor), float(relieved.get(dye, np.nan)))
        for dye, leave, factor in zip(dyes, without, factors, strict=True)
    ]


def condition_number(dyes: Sequence[str], instrument: Instrument) -> float:
    """Largest over smallest singular value of the signatures; NaN where the dyes cannot be separated at
    all."""
    if instrument.one_detector_a_dye and len(dyes) > len(instrument.detectors):
        return float("nan")
    number = float(np.linalg.cond(_mixing(dyes, instrument)))
    return number if number < INSEPARABLE else float("nan")


def noise_factors(mixing: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much each dye's noise grows by unmixing, rows of `mixing` having length 1; shape (n_dyes,)."""
    return np.asarray(np.sqrt(np.diag(np.linalg.inv(mixing @ mixing.T))))


def _mixing(dyes: Sequence[str], instrument: Instrument) -> NDArray[np.float64]:
    full = signatures(dyes, instrument)
    chosen = full[:, assign_detectors(full)] if instrument.one_detector_a_dye else full
    length = np.linalg.norm(chosen, axis=1, keepdims=True)
    return np.asarray(chosen / np.where(length > 0, length, 1.0))


def assign_detectors(full: NDArray[np.float64]) -> list[int]:
    """A detector of its own for each dye, the brightest that is free; dyes with the clearest choice first."""
    taken: dict[int, int] = {}
    ranked = np.sort(full, axis=1)
    for dye in np.argsort(-(ranked[:, -1] - ranked[:, -2]), kind="stable"):
        free = [d for d in np.argsort(-full[dye], kind="stable") if int(d) not in taken.values()]
        taken[int(dye)] = int(free[0])
    return [taken[i] for i in range(len(full))]
