"""Nothing of a programme is wired in: another one takes its place, and `none` says nothing of any."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from lib.places import ROOT
from tests.makers.other_study import write_other_study

SECOND = Path(__file__).parent / "second_programme"
OF_DEFACTINIB = re.compile(
    r"defactinib|VS-?6063|avutometinib|FAK|PYK2|KRAS|RAMP|FRAME|BI 853520|technical guide|source"
    r" document|BenchChem"
)
EMBEDDED = re.compile(r"<style.*?</style>|<script.*?</script>|data:[a-z]+/[^\"')]*", re.S)


def run_study(study: Path) -> dict[str, Path]:
    """Report → folder of its version."""
    site = study.parent / "site"
    command = [sys.executable, "-m", "reports.cli", "run", str(study), "--site", str(site), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {found["report"]: site / found["report"] / found["version"] for found in json.loads(done.stdout)}


@pytest.fixture(scope="module")
def of_none(tmp_path_factory) -> dict[str, Path]:
    return run_study(write_other_study(tmp_path_factory.mktemp("none") / "study", "none"))


@pytest.fixture(scope="module")
def of_second(tmp_path_factory) -> dict[str, Path]:
    return run_study(write_other_study(tmp_path_factory.mktemp("second") / "study", str(SECOND)))


@pytest.fixture(scope="module")
def of_default(tmp_path_factory) -> dict[str, Path]:
    """Another laboratory's drug under the suite's own programme."""
    return run_study(write_other_study(tmp_path_factory.mktemp("default") / "study", "defactinib"))


def page_of(version: Path) -> str:
    """What a page says, without its machinery."""
    return html.unescape(EMBEDDED.sub("", (version / "report.html").read_text(encoding="utf-8")))


def said_of_defactinib(text: str) -> list[str]:
    return [text[max(0, m.start() - 60) : m.end() + 40] for m in OF_DEFACTINIB.finditer(text)]


REPORTS = sorted(p.stem for p in (ROOT / "notebooks").glob("*.ipynb") if p.stem != "explore")


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("kind", ["of_none", "of_second"])
def test_nothing_is_said_of_the_suites_own_programme(kind, report, request):
    version = request.getfixturevalue(kind)[report]
    assert said_of_defactinib(page_of(version)) == []
    for path in [
        *(version / "tables").glob("*.csv"),
        *version.glob("*.json"),
        *(version / "figures").glob("*.svg"),
    ]:
        assert said_of_defactinib(EMBEDDED.sub("", path.read_text(encoding="utf-8"))) == [], path.name


@pytest.mark.parametrize("report", [r for r in REPORTS if r not in ("validation", "overview")])
def test_without_programme_no_page_has_a_section_on_what_is_published(of_none, report):
    if report != "reconstruct":  # holds its curve against numbers that the user gives
        assert "Against the published" not in page_of(of_none[report])


def test_numbers_are_those_of_the_example(of_none):
    frozen = ROOT / "tests" / "snapshots" / "example"
    for report, table, column in (
        ("ic50", "ic50_summary", "geometric_mean_uM"),
        ("target_engagement", "engagement", "ic50_uM"),
        ("clinical_endpoints", "response_rates", "rate"),
        ("immune_shifts", "shifts", "shift_logit"),
    ):
        new, old = (
            pd.read_csv(folder / f"{table}.csv") for folder in (of_none[report] / "tables", frozen / report)
        )
        pd.testing.assert_series_equal(new[column], old[column])


def test_a_second_programme_is_held_against(of_second):
    ic50 = pd.read_csv(of_second["ic50"] / "tables" / "against_published.csv")
    assert list(zip(ic50["name"], ic50["published"], strict=True)) == [("UTE1", 3.0)]
    assert "Values of an invented record." in page_of(of_second["ic50"])
    shifts = pd.read_csv(of_second["immune_shifts"] / "tables" / "shifts.csv")
    told = shifts[(shifts["population"] == "CD8+ T cells") & (shifts["denominator"] == "parent")]
    assert (told["expected"].tolist(), told["verdict"].tolist()) == (["reduced"], ["differs"])
    edges = pd.read_csv(of_second["target_engagement"] / "tables" / "pathway.csv")
    assert edges["edge"].tolist() == ["examplostat-ABL", "ABL-AKT"]
    rates = pd.read_csv(of_second["clinical_endpoints"] / "tables" / "published_comparison.csv")
    assert rates["verdict"].tolist() == ["differs"]
    assert "Is ABL hit?" in page_of(of_second["overview"])


def test_another_drug_is_not_held_against_the_suites_own_programme(of_default):
    """Other compounds, target and groups: nothing published applies to them."""
    assert not (of_default["ic50"] / "tables" / "against_published.csv").exists()
    assert "published: synergy" not in page_of(of_default["synergy"])
    assert "pFAK" not in page_of(of_default["ihc"])
    evidence = pd.read_csv(of_default["overview"] / "tables" / "evidence.csv")
    applies = evidence[evidence["analysis"].isin(["ic50", "synergy", "ihc", "clinical_endpoints"])]
    assert set(applies["published"].dropna()) <= {"none"}
