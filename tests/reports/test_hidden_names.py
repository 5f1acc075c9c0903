"""Names of subjects, and of files that are called after them, leave only where they are asked for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from lib import cytometry
from lib.errors import InputError
from lib.places import ROOT
from lib.tables import flow
from reports.cli import main
from reports.project import read_notebook
from reports.store import version
from reports.store.memory import changed_inputs
from reports.study.parameters import read_parameters, resolve

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "flow_gating.ipynb"
EXAMPLE = ROOT / "data" / "example"
SECRET = "QZXSECRET"


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four files of the example, called after their subjects, with a table of samples and one of true
    counts."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "f").mkdir()
    samples = pd.read_csv(EXAMPLE / "flow_samples.csv").head(4)
    truth = pd.read_csv(EXAMPLE / "flow_truth.csv")
    for old in samples["file"]:
        shutil.copyfile(EXAMPLE / old, tmp_path / "f" / f"{SECRET}{Path(old).name}")
    truth["file"] = SECRET + truth["file"].map(lambda name: Path(name).name)
    samples["file"] = "f/" + SECRET + samples["file"].map(lambda name: Path(name).name)
    samples["subject"] = SECRET + samples["subject"].astype(str)
    samples.to_csv(tmp_path / "samples.csv", index=False)
    truth.to_csv(tmp_path / "truth.csv", index=False)
    return tmp_path


def _run(study: Path, *more: str) -> Path:
    files = {
        "samples": study / "samples.csv",
        "truth": study / "truth.csv",
        "panel": EXAMPLE / "flow_panel.csv",
    }
    given = [word for name, path in files.items() for word in ("-p", name, str(path))]
    site = study / "site"
    main(["run", "flow_gating", *given, *more, "--site", str(site)])
    return site


def _holding(site: Path, word: str) -> list[str]:
    return sorted(p.name for p in site.rglob("*") if p.is_file() and word.encode() in p.read_bytes())


def test_a_run_without_ids_names_no_subject_and_no_file_anywhere(study: Path) -> None:
    site = _run(study)
    assert _holding(site, SECRET) == []
    (folder,) = {p.parent for p in site.rglob("metadata.json")}
    populations = pd.read_csv(folder / "tables" / "populations.csv")
    assert list(dict.fromkeys(populations["file"])) == ["file 1", "file 2", "file 3", "file 4"]
    assert set(pd.read_csv(folder / "tables" / "recovery.csv")["file"]) == set(populations["file"])
    metadata = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    hashes = {item["name"]: item["sha256"] for item in metadata["inputs"]}
    names = pd.read_csv(study / "samples.csv")["file"]
    for i, name in enumerate(names, start=1):
        assert hashes[f"file {i} named in samples.csv"] == version.hash_file(study / name)
    assert changed_inputs(metadata) == []
    assert main(["verify", metadata["version"], "--site", str(site)]) == 0
    (study / names[2]).write_bytes(b"other")
    assert [said.split(" changed ")[0] for said in changed_inputs(metadata)] == [
        "file 3 named in samples.csv"
    ]
    assert SECRET not in str(changed_inputs(metadata))


def test_a_refusal_without_ids_names_rows_only(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lost = pd.read_csv(study / "samples.csv")["file"][1]
    content = (study / lost).read_bytes()
    (study / lost).write_bytes(content[:4000])
    for place in ("the file of samples row 3", "samples.csv row 3"):
        site = _run(study)
        said = "".join(capsys.readouterr())
        assert place in said
        assert SECRET not in said
        assert _holding(site, SECRET) == []
        (study / lost).unlink(missing_ok=True)


def test_with_ids_files_keep_their_names(study: Path) -> None:
    sheet = flow.read_samples(study / "samples.csv")
    named, hidden = (cytometry.read_files(sheet, ids=ids) for ids in (True, False))
    assert [f.name for f in named] == [f.known_as for f in hidden] == [Path(p).name for p in sheet["file"]]
    assert [f.name for f in hidden] == ["file 1", "file 2", "file 3", "file 4"]


def test_the_same_bytes_twice_are_told_by_rows(study: Path) -> None:
    one, other = pd.read_csv(study / "samples.csv")["file"][[0, 2]]
    shutil.copyfile(study / one, study / other)
    with pytest.raises(InputError, match="got file 3 equals file 1 in samples rows 2, 4") as refused:
        cytometry.read_files(flow.read_samples(study / "samples.csv"), ids=False)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("shown", [False, True])
def test_inputs_are_numbered_unless_ids_are_shown(study: Path, shown: bool) -> None:
    given = {
        "samples": str(study / "samples.csv"),
        "panel": str(EXAMPLE / "flow_panel.csv"),
        "show_subject_ids": shown,
    }
    values = resolve(
        read_parameters(read_notebook(NOTEBOOK)), given, base=study, notebook_folder=NOTEBOOK.parent
    )
    names = [i["name"] for i in version.describe_inputs(values) if i["parameter"] == "samples"]
    assert any(SECRET in name for name in names) == shown
    assert ("file 4 named in samples.csv" in names) != shown
    assert bool(version.hidden_paths(values)) != shown
