"""Words of flow cytometry: files, medians, panels and protocols of any programme, and what is claimed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lib import cytometry
from lib.cytometry import AcquisitionQuality, Acquisitions, MovedCuts, PanelCheck, Recovery
from lib.cytometry.findings import Finding
from lib.places import ROOT
from lib.programme import Programme, load_programme
from lib.tables import flow
from reports import publish
from reports.page.markup import markdown_html
from reports.present import flow_gating as page
from reports.present.flow_gating import methods as steps_page
from reports.present.flow_gating.acquisition import quality_flags, quality_in_words
from reports.present.flow_gating.stains import panel_flags
from tests.core.cytometry.test_quality import acquisition, gated, populations_of, with_channel
from tests.makers.presented import check_snapshot

EXAMPLE = ROOT / "data" / "example"
NONE = Programme("none")
EMPTY = PanelCheck((), pd.DataFrame(), pd.DataFrame())
FAILING = Finding("viability dye", "fail", "none in the panel", "dead cells glow", "Add one.")


@pytest.fixture(scope="module")
def example() -> cytometry.StudyGating:
    samples = flow.read_samples(EXAMPLE / "flow_samples.csv").head(4)
    study = cytometry.read_study(samples, flow.read_panel(EXAMPLE / "flow_panel.csv"))
    return cytometry.gate_study(study)


@pytest.fixture(scope="module")
def checked(example: cytometry.StudyGating) -> PanelCheck:
    wanted = load_programme().panel_wanted
    return cytometry.check_panel(
        example.study.panel, species="mouse", wanted=wanted, file_channels=example.study.channels
    )


def verdicts(*found: str) -> Acquisitions:
    rows = [
        AcquisitionQuality(f"file {i}", 8000, 0.9, 0.5, np.nan, "applied", verdict, "it broke")
        for i, verdict in enumerate(found, start=1)
    ]
    return Acquisitions(pd.DataFrame(rows))


def counts_of(
    n: int,
    verdict: str = "pass",
    x: tuple[float, ...] = (1.5,) * 60 + (2.5,) * 80,
    panel: tuple[Finding, ...] = (),
) -> cytometry.Populations:
    """Counts of n subjects before and after."""
    samples = pd.DataFrame(
        {"subject": [f"s{i}" for i in range(n)] * 2, "timepoint": ["pre"] * n + ["post"] * n}
    )
    return populations_of([gated(list(x))] * (2 * n), samples, verdict, panel)


CASES = {
    "none": (counts_of(1, x=(0.5,) * 60), ("pass", "pass"), EMPTY),
    "one": (counts_of(1), ("pass", "pass"), EMPTY),
    "many": (counts_of(6), ("pass",) * 12, EMPTY),
    "failed": (counts_of(6, "fail", panel=(FAILING,)), ("fail",) * 12, replace(EMPTY, findings=(FAILING,))),
}


@pytest.mark.parametrize("name", CASES)
def test_counts_and_claims(name: str) -> None:
    counts, found, panel = CASES[name]
    summary = cytometry.summarise_populations(counts)
    quality = verdicts(*found)
    shown = [
        page.quality(quality),
        page.summary(summary, counts),
        page.populations(counts),
        page.tree(counts),
    ]
    check_snapshot(f"flow_gating/{name}", shown)
    check_snapshot(
        f"flow_gating/{name}_claims", page.claims(summary, counts, quality, panel, None, programme=NONE)
    )


def test_the_example_as_it_is_shown(example: cytometry.StudyGating, checked: PanelCheck) -> None:
    quality = cytometry.check_acquisitions(example)
    least = cytometry.find_least_stable(example.study.files)
    check_snapshot(
        "flow_gating/example",
        [
            page.files(example),
            page.quality(quality),
            page.stability(least),
            page.compensation(cytometry.view_spill(example.study, least.file)),
            page.panel(checked),
            *page.spectra(checked),
            page.gating_path(cytometry.view_path(example)),
            *page.record(cytometry.fill_miflowcyt(example), cytometry.list_files(example.study.files)),
        ],
    )
    assert (
        page.cuts(example.auto).caption
        == "**10 of 10 cuts lie in a clear valley**; weak: none. Left out: none."
    )


def test_claims_repeat_the_cells_of_the_tables(
    example: cytometry.StudyGating, checked: PanelCheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.publish.displays.display", lambda *_, **__: None)
    quality = cytometry.check_acquisitions(example)
    counts = cytometry.count_study(example, quality=quality, panel=checked)
    summary = cytometry.summarise_populations(counts)
    report = publish.Report("study", "simulated", {})
    report.show(page.summary(summary, counts))
    said = page.claims(summary, counts, quality, checked, example.auto, programme=load_programme())
    report.answer(said)
    assert len(said.claims) == len(summary)
    assert said.claims[0].subject.what == "Regulatory T cells as a share of CD4+ T cells"
    assert said.claims[0].subject.condition == "post"
    assert said.claims[0].question in load_programme().questions


def test_the_last_time_point_leads_and_says_why_it_is_marked() -> None:
    counts = counts_of(6, panel=(FAILING,))
    summary = cytometry.summarise_populations(counts)
    said = page.claims(summary, counts, verdicts("pass"), EMPTY, None, programme=NONE)
    assert said.claims[0].id == "flow_gating/share-of-over-1/over-2/post"
    assert "[caution] at pre and" in said.answer
    assert "[caution: panel: viability dye (none in the panel)] at post" in said.answer


def test_signs_of_markers_stay_apart_in_names() -> None:
    from reports.present.flow_gating.answers import _slug

    assert [_slug(n) for n in ("CD8+ T cells", "CD8- T cells", "CD11b+Gr-1−", "Gr-1")] == [
        "cd8-pos-t-cells",
        "cd8-neg-t-cells",
        "cd11b-pos-gr-1-neg",
        "gr-1",
    ]


def test_names_that_only_signs_tell_apart_are_numbered() -> None:
    counts = counts_of(1)
    twins = counts.frame.replace({"population": {"over 2": "a/b", "over 3": "a b"}})
    counts = replace(counts, frame=twins)
    ids = [
        c.id
        for c in page.claims(
            cytometry.summarise_populations(counts), counts, verdicts("pass"), EMPTY, None, programme=NONE
        ).claims
    ]
    assert len(set(ids)) == len(ids)


def test_a_channel_of_nonsense_is_named_first() -> None:
    file = with_channel(np.zeros_like(acquisition().events[1]))
    quality = Acquisitions(cytometry.check_acquisition(file).to_frame())
    assert quality_in_words(quality).startswith("**0 of 1 file passes.** a.fcs fails: PE-A: ")
    assert quality_flags(quality) == ["acquisition: 1 file with values that no detector gives (a.fcs)"]
    assert quality_flags(Acquisitions(quality.frame.assign(verdict="flag"))) == []


def test_what_is_cut_is_counted() -> None:
    said = quality_in_words(verdicts(*["flag"] * 9, "fail", "pass"))
    assert said.startswith("**1 of 11 files pass.** file 10 fails: it broke. file 1 flagged: it broke.")
    assert said.endswith("And 4 more.")
    assert quality_flags(verdicts(*["fail"] * 8))[0].endswith(
        "(file 1; file 2; file 3; file 4; file 5; file 6; and 2 more)"
    )


def test_one_subject_is_one_value_however_many_files() -> None:
    sample = pd.DataFrame({"subject": ["s", "s"], "timepoint": ["pre", "pre"], "tube": ["a", "b"]})
    counts = populations_of([gated([1.5] * 60 + [2.5] * 40), gated([1.5] * 40 + [2.5] * 60)], sample)
    said = page.counts.answer_in_words(cytometry.summarise_populations(counts), "over 2")
    assert "one value; n = 1 subject" in said


def test_nothing_is_shown_where_there_is_nothing() -> None:
    assert page.compensation(None) is None
    assert page.spectra(EMPTY) == []
    assert page.robustness(cytometry.move_cuts(None, [])) == []
    assert page.published_panel(cytometry.check_panel(NONE.panel), NONE) is None
    assert page.published_notes(NONE) == []
    assert page.protocol(NONE, []) == []
    unjudged = cytometry.check_stability(replace(acquisition(), channels=("FSC-A", "PE-A", "x")))
    assert page.stability(unjudged) is None


def test_cuts_and_a_truth_that_are_not_there_are_said_to_be_absent() -> None:
    assert page.cuts(None).markdown == "Gates were drawn by hand: their cuts carry no confidence."
    none = Recovery(pd.DataFrame(columns=list(Recovery.COLUMNS)))
    assert page.recovery(none).markdown.startswith("No true frequencies are given")


def test_cuts_that_move_and_truths_that_are_missed() -> None:
    moved = pd.DataFrame(
        {
            "population": ["A", "B"],
            "shift_percent_axis": [-2.0, -2.0],
            "percent_parent": [5.0, 6.0],
            "change_points": [0.5, 0.1],
            "change_relative_percent": [10.0, 1.6],
        }
    )
    found = pd.DataFrame(
        {
            "file": "file 1",
            "population": ["A", "B"],
            "true_percent": [5.0, 1.0],
            "found_percent": [5.5, 1.2],
            "difference_points": [0.5, 0.2],
            "relative_percent": [10.0, 20.0],
        }
    )
    still = moved.assign(change_relative_percent=np.nan)
    check_snapshot(
        "flow_gating/cuts",
        [
            *page.robustness(MovedCuts(moved)),
            *page.recovery(Recovery(found)),
            *page.robustness(MovedCuts(still)),
        ],
    )


def test_a_published_panel_is_named_as_its_programme_names_it() -> None:
    programme = load_programme()
    found = cytometry.check_panel(
        programme.panel, species=programme.panel_species, wanted=programme.panel_wanted
    )
    table = page.published_panel(found, programme)
    assert table.caption.endswith("The panel of Table 2, read as a human study.")
    assert "Gr-1" in table.caption
    other = page.published_panel(replace(EMPTY, species="mouse"), replace(programme, panel_title=""))
    assert other.caption == "**0 failures and 0 warnings**. The published panel, read as a mouse study."


def test_rules_that_fail_are_flagged_once() -> None:
    assert panel_flags(replace(EMPTY, findings=(FAILING, FAILING))) == ["panel: viability dye"]
    assert panel_flags(EMPTY) == []


def protocol(**columns: list[str]) -> pd.DataFrame:
    default = {
        "step": [1, 2],
        "name": ["Lysis", "Staining"],
        "time_min": ["", ""],
        "temperature_c": ["", ""],
        "concentration": ["", ""],
        "optional": ["no", "no"],
    }
    return pd.DataFrame({**default, **columns})


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (protocol(), " Times, temperatures and concentrations are given nowhere."),
        (protocol()[:1], " Times, temperatures and concentrations are given nowhere."),
        (protocol(time_min=["", "5"]), " Temperatures and concentrations are given nowhere."),
        (protocol(time_min=["2", "5"], temperature_c=["4", ""], concentration=["1 %", ""]), ""),
    ],
)
def test_a_protocol_is_said_to_leave_open_what_it_leaves_open(steps: pd.DataFrame, said: str) -> None:
    assert steps_page.gaps_in_words(steps) == said


def test_the_published_protocol_is_a_list_of_its_steps() -> None:
    said, table = page.protocol(load_programme(), ["no lysis"])
    check_snapshot("flow_gating/protocol", [said, table])
    html = markdown_html(said.markdown)
    assert html.count("<li>") == 6
    assert "<strong>Tissue dissociation:</strong> mince: fresh tumour tissue;" in html
    assert html.count("(optional; if necessary)") == 1


def test_deviations_are_listed_or_said_to_be_none() -> None:
    assert steps_page.deviations_in_words([]) == "Deviations of this study: none stated."
    assert steps_page.deviations_in_words(["a", "b"]) == "Deviations of this study: a; b."
    (said,) = page.protocol(NONE, ["a"])
    assert said.markdown == "Deviations of this study: a."
