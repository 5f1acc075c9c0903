"""Options that several commands of ``tme`` share."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click

from reports import project
from reports.run.asked import given_parameters
from reports.store.place import check_site
from reports.study.reading import typed_readings


class Count(click.IntRange):
    """A number of things, or of a port."""

    name = "integer"


class Seconds(click.FloatRange):
    """A time; what is no number lies in no range."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number of seconds."""
        if math.isnan(seconds := super().convert(value, param, ctx)):
            self.fail(f"{value} is not a number", param, ctx)
        return seconds


parameters = click.option(
    "-p",
    "--parameter",
    "given",
    nargs=2,
    multiple=True,
    metavar="NAME VALUE",
    callback=lambda context, option, pairs: given_parameters(pairs),
    help="A parameter; may be repeated.",
)
parameter_file = click.option(
    "-f",
    "--file",
    type=click.Path(path_type=Path),
    metavar="FILE.yaml",
    help="Many parameters from a file.",
)
readings = click.option(
    "--read",
    "read",
    multiple=True,
    metavar="PARAM=FILE.yaml",
    callback=lambda context, option, words: typed_readings(words),
    help="How an input file is to be read: sheet, header_row, columns, units, values, constants, decimal,"
    " thousands, missing, filter; may be repeated.",
)
programme_name = click.option(
    "--programme",
    default="",
    metavar="NAME|DIR|none",
    help="What results are held against: a name under data/published, a folder with programme.yaml, or none."
    " Default: what the study file beside the data says, else defactinib.",
)
site_folder = click.option(
    "--site",
    type=check_site,
    default=project.SITE,
    show_default=True,
    metavar="DIR",
    help="Where versions go: in the checkout, or, where tme is installed without one, below the working"
    " folder.",
)
json_wanted = click.option("--json", "as_json", is_flag=True, help="Machine-readable summary on stdout.")
cell_timeout = click.option(
    "--timeout",
    type=Seconds(0.1, 1e7),
    default=1800.0,
    show_default=True,
    metavar="S",
    help="Seconds that a cell may take.",
)
engine_choice = click.option(
    "--engine",
    type=click.Choice(["auto", "warm", "kernel"]),
    default="auto",
    show_default=True,
    help="warm: within a child process, forked with all imported where the system can; kernel: a fresh"
    " Jupyter kernel each. auto is warm.",
)
