"""What to know of dose matrices before their scores, and how far what rests on them can be relied on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.records import Verdict, join_reasons
from lib.result import Result
from lib.synergy.matrix import PAIR, DoseMatrix

UNTREATED_TOLERANCE = 0.15
SCATTER_TOLERANCE = 15.0
LEAST_EFFECT = 0.2


class MatrixQuality(Result):
    """Dose matrices as they are, a row each, as ``tables/matrix_quality.csv``: ``verdict`` is pass or flag,
    ``reason`` why."""

    COLUMNS = (
        *PAIR,
        "n_doses_1",
        "n_doses_2",
        "n_wells",
        "n_replicates",
        "replicate_unit",
        "n_missing",
        "n_gaps",
        "untreated_viability",
        "replicate_sd_points",
        "verdict",
        "reason",
    )

    @property
    def flagged(self) -> pd.Series:
        """Which matrices are flagged."""
        return self.frame["verdict"] == "flag"


def check_matrices(matrices: Sequence[DoseMatrix], wells: pd.DataFrame) -> MatrixQuality:
    """One row a pair: size, repeats, gaps, missing readings, untreated wells, scatter, verdict and reason.

    Parameters
    ----------
    matrices : sequence of DoseMatrix
    wells : DataFrame
        The wells they were arranged from, for the readings that are missing.
    """
    rows = [_describe(matrix, wells) for matrix in matrices]
    return MatrixQuality(pd.DataFrame(rows, columns=list(MatrixQuality.COLUMNS)))


def rate_number(matrix: DoseMatrix, lacking: str = "", cautions: Sequence[str] = ()) -> dict[str, str]:
    """Columns ``quality, reasons`` of a number that rests on a matrix.

    Parameters
    ----------
    matrix : DoseMatrix
        Its flags are reasons for caution.
    lacking : str
        Why there is no number, or nothing to judge it by; empty where there is.
    cautions : sequence of str
        Further reasons for caution.
    """
    flags = [*cautions, *flag_matrix(matrix)]
    quality: Verdict = "not judged" if lacking else "caution" if flags else "pass"
    return {"quality": quality, "reasons": join_reasons([lacking, *flags])}


def _describe(matrix: DoseMatrix, wells: pd.DataFrame) -> dict[str, object]:
    line, one, two = matrix.name
    same = (wells.cell_line == line) & wells.compound_1.isin([one, two]) & wells.compound_2.isin([one, two])
    reasons = flag_matrix(matrix)
    return {
        "cell_line": line,
        "compound_1": one,
        "compound_2": two,
        "n_doses_1": len(matrix.doses_1) - 1,
        "n_doses_2": len(matrix.doses_2) - 1,
        "n_wells": matrix.n_wells,
        "n_replicates": matrix.n_units,
        "replicate_unit": matrix.unit,
        "n_missing": int(wells.viability[same].isna().sum()),
        "n_gaps": int(np.isnan(matrix.mean[1:, 1:]).sum()),
        "untreated_viability": matrix.untreated_viability,
        "replicate_sd_points": _scatter(matrix),
        "verdict": "flag" if reasons else "pass",
        "reason": "; ".join(reasons) or "none",
    }


def _scatter(matrix: DoseMatrix) -> float:
    """SD between repeats at one dose pair, percentage points, median over dose pairs."""
    if matrix.n_units < 2:
        return np.nan
    filled = np.isfinite(matrix.inhibition).sum(0) >= 2
    return float(100 * np.median(np.nanstd(matrix.inhibition[:, filled], axis=0, ddof=1)))


def flag_matrix(matrix: DoseMatrix) -> list[str]:
    """What is unusual about a matrix, a clause each; empty where nothing is."""
    untreated, mean = matrix.untreated_viability, matrix.mean
    said = []
    if abs(untreated - 1) > UNTREATED_TOLERANCE:
        said.append(
            f"the matrix's untreated well reads {100 * untreated:.0f} % of vehicle; Bliss and HSA do not"
            " use it"
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
