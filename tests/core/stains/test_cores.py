"""Cores: several on one image are never pooled, counted for images, or weighed by their cells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from lib import stains
from lib.errors import InputError
from lib.paired.measurements import MeasurementShifts
from lib.stains.quality import judge_scores
from lib.tables.ihc import open_slides, read_detections, read_slides

SETTINGS = stains.Settings()
KNOWN = {"pS6": ("cytoplasm", "it sits on ribosomes")}


def array_of(cores: dict[tuple[str, str, str], list[float]], header: str = "TMA core") -> pd.DataFrame:
    """Detections as QuPath exports them: (subject, timepoint, core) → densities of its cells, all on one
    image."""
    rows = [
        {
            "Image": "array 7.ndpi",
            "Object type": "Cell",
            "Classification": "Tumor",
            header: core,
            "Parent": core,
            "DAB: Cytoplasm: Mean": density,
            "subject": subject,
            "timepoint": timepoint,
            "marker": "pS6",
        }
        for (subject, timepoint, core), densities in cores.items()
        for density in densities
    ]
    return pd.DataFrame(rows)


def two_cores() -> pd.DataFrame:
    """Core B-1: 25 cells of class 1; core B-2: 100 cells, half of class 3: H 100 and 150, pooled 140."""
    small, large = [0.3] * 25, [0.7] * 50 + [0.05] * 50
    return array_of(
        {("K1", "pre", "B-1"): small, ("K1", "pre", "B-2"): large, ("K1", "post", "C-1"): [0.1] * 30}
    )


def score(detections: pd.DataFrame, folder: Path, **options: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Classified cells and the table of scores, as the notebook makes them."""
    detections.to_csv(folder / "d.tsv", sep="\t", index=False)
    cells = stains.with_compartments(read_detections(folder / "d.tsv"), KNOWN)
    manifest = cells.drop_duplicates(stains.KEYS).assign(name=lambda f: f["image"])
    cells = stains.classify_frame(cells)
    return cells, stains.score_images(manifest, cells, SETTINGS, **options)


@pytest.mark.parametrize("header", ["TMA core", "TMA Core", "Core", "tma_core", "TMA-core", "core"])
def test_cores_of_one_image_are_scored_each(tmp_path, header):
    detections = two_cores().rename(columns={"TMA core": header})
    _, scores = score(detections, tmp_path)
    assert list(scores.columns[:2]) == ["image", "core"]
    found = scores.set_index("core")
    assert found["n_cells"].to_dict() == {"B-1": 25, "B-2": 100, "C-1": 30}
    assert found["h_score"].to_dict() == {"B-1": 100, "B-2": 150, "C-1": 0}


def test_a_patient_is_the_mean_of_cores_not_of_cells(tmp_path):
    cells, scores = score(two_cores(), tmp_path)
    _, patients = stains.score_study(cells, scores)
    before = patients.set_index("timepoint").loc["pre"]
    assert (before["h_score"], before["n_cores"], before["n_cells"]) == (125, 2, 125)
    assert (before["h_score_min"], before["h_score_max"]) == (100, 150)


def test_a_core_left_out_leaves_the_patient_to_the_other(tmp_path):
    cells, scores = score(two_cores(), tmp_path, least_cells=28)
    _, patients = stains.score_study(cells, scores)
    assert patients.set_index("timepoint").loc["pre", "h_score"] == 150


def test_the_same_name_on_two_arrays_is_two_cores(tmp_path):
    """Position B-1 of two blocks: two cores; fields of one core: pooled."""
    first = two_cores()
    second = array_of({("K1", "pre", "B-1"): [0.7] * 25, ("K2", "pre", "B-9"): [0.1] * 25}).assign(
        Image="array 8.ndpi"
    )
    cells, scores = score(pd.concat([first, second]), tmp_path)
    _, patients = stains.score_study(cells, scores)
    found = patients.set_index(["subject", "timepoint"]).loc[("K1", "pre")]
    assert (found["n_cores"], found["h_score"]) == (3, pytest.approx((100 + 150 + 300) / 3))
    fields = [
        array_of({("K1", "pre", "B"): d * 25}).assign(Image=n)
        for d, n in (([0.3], "x.svs"), ([0.7], "y.svs"))
    ]
    cells, scores = score(pd.concat(fields), tmp_path)
    _, patients = stains.score_study(cells, scores)
    assert (patients["n_cores"].iloc[0], patients["h_score"].iloc[0]) == (1, 200)


