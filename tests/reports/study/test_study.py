from __future__ import annotations

import json
from pathlib import Path

import pytest

from reports.project import UsageError
from reports.run.plan import plan_notebook, plan_study
from reports.study.file import expand, read_study
from tests.makers.tiny_notebooks import notebook, write_tiny


def study_of(folder, text):
    path = folder / "study.yaml"
    path.write_text(text)
    return path


def test_matrix_makes_every_combination(tmp_path):
    path = study_of(
        tmp_path, "study: s\nreports:\n- notebook: n\n  name: r\n  matrix: {a: [1, 2], b: [log, log-log]}\n"
    )
    orders = expand(read_study(path))
    assert [o.name for o in orders] == ["r-1-log", "r-1-log-log", "r-2-log", "r-2-log-log"]
    assert orders[3].parameters == {"a": 2, "b": "log-log"}


def test_overview_comes_last(tmp_path):
    path = study_of(tmp_path, "study: s\nreports: [{notebook: overview}, {notebook: a}]\n")
    assert [o.notebook for o in expand(read_study(path))] == ["a", "overview"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "study: s\nreports: [{notebok: a, notebook: b}]",
            "unknown key reports.1.notebok. Did you mean notebook",
        ),
        ("study: s\nreport: []\nreports: [{notebook: b}]", "unknown key report. Did you mean reports"),
        ("reports: [{notebook: a}]", "key study is missing"),
        ("study: s\norigin: invented\nreports: [{notebook: a}]", "origin: .*got 'invented'"),
        ("study: s\nreports: []", r"reports: must hold at least one entry; got an empty list$"),
        (
            "study: s\norigin: 1\nreports: [{notebook: a}]",
            r"origin: must be 'measured'.* or 'digitised'; got 1$",
        ),
        ("study: s\nreports: [ic50]", r"reports.1: must hold lines such as `notebook: ic50`; got 'ic50'$"),
        (
            "study: s\nreports: {ic50: 1}",
            r"reports: must be a list, each entry behind a dash; got lines `name: value`$",
        ),
        ("study: s\nreports:", r"reports: must be a list, each entry behind a dash; got nothing$"),
        (
            "study: s\nreports: [{notebook: a, parameters: [b]}]",
            r"reports.1.parameters: must hold lines `name: value`; got a list$",
        ),
        (
            "study: s\nreports: [{notebook: a, matrix: {b: c}}]",
            r"reports.1.matrix.b: must be a list.*; got 'c'$",
        ),
        ("study: s\nreports: [{notebook: [a]}]", r"reports.1.notebook: must be text; got a list$"),
        (
            "study: no name\nreports: [{notebook: true}]",
            r"notebook: must be text; got True. Put it in quotes$",
        ),
        ("- a", r"must hold `study:` and `reports:`; got a list$"),
        ("just words", r"must hold `study:` and `reports:`; got 'just words'$"),
        ("", r"^study.yaml is empty"),
        ("# a comment\n---\n", r"^study.yaml is empty"),
        ("study: [", "cannot be read as YAML"),
    ],
)
def test_faults_of_the_file_are_named(tmp_path, text, message):
    with pytest.raises(UsageError, match=message):
        read_study(study_of(tmp_path, text))


def test_two_reports_of_one_name_are_refused(tmp_path):
    path = study_of(tmp_path, "study: s\nreports: [{notebook: twin}, {notebook: twin}]")
    with pytest.raises(UsageError, match="twin stands more than once"):
        expand(read_study(path))


def test_name_that_leaves_the_site_is_refused(tmp_path):
    path = study_of(tmp_path, "study: s\nreports: [{notebook: a, name: ../up}]")
    with pytest.raises(UsageError, match=r"got \.\./up"):
        expand(read_study(path))


def test_paths_start_from_the_study_file(tmp_path, monkeypatch):
    write_tiny(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "mine.csv").write_text("x\n5\n")
    path = study_of(
        tmp_path,
        "study: s\norigin: published\nreports: [{notebook: tiny.ipynb, parameters: {data: mine.csv}}]",
    )
    monkeypatch.chdir(tmp_path / "sub")
    (job,) = plan_study(path)
    assert job.values[0].path == tmp_path / "mine.csv"
    assert (job.values[0].shown, job.origin, job.study) == ("mine.csv", "published", "s")


