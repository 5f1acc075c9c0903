"""What a report of immunohistochemistry shows: what was scored, the protocol, changes within patients,
thresholds, claims."""

from lib.door import expose
from reports.present.ihc.claims import TITLE as TITLE
from reports.present.ihc.claims import claims as claims
from reports.present.ihc.protocol import protocol as protocol
from reports.present.ihc.shown import cells as cells
from reports.present.ihc.shown import counted as counted
from reports.present.ihc.shown import densities as densities
from reports.present.ihc.shown import limits as limits
from reports.present.ihc.shown import patients as patients
from reports.present.ihc.shown import published as published
from reports.present.ihc.shown import quality as quality
from reports.present.ihc.shown import regions as regions
from reports.present.ihc.shown import scores as scores
from reports.present.ihc.shown import sensitivity as sensitivity
from reports.present.ihc.shown import shifts as shifts
from reports.present.ihc.shown import slopes as slopes

__dir__ = expose(globals(), numbered=True)
