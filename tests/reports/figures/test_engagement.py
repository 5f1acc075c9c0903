"""Panels of target engagement name treatment and time."""

from __future__ import annotations

from lib.engagement import estimate_changes, fit_engagement, fit_turnovers, normalise_readouts
from reports.figures.engagement import plot_doses, plot_time_courses
from tests.core.engagement.test_engagement import study


def test_panels_name_treatment_and_time_and_hold_all_times() -> None:
    changes = normalise_readouts(study({"FAK inhibition": 6.0, "both": 0.3}))
    engaged, turnovers = fit_engagement(changes), fit_turnovers(changes)
    panels = plot_doses(changes, engaged)
    titles = [panel.axes[0].get_title(loc="left") for panel in panels]
    assert titles == ["pFAK_Y397: midpoints, µM\nFAK inhibition", "pFAK_Y397: midpoints, µM\nboth"]
    legend = [text.get_text() for text in panels[0].axes[0].get_legend().get_texts()]
    assert [text.split(":")[0] for text in legend] == ["1 h", "4 h", "24 h"]
    one = plot_doses(changes, engaged.curves.query("time_h == 24 and treatment == 'both'"))
    assert one[0].axes[0].get_title(loc="left").endswith("\nboth, 24 h")
    courses = plot_time_courses(estimate_changes(changes), turnovers)
    assert [c.axes[0].get_title(loc="left") for c in courses] == [
        "pFAK_Y397\nFAK inhibition",
        "pFAK_Y397\nboth",
    ]
