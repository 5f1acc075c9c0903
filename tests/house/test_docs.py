"""The documentation: what is public is in it, every link ends somewhere, and no page needs the net. A part of
the reference stands for all of it; `make docs` builds and checks the whole."""

from __future__ import annotations

import importlib
import inspect
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from pdoc.extract import walk_specs

from docs.build import build, documented_modules, imports_of
from docs.links import check_links
from docs.written import write_type
from lib import stroma
from lib.places import ROOT
from lib.survival import fit_cox
from reports import project
from reports.study.parameters import read_parameters

PACKAGES = ("lib.survival", "lib.dose_response", "lib.plates", "lib.stroma.measure")
MODULES = ("reports.findings", "reports.opened", "reports.figures.dose_response", "lib.tables.dose_response")
PART = [
    "lib",
    "reports",
    r"!lib\.",
    r"!reports\.",
    "lib.places",
    "lib.result",
    "lib.tables",
    "lib.stroma",
    "reports.figures",
    "reports.publish",
    "reports.shown",
    *PACKAGES,
    *MODULES,
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    assert build(folder, modules=PART, execute=False) == []
    return folder


def section(folder: Path, function: Any) -> tuple[str, str]:
    """What the reference shows of a function, on the page of its module or of the package above: its
    signature, and what is said of it."""
    home = folder / "api" / f"{function.__module__.replace('.', '/')}.html"
    page = (home if home.is_file() else home.parent.with_suffix(".html")).read_text(encoding="utf-8")
    page = re.sub(r'<div class="decorator[^<]*</div>', "", page)  # how it looks is not how it is called
    found = re.search(
        rf'<section id="{function.__name__}">\s*<div class="attr function">(.*?)</div>(.*?)</section>',
        page,
        re.S,
    )
    assert found, f"{function.__module__} does not show {function.__name__}"
    return found[1], found[2]


def text(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


def public_functions(module: str) -> list[Any]:
    """What a module defines, or a package offers."""
    loaded = importlib.import_module(module)
    named = getattr(loaded, "__all__", dir(loaded))
    offered = [
        value for name in named if name[0] != "_" and inspect.isfunction(value := getattr(loaded, name))
    ]
    return [function for function in offered if function.__module__.startswith(module)]


@pytest.mark.parametrize("module", [*PACKAGES, *MODULES])
def test_public_functions_are_shown_with_their_parameters(built: Path, module: str) -> None:
    functions = public_functions(module)
    assert functions
    for function in functions:
        shown, told = map(text, section(built, function))
        assert told.strip(), f"{module}.{function.__name__} says nothing"
        for parameter in inspect.signature(function).parameters:
            assert re.search(rf"[(*\s]{parameter}\b", shown), f"{function.__name__} without {parameter}"


def test_docstrings_have_become_lists_and_types_read_as_written(built: Path) -> None:
    signature, told = section(built, fit_cox)
    assert "covariates: ArrayLike" in text(signature)
    assert re.search(r'<a href="[^"]*#CoxFit">', signature)
    assert '<h6 id="parameters">Parameters</h6>' in told
    assert re.search(r"<li><strong>covariates</strong>", told)
    assert "----" not in told


def test_a_package_leads_to_what_it_hands_on(built: Path) -> None:
    page = (built / "api" / "lib" / "stroma.html").read_text(encoding="utf-8")
    assert '<td><a href="stroma/measure.html#measure_fibres">measure_fibres</a></td>' in page
    handed = {name for name in dir(stroma) if inspect.isfunction(getattr(stroma, name)) and name[0] != "_"}
    assert set(re.findall(r'<tr id="([a-z]\w+)">', page)) == handed
    publish = (built / "api" / "reports" / "publish.html").read_text(encoding="utf-8")
    assert re.search(r'id="open_report"', publish)


def test_what_notebooks_import_is_in_the_reference() -> None:
    shown = set(walk_specs(documented_modules()))
    notebooks = sorted(project.NOTEBOOKS.glob("*.ipynb"))
    assert len(notebooks) > 12
    for path in notebooks:
        assert not set(imports_of(path)) - shown, path.name
    assert "lib.dose_response.growth" in shown
    assert "reports.cli" not in shown


def test_the_lesson_is_a_page_that_leads_to_the_reference(built: Path) -> None:
    page = (built / "lesson" / "explore.html").read_text(encoding="utf-8")
    assert "A lesson in twelve cells" in page
    assert 'href="../api/lib/dose_response.html"' in page
    assert 'href="../index.html"' in page


def test_formats_hold_every_parameter_and_command(built: Path) -> None:
    parameters = (built / "formats" / "parameters.html").read_text(encoding="utf-8")
    for name in project.notebook_names():
        for parameter in read_parameters(project.read_notebook(project.find_notebook(name))):
            assert f"<code>{parameter}</code>" in parameters, f"{name}: {parameter}"
    commands = (built / "formats" / "commands.html").read_text(encoding="utf-8")
    named = re.search(r"^`tme (run · .+?)`", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)
    assert named
    for command in named[1].split(" · "):
        assert f">tme {command.split()[0]}</h2>" in commands
    assert "study.yaml" in (built / "formats" / "study.html").read_text(encoding="utf-8")


def test_the_readme_has_a_row_for_every_notebook(root: Path) -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (root / "README.md").read_text(encoding="utf-8"), re.M)
    assert sorted(rows) == project.notebook_names()


def test_nothing_of_this_machine_is_in_it(built: Path, root: Path) -> None:
    for path in built.rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert str(root) not in text, path.name
        assert not re.search(r" at 0x[0-9a-f]{6}", text), path.name


WRONG = {
    '<a href="gone.html">x</a>': "leads to gone.html, which is not there",
    '<a href="b.html#gone">x</a>': "leads to b.html#gone, which has no place gone",
    '<a href="#gone">x</a>': "leads to #gone, which has no place gone",
    '<a href="../up.html">x</a>': "leads to ../up.html, which is outside",
    '<a href="/etc/x.html">x</a>': "leads to /etc/x.html, which is outside",
    '<a href="file:///x.html">x</a>': "leads to file:///x.html, which is outside",
    '<img src="gone.png">': "leads to gone.png, which is not there",
    '<script src="https://a.example/x.js"></script>': "fetches https://a.example/x.js",
    '<link rel="stylesheet" href="//a.example/x.css">': "fetches //a.example/x.css",
    "<style>@import 'https://a.example/x.css';</style>": "fetches https://a.example/x.css",
    "<style>p { background: url(http://a.example/x.png) }</style>": "fetches http://a.example/x.png",
    '<p style="background: url(http://a.example/y.png)">x</p>': "fetches http://a.example/y.png",
    "<script type='module'>import m from 'https://a.example/m.mjs';</script>": "fetches https://a.example/m.mjs",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_link_that_leads_nowhere_and_what_is_fetched_are_told(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "a.html").write_text(f"<p id='here'></p>{wrong}", encoding="utf-8")
    (tmp_path / "b.html").write_text("<p id='there'></p>", encoding="utf-8")
    assert check_links(tmp_path) == [f"a.html {WRONG[wrong]}"]


def test_links_that_end_are_not(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    good = '<a href="#here" id="here"></a><a href="in/b.html#there"></a><a href="https://a.example">read</a>'
    (tmp_path / "a.html").write_text(good + '<img src="data:image/png;base64,AA==">', encoding="utf-8")
    (tmp_path / "in" / "b.html").write_text("<p id='there'></p><a href='../a.html'></a>", encoding="utf-8")
    assert check_links(tmp_path) == []


@pytest.mark.parametrize(
    ("spelled_out", "written"),
    [
        ("numpy.ndarray[tuple[typing.Any, ...], numpy.dtype[numpy.float64]]", "NDArray[float64]"),
        ("pandas.core.frame.DataFrame | None", "pandas.DataFrame | None"),
        ("dict[str, pandas.core.series.Series]", "dict[str, pandas.Series]"),
        ("Annotated[str, BeforeValidator(func=<function f at 0x7f0000000000>)]", "str"),
        ("lib.survival.CoxFit", "lib.survival.CoxFit"),
    ],
)
def test_types_are_shown_as_written(spelled_out: str, written: str) -> None:
    assert write_type(spelled_out) == written
