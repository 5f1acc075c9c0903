"""How large the populations are: medians over subjects, every file, the tree, and where the gates lie."""

from __future__ import annotations

from typing import cast

import pandas as pd
from matplotlib.figure import Figure as Drawing

from lib.cytometry import GatePath, Populations, PopulationSummary, fewest_for_median
from reports.fields import Bounds, Column, words
from reports.figures.cytometry import plot_gate, plot_population_tree
from reports.shown import Figure, Panels, Table
from reports.wording import count, interval, interval_name, number

HEADLINES = ("Regulatory T cells", "CD8+ T cells", "MDSC")
FEWEST_PANELS = 4
"""Below, each gate is a figure of its own."""
WORST = ("fail", "not judged", "caution", "pass")


def summary(found: PopulationSummary, counts: Populations) -> Table:
    """A row a population, a column a time point: the median over subjects."""
    return Table(
        "population_summary",
        found.frame,
        show=_summary_shown(found),
        caption=(
            f"**{answer_in_words(found, headline(counts))}** Median over subjects with its exact interval"
            f" ({fewest_for_median(found.confidence)} subjects at least; otherwise the range), each as a"
            " share of the population named beside it."
        ),
    )


def populations(counts: Populations) -> Table:
    """Every population of every file, with the interval of counting."""
    return Table(
        "populations",
        counts.frame,
        show=_populations_shown(counts),
        fold=True,
        flagged=list(~counts["quantifiable"] | (counts["quality"] == "fail")),
        caption=(
            f"{rare_in_words(counts)}, too few to quantify (tinted). Every file, with the counting interval."
        ),
    )


def rare_in_words(counts: Populations) -> str:
    """How many counts are too few."""
    rare = int((~counts["quantifiable"]).sum())
    verb = "is" if len(counts) == 1 else "are"
    return (
        f"**{rare:,} of {count(len(counts), 'count')} {verb} below {counts.settings['lloq_events']} events**"
    )


def tree(counts: Populations) -> Figure:
    """Each population under its parent."""
    medians = [
        f"{name}: median {number(part['percent_parent'].dropna().median())} percent of"
        f" {part['parent'].iloc[0]}."
        for name, part in counts.frame.groupby("population", sort=False)
    ]
    return Figure(
        "tree",
        cast(Drawing, plot_population_tree(counts)),
        alt=f"Population tree. {' '.join(medians)}",
        caption=(
            f"**{count(counts['population'].nunique(), 'population')}**, each under its parent; "
            f"median over {count(counts['file'].nunique(), 'file')}."
        ),
    )


def gating_path(path: GatePath) -> Panels | list[Figure]:
    """The gates of one subject, one panel a gate; single figures where there are few."""
    who = f"subject {path.subject}" if path.subject else "one subject"
    drawings = [plot_gate(views, path.timepoints) for views in path.gates]
    said = [
        f"{views[0].name} {' then '.join(number(v.percent, missing='empty') for v in views)} %"
        for views in path.gates
    ]
    caption = (
        f"**The gating path of {who}**, {' above '.join(path.timepoints)}: each panel shows the events of the"
        " parent and the gate with its share."
    )
    if len(drawings) >= FEWEST_PANELS:
        return Panels("gating", drawings, caption, f"Gating path of {who}: {'; '.join(said)}.")
    return [
        Figure(f"gating-{i}", drawing, caption, f"Gate of {who}: {words}.")
        for i, (drawing, words) in enumerate(zip(drawings, said, strict=True), start=1)
    ]


def headline(counts: Populations) -> str:
    """The population that the report leads with: the first known one, else the rarest that is
    quantifiable."""
    there = list(dict.fromkeys(counts["population"]))
    known = [name for name in HEADLINES if name in there]
    if known:
        return known[0]
    usable = counts.frame[counts["quantifiable"]]
    rare = usable.groupby("population")["percent_parent"].median()
    return str(rare.idxmin()) if len(rare) else str(there[-1])


def answer_in_words(found: PopulationSummary, name: str) -> str:
    """One sentence on one population: its median percent at each time point, with interval and n."""
    part = found.frame[(found["population"] == name) & (found["n_subjects"] > 0)]
    if part.empty:
        return f"{name} cannot be given: the parent gate is empty in every file."
    pieces = [
        f"{_median_in_words(row, found.confidence)} at {row['timepoint']}" for _, row in part.iterrows()
    ]
    return f"{name} are a median {' and '.join(pieces)}, as a share of {part['parent'].iloc[0]}."


def _median_in_words(row: pd.Series, confidence: float) -> str:
    spread = (
        f"range {interval(row['minimum'], row['maximum'])}, too few for an interval"
        if pd.isna(row["low"])
        else f"{interval_name(confidence)} {interval(row['low'], row['high'])}"
    )
    n = count(int(row["n_subjects"]), "subject")
    return f"{number(row['median_percent'])} % ({spread if row['n_subjects'] > 1 else 'one value'}; n = {n})"


def _summary_shown(found: PopulationSummary) -> pd.DataFrame:
    times = list(dict.fromkeys(found["timepoint"]))
    rows = []
    for name, part in found.frame.groupby("population", sort=False):
        by_time = part.set_index("timepoint")
        cells = {f"{t}\n%": _cell(by_time.loc[t]) if t in by_time.index else "not sampled" for t in times}
        rows.append(
            {
                "Population": str(name),
                "of": str(part["parent"].iloc[0]),
                **cells,
                "Quantifiable\nfiles": f"{part['n_quantifiable'].sum()} of {part['n_files'].sum()}",
                "Quality": min(part["quality"], key=WORST.index),
            }
        )
    return pd.DataFrame(rows)


def _cell(row: pd.Series) -> str:
    if row["n_subjects"] == 0:
        return "parent empty"
    spread = interval(row["low"], row["high"], none=f"range {interval(row['minimum'], row['maximum'])}")
    return f"{number(row['median_percent'])} ({spread})"


def _populations_shown(counts: Populations) -> pd.DataFrame:
    share = Column("percent_parent", missing="parent empty")
    bounds = Bounds("percent_parent", low="percent_low", missing="none")
    cd45 = Column("percent_cd45", missing="not within CD45+")
    density = [Column("cells_per_mg", missing="not given")] if "cells_per_mg" in counts.frame else []
    columns = ["file", "timepoint", "population", "parent", "count", share, bounds, cd45, "detection"]
    columns = [*columns, *density, "quality"]
    return words(counts.frame, columns, table="populations", confidence=counts.confidence)
