"""What the edge correction of plates did to the IC50s of the curves that it touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from lib.door import expose
from lib.dose_response.curves import CurveFits, fit_curves
from lib.dose_response.intervals import Method
from lib.dose_response.wells import KEYS
from lib.plates import Edges
from lib.result import Result

EFFECT_COLUMNS = [
    *KEYS,
    "n_wells_scaled",
    "ic50_before_uM",
    "ic50_before_qualifier",
    "ic50_after_uM",
    "ic50_after_qualifier",
    "ratio",
    "shift_in_se",
    "why",
]
_QUICK: Method = "wald"


@dataclass(frozen=True, repr=False, eq=False)
class CorrectionEffect(Result):
    """IC50s before and after the correction, a row a curve that it touched."""

    COLUMNS: ClassVar[tuple[str, ...]] = tuple(EFFECT_COLUMNS)


def compare_corrected(before: pd.DataFrame, after: CurveFits, edges: Edges) -> CorrectionEffect:
    """IC50 before and after the correction, of every curve with a scaled sample well.

    Parameters
    ----------
    before : DataFrame
        Wells as normalised without the correction, with the index of `edges.scale`.
    after : CurveFits
        Fits of the corrected wells; those before are made with the same model, loss and weights, else the
        ratio would hold more than the correction.

    Returns
    -------
    CorrectionEffect
        ``ratio`` is after / before, ``shift_in_se`` its log10 over the fit's standard error of log10 IC50;
        both are empty where one of the two is beyond the tested range or cannot be told, and ``why`` says so.
    """
    before = before.assign(**{key: before[key].astype(str) for key in KEYS})
    touched = before["plate"].isin(edges.corrected) & (before["role"] == "sample")
    keys = before.loc[touched, KEYS].drop_duplicates()
    mine = before[before["role"] == "sample"].merge(keys, on=KEYS)
    if mine.empty:
        return CorrectionEffect(pd.DataFrame(columns=EFFECT_COLUMNS))
    scaled = before.assign(n=edges.scale != 1)[touched].groupby(KEYS, sort=False)["n"].sum()
    like = {name: after.settings[name] for name in ("model", "loss", "weights")}
    old = fit_curves(mine, method=_QUICK, **like).frame.set_index(KEYS)
    new = after.frame.set_index(KEYS).loc[old.index]
    both = (old["ic50_qualifier"] == "=") & (new["ic50_qualifier"] == "=")
    ratio = (new["ic50_uM"] / old["ic50_uM"]).where(both)
    untold = (old["ic50_qualifier"] == "") | (new["ic50_qualifier"] == "")
    why = np.select([both, untold], ["none", "cannot be told"], "beyond the tested range")
    error = old["log10_ic50_se"].where(old["log10_ic50_se"] > 0)
    out = pd.DataFrame(
        {
            "n_wells_scaled": scaled.reindex(old.index).fillna(0).astype(int),
            "ic50_before_uM": old["ic50_uM"],
            "ic50_before_qualifier": old["ic50_qualifier"],
            "ic50_after_uM": new["ic50_uM"],
            "ic50_after_qualifier": new["ic50_qualifier"],
            "ratio": ratio,
            "shift_in_se": np.log10(ratio) / error,
            "why": why,
        }
    )
    return CorrectionEffect(out.reset_index()[EFFECT_COLUMNS])


__dir__ = expose(globals())
