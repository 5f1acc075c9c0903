"""Outputs of a notebook that publishes nothing, on the page: whole, in order, and unable to break it."""

from __future__ import annotations

import base64
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from reports.page import foreign
from reports.page.outputs import LONG
from reports.page.terminal import plain_text, settle, terminal_html
from tests.reports.page.test_render import PNG, Balance, code, metadata, page_of, published, text

PIXEL = base64.b64encode(PNG).decode()
PANDAS = (
    '<div>\n<style scoped>\n    .dataframe tbody tr th { vertical-align: top; }\n</style>\n<table border="1"'
    ' class="dataframe">\n  <thead>\n    <tr style="text-align: right;">\n      <th></th>\n     '
    " <th>dose</th>\n    </tr>\n  </thead>\n  <tbody>\n    <tr>\n      <th>0</th>\n      <td>1.5</td>\n   "
    " </tr>\n  </tbody>\n</table>\n</div>"
)


def shown(**data: Any) -> dict[str, Any]:
    named = {key.replace("_", "/", 1).replace("_xml", "+xml"): value for key, value in data.items()}
    return {
        "output_type": "display_data",
        "data": {"text/plain": "<Figure size 1x1>", **named},
        "metadata": {},
    }


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def main_of(page: str) -> str:
    """The page between its own head and foot scripts."""
    return page[page.index("<main") : page.index("</main>")]


def test_outputs_stand_in_the_open_in_their_order(tmp_path: Path) -> None:
    cell = code(
        "look()",
        stream("first\n"),
        shown(image_png=PIXEL),
        shown(text_html=PANDAS),
        stream("careful\n", "stderr"),
        {"output_type": "execute_result", "data": {"text/plain": "array([1])"}, "metadata": {}},
    )
    main = main_of(page_of(tmp_path, [text("# Mine\n\n## Look"), cell]))
    marks = [
        '<pre class="printed" tabindex="0">first</pre>',
        "data:image/png;base64,",
        "<td>1.5</td>",
        '<pre class="messages" tabindex="0">careful</pre>',
        "array([1])",
        '<details class="fold code">',
    ]
    places = [main.index(mark) for mark in marks]
    assert places == sorted(places)


def test_where_a_notebook_publishes_what_it_prints_stays_with_the_code(tmp_path: Path) -> None:
    cells = [
        text("# Q?\n## R"),
        code("f()", published(kind="text", markdown="Said.")),
        code(
            "frame",
            shown(text_html=PANDAS) | {"data": {"text/html": PANDAS, "text/plain": "   dose\n0   1.5"}},
            stream("printed\n"),
        ),
    ]
    main = main_of(page_of(tmp_path, cells))
    assert "<td>1.5</td>" not in main
    folded = re.findall(r'<pre class="printed" tabindex="0">(.*?)</pre>', main, re.S)
    assert folded == ["   dose\n0   1.5\nprinted"]


def test_what_has_no_words_is_shown_even_where_a_notebook_publishes(tmp_path: Path) -> None:
    data = {"text/html": "<b>bold</b>", "text/plain": "<IPython.core.display.HTML object>"}
    cells = [
        text("# Q?\n## R"),
        code("f()", published(kind="text", markdown="Said.")),
        code("HTML()", {"output_type": "display_data", "data": data, "metadata": {}}),
    ]
    assert "<b>bold</b>" in main_of(page_of(tmp_path, cells))


def test_long_text_and_long_tables_are_folded(tmp_path: Path) -> None:
    lines = "\n".join(f"line {i}" for i in range(LONG + 1))
    rows = "<table>" + "<tr><td>1</td></tr>" * (LONG + 1) + "</table>"
    cells = [
        text("# Mine\n## R"),
        code("f()", stream(lines), shown(text_html=rows), stream("short", "stderr")),
    ]
    main = main_of(page_of(tmp_path, cells))
    folds = re.findall(r'<details class="fold result"><summary><b>(\w+)</b><span>(\d+) lines</span>', main)
    assert folds == [("Output", str(LONG + 1)), ("Output", str(LONG + 1))]
    assert f"line {LONG}" in main


EVIL = [
    "<script>top.hacked=1</script>",
    '<img src=x onerror="top.hacked=1">',
    "</iframe><script>top.hacked=1</script>",
    '"><script>top.hacked=1</script>',
    "<!-- <b>",
    "</div></section></main>",
    "<style>body{display:none}</style>",
    '<a href="javascript:top.hacked=1">x</a>',
    "<table><tr><td>open",
    "<base href='https://evil.org/'>",
    '<meta http-equiv="refresh" content="0;url=https://evil.org">',
    "<textarea>",
    "<plaintext>",
    "<b style='position:fixed'>x</b>",
    "<svg><script>top.hacked=1</script></svg>",
    "<math><mtext></mtext><mglyph><style><img src=x onerror=top.hacked=1></math>",
    "<td onclick='top.hacked=1'>x</td>",
    "<form action='https://evil.org'><input name=a></form>",
    "<b><i></b></i>",
]


