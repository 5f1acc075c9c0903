"""Values of parameters as they arrive, made what the parameters cell says that they are.

They arrive as text (the command line, papermill's ``-r``), guessed (papermill's ``-p`` makes numbers of what
looks like one), from YAML, or as a person wrote them in a cell.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from reports.study.typed_yaml import as_written

TRUE_WORDS = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}
KINDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list[float]": "numbers such as 6,12,24",
    "list[str]": "words such as a,b",
}
"""Every type that a parameter may have, and how a message calls it."""


def convert(kind: str, raw: Any) -> Any:
    """A value of the type named, from whatever it arrived as.

    Raises
    ------
    ValueError
        If it cannot be one; the message says why where that is not plain to see, and is empty else.
    """
    try:
        return _CONVERT[kind](_plain(raw))
    except (TypeError, KeyError, OverflowError) as error:
        raise ValueError("") from error
    except ValueError as error:
        raise error if isinstance(error, _WithRemedyError) else ValueError("") from error


class _WithRemedyError(ValueError):
    """A value that cannot be used, with what to write instead."""


def _plain(raw: Any) -> Any:
    """numpy's and pandas' values as Python's own."""
    return raw.tolist() if type(raw).__module__ == "numpy" else raw


def _to_str(raw: Any) -> str:
    if raw is None:
        return ""
    if isinstance(raw, bool):
        raise _WithRemedyError(f"Text that reads as {str(raw).lower()} must stand in quotes")
    if isinstance(raw, (list, tuple, dict, set)):
        raise TypeError(raw)
    return str(as_written(raw))


def _to_word(raw: Any) -> str:
    if raw is None:
        raise _WithRemedyError("One of them has no value")
    return _to_str(raw)


def _to_int(raw: Any) -> int:
    if isinstance(raw, bool):
        raise TypeError(raw)
    try:
        return int(raw) if isinstance(raw, (int, str)) else _whole(raw)
    except ValueError:
        return _whole(raw)


def _whole(raw: Any) -> int:
    if float(raw) != int(float(raw)):
        raise ValueError
    return int(float(raw))


def _to_float(raw: Any) -> float:
    if isinstance(raw, bool) or math.isnan(float(raw)):
        raise ValueError
    return float(raw)


def _to_bool(raw: Any) -> bool:
    return raw if isinstance(raw, bool) else TRUE_WORDS[str(raw).strip().lower()]


def _to_list(raw: Any) -> list[Any]:
    if raw is None:
        return []
    if isinstance(raw, (list, tuple)):
        return list(raw)
    items = str(as_written(raw)).strip().removeprefix("[").removesuffix("]")
    return [item.strip().strip("\"'") for item in items.split(",") if item.strip()]


_CONVERT: dict[str, Callable[[Any], Any]] = {
    "str": _to_str,
    "int": _to_int,
    "float": _to_float,
    "bool": _to_bool,
    "list[float]": lambda raw: [_to_float(_plain(item)) for item in _to_list(raw)],
    "list[str]": lambda raw: [_to_word(_plain(item)) for item in _to_list(raw)],
}


def in_words(value: Any) -> str:
    """A value as a report shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(in_words, value)) or "none"
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value) or "none"
