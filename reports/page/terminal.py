"""A terminal's text on a page: colours as classes, lines that were written over shown as they ended."""

from __future__ import annotations

import re
from html import escape

_ESCAPE = re.compile(
    r"\x1b(?:\[(?P<codes>[0-9;:]*)m|\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_].*?\x1b\\|["
    r" -/]*[0-~])",
    re.S,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WORDS = {1: "bold", 3: "italic", 4: "under"}
_ENDS = {22: "bold", 23: "italic", 24: "under"}
_CUBE = (0, 95, 135, 175, 215, 255)


def plain_text(text: str) -> str:
    """The text without colours and movements of the cursor."""
    return _CONTROL.sub("", settle(_ESCAPE.sub("", text)))


def settle(text: str) -> str:
    """What stands in each line after carriage returns and backspaces have been obeyed.

    >>> settle("10 %\\r50 %\\r100 %")
    '100 %'
    """
    if "\r" not in text and "\b" not in text:
        return text
    return "\n".join(_overwritten(line) for line in text.replace("\r\n", "\n").split("\n"))


def _overwritten(line: str) -> str:
    done = ""
    for part in line.split("\r"):
        while "\b" in part:
            part = re.sub(r"[^\b]\x08|^\x08+", "", part)
        done = part + done[len(part) :]
    return done


def terminal_html(text: str) -> str:
    """Escaped text with a ``span`` around each run of colour or weight.

    >>> terminal_html("a \\x1b[1;31mred\\x1b[0m <b>")
    'a <span class="bold ink1">red</span> &lt;b&gt;'
    """
    look: dict[str, str] = {}
    html, place = [], 0
    text = _settle_coloured(text)
    for match in _ESCAPE.finditer(text):
        html.append(_run(text[place : match.start()], look))
        place = match.end()
        if match["codes"] is not None:
            _follow([int(code or 0) for code in re.split("[;:]", match["codes"])], look)
    return "".join([*html, _run(text[place:], look)])


def _settle_coloured(text: str) -> str:
    """Lines written over are taken as they ended; their colours count as letters, so only whole lines are
    kept."""
    if "\x1b" not in text:
        return settle(text)
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)


def _run(text: str, look: dict[str, str]) -> str:
    text = escape(_CONTROL.sub("", text), quote=False)
    if not text or not look:
        return text
    exact = [value for value in look.values() if ":" in value]
    classes = [value for value in look.values() if ":" not in value]
    attributes = [
        f' {name}="{joint.join(values)}"'
        for name, joint, values in (("class", " ", classes), ("style", ";", exact))
        if values
    ]
    return f"<span{''.join(attributes)}>{text}</span>"


def _follow(codes: list[int], look: dict[str, str]) -> None:
    """Take over what a sequence asks for; what it means nothing to a page is left out."""
    while codes:
        code = codes.pop(0)
        if code == 0:
            look.clear()
        elif code in _WORDS:
            look[_WORDS[code]] = _WORDS[code]
        elif code in _ENDS:
            look.pop(_ENDS[code], None)
        elif code in (39, 49):
            look.pop("ink" if code == 39 else "ground", None)
        elif code in (38, 48):
            _set_exact("ink" if code == 38 else "ground", codes, look)
        elif 30 <= code <= 37 or 90 <= code <= 97:
            look["ink"] = f"ink{code % 10 if code < 90 else code % 90 + 8}"
        elif 40 <= code <= 47 or 100 <= code <= 107:
            look["ground"] = f"ground{code % 10 if code < 100 else code % 100 + 8}"


def _set_exact(which: str, codes: list[int], look: dict[str, str]) -> None:
    """One of 256 colours, or red, green and blue."""
    kind = codes.pop(0) if codes else 0
    if kind == 5 and codes:
        number = codes.pop(0)
        if number < 16:
            look[which] = f"{which}{number}"
            return
        rgb = _of_256(number)
    elif kind == 2 and len(codes) >= 3:
        rgb = tuple(min(codes.pop(0), 255) for _ in range(3))
    else:
        codes.clear()
        return
    look[which] = f"{'color' if which == 'ink' else 'background'}:rgb({','.join(map(str, rgb))})"


def _of_256(number: int) -> tuple[int, ...]:
    if number >= 232:
        return (8 + 10 * (min(number, 255) - 232),) * 3
    place = number - 16
    return _CUBE[place // 36], _CUBE[place // 6 % 6], _CUBE[place % 6]
