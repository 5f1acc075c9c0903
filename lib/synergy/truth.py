"""How well scores recover a known truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.result import Result
from lib.synergy.matrix import PAIR
from lib.synergy.pairs import Scores

SCORES, PARAMETERS = ("bliss", "hsa"), ("beta", "alpha_12", "alpha_21")


class Recovery(Result):
    """Estimates beside known values, as ``tables/recovery.csv``; ``recovered`` is yes, no or cannot tell."""

    COLUMNS = (*PAIR, "quantity", "truth", "estimate", "low", "high", "recovered")


def compare_with_truth(scores: Scores, truth: pd.DataFrame) -> Recovery:
    """Scores and parameters beside known values: estimate, interval, truth, and whether the interval holds
    it.

    Parameters
    ----------
    scores : Scores
    truth : DataFrame
        ``cell_line, compound_1, compound_2`` and any of
        ``true_bliss_score, true_hsa_score, beta, alpha_12, alpha_21``; without rows nothing is compared.
    """
    both = _melt(truth).merge(_found(scores), on=[*PAIR, "quantity"])
    inside = (both.low <= both.truth) & (both.truth <= both.high)
    both["recovered"] = np.where(both.low.isna(), "cannot tell", np.where(inside, "yes", "no"))
    return Recovery(both, {"confidence": scores.confidence})


def _found(scores: Scores) -> pd.DataFrame:
    names = {"model": "quantity", "score": "estimate", "score_low": "low", "score_high": "high"}
    parameters = scores.gather_parameters().frame.rename(columns={"parameter": "quantity"})
    return pd.concat([scores.frame.rename(columns=names), parameters])[
        [*PAIR, "quantity", "estimate", "low", "high"]
    ]


def _melt(truth: pd.DataFrame) -> pd.DataFrame:
    known = truth.rename(columns={f"true_{model}_score": model for model in SCORES})
    names: Sequence[str] = [n for n in (*SCORES, *PARAMETERS) if n in known]
    return known[[*PAIR, *names]].melt(
        id_vars=PAIR, value_vars=names, var_name="quantity", value_name="truth"
    )
