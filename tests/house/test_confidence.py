"""The level of confidence is told truly: no report at another level calls its intervals those of 95 %."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from lib import cytometry, plates
from lib import overview as evidence
from lib.errors import InputError
from lib.overview import Finding
from reports import wording as present
from reports.figures.overview import plot_evidence
from reports.page.library import build_index
from reports.page.render import key_in_words
from reports.present import overview as overview_page
from reports.present import reconstruct as page
from reports.present.agreement import margin_in_words
from reports.project import ROOT, read_notebook
from reports.publish import displays
from reports.publish.files import output_folder
from reports.run.plan import plan_notebook
from reports.run.pool import preload
from reports.run.runner import Options, Outcome, run_job
from reports.study.parameters import read_parameters
from reports.wording import name_subject
from tests.makers.tiny_notebooks import READ, write_tiny

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

WITH_LEVEL = [
    path
    for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
    if "confidence" in read_parameters(read_notebook(path))
]
FALSE_NAME = re.compile(
    r"95(\.0)?[\s\u00a0\u202f]*%[\s\u00a0\u202f]*(CI|interval|confidence|band)", re.IGNORECASE
)
BOUND = re.compile(r"(?<![a-z])(low|high)(?![a-z])")
MARGINS = {"margin_low", "margin_high"}
"""Of equivalence: chosen, not estimated."""
NOT_MOVED = {
    ("flow_gating", "population_summary.csv", "low"),
    ("flow_gating", "population_summary.csv", "high"),
}
"""Six subjects: the exact interval of a median is their range at 95 % and at 90 %."""


# --- words


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (0.95, "95 % interval"),
        (0.9, "90 % interval"),
        (0.995, "99.5 % interval"),
        (0.57, "57 % interval"),
        (0.9999999, "99.99999 % interval"),
        (2 / 3, "66.66666667 % interval"),
    ],
)
def test_an_interval_is_named_by_its_level(confidence: float, words: str) -> None:
    assert present.interval_name(confidence) == words
    assert present.interval_name(confidence, "CI") == words.replace("interval", "CI")


@pytest.mark.parametrize("wrong", [0.0, 1.0, 95.0, -0.5, float("nan")])
def test_a_level_outside_0_and_1_has_no_name(wrong: float) -> None:
    with pytest.raises(InputError, match=f"confidence must lie between 0 and 1; got {wrong:g}"):
        present.interval_name(wrong)


def test_the_rule_of_agreement_names_our_level() -> None:
    assert "our 95 % interval lies" in margin_in_words("ratio", 2)
    assert "our 90 % interval lies" in margin_in_words("difference", 15, confidence=0.9)


def test_repeated_readings_name_their_ends() -> None:
    assert page.reading_range_in_words() == "2.5 to 97.5 %"
    assert page.reading_range_in_words(0.9) == "5 to 95 %"


@pytest.mark.parametrize("confidence", [0.5, 0.75, 0.8, 0.9, 0.95, 0.99, 0.999])
def test_fewest_values_of_a_median_with_interval(confidence: float) -> None:
    there = [
        n
        for n in range(1, 30)
        if np.isfinite(cytometry.median_interval(range(n), confidence=confidence)).all()
    ]
    assert cytometry.fewest_for_median(confidence) == max(there[0], 2)


def test_factors_of_edges_follow_the_level() -> None:
    wells = pd.DataFrame(
        [
            {
                "plate": 1,
                "well": f"{row}{column}",
                "role": "sample",
                "compound": "X",
                "cell_line": "A",
                "exclude": "",
                "concentration_uM": 1.0,
                "signal": (0.8 if row == "A" else 1.0) * (1 + 0.01 * ((3 * column + ord(row)) % 5)),
                "viability": 1.0,
            }
            for row in "ABCDEFGH"
            for column in range(2, 12)
        ]
    )
    wide, narrow = (
        plates.estimate_edges(wells, confidence=level).frame.set_index("side").loc["row A"]
        for level in (0.95, 0.8)
    )
    assert wide.factor == narrow.factor
    assert wide.factor_low < narrow.factor_low < narrow.factor_high < wide.factor_high


# --- key number, page and library


KEY: dict[str, Any] = {"label": "IC50", "estimate": 1.65, "low": 1.2, "high": 2.27, "unit": "µM", "n": 3}


@pytest.mark.parametrize(
    ("more", "name", "level"),
    [
        ({}, "95 % interval", ""),
        ({"confidence": 0.95}, "95 % interval", ""),
        ({"confidence": 0.9}, "90 % interval", "90 %"),
        ({"confidence": 0.9, "low": None, "high": None}, "", ""),
        ({"confidence": 0.9, "high": None}, "90 % interval", "90 %"),
    ],
)
def test_the_key_number_names_its_level(more: dict[str, Any], name: str, level: str) -> None:
    words = key_in_words(KEY | more)
    assert words
    assert (words["interval_name"], words["level"]) == (name, level)


ANSWER = """from lib.records import Claim, Estimate, Interval, Quality, Source, Subject
from reports.publish import Table, open_report
from reports.shown import Answer
report = open_report()
report.show(Table("x", frame.head(1).assign(low=0.5, high=1.5)))
estimate, source = Estimate(1.0, "µM", Interval(0.5, 1.5, level)), Source("x", 0, "x", "low", "high")
report.answer(Answer([Claim("x", "What is x?", Subject("x"), estimate, 3, "x", Quality(), source)], "It is 1."))"""


def test_page_and_library_tell_the_level_of_each_version(tmp_path: Path) -> None:
    notebook, site = write_tiny(tmp_path, READ, ANSWER), Options(tmp_path / "site")
    for level in (0.95, 0.9):
        done = run_job(plan_notebook(str(notebook), {"level": level}), site)
        assert f"0.50–1.50, {100 * level:g} % interval" in (Path(done.path) / "report.html").read_text()
    page = build_index(site.site).read_text(encoding="utf-8")
    assert "<td>0.50–1.50</td>" in page
    assert "<td>0.50–1.50 (90 %)</td>" in page
    assert "Key number, interval" in page
    assert not FALSE_NAME.search(page.split("<script")[0])
    levels = [
        json.loads(p.read_text())["card"]["key"]["confidence"] for p in site.site.rglob("metadata.json")
    ]
    assert sorted(levels) == [0.9, 0.95]


# --- overview


def _finding(name: str, level: float | None) -> Finding:
    key = KEY | ({} if level is None else {"confidence": level})
    return Finding(name, name, "abc123", card={"key": key})


@pytest.mark.parametrize(
    ("levels", "head", "cells"),
    [
        ((None, 0.95), "95 % interval", ["1.20–2.27"] * 2),
        ((0.9, 0.9), "90 % interval", ["1.20–2.27"] * 2),
        ((0.9, None), "Interval", ["1.20–2.27 (90 %)", "1.20–2.27 (95 %)"]),
    ],
)
def test_the_overview_passes_the_level_on(
    levels: tuple[float | None, ...], head: str, cells: list[str]
) -> None:
    findings = [_finding(name, level) for name, level in zip(("mine", "yours"), levels, strict=True)]
    found = evidence.gather_evidence(findings, (), name=name_subject)
    matrix, (_, table) = found.frame, overview_page.matrix(found, rows_per_question=4)
    shown = table.show
    assert list(shown.loc[matrix["analysis"] != "none", head]) == cells
    drawn = [text.get_text() for text in plot_evidence(matrix).findobj(Text)]
    assert f"Estimate ({head[:1].lower()}{head[1:]})" in drawn
    assert sum("(90 %: 1.20–2.27)" in text for text in drawn) == (head == "Interval")


# --- every notebook that has the parameter


def _write_words_only(figure: Figure, name: str, *, origin: str) -> tuple[str, str]:
    """The words of a figure in place of the figure: drawing is four fifths of a report's time."""
    words = [escape(text.get_text()) for text in figure.findobj(Text) if text.get_text()]
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><text>{"; ".join(words)}</text></svg>'
    folder = output_folder()
    assert folder
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    (folder / "figures" / f"{name}.svg").write_text(svg, encoding="utf-8")
    return svg, f"figures/{name}.svg"


