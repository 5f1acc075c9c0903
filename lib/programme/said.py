"""What a programme's file says, read so that every fault is found on the way and none ends in a traceback."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pandas as pd
import yaml
from yaml.constructor import ConstructorError

from lib.errors import Fault, InputError

FILE = "programme.yaml"
KEYS = ("title", "source", "indication", "values", "compounds", "combinations", "treatments", "target", "readouts", "pathway",
        "protocols", "panel", "markers", "populations", "analytes", "endpoints", "printed_intervals", "groups", "questions",
        "notes", "record")  # fmt: skip


class _Loader(yaml.BaseLoader):
    """YAML of texts alone, so that names keep their spelling (``no``, ``010``); keys stand once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for name, _ in node.value:
            if isinstance(name, yaml.ScalarNode):
                if name.value in seen:  # of two the first would be lost in silence
                    raise ConstructorError(None, None, f"{name.value} stands twice", name.start_mark)
                seen.add(name.value)
        return super().construct_mapping(node, deep)


class Said:
    """The content of ``programme.yaml`` and of the tables beside it, and the faults found so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[Fault] = []
        self.where = f"{folder.name}/{FILE}"
        self.content = self._read()
        if not self.content.get("title"):
            self.fault("title must say what the programme is", "nothing")
        for key in self.content:
            if key not in KEYS:
                self.fault(f"keys must be among {', '.join(KEYS)}", key)

    def _read(self) -> dict[str, Any]:
        try:
            content = yaml.load((self.folder / FILE).read_text(encoding="utf-8"), _Loader)
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            found = " ".join(str(error).split())
            raise InputError(Fault(f"{FILE} must be YAML", found, self.where)) from error
        if not isinstance(content, dict):
            rule = f"{FILE} must hold lines `key: value`"
            raise InputError(Fault(rule, _quoted(content or ""), self.where, "Begin with title:"))
        return {str(key): value for key, value in content.items()}

    def fault(self, rule: str, value: object, remedy: str = "") -> None:
        """One more fault of the file."""
        self.faults.append(Fault(rule, _quoted(value), self.where, remedy))

    def word(self, key: str, given: Any) -> str:
        """A name or sentence; empty where it is absent."""
        if isinstance(given, dict | list):
            self.fault(f"{key} must be a text", given)
            return ""
        return str(given or "").strip()

    def mapping(self, key: str, given: Any) -> dict[str, Any]:
        """Lines ``name: value``; empty where they are absent."""
        if given and not isinstance(given, dict):
            self.fault(f"{key} must hold lines `name: value`", given)
        return {str(name): value for name, value in given.items()} if isinstance(given, dict) else {}

    def section(self, key: str) -> dict[str, Any]:
        """Lines of a key of the file."""
        return self.mapping(key, self.content.get(key))

    def words(self, key: str) -> dict[str, str]:
        """Lines ``name: text`` of a key of the file."""
        return {name: self.word(f"{key}.{name}", value) for name, value in self.section(key).items()}

    def names(self, key: str, given: Any) -> tuple[str, ...]:
        """A list of names; none where it is absent."""
        if given and not isinstance(given, list):
            self.fault(f"{key} must be a list", given, "Write [one, another].")
        return tuple(self.word(key, one) for one in given) if isinstance(given, list) else ()

    def lists(self, key: str) -> dict[str, tuple[str, ...]]:
        """Lines ``name: [one, another]`` of a key of the file."""
        return {name: self.names(f"{key}.{name}", value) for name, value in self.section(key).items()}

    def items(self, key: str) -> list[dict[str, Any]]:
        """Items of a list, each of lines ``name: value``; an empty one where it has a fault."""
        found = self.content.get(key)
        if found and not isinstance(found, list):
            self.fault(f"{key} must be a list", found, "Begin every item with a dash.")
        return [self.mapping(key, one) for one in found] if isinstance(found, list) else []

    def number(self, key: str, given: Any) -> float:
        """A number; 1 where it is none, since the fault ends the reading."""
        try:
            found = float(self.word(key, given) or "nan")
        except ValueError:
            found = math.nan
        if math.isfinite(found):
            return found
        self.fault(f"{key} must be a number", given)
        return 1.0

    def record(self, key: str, kind: Any, given: Any) -> Any:
        """One record of the programme from its keys; None where one is unknown or lacking."""
        values, known = self.mapping(key, given), {field.name: field for field in fields(kind)}
        lacking = [f.name for f in known.values() if f.default is MISSING and not values.get(f.name)]
        unknown = [name for name in values if name not in known]
        if unknown:
            self.fault(f"{key} must hold keys among {', '.join(known)}", ", ".join(unknown))
        if lacking:
            self.fault(f"{key} must have {', '.join(lacking)}", ", ".join(values) or "nothing")
        if unknown or lacking:
            return None
        hints = get_type_hints(kind)
        return kind(
            **{name: self._value(f"{key}.{name}", hints[name], value) for name, value in values.items()}
        )

    def _value(self, key: str, hint: Any, given: Any) -> Any:
        """A value of the type that its field has."""
        if hint is float:
            return self.number(key, given)
        if get_origin(hint) is tuple:
            return self.names(key, given)
        if get_origin(hint) is Literal and given not in get_args(hint):
            self.fault(f"{key} must be one of {', '.join(get_args(hint))}", given)
        return self.word(key, given)

    def frame(
        self, file: Any, columns: Iterable[str], key: str, optional: Iterable[str] = ()
    ) -> pd.DataFrame:
        """A table beside the file, as text; `optional` columns may be absent."""
        columns, optional = list(columns), set(optional)
        try:
            found = pd.read_csv(self.folder / self.word(key, file), dtype=str, keep_default_na=False)
        except (OSError, ValueError) as error:
            self.fault(f"{key} must name a CSV file beside {FILE}", f"{_quoted(file)} ({error})")
            return pd.DataFrame(columns=columns)
        missing = [name for name in columns if name not in found and name not in optional]
        if missing:
            self.fault(f"{file} must hold the columns {', '.join(columns)}", f"no {', '.join(missing)}")
        return found.reindex(columns=[*columns, *(c for c in found if c not in columns)], fill_value="")

    def numbers(self, frame: pd.DataFrame, column: str, file: Any) -> pd.Series:
        """A column of numbers; every cell that is none is a fault."""
        found = pd.to_numeric(frame[column], errors="coerce")
        wrong = frame.loc[found.isna(), column]
        if len(wrong):
            rows = ", ".join(str(row + 2) for row in wrong.index[:8])
            self.fault(f"{column} must be a number", f"{_quoted(wrong.iloc[0])} in {file} row {rows}")
        return found


def _quoted(value: object) -> str:
    """A value as a message quotes it, not longer than a line."""
    text = " ".join(str(value).split()) or "nothing"
    return text if len(text) <= 120 else f"{text[:119]}…"
