"""How a file is to be read is said in the study file or on the command line, and every way in does the same."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from lib.tables.dose_response import read_wells
from lib.tables.intake import receipt
from reports.project import UsageError
from reports.run.plan import Job, plan_notebook, plan_study
from reports.store.version import HOW
from reports.study.reading import VARIABLE, readings_by_file, typed_readings

HOW_TO = {
    "columns": {"concentration_uM": "K"},
    "units": {"concentration_uM": "nM"},
    "constants": {"compound": "x"},
}


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    path = tmp_path / "raw.csv"
    path.write_text("cell_line,K,viability\nA,1000,0.5\nA,2000,0.4\n", encoding="utf-8")
    return path


def study(folder: Path, read: object) -> Path:
    path = folder / "study.yaml"
    entry = {"notebook": "ic50", "parameters": {"measurements": "raw.csv"}, "read": read}
    path.write_text(json.dumps({"study": "mine", "reports": [entry]}), encoding="utf-8")
    return path


def planned(folder: Path) -> Job:
    (job,) = plan_study(study(folder, {"measurements": HOW_TO}))
    return job


def test_a_study_and_a_command_say_the_same(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = planned(raw.parent)
    monkeypatch.chdir(raw.parent)
    words = typed_readings([f"measurements={json.dumps(HOW_TO)}"])
    typed = plan_notebook("ic50", {"measurements": "raw.csv"}, read=words)
    assert job.read == typed.read == {"measurements": HOW_TO}
    assert "--read" in job.command
    (raw.parent / "how.yaml").write_text(json.dumps(HOW_TO), encoding="utf-8")
    assert typed_readings(["measurements=how.yaml"]) == words


def test_the_notebook_reads_as_its_runner_says(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = planned(raw.parent)
    monkeypatch.setenv(VARIABLE, job.environment()[VARIABLE])
    receipt.begin(readings_by_file(job.values, None))
    wells = read_wells(raw)
    assert wells["concentration_uM"].tolist() == pytest.approx([1.0, 2.0])
    assert set(wells["compound"]) == {"x"}


def test_without_a_runner_the_study_file_beside_says_it(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = planned(raw.parent)
    monkeypatch.delenv(VARIABLE, raising=False)
    assert readings_by_file(job.values, None) == {}
    (how,) = readings_by_file(job.values, raw.parent / "study.yaml").values()
    assert how.units == {"concentration_uM": "nM"}


def test_it_is_part_of_the_version(raw: Path, tmp_path: Path) -> None:
    from reports.run.plan import with_version

    (plain,) = plan_study(study(raw.parent, {}))
    said = planned(raw.parent)
    one, other = (with_version(job, tmp_path / "site") for job in (plain, said))
    assert one.version != other.version
    assert HOW not in one.parts
    assert other.parts[HOW] == {"measurements": HOW_TO}


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (
            {"measurement": {}},
            "read: measurement is no input file of the notebook. Did you mean measurements",
        ),
        ({"model": {}}, "read: model is no input file"),
        ({"layout": {}}, "read: layout has no file to be read"),
        ({"measurements": {"shet": "A"}}, r"got shet in read: measurements. Did you mean \"sheet\""),
    ],
)
def test_faults_of_a_mapping_are_told_before_anything_runs(raw: Path, read: object, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        plan_study(study(raw.parent, read))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["measurements"], "--read needs a parameter and a file.*got measurements"),
        (["a=none.yaml"], "no file none.yaml"),
        (
            [
                "a={",
            ],
            "must be JSON",
        ),
        (["a={}", "a={}"], "--read names a twice"),
    ],
)
def test_words_of_a_command_that_cannot_be_read(words: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        typed_readings(words)


def test_receipts_tell_what_was_read(raw: Path) -> None:
    receipt.begin(readings_by_file(planned(raw.parent).values, raw.parent / "study.yaml"))
    read_wells(raw)
    table = pd.concat([one.to_frame("measurements") for one in receipt.kept()])
    row = table.set_index("read_as").loc["concentration_uM"]
    assert (row["column"], row["unit"], row["factor"], row["n"]) == ("K", "nM", 1e-3, 2)
