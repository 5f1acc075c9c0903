"""The picture of a pathway: which nodes have a bold frame."""

from __future__ import annotations

from matplotlib.patches import FancyBboxPatch

from reports.figures.pathway import plot_pathway
from tests.core.programme.test_pathway import GRAPH


def test_frames_are_bold_where_the_study_measured() -> None:
    states = GRAPH.edges[["edge"]].assign(state="no data")

    def bold(**options: set[str]) -> int:
        boxes = plot_pathway(GRAPH, states, **options).axes[0].findobj(FancyBboxPatch)
        return sum(box.get_linewidth() > 1 for box in boxes)

    assert bold() == 2
    assert bold(measured={"pY", "other"}) == 1
    assert bold(measured=set()) == 0
