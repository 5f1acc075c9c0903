"""What a study's readouts say of a pathway: of every edge, and of the directions that it predicts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from lib.door import expose
from lib.programme.pathway import Drugs, Pathway, predict_directions
from lib.records import REASONS, join_reasons
from lib.result import Result

UNCHANGED_WITHIN_LOG2 = 0.32
"""A readout whose whole interval lies within ± this (a quarter up, a fifth down) has not moved; one whose
whole interval lies beyond it has moved enough for what it drives to be looked at."""

SUPPORTED, CONTRADICTED, NO_DATA = "supported", "contradicted", "no data"
WORDS = {1: "up", -1: "down", 0: "unchanged"}


@dataclass(frozen=True, repr=False, eq=False)
class Edges(Result):
    """What is said of every edge of a pathway; no rows where there is none.

    ``pathway`` is the one that was asked, ``measured`` holds the readouts of the study.
    """

    COLUMNS = ("edge", "source", "target", "state", "evidence", "quality", "reasons")
    pathway: Pathway | None = None
    measured: frozenset[str] = frozenset()


class Predictions(Result):
    """Predicted against measured direction of every readout."""

    COLUMNS = ("treatment", "readout", "predicted", "measured", "verdict", "quality", "reasons")


def compare_edges(
    pathway: Pathway | None,
    changes: Mapping[str, pd.DataFrame],
    drugs: Drugs,
    *,
    treatment: str = "",
    measured: Mapping[str, Collection[str]] | None = None,
) -> Edges:
    """What a study's readouts say of every edge, each under the treatment that it was measured under.

    An edge is tested only where its source moved: a measured source whose whole interval lies beyond
    ± `UNCHANGED_WITHIN_LOG2`, or the one drug given where it moved any readout so far. Then it is supported
    when its target's interval lies on the side that the source's movement and the sign predict, and
    contradicted when it lies on the other side, or wholly within ± `UNCHANGED_WITHIN_LOG2`. Otherwise there
    are no data, with the reason in ``evidence``: where nothing moved, nothing was tested. Not tested either
    are an edge into what a drug given acts on, and one that arises under a drug not given. Support is not
    proof that the edge is direct.

    Parameters
    ----------
    changes : mapping
        Treatment → DataFrame with the columns ``target`` (a readout), ``log2_fold_change, low, high``, and
        perhaps ``reasons`` against them, which what rests on them then bears.
    drugs : mapping
        Treatment → nodes of its drugs.
    treatment : str
        The one that speaks first. Where it says nothing of an edge the others do, and ``evidence`` names
        them; of several that disagree the contradiction stands.
    measured : mapping, optional
        Treatment → readouts that were measured at all, those without a change that can be told among them. By
        default those of `changes`.

    Returns
    -------
    Edges
        ``state`` is supported, contradicted or no data.
    """
    seen = {name: set(part["target"]) for name, part in changes.items()}
    seen |= {name: seen.get(name, set()) | set(targets) for name, targets in (measured or {}).items()}
    every = frozenset(str(name) for targets in seen.values() for name in targets)
    rows = [] if pathway is None else _judge_all(pathway, changes, drugs, treatment, seen)
    table = pd.DataFrame(rows, columns=list(Edges.COLUMNS))
    settings = {"treatment": treatment, "margin_log2": UNCHANGED_WITHIN_LOG2}
    return Edges(table, settings, pathway, every)


def _judge_all(
    pathway: Pathway,
    changes: Mapping[str, pd.DataFrame],
    drugs: Drugs,
    treatment: str,
    seen: Mapping[str, Collection[str]],
) -> list[tuple[str, ...]]:
    order = sorted((name for name in drugs if name in seen), key=lambda name: name != treatment)
    none = pd.DataFrame(columns=["target", "log2_fold_change", "low", "high"])
    studies = [_Study(pathway, name, changes.get(name, none), drugs[name], seen, treatment) for name in order]
    rows: list[tuple[str, ...]] = []
    for edge in pathway.edges.itertuples():
        found = [study.judge(edge) for study in studies] or [_Said(NO_DATA, _not_known(seen))]
        said = _join(found, order[:1] == [treatment])
        rows.append((edge.edge, edge.source, edge.target, said.state, said.why, *said.quality))
    return rows


class _Said(NamedTuple):
    """State and evidence of an edge under one treatment; whether it lacks a readout that another measured,
    and what speaks against the readouts that it rests on."""

    state: str
    why: str
    elsewhere: bool = False
    against: str = ""

    @property
    def quality(self) -> tuple[str, str]:
        """The columns ``quality`` and ``reasons``."""
        if self.state == NO_DATA:
            return "not judged", join_reasons([self.why])
        return ("caution" if self.against else "pass"), self.against


def _not_known(seen: Mapping[str, Collection[str]]) -> str:
    named = " and ".join(seen)
    return (
        f"measured under {named} alone, whose drugs the pathway does not hold"
        if named
        else "nothing was measured"
    )


def _join(found: Sequence[_Said], asked: bool) -> _Said:
    """The first where it was asked for and says something, else all together; without data the first reason
    that is no lack of a readout measured under another."""
    told = [said for said in found if said.state != NO_DATA]
    if not told:
        return next((said for said in found if not said.elsewhere), found[0])
    if asked and found[0].state != NO_DATA:
        return found[0]
    states = {said.state for said in told}
    against = join_reasons(reason for said in told for reason in said.against.split(REASONS))
    if len(states) == 1:
        return _Said(states.pop(), "; ".join(said.why for said in told), against=against)
    return _Said(CONTRADICTED, "; ".join(f"{said.state}: {said.why}" for said in told), against=against)


def compare_predictions(
    pathway: Pathway | None, changes: Mapping[str, pd.DataFrame], drugs: Drugs
) -> Predictions:
    """Predicted against measured direction of every readout, for each treatment whose drugs are known.

    Parameters
    ----------
    changes, drugs : mapping
        As in :func:`compare_edges`.

    Returns
    -------
    Predictions
        ``verdict`` is agrees, differs, cannot tell or no data.
    """
    rows: list[dict[str, str]] = []
    if pathway is not None:
        for treatment in drugs:
            rows += _predict(pathway, changes, drugs, treatment)
    return Predictions(pd.DataFrame(rows, columns=list(Predictions.COLUMNS)))


def _predict(
    pathway: Pathway, changes: Mapping[str, pd.DataFrame], drugs: Drugs, treatment: str
) -> list[dict[str, str]]:
    predicted = predict_directions(pathway, drugs, treatment)
    measured = changes.get(treatment, pd.DataFrame(columns=["target", "low", "high"]))
    seen = {str(row.target): _Seen.read(row) for row in measured.itertuples()}
    return [
        {"treatment": treatment, "readout": target, "predicted": WORDS[int(predicted[node])]}
        | _verdict(int(predicted[node]), seen.get(target), treatment)
        for node, target in pathway.readout_of().items()
    ]


def _verdict(predicted: int, found: _Seen | None, treatment: str) -> dict[str, str]:
    if found is None:
        lack = {"quality": "not judged", "reasons": f"no change can be told under {treatment}"}
        return {"measured": NO_DATA, "verdict": NO_DATA, **lack}
    if found.direction is None:
        unsure = join_reasons(["the interval shows neither a change nor its absence", found.against])
        return {
            "measured": "cannot tell",
            "verdict": "cannot tell",
            "quality": "not judged",
            "reasons": unsure,
        }
    verdict = "agrees" if found.direction == predicted else "differs"
    quality = {"quality": "caution" if found.against else "pass", "reasons": found.against}
    return {"measured": WORDS[found.direction], "verdict": verdict, **quality}


@dataclass(frozen=True)
class _Seen:
    """One readout: its interval in words, the direction that it shows (None: neither a change nor its
    absence), the direction in which the whole interval lies beyond the margin (0: it does not), and what
    speaks against it."""

    words: str
    direction: int | None
    moved: int
    against: str = ""

    @classmethod
    def read(cls, row: Any) -> _Seen:
        """From a row of changes; an open lower bound is a fall below what could be read."""
        high = float(row.high)
        low = -np.inf if np.isnan(row.low) and np.isfinite(high) else float(row.low)
        moved = 1 if low > UNCHANGED_WITHIN_LOG2 else -1 if high < -UNCHANGED_WITHIN_LOG2 else 0
        still = max(-low, high) <= UNCHANGED_WITHIN_LOG2
        direction = 0 if still else 1 if low > 0 else -1 if high < 0 else None
        said = str(getattr(row, "reasons", "")).split(REASONS)
        against = join_reasons(f"{row.target}: {reason}" for reason in said if reason)
        return cls(_write(row), direction, moved, against)


class _Study:
    """What was measured under one treatment, and what it says of an edge.

    ``under`` stands behind what rests on its readouts where it is not the treatment asked for.
    """

    def __init__(
        self,
        pathway: Pathway,
        treatment: str,
        changes: pd.DataFrame,
        given: Sequence[str],
        measured: Mapping[str, Collection[str]],
        asked: str,
    ) -> None:
        self.treatment, self.given = treatment, given
        self.here, self.anywhere = set(measured[treatment]), {t for part in measured.values() for t in part}
        self.seen = {str(row.target): _Seen.read(row) for row in changes.itertuples()}
        self.readout, self.drugs = pathway.readout_of(), pathway.drugs()
        self.hit = {edge.target: edge.source for edge in pathway.edges.itertuples() if edge.source in given}
        self.under = "" if treatment == asked else f", under {treatment}"

    def judge(self, edge: Any) -> _Said:
        """What is said of one edge."""
        if edge.requires and edge.requires not in self.given:
            arises = str(edge.context).split(", ", 1)[-1] or f"under {edge.requires}"
            why = f"arises {arises}; readouts under {self.treatment} alone do not speak of it"
            return _Said(NO_DATA, why)
        target = self.readout.get(edge.target)
        if target is None:
            return _Said(NO_DATA, self._unread(edge.target, f"{edge.target} is not a readout of this study"))
        if target not in self.seen:
            return _Said(NO_DATA, *self._lacking(target))
        source, why, elsewhere = self._source(edge)
        if not source:
            return _Said(NO_DATA, f"not tested: {why}", elsewhere)
        said = f"{self.seen[target].words}{self.under}"
        if self.seen[target].direction is None:
            return _Said(NO_DATA, f"{said}: the interval shows neither a change nor its absence")
        follows = self.seen[target].direction == int(edge.sign) * source
        state = SUPPORTED if follows else CONTRADICTED
        return _Said(state, said, against=self._against(target, self.readout.get(edge.source, "")))

    def _against(self, *readouts: str) -> str:
        told = [self.seen[name].against for name in readouts if name in self.seen]
        return join_reasons(reason for said in told for reason in said.split(REASONS))

    def _source(self, edge: Any) -> tuple[int, str, bool]:
        """Direction in which the source moved beyond the margin, or 0 and why it cannot be said to have."""
        if edge.source in self.drugs:
            return *self._drug(edge.source), False
        measured = self.readout.get(edge.source)
        if measured is None:
            return 0, self._unread(edge.source, f"{edge.source} was not measured"), False
        if measured not in self.seen:
            return 0, *self._lacking(measured)
        moved = self.seen[measured].moved
        if moved and edge.target in self.hit:
            return 0, f"{self.hit[edge.target]} acts on {edge.target} itself{self.under}", False
        margin = f"{UNCHANGED_WITHIN_LOG2:g} log2"
        still = f"{measured} did not move by more than {margin}, by its interval{self.under}"
        return moved, still, False

    def _drug(self, name: str) -> tuple[int, str]:
        if name not in self.given:
            return 0, f"{name} was not given under {self.treatment}"
        if len(self.given) > 1:
            return 0, f"under {self.treatment} several drugs were given, and which moved what cannot be told"
        moved = any(seen.moved for seen in self.seen.values())
        return int(moved), f"no readout moved by more than {UNCHANGED_WITHIN_LOG2:g} log2 under {name}"

    def _unread(self, node: str, otherwise: str) -> str:
        """Why a node without a readout tells nothing; a measured name like its own may well be one."""
        return f"the pathway names no readout of {node}" if self._like(node) else otherwise

    def _lacking(self, name: str) -> tuple[str, bool]:
        """Why a readout has no change here, and whether it was measured elsewhere."""
        if name in self.here:
            return f"no change of {name} can be told under {self.treatment}", False
        if name in self.anywhere:
            return f"{name} was not measured under {self.treatment}", True
        return f"no readout here is named {name}" if self._like(name) else f"{name} was not measured", False

    def _like(self, name: str) -> bool:
        """Whether anything measured is named like this, as total forms and other sites are."""
        plain = name.lower()
        return any(plain in other.lower() or other.lower() in plain for other in self.anywhere)


def _write(row: Any) -> str:
    """Estimate and interval of one readout."""
    if np.isnan(row.high):
        return f"{row.target}: no interval"
    if np.isnan(row.low):
        said = f"{row.target}: log2 change below {row.high:.2f}, at background"
    else:
        said = f"{row.target}: log2 change {row.log2_fold_change:.2f} ({row.low:.2f} to {row.high:.2f})"
    return said.replace("-", "−")


__dir__ = expose(globals())
