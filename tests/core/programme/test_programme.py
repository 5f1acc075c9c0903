"""A programme as it is loaded: what the suite's own says, against its tables typed out; every fault of a
folder at once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from lib.errors import InputError
from lib.places import PUBLISHED
from lib.programme import Programme, find_programme, load_programme

PAIR = ("defactinib", "avutometinib")
MINIMAL = "title: Small\n"
COLUMNS = "table,item,group,quantity,value,unit,source,status,note\n"


@pytest.fixture(scope="module")
def own() -> Programme:
    return load_programme()


# --- what the suite's own programme says


def test_names_and_questions(own: Programme) -> None:
    assert (own.name, own.title) == ("defactinib", "Defactinib in the tumour microenvironment")
    assert own.indication == "recurrent low-grade serous ovarian cancer"
    assert (own.panel_title, own.panel_species) == ("Table 2", "human")
    assert own.groups == {"KRAS mutant": "marker", "KRAS wild type": "marker"}
    assert list(own.questions.items())[:3] == [
        ("Is the target hit?", ("target_engagement", "ihc")),
        ("Does signalling fall?", ("target_engagement",)),
        ("Is growth inhibited?", ("ic50",)),
    ]
    assert len(own.questions) == 8
    assert own.target
    assert (own.target.readout, own.target.treatment, own.target.expected) == (
        "pFAK_Y397",
        "FAK inhibition",
        "reduced",
    )


def test_published_ic50s(own: Programme) -> None:
    rows = own.ic50.set_index("cell_line")
    assert rows["mean_uM"].to_dict() == {"UTE1": 2.8, "UTE2": 3.8, "UTE3": 1.7, "UTE10": 2.5, "UTE11": 2.1}
    assert rows["sd_uM"].to_dict() == {"UTE1": 0.5, "UTE2": 0.7, "UTE3": 0.3, "UTE10": 0.4, "UTE11": 0.3}
    assert set(rows["compound"]) == {"defactinib"}
    assert set(rows["status"]) == {"secondary"}


def test_published_directions(own: Programme) -> None:
    assert own.directions == {
        "Naïve CD4+ T cells": "increased",
        "Naïve CD8+ T cells": "increased",
        "Myeloid immunosuppressive cells": "reduced",
        "Regulatory T cells": "reduced",
        "Exhausted T cells": "reduced",
        "Peripheral MDSCs": "reduced",
        "CD8+ T cells": "increased",
        "MDSCs": "reduced",
    }
    assert own.phenotypes == {
        "Naïve CD4+ T cells": "CD45RA+PD-1+CD69+",
        "Naïve CD8+ T cells": "CD45RA+PD-1+CD69+",
        "Exhausted T cells": "PD-1+CD69+",
    }
    assert set(own.populations) == set(own.directions)
    assert "tregs" in own.populations["Regulatory T cells"]


def printed(own: Programme, treatment: str, quantity: str) -> dict[str, str]:
    rows = own.published_under(treatment, quantity)
    return {row.item: f"{row.value} {row.unit}".strip() for row in rows.itertuples()}


def test_readouts_under_the_programmes_own_compounds(own: Programme) -> None:
    names = [
        "pFAK Y397",
        "PI3K–FAK association",
        "pAKT S473",
        "pERK",
        "SOX2",
        "MYC",
        "EGFR",
        "MET",
        "MDM2",
        "TGFBR2",
    ]
    assert printed(own, "FAK inhibition", "direction") == dict.fromkeys(names, "reduced")
    assert printed(own, "VS-6063", "cellular_ic50") == {"pFAK Y397": "not found"}
    assert printed(own, "defactinib", "inhibition_constant") == {"FAK": "0.6 nM", "PYK2": "0.6 nM"}
    assert own.readouts == {"PI3K_FAK_complex": "PI3K–FAK association"}


@pytest.mark.parametrize("treatment", ["MEK inhibition", "both", "surgery"])
def test_nothing_is_published_under_other_treatments(own: Programme, treatment: str) -> None:
    assert own.published_under(treatment, "direction").empty


def test_treatments_and_their_nodes(own: Programme) -> None:
    assert own.treatments == {
        "FAK inhibition": ("defactinib",),
        "MEK inhibition": ("avutometinib",),
        "both": PAIR,
    }
    assert own.drugs == {
        "FAK inhibition": ("Defactinib",),
        "MEK inhibition": ("Avutometinib",),
        "both": ("Defactinib", "Avutometinib"),
    }
    assert own.given_by("fak Inhibition") == ("defactinib",)
    assert own.given_by("VS 6766") == ("avutometinib",)
    assert own.given_by("surgery") == ()


def test_panel_protocols_and_markers(own: Programme) -> None:
    assert own.panel.set_index("marker")["fluorochrome"].to_dict() == {
        "CD45": "FITC",
        "CD3": "PE",
        "CD4": "PerCP",
        "CD8": "APC",
        "CD25": "PE-Cy7",
        "FoxP3": "Alexa Fluor 647",
        "CD11b": "Pacific Blue",
        "Gr-1": "APC-Cy7",
    }
    assert set(own.protocols) == {"ihc", "flow"}
    assert own.protocol_titles["flow"] == "The published protocol"
    assert own.protocols["ihc"]["step"].is_monotonic_increasing
    assert own.markers["FAK"].compartment == "cytoplasm"
    assert own.markers["PYK2"].aliases == ("pPYK2",)


def test_published_clinical_values(own: Programme) -> None:
    rows = own.clinical.set_index(["endpoint", "group"])
    assert rows["value"].to_dict() == {
        ("ORR", "KRAS mutant"): 44,
        ("ORR", "KRAS wild type"): 17,
        ("DCR at 6 months", "KRAS mutant"): 70,
        ("DCR at 6 months", "KRAS wild type"): 50,
        ("DoR", "KRAS mutant"): 31.1,
        ("DoR", "KRAS wild type"): 9.2,
        ("PFS", "KRAS mutant"): 22.0,
        ("PFS", "KRAS wild type"): 12.8,
    }
    assert rows.loc[("ORR", "KRAS mutant"), ["margin", "scale", "unit"]].tolist() == [
        15,
        "difference",
        "percent",
    ]
    assert rows.loc[("PFS", "KRAS mutant"), ["margin", "scale", "unit"]].tolist() == [1.5, "ratio", "months"]
    assert rows.loc[("PFS", "KRAS wild type"), "status"] == "unverified"
    printed = [(one["responders"], one["n"], one["printed"], one["group"]) for one in own.printed_intervals]
    assert printed == [(25, 57, "31–58", "KRAS mutant"), (34, 109, "23–41", "all patients")]


def test_values_hold_their_role_and_number(own: Programme) -> None:
    facts = own.table("facts").set_index(["item", "group", "quantity"])["number"]
    assert facts["Objective response rate", "FRAME", "rate"] == 42.3
    assert own.table("mechanism")["number"].notna().sum() == 2
    assert own.table("absent").empty
    assert (own.values["source"] != "").all()


def test_notes_and_record(own: Programme) -> None:
    assert own.note("ic50", "published")[0].startswith("Table 3 of the technical guide")
    assert len(own.note("target_engagement", "limits")) == 1
    assert own.note("ic50", "absent") == own.note("absent", "published") == ()
    assert own.record["kind"].value_counts().to_dict() == {"gap": 12, "contradiction": 9}


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("IL-6", "IL-6"),
        ("il6", "IL-6"),
        ("IL 6 (pg/mL)", "IL-6"),
        ("TGF-β1 (total)", "TGF-β"),
        ("TGFB1", "TGF-β"),
        ("tgf beta", "TGF-β"),
        ("IL-6R", None),
        ("IL-60", None),
        ("TGF-α", None),
        ("TGFA", None),
        ("TNF-α", None),
    ],
)
def test_analytes_go_by_their_beginning(own: Programme, name: str, known: str | None) -> None:
    assert own.analyte_named(name) == known
    assert own.expected_analytes == {"IL-6": "reduced", "TGF-β": "reduced"}


# --- names and pairs


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Defactinib", "defactinib"),
        ("vs6063", "defactinib"),
        ("VS-6063", "defactinib"),
        ("vs 6063", "defactinib"),
        ("PF 04554878", "defactinib"),
        ("GSK-1120212", "trametinib"),
        ("VS-7128", None),
        ("", None),
    ],
)
def test_compounds_go_by_any_of_their_names(own: Programme, name: str, known: str | None) -> None:
    assert own.compound_named(name) == known


@pytest.mark.parametrize(
    ("one", "other", "interaction"),
    [
        ("defactinib", "avutometinib", "synergy"),
        ("VS-6766", "vs 6063", "synergy"),
        ("trametinib", "Defactinib", "synergy"),
        ("defactinib", "cisplatin", None),
        ("cisplatin", "defactinib", None),
        ("avutometinib", "trametinib", None),
        ("defactinib", "VS-6063", None),
        ("cisplatin", "paclitaxel", None),
    ],
)
def test_pairs_by_kind(own: Programme, one: str, other: str, interaction: str | None) -> None:
    found = own.combination_of(one, other)
    assert (found.interaction if found else None) == interaction


def test_pairs_by_name(tmp_path: Path) -> None:
    small = load_programme(
        write(
            tmp_path,
            MINIMAL
            + """
