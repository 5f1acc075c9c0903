"""Clinical results in words: the frames that readers see and the sentences around them."""

from reports.present.clinical_endpoints.against_published import say_margins as say_margins
from reports.present.clinical_endpoints.against_published import (
    say_printed_intervals as say_printed_intervals,
)
from reports.present.clinical_endpoints.against_published import say_published as say_published
from reports.present.clinical_endpoints.against_published import show_published as show_published
from reports.present.clinical_endpoints.sentences import say_answer as say_answer
from reports.present.clinical_endpoints.sentences import say_censoring as say_censoring
from reports.present.clinical_endpoints.sentences import say_design as say_design
from reports.present.clinical_endpoints.sentences import say_median as say_median
from reports.present.clinical_endpoints.sentences import say_missing as say_missing
from reports.present.clinical_endpoints.sentences import say_rate as say_rate
from reports.present.clinical_endpoints.sentences import say_without_spread as say_without_spread
from reports.present.clinical_endpoints.sentences import warn_small as warn_small
from reports.present.clinical_endpoints.sentences import write_fraction as write_fraction
from reports.present.clinical_endpoints.tables import show_best as show_best
from reports.present.clinical_endpoints.tables import show_comparisons as show_comparisons
from reports.present.clinical_endpoints.tables import show_differences as show_differences
from reports.present.clinical_endpoints.tables import show_endings as show_endings
from reports.present.clinical_endpoints.tables import show_further as show_further
from reports.present.clinical_endpoints.tables import show_landmarks as show_landmarks
from reports.present.clinical_endpoints.tables import show_rates as show_rates
from reports.present.clinical_endpoints.tables import show_readers as show_readers
from reports.present.clinical_endpoints.tables import show_subgroups as show_subgroups
from reports.present.clinical_endpoints.tables import show_times as show_times
from reports.present.clinical_endpoints.tables import show_timing as show_timing
from reports.present.clinical_endpoints.tables import show_visits as show_visits
