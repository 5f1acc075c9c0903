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
from lib.cytometry.study import StudyGating, gate_study, read_files, read_spillovers
from lib.cytometry.transforms import Asinh, Hyperlog, Linear, Log, Logicle, Ratio, estimate_logicle

__all__ = [
    "STEPS", "AcquisitionQuality", "Asinh", "AutoGating", "BooleanGate", "CompensationCheck", "Cut", "Dimension",
    "EllipsoidGate", "FlowFile", "FoundCut", "Gate", "GatedFile", "GatingStrategy", "Hyperlog", "Linear", "Log",
    "Logicle", "PolygonGate", "QualityLimits", "Ratio", "RectangleGate", "Spillover", "Stability", "StudyGating",
    "apply_gates", "check_acquisition", "check_acquisitions", "check_compensation", "check_identities",
    "check_stability", "compensate", "count_populations", "estimate_logicle", "file_spillover", "find_cd45_gate",
    "find_cut", "find_strategy", "fmo_cut", "gate_study", "move_cuts", "parse_spillover", "pool_events", "read_fcs",
    "read_files", "read_gatingml", "read_spillovers", "read_workspace", "spillover_from_frame",
]  # fmt: skip
