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
from lib.cytometry.panel import PanelCheck, check_panel
from lib.cytometry.populations import check_identities, count_populations, find_cd45_gate
from lib.cytometry.quality import (
    AcquisitionQuality,
    Acquisitions,
    QualityLimits,
    check_acquisition,
    check_acquisitions,
)
from lib.cytometry.record import Checklist, FileList, fill_miflowcyt, list_files
from lib.cytometry.robustness import MovedCuts, move_cuts
from lib.cytometry.signals import judge_signals
from lib.cytometry.stability import Stability, check_stability, find_least_stable
from lib.cytometry.study import (
    FlowStudy,
    StudyGating,
    gate_study,
    read_files,
    read_spillovers,
    read_study,
    split_controls,
)
from lib.cytometry.summary import (
    Populations,
    PopulationSummary,
    Recovery,
    compare_recovery,
    count_study,
    fewest_for_median,
    median_interval,
    summarise_populations,
)
from lib.cytometry.transforms import Asinh, Hyperlog, Linear, Log, Logicle, Ratio, estimate_logicle
from lib.cytometry.views import (
    CompensationView,
    GatePath,
    GateView,
    pick_pair,
    view_compensation,
    view_gate,
    view_path,
    view_spill,
    viewable_gates,
)
from lib.door import expose

__all__ = [
    "STEPS",
    "AcquisitionQuality",
    "Acquisitions",
    "Asinh",
    "AutoGating",
    "BooleanGate",
    "Checklist",
    "CompensationCheck",
    "CompensationView",
    "Cut",
    "Dimension",
    "EllipsoidGate",
    "FileList",
    "FlowFile",
    "FlowStudy",
    "FoundCut",
    "Gate",
    "GatePath",
    "GateView",
    "GatedFile",
    "GatingStrategy",
    "Hyperlog",
    "Linear",
    "Log",
    "Logicle",
    "MovedCuts",
    "Note",
    "PanelCheck",
    "PolygonGate",
    "PopulationSummary",
    "Populations",
    "QualityLimits",
    "Ratio",
    "Recovery",
    "RectangleGate",
    "Spillover",
    "Stability",
    "StudyGating",
    "apply_gates",
    "check_acquisition",
    "check_acquisitions",
    "check_compensation",
    "check_identities",
    "check_panel",
    "check_stability",
    "choose_spillover",
    "compare_recovery",
    "compensate",
    "count_populations",
    "count_study",
    "estimate_logicle",
    "fewest_for_median",
    "file_spillover",
    "fill_miflowcyt",
    "find_cd45_gate",
    "find_cut",
    "find_least_stable",
    "find_strategy",
    "fmo_cut",
    "gate_study",
    "judge_signals",
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
    "read_study",
    "read_workspace",
    "spillover_from_frame",
    "split_controls",
    "summarise_populations",
    "view_compensation",
    "view_gate",
    "view_path",
    "view_spill",
    "viewable_gates",
]

__dir__ = expose(globals())
