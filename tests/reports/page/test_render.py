"""The page of a report, from small versions made here."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from reports.page import markup, pictures
from reports.page.blocks import MIME
from reports.page.render import key_in_words, render_report, written_date

SVG = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="216pt" height="144pt" viewBox="0 0 216 144" xmlns="http://www.w3.org/2000/svg" version="1.1">
 <metadata><rdf>noise</rdf></metadata>
 <defs><style type="text/css">*{stroke-linejoin: round; stroke-linecap: butt}</style></defs>
 <g id="figure_1"><g id="axes_1">
  <path d="M 1.234567 2.999999 L 10.500001 -0.0001" clip-path="url(#pab)" style="fill: none; stroke: #0072b2; stroke-width: 1.6"/>
  <g id="matplotlib.axis_1"><g id="text_1"><text style="font: 9px 'Arial'; fill: #1F2429">dose</text></g></g>
  <g transform="scale(0.015625)"><path d="M 1 1" style="fill: #123456"/></g>
 </g></g><defs><clipPath id="pab"><rect x="0.123456" y="1" width="2" height="3"/></clipPath></defs>
</svg>"""
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SUMMARY = {
    "kind": "summary",
    "answer": "The IC50 is 1.7 µM.",
    "quality": "**14 of 15 plates pass.**",
    "published": "",
    "caution": "",
    "flags": ["plate 7"],
    "origin": None,
    "key": {
        "label": "IC50, UTE3",
        "estimate": 1.654,
        "low": 1.2,
        "high": 2.27,
        "unit": "µM",
        "n": 3,
        "n_of": "experiments",
    },
}


def published(**content: Any) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {MIME: content, "text/plain": "plain"}, "metadata": {}}


def code(source: str, *outputs: dict[str, Any], tags: tuple[str, ...] = ()) -> dict[str, Any]:
    meta = {"tags": list(tags), "papermill": {"duration": 0.25}}
    return {"cell_type": "code", "metadata": meta, "source": source, "outputs": list(outputs)}


def text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def table(rows: list[list[str]], **more: Any) -> dict[str, Any]:
    columns = [
        {"label": "Line", "unit": "", "numeric": False},
        {"label": "IC50", "unit": "µM", "numeric": True},
        {"label": "95 % interval", "unit": "µM", "numeric": False},
        {"label": "Verdict", "unit": "", "numeric": False},
    ]
    return published(
        kind="table",
        name="ic50",
        caption="**Two lines.** Read down.",
        columns=columns,
        rows=rows,
        n_rows_total=more.pop("total", len(rows)),
        file="tables/ic50.csv",
        **more,
    )


ROWS = [["UTE3", "1.65", "1.20–2.27", "agrees"], ["UTE10", "3.03", "2.55–3.61", "differs"]]


