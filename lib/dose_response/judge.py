"""Whether a curve, a mean or a ratio can be relied on, and why not: what its plates, its fit and its
experiments say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.dose_response.shape import N_PARAMETERS
from lib.dose_response.status import LACK_OF_FIT_P
from lib.plates import PlateQuality
from lib.records import REASONS, Verdict, join_reasons

QUALITY = ["quality", "reasons"]
"""The last two columns of a table whose rows are findings."""
VERDICTS: tuple[Verdict, ...] = ("pass", "not judged", "caution", "fail")
"""Where several hold, the later one stands."""
OPEN = "the doses do not bound the IC50 on both sides"
LACKING = "the curve misses the means of its concentrations (lack of fit)"
AT_LIMIT = "hill is at its limit"
SATURATED = "as many parameters as wells"
NOT_GIVEN = "the quality of the plates was not given"
EVEN = "concentrations are evenly spaced, as logarithms are"
Mask = NDArray[np.bool_]
Note = tuple[Mask, Verdict, str | Sequence[str]]
"""Rows, the verdict that they get, and why: one reason for all, or a text a row as `join_reasons` makes
it."""


def judge_rows(told: Mask, notes: Iterable[Note], index: pd.Index) -> pd.DataFrame:
    """``quality`` and ``reasons`` of each row; a row that tells no number is not judged, unless it failed."""
    code, said = np.zeros(len(index), int), [list[str]() for _ in index]
    for where, verdict, words in notes:
        code = np.maximum(code, np.where(where, VERDICTS.index(verdict), 0))
        for i in np.flatnonzero(where).tolist():
            said[i] += (words if isinstance(words, str) else words[i]).split(REASONS)
    code = np.where(told | (code == VERDICTS.index("fail")), code, VERDICTS.index("not judged"))
    return pd.DataFrame(
        {"quality": np.array(VERDICTS, object)[code], "reasons": [join_reasons(r) for r in said]}, index=index
    )


def judge_plates(wells: pd.DataFrame, plates: PlateQuality | None, keys: list[str]) -> pd.DataFrame:
    """What the plates of each curve say of it: `keys` as text, then `QUALITY`; the worst of its plates.

    Parameters
    ----------
    wells : DataFrame
        Of these curves: `keys` and ``plate``.
    plates : PlateQuality or None
        None: they were not judged, and the frame is empty.
    keys : list of str
        Columns that name a curve.
    """
    if plates is None:
        return pd.DataFrame(columns=[*keys, *QUALITY])
    named = wells if "plate" in wells else wells.assign(plate="")
    on = named[[*keys, "plate"]].drop_duplicates().astype(str)
    known = plates.judged().reindex(on["plate"])
    missing = known["quality"].isna().to_numpy()
    why = plates.unjudged or ("plate " + on["plate"] + ": not judged").to_numpy(object)
    judged = on.assign(
        quality=known["quality"].fillna("not judged").to_numpy(),
        reasons=np.where(missing, why, known["reasons"].to_numpy(object)),
    )
    if plates.doubt:
        judged = pd.concat([judged, judged.assign(quality="caution", reasons=EVEN)])
    return gather(judged, keys).reset_index()


def gather(judged: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The worst verdict and all reasons of each group, index `keys`, in order of appearance."""
    code = judged["quality"].map({verdict: i for i, verdict in enumerate(VERDICTS)})
    worst = code.groupby([judged[k] for k in keys], sort=False).max()
    said = judged[judged["reasons"] != ""].groupby(keys, sort=False)["reasons"].agg(_join)
    quality = np.array(VERDICTS, object)[worst.to_numpy(int)]
    return pd.DataFrame(
        {"quality": quality, "reasons": said.reindex(worst.index).fillna("")}, index=worst.index
    )


def _join(texts: Iterable[str]) -> str:
    return join_reasons(reason for text in texts for reason in text.split(REASONS))


def notes_of(judged: pd.DataFrame) -> list[Note]:
    """Verdicts of a frame as notes of the rows that rest on it, in the same order."""
    quality, reasons = judged["quality"].to_numpy(object), judged["reasons"].to_list()
    return [(quality == verdict, verdict, reasons) for verdict in VERDICTS[1:]]


def look_up(judged: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    """`QUALITY` of a gathered frame for each row of `names`, whose columns are its index; unknown: not
    judged."""
    keys = [pd.Index(names[c].astype(str)) for c in names]
    index = pd.MultiIndex.from_arrays(keys) if len(keys) > 1 else keys[0]
    missing = {"quality": "not judged", "reasons": NOT_GIVEN}
    return judged.reindex(index).fillna(missing).set_axis(names.index)


def judge_fits(frame: pd.DataFrame, plates: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """`QUALITY` of each fit, by the columns of `CurveFits.frame` and what `judge_plates` says of its
    curves."""
    relative, absolute = frame["ic50_qualifier"], frame["absolute_ic50_qualifier"]
    told = ((relative != "") | (absolute != "")).to_numpy()
    untold, there = (relative == "").to_numpy(), (relative == "=").to_numpy()
    notes = [
        *notes_of(look_up(plates.set_index(keys), frame[keys])),
        (untold, "caution", frame["ic50_untold"].to_list()),
        (there & (frame["status"] == "ambiguous").to_numpy(bool), "caution", OPEN),
        *[(where, "caution", why) for why, where in misfits(frame).items()],
    ]
    return judge_rows(told, notes, frame.index)


def misfits(frame: pd.DataFrame) -> dict[str, Mask]:
    """Reasons against the shape of a curve, each with the curves that it holds of."""
    there = (frame["ic50_qualifier"] == "=").to_numpy()
    wells = frame["n_points"] <= frame["model"].map(dict(N_PARAMETERS))
    return {
        LACKING: there & (frame["p_lack_of_fit"] < LACK_OF_FIT_P).to_numpy(),
        AT_LIMIT: there & frame["hill_at_bound"].to_numpy(bool),
        SATURATED: there & wells.to_numpy(bool),
    }
