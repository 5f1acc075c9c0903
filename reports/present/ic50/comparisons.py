"""Lines of a compound against each other: ratios of IC50s, and whether their curves are parallel."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.dose_response import Contrasts
from lib.dose_response.nested import Parallelism
from reports.fields import Bounds, Column, words
from reports.present.ic50.rows import ROWS_SHOWN, join_notes, name_qualities
from reports.shown import Table
from reports.wording import count, limited, number, p_value

MOST_NAMED = 6


def contrasts(found: Contrasts) -> Table:
    """Ratios between lines, most different first, or why there are none."""
    frame = found.frame.sort_values("p_value").head(ROWS_SHOWN)
    quality, note = name_qualities(frame)
    columns = [
        "compound",
        "cell_line_a",
        "cell_line_b",
        "ratio",
        Bounds("ratio"),
        "p_value",
        "q_value",
        "method",
    ]
    shown = words(frame, [*columns, *quality], table="ic50_contrasts")
    caption = (
        f"**{_say_contrasts(found)}** q: Benjamini–Hochberg over all ratios; `From` says which error the"
        " interval holds."
    )
    return Table("ic50_contrasts", found.frame, caption, shown, fold=True, note=note)


def _say_contrasts(found: Contrasts) -> str:
    if len(found):
        return f"{count(len(found), 'ratio')} of IC50 between lines."
    if found.settings["most_lines"] < 2:
        return "No ratio of IC50: one line only."
    limit = f"more pairs than the {found.settings['limit']:,} that are compared"
    return f"No ratio of IC50 between lines: too few values within the range, or {limit}."


def parallelism(found: Parallelism) -> Table | None:
    """Whether the lines of a compound differ in more than their IC50; None where nothing was compared."""
    if not len(found):
        return None
    tests = found.frame
    quality, note = name_qualities(tests)
    error = Column("error", cells=tests["error"].where(tests["why"] == "none", tests["why"]))
    f_values = Column("f", "F (df)", cells=_f_values(tests))
    columns = ["compound", "n_lines", "n_curves", "shared", f_values, "p_value", error, *quality]
    shown = words(tests, columns, table="parallelism")
    caption = f"**{_say_parallelism(tests)}** Do lines differ in more than their IC50?"
    return Table("parallelism", tests, caption, shown, fold=True, note=join_notes(RULE_OF_PARALLELISM, note))


RULE_OF_PARALLELISM = (
    "Experiments are n: each parameter is compared by analysis of variance between lines against between"
    " experiments; several by the strongest, p times their number. Where lines are parallel it rejects 4 to 6"
    " % at a nominal 5 %, up to 9 % for plateaus of lines that the doses hold unequally well. Curves with"
    " status ok only."
)


def _f_values(tests: pd.DataFrame) -> list[str]:
    values = zip(tests["f"], tests["df_numerator"], tests["df_denominator"], strict=True)
    return [_f_value(*each) for each in values]


def _f_value(f: float, numerator: float, denominator: float) -> str:
    return "no test" if not np.isfinite(f) else f"{number(f)} ({numerator:.0f}, {denominator:.0f})"


def _say_parallelism(tests: pd.DataFrame, *, level: float = 0.05) -> str:
    """Of which compounds the lines differ in more than their IC50."""
    whole = tests[tests["shared"].str.contains("hill") & tests["shared"].str.contains("top")]
    tested = whole[whole["p_value"].notna()]
    differ = tested[tested["p_value"] < level]
    if tested.empty:
        return "Parallelism: no test could be made."
    if differ.empty:
        return (
            f"No difference between lines in hill or plateaus was found, for {count(len(tested), 'compound')}"
            " tested."
        )
    named = [f"{c} (p {_relation(p)})" for c, p in zip(differ["compound"], differ["p_value"], strict=True)]
    return (
        f"The curves of the lines are not parallel for {limited(named, MOST_NAMED)}: the lines differ in hill"
        " or plateaus, so a ratio of IC50s is not one potency at every effect."
    )


def _relation(p: float) -> str:
    said = p_value(p)
    return said if said[0] in "<>" else f"= {said}"
