"""Words of stroma: what was measured and left out, and what a programme warns of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.programme import load_programme
from lib.programme.programme import Programme
from lib.stroma import Fields, compare_fields
from lib.stroma.quality import judge_images
from lib.stroma.study import FIRST
from reports import publish
from reports.present import stroma as page
from reports.shown import Answer, Parts
from reports.wording import phrase
from tests.makers.presented import check_snapshot

TIMES = {"baseline": "pre", "followup": "post"}


def frame_of(**columns: list[object]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    default = {
        "image": [f"{i}.png" for i in range(n)],
        "subject": [f"S{i // 2}" for i in range(n)],
        "timepoint": ["pre", "post"] * (n // 2),
        "stain": ["shg"] * n,
        "marker": ["collagen"] * n,
        "area_fraction": [0.3] * n,
        "tissue_area_mm2": [1.0] * n,
        "field_area_mm2": [1.0] * n,
        "excluded_fraction": [0.0] * n,
        "unclear_fraction": [0.0] * n,
        "own_threshold": [50.0] * n,
        "threshold_origin": ["study"] * n,
        "status": ["ok"] * n,
    }
    return pd.DataFrame({**default, **columns})


def test_what_is_alike_needs_no_note():
    stroma = frame_of(area_fraction=[0.2, 0.3, 0.3, 0.2])
    assert page.measured_in_words(stroma) == "**4 of 4 images measured.**"
    assert page.notes_in_words(stroma, **TIMES) == []


def test_notes_name_canvas_fields_brightness_and_what_is_not_measured():
    stroma = frame_of(
        area_fraction=[0.3, 0.0, 0.2, np.nan],
        status=["ok", "no positive area", "ok", "cut not told from noise"],
        excluded_fraction=[0, 0.36, 0, 0],
        field_area_mm2=[1.0, 0.8, 1, 1],
        tissue_area_mm2=[1.0, 0.8, 1.0, 0.5],
        own_threshold=[30.0, 45, 90, np.nan],
        unclear_fraction=[0, 0, 0.4, 0],
    )
    said = page.measured_in_words(stroma)
    assert said == "**3 of 4 images measured.** Nothing is positive on 1: an area fraction of 0."
    notes = " ".join(page.notes_in_words(stroma, **TIMES))
    assert "Not measured: cut not told from noise on 3.png." in notes
    assert "left out on 1 of 4 images, up to 36.0 % of the frame (1.png)" in notes
    assert (
        "Tissue area differs between pre and post in 2 of 2 pairs, 1 of them with fields of another size, by"
        " up to 2.00" in notes
    )
    assert "collagen (shg) from 30 to 90" in notes
    assert "reaches the edge of 2.png and counts as tissue, up to 40 % of the frame" in notes


def test_fields_of_other_size_are_named_whatever_their_cause():
    assert page.fields_in_words(frame_of(field_area_mm2=[1.0, 1.2]), **TIMES).startswith(
        "Tissue area differs between"
    )
    assert page.fields_in_words(frame_of(tissue_area_mm2=[1.0, 1.2]), **TIMES) == ""
    assert "fields of one size" in page.fields_in_words(frame_of(tissue_area_mm2=[1.0, 1.3]), **TIMES)
    assert page.fields_in_words(frame_of(field_area_mm2=[1.0, 1.2]), baseline="pre", followup="late") == ""


@pytest.mark.parametrize("marker", ["collagen", "Collagen I", "FAP", "α-SMA"])
def test_the_programmes_caution_is_said_of_stromal_markers(marker):
    said = page.caution_in_words(load_programme().note("stroma", "caution", measured=[marker]))
    assert said.startswith("**Less collagen is not always benefit:**")
    assert said.endswith("The direction of a change is reported, not judged.")


@pytest.mark.parametrize("marker", ["CD31", "periostin", "fibronectin", "smad3"])
def test_other_markers_get_no_caution_on_collagen_and_nothing_published(marker):
    programme = load_programme()
    for section in ("caution", "published", "summary"):
        assert programme.note("stroma", section, measured=[marker]) == ()


def test_without_a_programme_the_direction_is_reported_not_judged():
    said = Programme("none").note("stroma", "caution", measured=["collagen"])
    assert page.caution_in_words(said) == "The direction of a change is reported, not judged."


# --- what is shown

SCALES = {"area_fraction": "logit", "alignment": "difference", "mean_local_coherency": "difference"}


def fields_of(n_subjects: int, markers: list[str], **columns: list[object]) -> Fields:
    """Two visits a subject and marker: the area falls by a fifth, the alignment by a third, coherency
    stays."""
    rows = [
        (f"S{i}", time, marker, i)
        for marker in markers
        for i in range(n_subjects)
        for time in ("pre", "post")
    ]
    later = [time == "post" for _, time, _, _ in rows]
    frame = frame_of(
        subject=[s for s, *_ in rows],
        timepoint=[t for _, t, *_ in rows],
        marker=[m for _, _, m, _ in rows],
        image=[f"{s}_{t}_{m}.png" for s, t, m, _ in rows],
        area_fraction=[
            (0.3 + 0.01 * i) * (0.8 if post else 1) for (*_, i), post in zip(rows, later, strict=True)
        ],
        alignment=[
            (0.6 + 0.01 * i) * (0.67 if post else 1) for (*_, i), post in zip(rows, later, strict=True)
        ],
        mean_local_coherency=[
            0.5 + (0.01 * (-1) ** i if post else 0) for (*_, i), post in zip(rows, later, strict=True)
        ],
    ).reindex(columns=[*dict.fromkeys([*FIRST, *frame_of(image=["a", "b"])])])
    return Fields(
        judge_images(frame.assign(**columns)), {"window_px": 2.0, "threshold": "found", "cut_from": "study"}
    )


def failed() -> Fields:
    """Of eight subjects one lost its area, one its direction, one fields of another size."""
    fields = fields_of(8, ["collagen"]).frame.drop(columns=["quality", "reasons"])
    fields.loc[0, ["area_fraction", "alignment", "mean_local_coherency"]] = np.nan
    fields.loc[0, "status"] = "cut not told from noise"
    fields.loc[3, ["alignment", "mean_local_coherency"]] = np.nan
    fields.loc[3, "status"] = "no direction"
    fields.loc[5, ["field_area_mm2", "tissue_area_mm2"]] = 1.4
    fields.loc[6, "unclear_fraction"] = 0.1
    return Fields(judge_images(fields), {"window_px": 2.0})


def none() -> Fields:
    """Nobody was seen after treatment."""
    frame = fields_of(2, ["collagen"]).frame
    return Fields(frame[frame["timepoint"] == "pre"].reset_index(drop=True), {"window_px": 2.0})


CASES = {
    "many": lambda: fields_of(8, ["collagen", "α-SMA"]),
    "one": lambda: fields_of(1, ["collagen"]),
    "none": none,
    "failed": failed,
}


def everything(fields: Fields) -> list[Parts | Answer]:
    programme, shifts = load_programme(), compare_fields(fields, SCALES)
    return [
        page.quality(fields),
        page.shifts(shifts, fields),
        page.slopes(fields, shifts),
        page.images(fields),
        page.counted([]),
        page.directions([]),
        page.published(fields, programme),
        page.claims(shifts, fields, programme),
    ]


@pytest.mark.parametrize("case", CASES)
def test_what_is_shown(case):
    check_snapshot(f"stroma/{case}", everything(CASES[case]()))


@pytest.mark.parametrize("case", CASES)
def test_claims_repeat_the_table(case, monkeypatch):
    monkeypatch.setattr("reports.publish.displays.display", lambda *_, **__: None)
    fields = CASES[case]()
    shifts = compare_fields(fields, SCALES)
    report = publish.Report("study", "measured", {})
    report.show(page.shifts(shifts, fields))
    said = page.claims(shifts, fields, load_programme())
    report.answer(said)
    assert len(said.claims) == len(shifts)
    assert phrase(said.claims[0]) in said.answer


def test_the_least_p_leads_and_the_programmes_question_is_answered():
    fields = fields_of(8, ["collagen"])
    shifts = compare_fields(fields, SCALES)
    asked = page.claims(shifts, fields, load_programme()).claims
    assert asked[0].id == "stroma/area-fraction-shift/collagen/post-against-pre"
    assert {c.question for c in asked} == {"Does the stroma change?"}
    assert {c.note for c in asked} == {
        "no clinical stromal change is published; less collagen is not always benefit"
    }
    alone = page.claims(shifts, fields, Programme("none")).claims
    assert {(c.question, c.note) for c in alone} == {(page.TITLE, "nothing is published to compare with")}
    assert (asked[0].estimate.unit, asked[1].estimate.unit) == ("logits", "R")
