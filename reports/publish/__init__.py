"""What a notebook says to its reader: tables, figures, sentences and one answer.

In JupyterLab each part that is shown only displays. When the runner executes the notebook it names a folder
in the environment variable ``TME_OUTPUT``; each part is then also written there: ``tables/*.csv`` at full
precision, ``figures/*.svg`` and ``*.png``, ``claims.json``. Every display carries its content as
``application/vnd.tme+json`` too, from which the report's page is made.
"""

from reports.publish.report import Report as Report
from reports.publish.report import open_report as open_report
from reports.shown import Figure as Figure
from reports.shown import Panels as Panels
from reports.shown import Table as Table
from reports.shown import Text as Text