def test_a_name_outlives_its_neighbour(tmp_path):
    """Two blocks, each with B-1 and a core of few cells: B-1 stays two cores when the others are left out."""
    blocks = [
        array_of({("K1", "pre", "B-1"): [d] * 25, ("K1", "pre", "B-2"): [0.1] * 3}).assign(Image=n)
        for d, n in ((0.3, "one.svs"), (0.7, "two.svs"))
    ]
    cells, scores = score(pd.concat(blocks), tmp_path)
    assert stains.score_study(cells, scores)[1]["n_cores"].tolist() == [2]


def test_two_images_without_cores_are_two(tmp_path):
    frame = two_cores().drop(columns="TMA core").query("timepoint == 'pre'")
    frame["Image"] = ["x.svs"] * 25 + ["y.svs"] * 100
    cells, scores = score(frame, tmp_path)
    assert scores["core"].tolist() == ["", ""]
    assert stains.score_study(cells, scores)[1]["h_score"].tolist() == [125]


def test_cells_between_the_cores_belong_to_none(tmp_path):
    stray = array_of({("K1", "pre", ""): [0.7] * 40})
    cells, scores = score(pd.concat([two_cores(), stray]), tmp_path)
    assert scores.set_index("core")["status"].to_dict()[""] == "no core named"
    assert stains.score_study(cells, scores)[1].set_index("timepoint").loc["pre", "n_cells"] == 125


def test_thresholds_vary_over_the_same_cores(tmp_path):
    cells, scores = score(two_cores(), tmp_path)
    varied = stains.vary_thresholds(stains.Scores(scores, cells=cells), [1.0]).frame.iloc[0]
    assert varied["baseline_median"] == 125


def test_two_columns_for_the_core_are_refused(tmp_path):
    two_cores().assign(Core="x").to_csv(tmp_path / "d.csv", index=False)
    with pytest.raises(InputError, match=r"core in one column; got TMA core and Core in d\.csv"):
        read_detections(tmp_path / "d.csv")


def test_subjects_come_by_core_where_the_image_has_several(tmp_path):
    two_cores().drop(columns=["subject", "timepoint", "marker"]).to_csv(tmp_path / "d.csv", index=False)
    rows = [
        ("array 7.tif", c, s, t, "pS6")
        for c, s, t in (("B-1", "P", "pre"), ("B-2", "Q", "pre"), ("C-1", "Q", "post"))
    ]
    slides = pd.DataFrame(rows, columns=["name", "core", "subject", "timepoint", "marker"], index=[4, 9, 12])
    found = read_detections(tmp_path / "d.csv", slides)
    assert found.groupby("core")["subject"].unique().map(list).to_dict() == {
        "B-1": ["P"],
        "B-2": ["Q"],
        "C-1": ["Q"],
    }
    with pytest.raises(InputError, match=r"none for 30 detections of array 7\.ndpi in d\.csv"):
        read_detections(tmp_path / "d.csv", slides.iloc[:2])
    one = pd.DataFrame(
        [("array 7.tif", "P", "pre", "pS6")], columns=["name", "subject", "timepoint", "marker"]
    )
    assert set(read_detections(tmp_path / "d.csv", one)["subject"]) == {"P"}


def write_slides(folder: Path, rows: list[tuple[object, ...]]) -> Path:
    Image.fromarray(np.full((60, 60, 3), 230, np.uint8)).save(folder / "t.png")
    Image.fromarray(np.full((60, 60), 255, np.uint8)).save(folder / "m.png")
    columns = ["image", "core", "mask", "subject", "timepoint", "marker", "um_per_px"]
    frame = pd.DataFrame([(*row, "S", "pre", "pS6", 0.5) for row in rows], columns=columns)
    frame.to_csv(folder / "s.csv", index=False)
    return folder / "s.csv"


