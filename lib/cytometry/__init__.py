"""Flow cytometry: FCS files, compensation, scales, gates, counts and acquisition quality."""

from lib.cytometry.auto import STEPS, AutoGating, FoundCut, find_strategy, move_cuts, pool_events
from lib.cytometry.compensation import (
    CompensationCheck,
    Spillover,
    check_compensation,
    compensate,
    file_spillover,
    parse_spillover,
    spillover_from_frame,
)
from lib.cytometry.density import Cut, find_cut, fmo_cut
from lib.cytometry.fcs import FlowFile, read_fcs
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
from lib.cytometry.populations import check_identities, count_populations, find_cd45_gate
from lib.cytometry.quality import (
    AcquisitionQuality,
    QualityLimits,
    Stability,
    check_acquisition,
    check_acquisitions,
    check_stability,
)
from lib.cytometry.record import fill_miflowcyt, list_files
from lib.cytometry.study import StudyGating, gate_study, read_files, read_spillovers, split_controls
from lib.cytometry.transforms import Asinh, Hyperlog, Linear, Log, Logicle, Ratio, estimate_logicle
from lib.cytometry.views import GateView, pick_pair, view_compensation, view_gate, viewable_gates
from lib.cytometry.words import (
    answer_in_words,
    compare_recovery,
    headline_population,
    panel_in_words,
    quality_in_words,
    recovery_in_words,
    robustness_in_words,
    show_cuts,
    show_findings,
    show_populations,
    show_quality,
    show_separation,
)

__all__ = [
    "STEPS", "AcquisitionQuality", "Asinh", "AutoGating", "BooleanGate", "CompensationCheck", "Cut",
    "Dimension", "EllipsoidGate", "FlowFile", "FoundCut", "Gate", "GateView", "GatedFile",
    "GatingStrategy", "Hyperlog", "Linear", "Log", "Logicle", "PolygonGate", "QualityLimits", "Ratio",
    "RectangleGate", "Spillover", "Stability", "StudyGating", "answer_in_words", "apply_gates",
    "check_acquisition", "check_acquisitions", "check_compensation", "check_identities",
    "check_stability", "compare_recovery", "compensate", "count_populations", "estimate_logicle",
    "file_spillover", "fill_miflowcyt", "find_cd45_gate", "find_cut", "find_strategy", "fmo_cut",
    "gate_study", "headline_population", "list_files", "move_cuts", "panel_in_words", "parse_spillover",
    "pick_pair", "pool_events", "quality_in_words", "read_fcs", "read_files", "read_gatingml",
    "read_spillovers", "read_workspace", "recovery_in_words", "robustness_in_words", "show_cuts",
    "show_findings", "show_populations", "show_quality", "show_separation", "split_controls", "spillover_from_frame",
    "view_compensation", "view_gate", "viewable_gates",
]  # fmt: skip
