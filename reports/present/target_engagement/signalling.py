"""What the readouts say of the programme's pathway; nothing where it has none."""

from __future__ import annotations

from typing import cast

from matplotlib.figure import Figure as Drawing

from lib.programme.edges import Edges, Predictions
from reports.figures.pathway import plot_pathway
from reports.present.target_engagement.potency import with_marks
from reports.shown import Figure, Table
from reports.wording import count, listing


def pathway(found: Edges) -> Figure | None:
    """The pathway as a picture."""
    if found.pathway is None:
        return None
    caption = (
        f"**{count_edges(found)}.** Each at the highest dose and the latest time before washout. An edge is "
        "tested only where its source moved. Bold frames are measured."
    )
    drawing = cast(Drawing, plot_pathway(found.pathway, found.frame, measured=found.measured))
    return Figure("pathway", drawing, caption, count_edges(found))


def edges(found: Edges) -> Table | None:
    """Every edge with its evidence."""
    if found.pathway is None:
        return None
    caption = "**Every edge with its evidence.** Support does not prove that an edge is direct."
    rows = found.frame
    shown = rows.drop(columns=["quality", "reasons"]).assign(evidence=with_marks(rows["evidence"], rows))
    doubtful = (rows["quality"] == "caution").tolist()
    return Table("pathway", rows, caption, show=shown, flagged=doubtful, fold=True)


def predictions(found: Predictions) -> Table | None:
    """Predicted and measured directions."""
    if not len(found):
        return None
    rows = found.frame
    told, agree = (
        int(rows["verdict"].isin(["agrees", "differs"]).sum()),
        int((rows["verdict"] == "agrees").sum()),
    )
    caption = (
        f"**{agree} of {count(told, 'direction')} that can be told {'is' if told == 1 else 'are'} as the "
        "pathway predicts** under each treatment."
    )
    shown = rows.drop(columns=["quality", "reasons"]).assign(verdict=with_marks(rows["verdict"], rows))
    return Table("predictions", rows, caption, show=shown, fold=True)


def count_edges(found: Edges) -> str:
    """How many edges of the pathway these readouts support, and which they contradict."""
    states = found["state"]
    told, supported = int((states != "no data").sum()), int((states == "supported").sum())
    if not told:
        return "These readouts can tell of no edge of the pathway"
    against = listing(name_contradicted(found))
    of = f"{count(told, 'edge')} of which these readouts can tell"
    return f"Supported: {supported} of {of}; contradicted: {against}"


def name_contradicted(found: Edges) -> list[str]:
    """Edges of the pathway that these readouts contradict."""
    return [str(edge) for edge in found.frame.loc[found["state"] == "contradicted", "edge"]]
