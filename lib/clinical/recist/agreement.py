"""Two readers side by side."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd


def compare_readers(responses: pd.DataFrame) -> pd.DataFrame:
    """Agreement of every two readers on the visits both assessed.

    Cohen's kappa = (p_o − p_e) / (1 − p_e), with p_o the share of equal responses and p_e that expected from
    the margins; unweighted.

    Parameters
    ----------
    responses : DataFrame
        ``subject, reader, day, overall_response``.

    Returns
    -------
    DataFrame
        ``reader_a, reader_b, n_visits, agreement, kappa, n_response_disputed, n_progression_disputed``: the
        visits that only one of them called CR or PR, or PD. ``kappa`` is NaN where both said one thing
        throughout.
    """
    wide = responses.pivot_table(
        index=["subject", "day"], columns="reader", values="overall_response", aggfunc="first"
    )
    rows = [_compare(a, b, wide[[a, b]].dropna()) for a, b in itertools.combinations(sorted(wide.columns), 2)]
    names = [
        "reader_a",
        "reader_b",
        "n_visits",
        "agreement",
        "kappa",
        "n_response_disputed",
        "n_progression_disputed",
    ]
    return pd.DataFrame(rows, columns=names)


def _compare(a: str, b: str, both: pd.DataFrame) -> tuple[Any, ...]:
    x, y = both[a].to_numpy(), both[b].to_numpy()
    if not x.size:
        return (a, b, 0, np.nan, np.nan, 0, 0)
    codes = np.union1d(x, y)
    observed = float(np.mean(x == y))
    expected = float(sum(np.mean(x == c) * np.mean(y == c) for c in codes))
    kappa = (observed - expected) / (1 - expected) if expected < 1 else np.nan
    responded = np.isin(x, ["CR", "PR"]) != np.isin(y, ["CR", "PR"])
    return (a, b, x.size, observed, kappa, int(responded.sum()), int(((x == "PD") != (y == "PD")).sum()))
