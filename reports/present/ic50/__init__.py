"""What the report on IC50s shows, a function a thing: results in, tables, figures, sentences and claims
out."""

from lib.door import expose
from reports.present.ic50.claiming import claims as claims
from reports.present.ic50.comparisons import contrasts as contrasts
from reports.present.ic50.comparisons import parallelism as parallelism
from reports.present.ic50.correction import corrected as corrected
from reports.present.ic50.correction import corrected_plates as corrected_plates
from reports.present.ic50.correction import edges as edges
from reports.present.ic50.drawings import compound_by_line as compound_by_line
from reports.present.ic50.drawings import curves as curves
from reports.present.ic50.drawings import ranked as ranked
from reports.present.ic50.options import growth as growth
from reports.present.ic50.options import hormesis as hormesis
from reports.present.ic50.published import agreement as agreement
from reports.present.ic50.published import forest as forest
from reports.present.ic50.published import limits as limits
from reports.present.ic50.tables import fits as fits
from reports.present.ic50.tables import summary as summary
from reports.present.ic50.wells import exclusions as exclusions
from reports.present.ic50.wells import outliers as outliers
from reports.present.ic50.wells import plates as plates
from reports.present.ic50.wells import quality as quality

__dir__ = expose(globals(), numbered=True)