def test_every_report_is_checked_before_any_runs(tmp_path):
    write_tiny(tmp_path)
    path = study_of(
        tmp_path, "study: s\nreports:\n- {notebook: tiny.ipynb, parameters: {levl: 1}}\n- {notebook: nope}"
    )
    with pytest.raises(UsageError, match=r"(?s)report tiny: unknown parameter levl.*no notebook nope"):
        plan_study(path)


def test_yaml_arrives_as_typed_where_text_is_meant(tmp_path):
    write_tiny(tmp_path)
    own = 'a: str = "pre"\nb: str = "post"\nc: str = "x"\nd: float = 1.0\ne: bool = False\nf: list[str] = []'
    (tmp_path / "own.ipynb").write_text(json.dumps(notebook(parameters=own)))
    values = "a: no, b: 12:30, c: 01, d: 1e-3, e: yes, f: [01, off]"
    path = study_of(
        tmp_path, f"study: 007\nreports: [{{notebook: own.ipynb, name: 05, parameters: {{{values}}}}}]"
    )
    (job,) = plan_study(path)
    assert (job.study, job.report) == ("007", "05")
    assert [v.value for v in job.values] == ["no", "12:30", "01", 1e-3, True, ["01", "off"]]


def test_a_truth_value_where_text_is_meant_must_stand_in_quotes(tmp_path):
    (tmp_path / "own.ipynb").write_text(json.dumps(notebook(parameters='a: str = "pre"')))
    path = study_of(tmp_path, "study: s\nreports: [{notebook: own.ipynb, parameters: {a: true}}]")
    with pytest.raises(
        UsageError, match=r"a must be text; got True\. Text that reads as true must stand in quotes"
    ):
        plan_study(path)
    with pytest.raises(UsageError, match=r"study: .* got True\. Put it in quotes"):
        read_study(study_of(tmp_path, "study: true\nreports: [{notebook: own.ipynb}]"))


def test_a_list_of_parameters_moves_paths_and_leaves_words_alone(tmp_path, monkeypatch):
    write_tiny(tmp_path)
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "mine.csv").write_text("x\n5\n")
    (tmp_path / "lists" / "4pl").write_text("a file called as a word is")
    (tmp_path / "lists" / "p.yaml").write_text("data: mine.csv\nmodel: 4pl\nlevel: 0.5\n")
    monkeypatch.chdir(tmp_path)
    job = plan_notebook("tiny.ipynb", {"level": "0.6"}, listed=Path("lists/p.yaml"))
    found = {v.parameter.name: v.value for v in job.values}
    assert found == {"data": str(tmp_path / "lists/mine.csv"), "extra": "", "level": 0.6, "model": "4pl"}
    assert job.values[0].shown == "lists/mine.csv"
    (tmp_path / "lists" / "p.yaml").write_text("- data\n")
    with pytest.raises(UsageError, match=r"p\.yaml must hold lines `name: value`; got a list"):
        plan_notebook("tiny.ipynb", {}, listed=Path("lists/p.yaml"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("model: ~", "parameter model has no value"),
        ("level:", "parameter level has no value"),
        ("data: ~", "parameter data must be a file; got nothing"),
    ],
)
def test_a_parameter_without_a_value_is_refused(tmp_path, line, message):
    write_tiny(tmp_path)
    with pytest.raises(UsageError, match=message):
        plan_study(
            study_of(tmp_path, f"study: s\nreports: [{{notebook: tiny.ipynb, parameters: {{{line}}}}}]\n")
        )


def test_nothing_stays_a_value_of_an_optional_file(tmp_path):
    write_tiny(tmp_path)
    text = "study: s\nreports: [{notebook: tiny.ipynb, parameters: {data: plates.csv, extra: ~}}]\n"
    (job,) = plan_study(study_of(tmp_path, text))
    assert {v.parameter.name: v.value for v in job.values}["extra"] == ""
