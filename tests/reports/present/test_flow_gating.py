"""Words of flow cytometry: files, medians, panels and protocols of any programme."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib import cytometry
from lib.cytometry.panel import check_panel
from lib.programme import load_programme
from reports.present import flow_gating as page
from tests.core.cytometry.test_quality import acquisition, gated, with_channel


def test_a_channel_of_nonsense_is_named_first():
    file = with_channel(np.zeros_like(acquisition().events[1]))
    quality = cytometry.check_acquisition(file).to_frame()
    assert page.quality_in_words(quality).startswith("**0 of 1 files pass.** a.fcs fails: PE-A: ")
    assert page.quality_flags(quality) == ["acquisition: 1 file with values that no detector gives"]
    assert page.quality_flags(quality.assign(verdict="flag")) == []


def test_one_subject_is_one_value_however_many_files():
    sample = pd.DataFrame({"subject": ["s", "s"], "timepoint": ["pre", "pre"], "tube": ["a", "b"]})
    rows = cytometry.count_populations(
        [gated([1.5] * 60 + [2.5] * 40), gated([1.5] * 40 + [2.5] * 60)], sample
    )
    assert "one value; n = 1 subject" in page.answer_in_words(cytometry.summarise_populations(rows), "over 2")


def test_a_published_panel_is_named_as_its_programme_names_it():
    programme = load_programme()
    findings = check_panel(
        programme.panel, species=programme.panel_species, wanted=programme.panel_wanted
    ).to_frame()
    said = page.published_panel_in_words(findings, programme.panel_title, programme.panel_species)
    assert said.endswith("The panel of Table 2, read as a human study.")
    assert "Gr-1" in said
    other = page.published_panel_in_words(findings.iloc[:0], "", "mouse")
    assert other == "**0 failures and 0 warnings**. The published panel, read as a mouse study."


def protocol(**columns: list[str]) -> pd.DataFrame:
    default = {"step": [1, 2], "name": ["Lysis", "Staining"], "time_min": ["", ""], "temperature_c": ["", ""],
               "concentration": ["", ""], "optional": ["no", "no"]}  # fmt: skip
    return pd.DataFrame({**default, **columns})


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (protocol(), "**Ours in 2 steps.** Times, temperatures and concentrations are not given there."),
        (
            protocol(time_min=["", "5"]),
            "**Ours in 2 steps.** Temperatures and concentrations are not given there.",
        ),
        (
            protocol(time_min=["2", "5"], temperature_c=["4", ""], concentration=["1 %", ""]),
            "**Ours in 2 steps.**",
        ),
        (
            protocol(optional=["yes", "no"]),
            "**Ours in 2 steps.** Times, temperatures and concentrations are not given there. Dashed: if needed.",
        ),
        (protocol()[:1], "**Ours in 1 step.** Times, temperatures and concentrations are not given there."),
    ],
)
def test_a_protocol_is_said_to_leave_open_what_it_leaves_open(steps, said):
    assert page.protocol_in_words(steps, "Ours") == said


def test_the_published_protocol_is_captioned_as_it_was():
    programme = load_programme()
    assert page.protocol_in_words(programme.protocols["flow"], programme.protocol_titles["flow"]) == (
        "**The published protocol in 6 steps.** Times, temperatures and concentrations are not given there. "
        "Dashed: if needed."
    )


def test_deviations_are_listed_or_said_to_be_none():
    assert page.deviations_in_words([]) == "Deviations of this study: none stated."
    assert page.deviations_in_words(["a", "b"]) == "Deviations of this study: a; b."
