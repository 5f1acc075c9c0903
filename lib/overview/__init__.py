"""What a study says on each question of its programme: rows of evidence from the tables of its reports."""

from lib.overview.finding import Finding as Finding
from lib.overview.gaps import list_gaps as list_gaps
from lib.overview.known import NOTHING as NOTHING
from lib.overview.known import Known as Known
from lib.overview.matrix import answered_questions as answered_questions
from lib.overview.matrix import common_level as common_level
from lib.overview.matrix import count_verdicts as count_verdicts
from lib.overview.matrix import gather_evidence as gather_evidence
from lib.overview.questions import HEADINGS as HEADINGS
from lib.overview.questions import OTHER as OTHER
from lib.overview.rows import COLUMNS as COLUMNS
