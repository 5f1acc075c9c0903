"""IC50s against the published ones: the comparison as displayed, as drawn, and in a sentence."""

from __future__ import annotations

from typing import cast

import pandas as pd
from matplotlib.figure import Figure as Drawing

from lib.dose_response import Potency
from lib.dose_response.agreement import Agreement
from lib.programme import Programme
from reports.fields import Bounds, Column, Wanted, words
from reports.figures.forest import ForestRow, plot_forest
from reports.present.agreement import margin_in_words
from reports.present.ic50.rows import join_notes, name_qualities
from reports.shown import Figure, Shown, Table, Text
from reports.wording import count, is_missing

SAID_OF_MANY = {"agrees": "agree", "differs": "differ"}


def agreement(compared: Agreement, programme: Programme) -> list[Shown]:
    """The comparison with what the programme says of it; nothing where nothing is published."""
    said = Text(say_agreement(compared))
    if not len(compared):
        return [said] if said.markdown else []
    quality, note = name_qualities(compared.frame)
    rule = margin_in_words("ratio", compared.settings["margin"], confidence=compared.confidence)
    table = Table(
        "against_published",
        compared.frame,
        f"**{said.markdown}**",
        words(compared.frame, [*_columns(compared.frame), *quality], table="against_published"),
        flagged=compared["verdict"].eq("differs").tolist(),
        note=join_notes(rule, note),
    )
    return [said, Text("\n\n".join(programme.note("ic50", "published"))), table]


def forest(compared: Agreement) -> Figure | None:
    """Ours and the published IC50s; None where there is none to compare with."""
    if not len(compared):
        return None
    drawing = plot_forest(
        _rows(compared.frame), xlabel="IC50, µM", log=True, columns=("verdict",), estimate_column="IC50, µM"
    )
    said = say_agreement(compared)
    return Figure("forest", cast(Drawing, drawing), f"**{said}** {_legend(compared.frame)}", said)


def say_agreement(compared: Agreement) -> str:
    """How many agree, differ, or cannot be told; nothing where nothing is published."""
    if not compared.settings["n_references"]:
        return ""
    if not len(compared):
        return "Not comparable: no published IC50 is of a compound and line of this study."
    counts = compared["verdict"].value_counts()
    said = [
        f"{n} {verdict if n == 1 else SAID_OF_MANY.get(verdict, verdict)}" for verdict, n in counts.items()
    ]
    return f"{', '.join(said)} of {count(len(compared), 'line')} with a published IC50."


def _columns(frame: pd.DataFrame) -> list[Wanted]:
    published = zip(frame["published"], frame["published_sd"], strict=True)
    printed = Column("published", "Published mean ± SD\nµM", [_as_printed(m, s) for m, s in published])
    here = [Column("estimate", "Here\nµM"), Bounds("estimate", "Interval\nµM")]
    return ["name", *here, "n_experiments", printed, "effect", "verdict", "why"]


def _as_printed(mean: float, sd: float) -> str:
    return f"{mean:g}" if is_missing(sd) else f"{mean:g} ± {sd:g}"


def _rows(frame: pd.DataFrame) -> list[ForestRow]:
    """The comparison as a forest, most sensitive first; the thin line of a published mean is its SD."""
    return [_row(r) for _, r in frame.sort_values("estimate").iterrows()]


def _row(r: pd.Series) -> ForestRow:
    estimate, mark = r["estimate"], "="
    if is_missing(estimate) and is_missing(r["low"]) != is_missing(r["high"]):  # beyond the tested range
        estimate, mark = (r["low"], ">") if is_missing(r["high"]) else (r["high"], "<")
    return ForestRow(
        r["name"],
        estimate,
        r["low"],
        r["high"],
        qualifier=mark,
        published=r["published"],
        published_low=r["published"] - r["published_sd"],
        published_high=r["published"] + r["published_sd"],
        columns=(r["verdict"],),
    )


def _legend(frame: pd.DataFrame) -> str:
    """What the marks of that forest are."""
    line = ", thin line its SD, which is not an interval" if frame["published_sd"].notna().any() else ""
    return f"Blue: geometric mean and its interval; open diamond: published mean{line}."


def limits(potency: Potency, programme: Programme) -> Text | None:
    """What the programme's record adds to the limits; None where none of its compounds was tested."""
    if not any(map(programme.compound_named, set(potency["compound"]))):
        return None
    return Text("\n".join(f"- {point}" for point in programme.note("ic50", "limits")))
