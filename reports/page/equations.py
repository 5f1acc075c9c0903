"""Equations in Markdown, $inline$ and $$on a line of their own$$, as rules of its parser."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from typing import Any

_INLINE = re.compile(
    r"\$\$(?P<display>(?:(?!\$\$).)+)\$\$"
    r"|\$(?P<script>[_^](?:\{[^{}$\n]+\}|[^\s$]))\$"
    r"|(?<![\w$])\$(?P<inline>[^\s$](?:(?:\\.|[^$\\\n])*[^\s$\\])?)\$(?!\w)",
    re.S,
)
"""A dollar sign right after a word, or right before one at the end, is money, unless it holds an index."""
_DISPLAY = re.compile(r"\$\$(?P<display>(?:(?!\$\$).)+)\$\$[ \t]*(?:\n|\Z)", re.S)
_SCRIPT = re.compile(r"([_^])\{?([\w+\u2212-]+)\}?")
_SCRIPTS = {"_": "sub", "^": "sup"}


def add_equations(parser: Any) -> None:
    """Teach a parser of markdown-it equations; code stays as it is, backslashes and stars are theirs."""
    parser.inline.ruler.before("escape", "equation", _read_inline)
    ends = {"alt": ["paragraph", "blockquote", "list"]}  # what stands right above ends there
    parser.block.ruler.before("fence", "equation", _read_display, ends)
    parser.renderer.rules |= {
        "equation": lambda tokens, i, *_: _inline_html(tokens[i].content),
        "equation_between": lambda tokens, i, *_: equation_html(tokens[i].content, tag="span"),
        "equation_alone": lambda tokens, i, *_: equation_html(tokens[i].content) + "\n",
    }


def _read_inline(state: Any, silent: bool) -> bool:
    match = _INLINE.match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        token = state.push("equation_between" if match["display"] else "equation", "", 0)
        token.content = match[match.lastgroup or 0]
    state.pos = match.end()
    return True


def _read_display(state: Any, start: int, end: int, silent: bool) -> bool:
    first = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("$$", first) or state.is_code_block(start):
        return False
    match = _DISPLAY.match(state.getLines(start, end, state.sCount[start], False))
    if match and not silent:
        token = state.push("equation_alone", "", 0)
        token.content = match["display"]
        state.line = start + match[0].rstrip("\n").count("\n") + 1
        token.map = [start, state.line]
    return bool(match)


def _inline_html(latex: str) -> str:
    """An equation within a line; an index or exponent of a word needs none."""
    script = _SCRIPT.fullmatch(latex)
    return f"<{_SCRIPTS[script[1]]}>{script[2]}</{_SCRIPTS[script[1]]}>" if script else math_html(latex)


def equation_html(latex: str, *, tag: str = "div") -> str:
    """An equation on a line of its own."""
    return f'<{tag} class="equation">{math_html(latex, block=True)}</{tag}>'


@lru_cache(maxsize=512)
def math_html(latex: str, *, block: bool = False) -> str:
    """An equation as MathML; its source where it cannot be converted."""
    from latex2mathml.converter import convert

    try:
        mathml: str = convert(latex.strip(), display="block" if block else "inline")
    except Exception:  # the converter raises many types; the source is still readable
        mathml = f"<code>{escape(latex)}</code>"
    return mathml.replace("<math ", f'<math alttext="{escape(latex.strip(), quote=True)}" ', 1)