@pytest.mark.parametrize("html", EVIL)
def test_raw_html_cannot_break_the_page(tmp_path: Path, html: str) -> None:
    cells = [text("# Mine\n## R"), code("f()", shown(text_html=html)), code("g()", stream("after\n"))]
    page = page_of(tmp_path, cells)
    parser = Balance()
    parser.feed(page)
    assert parser.open == []
    assert parser.loaded == []
    outside = re.sub(r'<iframe class="output"[^>]*></iframe>', "", main_of(page))
    assert not re.search(
        r"<script|\son\w+=|javascript:|position:fixed|<style|<form|<base|<meta|<textarea|<plaintext", outside
    )
    assert "after</pre>" in outside


def test_frames_are_sandboxed_and_hold_the_output_as_it_is(tmp_path: Path) -> None:
    html = '<div id="p"></div><script>document.getElementById("p").textContent = "drawn & <b>"</script>'
    page = page_of(tmp_path, [text("# Mine\n## R"), code("f()", shown(text_html=html))])
    (frame,) = re.findall(r"<iframe[^>]*>", main_of(page))
    assert 'sandbox="allow-scripts"' in frame
    assert "allow-same-origin" not in frame
    document = unescape(re.search(r'srcdoc="([^"]*)"', frame)[1])  # type: ignore[index]
    assert f"<body>{html}</body>" in document


def policy_of(page: str) -> dict[str, str]:
    found = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    assert found
    return dict(rule.split(" ", 1) for rule in unescape(found[1]).split(";"))


def test_policy_names_the_pages_own_script_and_no_network(tmp_path: Path) -> None:
    page = page_of(tmp_path, [text("# Mine\n## R"), code("f()", stream("x"))])
    rules = policy_of(page)
    own = re.findall(r"<script>(.*?)</script>", page, re.S)
    assert len(own) == 1
    assert rules["script-src"].split() == [foreign.hash_source(own[0])]
    assert rules["default-src"] == "'none'"
    assert not [rule for rule in rules.values() if "http" in rule or "*" in rule]


def test_policy_lets_scripts_run_only_where_an_output_has_some(tmp_path: Path) -> None:
    styled = '<style>#t td{color:red}</style><table id="t"><tr><td>1</td></tr></table>'
    page = page_of(tmp_path / "a", [text("# Mine\n## R"), code("f()", shown(text_html=styled))])
    assert "unsafe" not in policy_of(page)["script-src"]
    assert foreign.hash_source(foreign.HEIGHT_SCRIPT) in policy_of(page)["script-src"]
    page = page_of(tmp_path / "b", [text("# Mine\n## R"), code("f()", shown(text_html="<script>1</script>"))])
    assert policy_of(page)["script-src"] == "'unsafe-inline' 'unsafe-eval'"
    assert "connect-src" not in policy_of(page)  # so that of default-src holds: none


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"image_jpeg": PIXEL}, "data:image/jpeg;base64,"),
        (
            {"image_svg_xml": "<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"},
            "data:image/svg+xml;base64,",
        ),
        ({"text_markdown": "# **bold**"}, "<h3><strong>bold</strong></h3>"),
        ({"text_latex": "\\begin{equation}x^2\\end{equation}"}, '<div class="equation"><math'),
        ({"text_latex": "$\\displaystyle x$"}, "<math"),
        ({"application_json": {"a": [1, "<b>"]}}, "&lt;b&gt;"),
        ({"application_vnd.own.v1+json": {}, "text_plain": "Own(3)"}, "Own(3)"),
        (
            {"application_vnd.own.v1+json": {}, "text_plain": "<Own at 0x7f00aa>"},
            "<code>application/vnd.own.v1+json</code>",
        ),
        (
            {
                "application_javascript": "top.hacked=1",
                "text_plain": "<IPython.core.display.Javascript object>",
            },
            "<code>application/javascript</code>",
        ),
    ],
)
def test_each_form_has_its_place(tmp_path: Path, data: dict[str, Any], expected: str) -> None:
    main = main_of(page_of(tmp_path, [text("# Mine\n## R"), code("f()", shown(**data))]))
    assert expected in main
    assert "hacked" not in main
    assert "<script" not in main


def test_an_expected_error_is_shown(tmp_path: Path) -> None:
    error = {
        "output_type": "error",
        "ename": "ValueError",
        "evalue": "no",
        "traceback": ["\x1b[31mValueError\x1b[0m: no"],
    }
    main = main_of(page_of(tmp_path, [text("# Mine\n## R"), code("f()", error, tags=("raises-exception",))]))
    assert '<pre class="error" tabindex="0"><span class="ink1">ValueError</span>: no</pre>' in main


