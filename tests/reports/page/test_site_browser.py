"""Report and index in a headless browser, opened from the disk as a reader would."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reports.page.blocks import MIME
from reports.page.library import build_index
from reports.page.render import render_report

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
SVG = """<svg width="432pt" height="144pt" viewBox="0 0 432 144" xmlns="http://www.w3.org/2000/svg">
<path d="M 1 1 L 400 100" style="fill: none; stroke: #0072b2"/><text x="5" y="20" style="font: 9px sans-serif; fill: #1f2429">dose</text></svg>"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if not (BROWSER and DRIVER):
        missing = "chromium" if not BROWSER else "chromedriver"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{missing} is missing, and in CI the pages must be tried in a browser")
        pytest.skip(f"browser absent: {missing}")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    downloads = tmp_path_factory.mktemp("downloads")
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1280,900",
        "--disable-background-networking",
        "--no-first-run",
        "--force-prefers-reduced-motion",
    ):
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    driver.downloads = downloads  # type: ignore[attr-defined]
    yield driver
    driver.quit()


def shown(content: dict[str, Any]) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {MIME: content, "text/plain": ""}, "metadata": {}}


def cell(*outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": "fit(x)", "outputs": list(outputs)}


def add_version(site: Path, report: str, version: str, created: str, estimate: float, **more: Any) -> None:
    folder = site / report / version
    for name in ("tables", "figures"):
        (folder / name).mkdir(parents=True)
    for name in ("wide", "a", "b", "c", "d"):
        (folder / "figures" / f"{name}.svg").write_text(SVG)
    (folder / "tables" / "wells.csv").write_text("well,signal\nW0,1\n")
    columns = [{"label": "Well", "numeric": False}, {"label": "Signal", "unit": "%", "numeric": True}]
    short = [["b", "< 0.001"], ["a", "12"], ["c", "−3"], ["d", "1,200"], ["e", "none"]]
    long = [[f"W{i}", str((i * 7) % 300)] for i in range(300)]
    words = {"caption": "**Finding.** Read.", "alt": "finding"}
    base = {"kind": "table", "columns": columns, "file": "tables/wells.csv", **words}
    cells = [
        {
            "cell_type": "markdown",
            "metadata": {},
            "source": f"# What is {report}?\n\nText\n\n## Results\n\n$x^2$",
        },
        cell(shown({**base, "name": "short", "rows": short}), shown({**base, "name": "wells", "rows": long})),
        cell(
            shown({"kind": "figure", "name": "wide", "file": "figures/wide.svg", **words}),
            shown(
                {
                    "kind": "panels",
                    "name": "four",
                    "columns": 3,
                    "files": [f"figures/{n}.svg" for n in "abcd"],
                    **words,
                }
            ),
        ),
    ]
    key = {
        "label": "IC50",
        "estimate": estimate,
        "low": 1.0,
        "high": 3.0,
        "unit": "µM",
        "n": 3,
        "n_of": "experiments",
        "confidence": more.pop("confidence", 0.95),
    }
    metadata = {
        "report": report,
        "study": "example",
        "version": version,
        "status": "done",
        "created": created,
        "origin": "simulated",
        "parameters": [{"name": "model", "value": more.pop("model", "4pl")}],
        **more,
    }
    (folder / "notebook.ipynb").write_text(json.dumps({"cells": cells}))
    metadata["card"] = {"answer": "It is 2 µM.", "key": key, "flags": []}
    (folder / "metadata.json").write_text(json.dumps(metadata))
    render_report(folder)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    add_version(folder, "ic50", "aaaa11112222", "2025-06-02T10:00:00Z", 2.0, model="3pl", confidence=0.9)
    add_version(folder, "ic50", "bbbb11112222", "2025-06-11T10:00:00Z", 2.5)
    add_version(
        folder,
        "stroma",
        "cccc11112222",
        "2025-06-10T10:00:00Z",
        1.5,
        study="trial",
        origin="measured",
        stale=["slides.csv changed"],
    )
    build_index(folder)
    return folder


def one(browser: Any, css: str) -> Any:
    return browser.find_element("css selector", css)


def texts(browser: Any, css: str) -> list[str]:
    return [element.text for element in browser.find_elements("css selector", css)]


def open_page(browser: Any, page: Path, width: int = 1280, query: str = "") -> None:
    # set_window_size has a floor of some 500 px; the emulated screen has none
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
    )
    browser.get(page.as_uri() + query)


