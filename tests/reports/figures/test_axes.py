"""Every public figure function: a figure that shows itself, or the caller's own axes, and nothing left in
pyplot."""

from __future__ import annotations

import importlib
import inspect
import io
import pkgutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import imread

from lib.errors import InputError
from lib.result import Result
from reports import figures as plots
from reports.figures.style import new_figure, one_panel

EXAMPLE = Path(__file__).resolve().parents[3] / "data" / "example"
SEVERAL_PANELS = {
    "cytometry.plot_gate",
    "cytometry.plot_compensation",
    "cytometry.plot_stability",
    "plates.plot_edge_correction",
    "paired.plot_denominators",
}


def public() -> dict[str, Callable[..., Any]]:
    found = {}
    for info in pkgutil.iter_modules(plots.__path__):
        module = importlib.import_module(f"reports.figures.{info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("plot_") and function.__module__ == module.__name__:
                found[f"{info.name}.{name}"] = function
    return found


FUNCTIONS = public()
ONE_PANEL = sorted(
    name
    for name, function in FUNCTIONS.items()
    if name not in SEVERAL_PANELS and "list" not in str(inspect.signature(function).return_annotation)
)


def similarity() -> tuple:
    return (pd.DataFrame([[1.0, 0.8], [0.8, 1.0]], index=["FITC", "PE"], columns=["FITC", "PE"]),)


def population_tree() -> tuple:
    return (
        Result(
            pd.DataFrame(
                {
                    "population": ["A", "B"],
                    "parent": ["all events", "A"],
                    "percent_parent": [50.0, np.nan],
                    "count": [500, 0],
                }
            )
        ),
    )


def robustness() -> tuple:
    moved = {"population": ["A"] * 4, "shift_percent_axis": [-2, -1, 1, 2], "change_points": [-3, -1, 1, 2.0]}
    return (Result(pd.DataFrame(moved)),)


def recovery() -> tuple:
    return (
        Result(
            pd.DataFrame(
                {
                    "file": ["1", "2", "1"],
                    "population": ["A", "A", "B"],
                    "difference_points": [0.1, -0.4, 2.0],
                }
            )
        ),
    )


def reconstruction() -> tuple:
    points = {"curve_time": np.array([0, 5.0]), "curve_survival": np.array([1, 0.5])}
    counts = {"time": np.array([5.0, 8]), "event": np.array([1, 0]), "residual": np.array([0, 0.01])}
    return ({"a": SimpleNamespace(**points, **counts)},)


def curve() -> tuple:
    from lib.dose_response import draw_curves, fit_curves
    from tests.reports.figures.test_dose_response import one_curve

    wells = one_curve(r7=1.9)
    return (*draw_curves(wells, fit_curves(wells)),)


def fits() -> tuple:
    from lib.dose_response import fit_curves
    from tests.reports.figures.test_dose_response import screen

    return (fit_curves(screen(3, 2)).frame,)


def plate() -> tuple:
    from tests.reports.figures.test_plates import plate as one_plate

    return one_plate(0.8), "P1"


def hormesis() -> tuple:
    from lib.dose_response import fit_curves
    from lib.dose_response.hormesis import compare_hormesis
    from tests.reports.figures.test_dose_response import one_curve

    wells = one_curve()
    fits = fit_curves(wells)
    return compare_hormesis(wells, fits).frame.iloc[0], fits.frame.iloc[0], wells


def evidence() -> tuple:
    from tests.core.test_overview import gather, ic50

    return (gather(ic50()),)


def forest() -> tuple:
    from reports.figures.forest import ForestRow

    return (
        [
            ForestRow("first", 2.0, 1.0, 4.0, published=2.5, group="lines", columns=("12",)),
            ForestRow("second", 30.0, qualifier=">", columns=("3",)),
        ],
    )


def counted_cells() -> tuple:
    image = np.full((60, 80, 3), 200, dtype=np.uint8)
    cells = np.zeros((60, 80), dtype=int)
    cells[10:30, 10:30], cells[35:50, 40:70] = 1, 2
    return (
        SimpleNamespace(
            image=image,
            nuclei=cells,
            cells=cells,
            classes=np.array([-1, 0, 3]),
            um_per_px=0.5,
            compartment="cell",
        ),
        "title",
    )


def densities() -> tuple:
    frame = pd.DataFrame({"timepoint": ["pre"] * 50 + ["post"] * 50, "dab_od": np.linspace(0.05, 0.9, 100)})
    return frame, (0.2, 0.4, 0.6), "title"


def sensitivity() -> tuple:
    frame = pd.DataFrame(
        {
            "threshold_1": [0.1, 0.2, 0.3],
            "shift": [5, 4, 3.0],
            "shift_low": [1, 1, 1.0],
            "shift_high": [9, 8, 7.0],
        }
    )
    return frame, 0.2, "title"


def assay() -> tuple:
    from lib.immunoassay import analyse_assay
    from tests.core.immunoassay.test_immunoassay import plate as assay_plate

    return analyse_assay(assay_plate(0.02, a=100.0, b=30.0).assign(subject=None, timepoint=None)), (
        "p1",
        "IL-6",
    )


def concentrations() -> tuple:
    rows = [
        (s, t, v)
        for s, v0 in (("a", 10.0), ("b", 20.0), ("c", 5.0))
        for t, v in (("pre", v0), ("post", v0 / 2))
    ]
    frame = pd.DataFrame(rows, columns=["subject", "timepoint", "concentration_pg_ml"])
    return (
        frame.assign(
            analyte="IL-6",
            plate="p1",
            sample=frame.subject + frame.timepoint,
            qualifier="=",
            limit_pg_ml=np.nan,
            cv_percent=5.0,
            dilution=1.0,
            status="ok",
        ),
        "IL-6",
    )


def cytokine_shifts() -> tuple:
    return (
        pd.DataFrame(
            {"analyte": ["IL-6", "IL-8"], "log2_fold_change": [-1, 0.5], "low": [-2, -0.5], "high": [0, 1.5]}
        ),
    )


def paired_shifts() -> tuple:
    from lib.tables.populations import read_populations
    from tests.makers.paired import shifts_of

    return (shifts_of(read_populations(EXAMPLE / "populations.csv")),)


def one_population() -> tuple:
    return (*paired_shifts(), "CD8+ T cells")


def pathway() -> tuple:
    from lib.programme import load_programme

    graph = load_programme().pathway
    return graph, graph.edges[["edge"]].assign(state="no data")


def profile() -> tuple:
    visits = pd.DataFrame(
        {"day": [0, 60, 120], "sum_mm": [50, 30, 45.0], "baseline_mm": 50.0, "nadir_mm": [50, 30, 30.0]}
    )
    return visits, pd.DataFrame({"day": [60, 120], "overall_response": ["PR", "PD"]})


def concordance() -> tuple:
    return (
        [
            SimpleNamespace(
                name="HR", effect=1.1, effect_low=0.9, effect_high=1.3, published=0.5, estimate=0.55
            )
        ],
    )


def rates() -> tuple:
    return (
        pd.DataFrame(
            [("ORR", "mutant", 25, 57, 25 / 57, 0.31, 0.58), ("ORR", "wild", 2, 9, 2 / 9, 0.03, 0.6)],
            columns=["endpoint", "group", "responders", "n", "rate", "rate_low", "rate_high"],
        ),
    )


def best() -> tuple:
    return (
        pd.DataFrame(
            {
                "best_change_percent": [-100, 150, 0, np.nan],
                "confirmed_best_response": ["CR", "PD", "SD", "NE"],
                "group": ["a", "b", "a", "b"],
            }
        ),
    )


def courses() -> tuple:
    return (
        pd.DataFrame(
            {
                "end_day": [300, 100],
                "group": ["a", "b"],
                "best_response": ["PR", "PD"],
                "response_day": [60, np.nan],
                "ongoing": [True, False],
                "subject": ["1", "2"],
            }
        ),
    )


def sums() -> tuple:
    return (
        pd.DataFrame(
            {
                "subject": ["1", "1", "2"],
                "day": [30, 60, 30],
                "change_percent": [-20, -40, 120.0],
                "best_response": ["PR", "PR", "PD"],
            }
        ),
    )


def slopes() -> tuple:
    return pd.DataFrame({"baseline": [1, 2, np.nan], "followup": [2, 3, 4.0]}), "title"


def fibres() -> tuple:
    image = np.random.default_rng(1).random((40, 50))
    return image, image > 0.7, "title"


def directions() -> tuple:
    angle = np.random.default_rng(1).uniform(0, 180, (20, 20))
    return (
        SimpleNamespace(angle_deg=angle),
        angle > 10,
        SimpleNamespace(dominant_angle_deg=40.0, alignment=0.1),
        "title",
    )


def kaplan_meier() -> tuple:
    from lib.survival import fit_by_group

    return (fit_by_group([5, 8, 12, 20, 3, 4, 9, 10], [1, 1, 1, 0, 1, 1, 0, 0], ["a"] * 4 + ["b"] * 4),)


def scores() -> Any:
    from lib.synergy import arrange_matrices, estimate_synergy
    from tests.core.synergy.test_synergy import bliss_surface, frame

    return estimate_synergy(arrange_matrices(frame(bliss_surface() ** 0.8))[0])


def isobole() -> tuple:
    from lib.synergy import estimate_combination_index

    return (*estimate_combination_index(scores().matrix, effects=[0.5]),)


def simulated_rates() -> tuple:
    return (
        Result(
            pd.DataFrame(
                {
                    "method": ["wald", "profile"],
                    "setting": ["n = 5", "n = 5"],
                    "observed": [0.91, 0.95],
                    "nominal": 0.95,
                    "monte_carlo_error": 0.01,
                    "role": ["warning", "ok"],
                }
            )
        ),
    )


SAMPLES: dict[str, tuple[Callable[[], tuple], dict[str, Any]]] = {
    "cytometry.plot_similarity": (similarity, {}),
    "cytometry.plot_population_tree": (population_tree, {}),
    "cytometry.plot_robustness": (robustness, {}),
    "cytometry.plot_recovery": (recovery, {}),
    "plates.plot_plate": (plate, {}),
    "dose_response.plot_curve": (curve, {}),
    "dose_response.plot_hormesis": (hormesis, {}),
    "dose_response.plot_ranked": (fits, {}),
    "dose_response.plot_overview": (fits, {}),
    "overview.plot_evidence": (evidence, {}),
    "forest.plot_forest": (
        forest,
        {"xlabel": "x", "columns": ("n",), "reference": 1.0},
    ),
    "ihc.plot_counted_cells": (counted_cells, {}),
    "ihc.plot_densities": (densities, {"order": ["pre", "post"]}),
    "ihc.plot_sensitivity": (sensitivity, {}),
    "immunoassay.plot_standard_curve": (assay, {}),
    "immunoassay.plot_pairs": (concentrations, {}),
    "immunoassay.plot_shifts": (cytokine_shifts, {}),
    "paired.plot_pairs": (one_population, {}),
    "paired.plot_shifts": (paired_shifts, {}),
    "paired.plot_volcano": (paired_shifts, {}),
    "pathway.plot_pathway": (pathway, {}),
    "profile.plot_profile": (profile, {"title": "1"}),
    "reconstruct.plot_reconstruction": (reconstruction, {}),
    "reconstruct.plot_ratios": (concordance, {}),
    "response.plot_response_rates": (rates, {}),
    "response.plot_waterfall": (best, {}),
    "response.plot_swimmer": (courses, {"labels": True}),
    "response.plot_spider": (sums, {}),
    "slopes.plot_slopes": (slopes, {"label": "x"}),
    "stroma.plot_counted": (fibres, {"um_per_px": 0.5}),
    "stroma.plot_rose": (directions, {}),
    "survival.plot_kaplan_meier": (kaplan_meier, {}),
    "survival.plot_log_log": (kaplan_meier, {}),
    "synergy.plot_scores": (lambda: ([scores()],), {}),
    "synergy.plot_excess": (lambda: (scores(),), {}),
    "synergy.plot_inhibition": (lambda: (scores(),), {}),
    "synergy.plot_surface": (lambda: (scores(),), {}),
    "synergy.plot_isobologram": (isobole, {}),
    "validation.plot_rates": (simulated_rates, {"xlabel": "Coverage, %"}),
}
PROJECTIONS = {"stroma.plot_rose": "polar", "synergy.plot_surface": "3d"}


@pytest.fixture(autouse=True)
def _fresh_matplotlib() -> Any:
    """As in a notebook that has drawn nothing yet."""
    with mpl.rc_context():
        mpl.rcdefaults()
        plt.close("all")
        yield
        plt.close("all")


def call(name: str, **options: Any) -> Any:
    sample, words = SAMPLES[name]
    return FUNCTIONS[name](*sample(), **words, **options)


def pixels(figure: Figure) -> np.ndarray:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=60, transparent=False)
    return imread(io.BytesIO(buffer.getvalue()), format="png")[..., :3]


