from __future__ import annotations

import pytest
from tiny_notebooks import write_tiny

from reports.plan import plan_study
from reports.project import UsageError
from reports.study import expand, read_study


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
        ("study: s\nreports: []", "reports: .*got \\[\\]"),
        ("- a", "must hold `study:`"),
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
