"""What of a programme's own files is refused: tables elsewhere, units, words, names, numbers, doubles,
graphs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from lib.errors import InputError
from lib.places import PUBLISHED
from lib.programme import Programme, load_programme

HEADER = "table,item,group,quantity,value,unit,source,status,note\n"
NODES, EDGES = (
    "node,label,kind,readout,column,row\n",
    "edge,source,target,sign,context,requires,evidence,status,bend\n",
)
STEPS = "step,name,substep,action,reagent,concentration,repeats,time_min,temperature_c,optional,source,status,note\n"
SECOND = Path(__file__).parents[2] / "house" / "second_programme"
ALPHA = "compounds: {alpha: {aliases: [A-1], node: A}}\n"


def write(folder: Path, text: str, **tables: str) -> Path:
    (folder / "programme.yaml").write_text(f"title: T\n{text}", encoding="utf-8")
    for name, content in tables.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    return folder


def load(folder: Path, text: str, **tables: str) -> Programme:
    return load_programme(write(folder, text, **tables))


def refused(folder: Path, text: str, **tables: str) -> str:
    with pytest.raises(InputError) as raised:
        load(folder, text, **tables)
    return str(raised.value)


# --- files


def test_files_are_the_programmes_own_and_nothing_else(tmp_path: Path) -> None:
    own = load_programme()
    assert own.files[0] == "programme.yaml"
    assert list(own.files[1:]) == sorted(path.name for path in (PUBLISHED / "defactinib").glob("*.csv"))
    second = (
        "programme.yaml",
        "clinical.csv",
        "edges.csv",
        "ic50.csv",
        "mechanism.csv",
        "nodes.csv",
        "populations.csv",
    )
    assert load_programme(SECOND).files == second
    folder = shutil.copytree(SECOND, tmp_path / "second")
    (folder / "measured.csv").write_text("of the study\n", encoding="utf-8")
    assert load_programme(folder).files == second
    assert load_programme("none").files == ()


@pytest.mark.parametrize(
    "name",
    ["../t.csv", "sub/t.csv", "t.txt", "t.CSV", "t.csv.gz", "sub\\t.csv", ".", ".csv", "http://x/t.csv"],
)
@pytest.mark.parametrize(
    "key",
    [
        "values: {ic50: NAME}",
        "protocols: {ihc: {file: NAME}}",
        "record: NAME",
        "pathway: {nodes: NAME, edges: NAME}",
    ],
)
def test_tables_lie_beside_under_a_plain_name(tmp_path: Path, name: str, key: str) -> None:
    folder = tmp_path / "p"
    (folder / "sub").mkdir(parents=True)
    for place in ("t.csv", "p/sub/t.csv", "p/t.txt", "p/t.CSV", "p/t.csv.gz"):
        (tmp_path / place).write_text(HEADER, encoding="utf-8")
    said = refused(folder, key.replace("NAME", f"'{name}'"))
    assert f"must name a CSV file beside programme.yaml; got {name} in p/programme.yaml. Put it there" in said


def test_a_table_of_an_absolute_path_is_refused_and_a_link_is_not(tmp_path: Path) -> None:
    (folder := tmp_path / "p").mkdir()
    (far := tmp_path / "far.csv").write_text(HEADER, encoding="utf-8")
    assert f"beside programme.yaml; got {far}"[:60] in refused(folder, f"values: {{ic50: '{far}'}}")
    (folder / "near.csv").symlink_to(far)
    assert load(folder, "values: {ic50: near.csv}").files == ("programme.yaml", "near.csv")


@pytest.mark.parametrize(
    ("table", "match"),
    [
        (
            HEADER + "x,L1,alpha,ic50,2,µM,s,\n",
            r"every row of t\.csv .* header, 9; got 8 in \w+/t\.csv row 2\.",
        ),
        (HEADER + "\nx,L1,alpha,ic50,2,µM,s,,,\n", r"header, 9; got 10 in \w+/t\.csv row 3\."),
        (HEADER.replace("note", "note,unit"), r"t\.csv must hold a column once; got unit in \w+/t\.csv\."),
        ("", r"t\.csv must hold the columns table, item, .*; got no table"),
        (HEADER + '"a,b\n', r"t\.csv must be a CSV table in UTF-8; got unexpected end of data in \w+/t\.csv"),
    ],
)
def test_tables_that_cannot_be_read(tmp_path: Path, table: str, match: str) -> None:
    assert re.search(match, refused(tmp_path, ALPHA + "values: {ic50: t.csv}", t=table))


# --- published values


@pytest.mark.parametrize(
    ("unit", "micromolar"),
    [("µM", 1), ("μM", 1), ("uM", 1), ("nM", 1e-3), ("pM", 1e-6), ("mM", 1e3), ("M", 1e6)],
)
def test_ic50s_are_micromolar_whatever_unit_they_were_published_in(
    tmp_path: Path, unit: str, micromolar: float
) -> None:
    rows = f"x,L1,alpha,ic50,2.5,{unit},s,,\nx,L1,alpha,ic50_sd,300,nM,s,,\n"
    found = load(tmp_path, ALPHA + "values: {ic50: t.csv}", t=HEADER + rows).ic50
    assert found["mean_uM"].tolist() == [pytest.approx(2.5 * micromolar)]
    assert found["sd_uM"].tolist() == [pytest.approx(0.3)]


ENDPOINTS = """endpoints:
  ORR: {item: Rate, quantity: rate, margin: 10, scale: difference}
  PFS: {item: Median, quantity: median, margin: 1.5, scale: ratio}
