"""How fast each readout falls once its production is inhibited, and recovers after washout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.engagement.changes import FEWEST_FOR_INTERVAL, KEYS, Changes
from lib.engagement.kinetics import Array, Design, exposed_time, share_variance
from lib.engagement.profile import IMAX, LN_IC50, LN_K, Optimum, profile_turnover
from lib.engagement.quality import judge_half_lives, trace_lost
from lib.result import Result

FEWEST_TIMES, FEWEST_DOSES, FEWEST_POINTS = 3, 2, 5


@dataclass(frozen=True)
class Turnover:
    """An indirect response of one readout under one treatment, by one normaliser.

    ``half_life_h`` is how fast the readout falls once production stops, and recovers after washout; NaN where
    it cannot be told, as are ``max_inhibition`` and ``ic50_uM`` where the data do not hold them. ``status``
    is ``ok``; ``beyond the tested times`` (the estimate is longer than the longest span under the drug or
    after it); ``not reached`` (a side of the interval is open, ``note`` says which); ``cannot be told`` (both
    are); ``no_effect``; ``too few experiments`` (an estimate without interval); ``too few times``;
    ``saturated`` or ``no vehicle`` (no lane is left). ``theta`` holds ln k, maximal inhibition and ln IC50 as
    fitted, for drawing.
    """

    target: str
    treatment: str
    normalised_to: str
    max_inhibition: float
    ic50_uM: float
    half_life_h: float
    half_life_low_h: float
    half_life_high_h: float
    n_experiments: int
    status: str
    n_points: int
    note: str
    theta: tuple[float, float, float] = (np.nan, np.nan, np.nan)

    def to_frame(self) -> pd.DataFrame:
        """One row, columns named as the fields but for `theta`."""
        return _gather([self])


@dataclass(frozen=True, repr=False, eq=False)
class Turnovers(Result):
    """Half-lives, a row a readout, treatment and normaliser; ``fits`` are the same as records, for
    drawing."""

    COLUMNS = (
        "target",
        "treatment",
        "normalised_to",
        "max_inhibition",
        "ic50_uM",
        "half_life_h",
        "half_life_low_h",
        "half_life_high_h",
        "n_experiments",
        "status",
        "n_points",
        "note",
        "quality",
        "reasons",
    )
    ALIGNED = ("fits",)
    fits: tuple[Turnover, ...] = ()


def fit_turnovers(changes: Changes, *, confidence: float = 0.95) -> Turnovers:
    """Fit the turnover of every target under each treatment by each normaliser: they have a half-life each.

    Over dose, time and washout, by :func:`lib.engagement.profile.profile_turnover`; needs at least two doses
    and three times.
    """
    treated, lost = (frame[frame["dose_uM"] > 0] for frame in (changes.lanes, changes.excluded))
    found = [
        _fit(dict(zip(KEYS, names, strict=True)), lanes, confidence) for names, lanes in treated.groupby(KEYS)
    ]
    told = {(t.treatment, t.target, t.normalised_to) for t in found}
    found += [
        _lost(dict(zip(KEYS, names, strict=True)), lanes)
        for names, lanes in lost.groupby(KEYS)
        if names not in told
    ]
    found.sort(key=lambda t: (t.target, t.treatment, t.normalised_to))
    table = _gather(found)
    judged = judge_half_lives(table, trace_lost(lost, changes.saturated.frame, KEYS), KEYS)
    settings = {"confidence": confidence, "method": "profile likelihood"}
    return Turnovers(table.join(judged), settings, tuple(found))


def _fit(names: dict[str, str], lanes: pd.DataFrame, confidence: float) -> Turnover:
    lanes = lanes[lanes["log2_fold_change"].notna()]
    times, doses = lanes["time_h"][lanes["time_h"] > 0].nunique(), lanes["dose_uM"].nunique()
    if times < FEWEST_TIMES or doses < FEWEST_DOSES or len(lanes) < FEWEST_POINTS:
        why = f"needs at least {FEWEST_DOSES} doses and {FEWEST_TIMES} times"
        return _turnover(names, lanes, "too few times", why)
    change = lanes["log2_fold_change"].to_numpy(float)
    design = _design(lanes)
    found = profile_turnover(design, change, confidence=confidence, fewest=FEWEST_FOR_INTERVAL)
    if found.p_no_effect >= 1 - confidence:
        return _turnover(
            names, lanes, "no_effect", "no fall with dose and time was found; the model describes no rise"
        )
    return _judge(names, lanes, found, float(max(design.exposed_h.max(), design.since_h.max())))


def _lost(names: dict[str, str], lanes: pd.DataFrame) -> Turnover:
    """A readout of which no lane is left."""
    saturated = lanes["reason"].str.contains("saturated").any()
    if saturated:
        return _turnover(names, lanes.head(0), "saturated", "its lanes, or their vehicle, are saturated")
    return _turnover(names, lanes.head(0), "no vehicle", "no lane can be held against a vehicle")


def _design(lanes: pd.DataFrame) -> Design:
    time, dose = lanes["time_h"].to_numpy(float), lanes["dose_uM"].to_numpy(float)
    washout = lanes["washout_h"].to_numpy(float) if "washout_h" in lanes else np.full(len(lanes), np.nan)
    exposed = exposed_time(time, washout)
    reference = pd.factorize(lanes["reference"])[0]
    whiten = share_variance(reference, lanes["n_lanes"].to_numpy(float), lanes["n_reference"].to_numpy(float))
    return Design(dose, exposed, time - exposed, pd.factorize(lanes["experiment"])[0], whiten)


def _judge(names: dict[str, str], lanes: pd.DataFrame, found: Optimum, longest_h: float) -> Turnover:
    """What the fit may be taken to say, of spans of up to `longest_h` under the drug or after it."""
    half_life = float(np.log(2) / np.exp(found.theta[LN_K]))
    ends = [_closed(np.log(2) / np.exp(ln_k)) for ln_k in (found.high, found.low)]
    status, note = _status(half_life, ends, longest_h, lanes["experiment"].nunique())
    told = status in ("ok", "beyond the tested times", "too few experiments")
    told |= status == "not reached" and half_life <= longest_h and not np.isnan(ends[0])
    return _turnover(names, lanes, status, note, half_life if told else np.nan, ends, found.theta)


def _closed(bound: float) -> float:
    return float(bound) if np.isfinite(bound) and bound > 0 else np.nan


def _status(half_life: float, ends: Sequence[float], longest: float, n_experiments: int) -> tuple[str, str]:
    low, high = ends
    if n_experiments < FEWEST_FOR_INTERVAL:
        return "too few experiments", f"no interval from fewer than {FEWEST_FOR_INTERVAL} experiments"
    if np.isnan(low) and np.isnan(high):
        return "cannot be told", "any half-life fits"
    if np.isnan(high):
        return "not reached", "no upper limit: the fall is too slow or too small for these times"
    if np.isnan(low):
        return "not reached", "no lower limit: the fall was over before the first time"
    if half_life > longest:
        return "beyond the tested times", f"longer than the longest span, {longest:g} h: rests on the model"
    return "ok", ""


def _turnover(
    names: dict[str, str],
    lanes: pd.DataFrame,
    status: str,
    note: str,
    half_life: float = np.nan,
    ends: Sequence[float] = (np.nan, np.nan),
    theta: Array | None = None,
) -> Turnover:
    imax, ic50 = (np.nan, np.nan) if theta is None else (float(theta[IMAX]), float(np.exp(theta[LN_IC50])))
    doses = lanes["dose_uM"]
    return Turnover(
        names["target"],
        names["treatment"],
        names["normalised_to"],
        imax if imax < 1 else np.nan,  # pressed against the bound: nothing that was found
        ic50 if doses.min() <= ic50 <= doses.max() else np.nan,
        half_life,
        ends[0],
        ends[1],
        int(lanes["experiment"].nunique()),
        status,
        len(lanes),
        note,
        (np.nan, np.nan, np.nan) if theta is None else (float(theta[0]), float(theta[1]), float(theta[2])),
    )


def _gather(found: Sequence[Turnover]) -> pd.DataFrame:
    """Turnovers as one table, also where there are none."""
    names = list(Turnovers.COLUMNS[:-2])
    return pd.DataFrame([[getattr(t, name) for name in names] for t in found], columns=names)
