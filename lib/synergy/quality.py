"""What to know of dose matrices before their scores, and how well scores recover a known truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.synergy.matrix import PAIR, DoseMatrix
from lib.synergy.score import SynergyScores

UNTREATED_TOLERANCE = 0.15
SCATTER_TOLERANCE = 15.0
LEAST_EFFECT = 0.2


def check_matrices(matrices: Sequence[DoseMatrix], wells: pd.DataFrame) -> pd.DataFrame:
    """One row a pair: size, repeats, gaps, missing readings, untreated wells, scatter, verdict and reason.

    Parameters
    ----------
    matrices : sequence of DoseMatrix
    wells : DataFrame
        The wells they were arranged from, for the readings that are missing.
    """
    return pd.DataFrame([_describe(matrix, wells) for matrix in matrices])


def _describe(matrix: DoseMatrix, wells: pd.DataFrame) -> dict[str, object]:
    line, one, two = matrix.name
    same = (wells.cell_line == line) & wells.compound_1.isin([one, two]) & wells.compound_2.isin([one, two])
    reasons = _reasons(matrix)
    return {
        "cell_line": line, "compound_1": one, "compound_2": two,
        "n_doses_1": len(matrix.doses_1) - 1, "n_doses_2": len(matrix.doses_2) - 1, "n_wells": matrix.n_wells,
        "n_replicates": matrix.n_units, "replicate_unit": matrix.unit,
        "n_missing": int(wells.viability[same].isna().sum()), "n_gaps": int(np.isnan(matrix.mean[1:, 1:]).sum()),
        "untreated_viability": matrix.untreated_viability, "replicate_sd_points": _scatter(matrix),
        "verdict": "flag" if reasons else "pass", "reason": "; ".join(reasons) or "none",
    }  # fmt: skip


def _scatter(matrix: DoseMatrix) -> float:
    """SD between repeats at one dose pair, percentage points, median over dose pairs."""
    if matrix.n_units < 2:
        return np.nan
    filled = np.isfinite(matrix.inhibition).sum(0) >= 2
    return float(100 * np.median(np.nanstd(matrix.inhibition[:, filled], axis=0, ddof=1)))


def _reasons(matrix: DoseMatrix) -> list[str]:
    untreated, mean = matrix.untreated_viability, matrix.mean
    said = []
    if abs(untreated - 1) > UNTREATED_TOLERANCE:
        said.append(
            f"the matrix's untreated well reads {100 * untreated:.0f} % of vehicle; Bliss and HSA do not use it"
        )
    if not matrix.fits_curves:
        said.append("fewer than three doses of a compound alone: no Loewe, ZIP or MuSyC")
    if _scatter(matrix) > SCATTER_TOLERANCE:
        said.append(f"repeats differ by an SD of {_scatter(matrix):.0f} points")
    gaps = int(np.isnan(mean[1:, 0]).sum() + np.isnan(mean[0, 1:]).sum())
    if gaps:
        doses = "dose" if gaps == 1 else "doses"
        said.append(f"{gaps} single-agent {doses} missing: no Bliss or HSA for combinations with it")
    idle = [
        n
        for n, v in ((matrix.compound_1, mean[1:, 0]), (matrix.compound_2, mean[0, 1:]))
        if np.nanmax(v) < LEAST_EFFECT
    ]
    return said + [f"{name} alone stays under {100 * LEAST_EFFECT:.0f} % inhibition" for name in idle]


def compare_with_truth(results: Sequence[SynergyScores], truth: pd.DataFrame) -> pd.DataFrame:
    """Scores and parameters beside known values: estimate, interval, truth, and whether the interval holds it.

    Parameters
    ----------
    results : sequence of SynergyScores
    truth : DataFrame
        ``cell_line, compound_1, compound_2`` and any of ``true_bliss_score, true_hsa_score, beta, alpha_12, alpha_21``.
    """
    scores = pd.concat([r.to_frame() for r in results]).rename(
        columns={"model": "quantity", "score": "estimate"}
    )
    scores = scores.rename(columns={"score_low": "low", "score_high": "high"})
    parameters = pd.concat([r.to_parameters() for r in results]).rename(columns={"parameter": "quantity"})
    found = pd.concat([scores, parameters])[[*PAIR, "quantity", "estimate", "low", "high"]]
    known = truth.rename(columns={f"true_{model}_score": model for model in ("bliss", "hsa")})
    names = [n for n in ("bliss", "hsa", "beta", "alpha_12", "alpha_21") if n in known]
    known = known[[*PAIR, *names]].melt(
        id_vars=PAIR, value_vars=names, var_name="quantity", value_name="truth"
    )
    both = known.merge(found, on=[*PAIR, "quantity"])
    inside = (both.low <= both.truth) & (both.truth <= both.high)
    both["recovered"] = np.where(both.low.isna(), "cannot tell", np.where(inside, "yes", "no"))
    return both
