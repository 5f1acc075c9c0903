"""Figures for a page: smaller SVG whose colours follow the page and whose ids do not collide."""

from __future__ import annotations

import re
from base64 import b64encode

# Colour of the figure style -> (name of the variable, colour on a dark page). Files keep the light colour.
PALETTE = {
    "#1f2429": ("ink", "#e6e9ec"),
    "#000000": ("ink", "#e6e9ec"),
    "#3f474f": ("ink2", "#c6ccd2"),
    "#59636d": ("soft", "#9ca5ae"),
    "#e2e5e8": ("grid", "#2c3237"),
    "#c6ccd1": ("rule2", "#4a535b"),
    "#9aa3ab": ("axis", "#6b757e"),
    "#7d868e": ("excluded", "#8d969f"),
    "#ffffff": ("paper", "#15181b"),
    "#fdf1e7": ("tint", "#2b231b"),
    "#f6f7f8": ("panel", "#1c2024"),
    "#0072b2": ("ours", "#56b4e9"),
    "#d55e00": ("second", "#f28e4c"),
    "#009e73": ("third", "#3fbf95"),
    "#cc79a7": ("fourth", "#dd9cc0"),
    "#e69f00": ("fifth", "#eeb540"),
    "#56b4e9": ("sixth", "#b3e0fb"),
    "#b94e00": ("flag", "#f2a66b"),
    "#a84300": ("flag2", "#f2a66b"),
    "#00664a": ("pass", "#62c9a5"),
    "#a11d2b": ("fail", "#f4949a"),
    "#2166ac": ("low3", "#8cc0f0"),
    "#6aa5cd": ("low2", "#4b86bf"),
    "#b5d4e7": ("low1", "#2d4f73"),
    "#eef0f1": ("middle", "#24292e"),
    "#f6d0b4": ("high1", "#67432a"),
    "#e79a63": ("high2", "#b26f3d"),
    "#c1571a": ("high3", "#f3a163"),
}
DARK = dict(PALETTE.values())

_PROLOG = re.compile(r"<\?xml.*?\?>|<!DOCTYPE[^>]*>|<!--.*?-->|<metadata>.*?</metadata>", re.S)
_ACTIVE = re.compile(r"<script.*?</script>|<style.*?</style>|<foreignObject.*?</foreignObject>", re.S | re.I)
_HANDLER = re.compile(r"""\son\w+\s*=\s*("[^"]*"|'[^']*')""", re.I)
_GEOMETRY = re.compile(r'(\s(?:d|points|x|y|x1|x2|y1|y2|cx|cy|r|width|height)=")([^"]*)(")')
_SHIFT = re.compile(r"(translate\()([^)]*)(\))")
_LONG = re.compile(r"-?\d+\.\d{3,}(?:[eE][-+]?\d+)?")
_ID = re.compile(r'\sid="([^"]*)"')
_REFERENCE = re.compile(r'(url\(#|href="#)([^)"]+)')
_HEX = re.compile(r"#[0-9a-fA-F]{6}\b")
_ROOT = re.compile(r"<svg\b([^>]*)>", re.S)
_SIZE = re.compile(r'\sviewBox="\s*\S+\s+\S+\s+([\d.]+)\s+([\d.]+)')
_STYLE_GAPS = re.compile(r'(?<=style=")[^"]*')
_SPACE = re.compile(r">\s+<")
_EMPTY_DEFS = re.compile(r"<defs>\s*</defs>|<defs/>")
_GROUP = re.compile(r"<g>(\s*)</g>")


def _round(match: re.Match[str]) -> str:
    text = f"{float(match.group()):.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def minify_svg(svg: str) -> str:
    """The picture without prolog, metadata, scripts and unused ids, with geometry at two decimals."""
    svg = _ACTIVE.sub("", _PROLOG.sub("", svg))
    svg = _HANDLER.sub("", svg)
    for pattern in (_GEOMETRY, _SHIFT):
        svg = pattern.sub(lambda m: m[1] + _LONG.sub(_round, m[2]) + m[3], svg)
    used = {name for _, name in _REFERENCE.findall(svg)}
    svg = _ID.sub(lambda m: m[0] if m[1] in used else "", svg)
    svg = _STYLE_GAPS.sub(lambda m: m[0].replace("; ", ";").replace(": ", ":"), svg)
    svg = _GROUP.sub("", _EMPTY_DEFS.sub("", _SPACE.sub("><", svg)))
    return re.sub(r"\s*\n\s*", " ", svg).strip()


def data_uri(content: bytes, mime: str) -> str:
    """A file's content as an address, for pages that load nothing."""
    return f"data:{mime};base64,{b64encode(content).decode()}"


def picture_size(svg: str) -> tuple[float, float]:
    """Width and height in points, from the view box."""
    found = _SIZE.search(svg)
    return (float(found[1]), float(found[2])) if found else (0.0, 0.0)


def _variable(match: re.Match[str]) -> str:
    known = PALETTE.get(match.group().lower())
    return f"var(--fig-{known[0]},{match.group().lower()})" if known else match.group()


def inline_svg(svg: str, *, prefix: str, label: str) -> str:
    """The picture ready to stand in a page: ids prefixed, palette as variables, a text alternative."""
    svg = minify_svg(svg)
    svg = _REFERENCE.sub(lambda m: f"{m[1]}{prefix}-{m[2]}", svg)
    svg = _ID.sub(lambda m: f' id="{prefix}-{m[1]}"', svg)
    svg = _paint(svg)
    width, height = picture_size(svg)
    # matplotlib sets joins in a style sheet, which would leak into the page: they become attributes here
    root = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" '
        f'aria-label="{_attribute(label)}" viewBox="0 0 {width:g} {height:g}" width="{width * 96 / 72:.0f}" '
        f'height="{height * 96 / 72:.0f}" stroke-linejoin="round" stroke-linecap="butt">'
    )
    return _ROOT.sub(lambda m: root, svg, count=1)


def _paint(svg: str) -> str:
    """Attributes cannot hold var(), so fill and stroke attributes move into styles."""
    svg = re.sub(r'\s(fill|stroke)="(#[0-9a-fA-F]{6})"', r' style="\1:\2"', svg)
    return re.sub(r'(?<=style=")[^"]*', lambda m: _HEX.sub(_variable, m[0]), svg)


def simplify_svg(svg: str, *, prefix: str) -> str:
    """The marks of a picture without its words, axes and grid, for a thumbnail."""
    bare = _without_axes(svg)
    return inline_svg(bare, prefix=prefix, label="").replace('role="img" aria-label=""', 'aria-hidden="true"')


def _without_axes(svg: str) -> str:
    """Groups are named by matplotlib: axis, text and legend groups go."""
    from lxml import etree

    try:
        root = etree.fromstring(svg.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return svg
    for group in root.iter("{http://www.w3.org/2000/svg}g"):
        for child in list(group):
            if str(child.get("id", "")).startswith(("matplotlib.axis", "text_", "legend_")):
                group.remove(child)
    text: str = etree.tostring(root, encoding="unicode")
    return text


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
