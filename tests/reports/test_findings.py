"""Reading the newest good version of every report of a study."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reports import findings
from reports.present.overview import links
from tests.reports.test_claims import claim_of


def put(site: Path, report: str, version: str, created: str, **changed: str) -> Path:
    folder = site / report / version
    (folder / "tables").mkdir(parents=True)
    about = {
        "report": report,
        "notebook": report,
        "version": version,
        "status": "done",
        "created": created,
        "study": "mine",
        "origin": "measured",
        "title": "What?",
        "programme": "defactinib",
        "card": {"answer": f"answer {version}"},
    }
    (folder / "metadata.json").write_text(json.dumps(about | changed), encoding="utf-8")
    (folder / "tables" / "t.csv").write_text(f"name,word,number\n{version},none,\n", encoding="utf-8")
    return folder


def test_newest_good_version_of_each_report(tmp_path: Path) -> None:
    put(tmp_path, "ic50", "aaa", "2026-01-01")
    put(tmp_path, "ic50", "bbb", "2026-01-02")
    put(tmp_path, "ic50", "ccc", "2026-01-03", status="failed")
    put(tmp_path, "synergy", "ddd", "2026-01-01", study="another")
    put(tmp_path, "overview", "eee", "2026-01-04")
    found = findings.read_findings(tmp_path, "mine")
    assert [(one.report, one.version) for one in found] == [("ic50", "bbb")]
    assert found[0].card["answer"] == "answer bbb"


def test_reports_held_against_another_programme_are_not_read(tmp_path: Path) -> None:
    put(tmp_path, "ic50", "aaa", "2026-01-01")
    put(tmp_path, "synergy", "bbb", "2026-01-01", programme="none")
    put(tmp_path, "ihc", "ccc", "2026-01-01")
    put(tmp_path, "ihc", "ddd", "2026-01-02", programme="none")
    assert [one.report for one in findings.read_findings(tmp_path, "mine", "defactinib")] == ["ic50"]
    assert [one.report for one in findings.read_findings(tmp_path, "mine", "none")] == ["ihc", "synergy"]


def test_claims_and_edges_are_read_where_there_are_any(tmp_path: Path) -> None:
    folder = put(tmp_path, "ic50", "aaa", "2026-01-01")
    (one,) = findings.read_findings(tmp_path, "mine")
    assert (one.claims, one.edges) == ([], None)
    (folder / "claims.json").write_text(json.dumps([claim_of(0).to_json()]), encoding="utf-8")
    (folder / "tables" / "pathway.csv").write_text("edge,state,evidence\nX-Y,no data,\n", encoding="utf-8")
    (one,) = findings.read_findings(tmp_path, "mine")
    assert one.claims == [claim_of(0)]
    assert one.edges["edge"].tolist() == ["X-Y"]


def test_a_report_without_a_card(tmp_path: Path) -> None:
    put(tmp_path, "ic50", "aaa", "2026-01-01", card=None)
    assert findings.read_findings(tmp_path, "mine")[0].card == {}


def test_site_and_study_come_from_the_runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "ic50", "aaa", "2026-01-01")
    monkeypatch.delenv("TME_SITE", raising=False)
    assert findings.read_findings() == []
    monkeypatch.setenv("TME_SITE", str(tmp_path))
    monkeypatch.setenv("TME_STUDY", "mine")
    assert [one.report for one in findings.read_findings()] == ["ic50"]
    monkeypatch.setenv("TME_SITE", str(tmp_path / "absent"))
    assert findings.read_findings() == []


def test_links_lead_from_one_version_to_another(tmp_path: Path) -> None:
    put(tmp_path, "ic50", "aaa", "2026-01-01")
    said = links(findings.read_findings(tmp_path, "mine")).markdown
    assert said == "- [ic50](../../ic50/aaa/report.html), version aaa. answer aaa"
    here = put(tmp_path, "overview", "eee", "2026-01-02")
    assert (here / "../../ic50/aaa").resolve().is_dir()
