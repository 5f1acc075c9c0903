"""A report as its notebook sees it: opened once, shown part by part, answered at the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from lib.result import Result
from reports.gate import open_gate
from reports.opened import Opened
from reports.publish.answering import card, check_claims, claims_json, ranked
from reports.publish.displays import (
    display_card,
    display_figure,
    display_inputs,
    display_panels,
    display_table,
    display_text,
)
from reports.publish.files import output_folder, write_claims
from reports.shown import Answer, Figure, Panels, Parts, Shown, Table
from reports.store.packages import tell_loaded


@dataclass(frozen=True)
class Report(Opened):
    """What a notebook knows of the report that it makes, and the two ways in which it speaks: `show` and
    `answer`."""

    _tables: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)
    _loaded: frozenset[str] = field(default_factory=frozenset, repr=False, compare=False)

    def show(self, *parts: Parts) -> None:
        """Write and display tables, figures and sentences, in this order; None and empty ones are left out.

        Parameters
        ----------
        *parts : Table, Figure, Panels, Text, or sequences of them
            As `reports.shown` describes; functions of ``reports.present`` give them. Your own:
            ``Table("name", frame, "**Caption.**")``,
            ``Figure("name", ax.figure, "**Caption.**", alt="what it shows")``, ``Text("words")``.

        Raises
        ------
        TypeError
            For anything else, with the line to write.
        ValueError
            If a table holds an infinite number, or if a version would hold two tables of one name.
        """
        for part in parts:
            if part is None:
                continue
            if isinstance(part, Shown):
                self._show(part)
            elif isinstance(part, Sequence) and not isinstance(part, str):
                self.show(*part)
            else:
                raise TypeError(_how_to_show(part))

    def _show(self, part: Shown) -> None:
        if isinstance(part, Table):
            if output_folder() and part.name in self._tables:
                raise ValueError(f"table {part.name} was shown already; give this one another name")
            self._tables[part.name] = part.frame
            display_table(part)
        elif isinstance(part, Figure):
            display_figure(part, origin=self.origin)
        elif isinstance(part, Panels):
            if part.drawings:
                display_panels(part, origin=self.origin)
        elif part.markdown:
            display_text(part.markdown)

    def answer(self, said: Answer) -> None:
        """Say the report's answer, once: the card on top, the library's row and ``claims.json``.

        Raises
        ------
        ValueError
            If a claim says something else than the cell of the table that it points at.
        """
        claims = ranked(said.claims, said.origin or self.origin or "measured")
        check_claims(claims, self._tables)
        write_claims(claims_json(claims))
        tell_loaded(self._loaded)
        display_card(card(said, claims[0] if claims else None))


def _how_to_show(thing: Any) -> str:
    """The line that publishes what somebody tried to show as it is."""
    kind = f"report.show takes Table, Figure, Panels and Text of reports.publish; got {type(thing).__name__}"
    if isinstance(thing, str):
        return f'{kind}. Write report.show(Text("..."))'
    if isinstance(thing, Drawing | Axes):
        drawn = "ax.figure" if isinstance(thing, Axes) else "figure"
        return f'{kind}. Write report.show(Figure("name", {drawn}, "**Caption.**", alt="what it shows"))'
    if isinstance(thing, pd.DataFrame | Result):
        frame = "result.to_frame()" if isinstance(thing, Result) else "frame"
        return f'{kind}. Write report.show(Table("name", {frame}, "**Caption.**"))'
    return kind


def open_report() -> Report:
    """Hold the parameters of this notebook to their rules, whoever gave them, and say which inputs it takes.

    Stands in the cell after the parameters. Every parameter is checked, made what its line says and bound
    again to its name: the text ``"no"`` becomes false, a path the absolute path of the file that was found.

    Returns
    -------
    Report
        Study and origin of the data, parameters and inputs.

    Raises
    ------
    UsageError
        With every fault: unknown names, wrong types, values outside their choices, missing files; or if the
        parameters cell cannot be found.
    """
    opened = vars(open_gate(sys._getframe(1).f_globals))
    report = Report(**opened, _loaded=frozenset(sys.modules))
    if report.inputs or report.left_out:
        display_inputs(report)
    return report