compounds: {alpha: {kind: X inhibitor}, beta: {kind: Y inhibitor}, gamma: {kind: Y inhibitor}}
combinations: [{compound: alpha, partner: beta, interaction: antagonism, source: here}]
""",
        )
    )
    found = small.combination_of("Beta", "ALPHA")
    assert found
    assert (found.interaction, found.source) == ("antagonism", "here")
    assert small.combination_of("alpha", "gamma") is None


# --- none


@pytest.mark.parametrize("where", ["none", None])
def test_none_says_nothing(where: str | None) -> None:
    empty = load_programme(where)
    assert (empty.name, empty.title, empty.indication, empty.panel_title) == ("none", "", "", "")
    assert empty.target is None
    assert empty.pathway is None
    for frame in (
        empty.values,
        empty.ic50,
        empty.clinical,
        empty.panel,
        empty.record,
        empty.table("mechanism"),
    ):
        assert frame.empty
        assert len(frame.columns)
    for mapping in (
        empty.compounds,
        empty.combinations,
        empty.treatments,
        empty.readouts,
        empty.protocols,
        empty.markers,
        empty.populations,
        empty.analytes,
        empty.endpoints,
        empty.printed_intervals,
        empty.groups,
        empty.notes,
        empty.questions,
        empty.directions,
        empty.phenotypes,
        empty.drugs,
        empty.expected_analytes,
        empty.protocol_titles,
    ):
        assert len(mapping) == 0
    assert empty.compound_named("defactinib") is None
    assert empty.combination_of(*PAIR) is None
    assert empty.analyte_named("IL-6") is None
    assert empty.published_under("FAK inhibition", "direction").empty
    assert empty.note("ic50", "published") == ()


# --- finding and loading


def write(folder: Path, text: str, **files: str) -> Path:
    (folder / "programme.yaml").write_text(text, encoding="utf-8")
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    return folder


def test_a_folder_is_found_from_where_the_study_lies(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    write(folder, MINIMAL)
    assert find_programme("mine", tmp_path) == folder.resolve()
    assert find_programme(str(folder)) == folder.resolve()
    assert find_programme("none", tmp_path) is None
    assert find_programme("defactinib", tmp_path) == (PUBLISHED / "defactinib").resolve()
    assert load_programme(folder).title == "Small"


def test_an_unknown_programme_is_named(tmp_path: Path) -> None:
    for call in (
        lambda: find_programme("elsewhere", tmp_path),
        lambda: load_programme(tmp_path / "elsewhere"),
    ):
        with pytest.raises(InputError, match=r"one of defactinib, none, or a folder .*; got .*elsewhere"):
            call()


@pytest.mark.parametrize("typed", ["./defactinib", "deep/../defactinib", "ABSOLUTE"])
def test_a_path_is_a_folder_and_never_the_suites(tmp_path: Path, typed: str) -> None:
    (folder := tmp_path / "defactinib").mkdir()
    (tmp_path / "deep").mkdir()
    typed = typed.replace("ABSOLUTE", str(folder))
    with pytest.raises(InputError, match=re.escape(f"a folder that holds programme.yaml; got {typed}")):
        find_programme(typed, tmp_path)
    write(folder, MINIMAL)
    assert find_programme(typed, tmp_path) == folder.resolve()
    assert find_programme(".", folder) == find_programme("../defactinib", folder) == folder.resolve()


def test_a_name_that_means_two_is_refused(tmp_path: Path) -> None:
    (folder := tmp_path / "defactinib").mkdir()
    assert find_programme("defactinib", tmp_path) == (PUBLISHED / "defactinib").resolve()
    write(folder, MINIMAL)
    with pytest.raises(InputError, match=r"not both; got defactinib\. Write \./defactinib for the folder"):
        find_programme("defactinib", tmp_path)
    assert find_programme("defactinib", PUBLISHED) == (PUBLISHED / "defactinib").resolve()
    (tmp_path / "link").symlink_to(folder)
    assert find_programme("link", tmp_path) == folder.resolve()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("None", "none"),
        ("none ", "none"),
        ("NONE", "none"),
        ("Defactinib", "defactinib"),
        ("defactinb", "defactinib"),
    ],
)
def test_near_names_are_suggested(tmp_path: Path, typed: str, meant: str) -> None:
    with pytest.raises(InputError, match=rf'got "?{typed}"?\. Did you mean "{meant}"\?'):
        find_programme(typed, tmp_path)


@pytest.mark.parametrize("typed", ["", " "])
def test_no_name_is_no_folder(tmp_path: Path, typed: str) -> None:
    with pytest.raises(InputError, match=r'or a folder .*; got (nothing|" ")\. Write programme: none'):
        find_programme(typed, write(tmp_path, MINIMAL))


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    assert load_programme(write(tmp_path, MINIMAL)).title == "Small"
    assert load_programme(write(tmp_path, "title: Another\n")).title == "Another"


def test_a_copy_of_the_own_programme_is_the_same(tmp_path: Path, own: Programme) -> None:
    copy = load_programme(shutil.copytree(PUBLISHED / "defactinib", tmp_path / "copy"))
    pd.testing.assert_frame_equal(copy.values, own.values)
    assert copy.compounds == own.compounds


def test_names_stay_as_written(tmp_path: Path) -> None:
    small = load_programme(
        write(
            tmp_path,
            """