"""
RESULTS = "x,Rate,a,rate,40,percent,s,,\nx,Median,a,median,9,months,s,,\n"


@pytest.mark.parametrize(
    ("role", "rows", "match"),
    [
        (
            "ic50",
            "x,L1,alpha,ic50,2,kg,s,,",
            r"unit of values\.ic50 must be one of µM, M, .*; got kg as .* alpha, L1 in \w+/t\.csv row 2",
        ),
        ("ic50", "x,L1,alpha,ic50,2,nm,s,,", r"unit of values\.ic50 .*; got nm"),
        ("ic50", "x,L1,alpha,ic50,2,,s,,", r"unit of values\.ic50 .*; got nothing"),
        ("ic50", "x,L1,alpha,ic50,inf,µM,s,,", r"value must be a finite number; got inf in \w+/t\.csv row 2"),
        (
            "ic50",
            "x,L1,alpha,ic50,1e999,µM,s,,",
            r"values\.ic50 must hold numbers > 0; got 1e999 as ic50 of alpha, L1",
        ),
        (
            "ic50",
            "x,L1,alpha,ic50_sd,2,µM,s,,",
            r"beside the ic50 of its group and item; got ic50_sd of alpha, L1",
        ),
        ("ic50", "x,L1,alpha,IC50,2,µM,s,,", r"quantity must be written ic50; got IC50 of L1"),
        (
            "ic50",
            "x,L1,A-1,ic50,2,µM,s,,",
            r"group of values\.ic50 must be .*; got A-1 in \w+/t\.csv row 2\. Write alpha\.",
        ),
        (
            "ic50",
            "x,L1,alpa,ic50,2,µM,s,,",
            r"group of values\.ic50 .*; got alpa in .* Did you mean \"alpha\"\?",
        ),
        (
            "clinical",
            "x,Rate,b,rate,0.4,fraction,s,,",
            r"unit of a rate .* must be percent; got fraction .* row 4\. Write percent\.",
        ),
        (
            "clinical",
            "x,Rate,b,rate,440,percent,s,,",
            r"a rate .* must be 0 to 100 percent; got 440 as the rate of Rate, b in \w+/t\.csv row 4",
        ),
        ("clinical", "x,Rate,b,rate,-4,percent,s,,", r"a rate .* must be 0 to 100 percent; got -4"),
        ("clinical", "x,Rate,b,rate,high,percent,s,,", r"a rate .* must be 0 to 100 percent; got high"),
        (
            "clinical",
            "x,Median,b,median,300,days,s,,",
            r"unit of a median .* must be months; got days .* Write months\.",
        ),
        ("clinical", "x,Median,b,median,2,years,s,,", r"unit of a median .* must be months; got years"),
        (
            "clinical",
            "x,Median,b,median,0,months,s,,",
            r"a median .* must be a number > 0; got 0 as the median of Median, b",
        ),
        (
            "clinical",
            "x,Median,a,median,8,months,s,,",
            r"values\.clinical must hold a value once; got Median, a, median in \w+/t\.csv row 4",
        ),
        (
            "mechanism",
            "x,pX,alpha,direction,lowered,,s,,",
            (
                r"direction of a value of mechanism must be one of increased, reduced, unchanged; got lowered"
                r" of pX"
            ),
        ),
        (
            "mechanism",
            "x,IL-6,alpha,expected_direction,Reduced,,s,,",
            r"expected_direction of .*; got Reduced of IL-6 in .*Did you mean \"reduced\"\?",
        ),
        (
            "mechanism",
            "x,pX,alpha,interaction,wonderful,,s,,",
            r"interaction of .* one of synergy, antagonism, additivity; got wonderful",
        ),
        (
            "mechanism",
            "x,pX,alpha,direction,reduced,,s,,\nx,pX,alpha,direction,increased,,s,,",
            r"mechanism must hold a value once; got pX, alpha, direction in \w+/t\.csv row 3",
        ),
        (
            "mechanism",
            "x,Y,alpha,expected_direction,reduced,,s,,\nx,Y,b,expected_direction,increased,,s,,",
            r"mechanism must hold a value once; got Y, b, expected_direction",
        ),
        (
            "populations",
            "x,CD8,alpha,direction,reduced,,s,,\nx,CD8,b,direction,increased,,s,,",
            r"populations must hold a value once; got CD8, b, direction in \w+/t\.csv row 3",
        ),
        (
            "panel",
            "x,CD8,p,fluorochrome,PE,,s,,\nx,CD8,q,fluorochrome,APC,,s,,",
            r"panel must hold a value once; got CD8, q, fluorochrome",
        ),
        (
            "panel",
            "x,CD8,p,fluorochrome,,,s,,",
            r"every marker of the panel must have a fluorochrome; got none of CD8",
        ),
    ],
)
def test_published_values_that_methods_cannot_use(tmp_path: Path, role: str, rows: str, match: str) -> None:
    further = ENDPOINTS if role == "clinical" else ""
    table = HEADER + (RESULTS if role == "clinical" else "") + rows
    assert re.search(match, refused(tmp_path, f"{ALPHA}{further}values: {{{role}: t.csv}}", t=table))


def test_values_within_the_rules_load(tmp_path: Path) -> None:
    assert len(load(tmp_path, f"{ENDPOINTS}values: {{clinical: t.csv}}", t=HEADER + RESULTS).clinical) == 2
    rows = "x,AKT,alpha,direction,unchanged,,s,,\nx,AKT,b,direction,reduced,,s,,\n"
    assert len(load(tmp_path, f"{ALPHA}values: {{mechanism: t.csv}}", t=HEADER + rows).values) == 2


def test_an_endpoint_is_an_item_of_the_clinical_table(tmp_path: Path) -> None:
    said = refused(
        tmp_path, ENDPOINTS.replace("Median,", "Medians,") + "values: {clinical: t.csv}", t=HEADER + RESULTS
    )
    assert "endpoints.PFS.item must be an item of values.clinical with a median; got Medians" in said
    assert 'Did you mean "Median"?' in said
    other = refused(
        tmp_path,
        ENDPOINTS.replace("quantity: rate", "quantity: median") + "values: {clinical: t.csv}",
        t=HEADER + RESULTS,
    )
    assert "endpoints.ORR.item must be an item of values.clinical with a median; got Rate" in other


# --- lines of programme.yaml


INTERVAL = "printed_intervals: [{{group: all, responders: {r}, n: {n}, printed: '{printed}'}}]"


@pytest.mark.parametrize(
    ("r", "n", "printed", "match"),
    [
        (99, 57, "31–58", r"responders must be 0 to n; got 99 of 57 of all"),
        (-1, 57, "31–58", r"responders must be 0 to n; got -1 of 57"),
        (0, 0, "31–58", r"n must be > 0; got 0 of all"),
        (25, 57.5, "31–58", r"n must be a whole number; got 57\.5"),
        (25, "1e400", "31–58", r"n must be a whole number; got 1e400"),
        (25, 57, "about 40", r"printed must be two bounds .*; got about 40 of all in .* such as 31–58"),
        (25, 57, "58–31", r"printed must be two bounds .*; got 58–31 of all"),
        (25, 57, "31–31", r"printed must be two bounds .*; got 31–31 of all"),
        (25, 57, "31–158", r"printed must be two bounds .*; got 31–158 of all"),
    ],
)
def test_printed_intervals_that_cannot_be(
    tmp_path: Path, r: float, n: object, printed: str, match: str
) -> None:
    assert re.search(match, refused(tmp_path, INTERVAL.format(r=r, n=n, printed=printed)))


@pytest.mark.parametrize(
    "printed", ["31-58", "31–58", "31—58", "31−58", "31 ‑ 58", "31.0 % to 58.4 %", "31to58"]
)
def test_any_dash_is_read_by_the_method(tmp_path: Path, printed: str) -> None:
    from lib.clinical import reproduce_printed_intervals

    found = load(tmp_path, INTERVAL.format(r=25, n=57, printed=printed)).printed_intervals
    assert len(reproduce_printed_intervals(found)) == 3


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("panel: {species: cat}", r"panel\.species must be one of human, mouse; got cat"),
        ("panel: {colour: red}", r"panel must hold keys among title, species, wanted, source; got colour"),
        (
            "indication: {names: x}",
            r"indication must hold keys among name, source; got names in .* Did you mean \"name\"\?",
        ),
        (
            "printed_intervals: [{group: a, responders: 1, n: 2, printed: 1–90, foo: x}]",
            r"printed_intervals must hold keys among .*; got foo",
        ),
        (
            "questions: [{question: 'A?', analyses: [ihc], answer: x}]",
            r"questions must hold keys among question, analyses; got answer",
        ),
        ("groups: {G: nonsense}", r"groups\.G must be marker; got nonsense"),
        (
            ALPHA + "combinations: [{compound: alpha, partner: alpha, interaction: wonderful, source: s}]",
            r"interaction must be one of synergy, antagonism, additivity; got wonderful",
        ),
        (
            "notes: {ic50: {publishd: x}}",
            (
                r"sections of notes\.ic50 must be among about, published, .*; got publishd in .* Did you mean"
                r" \"published\"\?"
            ),
        ),
        (
            "notes: {cytokines: {IL-99: x}}\nanalytes: {IL-9: [a]}",
            r"notes\.cytokines must be among .*, IL-9; got IL-99 in .* Did you mean \"IL-9\"\?",
        ),
        (
            "notes: {overview: {stoma: x}}\nquestions: [{question: 'A?', analyses: [stroma]}]",
            r"notes\.overview must be among .*; got stoma in .* Did you mean \"stroma\"\?",
        ),
        ("analytes: {IL-6: [a], IL-8: [A]}", r"belong to one analyte; got A of IL-6 and IL-8"),
        (
            "markers: {X: {compartment: cell, aliases: [pY]}, Y: {compartment: cell, aliases: [p-y]}}",
            r"belong to one marker; got p-y of X and Y",
        ),
        (
            ALPHA + "treatments: {A on: [alpha], a-On: [alpha]}",
            r"belong to one treatment; got a-On of A on and a-On",
        ),
        (
            ALPHA + "treatments: {A on: [alpha, alpha]}",
            r"treatments\.A on must name a compound once; got alpha",
        ),
        (
            ALPHA + "treatments: {A on: [alhpa]}",
            r"treatments\.A on must name compounds .*; got alhpa in .* Did you mean \"alpha\"\?",
        ),
        ("compounds: {alpha: {name: beta}}", r"compounds\.alpha\.name must be alpha; got beta"),
        (
            "compounds: {alpha: {aliases: ['-']}}",
            r"a name of a compound must hold a letter or a number; got -",
        ),
        ("compounds: {alpha: {aliases: [a, ~]}}", r"compounds\.alpha\.aliases must hold no empty item"),
        ("title2: x", r"keys must be among title, .*; got title2 in .* Did you mean \"title\"\?"),
        ("protocols: {elisa: {file: t.csv}}", r"name of a protocol must be one of ihc, flow; got elisa"),
        (
            "protocols: {ihc: {file: t.csv, colour: red}}",
            r"protocols\.ihc must hold keys among file, title, source; got colour",
        ),
    ],
)
def test_words_and_names_that_no_report_knows(tmp_path: Path, text: str, match: str) -> None:
    assert re.search(match, refused(tmp_path, text, t=STEPS + "1,Cut,1" + "," * 10))


@pytest.mark.parametrize("null", ["null", "~", "", "Null", "NULL"])
def test_null_is_absence_and_not_a_word(tmp_path: Path, null: str) -> None:
    found = load(
        tmp_path,
        f"""
