"""Paired change of any measurement, one value a subject and timepoint: area fractions, H-scores,
alignments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from scipy.special import logit

from lib.errors import Fault, InputError, check_rows
from lib.paired.pairing import check_timepoints
from lib.paired.signed_rank import SignedRank, estimate_shift
from lib.records import join_reasons
from lib.result import Result
from lib.stats import adjust_p

Scale = Literal["difference", "log2", "logit"]
Doubts = Mapping[tuple[str, str], Sequence[str]]
"""Group and measurement → what a reader must know of the images behind its shift, each naming the image."""

WITHOUT_PAIR = "without a pair"
"""Words of a note that count subjects left out."""
NO_PAIR = "no subject has a value at both timepoints"
SIGNIFICANT = 0.05
"""A test whose least p-value lies above it cannot tell anything, whatever the sizes."""
INTERVAL = "Hodges–Lehmann, signed rank"


class MeasurementShifts(Result):
    """Paired changes, a row a group and measurement; ``settings``:
    ``by, baseline, followup, confidence, method``."""

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "measurement",
        "scale",
        "n_pairs",
        "n_excluded",
        "baseline_median",
        "followup_median",
        "shift",
        "shift_low",
        "shift_high",
        "test",
        "p_value",
        "q_value",
        "smallest_p",
        "rank_biserial",
        "fraction_moving",
        "note",
        "quality",
        "reasons",
    )

    @property
    def by(self) -> str:
        """Column that tells families of images apart."""
        return str(self.settings["by"])

    @property
    def visits(self) -> dict[str, str]:
        """The timepoints compared, as the options of :func:`pair_measurements`."""
        return {time: str(self.settings[time]) for time in ("baseline", "followup")}


def compare_measurements(
    frame: pd.DataFrame,
    values: Mapping[str, Scale],
    *,
    by: str,
    baseline: str = "pre",
    followup: str = "post",
    confidence: float = 0.95,
    reason: str = "",
    doubts: Doubts | None = None,
) -> MeasurementShifts:
    """Hodges–Lehmann shift of each measurement within subjects, exact, one row a measurement and group.

    Several images of a subject and timepoint are averaged first: subjects are n. A value of 0 (for logits, of
    1 too) is a result without a logarithm; a constant in its place would decide the shift, so that
    measurement is compared by plain differences, and ``scale`` and ``note`` say so.

    Parameters
    ----------
    frame : DataFrame
        Columns ``subject, timepoint``, `by`, and the measurements.
    values : mapping
        Measurement column → scale on which the difference is taken.
    by : str
        Column that tells families of images apart: marker, stain, compartment.
    baseline, followup : str
        The two timepoints compared.
    confidence : float
        Nominal level of the interval.
    reason : str
        Column that says why a value is missing; ``note`` counts the subjects left out by it.
    doubts : mapping, optional
        What is known of the images behind each shift; they become reasons of its quality.

    Returns
    -------
    MeasurementShifts
        ``measurement``, `by`,
        ``scale, n_pairs, n_excluded, baseline_median, followup_median, shift, shift_low, shift_high, test,
        p_value, q_value, smallest_p, rank_biserial, fraction_moving, note, quality, reasons``; q is
        Benjamini–Hochberg over all rows. Bounds that do not exist are empty and ``note`` says why. Quality is
        ``not judged`` without a pair, and ``caution`` where the note or a doubt says something or the least p
        that the pairs can give lies above 0.05.

    Raises
    ------
    InputError
        If a timepoint does not occur in a frame of several, or neither in a frame of one.
    """
    _check_visits(frame, baseline, followup)
    visits, known = {"baseline": baseline, "followup": followup}, doubts or {}
    rows = [
        {
            "measurement": value,
            by: group,
            **_compare(
                part,
                value,
                scale,
                confidence=confidence,
                reason=reason,
                doubts=known.get((group, value), ()),
                **visits,
            ),
        }
        for group, part in frame.groupby(by, sort=True)
        for value, scale in values.items()
    ]
    shifts = pd.DataFrame(rows)
    shifts.insert(shifts.columns.get_loc("p_value") + 1, "q_value", adjust_p(shifts["p_value"]))
    settings = {"by": by, **visits, "confidence": confidence, "method": INTERVAL}
    return MeasurementShifts(shifts, settings)


def _check_visits(frame: pd.DataFrame, baseline: str, followup: str) -> None:
    """Of several timepoints both must occur; of a single one, it must be one of the two."""
    check_rows(frame, "the measurements")
    there = set(frame["timepoint"])
    if len(there) > 1:
        check_timepoints(frame, baseline, followup, where="the images")
    if not {baseline, followup} & there:
        raise InputError(
            Fault(
                f"timepoint must be {baseline} or {followup}",
                value=", ".join(sorted(map(str, there))),
                remedy="Set the parameters baseline and followup to your own words.",
            )
        )


def pair_measurements(
    frame: pd.DataFrame, value: str, *, baseline: str = "pre", followup: str = "post"
) -> pd.DataFrame:
    """One row a subject with columns ``baseline`` and ``followup``; images of one subject and time
    averaged."""
    wide = frame.pivot_table(index="subject", columns="timepoint", values=value, aggfunc="mean", dropna=False)
    wide = wide.reindex(columns=[baseline, followup])
    return wide.set_axis(["baseline", "followup"], axis=1).rename_axis(columns=None)


def _compare(
    frame: pd.DataFrame,
    value: str,
    scale: Scale,
    *,
    baseline: str,
    followup: str,
    confidence: float,
    reason: str,
    doubts: Sequence[str],
) -> dict[str, object]:
    paired = pair_measurements(frame, value, baseline=baseline, followup=followup)
    complete = paired.dropna()
    scale, why = _scale_for(complete, scale)
    moved = _on_scale(complete["followup"], scale) - _on_scale(complete["baseline"], scale)
    found = estimate_shift(moved.to_numpy(), confidence=confidence)
    agree = np.sign(moved) == np.sign(found.shift)
    left_out = _left_out(frame, paired, value, (baseline, followup), reason)
    tested = {"p_value": found.p_value, "smallest_p": found.smallest_p, "rank_biserial": found.rank_biserial}
    return {
        "scale": scale,
        "n_pairs": found.n,
        "n_excluded": len(paired) - found.n,
        "baseline_median": complete["baseline"].median(),
        "followup_median": complete["followup"].median(),
        "shift": found.shift,
        "shift_low": found.low,
        "shift_high": found.high,
        "test": found.test,
        **(tested if found.n else dict.fromkeys(tested, np.nan)),
        "fraction_moving": float(agree.mean()) if found.n else np.nan,
        "note": "; ".join(text for text in (found.note if found.n else "", why, left_out) if text),
        **_judge(found, (why, left_out, *doubts)),
    }


def _judge(found: SignedRank, known: Sequence[str]) -> dict[str, str]:
    """Columns ``quality, reasons``: not judged without a pair, caution where something is known, else
    pass."""
    if not found.n:
        return {"quality": "not judged", "reasons": join_reasons([NO_PAIR, *known])}
    moved = found.n - found.n_zero
    weak = f"the least p of {moved} pairs that moved is {found.smallest_p:.3g}" if moved else "no pair moved"
    few = found.note or (weak if found.smallest_p > SIGNIFICANT else "")
    said = join_reasons([few, *known])
    return {"quality": "caution" if said else "pass", "reasons": said}


def _scale_for(complete: pd.DataFrame, scale: Scale) -> tuple[Scale, str]:
    """The scale asked for, or plain differences where a value has no logarithm, with the reason."""
    top = 1.0 if scale == "logit" else np.inf
    at_end = ((complete <= 0) | (complete >= top)).to_numpy()
    if scale == "difference" or not at_end.any():
        return scale, ""
    ends = " or ".join(
        end
        for end, there in (("0", (complete <= 0).any(axis=None)), ("1", (complete >= top).any(axis=None)))
        if there
    )
    return (
        "difference",
        f"{int(at_end.sum())} of {at_end.size} values are {ends} and have no {scale}: plain differences",
    )


def _left_out(
    frame: pd.DataFrame, paired: pd.DataFrame, value: str, times: tuple[str, str], reason: str
) -> str:
    """Subjects without a pair, by what is missing:
    ``3 subjects without a pair: no direction at post (3)``."""
    said = []
    for time, side in zip(times, ("baseline", "followup"), strict=True):
        absent = paired.index[paired[side].isna()]
        here = frame[(frame["timepoint"] == time) & frame["subject"].isin(absent)].drop_duplicates("subject")
        whys = here[reason] if reason else pd.Series("no value", index=here.index)
        counts = {**whys.value_counts(sort=False), "not sampled": len(absent) - len(here)}
        said += [f"{why} at {time} ({n})" for why, n in counts.items() if n]
    n = int(paired.isna().any(axis=1).sum())
    return f"{n:,} subject{'' if n == 1 else 's'} {WITHOUT_PAIR}: {', '.join(said)}" if said else ""


def _on_scale(values: pd.Series, scale: Scale) -> pd.Series:
    if scale == "logit":
        return pd.Series(logit(values), index=values.index)
    return np.log2(values) if scale == "log2" else values
