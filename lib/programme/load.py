"""A programme from its folder: ``programme.yaml`` and the tables that it names, every fault at once."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from lib.errors import InputError
from lib.programme.checks import check_programme
from lib.programme.find import DEFAULT, NONE, find_programme
from lib.programme.pathway import EDGE_COLUMNS, NODE_COLUMNS, Pathway
from lib.programme.programme import (
    COLUMNS,
    PROTOCOL_COLUMNS,
    Combination,
    Compound,
    Endpoint,
    Marker,
    Programme,
    Target,
)
from lib.programme.said import FILE, Said

INDICATION_KEYS, PANEL_KEYS = ("name", "source"), ("title", "species", "wanted", "source")
PROTOCOL_KEYS, QUESTION_KEYS = ("file", "title", "source"), ("question", "analyses")
PRINTED, COUNTS = ("group", "responders", "n", "printed"), ("responders", "n")
BOUNDS = re.compile(r"(\d+(?:\.\d+)?)\s*%?\s*(?:–|to)\s*(\d+(?:\.\d+)?)\s*%?")
DASHES = re.compile("[-‐‑‒—―−]")
"""Whatever dash an interval was typed with, it is kept with the one that is printed: –."""


def load_programme(where: str | Path | None = DEFAULT) -> Programme:
    """A programme by name or folder; None and ``none`` give one that says nothing.

    Raises
    ------
    InputError
        With every fault of its files.
    """
    named = str(where.absolute()) if isinstance(where, Path) else where
    folder = None if named is None else find_programme(named)
    return Programme(NONE) if folder is None else _load(folder, _stamp(folder))


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    files = sorted(path for path in (folder / FILE, *folder.glob("*.csv")) if path.is_file())
    return tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in files)


@lru_cache(maxsize=8)
def _load(folder: Path, _written: tuple[tuple[str, int, int], ...]) -> Programme:
    said = Said(folder)
    parts = {
        **_names(said),
        **_records(said),
        "values": _values(said),
        "treatments": said.lists("treatments"),
        "populations": said.lists("populations"),
        "analytes": said.lists("analytes"),
        "pathway": _pathway(said),
        "protocols": _protocols(said),
        "printed_intervals": _printed(said),
        "questions": _questions(said),
        "notes": _notes(said),
        "record": _record(said),
    }
    programme = Programme(name=folder.name, files=said.files, **parts)
    check_programme(said, programme)
    if said.faults:
        raise InputError(said.faults)
    return programme


def _names(said: Said) -> dict[str, Any]:
    """What the programme calls itself and its tables."""
    indication, panel = said.section("indication", INDICATION_KEYS), said.section("panel", PANEL_KEYS)
    return {
        "title": said.word("title", said.content.get("title")),
        "indication": said.word("indication.name", indication.get("name")),
        "panel_title": said.word("panel.title", panel.get("title")),
        "panel_species": said.word("panel.species", panel.get("species")) or "human",
        "panel_wanted": {
            name: said.names(f"panel.wanted.{name}", given)
            for name, given in said.mapping("panel.wanted", panel.get("wanted")).items()
        },
        "protocol_titles": {
            name: said.word(f"protocols.{name}.title", one.get("title")) or name
            for name, one in _protocol_lines(said).items()
        },
        "readouts": said.words("readouts"),
        "groups": said.words("groups"),
    }


def _protocol_lines(said: Said) -> dict[str, dict[str, Any]]:
    given = {name: one for name, one in said.section("protocols").items() if one is not None}
    return {name: said.mapping(f"protocols.{name}", one, PROTOCOL_KEYS) for name, one in given.items()}


def _records(said: Said) -> dict[str, Any]:
    """Compounds, combinations, target, markers and endpoints; those that could not be read are left out."""
    compounds = {
        name: {"name": name, **said.mapping(f"compounds.{name}", given)}
        for name, given in said.section("compounds").items()
    }
    target = said.content.get("target")
    combinations = [said.record("combinations", Combination, one) for one in said.items("combinations")]
    return {
        "compounds": _each(said, "compounds", Compound, compounds),
        "combinations": tuple(filter(None, combinations)),
        "target": said.record("target", Target, target) if target else None,
        "markers": _each(said, "markers", Marker, said.section("markers")),
        "endpoints": _each(said, "endpoints", Endpoint, said.section("endpoints")),
    }


def _each(said: Said, key: str, kind: Any, given: dict[str, Any]) -> dict[str, Any]:
    read = {name: said.record(f"{key}.{name}", kind, one) for name, one in given.items()}
    return {name: one for name, one in read.items() if one is not None}


def _values(said: Said) -> pd.DataFrame:
    frames = []
    for role, file in said.words("values").items():
        frame = said.frame(file, COLUMNS, f"values.{role}").assign(role=role)
        frames.append(frame.assign(number=said.numbers(frame, "value", f"values.{role}", words=True)))
        said.frames[f"values.{role}"] = frames[-1]
    if not frames:
        return Programme(NONE).values
    return pd.concat(frames, ignore_index=True)[[*COLUMNS, "role", "number"]]


def _pathway(said: Said) -> Pathway | None:
    files = said.words("pathway")
    if not files:
        return None
    names = {"nodes": (NODE_COLUMNS, ("column", "row")), "edges": (EDGE_COLUMNS, ("sign", "bend"))}
    for unknown in files.keys() - names.keys():
        said.fault("pathway must name files of nodes and edges", unknown)
    frames = {}
    for name, (columns, numbers) in names.items():
        key = f"pathway.{name}"
        frame = said.frame(files.get(name, ""), columns, key, filled=True)
        said.frames[key] = frame.assign(**{c: said.numbers(frame, c, key) for c in numbers})
        frames[name] = said.frames[key].reset_index(drop=True)
    nodes = frames["nodes"]
    return Pathway(nodes.assign(readout=nodes["readout"].where(nodes["readout"] != "")), frames["edges"])


def _protocols(said: Said) -> dict[str, pd.DataFrame]:
    found = {}
    for name, given in _protocol_lines(said).items():
        key = f"protocols.{name}.file"
        frame = said.frame(given.get("file"), PROTOCOL_COLUMNS, key, filled=True)
        steps = {
            c: said.numbers(frame, c, key, whole=True).fillna(0).astype(int) for c in ("step", "substep")
        }
        for column in ("repeats", "time_min", "temperature_c"):
            said.numbers(frame, column, key, words=True)
        found[name] = frame.assign(**steps).reset_index(drop=True)
    return found


def _printed(said: Said) -> tuple[dict[str, object], ...]:
    found: list[dict[str, object]] = []
    for one in said.items("printed_intervals", (*PRINTED, "source")):
        lacking = [name for name in PRINTED if not one.get(name)]
        if lacking:
            said.fault(f"printed_intervals must have {', '.join(PRINTED)}", f"no {', '.join(lacking)}")
            continue
        before, key = said.noted, "printed_intervals"
        words = {name: said.word(f"{key}.{name}", value) for name, value in one.items() if value is not None}
        counts = {name: said.number(f"{key}.{name}", one[name], whole=True) for name in COUNTS}
        words["printed"] = DASHES.sub("–", words["printed"])
        _check_printed(said, words, counts)
        if said.noted == before:
            found.append({**words, **{name: int(n) for name, n in counts.items()}})
    return tuple(found)


def _check_printed(said: Said, words: dict[str, str], counts: dict[str, float]) -> None:
    responders, n, group, printed = counts["responders"], counts["n"], words["group"], words["printed"]
    if n <= 0:
        said.fault("printed_intervals.n must be > 0", f"{n:g} of {group}")
    elif responders < 0 or responders > n:
        said.fault("printed_intervals.responders must be 0 to n", f"{responders:g} of {n:g} of {group}")
    bounds = BOUNDS.fullmatch(printed)
    low, high = map(float, bounds.groups()) if bounds else (math.nan, math.nan)
    if not 0 <= low < high <= 100:
        rule = "printed_intervals.printed must be two bounds in percent, the lower one first"
        said.fault(
            rule, f"{printed or 'nothing'} of {group}", "Write them as they were printed, such as 31–58."
        )


def _questions(said: Said) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in said.items("questions", QUESTION_KEYS):
        question = said.word("questions.question", one.get("question"))
        analyses = said.names("questions.analyses", one.get("analyses"))
        if not question or not analyses:
            said.fault("questions must have question and analyses", question or ", ".join(one) or "nothing")
        elif question in found:
            said.fault("a question must stand once", question)
        found[question] = analyses
    return found


def _notes(said: Said) -> dict[str, dict[str, tuple[str, ...]]]:
    return {
        notebook: {
            section: said.names(f"notes.{notebook}.{section}", given if isinstance(given, list) else [given])
            for section, given in said.mapping(f"notes.{notebook}", sections).items()
            if given is not None
        }
        for notebook, sections in said.section("notes").items()
    }


def _record(said: Said) -> pd.DataFrame:
    empty, file = Programme(NONE).record, said.content.get("record")
    return said.frame(file, tuple(empty.columns), "record").reset_index(drop=True) if file else empty
