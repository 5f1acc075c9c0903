"""Flow cytometry: FCS files, compensation, scales, gates, counts and acquisition quality."""

from lib.cytometry.auto import STEPS, AutoGating, FoundCut, find_strategy, pool_events
from lib.cytometry.compensation import (
    Spillover,
    choose_spillover,
    compensate,
    file_spillover,
    no_spillover,
    parse_spillover,
    spillover_from_frame,
)
from lib.cytometry.density import Cut, find_cut, fmo_cut
from lib.cytometry.double import CompensationCheck, check_compensation
from lib.cytometry.fcs import FlowFile, Note, read_fcs
from lib.cytometry.flowjo import read_workspace
from lib.cytometry.gates import (
    BooleanGate,
    Dimension,
    EllipsoidGate,
    Gate,
    GatingStrategy,
    PolygonGate,
    RectangleGate,
)
from lib.cytometry.gating import GatedFile, apply_gates
from lib.cytometry.gatingml import read_gatingml
from lib.cytometry.populations import (
    check_identities,
    compare_recovery,
    count_populations,
    fewest_for_median,
    find_cd45_gate,
    median_interval,
    summarise_populations,
)
from lib.cytometry.quality import AcquisitionQuality, QualityLimits, check_acquisition, check_acquisitions
from lib.cytometry.record import fill_miflowcyt, list_files
from lib.cytometry.robustness import move_cuts
from lib.cytometry.signals import judge_signals
from lib.cytometry.stability import Stability, check_stability, least_stable
from lib.cytometry.study import StudyGating, gate_study, read_files, read_spillovers, split_controls
from lib.cytometry.transforms import Asinh, Hyperlog, Linear, Log, Logicle, Ratio, estimate_logicle
from lib.cytometry.views import GateView, pick_pair, view_compensation, view_gate, viewable_gates

__all__ = [
    "STEPS",
    "AcquisitionQuality",
    "Asinh",
    "AutoGating",
    "BooleanGate",
    "CompensationCheck",
    "Cut",
    "Dimension",
    "EllipsoidGate",
    "FlowFile",
    "FoundCut",
    "Gate",
    "GateView",
    "GatedFile",
    "GatingStrategy",
    "Hyperlog",
    "Linear",
    "Log",
    "Logicle",
    "Note",
    "PolygonGate",
    "QualityLimits",
    "Ratio",
    "RectangleGate",
    "Spillover",
    "Stability",
    "StudyGating",
    "apply_gates",
    "check_acquisition",
    "check_acquisitions",
    "check_compensation",
    "check_identities",
    "check_stability",
    "choose_spillover",
    "compare_recovery",
    "compensate",
    "count_populations",
    "estimate_logicle",
    "fewest_for_median",
    "file_spillover",
    "fill_miflowcyt",
    "find_cd45_gate",
    "find_cut",
    "find_strategy",
    "fmo_cut",
    "gate_study",
    "judge_signals",
    "least_stable",
    "list_files",
    "median_interval",
    "move_cuts",
    "no_spillover",
    "parse_spillover",
    "pick_pair",
    "pool_events",
    "read_fcs",
    "read_files",
    "read_gatingml",
    "read_spillovers",
    "read_workspace",
    "spillover_from_frame",
    "split_controls",
    "summarise_populations",
    "view_compensation",
    "view_gate",
    "viewable_gates",
]  # fmt: skip
