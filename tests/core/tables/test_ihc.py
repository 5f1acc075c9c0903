"""Slides' manifest, images that cannot be used, and QuPath's detections."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image

from lib import stains
from lib.errors import InputError
from lib.tables.ihc import open_slides, read_detections, read_deviations, read_slides
from lib.tables.slides import open_slide


def write_slide(folder, name, pixels):
    if name.endswith(".tif"):
        tifffile.imwrite(folder / name, pixels)
    else:
        Image.fromarray(pixels).save(folder / name)
    return folder / name


LIGHT = np.full((40, 50, 3), 230, np.uint8)


@pytest.mark.parametrize(
    ("name", "pixels", "message"),
    [
        ("deep.tif", np.full((40, 50, 3), 60000, np.uint16), r"8 bits a channel; got uint16 in deep\.tif"),
        ("grey.tif", LIGHT[..., 0], r"must be RGB; got shape \(40, 50\) in grey\.tif"),
        ("grey.png", LIGHT[..., 0], r"must be RGB; got shape \(40, 50\) in grey\.png"),
        ("clear.png", np.dstack([LIGHT, np.full((40, 50), 9, np.uint8)]), r"opaque; .* in clear\.png"),
        ("dark.png", np.full((40, 50, 3), 12, np.uint8), r"median grey level 12.* in dark\.png"),
    ],
)
def test_images_that_are_not_brightfield_are_named(tmp_path, name, pixels, message):
    with pytest.raises(InputError, match=message):
        open_slide(write_slide(tmp_path, name, pixels))


def test_corrupt_tiff_is_named(tmp_path):
    (tmp_path / "broken.tif").write_bytes(b"II*\x00 not a picture")
    with pytest.raises(InputError, match=r"must be readable; .*broken\.tif"):
        open_slide(tmp_path / "broken.tif")


def test_truncated_tiff_is_named(tmp_path):
    tifffile.imwrite(tmp_path / "cut.tif", LIGHT, compression="zlib")
    data = (tmp_path / "cut.tif").read_bytes()
    (tmp_path / "cut.tif").write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match=r"cut\.tif"):
        open_slide(tmp_path / "cut.tif")


def test_opaque_alpha_is_dropped(tmp_path):
    path = write_slide(tmp_path, "a.png", np.dstack([LIGHT, np.full((40, 50), 255, np.uint8)]))
    assert open_slide(path).shape == (40, 50, 3)


def test_manifest_names_every_fault(tmp_path):
    write_slide(tmp_path, "a.png", LIGHT)
    rows = pd.DataFrame([("a.png", "S1", "pre", "FAK", 0), ("b.png", "S1", "post", "FAK", 0.5)])
    rows.columns = ["image", "subject", "timepoint", "marker", "um_per_px"]
    rows.to_csv(tmp_path / "s.csv", index=False)
    with pytest.raises(InputError, match=r"um_per_px must be > 0; got 0\.0 in s\.csv row 2"):
        read_slides(tmp_path / "s.csv")
    rows.assign(um_per_px=0.5).to_csv(tmp_path / "s.csv", index=False)
    with pytest.raises(InputError, match=r"file that exists; got b\.png in s\.csv row 3"):
        read_slides(tmp_path / "s.csv")


def test_all_bad_images_are_named_at_once(tmp_path):
    for name in ("a.png", "b.png"):
        write_slide(tmp_path, name, np.full((40, 50, 3), 5, np.uint8))
    write_slide(tmp_path, "c.png", LIGHT)
    write_slide(tmp_path, "m.png", LIGHT[:7, :8, 0])
    frame = pd.DataFrame({"image": ["a.png", "b.png", "c.png"], "mask": [None, None, "m.png"]})
    frame = frame.map(lambda name: str(tmp_path / name) if name else None)
    with pytest.raises(InputError, match=r"(?s)a\.png.*b\.png.*size 40 × 50; got 7 × 8 in m\.png"):
        open_slides(frame)


OLD = {"Image": "a.svs", "Class": "Tumor: 1+", "Nucleus: DAB OD mean": 0.1, "Cytoplasm: DAB OD mean": 0.45}
NEW = {"Image": "a.svs", "Classification": "Tumor", "DAB: Nucleus: Mean": 0.1, "DAB: Cytoplasm: Mean": 0.45}


@pytest.mark.parametrize("row", [OLD, NEW])
def test_both_spellings_of_qupath_are_read(tmp_path, row):
    known = {"subject": "S1", "timepoint": "pre", "marker": "pS6", "compartment": "cytoplasm"}
    pd.DataFrame([{**row, **known}] * 3).to_csv(tmp_path / "d.tsv", sep="\t", index=False)
    cells = stains.classify_frame(stains.with_compartments(read_detections(tmp_path / "d.tsv")))
    assert cells["dab_od"].tolist() == [0.45] * 3
    assert cells["class_0_3"].tolist() == [2] * 3


def test_classes_alone_are_scored(tmp_path):
    """25 of each of QuPath's classes: H 150, 75 % positive, and cells of no class left out."""
    names = ["Negative", "Tumor: 1+", "2+", "Stroma: 3+"] * 25 + ["Necrosis"] * 9
    frame = pd.DataFrame(
        {"Image": "a.svs", "Class": names, "subject": "S1", "timepoint": "pre", "marker": "HER2"}
    )
    frame.to_csv(tmp_path / "d.csv", index=False)
    cells = stains.classify_frame(stains.with_compartments(read_detections(tmp_path / "d.csv")))
    score = stains.score_frame(cells).iloc[0]
    assert (score["h_score"], score["percent_positive"], score["allred"]) == (150, 75, 7)
    assert (score["n_cells"], score["n_unclassified"]) == (100, 9)


def test_subjects_come_from_the_slides(tmp_path):
    slides = pd.DataFrame([{"name": "a.png", "subject": "S9", "timepoint": "post", "marker": "FAK"}])
    pd.DataFrame([{**OLD, "Image": "a.svs"}]).to_csv(tmp_path / "d.csv", index=False)
    assert read_detections(tmp_path / "d.csv", slides)["subject"].tolist() == ["S9"]
    with pytest.raises(InputError, match=r"needs subject, timepoint, marker; .* d\.csv"):
        read_detections(tmp_path / "d.csv")


def test_detections_without_densities_are_refused(tmp_path):
    pd.DataFrame([{"Image": "a.svs", "Area": 3}]).to_csv(tmp_path / "d.csv", index=False)
    with pytest.raises(InputError, match=r"DAB OD mean.*columns Image, Area"):
        read_detections(tmp_path / "d.csv")


def test_a_step_that_the_protocol_does_not_have(tmp_path):
    pd.DataFrame({"step": [9], "this_study": ["x"]}).to_csv(tmp_path / "v.csv", index=False)
    with pytest.raises(InputError, match=r"step must be <= 8; got 9"):
        read_deviations(tmp_path / "v.csv", protocol=pd.DataFrame({"step": range(1, 9)}))
    assert list(read_deviations(tmp_path / "v.csv", protocol=pd.DataFrame({"step": range(1, 10)}))) == [9]
    assert list(read_deviations(tmp_path / "v.csv")) == [9]  # no protocol: nothing to go beyond


def test_steps_are_counted_from_one(tmp_path):
    pd.DataFrame({"step": [0], "this_study": ["x"]}).to_csv(tmp_path / "v.csv", index=False)
    with pytest.raises(InputError, match=r"step must be >= 1; got 0"):
        read_deviations(tmp_path / "v.csv")