def own_axes(name: str, columns: int = 1) -> tuple[Figure, Any]:
    projection = PROJECTIONS.get(name, "rectilinear")
    return plt.subplots(
        1, columns, figsize=(5 * columns, 4), layout="constrained", subplot_kw={"projection": projection}
    )


def test_every_function_of_one_panel_has_a_sample() -> None:
    assert set(ONE_PANEL) == set(SAMPLES)
    assert set(FUNCTIONS) >= SEVERAL_PANELS


@pytest.mark.parametrize("name", ONE_PANEL)
def test_a_figure_of_its_own_shows_itself_and_stays_out_of_pyplot(name: str) -> None:
    figure = call(name)
    assert isinstance(figure, Figure)
    assert plt.get_fignums() == []
    assert pixels(figure).std() > 0.005
    assert repr(figure).startswith("<Figure size ")


@pytest.mark.parametrize("name", ONE_PANEL)
def test_the_callers_axes_are_drawn_on_and_returned(name: str) -> None:
    figure, (left, right) = own_axes(name, columns=2)
    engine, empty = figure.get_layout_engine(), pixels(own_axes(name, columns=2)[0])
    plt.close(plt.gcf())
    assert call(name, ax=right) is right
    assert plt.get_fignums() == [figure.number]
    assert figure.get_layout_engine() is engine
    assert figure.legends == []
    drawn = right.get_children()
    assert len(drawn) > len(left.get_children())
    assert np.abs(pixels(figure) - empty).max() > 0.1
    assert len(left.lines) + len(left.texts) + len(left.patches) + len(left.collections) == 0


