from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.project import UsageError
from reports.study.parameters import Interval, read_parameters, resolve, suite_notebook
from reports.study.places import Place
from tests.makers.tiny_notebooks import notebook


def parameters_of(source: str):
    return read_parameters(notebook(parameters=source))


def values_of(source: str, given_values: dict, folder: Path):
    found = resolve(parameters_of(source), given_values, base=folder, notebook_folder=folder)
    return {v.parameter.name: v.value for v in found}


def test_reads_name_type_default_rule_and_help():
    found = parameters_of(
        'model: str = "4pl"  # one of 4pl | 3pl | auto: the curve\nk: int = 3  # how many # twice'
    )
    assert found["model"].choices == ("4pl", "3pl", "auto")
    assert found["model"].help == "the curve"
    assert (found["k"].type, found["k"].default, found["k"].help) == ("int", 3, "how many # twice")


@pytest.mark.parametrize(
    ("comment", "required", "word"),
    [("file: wells", True, ""), ("optional file: wells", False, ""), ("file or auto: wells", False, "auto")],
)
def test_reads_file_rules(comment, required, word):
    found = parameters_of(f'x: str = "{word}"  # {comment}')["x"]
    assert (found.file, found.required, found.word, found.help) == (True, required, word, "wells")


def test_prose_that_begins_like_a_rule_is_help():
    found = parameters_of('x: str = "a"  # in months, not days\ny: str = "b"  # filename of nothing')
    assert not found["x"].interval
    assert not found["y"].file


@pytest.mark.parametrize("line", ["x = 1", "x: dict = {}", "x: float"])
def test_refuses_other_lines(line):
    with pytest.raises(UsageError, match="x"):
        parameters_of(line)


@given(st.floats(0.001, 0.999))
def test_numbers_inside_their_interval_pass(value):
    found = values_of("a: float = 0.5  # in (0, 1): x", {"a": repr(value)}, Path())
    assert found["a"] == value


@pytest.mark.parametrize("value", ["0", "1", "-3", "inf"])
def test_numbers_outside_their_interval_are_refused(value):
    with pytest.raises(UsageError, match=rf"a must lie in \(0, 1\); got {value}"):
        values_of("a: float = 0.5  # in (0, 1): x", {"a": value}, Path())


def test_closed_ends_belong_to_an_interval():
    assert 0 in Interval(0, 1, low_open=False, high_open=True)
    assert 1 not in Interval(0, 1, low_open=False, high_open=True)


def test_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match=r"unknown parameter confidense\. Did you mean confidence\?"):
        values_of("confidence: float = 0.95", {"confidense": "0.9"}, Path())


def test_wrong_choice_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match=r"one of 4pl, 5pl; got 4p\. Did you mean"):
        values_of('model: str = "4pl"  # one of 4pl | 5pl: x', {"model": "4p"}, Path())


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", "3", 3),
        ("int", "12345678901234567891", 12345678901234567891),
        ("bool", "off", False),
        ("float", "1e-3", 1e-3),
        ("bool", "true", True),
        ("bool", "no", False),
        ("str", "a b", "a b"),
        ("list[float]", "[6, 12]", [6.0, 12.0]),
        ("list[float]", "6,12", [6.0, 12.0]),
        ("list[str]", "a,b", ["a", "b"]),
        ("list[str]", "", []),
    ],
)
def test_text_becomes_the_type(kind, text, value):
    assert values_of(f"a: {kind} = None", {"a": text}, Path())["a"] == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("int", "3.5"),
        ("int", "inf"),
        ("int", "nan"),
        ("float", "abc"),
        ("float", "nan"),
        ("bool", "maybe"),
        ("list[float]", "1,x"),
    ],
)
def test_wrong_type_is_refused(kind, text):
    with pytest.raises(UsageError, match=f"a must be .*; got '{text}'"):
        values_of(f"a: {kind} = None", {"a": text}, Path())


def test_own_file_leaves_out_the_examples(tmp_path):
    for name in ("mine.csv", "example.csv"):
        (tmp_path / name).write_text("x")
    source = 'a: str = "example.csv"  # optional file: x\nb: str = "example.csv"  # optional file: y'
    assert values_of(source, {"a": "mine.csv"}, tmp_path) == {"a": str(tmp_path / "mine.csv"), "b": ""}
    assert values_of(source, {}, tmp_path)["b"] == str(tmp_path / "example.csv")