@pytest.fixture(scope="module", params=WITH_LEVEL, ids=lambda path: path.stem)
def reports(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folders of one notebook's report at 95 % and at 90 %."""
    site = Options(tmp_path_factory.mktemp(request.param.stem))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(displays, "write_figure", _write_words_only)  # the warm engine forks this process
        usual, other = (_run(request.param, level, site) for level in (0.95, 0.9))
    return Path(usual.path), Path(other.path)


def _run(path: Path, level: float, site: Options) -> Outcome:
    job = plan_notebook(str(path), {"confidence": level})
    preload([job], engine="warm")  # imports once here, not once in every child
    done = run_job(job, site)
    assert done.status == "done", done.error
    return done


def test_notebooks_with_the_parameter_are_found() -> None:
    assert {"clinical_endpoints", "ic50", "immune_shifts", "synergy"} <= {path.stem for path in WITH_LEVEL}


def test_no_interval_of_90_is_called_95(reports: tuple[Path, Path]) -> None:
    _, folder = reports
    said = {
        path.name: path.read_text(encoding="utf-8")
        for path in [*folder.glob("*.html"), *folder.glob("*.json"), *folder.glob("figures/*.svg")]
    }
    notebook = json.loads((folder / "notebook.ipynb").read_text(encoding="utf-8"))
    said["outputs"] = json.dumps([cell.get("outputs") for cell in notebook["cells"]], ensure_ascii=False)
    false = {
        name: text[max(found.start() - 60, 0) : found.end()]
        for name, text in said.items()
        if (found := FALSE_NAME.search(text))
    }
    assert not false
    assert json.loads(said["metadata.json"])["card"]["key"]["confidence"] == 0.9
    assert "90 % interval" in said["report.html"]


def test_at_95_the_intervals_are_called_so(reports: tuple[Path, Path]) -> None:
    page = (reports[0] / "report.html").read_text(encoding="utf-8")
    assert "95 % interval" in page
    assert not re.search(r"90 % (interval|CI)", page)


def test_every_bound_follows_the_level(reports: tuple[Path, Path]) -> None:
    usual, other = reports
    narrower, still, wrong = 0, set(), []
    for path in sorted((usual / "tables").glob("*.csv")):
        wide, narrow = (pd.read_csv(folder / "tables" / path.name) for folder in (usual, other))
        for name in [c for c in wide if BOUND.search(c.replace("_", " ")) and c not in MARGINS]:
            a, b = (pd.to_numeric(frame[name], errors="coerce").to_numpy(float) for frame in (wide, narrow))
            both = np.isfinite(a) & np.isfinite(b)
            inwards = (b - a)[both] * (1 if "low" in name else -1)
            if (inwards < -1e-9 * np.abs(a[both])).any():
                wrong.append(f"{path.name}: {name}")
            if both.any() and not (inwards > 0).any():
                still.add((usual.parent.name, path.name, name))
            narrower += int((inwards > 0).sum())
    assert not wrong
    assert still <= NOT_MOVED
    assert narrower > 0
