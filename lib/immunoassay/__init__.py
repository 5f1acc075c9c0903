"""Immunoassays: standard curves, limits, run acceptance, concentrations, and paired change under
censoring."""

from lib.door import expose
from lib.immunoassay.analytes import match_analyte as match_analyte
from lib.immunoassay.assay import Assay as Assay
from lib.immunoassay.assay import ResultCounts as ResultCounts
from lib.immunoassay.assay import StandardCurves as StandardCurves
from lib.immunoassay.assay import analyse_assay as analyse_assay
from lib.immunoassay.censored import fit_paired_change as fit_paired_change
from lib.immunoassay.curves import StandardCurve as StandardCurve
from lib.immunoassay.curves import fit_standard_curves as fit_standard_curves
from lib.immunoassay.limits import estimate_limits as estimate_limits
from lib.immunoassay.shifts import CytokineShifts as CytokineShifts
from lib.immunoassay.shifts import Replacements as Replacements
from lib.immunoassay.shifts import compare_replacements as compare_replacements
from lib.immunoassay.shifts import estimate_cytokine_shifts as estimate_cytokine_shifts
from lib.immunoassay.shifts import pair_values as pair_values

__dir__ = expose(globals())
