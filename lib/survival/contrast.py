"""Groups against a reference: hazard ratio, log-rank test and check of proportionality in one row each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from lib.errors import Fault, InputError
from lib.survival.cox import CoxFit, Ties, fit_cox
from lib.survival.logrank import LogRank, compare_logrank
from lib.survival.proportional import check_proportional_hazards
from lib.survival.subjects import check_labels, check_times

FEW_EVENTS = 10
"""Events in a contrast below which its asymptotic interval and p-value are rough."""


@dataclass(frozen=True)
class GroupContrast:
    """One group against the reference; NaN only where `status` says why.

    `status` is ``ok``, ``few events`` (fewer than ten: interval and p-values are rough), ``monotone`` (all
    events on one side: no finite hazard ratio), ``no events``, or ``not comparable`` (one group is empty, or
    no event came while both were at risk and anybody went on); `advice` says what to do.
    """

    group: str
    reference: str
    n: int
    events: int
    n_reference: int
    events_reference: int
    hazard_ratio: float
    hr_low: float
    hr_high: float
    wald_p: float
    ties: str
    logrank_chi2: float
    logrank_p: float
    stratified: bool
    ph_test_p: float
    status: str
    advice: str

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame([vars(self)])


@dataclass(frozen=True)
class SubgroupContrasts:
    """The contrast in each subgroup, and the test that it is the same in all.

    Attributes
    ----------
    subgroups : tuple of str
    contrasts : tuple of GroupContrast
        In the order of `subgroups`.
    interaction_chi2, interaction_df, interaction_p : float, int, float
        Likelihood-ratio test of group × subgroup; NaN where `interaction_status` is not ``ok``.
    interaction_status : str
    """

    subgroups: tuple[str, ...]
    contrasts: tuple[GroupContrast, ...]
    interaction_chi2: float
    interaction_df: int
    interaction_p: float
    interaction_status: str

    def to_frame(self) -> pd.DataFrame:
        """One row a subgroup, with the test of interaction repeated on each."""
        frame = pd.concat([contrast.to_frame() for contrast in self.contrasts], ignore_index=True)
        frame.insert(0, "subgroup", self.subgroups)
        return frame.assign(interaction_p=self.interaction_p, interaction_status=self.interaction_status)


def compare_groups(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    reference: str | None = None,
    strata: ArrayLike | None = None,
    ties: Ties = "efron",
    confidence: float = 0.95,
) -> list[GroupContrast]:
    """Each group against the reference: Cox hazard ratio, log-rank test, test of proportional hazards.

    Every contrast uses the subjects of its two groups only. Where `strata` are given, the hazard ratio and
    the log-rank test are both stratified by them.

    Parameters
    ----------
    time, event, group : array_like, (n,)
    reference : str, optional
        Label of the reference group; default the first to appear.
    strata : array_like, (n,), optional
    ties : {"efron", "breslow"}
    confidence : float

    Returns
    -------
    list of GroupContrast
        In the order in which the groups appear; empty for a single group.

    Raises
    ------
    InputError
        For unusable input, or a reference that no subject has.
    """
    times, happened = check_times(time, event)
    labels = check_labels(group, times.size, "group")
    layers = None if strata is None else check_labels(strata, times.size, "strata")
    reference = _check_reference(labels, reference)
    contrasts = []
    for name in dict.fromkeys(labels):
        if name != reference:
            pair = (labels == name) | (labels == reference)
            inside = None if layers is None else layers[pair]
            contrasts.append(
                _contrast(
                    times[pair], happened[pair], labels[pair], name, reference, inside, ties, confidence
                )
            )
    return contrasts


def compare_subgroups(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    subgroup: ArrayLike,
    *,
    reference: str | None = None,
    ties: Ties = "efron",
    confidence: float = 0.95,
) -> SubgroupContrasts:
    """The contrast of two groups within each subgroup, with a test of interaction.

    The test compares, by likelihood ratio, Cox models with and without group × subgroup, both with the
    subgroups' main effects.

    Parameters
    ----------
    time, event, group, subgroup : array_like, (n,)
        `group` holds two labels.
    reference, ties, confidence
        As for `compare_groups`.

    Returns
    -------
    SubgroupContrasts
        Subgroups in the order of appearance; one in which either group is missing is ``not comparable``.

    Raises
    ------
    InputError
        For unusable input, or other than two groups.

    References
    ----------
    Wang and others, N Engl J Med 2007;357:2189.
    """
    times, happened = check_times(time, event)
    labels = check_labels(group, times.size, "group")
    parts = check_labels(subgroup, times.size, "subgroup")
    reference = _check_reference(labels, reference)
    others = [name for name in dict.fromkeys(labels) if name != reference]
    if len(others) != 1:
        raise InputError(Fault("a subgroup analysis needs exactly two groups", value=f"{len(others) + 1}"))
    names = tuple(dict.fromkeys(parts))
    contrasts = tuple(
        _contrast(
            times[parts == s],
            happened[parts == s],
            labels[parts == s],
            others[0],
            reference,
            None,
            ties,
            confidence,
        )
        for s in names
    )
    chi2, df, status = _interaction(times, happened, labels == others[0], parts, names, ties)
    p_value = float(chdtrc(df, chi2)) if status == "ok" else float("nan")
    return SubgroupContrasts(names, contrasts, chi2, df, p_value, status)


def _check_reference(labels: NDArray[np.object_], reference: str | None) -> str:
    known = list(dict.fromkeys(labels))
    if reference is None:
        return str(known[0]) if known else ""
    if reference not in known:
        raise InputError(Fault(f"reference must be one of {', '.join(known)}", value=repr(reference)))
    return reference


def _contrast(
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    labels: NDArray[np.object_],
    name: str,
    reference: str,
    strata: NDArray[np.object_] | None,
    ties: Ties,
    confidence: float,
) -> GroupContrast:
    mine = labels == name
    fit = fit_cox(
        time, event, mine.astype(float), strata=strata, ties=ties, confidence=confidence, names=[name]
    )
    test = compare_logrank(time, event, labels, strata=strata)
    status, advice = _judge(fit, mine, test)
    told = (fit.hazard_ratio, fit.low, fit.high, fit.p_value, check_proportional_hazards(fit).p_value)
    ratio, low, high, wald_p, ph_p = (
        float(x[0]) if status in ("ok", "few events") else float("nan") for x in told
    )
    return GroupContrast(
        name,
        reference,
        int(mine.sum()),
        int(event[mine].sum()),
        int((~mine).sum()),
        int(event[~mine].sum()),
        ratio,
        low,
        high,
        wald_p,
        ties,
        test.chi2,
        test.p_value,
        strata is not None,
        ph_p,
        status,
        advice,
    )


def _judge(fit: CoxFit, mine: NDArray[np.bool_], test: LogRank) -> tuple[str, str]:
    if not mine.any() or mine.all():
        return "not comparable", "One of the two groups is empty here."
    if fit.n_events and test.status != "ok":
        return (
            "not comparable",
            "No event came while both groups were at risk and anybody went on: hazards cannot be compared.",
        )
    if fit.status == "ok" and fit.n_events < FEW_EVENTS:
        return (
            "few events",
            f"{fit.n_events} events in both groups together: interval and p-values are rough.",
        )
    return fit.status, fit.advice


def _interaction(
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    mine: NDArray[np.bool_],
    parts: NDArray[np.object_],
    names: tuple[str, ...],
    ties: Ties,
) -> tuple[float, int, str]:
    levels = np.column_stack([parts == s for s in names[1:]]).astype(float) if len(names) > 1 else None
    if levels is None:
        return float("nan"), 0, "one subgroup only"
    main = fit_cox(time, event, np.column_stack([mine, levels]), ties=ties)
    full = fit_cox(time, event, np.column_stack([mine, levels, mine[:, None] * levels]), ties=ties)
    if main.status != "ok" or full.status != "ok":
        return float("nan"), levels.shape[1], full.status if full.status != "ok" else main.status
    return 2 * (full.log_likelihood - main.log_likelihood), levels.shape[1], "ok"
