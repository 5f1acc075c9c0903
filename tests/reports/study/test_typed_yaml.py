"""YAML arrives as it is typed: version 1.2's core schema (tables of its chapter 10.3.2), each number with its
wording."""

from __future__ import annotations

import json
import math
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.project import UsageError
from reports.study.typed_yaml import as_written, read_yaml


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.yaml"


def value_of(file: Path, text: str):
    file.write_text(f"a: {text}\n", encoding="utf-8")
    return read_yaml(file)["a"]


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "yes",
        "on",
        "Off",
        "y",
        "N",
        "12:30",
        "1:2:3",
        "2024-01-05",
        "1_000",
        "0b11",
        "=",
        "1.2.3",
        "0x",
        "tRUE",
        "1e",
    ],
)
def test_what_yaml_1_1_made_something_else_of_is_text(file, text):
    assert value_of(file, text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("01", 1),
        ("010", 10),
        ("-19", -19),
        ("+3", 3),
        ("0o7", 7),
        ("0x3A", 58),
        ("0.", 0.0),
        ("-0.0", -0.0),
        (".5", 0.5),
        ("+12e03", 12000.0),
        ("-2E+05", -2e5),
        ("1e3", 1000.0),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
        ("+.INF", math.inf),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("'01'", "01"),
        ("!!str 01", "01"),
        ("!!float 3", 3.0),
        ("[1, no]", [1, "no"]),
    ],
)
def test_the_core_schema(file, text, value):
    found = value_of(file, text)
    assert found == value
    assert isinstance(found, type(value))


def test_nan_is_a_number(file):
    assert math.isnan(value_of(file, ".NaN"))


@given(st.from_regex(r"[-+]?[0-9]{1,12}(\.[0-9]{0,5})?([eE][-+]?[0-9]{1,2})?", fullmatch=True))
def test_numbers_keep_their_wording(tmp_path_factory, text):
    found = value_of(tmp_path_factory.getbasetemp() / "n.yaml", text)
    assert as_written(found) == text
    assert found == float(text)


def test_a_number_with_its_wording_is_still_a_number(file):
    found = value_of(file, "01")
    assert (found + 1, json.dumps(found), str(found)) == (2, "1", "1")
    assert as_written(pickle.loads(pickle.dumps(found))) == "01"


def test_merged_keys_are_known_and_may_be_set_again(file):
    file.write_text("a: &a {x: 1, y: 2}\nb: {<<: *a, x: 3}\n")
    assert read_yaml(file)["b"] == {"x": 3, "y": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a: 1\nb: 2\na: 3\n",
            r"a\.yaml cannot be read as YAML: the key a stands twice \(line 3, column 1\)",
        ),
        ("r:\n- {x: 1, x: 2}\n", r"the key x stands twice \(line 2, column 10\)"),
        ("a: [", r"line 1, column 5"),
        ("a: !!int abc", "abc is not a number"),
        ("a: !!timestamp 3", "tag:yaml.org,2002:timestamp"),
        ("a: !!python/object:os.system {}", "python/object:os.system"),
        ("{[a]: 1}", "unhashable key"),
        ("---\na\n---\nb\n", "another document"),
        ("[" * 3000, "nested too deeply"),
        ("a: \x01", "character #x0001"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_in_one_line(file, text, message):
    file.write_text(text)
    with pytest.raises(UsageError, match=message) as caught:
        read_yaml(file)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_says_why(tmp_path):
    (tmp_path / "b.yaml").write_bytes(b"a: \xff")
    for name, message in [
        ("absent.yaml", "absent.yaml cannot be read: No such"),
        ("b.yaml", "b.yaml is not UTF-8 text: .* at byte 3"),
    ]:
        with pytest.raises(UsageError, match=message):
            read_yaml(tmp_path / name)
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read_yaml(tmp_path)
