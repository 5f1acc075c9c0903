from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_notebooks import notebook

from reports.parameters import Interval, read_parameters, resolve
from reports.project import UsageError


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
    [("int", "3", 3), ("float", "1e-3", 1e-3), ("bool", "true", True), ("bool", "no", False), ("str", "a b", "a b"),
     ("list[float]", "[6, 12]", [6.0, 12.0]), ("list[float]", "6,12", [6.0, 12.0]), ("list[str]", "a,b", ["a", "b"]),
     ("list[str]", "", [])],
)  # fmt: skip
def test_text_becomes_the_type(kind, text, value):
    assert values_of(f"a: {kind} = None", {"a": text}, Path())["a"] == value


@pytest.mark.parametrize(
    ("kind", "text"), [("int", "3.5"), ("float", "abc"), ("bool", "maybe"), ("list[float]", "1,x")]
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
