"""What a flow cytometry report shows: files, panel, populations, cuts, protocol, and what is claimed."""

from lib.door import expose
from reports.present.flow_gating.acquisition import compensation as compensation
from reports.present.flow_gating.acquisition import files as files
from reports.present.flow_gating.acquisition import quality as quality
from reports.present.flow_gating.acquisition import stability as stability
from reports.present.flow_gating.answers import claims as claims
from reports.present.flow_gating.counts import gating_path as gating_path
from reports.present.flow_gating.counts import populations as populations
from reports.present.flow_gating.counts import summary as summary
from reports.present.flow_gating.counts import tree as tree
from reports.present.flow_gating.firmness import cuts as cuts
from reports.present.flow_gating.firmness import recovery as recovery
from reports.present.flow_gating.firmness import robustness as robustness
from reports.present.flow_gating.methods import protocol as protocol
from reports.present.flow_gating.methods import record as record
from reports.present.flow_gating.stains import panel as panel
from reports.present.flow_gating.stains import published_notes as published_notes
from reports.present.flow_gating.stains import published_panel as published_panel
from reports.present.flow_gating.stains import spectra as spectra

__dir__ = expose(globals(), numbered=True)
