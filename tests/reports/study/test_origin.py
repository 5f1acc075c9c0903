"""Where data come from: what lies beside them says it, and no fault elsewhere takes a mark off."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.project import UsageError
from reports.study.origin import declared_of, origins_of, study_and_origin
from reports.study.parameters import Parameter, Value


def place(folder: Path, study: str | None) -> Path:
    folder.mkdir(parents=True)
    if study is not None:
        (folder / "study.yaml").write_text(study)
    (folder / "x.csv").write_text("x\n")
    return folder / "x.csv"


def value(name: str, path: Path | None) -> Value:
    return Value(Parameter(name, "str", "", file=True), str(path or ""), "", given=True)


def test_one_simulated_input_makes_the_report_simulated(tmp_path):
    mine = place(tmp_path / "a", None)
    theirs = place(tmp_path / "b", "study: s\norigin: simulated\n")
    values = [value("mine", mine), value("theirs", theirs), value("none", None)]
    assert study_and_origin(values) == ("", "simulated")
    assert study_and_origin(values[1:]) == ("s", "simulated")
    assert study_and_origin(values[:1]) == ("", "measured")
    assert origins_of(values, "simulated") == {"mine": "measured", "theirs": "simulated"}
    assert origins_of(values[:1], "digitised") == {"mine": "digitised"}


def test_a_fault_elsewhere_in_the_study_file_takes_no_mark_off(tmp_path):
    found = declared_of(place(tmp_path / "a", "study: 01\norigin: digitised\nreprots: []\n"))
    assert found
    assert (found.study, found.origin) == ("01", "digitised")
    assert declared_of(place(tmp_path / "b", "- not\n- ours\n")).origin == "measured"


@pytest.mark.parametrize(
    ("study", "message"),
    [
        (
            "study: [",
            r"where x\.csv comes from cannot be told: its study file: study\.yaml cannot be read as YAML",
        ),
        (
            "origin: simulatd",
            r"study\.yaml of x\.csv: origin must be one of .*; got simulatd\. Did you mean simulated\?",
        ),
    ],
)
def test_an_origin_that_cannot_be_read_is_refused_unless_another_is_stated(tmp_path, study, message):
    path = place(tmp_path / "a", study)
    with pytest.raises(UsageError, match=message):
        study_and_origin([value("x", path)])
    assert origins_of([value("x", path)], "published") == {"x": "published"}


def test_a_study_speaks_for_what_lies_below_it_and_not_elsewhere(tmp_path):
    study = place(tmp_path / "s", "study: s\norigin: simulated\n").parent / "study.yaml"
    below, other = place(tmp_path / "s" / "data", None), place(tmp_path / "other", None)
    assert declared_of(below, study).origin == "simulated"
    assert declared_of(other, study) is None


def test_a_study_file_written_again_is_read_again(tmp_path):
    path = place(tmp_path / "a", "origin: simulated\n")
    assert declared_of(path).origin == "simulated"
    (path.parent / "study.yaml").write_text("origin: published\n")
    import os

    os.utime(path.parent / "study.yaml", ns=(1, 1))
    assert declared_of(path).origin == "published"
