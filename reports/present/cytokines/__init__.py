"""Immunoassays as their reader sees them: a function for each thing that is shown, and the report's
claims."""

from lib.door import expose
from reports.present.cytokines.claims import claims as claims
from reports.present.cytokines.figures import curves as curves
from reports.present.cytokines.figures import forest as forest
from reports.present.cytokines.figures import pairs as pairs
from reports.present.cytokines.handling import limits as limits
from reports.present.cytokines.tables import acceptance as acceptance
from reports.present.cytokines.tables import concentrations as concentrations
from reports.present.cytokines.tables import counts as counts
from reports.present.cytokines.tables import replacements as replacements
from reports.present.cytokines.tables import shifts as shifts
from reports.present.cytokines.tables import standard_curves as standard_curves
from reports.present.cytokines.words import calibration as calibration
from reports.present.cytokines.words import disagreements as disagreements
from reports.present.cytokines.words import published as published
from reports.present.cytokines.words import remarks as remarks

__dir__ = expose(globals(), numbered=True)
