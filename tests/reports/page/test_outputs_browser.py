"""Outputs of others in a real browser: they run in their frames, and nothing of them reaches the page."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.reports.page.test_outputs import EVIL, PIXEL, shown, stream
from tests.reports.page.test_render import code, page_of, text
from tests.reports.page.test_site_browser import browser, faults, one, open_page, texts  # noqa: F401 (a fixture)

RAN = (
    '<p id="p">not run</p><script>const said = ["ran"];'
    "try { top.document.title = 'x'; said.push('page reached') } catch { said.push('page out of reach') }"
    "try { localStorage.length; said.push('storage') } catch { said.push('no storage') }"
    "fetch('https://example.org/').then(() => said.push('network'), () => said.push('no network'))"
    ".finally(() => { document.getElementById('p').textContent = said.join(', ') })</script>"
)


def read_frame(driver: Any, number: int, css: str) -> str:
    frames = driver.find_elements("css selector", "iframe.output")
    driver.switch_to.frame(frames[number])
    try:
        return str(one(driver, css).text)
    finally:
        driver.switch_to.default_content()


def heights(driver: Any) -> list[float]:
    script = (
        "return [...document.querySelectorAll('iframe.output')].map(f => parseFloat(f.style.height) || 0)"
    )
    for _ in range(200):
        found: list[float] = driver.execute_script(script)
        if all(found):
            return found
        time.sleep(0.1)
    return found


def test_a_script_runs_alone(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    page_of(tmp_path, [text("# Mine\n## R"), code("f()", shown(text_html=RAN))])
    open_page(browser, tmp_path / "report.html")
    for _ in range(200):
        if "network" in (found := read_frame(browser, 0, "#p")):
            break
        time.sleep(0.1)
    assert found == "ran, page out of reach, no storage, no network"
    assert browser.title == "ic50: Mine"


def test_frames_are_as_high_as_what_they_show(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    box = "<style>div{{height:{}px}}</style><div>box</div>"
    cells = [code("f()", shown(text_html=box.format(n))) for n in (40, 300, 9000)]
    page_of(tmp_path, [text("# Mine\n## R"), *cells])
    open_page(browser, tmp_path / "report.html")
    low, middle, high = heights(browser)
    assert 40 <= low <= 50
    assert 300 <= middle <= 310
    assert high == 1200  # and the rest slides
    assert faults(browser) == []


def test_nothing_evil_reaches_the_page(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    cells = [code(f"f({i})", shown(text_html=html), stream(f"after {i}\n")) for i, html in enumerate(EVIL)]
    page_of(tmp_path, [text("# Mine\n## R"), *cells, text("## Last\n\nstill here")])
    open_page(browser, tmp_path / "report.html")
    assert browser.execute_script("return window.hacked") is None
    assert texts(browser, "pre.printed") == [f"after {i}" for i in range(len(EVIL))]
    assert one(browser, "#last p").is_displayed()
    assert all("Content Security Policy" in fault for fault in faults(browser))  # the one that tried to leave


def test_what_lies_beside_the_page_is_loaded(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    heavy = (
        "<p id='p'>not run</p><script>document.getElementById('p').textContent ="
        f" 'ran';/*{'x' * 2_000_000}*/</script>"
    )
    page_of(tmp_path, [text("# Mine\n## R"), code("f()", shown(text_html=heavy), shown(image_png=PIXEL))])
    faults(browser)
    open_page(browser, tmp_path / "report.html")
    assert heights(browser)[0] > 10
    assert read_frame(browser, 0, "#p") == "ran"
    assert browser.execute_script("return document.querySelector('.picture img').naturalWidth") == 1
    assert faults(browser) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_of_a_terminal_can_be_read(browser: Any, tmp_path: Path, theme: str) -> None:  # noqa: F811
    coloured = " ".join(f"\x1b[{n}mw{n}\x1b[0m" for n in (*range(30, 38), *range(90, 98)))
    page_of(tmp_path, [text("# Mine\n## R"), code("f()", stream(coloured))])
    open_page(browser, tmp_path / "report.html")
    browser.execute_script(f"document.documentElement.dataset.theme = '{theme}'")
    ratios = browser.execute_script(CONTRAST)
    assert len(ratios) == 16
    assert min(ratios) >= 4.5


CONTRAST = """
const parts = c => c.match(/[\\d.]+/g).slice(0, 3).map(Number);
const light = c => parts(c).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const paper = light(getComputedStyle(document.body).backgroundColor);
return [...document.querySelectorAll("pre.printed span")].map(s => {
  const ink = light(getComputedStyle(s).color);
  return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
});
"""
