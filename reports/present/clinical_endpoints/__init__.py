"""Clinical results as a reader sees them: one function a thing shown, result in, `reports.shown` record
out."""

from lib.door import expose
from reports.present.clinical_endpoints.answer import claims as claims
from reports.present.clinical_endpoints.contrasts import further as further
from reports.present.clinical_endpoints.contrasts import proportional_hazards as proportional_hazards
from reports.present.clinical_endpoints.contrasts import sensitivity as sensitivity
from reports.present.clinical_endpoints.contrasts import subgroups as subgroups
from reports.present.clinical_endpoints.contrasts import timing as timing
from reports.present.clinical_endpoints.estimates import curves as curves
from reports.present.clinical_endpoints.estimates import differences as differences
from reports.present.clinical_endpoints.estimates import landmarks as landmarks
from reports.present.clinical_endpoints.estimates import precision as precision
from reports.present.clinical_endpoints.estimates import rate_bars as rate_bars
from reports.present.clinical_endpoints.estimates import rates as rates
from reports.present.clinical_endpoints.estimates import ratio_forest as ratio_forest
from reports.present.clinical_endpoints.estimates import ratios as ratios
from reports.present.clinical_endpoints.estimates import times as times
from reports.present.clinical_endpoints.patients import best_responses as best_responses
from reports.present.clinical_endpoints.patients import design as design
from reports.present.clinical_endpoints.patients import endings as endings
from reports.present.clinical_endpoints.patients import patients as patients
from reports.present.clinical_endpoints.patients import profiles as profiles
from reports.present.clinical_endpoints.patients import readers as readers
from reports.present.clinical_endpoints.patients import spider as spider
from reports.present.clinical_endpoints.patients import swimmer as swimmer
from reports.present.clinical_endpoints.patients import visits as visits
from reports.present.clinical_endpoints.patients import waterfall as waterfall
from reports.present.clinical_endpoints.published import against_published as against_published
from reports.present.clinical_endpoints.published import printed_intervals as printed_intervals

__dir__ = expose(globals(), numbered=True)