title: 12
compounds: {010: {aliases: [no, 1e3]}}
treatments: {on: [010]}
populations: {01: [1, 2]}
questions: [{question: 7, analyses: [ic50]}]
notes: {ic50: {published: 3, limits: [4, yes]}}
""",
        )
    )
    assert small.title == "12"
    assert small.compounds["010"].aliases == ("no", "1e3")
    assert small.treatments == {"on": ("010",)}
    assert small.populations == {"01": ("1", "2")}
    assert small.questions == {"7": ("ic50",)}
    assert small.notes == {"ic50": {"published": ("3",), "limits": ("4", "yes")}}


# --- faults


def test_every_fault_of_a_folder_at_once(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        """
colour: blue
values: {ic50: absent.csv, clinical: short.csv}
compounds: {alpha: {}}
treatments: {half: [alpha, beta]}
""",
        short="table,item\nclinical,x\n",
    )
    with pytest.raises(InputError) as raised:
        load_programme(folder)
    said = str(raised.value)
    for pattern in (
        r"title must say .*; got nothing",
        r"keys must be among title, .*; got colour",
        r"values\.ic50 must name a CSV .*; got absent\.csv",
        (
            r"short\.csv must hold the columns table, item, group, .*; got no group, quantity.* in"
            r" \w+/short\.csv"
        ),
        r"treatments\.half must name compounds of this file; got beta",
    ):
        assert re.search(pattern, said), pattern
    assert said.count("programme.yaml") >= 4
    assert len(raised.value.faults) == 5


def test_names_that_the_file_does_not_know(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        MINIMAL
        + """
