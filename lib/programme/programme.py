"""What a programme holds; everything may be empty, and of the programme `none` everything is."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from lib.programme.pathway import Pathway
from lib.units import MICROMOLAR_PER

Compartment = Literal["nucleus", "cytoplasm", "cell"]
COLUMNS = ("table", "item", "group", "quantity", "value", "unit", "source", "status", "note")
PROTOCOL_COLUMNS = (
    "step",
    "name",
    "substep",
    "action",
    "reagent",
    "concentration",
    "repeats",
    "time_min",
    "temperature_c",
    "optional",
    "source",
    "status",
    "note",
)
IC50_COLUMNS = ("compound", "cell_line", "mean_uM", "sd_uM", "source", "status")
CLINICAL_COLUMNS = (
    "endpoint",
    "item",
    "group",
    "quantity",
    "value",
    "unit",
    "scale",
    "margin",
    "source",
    "status",
)


@dataclass(frozen=True)
class Compound:
    """A compound by its published name, other names for it, what kind it is, and its node in the pathway."""

    name: str
    aliases: tuple[str, ...] = ()
    kind: str = ""
    node: str = ""
    source: str = ""


@dataclass(frozen=True)
class Combination:
    """What is published of a compound with a partner, which is a compound or a kind of them."""

    compound: str
    partner: str
    interaction: str
    source: str


@dataclass(frozen=True)
class Target:
    """The readout by which the target is said to be hit, under which treatment, where it is expected to go,
    and the markers of sections that speak of it."""

    readout: str
    treatment: str
    expected: str = ""
    stains: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Marker:
    """Where a marker is read in a section, and why."""

    compartment: Compartment
    aliases: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Endpoint:
    """The published item of an endpoint, and how far a result may lie from it and still agree."""

    item: str
    quantity: Literal["rate", "median"]
    margin: float
    scale: Literal["ratio", "difference"]


@dataclass(frozen=True)
class Programme:
    """A programme as loaded; see ``data/published/defactinib/programme.yaml`` for what each key means.

    ``values`` holds every published value, one a row: `COLUMNS`, ``role`` (which of the programme's tables)
    and ``number`` (NaN where the value is a word). ``files`` are the names of the files that it was read
    from, all in its folder: ``programme.yaml``, then every table that it names, sorted. What they hold is all
    that it says.
    """

    name: str
    title: str = ""
    indication: str = ""
    values: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*COLUMNS, "role", "number"]))
    compounds: Mapping[str, Compound] = field(default_factory=dict)
    combinations: tuple[Combination, ...] = ()
    treatments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    target: Target | None = None
    readouts: Mapping[str, str] = field(default_factory=dict)
    pathway: Pathway | None = None
    protocols: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    protocol_titles: Mapping[str, str] = field(default_factory=dict)
    panel_title: str = ""
    panel_species: str = "human"
    panel_wanted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    markers: Mapping[str, Marker] = field(default_factory=dict)
    populations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    analytes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    printed_intervals: tuple[Mapping[str, object], ...] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    record: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["kind", "subject", "what", "source"])
    )
    files: tuple[str, ...] = ()

    @property
    def target_readout(self) -> str:
        """The readout by which the target is said to be hit; empty where the programme names none."""
        return self.target.readout if self.target else ""

    @property
    def target_treatment(self) -> str:
        """The treatment under which it is; empty where the programme names none."""
        return self.target.treatment if self.target else ""

    def table(self, role: str) -> pd.DataFrame:
        """Published values of one role (``populations, panel, ic50, clinical, facts, mechanism``); maybe
        none."""
        return self.values[self.values["role"] == role].reset_index(drop=True)

    def note(self, notebook: str, section: str, *, measured: Iterable[str] | None = None) -> tuple[str, ...]:
        """Paragraphs or points that a report says in a section; empty where there are none.

        With `measured`, the names of what was measured, only where the notes are about one of them.
        """
        if measured is not None and not self.speaks_of(notebook, measured):
            return ()
        return self.notes.get(notebook, {}).get(section, ())

    def protocol_of(self, notebook: str, measured: Iterable[str]) -> pd.DataFrame:
        """Steps of the protocol that a report shows: `PROTOCOL_COLUMNS`; none where the notes are about
        nothing measured."""
        shown = notebook in self.protocols and self.speaks_of(notebook, measured)
        return self.protocols[notebook] if shown else pd.DataFrame(columns=list(PROTOCOL_COLUMNS))

    def speaks_of(self, notebook: str, measured: Iterable[str]) -> bool:
        """Whether the notes of a notebook are about one of the names; of a notebook that says no ``about``,
        any name.

        A name is meant by its beginning, up to a letter: ``collagen`` by "Collagen I", ``PTK2`` not by
        "PTK2B".
        """
        about = self.notes.get(notebook, {}).get("about", ())
        return any(not about or any(_begins(name, one) for one in about) for name in measured)

    def marker_named(self, name: str) -> str | None:
        """The programme's marker under any of its names, whatever case, spaces and hyphens; None if it is
        none."""
        plain = plain_name(name)
        known = self.markers.items()
        return next(
            (m for m, said in known if plain in {plain_name(m), *map(plain_name, said.aliases)}), None
        )

    def markers_among(self, names: Iterable[str]) -> tuple[str, ...]:
        """The programme's markers that names mean, each once, in the order of the names."""
        return tuple(dict.fromkeys(m for name in names if (m := self.marker_named(name))))

    def shows_target(self, marker: str) -> bool:
        """Whether a marker is the readout by which the target is said to be hit."""
        if self.target is None:
            return False
        one, other = (self.marker_named(name) or name for name in (marker, self.target.readout))
        return plain_name(one) == plain_name(other)

    @property
    def compartments(self) -> dict[str, tuple[Compartment, str]]:
        """Every name of a marker → where it is read in a section, and why."""
        return {
            name: (said.compartment, said.why)
            for marker, said in self.markers.items()
            for name in (marker, *said.aliases)
        }

    def compound_named(self, name: str) -> str | None:
        """Published name of a compound under any of its names, whatever case, spaces and hyphens; None if
        unknown."""
        plain = plain_name(name)
        for known in self.compounds.values():
            if plain in {plain_name(known.name), *map(plain_name, known.aliases)}:
                return known.name
        return None

    @property
    def target_stains(self) -> tuple[str, ...]:
        """Every name of the markers that speak of the target, and that of its readout."""
        if self.target is None:
            return ()
        known = [(name, *self.markers[name].aliases) for name in self.target.stains if name in self.markers]
        return tuple(dict.fromkeys([self.target.readout, *(name for names in known for name in names)]))

    def speaks_of_analyte(self, analyte: str) -> bool:
        """Whether anything is published or expected of an analyte."""
        rows = self.table("mechanism")
        items = rows.loc[rows["quantity"].isin(["direction", "expected_direction"]), "item"]
        return self.analyte_named(analyte) is not None or plain_name(analyte) in set(map(plain_name, items))

    def combination_of(self, compound_1: str, compound_2: str) -> Combination | None:
        """What is published of a pair of compounds, in either order; None where nothing is."""
        one, other = self.compound_named(compound_1), self.compound_named(compound_2)
        for a, b in ((one, other), (other, one)):
            for known in self.combinations:
                if a == known.compound and b is not None and known.partner in (b, self.compounds[b].kind):
                    return known
        return None

    @property
    def ic50(self) -> pd.DataFrame:
        """Published IC50s: `IC50_COLUMNS`, a row a compound and line; SD NaN where none is printed."""
        rows = self.table("ic50")
        rows["number"] *= rows["unit"].map(micromolar_per)
        mean, sd = (rows[rows["quantity"] == q].set_index(["group", "item"]) for q in ("ic50", "ic50_sd"))
        return pd.DataFrame(
            {
                "compound": [group for group, _ in mean.index],
                "cell_line": [item for _, item in mean.index],
                "mean_uM": mean["number"].to_numpy(),
                "sd_uM": sd["number"].reindex(mean.index).to_numpy(),
                "source": mean["source"].to_numpy(),
                "status": mean["status"].to_numpy(),
            },
            columns=list(IC50_COLUMNS),
        )

    @property
    def directions(self) -> dict[str, str]:
        """Published population → ``increased`` or ``reduced``."""
        return _by_item(self.table("populations"), "direction")

    @property
    def phenotypes(self) -> dict[str, str]:
        """Published population → phenotype as printed."""
        return _by_item(self.table("populations"), "phenotype")

    @property
    def expected_analytes(self) -> dict[str, str]:
        """Analyte → direction that is expected of it without data."""
        return _by_item(self.table("mechanism"), "expected_direction")

    @property
    def panel(self) -> pd.DataFrame:
        """Published panel: ``marker, fluorochrome``."""
        found = _by_item(self.table("panel"), "fluorochrome")
        return pd.DataFrame({"marker": list(found), "fluorochrome": list(found.values())}, dtype=object)

    @property
    def clinical(self) -> pd.DataFrame:
        """Published results of endpoints: `CLINICAL_COLUMNS`, a row an endpoint and group, in the order of
        both."""
        rows, found = self.table("clinical"), []
        for name, known in self.endpoints.items():
            mine = rows[(rows["item"] == known.item) & (rows["quantity"] == known.quantity)]
            found += [
                (
                    name,
                    r.item,
                    r.group,
                    known.quantity,
                    r.number,
                    r.unit,
                    known.scale,
                    known.margin,
                    r.source,
                    r.status,
                )
                for r in mine.itertuples()
            ]
        return pd.DataFrame(found, columns=list(CLINICAL_COLUMNS))

    @property
    def drugs(self) -> dict[str, tuple[str, ...]]:
        """Treatment → nodes of the pathway that its compounds are; only those of which the pathway holds
        all."""
        nodes = {
            name: tuple(self.compounds[c].node for c in given) for name, given in self.treatments.items()
        }
        return {name: found for name, found in nodes.items() if all(found)}

    @property
    def treatment_names(self) -> dict[str, str]:
        """Names of compounds → the treatment that gives just that one; the first of several."""
        found: dict[str, str] = {}
        for treatment, given in self.treatments.items():
            if len(given) == 1:
                known = self.compounds[given[0]]
                found |= {name: treatment for name in (known.name, *known.aliases) if name not in found}
        return found

    def mechanism_of(self, treatments: Iterable[str]) -> pd.DataFrame:
        """Published mechanism of the compounds that these treatments give, and beside it of what is no
        compound of the programme; empty where nothing is published of the given ones."""
        rows = self.table("mechanism")
        given = {compound for name in treatments for compound in self.treatments.get(name, ())}
        own = rows["group"].map(lambda group: next((c for c in self.compounds if group.startswith(c)), ""))
        found = rows[own.isin(given | {""})] if own.isin(given).any() else rows.head(0)
        return found.reset_index(drop=True)

    def given_by(self, treatment: str) -> tuple[str, ...]:
        """Compounds that a treatment gives, by its own name or that of a compound; empty where it is
        unknown."""
        named = {plain_name(name): given for name, given in self.treatments.items()}
        compound = self.compound_named(treatment)
        return named.get(plain_name(treatment)) or ((compound,) if compound else ())

    def published_under(self, treatment: str, quantity: str) -> pd.DataFrame:
        """Rows of `mechanism` that are published of a quantity under a treatment; of several compounds at
        once none."""
        rows, given = self.table("mechanism"), self.given_by(treatment)
        return rows[(rows["quantity"] == quantity) & rows["group"].isin(given if len(given) == 1 else ())]

    def analyte_named(self, name: str) -> str | None:
        """Published analyte of a laboratory's name for it; None where there is none."""
        from lib.immunoassay.analytes import match_analyte  # its package is slow to import, for few notebooks

        return match_analyte(name, {**dict.fromkeys(self.expected_analytes, ()), **self.analytes})


def _by_item(rows: pd.DataFrame, quantity: str) -> dict[str, str]:
    mine = rows[rows["quantity"] == quantity]
    return dict(zip(mine["item"], mine["value"], strict=True))


def _begins(name: str, beginning: str) -> bool:
    return re.match(re.escape(beginning.lower()) + r"(?![^\W\d_])", name.strip().lower()) is not None


def micromolar_per(unit: str) -> float:
    """Micromolar in one of a unit of concentration, its prefix µ written in any way; NaN for any other
    unit."""
    return MICROMOLAR_PER.get(unit.replace("µ", "u").replace("μ", "u"), math.nan)


def plain_name(name: str) -> str:
    """A name without case, spaces and hyphens."""
    return "".join(c for c in name.lower() if c.isalnum())