def test_an_image_stands_once_or_once_a_core(tmp_path):
    with pytest.raises(InputError, match=r"one row a core; got one image in s\.csv rows 2, 3"):
        read_slides(write_slides(tmp_path, [("t.png", "", "m.png"), ("t.png", "", "m.png")]))
    with pytest.raises(InputError, match=r"one row a core; got one image, core A in s\.csv rows 2, 4"):
        read_slides(write_slides(tmp_path, [("t.png", "A", ""), ("t.png", "B", ""), ("t.png", "A", "")]))
    both = read_slides(write_slides(tmp_path, [("t.png", "A", "m.png"), ("t.png", "B", "m.png")]))
    assert len(open_slides(both)[0]) == 2


def test_cores_measured_here_share_an_image_and_no_cell(tmp_path, root):
    section = np.asarray(Image.open(root / "data/example/ihc/S01_pre_A.png").convert("RGB"))
    Image.fromarray(np.hstack([section, section])).save(tmp_path / "t.png")
    half = np.zeros((section.shape[0], 2 * section.shape[1]), np.uint8)
    half[:, : section.shape[1]] = 255
    for name, mask in (("left.png", half), ("right.png", 255 - half)):
        Image.fromarray(mask).save(tmp_path / name)
    rows = [
        ("t.png", "A", "left.png", "S", "pre", "pS6", 0.5),
        ("t.png", "B", "right.png", "S", "pre", "pS6", 0.5),
    ]
    columns = ["image", "core", "mask", "subject", "timepoint", "marker", "um_per_px"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "s.csv", index=False)
    manifest = stains.with_compartments(read_slides(tmp_path / "s.csv"), KNOWN)
    measured = stains.measure_slides(manifest, *open_slides(manifest), SETTINGS)
    cells = stains.classify_frame(stains.cells_frame(manifest, measured))
    scores = stains.score_images(manifest, cells, SETTINGS, measured=measured).set_index("core")
    assert len(cells) == len(measured[0].cells) == scores["n_cells"].sum()
    assert scores.loc["A", "n_cells"] == pytest.approx(scores.loc["B", "n_cells"], abs=2)


def test_cores_measured_here_need_their_masks(tmp_path):
    manifest = read_slides(write_slides(tmp_path, [("t.png", "A", "m.png"), ("t.png", "B", "")]))
    with pytest.raises(InputError, match=r"needs a mask for each; got t\.png in the slides row 3"):
        open_slides(manifest)


def serial(post_cells: list[int], densities: tuple[float, float] = (0.7, 0.3)) -> pd.DataFrame:
    """One patient an entry: 40 cells before and so many after; none is not sampled."""
    return array_of(
        {(f"K{i}", "pre", f"P-{i}"): [densities[0]] * 40 for i in range(len(post_cells))}
        | {(f"K{i}", "post", f"Q-{i}"): [densities[1]] * n for i, n in enumerate(post_cells) if n}
    )


def shifts_of(detections: pd.DataFrame, folder: Path) -> tuple[MeasurementShifts, pd.DataFrame, pd.DataFrame]:
    cells, scores = score(detections, folder)
    _, patients = stains.score_study(cells, scores)
    shifts = stains.compare_scores(
        stains.Patients(patients), stains.Scores(judge_scores(scores), cells=cells)
    )
    return shifts, patients, scores


def test_patients_left_out_are_counted_beside_pairs(tmp_path):
    shifts, _, _ = shifts_of(serial([30, 30, 5]), tmp_path)
    assert shifts["n_pairs"].tolist() == [2, 2, 2]
    assert shifts["n_excluded"].tolist() == [1, 1, 1]
    assert shifts["note"].str.contains("1 subject without a pair: few cells at post (1)", regex=False).all()