def test_headings_make_sections_and_the_first_is_the_title(tmp_path: Path) -> None:
    cells = [
        text("# Mine\n\nabout"),
        code("f()", stream("0")),
        text("# Second\n\nwords\n\n```python\n# no heading\n```"),
        code("g()", stream("1")),
        text("## Third"),
        code("h()", stream("2")),
    ]
    page = page_of(tmp_path, cells, metadata(parameters=[]))
    assert "<h1>Mine</h1>" in page
    assert re.findall(r'<h2 id="[\w-]+-title"><span>\d</span>(.*?)<a', page) == [
        "First cells",
        "Second",
        "Third",
        "Methods and software",
        "Cite this report",
        "Make it again",
    ]
    assert "# no heading" in page


def test_pasted_pictures_of_markdown_cells_are_shown(tmp_path: Path) -> None:
    cell = text("# Mine\n## R\n\n![gel](attachment:gel.png)") | {
        "attachments": {"gel.png": {"image/png": PIXEL}}
    }
    assert f'<img src="data:image/png;base64,{PIXEL}" alt="gel"' in page_of(tmp_path, [cell])


def test_large_outputs_lie_beside_the_page(tmp_path: Path) -> None:
    picture = base64.b64encode(PNG + b"\0" * 150_000).decode()
    script = f"<script>{'x' * 300_000}</script>"
    cells = [
        text("# Mine\n## R"),
        *[code("f()", shown(image_png=picture), shown(text_html=script)) for _ in range(5)],
    ]
    page = page_of(tmp_path, cells)
    assert len(page.encode()) < 2_000_000
    parser = Balance()
    parser.feed(page)
    assert sorted(parser.loaded) == sorted(
        f"outputs/cell-{i}-{j}.{end}" for i in range(2, 7) for j, end in ((1, "png"), (2, "html"))
    )
    assert (tmp_path / "outputs/cell-2-1.png").read_bytes().startswith(PNG)
    alone = (tmp_path / "outputs/cell-2-2.html").read_text()
    assert script in alone
    assert "default-src 'none'" in alone
    assert '<a href="outputs/">Large outputs</a>' in page
    assert "unsafe" not in policy_of(page)["script-src"]


def test_simple_markup_is_rebuilt_closed_and_bare() -> None:
    bare = re.sub(r"\s*\n\s*", "", foreign.simple_html(PANDAS) or "")
    assert (
        bare == '<div><table><thead><tr><th scope="col"></th><th scope="col">dose</th></tr></thead>'
        "<tbody><tr><th>0</th><td>1.5</td></tr></tbody></table></div>"
    )
    assert foreign.simple_html("<p>a<b>b") == "<p>a<b>b</b></p>"
    assert foreign.simple_html('<td colspan="2" rowspan="x">&lt;') == '<td colspan="2">&lt;</td>'
    assert foreign.simple_html("a < b & c") == "a &lt; b &amp; c"
    assert foreign.simple_html("") == ""


@pytest.mark.parametrize(
    ("raw", "html"),
    [
        ("\x1b[31mred\x1b[0m", '<span class="ink1">red</span>'),
        (
            "\x1b[1;4;92mx\x1b[22my\x1b[0mz",
            '<span class="bold under ink10">x</span><span class="under ink10">y</span>z',
        ),
        ("\x1b[38;5;208mx\x1b[39m", '<span style="color:rgb(255,135,0)">x</span>'),
        ("\x1b[48;2;1;2;300mx", '<span style="background:rgb(1,2,255)">x</span>'),
        ("\x1b[38;5;9;1mx", '<span class="ink9 bold">x</span>'),
        ("\x1b[2K\x1b[1A\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a<b>&\x00\x07", "a&lt;b&gt;&amp;"),
        ("\x1b[999mx\x1b[38mx\x1b[;mx", "xxx"),
        ("10 %\r50 %\r100 %\nnext\r\n", "100 %\nnext\n"),
        ("\x1b[32m10 %\r\x1b[32m100 %\x1b[0m", '<span class="ink2">100 %</span>'),
    ],
)
def test_terminal_text_as_html(raw: str, html: str) -> None:
    assert terminal_html(raw) == html


def test_terminal_text_without_colours() -> None:
    assert plain_text("\x1b[31mred\x1b[0m\x1b[K\x07 a\b\bxy") == "redxy"
    assert settle("abc\rX") == "Xbc"
    assert settle("loading\b\b\b\b\b\b\bdone\n") == "done\n"
    assert "\x1b" not in terminal_html("\x1b[31m\x1b[\x1b]\x1b")


def test_every_published_report_is_left_as_it_was(tmp_path: Path) -> None:
    """A page of a notebook that publishes has neither frames nor a policy that lets scripts run."""
    page = page_of(tmp_path, [text("# Q?\n## R"), code("f()", published(kind="text", markdown="Said."))])
    assert "<iframe" not in page
    assert "unsafe" not in policy_of(page)["script-src"]