indication: {{name: {null}}}
compounds: {{alpha: {{kind: {null}, aliases: {null}, source: 'null'}}, beta: {null}}}
values: {{ic50: {null}}}
target: {null}
notes: {{ic50: {{published: {null}, limits: [x]}}}}
populations: {{'null': [a], CD8: {null}}}
record: {null}
""",
    )
    assert found.indication == ""
    assert (found.compounds["alpha"].kind, found.compounds["alpha"].aliases) == ("", ())
    assert found.compounds["alpha"].source == "null"
    assert (found.target, found.notes["ic50"]) == (None, {"limits": ("x",)})
    assert found.populations == {"null": ("a",), "CD8": ()}


@pytest.mark.parametrize("null", ["null", "~", ""])
def test_what_must_be_there_is_lacking_where_it_is_null(tmp_path: Path, null: str) -> None:
    said = refused(
        tmp_path,
        f"{ALPHA}combinations: [{{compound: alpha, partner: alpha, interaction: {null}, source: s}}]",
    )
    assert "combinations must have interaction; got compound, partner, interaction, source" in said
    (tmp_path / "programme.yaml").write_text(f"title: {null}\n", encoding="utf-8")
    with pytest.raises(InputError, match=f"got nothing in {tmp_path.name}/programme.yaml"):
        load_programme(tmp_path)


@pytest.mark.parametrize("step", ["inf", "-inf", "nan", "1.5", "one", ""])
def test_steps_are_whole_numbers(tmp_path: Path, step: str) -> None:
    said = refused(tmp_path, "protocols: {ihc: {file: t.csv}}", t=STEPS + f"{step},Cut,1" + "," * 10)
    assert f"step must be a whole number; got {step or 'nothing'} in {tmp_path.name}/t.csv row 2" in said


def test_a_protocol_without_steps_is_none(tmp_path: Path) -> None:
    assert "t.csv must hold at least one row; got none" in refused(
        tmp_path, "protocols: {ihc: {file: t.csv}}", t=STEPS
    )


# --- pathways


GRAPH = NODES + "A,A,drug,,0,0\nX,X,kinase,pX,0,1\nY,Y,kinase,pY,0,2\n"
ARROWS = EDGES + "A-X,A,X,-1,all,,e,s,0\nX-Y,X,Y,1,all,,e,s,0\n"
SIGNALS = ALPHA + "treatments: {on: [alpha]}\npathway: {nodes: n.csv, edges: e.csv}\n"


def test_a_pathway_within_the_rules_loads(tmp_path: Path) -> None:
    assert load(tmp_path, SIGNALS, n=GRAPH, e=ARROWS).drugs == {"on": ("A",)}


@pytest.mark.parametrize(
    ("nodes", "edges", "match"),
    [
        (NODES, ARROWS, r"n\.csv must hold at least one row; got none"),
        (GRAPH, EDGES, r"e\.csv must hold at least one row; got none"),
        (
            GRAPH.replace("X,X,kinase,pX,0", "X,X,kinase,pX,inf"),
            ARROWS,
            r"column must be a finite number; got inf in \w+/n\.csv row 3",
        ),
        (
            GRAPH,
            ARROWS.replace("1,all,,e,s,0\nX-Y", "inf,all,,e,s,0\nX-Y"),
            r"sign must be a finite number; got -inf in \w+/e\.csv row 2",
        ),
        (
            GRAPH,
            ARROWS + "Y-X,Y,X,1,all,,e,s,inf\n",
            r"bend must be a finite number; got inf in \w+/e\.csv row 4",
        ),
        (
            GRAPH,
            ARROWS + "X-X,X,X,-1,all,,e,s,0\n",
            r"edge X-X must join two nodes; got X with itself in \w+/e\.csv row 4",
        ),
        (
            GRAPH,
            ARROWS + "X-A,X,A,-1,all,,e,s,0\n",
            r"edge X-A must not lead into a drug, .*; got A in \w+/e\.csv row 4",
        ),
        (
            GRAPH,
            ARROWS + "X-Y2,X,Y,-1,all,,e,s,0\n",
            r"same nodes must have one sign; got X to Y with both in \w+/e\.csv rows 3, 4",
        ),
        (
            GRAPH,
            ARROWS + "Y-X,Y,X,-1,all,X,e,s,0\n",
            r"edge Y-X requires must be a node of the kind drug; got X in \w+/e\.csv row 4",
        ),
        (
            GRAPH,
            ARROWS + "Y-X,Y,Z,-1,all,,e,s,0\n",
            r"both ends of the edge Y-X .*; got Z in \w+/e\.csv row 4",
        ),
        (
            GRAPH.replace("Y,Y,kinase", "Y,Y,kinaze"),
            ARROWS,
            (
                r"kind of a node must be one of drug, .*; got kinaze in \w+/n\.csv row 4\. Did you mean"
                r" \"kinase\"\?"
            ),
        ),
        (
            GRAPH.replace("A,A,drug", "A,A,kinase"),
            ARROWS,
            r"compound's node must be of the kind drug; got A, of the kind kinase",
        ),
        (
            GRAPH.replace("pY", "pX"),
            ARROWS,
            r"readout must be that of one node .*; got pX in \w+/n\.csv rows 3, 4",
        ),
        (
            GRAPH + "Z,Z,kinase,,1,1\n",
            ARROWS + "Y-Z,Y,Z,1,all,,e,s,0\nZ-Y,Z,Y,-1,all,,e,s,0\n",
            r"pathway must settle; got oscillation under on in \w+/e\.csv",
        ),
    ],
)
def test_pathways_that_methods_cannot_use(tmp_path: Path, nodes: str, edges: str, match: str) -> None:
    assert re.search(match, refused(tmp_path, SIGNALS, n=nodes, e=edges))


# --- every fault at once


def test_records_that_cannot_be_read_hide_no_fault_and_make_none(tmp_path: Path) -> None:
    """A broken compound, treatment and table; what rests on them is not judged, everything else is."""
    text = """
compounds: {alpha: {colour: red}, beta: {}}
treatments: {on: [alpha, gamma], off: beta}
target: {readout: pX, treatment: off}
endpoints: {ORR: {item: Rate, quantity: rate, margin: 10, scale: difference}}
values: {clinical: absent.csv, ic50: t.csv, populations: u.csv}
groups: {G: nonsense}
"""
    tables = {"t": HEADER + "x,L1,alpha,ic50,2,kg,s,,\n", "u": HEADER + "x,CD8,b,direction,up,,s,,\n"}
    said = refused(tmp_path, text, **tables).splitlines()
    for pattern in (
        r"compounds\.alpha must hold keys",
        r"treatments\.off must be a list",
        r"treatments\.on .*; got gamma",
        r"values\.clinical must name",
        r"unit of values\.ic50 .*; got kg",
        r"direction of .*; got up of CD8",
        r"groups\.G must be marker",
    ):
        assert sum(bool(re.search(pattern, line)) for line in said) == 1, pattern
    assert len(said) == 7


def test_the_same_broken_item_twice_is_told_once_and_never_a_traceback(tmp_path: Path) -> None:
    assert refused(tmp_path, "combinations: [{}, {}]").count("combinations must have compound") == 1
