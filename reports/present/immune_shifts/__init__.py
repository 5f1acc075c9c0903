"""Results of paired shifts as a reader sees them: tables of words, what is published beside them, and the answer."""

from reports.present.immune_shifts.published import list_absent as list_absent
from reports.present.immune_shifts.published import list_measured as list_measured
from reports.present.immune_shifts.published import say_measured as say_measured
from reports.present.immune_shifts.published import say_phenotypes as say_phenotypes
from reports.present.immune_shifts.published import say_signs as say_signs
from reports.present.immune_shifts.published import show_measured as show_measured
from reports.present.immune_shifts.tables import list_exclusions as list_exclusions
from reports.present.immune_shifts.tables import show_concordance as show_concordance
from reports.present.immune_shifts.tables import show_course as show_course
from reports.present.immune_shifts.tables import show_exclusions as show_exclusions
from reports.present.immune_shifts.tables import show_groups as show_groups
from reports.present.immune_shifts.tables import show_shifts as show_shifts
from reports.present.immune_shifts.words import agreement_in_words as agreement_in_words
from reports.present.immune_shifts.words import agreement_sentence as agreement_sentence
from reports.present.immune_shifts.words import answer_in_words as answer_in_words
from reports.present.immune_shifts.words import appearance_in_words as appearance_in_words
from reports.present.immune_shifts.words import cautions_in_words as cautions_in_words
from reports.present.immune_shifts.words import describe_denominators as describe_denominators
from reports.present.immune_shifts.words import describe_shifts as describe_shifts
from reports.present.immune_shifts.words import describe_slopes as describe_slopes
from reports.present.immune_shifts.words import groups_in_words as groups_in_words
from reports.present.immune_shifts.words import lead_numbers as lead_numbers
from reports.present.immune_shifts.words import limit_in_words as limit_in_words
from reports.present.immune_shifts.words import quality_in_words as quality_in_words
from reports.present.immune_shifts.words import say_published as say_published
from reports.present.immune_shifts.words import zeros_in_words as zeros_in_words
