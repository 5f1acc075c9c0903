"""What a folder of pages leads to: every link must end at a page and place that is there, and nothing may be
fetched from the net."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_FETCHED = {"src", "srcset", "poster", "data"}
_IN_STYLE = re.compile(r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^'\")\s]+)")
_IN_SCRIPT = re.compile(r"(?:import\b[^;'\"]*|\bfetch\(|importScripts\()\s*['\"]((?:https?:)?//[^'\"]+)")


@dataclass
class Page(HTMLParser):
    """The places of a page, where its links lead, and what it fetches."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    inside: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element leads to."""
        self.inside = tag
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.ids.add(value)
            elif name == "style":
                self.fetched += _IN_STYLE.findall(value or "")
            elif name == "href" and tag in ("a", "area"):
                self.links.append(value or "")
            elif name in _FETCHED or name == "href":
                self.fetched.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        """Scripts and styles end."""
        self.inside = ""

    def handle_data(self, data: str) -> None:
        """Note what a style or script fetches."""
        if self.inside in ("style", "script"):
            self.fetched += (_IN_STYLE if self.inside == "style" else _IN_SCRIPT).findall(data)


def read_page(path: Path) -> Page:
    """A page of the folder."""
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    return page


def check_links(folder: Path) -> list[str]:
    """Sentences about every link that leads nowhere and everything that is not in the folder; none if all is
    well."""
    pages = {path.resolve(): read_page(path) for path in sorted(folder.rglob("*.html"))}
    faults = []
    for path, page in pages.items():
        shown = path.relative_to(folder.resolve()).as_posix()
        faults += [f"{shown} fetches {url}" for url in page.fetched if _is_outside(url)]
        inner = [url for url in page.fetched if not _is_outside(url) and not url.startswith("data:")]
        faults += [
            f"{shown} leads to {url}, {missing}"
            for url in dict.fromkeys([*page.links, *inner])
            if (missing := _missing(url, path, folder.resolve(), pages))
        ]
    return faults


def _is_outside(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https", "ftp") or url.startswith("//")


def _missing(url: str, path: Path, folder: Path, pages: dict[Path, Page]) -> str:
    parts = urlsplit(url)
    if parts.scheme in ("http", "https", "mailto"):  # a reader may follow it; the page does not need it
        return ""
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if parts.scheme or not target.is_relative_to(folder):
        return "which is outside"
    if not target.is_file():
        return "which is not there"
    if parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
        return f"which has no place {parts.fragment}"
    return ""