def test_required_file_must_come_with_the_others(tmp_path):
    (tmp_path / "mine.csv").write_text("x")
    with pytest.raises(UsageError, match="a must be given together with b"):
        values_of('a: str = "e.csv"  # file: x\nb: str = ""  # optional file: y', {"b": "mine.csv"}, tmp_path)


def test_missing_file_names_the_nearest(tmp_path):
    (tmp_path / "plates.csv").write_text("x")
    with pytest.raises(UsageError, match=r"got plate\.csv, which is not there\. Did you mean plates\.csv"):
        values_of('a: str = ""  # file: x', {"a": "plate.csv"}, tmp_path)


def test_every_fault_is_told_at_once():
    with pytest.raises(UsageError, match=r"(?s)unknown parameter c.*a must be a number; got 'x'"):
        values_of("a: float = 1.0\nb: int = 2", {"a": "x", "c": "1"}, Path())


def test_a_default_is_held_to_its_own_line():
    with pytest.raises(UsageError, match=r"a must lie in \(0, 1\); got 2"):
        values_of("a: float = 2  # in (0, 1): x", {}, Path())
    found = values_of("a: float = 28\nb: int = None\nc: list[float] = [6, 12]", {}, Path())
    assert [repr(found[name]) for name in "abc"] == ["28", "None", "[6, 12]"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a: str = open('x')", r"parameter a: the default must be a plain value; got open\('x'\)"),
        ("a: str = 'x'\nb: = 1", "line 2 of the parameters cell is not Python"),
    ],
)
def test_a_cell_that_is_no_list_of_parameters_is_refused(source, message):
    with pytest.raises(UsageError, match=message):
        parameters_of(source)


def test_text_that_is_too_long_for_a_name_or_at_home_with_nobody_is_no_file():
    for name in ("a" * 400, "~nobody-of-that-name/x.csv"):
        with pytest.raises(UsageError, match="which is not there"):
            values_of('a: str = ""  # file: x', {"a": name}, Path())


def test_two_places_with_the_same_bytes_are_one_file_and_with_others_a_fault(tmp_path):
    places = [Place(tmp_path / "one", "here"), Place(tmp_path / "two", "there")]
    for place in places:
        place.folder.mkdir()
        (place.folder / "x.csv").write_text("x")
    parameters = parameters_of('a: str = ""  # file: x')
    (value,) = resolve(parameters, {"a": "x.csv"}, base=places, notebook_folder=places)
    assert (value.value, value.place) == (str(tmp_path / "one" / "x.csv"), "here")
    (tmp_path / "two" / "x.csv").write_text("y")
    with pytest.raises(
        UsageError, match=r"twice with different content: from here .*one/x\.csv, and from there .*two/x\.csv"
    ):
        resolve(parameters, {"a": "x.csv"}, base=places, notebook_folder=places)


def test_a_default_edited_to_lead_out_of_the_example_leaves_out_the_example(tmp_path):
    example = tmp_path / "example"
    example.mkdir()
    for path in (example / "e.csv", example / "f.csv", tmp_path / "mine.csv"):
        path.write_text("x")

    def found(first: str, example: Path | None) -> str:
        source = f'a: str = "{first}"  # file: x\nb: str = "example/f.csv"  # optional file: y'
        return resolve(parameters_of(source), {}, base=tmp_path, notebook_folder=tmp_path, example=example)[
            1
        ].value

    assert found("example/e.csv", example) == str(example / "f.csv")
    assert found("mine.csv", example) == ""
    assert found("mine.csv", None) == str(example / "f.csv")  # a notebook of one's own means what it says


def test_a_copy_of_a_notebook_is_known_by_its_parameters():
    cell = 'readouts: str = "x.csv"  # file: x\nconfidence: float = 0.9'
    assert suite_notebook(parameters_of(cell)).stem == "target_engagement"
    assert suite_notebook(parameters_of(cell + "\nmore: int = 1")) is None


def test_no_value_is_a_value_only_where_the_default_is_none() -> None:
    assert values_of("a: int = None", {"a": None}, Path())["a"] is None
    for kind, default in (("str", "''"), ("int", "1"), ("bool", "True")):
        with pytest.raises(UsageError, match="parameter a has no value"):
            values_of(f"a: {kind} = {default}", {"a": None}, Path())
    with pytest.raises(UsageError, match=r"got \['x', None\]. One of them has no value"):
        values_of("a: list[str] = []", {"a": ["x", None]}, Path())
