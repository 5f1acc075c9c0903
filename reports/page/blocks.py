"""What a notebook published, as pieces of a page: tables, figures, text and folded code."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from reports.json_files import script_json
from reports.page import markup, pictures
from reports.page.labels import describe_code
from reports.page.outputs import LONG, Shown, show_output, text_of

MIME = "application/vnd.tme+json"
EMBED_CSV = 150_000
PAGED_ABOVE = 200
ROWS_FIRST = 50
BESIDE_WIDTH = 430.0  # points: a figure narrower than this has its caption at its side
OUTPUTS = "outputs"
"""Folder for outputs that would make the page too large."""
MARKS = {
    "agrees": "agree",
    "agree": "agree",
    "pass": "agree",
    "passes": "agree",
    "differs": "differ",
    "flagged": "differ",
    "flag": "differ",
    "not comparable": "dash",
    "cannot tell": "dash",
    "fail": "cross",
    "fails": "cross",
    "failed": "cross",
    "excluded": "cross",
}


@dataclass
class Page:
    """What is gathered while a notebook is walked through."""

    folder: Path
    tables: int = 0
    figures: int = 0
    pasted: set[str] = field(default_factory=set)  # figures shown as PNG to keep the page small
    linked: bool = False  # figures and files are linked instead of embedded
    first_figure: str = ""
    summary: dict[str, Any] = field(default_factory=dict)
    publishes: bool = True  # whether the notebook says itself what is to be read
    framed: bool = False
    active: bool = False  # a frame has scripts

    def put_aside(self, name: str, content: bytes) -> str:
        """Write a large output beside the page; its address from there."""
        (self.folder / OUTPUTS).mkdir(exist_ok=True)
        (self.folder / OUTPUTS / name).write_bytes(content)
        return f"{OUTPUTS}/{name}"


def cell_blocks(cell: dict[str, Any], number: int, page: Page) -> list[dict[str, Any]]:
    """The blocks of one code cell: what it shows, in its order, then its code, folded.

    Where the notebook publishes, what it prints is for whoever opens the code; where it does not, what it
    prints is what it has to say.
    """
    shown: list[dict[str, Any]] = []
    folded: list[Shown] = []
    in_open = not page.publishes and "NBVAL_CHECK_OUTPUT" not in text_of(cell.get("source"))
    expected = "raises-exception" in cell.get("metadata", {}).get("tags", [])
    for place, output in enumerate(cell.get("outputs", []), start=1):
        data = output.get("data", {})
        if MIME in data:
            shown += published_blocks(data[MIME], data, page)
        elif output.get("output_type") != "error" or expected:
            piece = show_output(output, f"cell-{number}-{place}", page)
            if piece.opened or in_open:
                shown += _foreign_block(piece, page)
            else:
                folded.append(piece)
    return [*shown, _code_block(cell, number, folded)]


def _foreign_block(piece: Shown, page: Page) -> list[dict[str, Any]]:
    """An output in the open; a long one folded."""
    page.framed, page.active = page.framed or piece.framed, page.active or piece.active
    if not piece.html:
        return []
    if piece.lines <= LONG:
        return [{"kind": "html", "html": piece.html}]
    word = {"messages": "Messages", "error": "Error"}.get(piece.kind, "Output")
    return [{"kind": "long", "html": piece.html, "word": word, "lines": piece.lines}]


def published_blocks(content: Any, data: dict[str, Any], page: Page) -> list[dict[str, Any]]:
    """The block of one publish call; the summary is kept for the card and gives none."""
    content = json.loads(content) if isinstance(content, str) else content
    kind = content.get("kind")
    if kind == "summary":
        page.summary = content
        return []
    if kind == "text":
        return [{"kind": "html", "html": markup.markdown_html(content.get("markdown", ""))}]
    if kind == "table":
        return [table_block(content, page)]
    if kind in ("figure", "panels"):
        return [figure_block(content, data, page)]
    return []


def table_block(content: dict[str, Any], page: Page) -> dict[str, Any]:
    """A table with its number, classes of columns, and the file to download."""
    page.tables += 1
    columns = [_column(content.get("columns", []), i) for i in range(len(content.get("columns", [])))]
    rows = [[str(value) for value in row] for row in content.get("rows", [])]
    total = int(content.get("n_rows_total") or len(rows))
    flagged = set(content.get("flagged") or [])
    paged = len(rows) > PAGED_ABOVE
    file = content.get("file") or ""
    return {
        "kind": "table",
        "id": f"table-{page.tables}",
        "name": content.get("name", ""),
        "columns": columns,
        "caption": _caption("Table", page.tables, content.get("caption", "")),
        "note": markup.markdown_html(content.get("note") or "", inline=True),
        "rows": [
            _row(row, columns, i in flagged) for i, row in enumerate(rows[: ROWS_FIRST if paged else None])
        ],
        "data": script_json({"rows": rows, "flagged": sorted(flagged)}) if paged else "",
        "left_out": total - len(rows),
        "total": total,
        "fold": bool(content.get("fold")),
        "sortable": len(rows) > 4,
        "wide": len(columns) > 4,
        "file": Path(file).name,
        "href": _download(page, file),
        "summary": (
            f"Table {page.tables}. "
            + re.sub(r"[*`$]", "", content.get("caption") or "").split(". ")[0].rstrip(".")
        ),
    }


def figure_block(content: dict[str, Any], data: dict[str, Any], page: Page) -> dict[str, Any]:
    """A figure, or panels that reflow, inline or as a picture file."""
    page.figures += 1
    files = content.get("files") or [content.get("file", "")]
    name = content.get("name", f"figure-{page.figures}")
    alt = content.get("alt") or name
    page.first_figure = page.first_figure or files[0]
    panels = content.get("kind") == "panels"
    shown, width = [], 0.0
    for i, file in enumerate(files):
        label = f"{alt} (panel {i + 1} of {len(files)})" if panels and i else alt
        html, width = _picture(page, file, data if len(files) == 1 else {}, f"f{page.figures}-{i}", label)
        shown.append(html)
    columns = int(content.get("columns") or 3) if panels else 1
    return {
        "kind": "figure",
        "id": f"figure-{page.figures}",
        "name": name,
        "pictures": shown,
        "panels": panels,
        "columns": columns,
        "small": columns > 3,
        "beside": not panels and 0 < width <= BESIDE_WIDTH,
        "pasted": any("<img" in html for html in shown),
        "label": f"Figure {page.figures}",
        "wide": width > 320,
        "caption": _caption("Figure", page.figures, content.get("caption", "")),
    }


def _picture(page: Page, file: str, data: dict[str, Any], prefix: str, alt: str) -> tuple[str, float]:
    path = page.folder / file
    svg = text_of(data.get("image/svg+xml")) if not path.is_file() else ""
    if path.is_file() and path.suffix == ".svg":
        svg = path.read_text(encoding="utf-8")
    image = path.with_suffix(".png")
    if (file in page.pasted or not svg) and image.is_file():
        width, height = pictures.picture_size(svg) if svg else (0.0, 0.0)
        size = f' width="{width * 96 / 72:.0f}" height="{height * 96 / 72:.0f}"' if width else ""
        source = (
            escape(str(Path(file).with_suffix(".png")))
            if page.linked
            else pictures.data_uri(image.read_bytes(), "image/png")
        )
        return f'<img src="{source}" alt="{escape(alt, quote=True)}"{size}>', width
    if not svg:
        return f'<p class="note">The file {escape(file)} is missing.</p>', 0.0
    return pictures.inline_svg(svg, prefix=prefix, label=alt), pictures.picture_size(svg)[0]


def _code_block(cell: dict[str, Any], number: int, folded: list[Shown]) -> dict[str, Any]:
    source = text_of(cell.get("source"))
    tags = cell.get("metadata", {}).get("tags", [])
    out = "\n".join(piece.plain for piece in folded if piece.kind != "messages" and piece.plain)
    err = "\n".join(piece.plain for piece in folded if piece.kind == "messages" and piece.plain)
    seconds = cell_seconds(cell)
    where = f"cell {number}" + (f", {seconds:.1f} s" if seconds is not None else "")
    lines = out.count("\n") + 1 if out else 0
    note = f", {lines} line{'s' if lines > 1 else ''} printed" if lines else ""
    return {
        "kind": "code",
        "what": describe_code(source, tags),
        "html": markup.code_html(source),
        "where": where + note + (", messages" if err else ""),
        "printed": out,
        "messages": err,
    }


def cell_seconds(cell: dict[str, Any]) -> float | None:
    """How long a cell ran, as papermill or the notebook client noted it."""
    meta = cell.get("metadata", {})
    duration = meta.get("papermill", {}).get("duration")
    if duration is not None:
        return float(duration)
    times = meta.get("execution", {})
    start, end = times.get("iopub.execute_input"), times.get("shell.execute_reply")
    if not (start and end):
        return None
    begun, done = (datetime.fromisoformat(t.replace("Z", "+00:00")) for t in (start, end))
    return (done - begun).total_seconds()


def _column(columns: list[dict[str, Any]], i: int) -> dict[str, Any]:
    """How a column is set: numbers right, an interval in second ink, the estimate before it bold."""
    label, numeric = str(columns[i].get("label", "")), bool(columns[i].get("numeric"))
    following = str(columns[i + 1].get("label", "")).lower() if i + 1 < len(columns) else ""
    interval = "interval" in label.lower()
    names = [n for n, yes in (("n", numeric or interval), ("iv", interval)) if yes]
    if numeric and not interval and "interval" in following:
        names.append("main")
    if label.lower().startswith(("sha-256", "hash", "version")):
        names.append("hash")
    about = {name: columns[i].get(name) or "" for name in ("unit", "meaning")}
    return {"label": label, **about, "classes": " ".join(names)}


def _row(values: list[str], columns: list[dict[str, Any]], flagged: bool) -> dict[str, Any]:
    cells = [
        {"text": value, "classes": column["classes"], "mark": MARKS.get(value.strip().lower(), "")}
        for value, column in zip(values, columns, strict=False)
    ]
    return {"cells": cells, "flagged": flagged}


def _caption(word: str, number: int, caption: str) -> str:
    text = caption.strip()
    opened = f"**{word} {number}. {text[2:]}" if text.startswith("**") else f"**{word} {number}.** {text}"
    return markup.markdown_html(opened, inline=True)


def _download(page: Page, file: str) -> str:
    path = page.folder / file
    if not file or not path.is_file():
        return ""
    small = path.stat().st_size < EMBED_CSV and not page.linked
    return pictures.data_uri(path.read_bytes(), "text/csv") if small and path.suffix == ".csv" else file
