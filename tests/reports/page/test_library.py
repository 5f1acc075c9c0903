"""The index of a site, from versions made here."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from reports.page.library import Version, build_index, draw_trend, read_versions

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 72"><g><path d="M0 0L9 9" style="stroke:'
    ' #0072b2"/></g></svg>'
)


def add_version(
    site: Path,
    report: str,
    version: str,
    *,
    created: str = "2025-06-11T14:32:00+00:00",
    estimate: float | None = 1.65,
    flags: tuple[str, ...] = (),
    title: str = "",
    qualifier: str = "",
    **more: Any,
) -> Path:
    folder = site / report / version
    (folder / "figures").mkdir(parents=True)
    (folder / "figures" / "curves.svg").write_text(SVG)
    metadata = {
        "report": report,
        "notebook": f"notebooks/{report}.ipynb",
        "study": "example",
        "version": version,
        "status": "done",
        "created": created,
        "origin": "simulated",
        "environment": {"numpy": "2.4.0"},
        "parameters": [{"name": "model", "value": "4pl"}],
        "inputs": [{"name": "plates.csv", "sha256": "a7" * 32}],
        "result_hash": "41d07be39c58ffff",
        **more,
    }
    if metadata["status"] == "done":
        key = {
            "label": "IC50",
            "estimate": estimate,
            "low": 1.2,
            "high": 2.27,
            "unit": "µM",
            "n": 3,
            "n_of": "experiments",
            "qualifier": qualifier,
        }
        metadata["card"] = {"key": key, "flags": list(flags)}
    (folder / "metadata.json").write_text(json.dumps(metadata))
    page = (
        f'<html><head><meta name="report-title" content="{title or report}"><meta name="report-figure"'
        ' content="figures/curves.svg">'
    )
    (folder / "report.html").write_text(page)
    return folder


def index_of(site: Path) -> str:
    page = build_index(site)
    assert page == site / "index.html"
    return page.read_text(encoding="utf-8")


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page)
    assert found
    loaded: dict[str, Any] = json.loads(found[1])
    return loaded


def test_empty_site_says_what_to_do(tmp_path: Path) -> None:
    page = index_of(tmp_path / "new" / "site")
    assert "0 reports" in page
    assert "tme run STUDY.yaml" in page


def test_versions_of_a_report_are_one_row_newest_first(tmp_path: Path) -> None:
    add_version(tmp_path, "ic50", "aaaa", created="2025-06-02T10:00:00+00:00", estimate=1.72)
    add_version(
        tmp_path, "ic50", "bbbb", changes={"parameters": ["model: 3pl → 4pl"]}, title="How sensitive?"
    )
    page = index_of(tmp_path)
    assert page.count('<tr class="row"') == 1
    assert '<span class="mono">bbbb</span>' in page
    assert page.index("ic50/bbbb/report.html") < page.index("ic50/aaaa/report.html")
    assert "How sensitive?" in page
    assert "parameter: model: 3pl → 4pl" in page
    assert "first version" in page
    assert "1 report</span>, 2 versions." in page


def test_key_number_with_interval_and_n(tmp_path: Path) -> None:
    add_version(tmp_path, "ic50", "aaaa", estimate=1.654)
    page = index_of(tmp_path)
    assert "<b>1.7</b> µM" in page
    assert "1.2–2.3" in page
    assert "n = 3 experiments" in page


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        ({}, "good", "simulated"),
        ({"flags": ("plate 7, edge effect",)}, "flagged", "1 flag: plate 7, edge effect"),
        (
            {"stale": ["plates.csv changed 9 June 2025"], "flags": ("x",)},
            "stale",
            "stale: plates.csv changed 9 June 2025",
        ),
        ({"status": "failed", "error": {"cell": 9, "message": "boom"}}, "failed", "Stopped in cell 9."),
        ({"status": "invalid", "error": {"message": "dose must be >= 0"}}, "failed", "dose must be &gt;= 0"),
    ],
)
def test_status_and_its_words(tmp_path: Path, more: dict[str, Any], status: str, words: str) -> None:
    add_version(tmp_path, "ic50", "aaaa", **more)
    page = index_of(tmp_path)
    assert f'data-status="{status}"' in page
    assert words in page
    assert f'value="{status}">{status}<span>1</span>' in page


def test_failed_report_keeps_the_number_of_the_last_good_version(tmp_path: Path) -> None:
    add_version(tmp_path, "ic50", "aaaa", created="2025-06-02T10:00:00+00:00")
    error = {"cell": 9, "source": "a = 1\nfit(a)", "line": 2, "message": "InputError: <dose>"}
    add_version(tmp_path, "ic50", "bbbb", status="failed", error=error)
    page = index_of(tmp_path)
    assert "last good version, n = 3 experiments" in page
    assert "<mark>fit(a)</mark>" in page
    assert "InputError: &lt;dose&gt;" in page
    assert 'href="ic50/aaaa/report.html">aaaa</a>, 2 June 2025' in page


def test_filters_count_reports_not_versions(tmp_path: Path) -> None:
    for version in ("aaaa", "bbbb"):
        add_version(tmp_path, "ic50", version)
    add_version(tmp_path, "ihc", "cccc", study="trial", origin="measured")
    page = index_of(tmp_path)
    for name, value in (
        ("study", "trial"),
        ("origin", "measured"),
        ("analysis", "ihc"),
        ("study", "example"),
    ):
        assert f'name="{name}" value="{value}">{value}<span>1</span>' in page


def test_same_report_of_two_studies_is_two_rows(tmp_path: Path) -> None:
    add_version(tmp_path, "ic50", "aaaa")
    add_version(tmp_path, "ic50", "bbbb", study="pilot")
    assert index_of(tmp_path).count('<tr class="row"') == 2


def test_data_for_comparing_versions(tmp_path: Path) -> None:
    add_version(
        tmp_path,
        "ic50",
        "aaaa",
        parameters=[{"name": "doses", "value": [1, 2]}, {"name": "extra", "value": ""}],
    )
    (data,) = data_of(index_of(tmp_path)).values()
    assert data["parameters"] == {"doses": "1, 2", "extra": "not given"}
    assert data["inputs"] == {"plates.csv": "a7a7a7a7a7a7"}
    assert data["estimate"] == 1.65
    assert data["software"] == {"numpy": "2.4.0"}


def test_names_from_files_are_never_markup(tmp_path: Path) -> None:
    add_version(tmp_path, "ic50", "aaaa", study="</script><script>alert(1)</script>", stale=["<img src=x>"])
    page = index_of(tmp_path)
    assert "<script>alert" not in page
    assert "<img src=x>" not in page


def test_folders_in_the_making_and_broken_ones_are_left_out(tmp_path: Path) -> None:
    add_version(tmp_path, "ic50", ".new-aaaa")
    add_version(tmp_path, "ic50", "bbbb")
    (tmp_path / "ic50" / "cccc").mkdir()
    (tmp_path / "ic50" / "cccc" / "metadata.json").write_text("{half")
    assert [version.name for version in read_versions(tmp_path)] == ["bbbb"]


def test_links_stay_inside_the_site(tmp_path: Path) -> None:
    add_version(tmp_path, "ic50 of A&B", "aaaa")
    page = index_of(tmp_path)
    assert 'href="ic50%20of%20A%26B/aaaa/report.html"' in page
    assert str(tmp_path) not in page
    assert "http" not in re.sub(r"http://www.w3.org/\S+", "", page)


def trend_of(*keys: dict[str, Any] | None) -> str:
    versions = [
        Version(Path("."), {"status": "done" if key is not None else "failed"}, {}, key=key or {})
        for key in keys
    ]
    return draw_trend(versions)


def test_trend_draws_discs_crosses_and_triangles() -> None:
    plain = {"estimate": 1.0, "low": 0.5, "high": 2.0}
    drawn = trend_of(plain, None, {"estimate": 30, "qualifier": ">"}, plain)
    assert drawn.count("<circle") == 2
    assert drawn.count('class="bad"') == 1
    assert drawn.count(" open") == 1
    assert drawn.count('class="last"') == 2  # its disc and its interval
    assert "over 4 versions" in drawn


def test_trend_places_larger_values_higher() -> None:
    heights = [float(y) for y in re.findall(r'cy="([\d.]+)"', trend_of({"estimate": 1.0}, {"estimate": 2.0}))]
    assert heights[0] > heights[1]


def test_trend_of_equal_values_is_level_and_of_none_is_a_dash() -> None:
    assert set(re.findall(r'cy="([\d.]+)"', trend_of({"estimate": 2.0}, {"estimate": 2.0}))) == {"18.0"}
    assert "<circle" not in trend_of({})
