"""How far frequencies depend on where the cuts of the built-in strategy lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pandas as pd

from lib.cytometry.auto import AutoGating, FoundCut, pool_events
from lib.cytometry.compensation import Spillover, file_spillover
from lib.cytometry.fcs import FlowFile
from lib.cytometry.gates import Dimension, GatingStrategy, RectangleGate
from lib.cytometry.gating import apply_gates
from lib.result import Result


class MovedCuts(Result):
    """How much each frequency moves with its cuts; no rows where no cut was found."""

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "population",
        "shift_percent_axis",
        "percent_parent",
        "change_points",
        "change_relative_percent",
    )


def move_cuts(
    auto: AutoGating | None,
    files: Sequence[FlowFile],
    *,
    shifts: Sequence[float] = (-0.02, -0.01, 0.01, 0.02),
    spillovers: Sequence[Spillover] | None = None,
) -> MovedCuts:
    """How much each frequency moves when its own cuts move by a share of the axis.

    A row for each population and shift: ``population, shift_percent_axis, percent_parent, change_points``
    (percentage points) and ``change_relative_percent``, from the pooled events of all files. Of gates that
    somebody drew (`auto` is None) there are none.
    """
    if auto is None:
        return MovedCuts(pd.DataFrame(columns=list(MovedCuts.COLUMNS)))
    own = spillovers if spillovers is not None else [file_spillover(file) for file in files]
    pooled = pool_events(files, own)
    base = apply_gates(pooled, auto.strategy)
    rows = []
    for gate in auto.strategy.gates:
        if not isinstance(gate, RectangleGate):
            continue
        parent_mask = base.members[gate.parent] if gate.parent else np.ones(pooled.n_events, dtype=bool)
        n_parent = int(parent_mask.sum())
        for shift in (0.0, *shifts):
            moved = replace(gate, dimensions=tuple(_moved(d, shift, auto.cuts) for d in gate.dimensions))
            others = tuple(moved if g.name == gate.name else g for g in auto.strategy.gates)
            count = apply_gates(pooled, GatingStrategy(others), only=(gate.name,)).counts[gate.name]
            rows.append((gate.name, 100 * shift, 100 * count / max(n_parent, 1)))
    frame = pd.DataFrame(rows, columns=["population", "shift_percent_axis", "percent_parent"])
    still = frame[frame.shift_percent_axis == 0].set_index("population").percent_parent
    at_rest = frame.population.map(still)
    frame["change_points"] = frame.percent_parent - at_rest
    frame["change_relative_percent"] = 100 * frame.change_points / at_rest.where(at_rest > 0)
    return MovedCuts(frame[frame.shift_percent_axis != 0].reset_index(drop=True))


def _moved(dimension: Dimension, shift: float, cuts: Sequence[FoundCut]) -> Dimension:
    def near(bound: float | None) -> float | None:
        if bound is None:
            return None
        match = [c for c in cuts if c.channel == dimension.channel and abs(c.position - bound) < 1e-12]
        return bound + shift * match[0].axis_span if match else bound

    return replace(dimension, low=near(dimension.low), high=near(dimension.high))
