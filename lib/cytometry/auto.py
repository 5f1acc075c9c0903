"""A documented gating strategy for leukocytes, T cells and myeloid cells: every cut found, none drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.cytometry.compensation import Spillover, compensate, file_spillover
from lib.cytometry.density import Cut, find_cut, fmo_cut
from lib.cytometry.fcs import FlowFile
from lib.cytometry.gates import FROM_FILE, UNCOMPENSATED, Dimension, GatingStrategy, RectangleGate
from lib.cytometry.gating import apply_gates
from lib.cytometry.names import find_channel
from lib.cytometry.shown import ShownByRows
from lib.cytometry.transforms import Log, Logicle, Ratio, estimate_logicle
from lib.errors import Fault, InputError

Control: TypeAlias = tuple[FlowFile, Spillover]
"""A fluorescence-minus-one control and its spillover."""

EVENTS_PER_FILE = 20_000
MANTISSA = Log(262144.0, 4.0)


@dataclass(frozen=True)
class Step:
    """One population: its parent and the markers that define it, True where it carries them."""

    population: str
    parent: str
    markers: tuple[tuple[str, bool], ...]


STEPS = (
    Step("Leukocytes", "Singlets", (("CD45", True),)),
    Step("T cells", "Leukocytes", (("CD3", True),)),
    Step("CD4+ T cells", "T cells", (("CD4", True), ("CD8", False))),
    Step("CD8+ T cells", "T cells", (("CD8", True), ("CD4", False))),
    Step("Regulatory T cells", "CD4+ T cells", (("CD25", True), ("FoxP3", True))),
    Step("Myeloid cells", "Leukocytes", (("CD3", False), ("CD11b", True))),
    Step("MDSC", "Myeloid cells", (("Gr-1", True),)),
)
"""The strategy, in the order in which it is applied."""


@dataclass(frozen=True)
class FoundCut:
    """One cut of the strategy.

    Parameters
    ----------
    population : str
        On whose events the cut was found.
    marker, channel : str
        What was cut.
    position : float
        On the displayed scale (logicle, log or ratio).
    position_linear : float
        In units of the channel.
    confidence : float
        Depth of the valley, 0 to 1.
    method : str
        ``valley``, ``tail`` or ``FMO``.
    axis_span : float
        Length of the axis, 0.1st to 99.9th percentile of the events: the unit of the robustness table.
    """

    population: str
    marker: str
    channel: str
    position: float
    position_linear: float
    confidence: float
    method: str
    axis_span: float


@dataclass(frozen=True, repr=False)
class AutoGating(ShownByRows):
    """A strategy that was found, its cuts, and the steps that the panel does not allow."""

    strategy: GatingStrategy
    cuts: tuple[FoundCut, ...]
    left_out: dict[str, str]

    def to_frame(self) -> pd.DataFrame:
        """One row a cut."""
        return pd.DataFrame([asdict(cut) for cut in self.cuts])


def find_strategy(
    files: Sequence[FlowFile],
    panel: Mapping[str, str],
    *,
    spillovers: Sequence[Spillover] | None = None,
    fmo: Mapping[str, Control] | None = None,
) -> AutoGating:
    """Gate leukocytes, T cells and myeloid cells by density valleys, the same cuts for every file.

    Cells by forward scatter, singlets by height over area, then `STEPS`; each cut lies in the valley of the
    pooled density of its parent population (20,000 events a file, evenly spaced), on a logicle scale fitted
    to the channel's negative events. An FMO control, where given, sets its marker's cut instead. Pooling
    keeps the cut from following the effect that is to be measured.

    Parameters
    ----------
    files : sequence of FlowFile
        All files of the study; they must share their channels.
    panel : mapping of str to str
        Marker to channel.
    spillovers : sequence, optional
        One for each file; by default what each file carries.
    fmo : mapping of str to (FlowFile, Spillover), optional
        Marker to its fluorescence-minus-one control and what is done about its spillover.

    Raises
    ------
    InputError
        If there is no forward scatter, files differ in their channels, or the panel names none of the
        markers.

    Notes
    -----
    When not to use it: other panels, samples without a negative population, or instruments that changed
    between files. Look at each cut's confidence and at :func:`move_cuts`.
    """
    panel = {marker: find_channel(files[0].channels, channel) or channel for marker, channel in panel.items()}
    _check_panel(files, panel)
    own = spillovers if spillovers is not None else [file_spillover(file) for file in files]
    controls = {marker: pool_events([file], [matrix]) for marker, (file, matrix) in (fmo or {}).items()}
    finder = _Finder(pool_events(files, own), panel, controls)
    finder.add_scatter()
    for step in STEPS:
        finder.add_step(step)
    strategy = GatingStrategy(tuple(finder.gates), source="the built-in strategy")
    return AutoGating(strategy, tuple(finder.cuts), finder.left_out)


def pool_events(files: Sequence[FlowFile], spillovers: Sequence[Spillover]) -> FlowFile:
    """Compensated events of all files together, evenly spaced, as one file without a matrix."""
    parts = []
    for file, spillover in zip(files, spillovers, strict=True):
        step = max(file.n_events // EVENTS_PER_FILE, 1)
        part = replace(file, events=file.events[:, ::step].copy())
        if spillover.dyes:
            part.events[[part.row(d) for d in spillover.dyes]] = compensate(part, spillover)
        parts.append(part.events)
    return replace(files[0], name="all files", text={}, events=np.concatenate(parts, axis=1))


class _Finder:
    """Adds gates one by one; each cut is looked for among the events of the gates before it."""

    def __init__(self, pooled: FlowFile, panel: Mapping[str, str], fmo: Mapping[str, FlowFile]) -> None:
        self.pooled, self.panel, self.fmo = pooled, panel, fmo  # all of them compensated
        self.gates: list[RectangleGate] = []
        self.cuts: list[FoundCut] = []
        self.left_out: dict[str, str] = {}
        self.members: dict[str, NDArray[np.bool_]] = {"": np.ones(pooled.n_events, dtype=bool)}
        self.scales: dict[str, Dimension] = {}

    def _add(self, gate: RectangleGate) -> None:
        self.gates.append(gate)
        self.members[gate.name] = apply_gates(
            self.pooled, GatingStrategy(tuple(self.gates)), only=(gate.name,)
        ).members[gate.name]

    def add_scatter(self) -> None:
        """Cells above the valley of forward scatter; singlets above the valley of height over area."""
        area = self._channel("FSC-A") or self._channel("FSC-H")
        assert area is not None  # _check_panel saw to it
        axis = Dimension(area, UNCOMPENSATED, MANTISSA)
        logs = MANTISSA.apply(self.pooled.events[self.pooled.row(area)])
        cut = find_cut(logs[logs > 0.2], bandwidth=0.02)
        if cut.method == "tail":  # one population only: nothing to cut away but the lowest events
            cut = Cut(float(np.percentile(logs[np.isfinite(logs)], 0.5)), 0.0, "tail")
        self._record("", "forward scatter", axis, cut, logs, float(262144.0 * 10 ** ((cut.position - 1) * 4)))
        self._add(RectangleGate("Cells", (replace(axis, low=cut.position),)))
        height = self._channel("FSC-H")
        if height is None or height == area:
            self.left_out["Singlets"] = "FSC-A and FSC-H are not both recorded: doublets stay in"
            self._add(RectangleGate("Singlets", (replace(axis, low=cut.position),), "Cells"))
            return
        ratio = Ratio(height, area, 1.0, 0.0, 0.0)
        axis = Dimension(f"{height} / {area}", UNCOMPENSATED, None, ratio=ratio)
        values = ratio.apply(
            *(self.pooled.events[self.pooled.row(c)][self.members["Cells"]] for c in (height, area))
        )
        cut = find_cut(values, bandwidth=0.02)
        if cut.method == "tail":
            mode = float(np.median(values))
            cut = Cut(mode - 4 * 1.4826 * float(np.median(np.abs(values - mode))), 0.0, "tail")
        self._record("Cells", "height over area", axis, cut, values, cut.position)
        self._add(RectangleGate("Singlets", (replace(axis, low=cut.position),), "Cells"))

    def add_step(self, step: Step) -> None:
        """Add a population, if the panel has its markers."""
        absent = [marker for marker, _ in step.markers if marker not in self.panel]
        if absent:
            self.left_out[step.population] = f"the panel has no {' and no '.join(absent)}"
            return
        parent = (
            step.parent
            if step.parent in self.members
            else "Singlets"
            if step.parent == "Leukocytes"
            else None
        )
        if parent is None:
            self.left_out[step.population] = f"{step.parent} cannot be gated"
            return
        sides = []
        for marker, positive in step.markers:
            axis, cut = self._marker_cut(marker, parent)
            sides.append(replace(axis, low=cut if positive else None, high=None if positive else cut))
        self._add(RectangleGate(step.population, tuple(sides), parent))

    def _marker_cut(self, marker: str, parent: str) -> tuple[Dimension, float]:
        known = [c for c in self.cuts if c.marker == marker]
        axis = self._axis(marker)
        if known:  # one marker, one cut: CD3 negative is the rest of CD3 positive
            return axis, known[0].position
        assert isinstance(axis.transform, Logicle)  # as `_axis` makes it
        linear = self.pooled.events[self.pooled.row(axis.channel)][self.members[parent]]
        values = axis.transform.apply(linear)
        cut = self._control_cut(marker, parent, axis) or find_cut(values)
        back = float(axis.transform.inverse(np.array([cut.position]))[0])
        self._record(parent, marker, axis, cut, values, back)
        return axis, cut.position

    def _control_cut(self, marker: str, parent: str, axis: Dimension) -> Cut | None:
        if marker not in self.fmo:
            return None
        control = self.fmo[marker]
        inside = apply_gates(control, GatingStrategy(tuple(self.gates)), only=(parent,)).members[parent]
        assert axis.transform is not None
        return (
            fmo_cut(axis.transform.apply(control.events[control.row(axis.channel)][inside]))
            if inside.sum() >= 100
            else None
        )

    def _axis(self, marker: str) -> Dimension:
        channel = self.panel[marker]
        if channel not in self.scales:
            scale = estimate_logicle(self.pooled.events[self.pooled.row(channel)])
            self.scales[channel] = Dimension(channel, FROM_FILE, scale)
        return self.scales[channel]

    def _record(
        self, population: str, marker: str, axis: Dimension, cut: Cut, values: NDArray[Any], linear: float
    ) -> None:
        low, high = np.percentile(values[np.isfinite(values)], [0.1, 99.9])
        self.cuts.append(
            FoundCut(
                population or "all events",
                marker,
                axis.channel,
                cut.position,
                linear,
                cut.confidence,
                cut.method,
                float(high - low),
            )
        )

    def _channel(self, name: str) -> str | None:
        return next((c for c in self.pooled.channels if c.upper() == name), None)


def _check_panel(files: Sequence[FlowFile], panel: Mapping[str, str]) -> None:
    wanted = sorted({marker for step in STEPS for marker, _ in step.markers})
    faults = []
    if not any(marker in panel for marker in wanted):
        faults.append(
            Fault(
                "auto gating needs markers of its panel",
                value=", ".join(panel) or "none",
                where="panel",
                remedy=f"It knows {', '.join(wanted)}. For another panel give a Gating-ML or FlowJo file.",
            )
        )
    lacking = [
        f"{channel} ({marker})" for marker, channel in panel.items() if channel not in files[0].channels
    ]
    if lacking:
        faults.append(
            Fault(
                "channels of the panel must be in the files",
                value=", ".join(lacking),
                where=files[0].name,
                remedy=f"The file has {', '.join(files[0].channels)}.",
            )
        )
    for file in files:
        if not any(c.upper() in ("FSC-A", "FSC-H") for c in file.channels):
            faults.append(
                Fault(
                    "auto gating needs forward scatter",
                    value=", ".join(file.channels),
                    where=file.name,
                    remedy="Export FSC-A and FSC-H too.",
                )
            )
        if file.channels != files[0].channels:
            odd = sorted(set(file.channels) ^ set(files[0].channels))
            faults.append(
                Fault(
                    "files that are gated together must share their channels",
                    value=", ".join(odd) or "another order",
                    where=f"{file.name} against {files[0].name}",
                    remedy="Export them from one template.",
                )
            )
    if faults:
        raise InputError(faults)
