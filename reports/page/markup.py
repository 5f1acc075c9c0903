"""Markdown and code as HTML. Raw HTML in a notebook's text is shown as text, never run."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from reports.page.equations import add_equations

_SAFE_TAG = re.compile(r"&lt;(/?(?:sub|sup|br))\s*/?&gt;")


@cache
def _parser() -> Any:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable(
        ["table", "strikethrough"]
    )
    add_equations(parser)
    return parser


def markdown_html(text: str, *, inline: bool = False) -> str:
    """Markdown with $inline$ and $$display$$ equations as HTML."""
    html = _parser().renderInline(text) if inline else _parser().render(text)
    return _SAFE_TAG.sub(r"<\1>", html).replace("<th>", '<th scope="col">')


@cache
def _highlighter() -> tuple[Any, Any]:
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return PythonLexer(stripnl=True), HtmlFormatter(nowrap=True)


@lru_cache(maxsize=1024)
def code_html(source: str) -> str:
    """Python source with the classes of its tokens."""
    from pygments import highlight

    html: str = highlight(source, *_highlighter())
    return re.sub(r'<span class="(?:n|p|o|w|nn|nb)">(.*?)</span>', r"\1", html).rstrip("\n")


def slug(text: str, taken: set[str]) -> str:
    """An id for a heading that no other heading of the page has."""
    base = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "section"
    name, count = base, 2
    while name in taken:
        name, count = f"{base}-{count}", count + 1
    taken.add(name)
    return name
