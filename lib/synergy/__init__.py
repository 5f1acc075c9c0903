"""Drug combinations: Bliss, HSA, Loewe, ZIP and MuSyC from dose matrices, with intervals over experiments."""

from lib.door import expose
from lib.synergy.isobole import CombinationIndex as CombinationIndex
from lib.synergy.isobole import Isoboles as Isoboles
from lib.synergy.isobole import check_effects as check_effects
from lib.synergy.isobole import estimate_combination_index as estimate_combination_index
from lib.synergy.isobole import estimate_isoboles as estimate_isoboles
from lib.synergy.matrix import arrange_matrices as arrange_matrices
from lib.synergy.pairs import Parameters as Parameters
from lib.synergy.pairs import Scores as Scores
from lib.synergy.pairs import Surface as Surface
from lib.synergy.pairs import estimate_all as estimate_all
from lib.synergy.pairs import gather_scores as gather_scores
from lib.synergy.quality import MatrixQuality as MatrixQuality
from lib.synergy.quality import check_matrices as check_matrices
from lib.synergy.score import MODELS as MODELS
from lib.synergy.score import SynergyScores as SynergyScores
from lib.synergy.score import estimate_synergy as estimate_synergy
from lib.synergy.signals import normalise_signals as normalise_signals
from lib.synergy.truth import Recovery as Recovery
from lib.synergy.truth import compare_with_truth as compare_with_truth

__dir__ = expose(globals())