def write_version(folder: Path, cells: list[dict[str, Any]], metadata: dict[str, Any] | None = None) -> Path:
    for name in ("tables", "figures"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "tables" / "ic50.csv").write_text("line,ic50\nUTE3,1.654321\n")
    (folder / "figures" / "forest.svg").write_text(SVG)
    (folder / "figures" / "forest.png").write_bytes(PNG)
    (folder / "notebook.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
    if metadata is not None:
        (folder / "metadata.json").write_text(json.dumps(metadata))
    return folder


def metadata(**more: Any) -> dict[str, Any]:
    return {
        "report": "ic50",
        "study": "example",
        "version": "9c41e07ab2d5",
        "status": "done",
        "origin": "simulated",
        "created": "2025-06-11T14:32:00+00:00",
        "command": "tme run ic50 -p model 3pl",
        "result_hash": "41d07be39c58ffff",
        "parameters": [
            {"name": "model", "value": "3pl", "default": "4pl", "help": "one of 3pl | 4pl: curve"}
        ],
        "inputs": [{"name": "plates.csv", "sha256": "a77c19e0" * 8, "size": 84213, "origin": "simulated"}],
        "environment": {"numpy": "2.4.0"},
        "previous": None,
        "changes": None,
        "error": None,
        **more,
    }


def page_of(tmp_path: Path, cells: list[dict[str, Any]], meta: dict[str, Any] | None = None) -> str:
    render_report(write_version(tmp_path, cells, meta if meta is not None else metadata()))
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def whole_notebook() -> list[dict[str, Any]]:
    figure = {"name": "forest", "caption": "**They agree.** How to read.", "alt": "IC50 1.65 & more"}
    return [
        text("# How sensitive is UTE3?\n\nA *logistic* fit."),
        code('model: str = "3pl"', tags=("parameters",)),
        text("## Quality\n\nA plate passes when $Z' \\ge 0.5$."),
        code("check(x)", table(ROWS, flagged=[1])),
        text("## Results"),
        code("# draw\nf()", published(kind="figure", file="figures/forest.svg", **figure)),
        code("g()", published(kind="panels", files=["figures/forest.svg"] * 4, columns=3, **figure)),
        text("## Limits\n\n- few"),
        code("report.answer(page.claims(x))", published(**SUMMARY)),
    ]


class Balance(HTMLParser):
    """Elements left open, and everything the page would load."""

    VOID = frozenset({"meta", "input", "br", "img", "hr", "link"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.ids += [named["id"]] if named.get("id") else []
        if named.get("src") or (tag == "link" and named.get("href")):
            self.loaded.append(str(named.get("src") or named.get("href")))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag, tag


def test_page_is_whole_balanced_and_loads_nothing(tmp_path: Path) -> None:
    page = page_of(tmp_path, whole_notebook())
    parser = Balance()
    parser.feed(page)
    assert parser.open == []
    assert parser.loaded == []
    assert len(parser.ids) == len(set(parser.ids))
    assert "@import" not in page
    assert "url(http" not in page


def test_order_title_summary_parameters_and_sections(tmp_path: Path) -> None:
    page = page_of(tmp_path, whole_notebook())
    marks = [
        "Simulated data: agreement",
        "<h1>How sensitive is UTE3?</h1>",
        "The IC50 is 1.7 µM.",
        'id="parameters"',
        'id="quality"',
        'id="results"',
        'id="limits"',
        'id="methods"',
        'id="cite"',
        'id="again"',
    ]
    places = [page.index(mark) for mark in marks]
    assert places == sorted(places)
    assert 'id="changes"' not in page  # a first version has nothing to compare with


def test_summary_card_shows_key_number_and_flags(tmp_path: Path) -> None:
    page = page_of(tmp_path, whole_notebook())
    assert "<b>1.7</b> µM" in page
    assert "1.2–2.3" in page
    assert "n = 3 experiments" in page
    assert "<strong>14 of 15 plates pass.</strong>" in page
    assert "1 flag<" in page


def test_table_has_scopes_marks_and_its_file(tmp_path: Path) -> None:
    page = page_of(tmp_path, whole_notebook())
    assert '<th scope="col" class="n main">IC50<small>µM</small></th>' in page
    assert '<tr class="flagged"><th scope="row">UTE10</th>' in page
    assert '<span class="mark agree">agrees</span>' in page
    data = re.search(r'href="data:text/csv;base64,([^"]+)" download="ic50.csv"', page)
    assert data
    assert base64.b64decode(data[1]).decode() == "line,ic50\nUTE3,1.654321\n"


def test_a_header_tells_what_its_column_means(tmp_path: Path) -> None:
    shown = table(ROWS)
    shown["data"][MIME]["columns"][1]["meaning"] = 'Half-way "between" plateaus.'
    page = page_of(tmp_path, [text("# Q?"), code("show()", shown)])
    assert '<th scope="col" class="n main" title="Half-way &#34;between&#34; plateaus.">IC50' in page
    assert page.count(' title="Half-way') == 1


def test_large_table_file_is_linked(tmp_path: Path) -> None:
    folder = write_version(tmp_path, whole_notebook(), metadata())
    (folder / "tables" / "ic50.csv").write_text("x\n" * 100_000)
    render_report(folder)
    assert 'href="tables/ic50.csv" download="ic50.csv"' in (folder / "report.html").read_text()


def test_long_table_is_paged_but_complete(tmp_path: Path) -> None:
    rows = [[f"L{i}", str(i), "none", "</script><b>x"] for i in range(450)]
    page = page_of(
        tmp_path, [text("# Q?\n## R"), code("f()", table(rows, total=900, flagged=[2], fold=True))]
    )
    assert page.count('<th scope="row">L') == 50
    data = re.search(r'<script type="application/json">(.*?)</script>', page)
    assert data
    assert len(json.loads(data[1])["rows"]) == 450
    assert "450 more rows are in the file." in page
    assert "</script><b>x" not in page


def test_figures_follow_the_page_and_do_not_collide(tmp_path: Path) -> None:
    page = page_of(tmp_path, whole_notebook())
    assert page.count('role="img" aria-label="IC50 1.65 &amp; more') == 5
    assert "stroke:var(--fig-ours,#0072b2)" in page
    assert 'id="f1-0-pab"' in page
    assert "url(#f1-0-pab)" in page
    assert 'id="f2-3-pab"' in page
    assert "<metadata>" not in page
    assert "<!DOCTYPE svg" not in page
    assert "*{stroke-linejoin" not in page
    assert 'data-save="png" data-name="forest"' in page


@pytest.mark.parametrize("drawing", ["lines", "points"])
def test_page_stays_under_two_megabytes(tmp_path: Path, drawing: str) -> None:
    folder = write_version(tmp_path, whole_notebook(), metadata())
    noise = "".join(f'<path d="M {i} {i % 97} L {i} 3" style="fill: none"/>' for i in range(60_000))
    (folder / "figures" / "forest.svg").write_text(SVG.replace("</svg>", noise + "</svg>"))
    if drawing == "points":
        (folder / "figures" / "forest.png").write_bytes(PNG + b"\0" * 2_000_000)
    render_report(folder)
    page = (folder / "report.html").read_text()
    assert len(page.encode()) < 2_000_000
    assert ('src="figures/forest.png"' in page) == (drawing == "points")
    assert 'alt="IC50 1.65 &amp; more"' in page


def test_text_from_data_is_never_markup(tmp_path: Path) -> None:
    evil = '<script>alert(1)</script><img src=x onerror="alert(1)">'
    rows = [[evil, "1", "none", "agrees"]]
    cells = [
        text(f"# Q {evil}\n\n{evil}"),
        code("f()", published(kind="text", markdown=evil), table(rows)),
        code("f()", {"output_type": "display_data", "data": {"text/html": evil, "text/plain": evil}}),
    ]
    page = page_of(tmp_path, cells, metadata(study=evil, command=evil))
    assert "<script>alert" not in page
    assert "<img" not in page


def test_printed_output_and_messages_are_folded_with_the_code(tmp_path: Path) -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": ["one\n", "two\n"]}
    warning = {"output_type": "stream", "name": "stderr", "text": "\x1b[31mcareful\x1b[0m"}
    page = page_of(
        tmp_path, [text("# Q?"), code("# NBVAL_CHECK_OUTPUT\nfits = lib.fit_curves(x)", stream, warning)]
    )
    folded = re.search(r'<details class="fold code">.*?</details>', page, re.S)
    assert folded
    assert '<pre class="printed" tabindex="0">one\ntwo</pre>' in folded[0]
    assert "careful</pre>" in folded[0]
    assert "\x1b" not in page
    assert "<b>fit curves</b><span>cell 2, 0.2 s, 2 lines printed, messages</span>" in folded[0]


def test_parameters_in_words_inputs_and_command(tmp_path: Path) -> None:
    page = page_of(tmp_path, whole_notebook())
    row = '<th scope="row">curve</th><td>3pl</td><td><code>model</code></td><td class="soft">4pl</td>'
    assert row in page
    assert 'title="a77c19e0a77c' in page
    assert "84,213" in page
    assert "tme run ic50 -p model 3pl" in page
    assert "tme verify 9c41e07ab2d5" in page
    assert "version 9c41e07ab2d5, result 41d07be39c58, 11 June 2025. Simulated data." in page


def test_changes_since_the_last_version(tmp_path: Path) -> None:
    changes = {
        "parameters": ["method: wald → profile"],
        "inputs": [],
        "numbers": ["ic50: 2.73 → 3.03 (+11 %)"],
    }
    page = page_of(tmp_path, whole_notebook(), metadata(previous="3f2a6b0d91ce", changes=changes))
    assert "method: wald → profile" in page
    assert "ic50: 2.73 → 3.03 (+11 %)" in page
    assert "<strong>Numbers changed.</strong>" in page
    assert "tme diff 3f2a6b0d91ce 9c41e07ab2d5" in page


def test_failed_report_shows_cell_error_and_last_good(tmp_path: Path) -> None:
    error = {
        "cell": 4,
        "source": "a = 1\nfit(a)",
        "line": 2,
        "message": "InputError: dose must be >= 0; got -3.0",
    }
    meta = metadata(
        status="failed", error=error, last_good={"version": "41b6f32c18d1", "created": "2025-06-04"}
    )
    page = page_of(tmp_path, whole_notebook(), meta)
    assert "Stopped in cell 4 of 9, fit" in page
    assert "<mark>fit(a)</mark>" in page
    assert "InputError: dose must be &gt;= 0; got -3.0" in page
    assert 'href="../41b6f32c18d1/report.html"' in page
    assert "4 June 2025" in page
    assert 'id="results"' not in page
    assert "The IC50 is 1.7" not in page


def test_no_metadata_and_no_files_still_gives_a_page(tmp_path: Path) -> None:
    cells = [text("# Why?"), code("f()", published(kind="figure", name="x", file="figures/none.svg"))]
    (tmp_path / "notebook.ipynb").write_text(json.dumps({"cells": cells}))
    render_report(tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert "<h1>Why?</h1>" in page
    assert "figures/none.svg is missing" in page


def test_minify_rounds_places_but_not_scales() -> None:
    small = pictures.minify_svg(SVG)
    assert 'd="M 1.23 3 L 10.5 0"' in small
    assert "scale(0.015625)" in small
    assert 'id="pab"' in small
    assert "figure_1" not in small
    assert len(small) < len(SVG) / 1.5


def test_thumbnail_has_marks_without_words() -> None:
    small = pictures.simplify_svg(SVG, prefix="t")
    assert "dose" not in small
    assert "stroke:var(--fig-ours,#0072b2)" in small
    assert 'aria-hidden="true"' in small


def test_every_palette_colour_has_one_dark_partner() -> None:
    names: dict[str, str] = {}
    for name, dark in pictures.PALETTE.values():
        assert names.setdefault(name, dark) == dark


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("rates of $\\frac{a}{b}$", "<mfrac>"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", '<th scope="col">a</th>'),
    ],
)
def test_markdown(source: str, expected: str) -> None:
    assert expected in markup.markdown_html(source)


@pytest.mark.parametrize(
    ("key", "number", "interval"),
    [
        ({"estimate": 1.654, "low": 1.2, "high": 2.27}, "1.7", "1.2–2.3"),
        ({"estimate": 30, "qualifier": ">"}, "> 30", "no interval"),
        ({"estimate": 94.9, "low": 94.4, "high": 95.4}, "94.9", "94.4–95.4"),
        ({"estimate": 11.0, "low": 7.7, "high": 14.3}, "11.0", "7.7–14.3"),
        ({"estimate": 1440, "low": None, "high": None}, "1,440", "no interval"),
        ({"estimate": -0.52, "low": -1.04, "high": 0.011}, "−0.52", "−1.04 to 0.01"),
        ({"estimate": 22.0, "low": 13.8, "high": None}, "22", "14 to no upper bound"),
        ({"estimate": 22.0, "low": 13.8, "high": None, "unit": "months"}, "22", "14 to not reached"),
        (
            {"estimate": None, "qualifier": "not reached", "low": 9.0, "high": None, "unit": "months"},
            "not reached",
            "9.0 months to not reached",
        ),
    ],
)
def test_key_in_words(key: dict[str, Any], number: str, interval: str) -> None:
    words = key_in_words(key)
    assert words
    assert (words["number"], words["interval"]) == (number, interval)


def test_key_without_a_number() -> None:
    assert key_in_words(None) is None
    assert key_in_words({"label": "x", "estimate": None}) is None


def test_dates_are_in_utc() -> None:
    assert written_date("2025-06-11T16:32:00+02:00", time=True) == "11 June 2025, 14:32 UTC"
    assert written_date(None) == ""
