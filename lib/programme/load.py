"""A programme from its folder: ``programme.yaml`` and the tables that it names, every fault at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

import pandas as pd
import yaml

from lib.errors import Fault, InputError
from lib.places import PUBLISHED
from lib.programme.pathway import EDGE_COLUMNS, NODE_COLUMNS, Pathway
from lib.programme.programme import (
    COLUMNS,
    PROTOCOL_COLUMNS,
    Combination,
    Compartment,
    Compound,
    Endpoint,
    Marker,
    Programme,
    Target,
)

DEFAULT, NONE, FILE = "defactinib", "none", "programme.yaml"
"""The programme of a study that names none, the one that says nothing, and the file that makes a folder one."""


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
    folder = where if isinstance(where, Path) else None if where is None else find_programme(where)
    return Programme(NONE) if folder is None else _load(folder, _stamp(folder))


def _stamp(folder: Path) -> tuple[tuple[str, int], ...]:
    return tuple((p.name, p.stat().st_mtime_ns) for p in sorted(folder.iterdir()) if p.is_file())


@lru_cache(maxsize=8)
def _load(folder: Path, _written: tuple[tuple[str, int], ...]) -> Programme:
    said = _Said(folder)
    content = said.content
    values = [
        said.frame(file, COLUMNS, f"values.{role}").assign(role=role)
        for role, file in said.mapping("values").items()
    ]
    protocols = said.mapping("protocols")
    target = said.record("target", Target, content.get("target")) if content.get("target") else None
    programme = Programme(
        name=folder.name,
        title=str(content.get("title", "")),
        indication=str(said.mapping("indication").get("name", "")),
        values=_with_numbers(values),
        compounds={name: said.record(f"compounds.{name}", Compound, {"name": name, **given})
                   for name, given in said.mapping("compounds").items()},
        combinations=tuple(said.record("combinations", Combination, one) for one in content.get("combinations", [])),
        treatments={name: tuple(given) for name, given in said.mapping("treatments").items()},
        target=target,
        readouts=said.mapping("readouts"),
        pathway=_pathway(said),
        protocols={name: _protocol(said, name, given) for name, given in protocols.items()},
        protocol_titles={name: str(given.get("title", name)) for name, given in protocols.items()},
        panel_title=str(said.mapping("panel").get("title", "")),
        panel_species=str(said.mapping("panel").get("species", "human")),
        panel_wanted={name: tuple(given) for name, given in (said.mapping("panel").get("wanted") or {}).items()},
        markers={name: said.record(f"markers.{name}", Marker, given) for name, given in said.mapping("markers").items()},
        populations={name: tuple(given) for name, given in said.mapping("populations").items()},
        analytes={name: tuple(given) for name, given in said.mapping("analytes").items()},
        endpoints={name: said.record(f"endpoints.{name}", Endpoint, given) for name, given in said.mapping("endpoints").items()},
        printed_intervals=tuple(content.get("printed_intervals", [])),
        groups=said.mapping("groups"),
        questions={one["question"]: tuple(one["analyses"]) for one in content.get("questions", [])},
        notes={notebook: {section: _points(given) for section, given in sections.items()}
               for notebook, sections in said.mapping("notes").items()},
        record=said.frame(content["record"], ("kind", "subject", "what", "source"), "record") if content.get("record") else Programme("").record,
    )  # fmt: skip
    said.check(programme)
    if said.faults:
        raise InputError(said.faults)
    return programme


class _Said:
    """What the file says, and every fault found on the way."""

    KEYS = ("title", "source", "indication", "values", "compounds", "combinations", "treatments", "target", "readouts", "pathway",
            "protocols", "panel", "markers", "populations", "analytes", "endpoints", "printed_intervals", "groups", "questions",
            "notes", "record")  # fmt: skip

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[Fault] = []
        self.where = f"{folder.name}/{FILE}"
        try:
            content = yaml.safe_load((folder / FILE).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise InputError(
                Fault(f"{FILE} must be YAML", " ".join(str(error).split()), self.where)
            ) from error
        self.content: dict[str, Any] = content if isinstance(content, dict) else {}
        if not self.content.get("title"):
            self.fault("title must say what the programme is", "nothing")
        for key in self.content:
            if key not in self.KEYS:
                self.fault(f"keys must be among {', '.join(self.KEYS)}", str(key))

    def fault(self, rule: str, value: str, remedy: str = "") -> None:
        self.faults.append(Fault(rule, value, self.where, remedy))

    def mapping(self, key: str) -> dict[str, Any]:
        """A key's lines ``name: value``; empty where it is absent."""
        found = self.content.get(key) or {}
        if not isinstance(found, dict):
            self.fault(f"{key} must hold lines `name: value`", str(found))
            return {}
        return {str(name): value for name, value in found.items()}

    def record(self, key: str, kind: Any, given: Any) -> Any:
        """One record of the programme from its keys; lists become tuples."""
        values = (
            {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
            if isinstance(given, Mapping)
            else {}
        )
        try:
            return kind(**values)
        except TypeError:
            names = ", ".join(kind.__dataclass_fields__)
            self.fault(f"{key} must hold keys among {names}", ", ".join(map(str, values)) or str(given))
            return None

    def frame(self, file: Any, columns: Iterable[str], key: str) -> pd.DataFrame:
        """A table beside the file, as text."""
        columns = list(columns)
        try:
            found = pd.read_csv(self.folder / str(file), dtype=str, keep_default_na=False)
        except (OSError, ValueError) as error:
            self.fault(f"{key} must name a CSV file beside {FILE}", f"{file} ({error})")
            return pd.DataFrame(columns=columns)
        missing = [name for name in columns if name not in found]
        if missing:
            self.fault(f"{file} must hold the columns {', '.join(columns)}", f"no {', '.join(missing)}")
        return found.reindex(columns=[*columns, *(c for c in found if c not in columns)], fill_value="")

    def check(self, programme: Programme) -> None:
        """Names that must be known elsewhere in the file."""
        known = [c.name for c in programme.compounds.values() if c]
        for treatment, given in programme.treatments.items():
            for name in given:
                if name not in known:
                    self.fault(f"treatments.{treatment} must name compounds of this file", str(name))
        for name, marker in programme.markers.items():
            if marker and marker.compartment not in get_args(Compartment):
                allowed = ", ".join(get_args(Compartment))
                self.fault(f"markers.{name}.compartment must be one of {allowed}", str(marker.compartment))
        for one in programme.combinations:
            if one and one.compound not in known:
                self.fault("combinations must name a compound of this file", one.compound)
        if programme.target and programme.target.treatment not in programme.treatments:
            self.fault("target.treatment must be one of the treatments", programme.target.treatment)


def _with_numbers(frames: list[pd.DataFrame]) -> pd.DataFrame:
    if not frames:
        return Programme("").values
    frame = pd.concat(frames, ignore_index=True)[[*COLUMNS, "role"]]
    frame["number"] = pd.to_numeric(frame["value"], errors="coerce")
    return frame


def _pathway(said: _Said) -> Pathway | None:
    files = said.mapping("pathway")
    if not files:
        return None
    nodes = said.frame(files.get("nodes"), NODE_COLUMNS, "pathway.nodes")
    edges = said.frame(files.get("edges"), EDGE_COLUMNS, "pathway.edges")
    for column in ("column", "row"):
        nodes[column] = pd.to_numeric(nodes[column], errors="coerce")
    for column in ("sign", "bend"):
        edges[column] = pd.to_numeric(edges[column], errors="coerce")
    return Pathway(nodes.assign(readout=nodes["readout"].where(nodes["readout"] != "")), edges)


def _protocol(said: _Said, name: str, given: Any) -> pd.DataFrame:
    frame = said.frame(given.get("file"), PROTOCOL_COLUMNS, f"protocols.{name}.file")
    return frame.astype({"step": int, "substep": int})


def _points(given: Any) -> tuple[str, ...]:
    return tuple(map(str, given)) if isinstance(given, list) else (str(given),)
