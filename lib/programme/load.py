"""A programme from its folder: ``programme.yaml`` and the tables that it names, every fault at once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from lib.errors import Fault, InputError
from lib.places import PUBLISHED
from lib.programme.checks import check_programme
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

DEFAULT, NONE = "defactinib", "none"
"""The programme of a study that names none, and the one that says nothing."""
PRINTED, COUNTS = ("group", "responders", "n", "printed"), ("responders", "n")


def find_programme(named: str, base: Path | None = None) -> Path | None:
    """Folder of a programme: a name under ``data/published``, a folder (relative to `base`), or None for ``none``.

    Raises
    ------
    InputError
        If there is no such programme.
    """
    if named == NONE:
        return None
    for folder in (PUBLISHED / named, (base or Path.cwd()) / named):
        if (folder / FILE).is_file():
            return folder.resolve()
    known = ", ".join([*known_programmes(), NONE])
    rule = f"programme must be one of {known}, or a folder that holds {FILE}"
    raise InputError(
        Fault(rule, named, remedy=f"Write programme: {NONE} where nothing published is to be held against.")
    )


def known_programmes() -> list[str]:
    """Names of the programmes that the suite carries."""
    return sorted(path.parent.name for path in PUBLISHED.glob(f"*/{FILE}"))


def load_programme(where: str | Path | None = DEFAULT) -> Programme:
    """A programme by name or folder; None and ``none`` give one that says nothing.

    Raises
    ------
    InputError
        With every fault of its files.
    """
    folder = None if where is None else find_programme(str(where))
    return Programme(NONE) if folder is None else _load(folder, _stamp(folder))


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in files)


@lru_cache(maxsize=8)
def _load(folder: Path, _written: tuple[tuple[str, int, int], ...]) -> Programme:
    said = Said(folder)
    parts = {
        **_names(said), **_records(said), "values": _values(said), "treatments": said.lists("treatments"),
        "populations": said.lists("populations"), "analytes": said.lists("analytes"), "pathway": _pathway(said),
        "protocols": _protocols(said), "printed_intervals": _printed(said), "questions": _questions(said),
        "notes": _notes(said), "record": _record(said),
    }  # fmt: skip
    if not said.faults:
        check_programme(said, Programme(name=folder.name, **parts))
    if said.faults:
        raise InputError(said.faults)
    return Programme(name=folder.name, **parts)


def _names(said: Said) -> dict[str, Any]:
    """What the programme calls itself and its tables."""
    indication, panel = said.section("indication"), said.section("panel")
    protocols = {
        name: said.mapping(f"protocols.{name}", one) for name, one in said.section("protocols").items()
    }
    return {
        "title": said.word("title", said.content.get("title")),
        "indication": said.word("indication.name", indication.get("name")),
        "panel_title": said.word("panel.title", panel.get("title")),
        "panel_species": said.word("panel.species", panel.get("species")) or "human",
        "panel_wanted": {name: said.names(f"panel.wanted.{name}", given)
                         for name, given in said.mapping("panel.wanted", panel.get("wanted") or {}).items()},
        "protocol_titles": {name: said.word(f"protocols.{name}.title", one.get("title")) or name for name, one in protocols.items()},
        "readouts": said.words("readouts"), "groups": said.words("groups"),
    }  # fmt: skip


def _records(said: Said) -> dict[str, Any]:
    """Compounds, combinations, target, markers and endpoints."""
    compounds = {name: {"name": name, **said.mapping(f"compounds.{name}", given)}
                 for name, given in said.section("compounds").items()}  # fmt: skip
    target = said.content.get("target")
    return {
        "compounds": _each(said, "compounds", Compound, compounds),
        "combinations": tuple(said.record("combinations", Combination, one) for one in said.items("combinations")),
        "target": said.record("target", Target, target) if target else None,
        "markers": _each(said, "markers", Marker, said.section("markers")),
        "endpoints": _each(said, "endpoints", Endpoint, said.section("endpoints")),
    }  # fmt: skip


def _each(said: Said, key: str, kind: Any, given: dict[str, Any]) -> dict[str, Any]:
    return {name: said.record(f"{key}.{name}", kind, one) for name, one in given.items()}


def _values(said: Said) -> pd.DataFrame:
    files = said.words("values")
    frames = [said.frame(file, COLUMNS, f"values.{role}").assign(role=role) for role, file in files.items()]
    if not frames:
        return Programme(NONE).values
    frame = pd.concat(frames, ignore_index=True)[[*COLUMNS, "role"]]
    return frame.assign(number=pd.to_numeric(frame["value"], errors="coerce"))


def _pathway(said: Said) -> Pathway | None:
    files = said.words("pathway")
    if not files:
        return None
    names = {"nodes": (NODE_COLUMNS, ("column", "row")), "edges": (EDGE_COLUMNS, ("sign", "bend"))}
    for unknown in files.keys() - names.keys():
        said.fault("pathway must name files of nodes and edges", unknown)
    frames = {}
    for key, (columns, numbers) in names.items():
        frame = said.frame(files.get(key, ""), columns, f"pathway.{key}")
        frames[key] = frame.assign(**{c: said.numbers(frame, c, files.get(key, "")) for c in numbers})
    nodes = frames["nodes"]
    return Pathway(nodes.assign(readout=nodes["readout"].where(nodes["readout"] != "")), frames["edges"])


def _protocols(said: Said) -> dict[str, pd.DataFrame]:
    found = {}
    for name, given in said.section("protocols").items():
        file = said.mapping(f"protocols.{name}", given if isinstance(given, dict) else {}).get("file", "")
        frame = said.frame(file, PROTOCOL_COLUMNS, f"protocols.{name}.file")
        steps = {c: said.numbers(frame, c, file).fillna(0).astype(int) for c in ("step", "substep")}
        found[name] = frame.assign(**steps)
    return found


def _printed(said: Said) -> tuple[dict[str, object], ...]:
    found: list[dict[str, object]] = []
    for one in said.items("printed_intervals"):
        lacking = [name for name in PRINTED if not one.get(name)]
        if lacking:
            said.fault(f"printed_intervals must have {', '.join(PRINTED)}", f"no {', '.join(lacking)}")
            continue
        words = {name: said.word(f"printed_intervals.{name}", value) for name, value in one.items()}
        counts = {name: int(said.number(f"printed_intervals.{name}", one[name])) for name in COUNTS}
        found.append({**words, **counts})
    return tuple(found)


def _questions(said: Said) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in said.items("questions"):
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
        }
        for notebook, sections in said.section("notes").items()
    }


def _record(said: Said) -> pd.DataFrame:
    empty = Programme(NONE).record
    file = said.content.get("record")
    return said.frame(file, tuple(empty.columns), "record") if file else empty
