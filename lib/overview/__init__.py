"""What a study says on each question of its programme: rows of evidence from the claims of its reports."""

from lib.door import expose
from lib.overview.finding import Finding as Finding
from lib.overview.gaps import list_gaps as list_gaps
from lib.overview.matrix import COLUMNS as COLUMNS
from lib.overview.matrix import Evidence as Evidence
from lib.overview.matrix import answered_questions as answered_questions
from lib.overview.matrix import common_level as common_level
from lib.overview.matrix import count_verdicts as count_verdicts
from lib.overview.matrix import gather_evidence as gather_evidence

__dir__ = expose(globals())
