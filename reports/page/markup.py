"""Markdown, equations and code as HTML. Raw HTML in a notebook's text is shown as text, never run."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from html import escape
from typing import Any

_CODE_OR_MATH = re.compile(
    r"(?P<code>```.*?```|`[^`\n]*`)|\$\$(?P<block>.+?)\$\$|(?<![\\\w$])\$(?P<inline>[^\s$](?:[^$\n]*[^\s$\\])?)\$(?![\d\w])",
    re.S,
)
_SCRIPT = re.compile(r"(?<=\w)\$([_^])\{?([\w+\u2212-]+)\}?\$")
_SCRIPTS = {"_": "sub", "^": "sup"}
_SLOT = re.compile("\ue000(\\d+)\ue001")
_ALONE = re.compile("<p>(\ue000\\d+\ue001)</p>")
_SAFE_TAG = re.compile(r"&lt;(/?(?:sub|sup|br))\s*/?&gt;")


@cache
def _parser() -> Any:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "typographer": False}).enable(["table", "strikethrough"])


@lru_cache(maxsize=512)
def math_html(latex: str, *, block: bool = False) -> str:
    """An equation as MathML; its source where it cannot be converted."""
    from latex2mathml.converter import convert

    try:
        mathml: str = convert(latex.strip(), display="block" if block else "inline")
    except Exception:  # the converter raises many types; the source is still readable
        mathml = f"<code>{escape(latex)}</code>"
    mathml = mathml.replace("<math ", f'<math alttext="{escape(latex.strip(), quote=True)}" ', 1)
    return f'<div class="equation">{mathml}</div>' if block else mathml


def markdown_html(text: str, *, inline: bool = False) -> str:
    """Markdown with $inline$ and $$display$$ equations as HTML."""
    slots: list[str] = []

    def keep(match: re.Match[str]) -> str:
        if match["code"] is not None:
            return match[0]
        block = match["block"]
        slots.append(math_html(block or match["inline"], block=block is not None))
        return f"\n\n\ue000{len(slots) - 1}\ue001\n\n" if block else f"\ue000{len(slots) - 1}\ue001"

    marked = _CODE_OR_MATH.sub(
        keep, _SCRIPT.sub(lambda m: f"<{_SCRIPTS[m[1]]}>{m[2]}</{_SCRIPTS[m[1]]}>", text)
    )
    html = _parser().renderInline(marked) if inline else _parser().render(marked)
    html = _SAFE_TAG.sub(r"<\1>", _ALONE.sub(r"\1", html))
    return _SLOT.sub(lambda m: slots[int(m[1])], html).replace("<th>", '<th scope="col">')


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
