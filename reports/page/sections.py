"""From the cells of a notebook to the sections of a page: title, opening paragraph, headings and their
blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from reports.page import blocks, markup

_FENCED = re.compile(r"^(`{3,}|~{3,}).*?(?:^\1|\Z)", re.M | re.S)
_HEADING = re.compile(r"^(#{1,2})[ \t]+(.+?)[ \t#]*$", re.M)
_IMPORTS_US = re.compile(r"^\s*(?:from|import)\s+reports\b", re.M)


def read_sections(
    notebook: dict[str, Any], metadata: dict[str, Any], page: blocks.Page
) -> tuple[str, str, list[dict[str, Any]]]:
    """Title, opening paragraph and sections of a notebook; the section before the first heading has no
    title."""
    title, about, titled = str(metadata.get("report") or "Report"), "", False
    sections: list[dict[str, Any]] = [{"title": "", "blocks": []}]
    stop = (
        (metadata.get("error") or {}).get("cell") if metadata.get("status") in ("failed", "invalid") else None
    )
    for number, cell in enumerate(notebook.get("cells", []), start=1):
        if isinstance(stop, int) and number >= stop:
            break
        if cell.get("cell_type") == "code":
            if "".join(cell.get("source", "")).strip():
                sections[-1]["blocks"] += blocks.cell_blocks(cell, number, page)
            continue
        if cell.get("cell_type") != "markdown":
            continue
        text = _with_attachments(cell)
        for level, heading, body in _split_headings(text):
            if level == 1 and not titled:
                title, titled = heading, True
                about = markup.markdown_html(body) if body.strip() else ""
                continue
            if level:
                sections.append({"title": heading, "blocks": []})
            if body.strip():
                sections[-1]["blocks"].append({"kind": "html", "html": markup.markdown_html(body)})
    return title, about, sections


def _with_attachments(cell: dict[str, Any]) -> str:
    """A Markdown cell's text, with the pictures that were pasted into it."""
    text = "".join(cell.get("source", ""))
    for name, bundle in (cell.get("attachments") or {}).items():
        for mime, content in bundle.items():
            picture = f"data:{mime};base64,{''.join(content)}"
            text = text.replace(f"(attachment:{name})", f"({picture})")
    return text


def publishes(notebook: dict[str, Any]) -> bool:
    """Whether a notebook says by publish what is to be read, or knows nothing of it."""
    cells = [cell for cell in notebook.get("cells", []) if cell.get("cell_type") == "code"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return any(blocks.MIME in output.get("data", {}) for output in outputs) or any(
        _IMPORTS_US.search("".join(cell.get("source", ""))) for cell in cells
    )


def _split_headings(text: str) -> Iterable[tuple[int, str, str]]:
    """(level, heading, text below) of a Markdown cell; level 0 is text before any heading."""
    code = [match.span() for match in _FENCED.finditer(text)]
    marks = [m for m in _HEADING.finditer(text) if not any(a <= m.start() < b for a, b in code)]
    ends = [*(m.start() for m in marks), len(text)]
    if text[: ends[0]].strip():
        yield 0, "", text[: ends[0]]
    for mark, end in zip(marks, ends[1:], strict=True):
        yield len(mark[1]), mark[2].strip(), text[mark.end() : end]


def number_sections(
    sections: list[dict[str, Any]], metadata: dict[str, Any], publishing: bool
) -> list[dict[str, Any]]:
    """All sections of the page in order, with numbers and ids; those of the renderer have a `part`."""
    before, named = sections[0], _without_empty(sections[1:], keep=not publishing)
    ours: list[dict[str, Any]] = [{"title": "Parameters", "part": "parameters", "blocks": before["blocks"]}]
    if not publishing and any(block["kind"] != "code" for block in before["blocks"]):
        ours = (
            [{"title": "Parameters", "part": "parameters", "blocks": []}]
            if metadata.get("parameters")
            else []
        )
        ours.append({"title": "First cells" if named else "Cells", "blocks": before["blocks"]})
    ours += named
    if metadata.get("previous") and metadata.get("status", "done") == "done":
        ours.append({"title": "What changed since the last version", "part": "changes", "blocks": []})
    ours.append({"title": "Methods and software", "part": "methods", "blocks": []})
    ours.append({"title": "Cite this report", "part": "cite", "blocks": []})
    ours.append({"title": "Make it again", "part": "again", "blocks": []})
    taken = {"summary", "main", "theme"}
    for number, section in enumerate(ours, start=1):
        section["number"] = number
        section["id"] = markup.slug(section.get("part") or section["title"], taken)
        plain = re.sub(r"[`*]", "", section["title"])
        section["short"] = "What changed" if section.get("part") == "changes" else plain
        section["heading"] = markup.markdown_html(section["title"], inline=True)
    return ours


def _without_empty(sections: list[dict[str, Any]], *, keep: bool) -> list[dict[str, Any]]:
    """Sections that hold only code give it to the one before: a heading always has something to read.

    Those without anything go, unless they are to be kept as their author wrote them.
    """
    kept: list[dict[str, Any]] = []
    for section in sections:
        if kept and section["blocks"] and all(block["kind"] == "code" for block in section["blocks"]):
            kept[-1]["blocks"] += section["blocks"]
        elif section["blocks"] or keep:
            kept.append(section)
    return kept
