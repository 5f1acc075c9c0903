"""JSON as files and as a page's data, in one look."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T", dict[str, Any], list[Any])


def read_json(path: Path, kind: type[T]) -> T:
    """What a file holds; empty where there is none, or none that can be read, or one of another kind."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return kind()
    return content if isinstance(content, kind) else kind()


def write_json(path: Path, content: Any) -> None:
    """JSON with a stable look; written beside and renamed, so that a reader never sees half of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    beside.replace(path)


def script_json(content: Any) -> str:
    """JSON within an element of a page, which it cannot end."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
