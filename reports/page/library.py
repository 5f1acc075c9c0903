"""The index of a site: every report with its versions, found and compared in the browser without a server."""

from __future__ import annotations

import html
import math
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from reports import wording as present
from reports.json_files import read_json, script_json
from reports.page import pictures
from reports.page.render import environment, key_in_words, written_date
from reports.page.terminal import plain_text
from reports.store.memory import changed_inputs

INLINE_THUMBNAIL = 14_000  # characters; a larger figure is linked as a picture
THUMBNAILS_INLINE = 60  # reports; beyond that all figures are linked, so that the index stays light
TREND_LENGTH = 10
BAD = ("failed", "invalid")
ORIGINS = ("measured", "published", "digitised", "simulated")


@dataclass
class Version:
    """One version of a report, as its folder says."""

    folder: Path
    metadata: dict[str, Any]
    summary: dict[str, Any]
    title: str = ""
    figure: str = ""
    key: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its hash."""
        return str(self.metadata.get("version") or self.folder.name)

    @property
    def status(self) -> str:
        """done, failed or invalid."""
        return str(self.metadata.get("status") or "done")

    @property
    def bad(self) -> bool:
        """Whether it has no result."""
        return self.status in BAD

    @property
    def created(self) -> str:
        """When, in UTC."""
        return str(self.metadata.get("created") or "")

    @property
    def origin(self) -> str:
        """Where its data come from."""
        return str(self.summary.get("origin") or self.metadata.get("origin") or "not stated")


def build_index(site: Path) -> Path:
    """Write ``index.html`` of a site from the folders of its versions.

    Parameters
    ----------
    site : Path
        Folder under which each version has a folder with ``metadata.json``.

    Returns
    -------
    Path
        The page, which opens from the disk and needs nothing else than the site.
    """
    site = Path(site)
    site.mkdir(parents=True, exist_ok=True)
    groups = _group(read_versions(site))
    for newest in (versions[0] for versions in groups):
        if not newest.bad and (changed := changed_inputs(newest.metadata)):
            newest.metadata["stale"] = changed
    inline = len(groups) <= THUMBNAILS_INLINE
    reports = [_report(site, versions, number, inline) for number, versions in enumerate(groups)]
    reports.sort(key=lambda report: report["created"], reverse=True)
    versions = [version for group in groups for version in group]
    context = {
        "reports": reports,
        "filters": _filters(reports),
        "counts": _counts(reports, len(versions)),
        "data": script_json({f"{r['id']}/{v['id']}": v["data"] for r in reports for v in r["versions"]}),
        "dark_figure": pictures.DARK,
        "print_foot": "Library of reports",
        "last": written_date(max((v.created for v in versions), default=""), time=True),
    }
    page = site / "index.html"
    fresh = site / ".index.html.new"
    fresh.write_text(environment().get_template("library.html.j2").render(context), encoding="utf-8")
    os.replace(fresh, page)
    return page


def read_versions(site: Path) -> list[Version]:
    """All versions of a site; folders in the making (hidden ones) and unreadable ones are left out."""
    found = []
    for file in (
        sorted(site.glob("*/metadata.json"))
        + sorted(site.glob("*/*/metadata.json"))
        + sorted(site.glob("*/*/*/metadata.json"))
    ):
        if any(part.startswith((".", "_")) for part in file.relative_to(site).parts):
            continue
        metadata = read_json(file, dict)
        summary = metadata.get("card") or {}
        if metadata:
            title, figure = _read_head(file.parent)
            title = title or str(metadata.get("title") or "")
            found.append(Version(file.parent, metadata, summary, title, figure, summary.get("key") or {}))
    return found


def _group(versions: list[Version]) -> list[list[Version]]:
    """Versions of each report of each study, newest first."""
    groups: dict[tuple[str, str], list[Version]] = {}
    for version in versions:
        key = (
            str(version.metadata.get("study") or ""),
            str(version.metadata.get("report") or version.folder.parent.name),
        )
        groups.setdefault(key, []).append(version)
    return [sorted(group, key=lambda v: (v.created, v.name), reverse=True) for group in groups.values()]


def _report(site: Path, versions: list[Version], number: int, inline: bool) -> dict[str, Any]:
    newest = versions[0]
    good = next((v for v in versions if not v.bad), None)
    shown = good if newest.bad and good else newest
    status = _status(newest)
    name = str(newest.metadata.get("report") or newest.folder.parent.name)
    study = str(newest.metadata.get("study") or "none")
    analysis = Path(str(newest.metadata.get("notebook") or name)).stem
    return {
        "id": f"r{number}",
        "name": name,
        "study": study,
        "analysis": analysis,
        "status": status,
        "origin": newest.origin,
        "title": newest.title or shown.title,
        "href": _href(site, newest.folder / "report.html"),
        "created": newest.created,
        "date": written_date(newest.created),
        "version": newest.name,
        "badges": _badges(newest, status),
        "key": key_in_words(shown.key),
        "from_last_good": newest.bad and good is not None,
        "thumbnail": _thumbnail(site, shown, f"t{number}", inline) if not (newest.bad and not good) else "",
        "trend": draw_trend(versions[:TREND_LENGTH][::-1]),
        "versions": [
            _version_row(site, v, versions[i + 1 : i + 2], name, study) for i, v in enumerate(versions)
        ],
        "failure": _failure(newest, good, site) if newest.bad else None,
        "words": (
            " ".join(
                [name, study, analysis, newest.title, newest.origin, *(v.name for v in versions)]
            ).lower()
        ),
    }


def _status(version: Version) -> str:
    if version.bad:
        return "failed"
    if version.metadata.get("stale"):
        return "stale"
    return "flagged" if version.summary.get("flags") else "good"


def _badges(version: Version, status: str) -> list[tuple[str, str]]:
    """(class, words) of each badge."""
    badges = []
    if version.bad:
        badges.append((version.status, "failed" if version.status == "failed" else "input not usable"))
    stale = version.metadata.get("stale") or []
    badges += [
        ("stale", f"stale: {words}")
        for words in ([stale] if isinstance(stale, str) else list(map(str, stale)))[:2]
    ]
    flags = [str(flag) for flag in version.summary.get("flags") or []] if not version.bad else []
    if flags:
        text = flags[0] if len(flags[0]) <= 60 else flags[0][:57].rstrip() + "…"
        badges.append(("flag", f"{present.count(len(flags), 'flag')}: {text}"))
    badges.append((version.origin, version.origin))
    return badges


def _version_row(
    site: Path, version: Version, before: list[Version], name: str, study: str
) -> dict[str, Any]:
    words = key_in_words(version.key) or {"label": "", "number": "none", "unit": "", "interval": "", "n": ""}
    metadata = version.metadata
    data = {
        "report": name,
        "study": study,
        "version": version.name,
        "date": written_date(version.created),
        "created": version.created,
        "status": version.status,
        "key": words,
        "estimate": version.key.get("estimate"),
        "qualifier": version.key.get("qualifier") or "",
        "href": _href(site, version.folder / "report.html"),
        "parameters": {str(p.get("name")): _plain(p.get("value")) for p in metadata.get("parameters") or []},
        "inputs": {str(i.get("name")): str(i.get("sha256") or "")[:12] for i in metadata.get("inputs") or []},
        "software": metadata.get("environment") or {},
        "result": str(metadata.get("result_hash") or "")[:12],
    }
    # a failed run of a version may lie beside its good one: the folder tells them apart
    return {**data, "data": data, "id": version.folder.name, "why": _why(metadata, bool(before))}


def _why(metadata: dict[str, Any], has_earlier: bool) -> str:
    """What changed from the version before, in a line."""
    changes = metadata.get("changes") or {}
    words = [
        f"{word}: {'; '.join(map(str, changes[key][:2]))}{' …' if len(changes[key]) > 2 else ''}"
        for key, word in (("parameters", "parameter"), ("inputs", "input"), ("code", "code"))
        if changes.get(key)
    ]
    if words:
        return "; ".join(words)
    return "not recorded" if has_earlier else "first version"


def _failure(version: Version, good: Version | None, site: Path) -> dict[str, Any]:
    error = version.metadata.get("error") or {}
    source = str(error.get("source") or "").splitlines()
    line = error.get("line")
    bad = line if isinstance(line, int) and 0 < line <= len(source) else 0
    first = max(bad - 3, 0)
    return {
        "cell": error.get("cell"),
        "message": plain_text(str(error.get("message") or "No message was left.")),
        "lines": [(i, text, i == bad) for i, text in enumerate(source, start=1)][first : first + 6],
        "log": _href(site, version.folder / "log.txt"),
        "report": _href(site, version.folder / "report.html"),
        "good": (
            good
            and {
                "version": good.name,
                "date": written_date(good.created),
                "href": _href(site, good.folder / "report.html"),
            }
        ),
    }


def draw_trend(versions: list[Version]) -> str:
    """The key number over versions, oldest left: disc and interval, a cross for a failure, a triangle if
    censored."""
    width, height, step, edge = 120.0, 36.0, 12.0, 6.0
    bounds = [x for v in versions if not v.bad for x in _numbers(v)]
    low, high = (min(bounds), max(bounds)) if bounds else (0.0, 1.0)
    scale = (height - 2 * edge) / (high - low) if high > low else 0.0
    parts, points = [], []
    for i, version in enumerate(versions):
        x, last = edge + i * step, i == len(versions) - 1
        kind = "last" if last else "past"

        def place(value: float) -> float:
            return height - edge - (value - low) * scale if scale else height / 2

        if version.bad:
            parts.append(f'<path class="bad" d="M{x - 3:.1f} {height / 2 - 3}l6 6m0-6l-6 6"/>')
            continue
        estimate = version.key.get("estimate")
        if not isinstance(estimate, (int, float)):
            parts.append(f'<path class="{kind}" d="M{x - 3:.1f} {height / 2}h6"/>')
            continue
        y = place(float(estimate))
        points.append(f"{x:.1f},{y:.1f}")
        ends = [version.key.get(bound) for bound in ("low", "high")]
        if any(isinstance(end, (int, float)) for end in ends):
            top, bottom = (place(float(e)) if isinstance(e, (int, float)) else y for e in (ends[1], ends[0]))
            parts.append(f'<path class="{kind}" d="M{x:.1f} {top:.1f}V{bottom:.1f}"/>')
        if version.key.get("qualifier") in (">", "<"):
            parts.append(f'<path class="{kind} open" d="M{x - 3:.1f} {y + 2.5:.1f}h6l-3-5.5z"/>')
        else:
            parts.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{2.6 if last else 1.7}"/>')
    line = f'<polyline points="{" ".join(points)}"/>' if len(points) > 1 else ""
    words = f"Key number over {present.count(len(versions), 'version')}, oldest left"
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img"'
        f' aria-label="{words}">{line}{"".join(parts)}</svg>'
    )


def _numbers(version: Version) -> list[float]:
    found = [version.key.get(name) for name in ("estimate", "low", "high")]
    return [float(x) for x in found if isinstance(x, (int, float)) and math.isfinite(x)]


def _thumbnail(site: Path, version: Version, prefix: str, inline: bool) -> str:
    """The first figure, small: its shapes without words, or the picture file."""
    file = (
        version.folder / version.figure
        if version.figure
        else next(iter(sorted(version.folder.glob("figures/*.svg"))), None)
    )
    if file is None or not file.is_file():
        return ""
    if inline and file.suffix == ".svg" and file.stat().st_size < 12 * INLINE_THUMBNAIL:
        svg = pictures.simplify_svg(file.read_text(encoding="utf-8"), prefix=prefix)
        if len(svg) <= INLINE_THUMBNAIL:
            return svg
    image = file.with_suffix(".png")
    return f'<img src="{_href(site, image if image.is_file() else file)}" alt="" loading="lazy">'


def _filters(reports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The groups of checkboxes: name, words, (value, count) pairs."""
    fixed = {"status": ("failed", "stale", "flagged", "good"), "origin": ORIGINS}
    groups = []
    for key, words in (
        ("status", "Status"),
        ("study", "Study"),
        ("analysis", "Analysis"),
        ("origin", "Data"),
    ):
        counted: dict[str, int] = {}
        for report in reports:
            counted[report[key]] = counted.get(report[key], 0) + 1
        ranks = {value: i for i, value in enumerate(fixed.get(key, ()))}
        values = sorted(counted.items(), key=lambda item: (ranks.get(item[0], 99), item[0]))
        groups.append({"name": key, "words": words, "values": values})
    return groups


def _counts(reports: list[dict[str, Any]], versions: int) -> str:
    states = [report["status"] for report in reports]
    parts = [f"{states.count(s)} {s}" for s in ("failed", "stale", "flagged") if s in states]
    return (
        f"{present.count(versions, 'version')}."
        f" {', '.join(parts) + '.' if parts else 'No report failed, is stale or flagged.'}"
    )


def _read_head(folder: Path) -> tuple[str, str]:
    """Title and first figure, which the page of a report names in its head."""
    page = folder / "report.html"
    if not page.is_file():
        return "", ""
    with page.open(encoding="utf-8", errors="replace") as stream:
        head = stream.read(4000)
    found = dict(re.findall(r'<meta name="report-(title|figure)" content="([^"]*)"', head))
    title = re.sub(r"[*`]", "", html.unescape(found.get("title", "")))
    return title, html.unescape(found.get("figure", ""))


def _href(site: Path, file: Path) -> str:
    return quote(file.relative_to(site).as_posix())


def _plain(value: Any) -> str:
    return (
        "not given"
        if value in (None, "")
        else ", ".join(map(str, value))
        if isinstance(value, list)
        else str(value)
    )
