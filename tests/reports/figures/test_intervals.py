"""An estimate with its interval is drawn in one way: what is open, missing or beyond says so."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from reports.figures.intervals import draw_intervals, draw_published
from reports.figures.style import one_panel

NAN = float("nan")


def drawn(*numbers: object, **options: object) -> Axes:
    axes = one_panel(None)
    axes.set_xlim(0, 10)
    axes.set_ylim(0, 10)
    draw_intervals(axes, *numbers, **options)
    return axes


def lines(axes: Axes) -> list[list[float]]:
    return [
        segment.ravel().tolist()
        for bars in axes.collections
        if isinstance(bars, LineCollection)
        for segment in bars.get_segments()
    ]


def marks(axes: Axes) -> dict[tuple[str, bool], list[list[float]]]:
    """Marker and whether it is filled -> where."""
    return {
        (str(line.get_marker()), line.get_markerfacecolor() != "white"): line.get_xydata().tolist()
        for line in axes.lines
    }


def test_a_disc_on_its_line_and_an_open_disc_without() -> None:
    axes = drawn([1, 2, 3], [5, 6, NAN], [4, NAN, NAN], [7, NAN, NAN])
    assert lines(axes) == [[4, 1, 7, 1]]
    assert marks(axes) == {("o", True): [[5, 1]], ("o", False): [[6, 2]]}


@pytest.mark.parametrize(("upright", "shape"), [(False, ">"), (True, "^")])
def test_a_missing_bound_runs_to_the_end_and_points_on(upright: bool, shape: str) -> None:
    axes = drawn(1, 5, 4, NAN, upright=upright)
    start, end, at = [4, 1], [10, 1], [5, 1]
    if upright:
        start, end, at = start[::-1], end[::-1], at[::-1]
    assert lines(axes) == [[*start, *end]]
    assert marks(axes) == {("o", True): [at], (shape, False): [end]}


def test_what_lies_beyond_the_limits_is_cut_and_points_on() -> None:
    axes = drawn(1, 5, 0.5, 7, limits=(1, 6))
    assert lines(axes) == [[1, 1, 6, 1]]
    assert marks(axes) == {("o", True): [[5, 1]], ("<", False): [[1, 1]], (">", False): [[6, 1]]}


def test_without_limits_bounds_beyond_the_axis_keep_their_length() -> None:
    axes = drawn(1, 5, 4, 70)
    assert lines(axes) == [[4, 1, 70, 1]]
    assert set(marks(axes)) == {("o", True)}


def test_a_limit_is_an_open_triangle_at_the_value_or_else_at_its_bound() -> None:
    axes = drawn([1, 2, 3], [8, NAN, NAN], [2, 3, NAN], NAN, qualifier=[">", ">", ">"])
    assert lines(axes) == []
    assert marks(axes) == {(">", False): [[8, 1], [3, 2]]}
    assert marks(drawn(1, NAN, NAN, 2, qualifier="<")) == {("<", False): [[2, 1]]}


def test_an_empty_marker_draws_the_line_alone() -> None:
    axes = drawn(1, 5, 4, 7, marker="")
    assert lines(axes) == [[4, 1, 7, 1]]
    assert set(marks(axes)) == {("", True)}


def test_a_published_value_is_an_open_diamond_or_nothing() -> None:
    _, axes = plt.subplots()
    draw_published(axes, 1, NAN, 2, 3)
    assert not axes.lines
    draw_published(axes, 1, 2.5, 2, 3)
    assert marks(axes) == {("D", False): [[2.5, 1]]}
    assert np.allclose(lines(axes), [[2, 1, 3, 1]])
    plt.close("all")
