"""Samples and panel tables of a flow cytometry study."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from lib import cytometry
from lib.errors import InputError
from lib.tables import flow


def write(folder: Path, text: str, *files: str) -> Path:
    for name in files:
        (folder / name).write_bytes(b"x")
    path = folder / "samples.csv"
    path.write_text(text)
    return path


def test_paths_are_relative_to_the_table(tmp_path: Path) -> None:
    samples = flow.read_samples(write(tmp_path, "file,subject,timepoint\na.fcs,7,pre\n", "a.fcs"))
    assert samples["path"].tolist() == [tmp_path / "a.fcs"]
    assert samples["subject"].tolist() == ["7"]


def test_absent_files_are_named_with_their_rows(tmp_path: Path) -> None:
    path = write(tmp_path, "file,subject,timepoint\na.fcs,1,pre\nb.fcs,1,post\nc.fcs,2,pre\n", "a.fcs")
    with pytest.raises(InputError, match=r"got no such file in samples.csv rows 3, 4"):
        flow.read_samples(path)


def test_a_file_listed_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "file,subject,timepoint\na.fcs,1,pre\na.fcs,1,post\n", "a.fcs")
    with pytest.raises(
        InputError, match=r"file together must name one row; got one file in samples.csv rows 2, 3"
    ):
        flow.read_samples(path)


def test_two_spellings_of_one_file_are_one(tmp_path: Path) -> None:
    path = write(tmp_path, "file,subject,timepoint\na.fcs,1,pre\n./a.fcs,1,post\n", "a.fcs")
    with pytest.raises(InputError, match=r"got one file in samples.csv rows 2, 3"):
        flow.read_samples(path)


def test_two_full_stains_of_one_sample_are_refused_but_a_control_is_not(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "file,subject,timepoint,tube\na.fcs,1,pre,\nb.fcs,1,pre,FMO CD25\nc.fcs,1,pre,\n",
        "a.fcs",
        "b.fcs",
        "c.fcs",
    )
    with pytest.raises(
        InputError,
        match=(
            r"subject, timepoint and tube together must name one file; got one subject, timepoint pre"
            r" in samples.csv rows 2, 4"
        ),
    ):
        flow.read_samples(path)
    path = write(tmp_path, "file,subject,timepoint,tube\na.fcs,1,pre,\nb.fcs,1,pre,FMO CD25\n")
    samples = flow.read_samples(path)
    assert samples["is_control"].tolist() == [False, True]
    kept, files, _, fmo = cytometry.split_controls(samples, ["full", "control"], [None, None])  # type: ignore[list-item]
    assert (len(kept), files, fmo) == (1, ["full"], {"CD25": ("control", None)})


def test_a_file_may_be_listed_once_for_each_data_set(tmp_path: Path) -> None:
    head = "file,subject,timepoint,data_set\n"
    samples = flow.read_samples(write(tmp_path, f"{head}a.lmd,1,pre,1\na.lmd,1,post,2\n", "a.lmd"))
    assert samples["data_set"].tolist() == [1, 2]
    with pytest.raises(
        InputError,
        match=r"file, data_set together must name one row; got one file, data_set 2.* in samples.csv rows 2, 3",
    ):
        flow.read_samples(write(tmp_path, f"{head}a.lmd,1,pre,2\na.lmd,1,post,2\n", "a.lmd"))


def test_only_controls_are_refused(tmp_path: Path) -> None:
    samples = flow.read_samples(
        write(tmp_path, "file,subject,timepoint,tube\na.fcs,1,pre,FMO CD25\n", "a.fcs")
    )
    with pytest.raises(InputError, match="must hold a full stain; got only FMO controls"):
        cytometry.split_controls(samples, ["x"], [None])  # type: ignore[list-item]


def test_an_unknown_species_is_refused_with_the_choices(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "file,subject,timepoint,species\na.fcs,1,pre,Mouse\nb.fcs,2,pre,zebrafish\n",
        "a.fcs",
        "b.fcs",
    )
    with pytest.raises(
        InputError, match=r"species must be one of human, mouse.*got zebrafish in samples.csv row 3"
    ):
        flow.read_samples(path)


def test_spillover_tables_are_read_once_for_each_name(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("dye,PE-A,APC-A\nPE-A,1,0.2\nAPC-A,0.1,1\n")
    samples = pd.DataFrame({"compensation": ["m.csv", None, "none", "m.csv", "SPILL", "$SPILLOVER"]})
    matrices = flow.read_matrices(samples, tmp_path)
    assert list(matrices) == ["m.csv"]
    assert matrices["m.csv"].loc["PE-A", "APC-A"] == 0.2
    (tmp_path / "bad.csv").write_text("PE-A,APC-A\n1,x\n0,1\n")
    with pytest.raises(
        InputError, match=r"a spillover table must hold numbers; got an empty or unreadable cell in bad.csv"
    ):
        flow.read_matrices(pd.DataFrame({"compensation": ["bad.csv"]}), tmp_path)


def test_panel_names_a_channel_once_and_unstained_channels_have_no_marker(tmp_path: Path) -> None:
    path = tmp_path / "panel.csv"
    path.write_text("channel,marker,fluorochrome\nFSC-A,FSC-A,FSC\nPE-A,CD3,PE\nAPC-A,,\n")
    assert flow.markers_to_channels(flow.read_panel(path)) == {"CD3": "PE-A"}
    path.write_text("channel,marker,fluorochrome\nPE-A,CD3,PE\nPE-A,CD4,PE\n")
    with pytest.raises(
        InputError, match=r"channel together must name one row; got channel PE-A in panel.csv rows 2, 3"
    ):
        flow.read_panel(path)
