from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from reports.cli import main
from tests.makers.tiny_notebooks import READ, WRITE, write_tiny

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Done:
    stdout: str
    stderr: str


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def tme(folder, *words, code=0):
    """The command within this process, which has the libraries imported."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        found = main([str(word) for word in words])
    assert found == code, err.getvalue()
    return Done(out.getvalue(), err.getvalue())


def run_json(folder, *words, code=0):
    return json.loads(tme(folder, "run", *words, "--site", "site", "--json", code=code).stdout)


def test_run_writes_a_version_and_finds_it_again(tmp_path):
    write_tiny(tmp_path)
    (first,) = run_json(tmp_path, "tiny.ipynb")
    folder = Path(first["path"])
    assert (first["status"], first["error"], first["report"], first["notebook"]) == (
        "done",
        None,
        "tiny",
        "tiny",
    )
    assert folder == tmp_path / "site" / "tiny" / first["version"]
    assert {
        "notebook.ipynb",
        "metadata.json",
        "tables",
        "log.txt",
        "ro-crate-metadata.json",
        "report.html",
    } <= {p.name for p in folder.iterdir()}
    assert (folder / "tables" / "tiny.csv").read_text() == "x,y\n1,0.95\n2,1.9\n"
    (second,) = run_json(tmp_path, "tiny.ipynb")
    assert (second["status"], second["version"]) == ("cached", first["version"])
    assert first["version"] in tme(tmp_path, "list", "--site", "site").stdout
    assert (tmp_path / "site" / "index.html").is_file()


def test_engines_agree_verify_and_diff(tmp_path):
    write_tiny(tmp_path)
    (warm,) = run_json(tmp_path, "tiny.ipynb")
    before = json.loads((Path(warm["path"]) / "metadata.json").read_text())
    kernel = tme(tmp_path, "run", "tiny.ipynb", "--site", "site", "--force", "--engine", "kernel")
    assert "not reproducible" not in kernel.stderr
    after = json.loads((Path(warm["path"]) / "metadata.json").read_text())
    assert (before["engine"], after["engine"]) == ("warm", "kernel")
    assert before["result_hash"] == after["result_hash"]
    assert "same results" in tme(tmp_path, "verify", warm["version"][:6], "--site", "site").stdout
    (other,) = run_json(tmp_path, "tiny.ipynb", "-p", "level", "0.5")
    text = tme(tmp_path, "diff", warm["version"], other["version"], "--site", "site").stdout
    assert "parameters: level: 0.95 → 0.5" in text
    assert "tiny.csv: row 2: y: 1.9 → 1 (-47.4 %)" in text


def test_nothing_published_shows_a_path_of_this_machine(tmp_path):
    write_tiny(tmp_path, READ, "print(data)\nprint(__import__('os').environ['TME_OUTPUT'])", WRITE)
    (tmp_path / "mine.csv").write_text("x\n1\n")
    (report,) = run_json(tmp_path, "tiny.ipynb", "-p", "data", tmp_path / "mine.csv")
    for path in Path(report["path"]).rglob("*"):
        if path.is_file():
            assert str(tmp_path) not in path.read_text(), path.name
            assert str(ROOT) not in path.read_text(), path.name


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-p", "levle", "0.9"), "unknown parameter levle. Did you mean level?"),
        (("-p", "level", "2"), "level must lie in (0, 1); got 2"),
        (("-p", "model", "6pl"), "model must be one of 4pl, 5pl; got 6pl"),
        (("-p", "data", "absent.csv"), "got absent.csv, which is not there"),
        (("-p", "data"), "-p needs a name and a value"),
        (("--shard", "3/2"), "--shard must be I/N with I from 1 to N; got 3/2"),
        (("--jbos", "2"), "--jbos"),
    ],
)
def test_wrong_use_is_refused_before_anything_runs(tmp_path, words, message):
    write_tiny(tmp_path)
    assert message in tme(tmp_path, "run", "tiny.ipynb", *words, "--site", "site", code=2).stderr
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "tiny.ipynb", "--site", "afile"), "--site must be a folder; afile is a file"),
        (
            ("run", "tiny.ipynb", "--site", "afile/x"),
            "--site must be a folder; afile is a file, and afile/x would lie in it",
        ),
        (("list", "--site", "afile"), "afile is a file"),
        (("index", "--site", "afile"), "afile is a file"),
        (("diff", "a", "b", "--site", "afile"), "afile is a file"),
        (("verify", "a", "--site", "afile"), "afile is a file"),
        (("serve", "--site", "afile"), "afile is a file"),
        (("run", "tiny.ipynb", "-f", "absent.yaml"), "absent.yaml cannot be read: No such file or directory"),
        (("run", "tiny.ipynb", "-f", "."), ". cannot be read: Is a directory"),
        (("run", "tiny.ipynb", "--shard", "²/3"), "--shard must be I/N with I from 1 to N; got ²/3"),
        (("run", "tiny.ipynb", "--timeout", "inf"), "--timeout"),
        (("run", "tiny.ipynb", "--timeout", "nan"), "'--timeout': nan is not a number"),
        (("run", "tiny.ipynb", "--timeout", "x"), "'--timeout': 'x' is not a valid number"),
        (("run", "tiny.ipynb", "--jobs", "x"), "'x' is not a valid integer"),
        (("run", "tiny.ipynb", "--jobs", "0"), "0 is not in the range x>=1"),
        (("run", "tiny.ipynb", "--engine", "cold"), "'cold' is not one of 'auto', 'warm', 'kernel'"),
        *(
            (("run", "tiny.ipynb", *pair), "-p needs a name and a value: -p NAME VALUE")
            for pair in [
                ("-p", "level=1", "2"),
                ("-p", "level", "--json"),
                ("-p", "--json", "2"),
                ("-plevel=1",),
                ("--parameter=level=1",),
                ("--parameter", "level"),
                ("-pf",),
            ]
        ),
        (("run", "study.yaml", "-f", "absent.yaml"), "parameters of a study stand in its file"),
        (("run", "afile.ipynb"), "afile.ipynb is not a notebook of format 4"),
        (("params", "afile.ipynb"), "afile.ipynb is not a notebook of format 4"),
        (("new", "afile"), "a new study needs a folder; afile is a file. Give another name"),
        (("new", "afile/sub"), "afile is a file, and afile/sub would lie in it"),
        (("new", ""), "FOLDER must name a folder; got nothing"),
        *(
            (("run", "tiny.ipynb", *site), "--site must name a folder; got nothing")
            for site in [("--site", ""), ("--site=",)]
        ),
        (("list", "--site", " "), "--site must name a folder; got nothing"),
        (
            ("run", "tiny.ipynb", "--site", "s" * 300),
            f"--site {'s' * 300} cannot be used: File name too long",
        ),
        (("run", "tiny.ipynb", "--site", "a/" + "s" * 300), f"--site a/{'s' * 300} cannot be"),
        (
            ("run", "tiny.ipynb", "-p", "level", "0.9", "-p", "level", "0.8"),
            "parameter level is given twice: 0.9 and 0.8. Give it once",
        ),
    ],
)
def test_wrong_use_is_one_sentence_and_no_traceback(tmp_path, words, message):
    write_tiny(tmp_path)
    (tmp_path / "afile").write_text("x")
    (tmp_path / "afile.ipynb").write_bytes(b"\x80\x81")
    said = tme(tmp_path, *words, code=2)
    assert message in said.stderr
    assert (said.stdout, said.stderr.count("\n")) == ("", 1)
    assert {path.name for path in tmp_path.iterdir()} <= {"tiny.ipynb", "plates.csv", "afile", "afile.ipynb"}


@pytest.mark.parametrize(
    "pair", [("-p", "level", "0.5"), ("-plevel", "0.5"), ("--parameter", "level", "0.5")]
)
def test_a_parameter_is_a_name_and_a_value(tmp_path, pair):
    write_tiny(tmp_path)
    (made,) = run_json(tmp_path, *pair, "tiny.ipynb", "-p", "model", "5pl")
    given = json.loads((Path(made["path"]) / "metadata.json").read_text())["parameters"]
    assert {p["name"]: p["value"] for p in given if p["given"]} == {"level": "0.5", "model": "5pl"}


COMMANDS = ("run", "check", "params", "list", "diff", "verify", "new", "index", "serve")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_a_long_and_a_short_name(tmp_path, command):
    said = tme(tmp_path, command, "--help")
    assert said.stdout.startswith(f"Usage: tme {command} ")
    assert (said.stderr, said) == ("", tme(tmp_path, command, "-h"))


def test_commands_are_listed_as_they_are_needed(tmp_path):
    listed = tme(tmp_path, "-h").stdout.partition("Commands:\n")[2]
    assert tuple(line.split()[0] for line in listed.splitlines()) == COMMANDS
    assert "Usage: tme" in tme(tmp_path, code=2).stderr


def test_a_site_that_cannot_be_made_is_refused_before_anything_runs(tmp_path, monkeypatch):
    write_tiny(tmp_path)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    assert (
        "--site site cannot be made: No space left on device"
        in tme(tmp_path, "run", "tiny.ipynb", "--site", "site", code=2).stderr
    )


def test_unusable_input_publishes_nothing(tmp_path):
    write_tiny(tmp_path)
    (tmp_path / "bad.csv").write_text("x\n-3\n")
    (report,) = run_json(tmp_path, "tiny.ipynb", "-p", "data", "bad.csv", code=2)
    assert (report["status"], report["path"], report["error"]) == ("invalid", "", "x must be >= 0; got -3.")
    assert not list((tmp_path / "site").rglob("metadata.json"))
    assert "got -3" in tme(tmp_path, "check", "tiny.ipynb", "-p", "data", "bad.csv", code=2).stderr
    assert "ok tiny" in tme(tmp_path, "check", "tiny.ipynb").stdout


def test_failing_report_stays_visible_and_stops_no_other(tmp_path):
    write_tiny(tmp_path)
    write_tiny(tmp_path, "a = 1\nraise ValueError('broken on purpose')", name="broken")
    write_tiny(tmp_path, "import os\nos._exit(0)", name="dead")
    names = ("broken", "tiny", "dead")
    (tmp_path / "study.yaml").write_text(
        "study: s\nreports:\n" + "".join(f"- notebook: {n}.ipynb\n" for n in names)
    )
    found = {r["report"]: r for r in run_json(tmp_path, "study.yaml", "--jobs", "2", code=1)}
    assert {n: found[n]["status"] for n in names} == {"broken": "failed", "tiny": "done", "dead": "failed"}
    assert "line 2" in found["broken"]["error"]
    metadata = json.loads((Path(found["broken"]["path"]) / "metadata.json").read_text())
    assert (metadata["status"], metadata["error"]["cell"], metadata["error"]["line"]) == ("failed", 3, 2)
    assert "failed" in tme(tmp_path, "list", "--site", "site").stdout


def test_shards_share_out_the_reports(tmp_path):
    for name in ("a", "b", "c"):
        write_tiny(tmp_path, "1", name=name)
    (tmp_path / "study.yaml").write_text(
        "study: s\nreports: [{notebook: a.ipynb}, {notebook: b.ipynb}, {notebook: c.ipynb}]"
    )
    assert [r["report"] for r in run_json(tmp_path, "study.yaml", "--shard", "1/2")] == ["a", "c"]


def test_overview_runs_last_and_again_when_a_report_is_new(tmp_path):
    write_tiny(tmp_path)
    cell = (
        "import os, pathlib\nprint(sorted(p.parent.parent.name for p in"
        " pathlib.Path(os.environ['TME_SITE']).glob('*/*/metadata.json')))"
    )
    write_tiny(tmp_path, cell, name="overview")
    study = tmp_path / "study.yaml"
    study.write_text("study: s\nreports: [{notebook: overview.ipynb}, {notebook: tiny.ipynb}]")
    found = run_json(tmp_path, "study.yaml", "--jobs", "2")
    assert [r["report"] for r in found] == ["tiny", "overview"]
    assert "['tiny']" in (Path(found[1]["path"]) / "notebook.ipynb").read_text()
    assert [r["status"] for r in run_json(tmp_path, "study.yaml")] == ["cached", "cached"]
    study.write_text(
        "study: s\nreports: [{notebook: overview.ipynb}, {notebook: tiny.ipynb, parameters: {level: 0.5}}]"
    )
    assert [r["status"] for r in run_json(tmp_path, "study.yaml")] == ["done", "done"]


def test_params_and_new(tmp_path):
    write_tiny(tmp_path)
    assert "level\tfloat\t0.95\tin (0, 1)\tconfidence" in tme(tmp_path, "params", "tiny.ipynb").stdout
    tme(tmp_path, "new", "mine")
    assert (tmp_path / "mine" / "times.csv").read_text().startswith("subject,endpoint,time_days,event")
    assert "is there already" in tme(tmp_path, "new", "mine", code=2).stderr


def test_command_in_a_process_of_its_own(tmp_path):
    command = [sys.executable, "-m", "reports.cli", "run", "ic50x"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("tme: no notebook ic50x")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_narrow_encoding_ends_no_command(tmp_path, encoding):
    command = [sys.executable, "-m", "reports.cli", "params", "ic50"]
    environment = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert b"measurements\tstr" in done.stdout


def test_cheap_commands_import_no_heavy_library(tmp_path):
    code = (
        "import sys; from reports.cli import main; main(['list']); main(['params', 'tiny.ipynb']); "
        "print(sorted({'numpy', 'pandas', 'papermill', 'matplotlib'} & set(sys.modules)))"
    )
    write_tiny(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_page_of_another_site_names_it_in_its_commands(tmp_path, monkeypatch):
    write_tiny(tmp_path)
    (first,) = run_json(tmp_path, "tiny.ipynb")
    (second,) = run_json(tmp_path, "tiny.ipynb", "-p", "level", "0.5")
    page = (Path(second["path"]) / "report.html").read_text()
    assert f"tme verify {second['version']} --site site<" in page
    assert f"tme diff {first['version']} {second['version']} --site site<" in page
    monkeypatch.setattr("reports.run.metadata.SITE", tmp_path / "site")
    (third,) = run_json(tmp_path, "tiny.ipynb", "-p", "level", "0.7")
    page = (Path(third["path"]) / "report.html").read_text()
    assert f"tme verify {third['version']}<" in page
    assert "--site" not in page
    assert "same results" in tme(tmp_path, "verify", second["path"] + "/").stdout
