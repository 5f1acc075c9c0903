"""Paired shifts as a reader sees them: a function a thing shown, result in, `reports.shown` record out."""

from lib.door import expose
from reports.present.immune_shifts.claims import claims as claims
from reports.present.immune_shifts.denominators import denominator_forest as denominator_forest
from reports.present.immune_shifts.denominators import denominators as denominators
from reports.present.immune_shifts.further import cohorts as cohorts
from reports.present.immune_shifts.further import time_course as time_course
from reports.present.immune_shifts.pairs import exclusions as exclusions
from reports.present.immune_shifts.pairs import samples as samples
from reports.present.immune_shifts.published import agreement as agreement
from reports.present.immune_shifts.published import limits as limits
from reports.present.immune_shifts.shifts import forest as forest
from reports.present.immune_shifts.shifts import shifts as shifts
from reports.present.immune_shifts.shifts import slopes as slopes
from reports.present.immune_shifts.shifts import volcano as volcano

__dir__ = expose(globals(), numbered=True)