compounds: {alpha: {aliases: [A-1]}, beta: {aliases: [a1], kind: Y inhibitor}}
treatments: {half: [alpha, delta], bare: []}
target: {readout: pX, treatment: whole, expected: downwards}
combinations: [{compound: gamma, partner: Z inhibitor, interaction: synergy, source: here}]
values: {ic5O: odd.csv}
endpoints: {PFS: {item: Median, quantity: median, margin: 0.5, scale: ratio}}
""",
        odd=COLUMNS + "x,a,b,c,d,,s,,\n",
    )
    with pytest.raises(InputError) as raised:
        load_programme(folder)
    said = str(raised.value)
    for pattern in (
        r"one compound; got a1 of alpha and beta",
        r"treatments\.half must name compounds of this file; got delta",
        r"treatments\.bare must name a compound; got nothing",
        r"target\.treatment must be .*; got whole",
        r"target\.expected must be one of increased, reduced; got downwards",
        r"combinations must name .*; got gamma",
        r"partner must be .*; got Z inhibitor",
        r"values must be among populations, .*; got ic5O",
        r"endpoints\.PFS\.margin of a ratio must be > 1; got 0\.5",
    ):
        assert re.search(pattern, said), pattern


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("- one\n- two\n", r"must hold lines `key: value`; got \['one', 'two'\]"),
        ("", r"must hold lines `key: value`; got nothing"),
        ("title: [", r"programme\.yaml must be YAML; got while parsing"),
        ("title: a\ntitle: b\n", r"programme\.yaml must be YAML; got title stands twice"),
        ("compounds: [alpha]", r"compounds must hold lines `name: value`; got \['alpha'\]"),
        ("compounds: {alpha: beta}", r"compounds\.alpha must hold lines `name: value`; got beta"),
        (
            "compounds: {alpha: {colour: red}}",
            r"compounds\.alpha must hold keys among name, aliases, .*; got colour",
        ),
        ("compounds: {alpha: {aliases: A-1}}", r"compounds\.alpha\.aliases must be a list; got A-1"),
        ("compounds: {alpha: {kind: [a, b]}}", r"compounds\.alpha\.kind must be a text; got \['a', 'b'\]"),
        ("combinations: {compound: alpha}", r"combinations must be a list; got \{'compound': 'alpha'\}"),
        ("combinations: [alpha]", r"combinations must hold lines `name: value`; got alpha"),
        (
            "combinations: [{compound: alpha}]",
            r"combinations must have partner, interaction, source; got compound",
        ),
        ("treatments: alpha", r"treatments must hold lines `name: value`; got alpha"),
        ("treatments: {half: alpha}", r"treatments\.half must be a list; got alpha"),
        ("target: pX", r"target must hold lines `name: value`; got pX"),
        ("target: {readout: pX}", r"target must have treatment; got readout"),
        ("readouts: {pX: [a]}", r"readouts\.pX must be a text; got \['a'\]"),
        ("pathway: nodes.csv", r"pathway must hold lines `name: value`; got nodes\.csv"),
        ("pathway: {nodes: nodes.csv}", r"pathway\.edges must name a CSV file .*; got nothing"),
        ("protocols: {ihc: steps.csv}", r"protocols\.ihc must hold lines `name: value`; got steps\.csv"),
        ("protocols: {ihc: {title: Steps}}", r"protocols\.ihc\.file must name a CSV file .*; got nothing"),
        (
            "markers: {X: {compartment: membrane}}",
            r"markers\.X\.compartment must be one of nucleus, cytoplasm, cell; got membrane",
        ),
        ("markers: {X: }", r"markers\.X must have compartment; got nothing"),
        ("populations: {CD8: cd8}", r"populations\.CD8 must be a list; got cd8"),
        ("analytes: {IL-6: {il6: il-6}}", r"analytes\.IL-6 must be a list; got \{'il6': 'il-6'\}"),
        (
            "endpoints: {ORR: {item: Rate, quantity: rate, margin: wide, scale: difference}}",
            r"endpoints\.ORR\.margin must be a number; got wide",
        ),
        (
            "endpoints: {ORR: {item: Rate, quantity: share, margin: 5, scale: difference}}",
            r"endpoints\.ORR\.quantity must be one of rate, median; got share",
        ),
        (
            "printed_intervals: [{group: a, n: 5}]",
            r"printed_intervals must have group, responders, n, printed; got no responders, printed",
        ),
        (
            "printed_intervals: [{group: a, n: many, responders: 2, printed: 1–2}]",
            r"printed_intervals\.n must be a whole number; got many",
        ),
        ("questions: Is it hit?", r"questions must be a list; got Is it hit\?"),
        ('questions: ["Is it hit?"]', r"questions must hold lines `name: value`; got Is it hit\?"),
        (
            'questions: [{question: "Is it hit?"}]',
            r"questions must have question and analyses; got Is it hit\?",
        ),
        ('questions: [{question: "A?", analyses: ic50}]', r"questions\.analyses must be a list; got ic50"),
        (
            'questions: [{question: "A?", analyses: [ic50]}, {question: "A?", analyses: [ihc]}]',
            r"a question must stand once; got A\?",
        ),
        ("notes: {ic50: a paragraph}", r"notes\.ic50 must hold lines `name: value`; got a paragraph"),
        ("record: 3", r"record must name a CSV file .*; got 3"),
        ("indication: cancer", r"indication must hold lines `name: value`; got cancer"),
        ("groups: [a, b]", r"groups must hold lines `name: value`; got \['a', 'b'\]"),
    ],
)
def test_malformed_sections_are_faults_not_tracebacks(tmp_path: Path, text: str, match: str) -> None:
    headed = text if text in ("", "title: [") or text.startswith(("-", "title")) else MINIMAL + text
    with pytest.raises(InputError, match=match):
        load_programme(write(tmp_path, headed, nodes="node,label,kind,readout,column,row\n"))


TABLES: list[tuple[str, str, str, str]] = [
    (
        "values: {ic50: t.csv}",
        COLUMNS + "x,L1,alpha,ic50,two,µM,s,,\n",
        r"values\.ic50 must hold numbers > 0; got two as ic50 of alpha, L1",
        "t",
    ),
    (
        "values: {ic50: t.csv}",
        COLUMNS + "x,L1,alpha,ic50,2,µM,s,,\nx,L1,alpha,ic50,3,µM,s,,\n",
        r"ic50 must hold a value once; got L1, alpha, ic50",
        "t",
    ),
    (
        "values: {populations: t.csv}",
        COLUMNS + "x,CD8,alpha,direction,up,,s,,\n",
        r"direction of a population must be one of increased, reduced; got up of CD8",
        "t",
    ),
    (
        "protocols: {ihc: {file: t.csv}}",
        "step,name,substep,action,reagent,concentration,repeats,time_min,temperature_c,optional,source,status,note\nfirst"
        + "," * 12,
        r"step must be a whole number; got first in \w+/t\.csv row 2",
        "t",
    ),
    (
        "record: t.csv",
        "kind,subject,what,source\nrumour,a,b,c\n",
        r"kind of a line of the record must be one of contradiction, gap; got rumour",
        "t",
    ),
    (
        "record: t.csv",
        "kind,subject\n",
        r"t\.csv must hold the columns kind, subject, what, source; got no what, source",
        "t",
    ),
]


@pytest.mark.parametrize(("text", "table", "match", "name"), TABLES)
def test_tables_beside_the_file(tmp_path: Path, text: str, table: str, match: str, name: str) -> None:
    with pytest.raises(InputError, match=match):
        load_programme(write(tmp_path, MINIMAL + text, **{name: table}))


def test_pathways_that_do_not_hold_together(tmp_path: Path) -> None:
    text = MINIMAL + "compounds: {alpha: {node: Alpha}}\npathway: {nodes: n.csv, edges: e.csv}\n"
    nodes = "node,label,kind,readout,column,row\nA,A,kinase,pA,0,0\nA,A,kinase,,1,1\n"
    edges = "edge,source,target,sign,context,requires,evidence,status,bend\nA-B,A,B,2,all,,e,s,0\n"
    with pytest.raises(InputError) as raised:
        load_programme(write(tmp_path, text, n=nodes, e=edges))
    said = str(raised.value)
    for pattern in (
        r"node must be one of the pathway; got Alpha",
        r"edge A-B must be nodes of the pathway; got B",
        r"sign of the edge A-B must be 1 or -1; got 2",
        r"every node of the pathway must stand once; got A",
    ):
        assert re.search(pattern, said), pattern


@pytest.mark.parametrize("broken", [b"title: \xff\xfe", b"title: a\n\x00", b"a: &a [*a]\ntitle: x\n"])
def test_bytes_that_are_no_yaml(tmp_path: Path, broken: bytes) -> None:
    (tmp_path / "programme.yaml").write_bytes(broken)
    with pytest.raises(InputError, match=r"programme\.yaml must be YAML; got"):
        load_programme(tmp_path)


@pytest.mark.parametrize(
    "shape", [lambda v: [v], lambda v: {"x": v}, lambda _: "word", lambda _: 7, lambda _: None]
)
def test_any_section_of_any_shape_ends_in_faults_or_loads(
    tmp_path: Path, shape: Callable[[object], object]
) -> None:
    """Every section of the suite's own file replaced in turn."""
    import yaml

    content = yaml.safe_load((PUBLISHED / "defactinib" / "programme.yaml").read_text(encoding="utf-8"))
    folder = shutil.copytree(PUBLISHED / "defactinib", tmp_path / "copy")
    outcomes = []
    for key in content:
        changed = yaml.safe_dump(content | {key: shape(content[key])}, allow_unicode=True)
        (folder / "programme.yaml").write_text(changed, encoding="utf-8")
        try:
            outcomes.append(load_programme(folder).name)
        except InputError as error:
            outcomes.append(str(error))
    assert len(outcomes) == len(content)
    assert all("copy" in said for said in outcomes)
