"""HTML that a cell made itself: simple markup becomes part of the page, everything else stays in a frame.

A frame is sandboxed: its scripts run without the page's origin, without network (it inherits the page's
content security policy) and cannot reach the page. It tells its height, which is all that the page listens
to.
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Any

TAGS = frozenset(
    [
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
        "caption",
        "colgroup",
        "col",
        "div",
        "p",
        "span",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "s",
        "small",
        "sub",
        "sup",
        "br",
        "hr",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "pre",
        "code",
        "kbd",
        "samp",
        "var",
        "blockquote",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "section",
        "article",
        "center",
        "mark",
    ]
)
VOID = frozenset(("br", "hr", "col"))
SPANS = ("colspan", "rowspan")
ACTIVE = re.compile(r"<\s*(?:script|iframe|object|embed)\b|\son\w+\s*=|javascript:", re.I)
_SCOPED = re.compile(r"<style scoped>.*?</style>", re.S | re.I)
_ALIGN = re.compile(r"\s*(?:text-align\s*:\s*\w+\s*;?\s*)?")
_HEADING = re.compile(r"h[1-6]")

HEIGHT_SCRIPT = (
    "const tell=()=>parent.postMessage("
    "{height:document.documentElement.getBoundingClientRect().height},'*');"
    "addEventListener('load',tell);addEventListener('message',tell);"
    "new ResizeObserver(tell).observe(document.documentElement)"
)
"""When loaded, when asked and when it changes: an observer alone sleeps while its frame is out of sight."""

STYLE = (
    "html{color-scheme:light;overflow:auto}"
    "body{margin:0;padding:1px;font:13px/1.45 -apple-system,'Segoe UI',Roboto,'Liberation Sans',Arial,"
    "sans-serif;color:#1f2429;background:#fff}"
    "table{border-collapse:collapse}"
    "th,td{padding:.2em .6em;text-align:right}"
)
ALONE_POLICY = (
    "default-src 'none';script-src 'unsafe-inline' 'unsafe-eval';style-src 'unsafe-inline';"
    "img-src data: blob:;font-src data:;media-src data:;worker-src blob:"
)
"""For a frame in a file of its own, which inherits nothing."""


def simple_html(html: str) -> str | None:
    """The same markup, rebuilt from a few harmless elements; None where it needs more than these.

    Styles that pandas writes into its own tables are left out, and so are classes and ids: without a style
    sheet they say nothing. Whatever is not closed is closed.
    """
    from lxml import etree
    from lxml import html as parser

    if not html.strip():
        return ""
    try:
        tree = parser.fragment_fromstring(_SCOPED.sub("", html), create_parent="div")
    except (etree.ParserError, ValueError):
        return None
    parts: list[str] = []
    return "".join(parts).strip() if _copy_inside(tree, parts) else None


def _copy_inside(node: Any, parts: list[str]) -> bool:
    """Text and elements below a node; False at the first that is not simple."""
    parts.append(escape(node.text or "", quote=False))
    for child in node:
        if not _copy(child, parts):
            return False
        parts.append(escape(child.tail or "", quote=False))
    return True


def _copy(node: Any, parts: list[str]) -> bool:
    if not isinstance(node.tag, str):  # a comment
        return True
    if node.tag not in TAGS or not _ALIGN.fullmatch(node.get("style", "")):
        return False
    if any(name.startswith("on") for name in node.attrib):
        return False
    tag = "p" if _HEADING.fullmatch(node.tag) else node.tag  # headings of outputs are none of the report's
    kept = "".join(f' {name}="{int(node.get(name))}"' for name in SPANS if node.get(name, "").isdigit())
    scope = ' scope="col"' if tag == "th" and node.getparent().getparent().tag == "thead" else ""
    parts.append(f"<{tag}{kept}{scope}>")
    if node.tag in VOID:
        return True
    if not _copy_inside(node, parts):
        return False
    parts.append(f"</{tag}>")
    return True


def document(html: str, *, alone: bool = False) -> str:
    """A whole document around an output; `alone` for a file of its own."""
    policy = f'<meta http-equiv="Content-Security-Policy" content="{ALONE_POLICY}">' if alone else ""
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8">{policy}<style>{STYLE}</style>'
        f"<script>{HEIGHT_SCRIPT}</script></head><body>{html}</body></html>"
    )


def frame(html: str, title: str, *, source: str = "") -> str:
    """The frame of an output, its document within the page or in the file `source`."""
    where = (
        f'src="{escape(source, quote=True)}"' if source else f'srcdoc="{escape(document(html), quote=True)}"'
    )
    return (
        f'<iframe class="output" title="{escape(title, quote=True)}" sandbox="allow-scripts"'
        f" {where}></iframe>"
    )


def hash_source(script: str) -> str:
    """A script as a content security policy names it."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"


def page_policy(script: str, *, framed: bool, active: bool) -> str:
    """Content security policy of a page: nothing from a network, no script but its own.

    Parameters
    ----------
    script : str
        The page's own.
    framed : bool
        Whether it holds frames, which tell their height.
    active : bool
        Whether their scripts must run; frames inherit the page's policy, so it must let them.
    """
    own = [hash_source(text) for text in (script, *([HEIGHT_SCRIPT] if framed else []))]
    scripts = "'unsafe-inline' 'unsafe-eval'" if active else " ".join(own)
    rest = ";worker-src blob:" if active else ""
    return (
        f"default-src 'none';script-src {scripts};style-src 'unsafe-inline';img-src 'self' data: blob: file:;"
        f"font-src data:;media-src data:;frame-src 'self' file:;base-uri 'none';form-action 'none'{rest}"
    )