def faults(browser: Any) -> list[str]:
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


@pytest.fixture
def report(browser: Any, site: Path) -> Any:
    open_page(browser, site / "ic50" / "bbbb11112222" / "report.html")
    return browser


@pytest.fixture
def index(browser: Any, site: Path) -> Any:
    open_page(browser, site / "index.html")
    return browser


def visible_reports(browser: Any) -> list[str]:
    return [
        e.text for e in browser.find_elements("css selector", ".reports>tbody .name>a") if e.is_displayed()
    ]


@pytest.mark.parametrize("page", ["index.html", "ic50/bbbb11112222/report.html"])
@pytest.mark.parametrize("width", [1280, 420])
def test_no_error_nothing_loaded_nothing_slides(browser: Any, site: Path, page: str, width: int) -> None:
    open_page(browser, site / page, width)
    assert faults(browser) == []
    fetched = browser.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
    assert [name for name in fetched if not name.startswith(("data:", "file:"))] == []
    overflow = browser.execute_script("return document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0


def test_report_sorts_numbers_with_words_last(report: Any) -> None:
    header = one(report, "#table-1 thead th:nth-child(2) button")
    header.click()
    assert texts(report, "#table-1 tbody td") == ["−3", "< 0.001", "12", "1,200", "none"]
    header.click()
    assert texts(report, "#table-1 tbody td") == ["1,200", "12", "< 0.001", "−3", "none"]
    assert one(report, "#table-1 thead th:nth-child(2)").get_attribute("aria-sort") == "descending"


def test_long_table_pages_searches_and_sorts_all_rows(report: Any) -> None:
    assert len(texts(report, "#table-2 tbody tr")) == 50
    one(report, "#table-2 [data-page='1']").click()
    assert texts(report, "#table-2 tbody th")[0] == "W50"
    one(report, "#table-2 thead th:nth-child(2) button").click()
    assert texts(report, "#table-2 tbody td")[:3] == ["0", "1", "2"]
    one(report, "#table-2 input").send_keys("w299")
    assert texts(report, "#table-2 tbody th") == ["W299"]
    assert one(report, "#table-2 .count").text == "rows 1 to 1 of 1"


def test_code_is_folded_until_asked_for(report: Any) -> None:
    codes = report.find_elements("css selector", "details.code")
    assert not any(c.get_attribute("open") for c in codes)
    one(report, "#allcode").click()
    assert all(c.get_attribute("open") for c in codes)


def test_theme_turns_figures_with_the_page(report: Any) -> None:
    def colour() -> str:
        return str(
            report.execute_script("return getComputedStyle(document.querySelector('#figure-1 path')).stroke")
        )

    seen = {}
    for _ in range(3):
        one(report, "#theme").click()
        seen[one(report, "#theme").text] = colour()
    assert seen["Theme: light"] == "rgb(0, 114, 178)"
    assert seen["Theme: dark"] == "rgb(86, 180, 233)"


def test_saved_figure_is_light_and_joins_its_panels(report: Any) -> None:
    saved = report.execute_script("return joinPictures(document.querySelector('#figure-2')).text")
    assert saved.count("<path") == 4
    assert "var(" not in saved
    assert "#0072b2" in saved


def test_png_of_a_figure_is_saved(report: Any) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    one(report, "#figure-1 [data-save=png]").click()
    file = report.downloads / "wide.png"
    WebDriverWait(report, 10).until(lambda _: file.is_file() and file.stat().st_size > 0)
    assert file.read_bytes().startswith(b"\x89PNG")


def test_report_names_its_parts_for_a_screen_reader(report: Any) -> None:
    unnamed = report.execute_script(
        "return [...document.querySelectorAll('button,a[href],input,svg[role=img],[role=region]')].filter(e"
        " => !(e.textContent.trim() || e.ariaLabel || e.getAttribute('aria-labelledby') ||"
        " e.closest('label'))).map(e => e.outerHTML)"
    )
    assert unnamed == []
    assert report.execute_script("return document.querySelectorAll('th:not([scope])').length") == 0


def test_text_has_enough_contrast_in_both_themes(report: Any) -> None:
    lightness = """
      const rgb = v => { const c = document.createElement('i'); c.style.color = `var(--${v})`; document.body.append(c);
        const n = getComputedStyle(c).color.match(/[\\d.]+/g).map(Number); c.remove(); return n; };
      const l = v => rgb(v).slice(0, 3).map(x => x / 255).map(x => x <= .04045 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4)
        .reduce((s, x, i) => s + x * [.2126, .7152, .0722][i], 0);
      return ['ink', 'ink2', 'soft', 'link', 'pass', 'flag', 'fail'].map(v => { const [a, b] = [l(v), l('panel')].sort((x, y) => y - x);
        return (a + .05) / (b + .05); });"""
    for theme in ("light", "dark"):
        report.execute_script(f"document.documentElement.dataset.theme = '{theme}'")
        assert min(report.execute_script(lightness)) >= 4.5


def test_index_searches_names_and_versions(index: Any) -> None:
    assert visible_reports(index) == ["ic50", "stroma"]
    box = one(index, "#search")
    box.send_keys("stro")
    assert visible_reports(index) == ["stroma"]
    assert one(index, "#count").text == "1 of 2 reports"
    box.clear()
    box.send_keys("aaaa1111")
    assert visible_reports(index) == ["ic50"]
    box.send_keys(" nowhere")
    assert visible_reports(index) == []
    assert one(index, "#nothing").is_displayed()


def test_index_filters_and_clears(index: Any) -> None:
    one(index, "input[name=status][value=stale]").click()
    assert visible_reports(index) == ["stroma"]
    one(index, "input[name=origin][value=simulated]").click()
    assert visible_reports(index) == []
    one(index, "#clear").click()
    assert visible_reports(index) == ["ic50", "stroma"]


def test_index_opens_filtered_by_its_address(browser: Any, site: Path) -> None:
    open_page(browser, site / "index.html", query="?study=trial")
    assert visible_reports(browser) == ["stroma"]


def test_index_sorts_problems_first(index: Any) -> None:
    one(index, "#sort option[value=status]").click()
    assert visible_reports(index) == ["stroma", "ic50"]


def test_two_versions_side_by_side(index: Any) -> None:
    one(index, "button[aria-controls]").click()
    for version in ("bbbb11112222", "aaaa11112222"):
        one(index, f"[data-version$='{version}']").click()
    one(index, "#compare").click()
    rows = {row.split(" ", 1)[0]: row for row in texts(index, "#dialog tbody tr")}
    assert rows["IC50"] == "IC50 2.0 µM 2.5 µM +25 %"
    assert rows["Interval"] == "Interval 1.0–3.0 (90 %) 1.0–3.0 changed"
    assert rows["model"] == "model 3pl 4pl changed"
    assert one(index, "#dialog-command").text == "tme diff aaaa11112222 bbbb11112222"
    one(index, "#close").click()
    assert not one(index, "#dialog").is_displayed()


def test_index_leads_to_the_report_and_back(index: Any) -> None:
    one(index, ".name>a").click()
    assert one(index, "h1").text == "What is ic50?"
    one(index, ".bar nav a").click()
    assert one(index, "h1").text == "Reports"