@pytest.mark.parametrize("name", ["slopes.plot_slopes", "stroma.plot_rose", "synergy.plot_surface"])
def test_axes_of_another_projection_are_refused(name: str) -> None:
    wrong = {"polar": "3d", "3d": "rectilinear", "rectilinear": "polar"}[PROJECTIONS.get(name, "rectilinear")]
    _, ax = plt.subplots(subplot_kw={"projection": wrong})
    with pytest.raises(
        InputError, match=rf"ax must have the projection {PROJECTIONS.get(name, 'rectilinear')}; got {wrong}"
    ):
        call(name, ax=ax)


def test_ax_is_documented_and_by_name_only() -> None:
    for name in ONE_PANEL:
        parameter = inspect.signature(FUNCTIONS[name]).parameters["ax"]
        assert (parameter.kind, parameter.default) == (inspect.Parameter.KEYWORD_ONLY, None), name


def test_risk_table_hangs_below_the_callers_axes() -> None:
    _, ax = plt.subplots(layout="constrained")
    call("survival.plot_kaplan_meier", ax=ax)
    (table,) = ax.child_axes
    digits = [t.get_text() for t in table.texts if t.get_text().isdigit()]
    assert (digits[0], len(digits)) == ("4", 2 * len(ax.get_xticks()))
    assert table.get_xlim() == ax.get_xlim()
    ax.figure.canvas.draw()
    assert table.get_window_extent().y1 < ax.get_window_extent().y0


