"""Outputs of a cell that did not come from publish, as pieces of a page."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from dataclasses import dataclass
from html import escape
from typing import Any

from reports.page import foreign, markup, pictures
from reports.page.equations import equation_html
from reports.page.terminal import plain_text, settle, terminal_html

LONG = 40
"""Lines, or rows of a table, above which an output starts folded."""
LARGE = 60_000
"""Bytes above which an output lies in a file of its own where the page would grow too large."""
PICTURES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
PREFERRED = (
    "text/html",
    "text/markdown",
    "image/svg+xml",
    "text/latex",
    *PICTURES,
    "application/json",
    "text/plain",
)
_SILENT = re.compile(r"<[\w.]+(?: object)?(?: at 0x[0-9a-f]+)?>")
_HIGH_HEADING = re.compile(r"<(/?)h[12]>")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_MATH_BLOCK = re.compile(
    r"\s*(?:\\begin\{(equation|align|gather|displaymath)\*?\}(.*)\\end\{\1\*?\}|\\\[(.*)\\\])\s*", re.S
)


@dataclass(frozen=True)
class Shown:
    """An output on the page.

    Parameters
    ----------
    html : str
    opened : bool
        Stands in the open on every page; otherwise only where the notebook publishes nothing, and with the
        code where it does.
    plain : str
        Its text for the fold of the code.
    lines : int
        How long it is.
    kind : str
        ``printed``, ``messages``, ``error`` for text; else empty.
    framed, active : bool
        In a frame; with scripts in it.
    """

    html: str
    opened: bool = True
    plain: str = ""
    lines: int = 0
    kind: str = ""
    framed: bool = False
    active: bool = False


def show_output(output: dict[str, Any], name: str, page: Any) -> Shown:
    """The richest form of an output that a page without network can show.

    Parameters
    ----------
    output : dict
        As notebooks store it.
    name : str
        Of the file that it gets if the page would grow too large.
    page : Page
        Says whether large outputs are to lie in files, and writes them.
    """
    kind = output.get("output_type")
    if kind == "stream":
        return _text(text_of(output.get("text")), "messages" if output.get("name") == "stderr" else "printed")
    if kind == "error":
        return _text("\n".join(output.get("traceback") or []) or text_of(output.get("evalue")), "error")
    data = output.get("data", {})
    for mime in PREFERRED:
        if mime in data:
            return _show(mime, data, output.get("metadata") or {}, name, page)
    return _cannot(data)


def _show(mime: str, data: dict[str, Any], metadata: dict[str, Any], name: str, page: Any) -> Shown:
    text = text_of(data[mime])
    if mime == "text/html":
        return _html(text, text_of(data.get("text/plain")), name, page)
    if mime == "text/markdown":
        return Shown(_HIGH_HEADING.sub(r"<\1h3>", markup.markdown_html(text)))
    if mime == "text/latex":
        return Shown(_latex(text))
    if mime == "image/svg+xml":
        return _picture(text.encode(), "svg", "image/svg+xml", {}, name, page)
    if mime in PICTURES:
        size = metadata.get(mime) if isinstance(metadata.get(mime), dict) else {}
        return _picture(
            b64decode(_NOT_BASE64.sub("", text) + "=="), PICTURES[mime], mime, size or {}, name, page
        )
    if mime == "application/json":
        return _text(json.dumps(data[mime], ensure_ascii=False, indent=1), "printed")
    others = [m for m in data if m != "text/plain"]
    return _cannot(data) if others and _SILENT.fullmatch(text.strip()) else _text(text, "printed")


def _text(text: str, kind: str) -> Shown:
    plain = plain_text(text).rstrip("\n")
    html = terminal_html(text.rstrip("\n")) if kind != "messages" else escape(plain, quote=False)
    return Shown(
        f'<pre class="{kind}" tabindex="0">{html}</pre>' if plain.strip() else "",
        opened=False,
        plain=plain,
        lines=plain.count("\n") + 1,
        kind=kind,
    )


def _html(html: str, plain: str, name: str, page: Any) -> Shown:
    """A table of the page where markup is simple, a frame where it is not."""
    says_nothing = not plain.strip() or bool(_SILENT.fullmatch(plain.strip()))
    simple = foreign.simple_html(html)
    if simple is not None:
        rows = simple.count("<tr>")
        table = f'<div class="slide foreign" tabindex="0" role="region" aria-label="Output">{simple}</div>'
        return Shown(table, says_nothing, settle(plain), rows or simple.count("\n"))
    active = bool(foreign.ACTIVE.search(html))
    source = ""
    if page.linked and len(html) > LARGE:
        source, active = page.put_aside(f"{name}.html", foreign.document(html, alone=True).encode()), False
    return Shown(
        foreign.frame(html, f"Output {name.replace('-', ' ')}", source=source),
        says_nothing,
        settle(plain),
        framed=True,
        active=active,
    )


def _picture(content: bytes, ending: str, mime: str, size: dict[str, Any], name: str, page: Any) -> Shown:
    """As an image: scripts and styles of a drawing stay within it."""
    source = page.put_aside(f"{name}.{ending}", content) if page.linked else pictures.data_uri(content, mime)
    width = f' width="{int(size["width"])}"' if str(size.get("width", "")).isdigit() else ""
    picture = f'<img src="{escape(source, quote=True)}"{width} alt="Output of the cell below">'
    return Shown(f'<figure class="picture">{picture}</figure>')


def _latex(text: str) -> str:
    block = _MATH_BLOCK.fullmatch(text)
    if block:
        return equation_html(block[2] or block[3])
    return markup.markdown_html(text)


def _cannot(data: dict[str, Any]) -> Shown:
    """Say what cannot be shown, and where it is."""
    kinds = ", ".join(f"<code>{escape(mime)}</code>" for mime in sorted(data) if mime != "text/plain")
    if not kinds:
        return Shown("", opened=False)
    told = text_of(data.get("text/plain")).strip()
    words = f"<code>{escape(told, quote=False)}</code> " if told and not _SILENT.fullmatch(told) else ""
    return Shown(
        f'<p class="note">{words}This output needs a program of its own ({kinds}) and is not shown here; '
        '<a href="notebook.ipynb">the executed notebook</a> holds it.</p>'
    )


def text_of(value: Any) -> str:
    """Text as notebooks store it: whole or by lines."""
    return "".join(value) if isinstance(value, list) else str(value or "")
