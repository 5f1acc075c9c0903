"""Quality of the plates, as displayed and in a sentence."""

from __future__ import annotations

import pandas as pd

from lib.plates import PlateQuality
from reports.wording import count, fixed, listing, p_value


def show_quality(quality: PlateQuality) -> pd.DataFrame:
    """Plates with their controls and position effects."""
    frame = quality.frame
    missing = {"missing": "not testable"}
    return pd.DataFrame({
        "Plate": frame["plate"], "Z′": frame["z_prime"].map(fixed), "Robust Z′": frame["robust_z_prime"].map(fixed),
        "Vehicle CV\n%": (100 * frame["vehicle_cv"]).map(lambda v: fixed(v, 1)),
        "Signal / blank": frame["signal_to_background"].map(lambda v: fixed(v, 0, missing="no blank")),
        "Edge shift\n%": (100 * frame["edge_shift"]).map(lambda v: fixed(v, 1, **missing)),
        "Edge\np": frame["edge_effect_p"].map(lambda p: p_value(p, **missing)),
        "Row\np": frame["row_effect_p"].map(lambda p: p_value(p, **missing)),
        "Column\np": frame["column_effect_p"].map(lambda p: p_value(p, **missing)),
        "Low control": frame["control"], "Verdict": frame["verdict"], "Reason": frame["reason"],
    })  # fmt: skip


def say_quality(quality: PlateQuality, wells: pd.DataFrame) -> str:
    """Plates that pass, those that do not with their reason, and wells left out."""
    n_out = int((wells["exclude"] != "").sum())
    out = f"{n_out:,} of {count(len(wells), 'well')} excluded."
    frame = quality.frame
    if frame.empty:
        return f"No raw signals, so no plate can be judged. {out}"
    flagged = frame[quality.flagged]
    named = [f"{plate}: {reason}" for plate, reason in zip(flagged["plate"], flagged["reason"], strict=True)]
    n_pass = len(frame) - len(flagged)
    verdict = f"{n_pass} of {count(len(frame), 'plate')} {'passes' if n_pass == 1 else 'pass'}."
    return f"{verdict} {'Flagged: ' + listing(named) + '. ' if named else ''}{out}"