def formatter() -> Any:
    from IPython.core.formatters import DisplayFormatter

    return DisplayFormatter()


def test_a_figure_gives_ipython_its_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(
        importlib.import_module("sys").modules, "matplotlib_inline.backend_inline", raising=False
    )
    axes = new_figure().subplots()
    axes.plot([1, 2])
    data, _ = formatter().format(axes.figure)
    assert set(data) == {"text/plain", "image/png"}
    picture = imread(io.BytesIO(data["image/png"]), format="png")
    assert picture[..., :3].std() > 0.02
    assert picture[..., 3].min() == 1.0  # on white, also in a dark notebook


def test_the_inline_backend_shows_it_once_and_in_its_own_form(monkeypatch: pytest.MonkeyPatch) -> None:
    from IPython.core.pylabtools import print_figure

    monkeypatch.setitem(
        importlib.import_module("sys").modules, "matplotlib_inline.backend_inline", SimpleNamespace()
    )
    formats = formatter()
    formats.formatters["image/svg+xml"].for_type(Figure, lambda figure: print_figure(figure, "svg"))
    data, _ = formats.format(new_figure().subplots().figure)
    assert set(data) == {"text/plain", "image/svg+xml"}


def test_one_panel_keeps_the_callers_axes() -> None:
    ax = new_figure().subplots()
    assert one_panel(ax, 9, 9) is ax
    made = one_panel(None, 2.0, 1.0)
    assert isinstance(made, Axes)
    assert tuple(made.figure.get_size_inches()) == (2.0, 1.0)
