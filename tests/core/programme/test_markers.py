"""Which markers a programme knows, and which faults its file may have there."""

from __future__ import annotations

import pytest

from lib.errors import InputError
from lib.programme import load_programme
from lib.programme.programme import Programme


def folder_with(tmp_path, text: str):
    (tmp_path / "programme.yaml").write_text("title: T\n" + text, encoding="utf-8")
    return tmp_path


def test_a_compartment_that_there_is_not_is_a_fault(tmp_path):
    with pytest.raises(
        InputError, match=r"markers\.S6\.compartment must be one of nucleus, cytoplasm, cell; got membrane"
    ):
        load_programme(folder_with(tmp_path, "markers: {S6: {compartment: membrane}}"))


def test_populations_that_a_panel_is_wanted_for_come_with_their_markers(tmp_path):
    written = "panel: {title: Panel A, species: mouse, wanted: {B cells: [CD19, B220]}}"
    programme = load_programme(folder_with(tmp_path, written))
    assert programme.panel_wanted == {"B cells": ("CD19", "B220")}
    assert (programme.panel_title, programme.panel_species) == ("Panel A", "mouse")
    assert Programme("none").panel_wanted == {}


@pytest.mark.parametrize(
    ("about", "measured", "said"),
    [
        ("[collagen]", ["Collagen IV"], True),
        ("[collagen]", ["collagenase"], False),
        ("[PTK2]", ["PTK2B"], False),
        ("[PTK2]", ["CD31", "ptk2-pY397"], True),
        ("[]", ["CD31"], True),
        ("[]", [], False),
    ],
)
def test_notes_are_said_of_what_they_are_about(tmp_path, about, measured, said):
    programme = load_programme(folder_with(tmp_path, f"notes: {{stroma: {{about: {about}, limits: [x]}}}}"))
    assert programme.note("stroma", "limits", measured=measured) == (("x",) if said else ())
    assert programme.note("stroma", "limits") == ("x",)
