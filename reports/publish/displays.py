"""Displays in the notebook: what a person in JupyterLab sees, and with it what the report's page is made
of."""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from typing import Any

from IPython.display import display
from matplotlib.figure import Figure as Drawing

from reports import opened
from reports.opened import Opened
from reports.page.blocks import MIME
from reports.page.markup import markdown_html
from reports.publish.files import output_folder, write_figure, write_table
from reports.publish.tabulated import content_of, in_words, refuse_infinity
from reports.shown import Figure, Panels, Table

ROWS_IN_NOTEBOOK = 20


def display_inputs(report: Opened) -> None:
    """Say which inputs the notebook took."""
    _display(opened.to_content(report), text=opened.to_text(report), html=opened.to_html(report))


def display_table(table: Table) -> None:
    """Write a table's file and display it."""
    refuse_infinity(table)
    words = in_words(table)
    content = content_of(table, write_table(table.frame, table.name), words)
    short = words.head(ROWS_IN_NOTEBOOK)
    more = f"… {len(words) - len(short)} more rows" if len(words) > len(short) else ""
    below = " ".join(part for part in (more, table.note) if part)
    html = _above(table.caption) + short.to_html(index=False, border=0)
    text = "\n".join([table.name, short.to_string(index=False), *([more] if more else [])])
    _display(content, text=text, html=html + (f"<p>{escape(below)}</p>" if below else ""))


def display_figure(figure: Figure, *, origin: str) -> None:
    """Write a figure's SVG and PNG and display it."""
    svg, file = write_figure(figure.drawing, figure.name, origin=origin)
    _close(figure.drawing)
    content = {"kind": "figure", "name": figure.name, "caption": figure.caption, "alt": figure.alt}
    html = _pictures([(svg, file)], figure.caption, figure.alt)
    _display({**content, "file": file}, text=f"figure {figure.name}", html=html, svg=svg)


def display_panels(panels: Panels, *, origin: str) -> None:
    """Write many small figures and display them; the page lays them out itself, so that they reflow on a
    narrow screen."""
    written = [
        write_figure(drawing, f"{panels.name}-{i:02d}", origin=origin)
        for i, drawing in enumerate(panels.drawings, start=1)
    ]
    _close(*panels.drawings)
    content = {"kind": "panels", "name": panels.name, "caption": panels.caption, "alt": panels.alt}
    _display(
        {**content, "columns": panels.columns, "files": [file for _, file in written]},
        text=f"panels {panels.name}: {len(written)}",
        html=_pictures(written, panels.caption, panels.alt),
    )


def display_text(markdown: str) -> None:
    """Display sentences that depend on the data."""
    _display({"kind": "text", "markdown": markdown}, text=markdown, markdown=markdown)


def display_card(card: dict[str, Any]) -> None:
    """Display the report's answer: the card on top of its page."""
    lines = [card[fact] for fact in ("answer", "quality", "published", "caution")]
    lines = [lines[0], *(line for line in lines[1:] if line)]
    _display({"kind": "summary", **card}, text="\n".join(lines), markdown="\n\n".join(lines))


def _display(
    content: dict[str, Any],
    *,
    text: str,
    html: str | None = None,
    markdown: str | None = None,
    svg: str | None = None,
) -> None:
    bundle: dict[str, Any] = {"text/plain": text, MIME: content}
    bundle |= {
        k: v for k, v in {"text/html": html, "text/markdown": markdown, "image/svg+xml": svg}.items() if v
    }
    display(bundle, raw=True)


def _close(*drawings: Drawing) -> None:
    """Take figures that are shown from those that Jupyter still would show at the end of the cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        for drawing in drawings:
            pyplot.close(drawing)


def _above(caption: str) -> str:
    return f"<p>{markdown_html(caption, inline=True)}</p>" if caption else ""


def _pictures(written: Sequence[tuple[str, str]], caption: str, alt: str) -> str:
    """Pictures side by side under their caption: their files where there are any, else the pictures
    themselves."""

    def source(svg: str, file: str) -> str:
        return file if output_folder() else f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"

    images = "".join(
        f'<img src="{source(svg, file)}" alt="{escape(alt, quote=True)}" style="max-width:100%">'
        for svg, file in written
    )
    return f'{_above(caption)}<div style="display:flex;flex-wrap:wrap;background:#fff">{images}</div>'
