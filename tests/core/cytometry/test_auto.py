"""The built-in strategy against the truth of the simulated files; cuts against densities that are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from lib import cytometry
from lib.cytometry.density import find_cut, fmo_cut
from lib.errors import InputError
from lib.tables import flow


@pytest.fixture(scope="module")
def whole(root: Path) -> cytometry.FlowStudy:
    folder = root / "data" / "example"
    samples, panel = (
        flow.read_samples(folder / "flow_samples.csv"),
        flow.read_panel(folder / "flow_panel.csv"),
    )
    return cytometry.read_study(samples, panel, ids=True)


@pytest.fixture(scope="module")
def study(whole: cytometry.FlowStudy) -> tuple[pd.DataFrame, list[cytometry.FlowFile], dict[str, str]]:
    return whole.samples, list(whole.files), whole.markers


@pytest.fixture(scope="module")
def auto(whole: cytometry.FlowStudy) -> cytometry.StudyGating:
    return cytometry.gate_study(whole, "auto", jobs=2)


@pytest.fixture(scope="module")
def counts(auto: cytometry.StudyGating) -> cytometry.Populations:
    panel = cytometry.check_panel(auto.study.panel, species=auto.study.species)
    return cytometry.count_study(auto, quality=cytometry.check_acquisitions(auto), panel=panel)


def test_recovers_the_simulated_frequencies(counts: cytometry.Populations, root: Path) -> None:
    truth = flow.read_truth(root / "data" / "example" / "flow_truth.csv")
    recovery = cytometry.compare_recovery(counts, truth)
    assert len(recovery) == 12 * 7
    assert recovery["difference_points"].abs().max() < 1.0
    rare = recovery.frame[recovery["population"].isin(["Regulatory T cells", "MDSC"])]
    assert rare["relative_percent"].abs().max() < 10.0


def test_every_cut_lies_in_a_valley_and_no_event_is_changed(study, auto, root: Path) -> None:  # type: ignore[no-untyped-def]
    _, files, _ = study
    assert {c.method for c in auto.auto.cuts} == {"valley"}
    assert min(c.confidence for c in auto.auto.cuts) > 0.8
    fresh = cytometry.read_fcs(root / "data" / "example" / "flow" / files[0].name)
    np.testing.assert_array_equal(files[0].events, fresh.events)


def test_same_cuts_every_time(study, auto) -> None:  # type: ignore[no-untyped-def]
    _, files, panel = study
    assert cytometry.find_strategy(files, panel).cuts == auto.auto.cuts


def test_counts_hold_their_identities(study, auto) -> None:  # type: ignore[no-untyped-def]
    counted = cytometry.count_populations(auto.gated, study[0], cd45_gate="Leukocytes")
    assert (counted["count"] <= counted["parent_count"]).all()
    assert (counted["parent_count"] <= counted["total_count"]).all()
    inside = counted[counted["population"].isin(["T cells", "CD4+ T cells", "CD8+ T cells"])].pivot_table(
        index="file", columns="population", values="count"
    )
    assert (inside["CD4+ T cells"] + inside["CD8+ T cells"] <= inside["T cells"]).all()
    leukocytes = counted[counted["population"] == "Leukocytes"]
    assert (leukocytes["percent_cd45"] == 100).all()
    assert counted.loc[counted["population"] == "Singlets", "percent_cd45"].isna().all()


def test_moving_a_cut_by_nothing_changes_nothing_and_by_much_something(study, auto) -> None:  # type: ignore[no-untyped-def]
    _, files, _ = study
    moved = cytometry.move_cuts(auto.auto, files[:2], shifts=(-0.3, 1e-9))
    assert moved["change_points"][moved["shift_percent_axis"] > 0].abs().max() == 0
    treg = moved.frame[(moved["population"] == "Regulatory T cells") & (moved["shift_percent_axis"] < 0)]
    assert treg["change_points"].item() > 5


def test_cuts_that_somebody_drew_are_not_moved(study) -> None:  # type: ignore[no-untyped-def]
    assert len(cytometry.move_cuts(None, study[1])) == 0


def test_without_a_truth_nothing_is_recovered(counts: cytometry.Populations) -> None:
    assert len(cytometry.compare_recovery(counts, flow.read_truth(""))) == 0


def test_a_failing_rule_touches_the_populations_of_its_markers(counts: cytometry.Populations) -> None:
    """The example's panel reads CD8 and FoxP3 in one detector and has no viability dye, which is of every
    population."""
    first = counts.frame[counts["file"] == counts["file"].iloc[0]].set_index("population")
    shared = "panel: one detector for each dye (APC (CD8), Alexa Fluor 647 (FoxP3))"
    assert first["reasons"].str.contains("panel: viability dye", regex=False).all()
    touched = first["reasons"].str.contains(shared, regex=False)
    assert list(touched[touched].index) == ["CD4+ T cells", "CD8+ T cells", "Regulatory T cells"]
    assert list(first.index[~first["reasons"].str.contains("separable dyes")]) == ["Cells", "Singlets"]
    assert (first["quality"] == "caution").all()


def test_a_study_and_its_gates_show_themselves_by_their_rows(auto: cytometry.StudyGating, root: Path) -> None:
    assert repr(auto.study).startswith("FlowStudy, 12 rows; markers CD45, CD3, ")
    assert "M1_pre.fcs" in repr(auto.study)
    assert "StudyGating, 108 rows; gates the built-in strategy" in auto._repr_html_()
    assert repr(auto.auto).startswith("AutoGating, 10 rows\n")
    samples = flow.read_samples(root / "data" / "example" / "flow_samples.csv").head(2)
    hidden = cytometry.read_study(samples, auto.study.panel)
    assert not [word for word in ("M1", ".fcs") if word in repr(hidden) + hidden._repr_html_()]


def test_markers_that_the_panel_lacks_leave_their_populations_out(study) -> None:  # type: ignore[no-untyped-def]
    _, files, panel = study
    found = cytometry.find_strategy(
        files[:2], {k: v for k, v in panel.items() if k not in ("FoxP3", "CD11b")}
    )
    assert found.left_out["Regulatory T cells"] == "the panel has no FoxP3"
    assert found.left_out["MDSC"] == "Myeloid cells cannot be gated"
    assert "CD8+ T cells" in {g.name for g in found.strategy.gates}


def test_without_cd45_t_cells_are_taken_from_singlets(study) -> None:  # type: ignore[no-untyped-def]
    _, files, panel = study
    found = cytometry.find_strategy(files[:2], {k: v for k, v in panel.items() if k != "CD45"})
    gates = {g.name: g.parent for g in found.strategy.gates}
    assert "Leukocytes" not in gates
    assert gates["T cells"] == "Singlets"


def test_a_panel_of_other_markers_is_refused(study) -> None:  # type: ignore[no-untyped-def]
    _, files, _ = study
    with pytest.raises(
        InputError, match=r"auto gating needs markers of its panel; got CD19, CD20.*Gating-ML"
    ):
        cytometry.find_strategy(files[:1], {"CD19": "PE-A", "CD20": "APC-A"})


def test_a_panel_of_other_channels_is_refused(study) -> None:  # type: ignore[no-untyped-def]
    _, files, _ = study
    with pytest.raises(
        InputError, match=r"must be in the files; got BV421-A \(CD3\) in M1_pre.fcs. The file has FSC-A"
    ):
        cytometry.find_strategy(files[:1], {"CD3": "BV421-A"})


def test_files_with_other_channels_are_refused(study) -> None:  # type: ignore[no-untyped-def]
    from dataclasses import replace

    _, files, panel = study
    odd = replace(files[1], channels=(*files[1].channels[:-1], "Clock"))
    with pytest.raises(
        InputError, match=r"must share their channels; got Clock, Time in M1_post.fcs against M1_pre.fcs"
    ):
        cytometry.find_strategy([files[0], odd], panel)


def test_an_fmo_control_sets_its_markers_cut(study) -> None:  # type: ignore[no-untyped-def]
    from dataclasses import replace

    _, files, panel = study
    row = files[0].row(panel["CD25"])
    dim = files[0].events.copy()
    own = cytometry.file_spillover(files[0])
    rest = np.delete(np.arange(8), own.dyes.index("PE-Cy7-A"))
    dyes = cytometry.compensate(files[0], own)
    dim[row] = (own.matrix[rest, own.detectors.index("PE-Cy7-A")][:, None] * dyes[rest]).sum(axis=0)
    found = cytometry.find_strategy(files[:2], panel, fmo={"CD25": (replace(files[0], events=dim), own)})
    cut = next(c for c in found.cuts if c.marker == "CD25")
    assert cut.method == "FMO"
    assert cut.confidence == 0.995


# Cuts on densities that are known


@pytest.mark.parametrize("share", [0.5, 0.1, 0.03])
def test_cut_between_two_normal_populations_errs_little(share: float) -> None:
    rng = np.random.default_rng(11)
    n = 20_000
    bright = int(n * share)
    values = np.concatenate([rng.normal(0.3, 0.05, n - bright), rng.normal(0.75, 0.05, bright)])
    cut = find_cut(values)
    assert cut.method == "valley"
    assert norm.sf(cut.position, 0.3, 0.05) < 0.002
    assert norm.cdf(cut.position, 0.75, 0.05) < 0.01


def test_one_population_has_no_valley_and_confidence_zero() -> None:
    cut = find_cut(np.random.default_rng(12).normal(0.3, 0.05, 20_000))
    assert (cut.method, cut.confidence) == ("tail", 0.0)
    assert cut.position == pytest.approx(0.3 + 4 * 0.05, abs=0.03)


def test_overlap_lowers_the_confidence() -> None:
    rng = np.random.default_rng(13)
    confidences = [
        find_cut(np.concatenate([rng.normal(0, 1, 20_000), rng.normal(gap, 1, 20_000)])).confidence
        for gap in (3, 4, 8)
    ]
    assert confidences == sorted(confidences)
    assert confidences[-1] > 0.99


@pytest.mark.parametrize("values", [np.array([]), np.zeros(500), np.arange(10.0)])
def test_too_little_to_cut_gives_no_confidence(values: np.ndarray) -> None:
    assert find_cut(values).confidence == 0.0


def test_fmo_cut_keeps_the_stated_share_below() -> None:
    values = np.random.default_rng(14).normal(0, 1, 10_000)
    assert (values > fmo_cut(values).position).mean() == pytest.approx(0.005, abs=0.0005)
