"""What folded code is called on a page: a reader finds the cell that made a table without opening all."""

from __future__ import annotations

import json

import pytest

from reports.page.labels import describe_code
from reports.project import NOTEBOOKS, notebook_names


@pytest.mark.parametrize(
    ("source", "label"),
    [
        ("# first a word\nreport.show(page.fits(fits))", "first a word"),
        ("# NBVAL_CHECK_OUTPUT\nreport.show(page.fits(fits))", "show fits"),
        (
            "report.show(page.fits(fits), page.contrasts(c))\nreport.show(page.compound_by_line(fits))",
            "show fits, contrasts and compound by line",
        ),
        ('report.show(Table("models", frame.round(3), "**Two.**"), Text("said"))', "show models and text"),
        ('drawn = plot_curve(fits)\nreport.show(Figure("curve", drawn, "", alt=""))', "show curve"),
        (
            "report.show(*[page.fits(fits), page.rest(fits)][:1], *page.rest(fits), drawn)",
            "show rest and drawn",
        ),
        (
            "report.show(" + ", ".join(f"page.part_{i}(x)" for i in range(8)) + ")",
            "show part 0, part 1, part 2, part 3, part 4, part 5 and 2 more",
        ),
        ("report.answer(page.claims(fits, by_line(fits)))", "answer"),
        ("plt.plot(sizes)\nplt.show()", "plot"),
        ("%matplotlib inline\nreport.show(page.fits(fits))", "show"),
        ("fits = fit_curves(wells.sort_values('x'))", "fit curves"),
        ("from lib import plates\nimport pandas as pd", "imports"),
        ("1 + 1", "calculation"),
    ],
)
def test_a_label_says_what_a_cell_does(source: str, label: str) -> None:
    assert describe_code(source, []) == label


@pytest.mark.parametrize(
    ("tag", "label"), [("parameters", "parameters"), ("injected-parameters", "parameters of this run")]
)
def test_parameters_are_called_so(tag: str, label: str) -> None:
    assert describe_code("x: int = 1", [tag]) == label


@pytest.mark.parametrize("name", notebook_names())
def test_no_cell_of_a_notebook_is_called_show_alone(name: str) -> None:
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    labels = [
        describe_code("".join(cell["source"]), cell["metadata"].get("tags", []))
        for cell in cells
        if cell["cell_type"] == "code"
    ]
    assert "show" not in labels
    assert labels[-1] == "answer"
