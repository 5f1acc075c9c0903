"""The page of a report: one HTML file that opens offline, made from an executed notebook."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from math import floor, log10
from pathlib import Path
from typing import Any

from reports import wording as present
from reports.json_files import read_json
from reports.page import blocks, foreign, markup, pictures
from reports.page.labels import describe_code
from reports.page.sections import number_sections, publishes, read_sections
from reports.page.terminal import plain_text

TEMPLATES = Path(__file__).with_name("templates")
USUAL_CONFIDENCE = 0.95
LIMIT = 1_900_000  # bytes of a page
BANNERS = {
    "simulated": (
        "Simulated data: agreement with what they were drawn from is calibration, not evidence.",
        "The inputs were drawn by a simulator with a fixed seed.",
    ),
    "digitised": (
        "Digitised data: values were read from a printed figure.",
        "They carry the error of that reading, and no more patients than the figure shows.",
    ),
}
FACTS = (("quality", "Quality"), ("published", "Against the published"), ("caution", "Caution"))
BESIDE = (
    ("notebook.ipynb", "Executed notebook"),
    ("tables/", "Tables"),
    ("figures/", "Figures"),
    ("outputs/", "Large outputs"),
    ("log.txt", "Log"),
    ("ro-crate-metadata.json", "RO-Crate metadata"),
)


def render_report(version_dir: Path) -> None:
    """Write ``report.html`` into the folder of a version.

    Reads ``notebook.ipynb`` (executed), ``metadata.json``, ``tables/`` and ``figures/``;
    each but the notebook may be missing. The page is one file under 2 MB: where drawn figures would make it
    larger, the largest are shown as pictures, and if that is not enough, files are linked; large outputs of a
    notebook that publishes nothing then lie in ``outputs/``.

    Parameters
    ----------
    version_dir : Path
        Folder of one version of a report.
    """
    folder = Path(version_dir)
    notebook = read_json(folder / "notebook.ipynb", dict)
    metadata = read_json(folder / "metadata.json", dict)
    html, publishing = "", publishes(notebook)
    for pasted, linked in _attempts(folder):
        page = blocks.Page(folder, pasted=pasted, linked=linked, publishes=publishing)
        html = render_page(notebook, metadata, page)
        if len(html.encode()) < LIMIT:
            break
    (folder / "report.html").write_text(html, encoding="utf-8")


def render_page(notebook: dict[str, Any], metadata: dict[str, Any], page: blocks.Page) -> str:
    """The page as text; figures and tables are read from the folder of `page`."""
    title, about, sections = read_sections(notebook, metadata, page)
    summary = page.summary
    script = _script()
    origin = summary.get("origin") or metadata.get("origin") or ""
    context = {
        "script": script,
        "policy": foreign.page_policy(script, framed=page.framed, active=page.active),
        "publishes": page.publishes,
        "title": title,
        "about": about,
        "summary": _card(summary, metadata),
        "origin": origin,
        "banner": BANNERS.get(origin),
        "meta": metadata,
        "failed": _failure(notebook, metadata),
        "sections": number_sections(sections, metadata, page.publishes),
        "parameters": _parameters(metadata.get("parameters") or []),
        "status": metadata.get("status") or "done",
        "flags": summary.get("flags") or [],
        "created": written_date(metadata.get("created"), time=True),
        "date": written_date(metadata.get("created")),
        "changes": _changes(metadata),
        "figure": page.first_figure,
        "citation": _citation(title, origin, metadata),
        "beside": [(href, word) for href, word in BESIDE if _present(page.folder, href)],
        "index": metadata.get("index") or "../../index.html",
        "print_foot": _print_foot(metadata, origin),
        "dark_figure": pictures.DARK,
        "names_files": _names_files(metadata),
        "at_site": _at_site(metadata),
    }
    html: str = environment().get_template("report.html.j2").render(context)
    return html


def _names_files(metadata: dict[str, Any]) -> bool:
    """Whether the command to make it again holds paths, which start from a folder that a page cannot name."""
    command = str(metadata.get("command") or "")
    named = [f" -p {item.get('parameter')} " for item in metadata.get("inputs") or []]
    return any(name in command for name in [*named, ".ipynb"])


def _at_site(metadata: dict[str, Any]) -> str:
    """The option that names the site of a version, where that is not the one that `tme` takes by itself."""
    return f" --site {shlex.quote(metadata['site'])}" if metadata.get("site") else ""


def _card(summary: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    """The summary card: answer, key number, facts."""
    facts = [
        (word, markup.markdown_html(summary[key], inline=True)) for key, word in FACTS if summary.get(key)
    ]
    if summary.get("flags"):
        facts.append(("Flagged", markup.markdown_html("; ".join(map(str, summary["flags"])), inline=True)))
    return {
        "answer": markup.markdown_html(summary.get("answer") or "", inline=True),
        "facts": facts,
        "key": key_in_words(summary.get("key")),
        "changes": (
            len((metadata.get("changes") or {}).get("numbers") or []) if metadata.get("previous") else None
        ),
    }


def key_in_words(key: dict[str, Any] | None, digits: int = 2) -> dict[str, str] | None:
    """The key number as it is shown: label, number, unit, interval, n; None where there is none.

    ``interval_name`` names the interval with its level; ``level`` is empty at 95 %, which goes without saying
    in a list. Keys of versions that do not tell their level are of 95 %.

    >>> key_in_words({"label": "IC50", "estimate": 1.654, "low": 1.2, "high": 2.27})["interval"]
    '1.2–2.3'
    >>> none = key_in_words({"label": "Median PFS", "low": 5.5, "unit": "months", "qualifier": "not reached"})
    >>> none["number"], none["unit"], none["interval"]
    ('not reached', '', '5.5 months to not reached')
    >>> key_in_words({"label": "IC50", "estimate": 1.654, "n": 1, "n_of": "experiments"})["n"]
    'n = 1 experiment'
    """
    if not key or (key.get("estimate") is None and not key.get("qualifier")):
        return None
    estimate, low, high = key.get("estimate"), key.get("low"), key.get("high")
    decimals = _decimals(estimate, low, high, digits)
    number = present.fixed(estimate, decimals) if estimate is not None else ""
    qualifier = str(key.get("qualifier") or "")
    n, n_of = key.get("n"), str(key.get("n_of") or "")
    confidence, bounded = float(key.get("confidence") or USUAL_CONFIDENCE), (low, high) != (None, None)
    unit = str(key.get("unit") or "")
    interval = present.interval(low, high, decimals=decimals, unit=unit)
    return {
        "label": str(key.get("label") or ""),
        "number": f"{qualifier} {number}".strip() if qualifier not in ("", "=") else number,
        # Words in the place of a number have no unit; the interval then carries it.
        "unit": unit if estimate is not None else "",
        "interval": interval.replace(" to ", f" {unit} to ", 1) if estimate is None and unit else interval,
        "interval_name": present.interval_name(confidence) if bounded else "",
        "level": present.level_name(confidence) if bounded and confidence != USUAL_CONFIDENCE else "",
        "n": f"n = {present.n_of(n, n_of)}" if isinstance(n, int) else n_of,
    }


def _decimals(estimate: Any, low: Any, high: Any, digits: int) -> int:
    """One number of decimals for an estimate and its interval: 11.0 (7.7 to 14.3), 94.9 (94.4 to 95.4)."""
    bounds = [float(x) for x in (low, high) if x is not None]
    centre = float(estimate) if estimate is not None else next(iter(bounds), 0.0)
    needed = _places(centre, digits)
    if len(bounds) == 2 and bounds[0] * bounds[1] > 0:
        needed = max(needed, min(max(_places(x, digits) for x in bounds), needed + 1))
        if bounds[1] - bounds[0] < 0.1 * abs(centre):
            needed = max(needed, _places(bounds[1] - bounds[0], digits))
    return 0 if not bounds and centre.is_integer() else needed


def _places(value: float, digits: int) -> int:
    """Decimals that show a number at so many significant digits."""
    return min(max(digits - 1 - floor(log10(abs(value))), 0), 8) if value else 0


def _parameters(parameters: list[dict[str, Any]]) -> list[dict[str, str]]:
    rows = []
    for item in parameters:
        value, default = _value(item.get("value")), _value(item.get("default"))
        words = re.sub(
            r"^(optional file|file|one of[^:]*|in [\[(][^:]*[\])])\s*:\s*", "", str(item.get("help") or "")
        )
        rows.append({"name": str(item.get("name", "")), "help": words, "value": value, "default": default})
    return rows


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "not given" if value in (None, "") else str(value).replace("../data/", "data/")


def _changes(metadata: dict[str, Any]) -> dict[str, Any] | None:
    if not metadata.get("previous"):
        return None
    changes = metadata.get("changes") or {}
    columns = [("Parameters", "parameters"), ("Inputs", "inputs"), ("Code and environment", "code")]
    return {
        "columns": [(word, [str(x) for x in changes.get(key) or []]) for word, key in columns],
        "numbers": [str(x) for x in changes.get("numbers") or []],
        "verdicts": [str(x) for x in changes.get("verdicts") or []],
        "known": metadata.get("changes") is not None,
        "date": written_date(metadata.get("previous_created")),
    }


def _failure(notebook: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any] | None:
    """The failing cell with its line marked, for a report that stopped."""
    if metadata.get("status") not in ("failed", "invalid"):
        return None
    error = metadata.get("error") or {}
    cells, number = notebook.get("cells", []), error.get("cell")
    source = str(error.get("source") or "")
    if not source and isinstance(number, int) and 0 < number <= len(cells):
        source = "".join(cells[number - 1].get("source", ""))
    tags = (
        cells[number - 1].get("metadata", {}).get("tags", [])
        if isinstance(number, int) and 0 < number <= len(cells)
        else []
    )
    line = error.get("line")
    lines = source.splitlines()
    failing = lines[line - 1] if isinstance(line, int) and 0 < line <= len(lines) else source
    return {
        "cell": number,
        "cells": len(cells),
        "message": plain_text(str(error.get("message") or "No message was left.")),
        "what": describe_code(failing, tags) if source else "",
        "last_good": _last_good(metadata),
        "lines": [
            {"number": i, "text": text, "bad": i == line or text.strip() == str(line).strip() != ""}
            for i, text in enumerate(lines, start=1)
        ],
    }


def _last_good(metadata: dict[str, Any]) -> dict[str, str] | None:
    found = metadata.get("last_good")
    if isinstance(found, dict):
        return {"version": str(found.get("version", "")), "date": written_date(found.get("created"))}
    return {"version": str(found), "date": ""} if found else None


def _citation(title: str, origin: str, metadata: dict[str, Any]) -> str:
    about = [
        f"Study {metadata['study']}." if metadata.get("study") else "",
        re.sub(r"[*`$]", "", title).rstrip("."),
    ]
    parts = [f"report {metadata.get('report', '')}".strip(), f"version {metadata.get('version', 'unknown')}"]
    if metadata.get("result_hash"):
        parts.append(f"result {str(metadata['result_hash'])[:12]}")
    parts.append(written_date(metadata.get("created")) or "no date")
    head = " ".join(x for x in about if x)
    stamp = {"simulated": " Simulated data.", "digitised": " Digitised data."}.get(origin, "")
    joined = ", ".join(parts)
    return f"{head}{'' if head.endswith('?') else '.'} {joined[:1].upper()}{joined[1:]}.{stamp}"


def written_date(iso: Any, *, time: bool = False) -> str:
    """A date in words, in UTC: ``11 June 2025`` or ``11 June 2025, 14:32 UTC``."""
    try:
        moment = datetime.fromisoformat(str(iso).replace("Z", "+00:00"))
    except ValueError:
        return ""
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{moment.day} {moment:%B %Y}" + (f", {moment:%H:%M} UTC" if time else "")


def _print_foot(metadata: dict[str, Any], origin: str) -> str:
    words = f"{metadata.get('report', '')}, version {metadata.get('version', '')}."
    stamp = {"simulated": " Simulated data.", "digitised": " Digitised data."}.get(origin, "")
    return re.sub(r'[\\"<>\n]', "", words) + stamp


def _present(folder: Path, href: str) -> bool:
    """The crate and the log are written around the page, so they are always named."""
    return not href.endswith("/") or (folder / href).is_dir()


def _attempts(folder: Path) -> Iterable[tuple[set[str], bool]]:
    """What to try until the page is small enough: drawn figures, the largest as pictures, all, links."""
    sizes = {f"figures/{path.name}": path.stat().st_size for path in folder.glob("figures/*.svg")}
    large = sorted(sizes, key=lambda name: -sizes[name])
    # minifying takes away a third or so: figures far beyond the limit are not even tried as drawings
    total, pasted = sum(sizes.values()), set()
    for name in large:
        if total <= 2.2 * LIMIT:
            break
        pasted.add(name)
        total -= sizes[name]
    yield set(pasted), False
    for count in (4, 16, len(large)):
        yield pasted | set(large[: len(pasted) + count]), False
    yield set(large), True


@cache
def _script() -> str:
    """The page's own script."""
    return "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("base.js", "report.js"))


@cache
def environment() -> Any:
    """The templates, compiled once."""
    from jinja2 import Environment, FileSystemLoader
    from markupsafe import Markup

    found = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    found.globals["read"] = cache(lambda name: Markup((TEMPLATES / name).read_text(encoding="utf-8")))
    found.filters["number"] = present.number
    return found
