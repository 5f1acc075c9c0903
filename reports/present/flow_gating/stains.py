"""Can the panel tell its populations apart? This study's, and the one that the programme publishes."""

from __future__ import annotations

from typing import cast

import pandas as pd
from matplotlib.figure import Figure as Drawing

from lib.cytometry import PanelCheck
from lib.cytometry.separation import most_alike
from lib.programme import Programme
from reports.fields import Column, words
from reports.figures.cytometry import plot_similarity
from reports.shown import Figure, Table, Text
from reports.wording import count

NOTEBOOK = "flow_gating"


def panel(checked: PanelCheck) -> Table:
    """Every rule with what it found."""
    said = f"{panel_in_words(checked)} Species: {checked.species or 'not given'}."
    return _findings("panel_check", checked, said)


def spectra(checked: PanelCheck) -> list[Figure | Table]:
    """How alike the dyes are and what each costs; nothing for fewer than two."""
    if len(checked.similarity) < 2:
        return []
    one, other, cosine = most_alike(checked.similarity)
    alike = Figure(
        "similarity",
        cast(Drawing, plot_similarity(checked.similarity)),
        caption=(
            f"**{one} and {other} are the most alike: {cosine:.2f} of 1.** Cosine of the spectra over 38 "
            "detectors; beyond 0.9, dim cells of one drown in the other."
        ),
        alt=f"Similarity of spectra; the highest is {cosine:.2f} between {one} and {other}.",
    )
    costs = Table(
        "separation",
        checked.separation,
        show=_separation_shown(checked.separation),
        fold=True,
        caption=(
            "**What each dye costs**: the condition number without it, and how much its own noise grows by"
            " unmixing."
        ),
    )
    return [alike, costs]


def panel_in_words(checked: PanelCheck) -> str:
    """``"**2 failures and 1 warning**: ..."`` with the failures named."""
    fails = [f for f in checked.findings if f.severity == "fail"]
    n_warn = sum(f.severity == "warn" for f in checked.findings)
    named = "; ".join(f"{f.rule} ({f.items})" for f in fails)
    said = f"**{count(len(fails), 'failure')} and {count(n_warn, 'warning')}**"
    return said + (f": {named}." if named else ".")


def panel_flags(checked: PanelCheck) -> list[str]:
    """The rules that fail, each once."""
    failed = dict.fromkeys(f.rule for f in checked.findings if f.severity == "fail")
    return [f"panel: {rule}" for rule in failed]


def published_notes(programme: Programme) -> list[Text]:
    """What the programme says beside such data."""
    return [Text(paragraph) for paragraph in programme.note(NOTEBOOK, "published")]


def published_panel(checked: PanelCheck, programme: Programme) -> Table | None:
    """How the published panel fares; nothing where the programme publishes none."""
    if not len(programme.panel):
        return None
    named = f"The panel of {programme.panel_title}" if programme.panel_title else "The published panel"
    said = f"{panel_in_words(checked)} {named}, read as a {checked.species} study."
    return _findings("published_panel_check", checked, said, fold=True)


def _findings(name: str, checked: PanelCheck, caption: str, *, fold: bool = False) -> Table:
    found = checked.to_frame()
    flagged = list(found["severity"] == "fail")
    shown = words(found, found.columns, table=name)
    return Table(name, found, caption=caption, show=shown, flagged=flagged, fold=fold)


def _separation_shown(found: pd.DataFrame) -> pd.DataFrame:
    """Condition numbers and noise factors."""
    names = ("condition_number", "condition_without", "noise_factor")
    numbers = [Column(name, missing="not separable") for name in names]
    without_worst = Column("noise_factor_without_worst", missing="removed or not separable")
    return words(found, ["instrument", "dye", *numbers, without_worst], table="separation")
