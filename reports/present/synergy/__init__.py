"""Synergy as its reader sees it: a function for each thing that is shown, and the report's claims."""

from lib.door import expose
from reports.present.synergy.claims import claims as claims
from reports.present.synergy.figures import excess as excess
from reports.present.synergy.figures import forest as forest
from reports.present.synergy.figures import inhibition as inhibition
from reports.present.synergy.figures import isobolograms as isobolograms
from reports.present.synergy.figures import surface as surface
from reports.present.synergy.tables import dose_pairs as dose_pairs
from reports.present.synergy.tables import isoboles as isoboles
from reports.present.synergy.tables import parameters as parameters
from reports.present.synergy.tables import quality as quality
from reports.present.synergy.tables import recovery as recovery
from reports.present.synergy.tables import scores as scores
from reports.present.synergy.words import agreement as agreement
from reports.present.synergy.words import published as published

__dir__ = expose(globals(), numbered=True)
