"""What of a programme must fit together: names known elsewhere in its files, each of one thing, and words
that reports know.

Only what could be read is judged; what rests on something unread is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lib.agreement import DIRECTIONS
from lib.programme.check_pathway import check_pathway
from lib.programme.check_values import INTERACTIONS, check_values
from lib.programme.programme import Programme, plain_name
from lib.programme.said import Said, nearest

KINDS = ("contradiction", "gap")
SPECIES, PROTOCOLS, GROUPS = ("human", "mouse"), ("ihc", "flow"), ("marker",)
SECTIONS = ("about", "published", "limits", "summary", "caution")
"""Sections of notes that reports have; of ``cytokines`` every analyte is one too, of ``overview`` every
analysis."""


def check_programme(said: Said, programme: Programme) -> None:
    """Note every fault of a programme; records that could not be read are missing in it."""
    _check_words(said, programme)
    _check_owners(said, programme)
    _check_combinations(said, programme)
    _check_treatments(said, programme)
    _check_target(said, programme)
    _check_endpoints(said, programme)
    _check_notes(said, programme)
    _check_record(said)
    check_values(said, programme)
    if programme.pathway is not None:
        check_pathway(said, programme, programme.pathway)


def _check_words(said: Said, programme: Programme) -> None:
    _check_word(said, "panel.species", programme.panel_species, SPECIES)
    for name in programme.protocols:
        _check_word(said, "the name of a protocol", name, PROTOCOLS)
    for group, word in programme.groups.items():
        _check_word(said, f"groups.{group}", word, GROUPS)
    for one in programme.combinations:
        _check_word(said, "combinations.interaction", one.interaction, INTERACTIONS)
    for name, compound in programme.compounds.items():
        _check_word(said, f"compounds.{name}.name", compound.name, (name,))


def _check_word(said: Said, what: str, word: str, known: Iterable[str]) -> None:
    known = list(known)
    if word not in known:
        rule = f"{what} must be one of {', '.join(known)}" if len(known) > 1 else f"{what} must be {known[0]}"
        said.fault(rule, word, nearest(word, known))


def _check_owners(said: Said, programme: Programme) -> None:
    """Every name of a compound, a marker, an analyte or a treatment, as it is looked up, is that of one."""
    owned: dict[str, Mapping[str, Iterable[str]]] = {
        "compound": {one.name: one.aliases for one in programme.compounds.values()},
        "marker": {name: one.aliases for name, one in programme.markers.items()},
        "analyte": {**dict.fromkeys(programme.expected_analytes, ()), **programme.analytes},
        "treatment": dict.fromkeys(programme.treatments, ()),
    }
    for what, names in owned.items():
        _check_names(said, what, names)


def _check_names(said: Said, what: str, names: Mapping[str, Iterable[str]]) -> None:
    owners: dict[str, str] = {}
    for own, aliases in names.items():
        for name in (own, *aliases):
            if not plain_name(name):
                said.fault(f"a name of a {what} must hold a letter or a number", name or "nothing")
            elif (owner := owners.setdefault(plain_name(name), own)) != own:
                said.fault(f"a name must belong to one {what}", f"{name} of {owner} and {own}")


def _compounds(said: Said) -> list[str] | None:
    """Compounds as the file names them, those with faults among them; None where they could not be read."""
    found = list(said.section("compounds"))
    return None if "compounds" in said.unread else found


def _check_combinations(said: Said, programme: Programme) -> None:
    compounds = _compounds(said)
    kinds = {compound.kind for compound in programme.compounds.values() if compound.kind}
    whole, pairs = compounds is not None and len(programme.compounds) == len(compounds), set()
    for one in programme.combinations:
        pair = frozenset((one.compound, one.partner))
        if pair in pairs:
            said.fault("a combination must stand once", f"{one.compound} with {one.partner}")
        pairs.add(pair)
        if compounds is not None and one.compound not in compounds:
            remedy = nearest(one.compound, compounds)
            said.fault("combinations must name a compound of this file", one.compound, remedy)
        known = [*(compounds or ()), *kinds]
        if whole and one.partner not in known:
            rule = "a combination's partner must be a compound of this file or the kind of one"
            said.fault(rule, one.partner, nearest(one.partner, known))


def _check_treatments(said: Said, programme: Programme) -> None:
    compounds = _compounds(said)
    for treatment, given in programme.treatments.items():
        for name in given if compounds is not None else ():
            if name not in (compounds or ()):
                rule = f"treatments.{treatment} must name compounds of this file"
                said.fault(rule, name, nearest(name, compounds or ()))
        for name in {name for name in given if given.count(name) > 1}:
            said.fault(f"treatments.{treatment} must name a compound once", name)
        if not given and f"treatments.{treatment}" not in said.unread:
            said.fault(f"treatments.{treatment} must name a compound", "nothing")


def _check_target(said: Said, programme: Programme) -> None:
    target, markers = programme.target, list(said.section("markers"))
    if target is None:
        return
    if target.treatment not in programme.treatments and "treatments" not in said.unread:
        remedy = nearest(target.treatment, programme.treatments)
        said.fault("target.treatment must be one of the treatments", target.treatment, remedy)
    for name in target.stains if "markers" not in said.unread else ():
        if name not in markers:
            said.fault("target.stains must name markers of this file", name, nearest(name, markers))
    if target.expected not in {"", *DIRECTIONS}:
        said.fault(f"target.expected must be one of {', '.join(DIRECTIONS)}", target.expected)


def _check_endpoints(said: Said, programme: Programme) -> None:
    for name, known in programme.endpoints.items():
        least = 1 if known.scale == "ratio" else 0
        if not known.margin > least:
            said.fault(f"endpoints.{name}.margin of a {known.scale} must be > {least}", f"{known.margin:g}")


def _check_notes(said: Said, programme: Programme) -> None:
    analyses = {one for given in programme.questions.values() for one in given}
    further = {
        "cytokines": ([*programme.analytes, *programme.expected_analytes], {"analytes", "values.mechanism"}),
        "overview": ([*analyses, *programme.notes], {"questions"}),
    }
    for notebook, sections in programme.notes.items():
        names, needed = further.get(notebook, ([], set()))
        known = list(dict.fromkeys([*SECTIONS, *names]))
        for section in sections if not needed & said.unread else ():
            if section not in known:
                rule = f"the sections of notes.{notebook} must be among {', '.join(known)}"
                said.fault(rule, section, nearest(section, known))


def _check_record(said: Said) -> None:
    if "record" not in said.frames:
        return
    kinds = said.frames["record"]["kind"]
    for kind, rows in kinds[~kinds.isin(KINDS)].groupby(kinds):
        rule = f"the kind of a line of the record must be one of {', '.join(KINDS)}"
        said.fault(rule, kind, table="record", rows=list(rows.index))
