"""What a programme's file says, read so that every fault is found on the way and none ends in a traceback."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pandas as pd
import yaml
from yaml.constructor import ConstructorError

from lib.errors import Fault, InputError, name_rows
from lib.programme.programme import plain_name
from lib.programme.tables import Wrong, is_beside, numbers_of, read_table

FILE = "programme.yaml"
KEYS = (
    "title",
    "source",
    "indication",
    "values",
    "compounds",
    "combinations",
    "treatments",
    "target",
    "readouts",
    "pathway",
    "protocols",
    "panel",
    "markers",
    "populations",
    "analytes",
    "endpoints",
    "printed_intervals",
    "groups",
    "questions",
    "notes",
    "record",
)
ABSENT = ("", "~", "null", "Null", "NULL")
"""What YAML writes for nothing; in quotes, and as a name, it is text."""


class _Loader(yaml.BaseLoader):
    """YAML of texts alone, so that names keep their spelling (``no``, ``010``); null is None, keys stand
    once."""

    def construct_scalar(self, node: Any) -> Any:
        return None if node.style is None and node.value in ABSENT else super().construct_scalar(node)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for name, _ in node.value:
            if isinstance(name, yaml.ScalarNode):
                if name.value in seen:  # of two the first would be lost in silence
                    raise ConstructorError(None, None, f"{name.value} stands twice", name.start_mark)
                seen.add(name.value)
                name.style = name.style or '"'  # a name is text, whatever it spells
        return super().construct_mapping(node, deep)


class Said:
    """The content of ``programme.yaml`` and of the tables beside it, and the faults found so far.

    ``unread`` holds keys that could not be read: what rests on them is not judged. ``tables`` holds the file
    of every table by its key, ``frames`` its content, indexed by the rows of the file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[Fault] = []
        self.noted = 0  # with those that were noted before
        self.unread: set[str] = set()
        self.tables: dict[str, str] = {}
        self.frames: dict[str, pd.DataFrame] = {}
        self.where = f"{folder.name}/{FILE}"
        self.content = self._read()
        if not self.content.get("title"):
            self.fault("title must say what the programme is", "nothing")
        for key in self.content:
            if key not in KEYS:
                self.fault(f"keys must be among {', '.join(KEYS)}", key, nearest(key, KEYS))

    def _read(self) -> dict[str, Any]:
        try:
            content = yaml.load((self.folder / FILE).read_text(encoding="utf-8-sig"), _Loader)
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            found = " ".join(str(error).split())
            raise InputError(Fault(f"{FILE} must be YAML", value=found, where=self.where)) from error
        if not isinstance(content, dict):
            rule = f"{FILE} must hold lines `key: value`"
            raise InputError(
                Fault(rule, value=_quoted(content), where=self.where, remedy="Begin with title:")
            )
        return {str(key): value for key, value in content.items()}

    @property
    def files(self) -> tuple[str, ...]:
        """The programme's files by name: ``programme.yaml`` and every table that it names, sorted."""
        return (FILE, *sorted(set(self.tables.values())))

    def fault(
        self, rule: str, value: object, remedy: str = "", *, table: str = "", rows: Sequence[int] = ()
    ) -> None:
        """One more fault, of the file or of rows of the table that a key names; the same is noted once."""
        where = f"{self.folder.name}/{self.tables[table]}" if table in self.tables else self.where
        found = Fault(
            rule,
            value=_quoted(value),
            where=f"{where} {name_rows(rows)}" if len(rows) else where,
            remedy=remedy,
        )
        self.noted += 1
        if found not in self.faults:
            self.faults.append(found)

    def note_wrong(self, key: str, wrong: Iterable[Wrong]) -> None:
        """Faults of the table that a key names."""
        for one in wrong:
            self.fault(one.rule, one.found, one.remedy, table=key, rows=one.rows)

    def word(self, key: str, given: Any) -> str:
        """A name or sentence; empty where it is absent."""
        if isinstance(given, dict | list):
            self.fault(f"{key} must be a text", given)
            return ""
        return str(given or "").strip()

    def mapping(self, key: str, given: Any, known: Sequence[str] = ()) -> dict[str, Any]:
        """Lines ``name: value``, of the names that are known where these are given; empty where they are
        absent."""
        if given and not isinstance(given, dict):
            self.fault(f"{key} must hold lines `name: value`", given)
            self.unread.add(key)
        found = {str(name): value for name, value in given.items()} if isinstance(given, dict) else {}
        for name in found if known else ():
            if name not in known:
                self.fault(f"{key} must hold keys among {', '.join(known)}", name, nearest(name, known))
        return found

    def section(self, key: str, known: Sequence[str] = ()) -> dict[str, Any]:
        """Lines of a key of the file."""
        return self.mapping(key, self.content.get(key), known)

    def words(self, key: str) -> dict[str, str]:
        """Lines ``name: text`` of a key of the file; those that say nothing are absent."""
        given = self.section(key).items()
        return {name: self.word(f"{key}.{name}", value) for name, value in given if value is not None}

    def names(self, key: str, given: Any) -> tuple[str, ...]:
        """A list of names; none where it is absent."""
        if given and not isinstance(given, list):
            self.fault(f"{key} must be a list", given, "Write [one, another].")
            self.unread.add(key)
        found = [self.word(key, one) for one in given] if isinstance(given, list) else []
        if any(
            not name and not isinstance(one, dict | list)
            for name, one in zip(found, given or [], strict=False)
        ):
            self.fault(f"{key} must hold no empty item", given, "Take it out.")
        return tuple(filter(None, found))

    def lists(self, key: str) -> dict[str, tuple[str, ...]]:
        """Lines ``name: [one, another]`` of a key of the file."""
        return {name: self.names(f"{key}.{name}", value) for name, value in self.section(key).items()}

    def items(self, key: str, known: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Items of a list, each of lines ``name: value``; an empty one where it has a fault."""
        found = self.content.get(key)
        if found and not isinstance(found, list):
            self.fault(f"{key} must be a list", found, "Begin every item with a dash.")
            self.unread.add(key)
        return [self.mapping(key, one, known) for one in found] if isinstance(found, list) else []

    def number(self, key: str, given: Any, *, whole: bool = False) -> float:
        """A number; NaN where it is none, which is a fault."""
        try:
            found = float(self.word(key, given) or "nan")
        except ValueError:
            found = math.nan
        if math.isfinite(found) and not (whole and found % 1):
            return found
        self.fault(f"{key} must be a {'whole ' if whole else ''}number", given)
        return math.nan

    def record(self, key: str, kind: Any, given: Any) -> Any:
        """One record of the programme from its keys; None where one is unknown, lacking or wrong."""
        before, known = self.noted, {field.name: field for field in fields(kind)}
        values = self.mapping(key, given, tuple(known))
        lacking = [f.name for f in known.values() if f.default is MISSING and not values.get(f.name)]
        if lacking:
            self.fault(f"{key} must have {', '.join(lacking)}", ", ".join(values) or "nothing")
        hints = get_type_hints(kind)
        told = {
            name: self._value(f"{key}.{name}", hints[name], value)
            for name, value in values.items()
            if name in known and value is not None
        }
        if self.noted == before:
            return kind(**told)
        self.unread.add(key)
        return None

    def _value(self, key: str, hint: Any, given: Any) -> Any:
        """A value of the type that its field has."""
        if hint is float:
            return self.number(key, given)
        if get_origin(hint) is tuple:
            return self.names(key, given)
        if get_origin(hint) is Literal and given not in get_args(hint):
            self.fault(f"{key} must be one of {', '.join(get_args(hint))}", given)
        return self.word(key, given)

    def frame(self, file: Any, columns: Sequence[str], key: str, *, filled: bool = False) -> pd.DataFrame:
        """A table beside the file, as text, indexed by the rows of its file; empty where it could not be
        read.

        With `filled` it must hold a row.
        """
        name, found = self.word(key, file), pd.DataFrame(columns=list(columns))
        if not (is_beside(name) and (self.folder / name).is_file()):
            remedy = (
                "" if is_beside(name) or not name else "Put it there under a plain name that ends in .csv."
            )
            self.fault(f"{key} must name a CSV file beside {FILE}", name, remedy)
            self.unread.add(key)
        else:
            self.tables[key] = name
            found, wrong = read_table(self.folder / name, columns)
            if filled and found.empty and not wrong:
                wrong = [Wrong(f"{name} must hold at least one row", "none")]
            self.note_wrong(key, wrong)
            self.unread |= {key} if wrong else set()
        self.frames[key] = found
        return found[[*columns, *(c for c in found if c not in columns)]]

    def numbers(
        self, frame: pd.DataFrame, column: str, key: str, *, words: bool = False, whole: bool = False
    ) -> pd.Series:
        """A column of numbers of a table, NaN where a cell has a fault, or with `words` is a word."""
        found, wrong = numbers_of(frame[column], words=words, whole=whole)
        self.note_wrong(key, wrong)
        self.unread |= {key} if wrong else set()
        return found


def nearest(name: str, known: Iterable[str]) -> str:
    """Which of the known names may have been meant, as a remedy; empty where none is near."""
    plain = {plain_name(one): one for one in known}
    near = difflib.get_close_matches(plain_name(name), plain, n=1)
    return f'Did you mean "{plain[near[0]]}"?' if near else ""


def _quoted(value: object) -> str:
    """A value as a message quotes it, not longer than a line."""
    text = "" if value is None else " ".join(str(value).split())
    return (text if len(text) <= 120 else f"{text[:119]}…") or "nothing"
