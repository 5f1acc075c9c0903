"""Acquisition quality, counts with their limits, and the files of a study together."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from lib import cytometry
from lib.cytometry import AcquisitionQuality, BooleanGate, Dimension, FlowFile, GatingStrategy, RectangleGate
from lib.cytometry.findings import Finding
from lib.cytometry.populations import find_cd45_gate, find_reference_gate
from lib.cytometry.quality import margin_percent
from lib.cytometry.stability import check_stability, order_in_time
from lib.cytometry.verdicts import markers_of
from lib.errors import InputError
from lib.tables import flow
from tests.makers.fcs_writer import SPILL, cells, fcs_bytes


def acquisition(n: int = 20_000, seed: int = 1) -> FlowFile:
    rng = np.random.default_rng(seed)
    events = np.stack([rng.lognormal(11, 0.2, n), rng.lognormal(8, 1, n), np.sort(rng.uniform(0, 100, n))])
    return FlowFile(
        "a.fcs",
        "FCS3.1",
        {},
        ("FSC-A", "PE-A", "Time"),
        ("", "CD3", ""),
        (262144.0,) * 3,
        events.astype(np.float32),
    )


def test_a_steady_acquisition_is_stable() -> None:
    assert check_stability(acquisition()).share == 1.0


def test_false_alarms_on_steady_acquisitions_are_rare() -> None:
    shares = [check_stability(acquisition(8000, seed)).share for seed in range(100)]
    assert np.mean(np.array(shares) < 1.0) <= 0.02


def test_a_shifted_stretch_is_found_where_it_is() -> None:
    file = acquisition()
    inside = (file.events[2] > 40) & (file.events[2] < 60)
    file.events[1][inside] *= 0.5
    found = check_stability(file)
    assert found.worst_channel == "PE-A"
    assert found.share == pytest.approx(0.8, abs=0.04)
    unstable = found.bins[~found.bins["stable"]]
    assert unstable["start"].min() > 36
    assert unstable["stop"].max() < 64


def test_a_clog_is_found_by_its_rate() -> None:
    file = acquisition()
    keep = ~((file.events[2] > 30) & (file.events[2] < 50) & (np.arange(file.n_events) % 3 > 0))
    found = check_stability(replace(file, events=file.events[:, keep]))
    assert 0.85 < found.share < 0.95
    assert found.bins.loc[~found.bins["stable"], "rate_ratio"].max() < 0.6


def test_without_a_time_channel_stability_is_missing_and_said() -> None:
    file = acquisition()
    timeless = replace(file, channels=("FSC-A", "PE-A"), events=file.events[:2], tops=file.tops[:2])
    verdict = cytometry.check_acquisition(timeless, None)
    assert np.isnan(verdict.time_stability)
    assert verdict.reason == "no time channel: stability not judged"
    assert verdict.verdict == "pass"


def bad_stretch(file: FlowFile, share: float = 0.17) -> FlowFile:
    """The signal halves in a stretch that begins at a tenth of the run."""
    at = np.arange(file.n_events) / file.n_events
    events = file.events.copy()
    events[1][(at > 0.1) & (at < 0.1 + share)] *= 0.5
    return replace(file, events=events)


@pytest.mark.parametrize("turns", [1, 3, 10, 300])
def test_a_time_counter_that_wraps_hides_nothing(turns: int) -> None:
    """A tenth of a turn in each turn would dilute a bad stretch; joined end to end it is found whole."""
    file = bad_stretch(acquisition(24_000))
    time = file.events[2].astype(np.float64) % (100 / turns)
    wrapped = replace(file, events=np.stack([*file.events[:2], time.astype(np.float32)]))
    found = check_stability(wrapped)
    assert found.share == pytest.approx(0.83, abs=0.02)
    assert found.worst_channel == "PE-A"
    if turns > 1:
        assert f"time starts again {'once' if turns == 2 else f'{turns - 1} times'}" in found.note
    quality = cytometry.check_acquisition(wrapped)
    assert quality.verdict == "flag"
    assert "17 % of events in unstable stretches, most in PE-A" in quality.reason


def test_a_counter_that_was_reset_is_joined_and_named() -> None:
    """Two runs in one file, the second beginning at 40 of 100: sorted by time they would be mixed."""
    time = np.concatenate([np.linspace(0, 100, 5000), np.linspace(60, 130, 5000)])
    order, joined, note = order_in_time(time)
    assert order.tolist() == list(range(10_000))
    assert (np.diff(joined) > 0).all()
    assert "starts again once" in note


def test_a_file_out_of_order_is_judged_in_the_order_of_time_and_named() -> None:
    file = acquisition()
    shuffled = replace(file, events=file.events[:, np.random.default_rng(2).permutation(file.n_events)])
    assert check_stability(shuffled).share == 1.0
    assert "time is not in the order of the file" in cytometry.check_acquisition(shuffled).reason
    inside = (shuffled.events[2] > 40) & (shuffled.events[2] < 60)
    shuffled.events[1][inside] *= 0.5
    assert check_stability(shuffled).share == pytest.approx(0.8, abs=0.04)


def test_small_steps_back_are_no_restart() -> None:
    time = np.sort(np.random.default_rng(1).uniform(0, 100, 5000))
    time[1::50] -= 0.3
    order, joined, note = order_in_time(time)
    assert note == ""
    assert (np.diff(joined[order]) >= 0).all()


def test_what_cannot_be_judged_says_why() -> None:
    file = acquisition()
    still = replace(file, events=np.stack([*file.events[:2], np.full(file.n_events, 7, np.float32)]))
    assert check_stability(still).note == "time is 7 in every event: stability not judged"
    assert check_stability(acquisition(1200)).note == "fewer than 2,000 events: stability not judged"
    seconds = replace(file, events=np.stack([*file.events[:2], np.floor(file.events[2] / 20)]))
    coarse = check_stability(seconds)
    assert (coarse.share, coarse.note) == (1.0, "time is too coarse to judge the event rate")


# Values that no detector gives


def with_channel(values: np.ndarray) -> FlowFile:
    file = acquisition()
    return replace(file, events=np.stack([file.events[0], values.astype(np.float32), file.events[2]]))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (
            lambda v: v.view(np.int32).byteswap().view(np.float32),
            "PE-A: .* % of the events have values that no detector gives",
        ),
        (lambda v: v * 1e-41, "PE-A: 100 % of the events have values that no detector gives"),
        (lambda v: np.log10(v) / 1.5, "PE-A: all events lie below 5 on a scale to 262,144"),
        (lambda v: -v, "PE-A: all events lie below 5 on a scale to 262,144"),
        (lambda v: 0 * v, "PE-A: every event has the value 0"),
        (lambda v: 0 * v + 300, "PE-A: every event has the value 300"),
    ],
)
def test_a_channel_of_nonsense_fails_and_is_named(make, reason: str) -> None:  # type: ignore[no-untyped-def]
    with np.errstate(all="ignore"):
        file = with_channel(np.nan_to_num(make(acquisition().events[1].copy())))
    verdict = cytometry.check_acquisition(file)
    assert verdict.verdict == "fail"
    assert re.match(reason, verdict.reason)


def test_a_file_of_the_other_byte_order_never_passes(tmp_path: Path) -> None:
    content = fcs_bytes(cells(), words={"$SPILLOVER": SPILL, "$BYTEORD": "4,3,2,1"})
    (tmp_path / "swapped.fcs").write_bytes(content)
    with pytest.raises(
        InputError, match=r"must be finite numbers; .* in swapped.fcs. .*\$BYTEORD or \$DATATYPE is wrong"
    ):
        cytometry.read_fcs(tmp_path / "swapped.fcs")
    whole = np.round(cells())  # small whole numbers swapped are denormal, and no NaN among them
    (tmp_path / "whole.fcs").write_bytes(
        fcs_bytes(whole[:, 2:4] // 256 + 1, ["FITC-A", "PE-A"], words={"$BYTEORD": "4,3,2,1"})
    )
    verdict = cytometry.check_acquisition(cytometry.read_fcs(tmp_path / "whole.fcs"))
    assert verdict.verdict == "fail"
    assert verdict.reason.startswith("FITC-A")


def test_sound_channels_are_no_nonsense(root: Path, shared_data: Path) -> None:
    paths = [
        *sorted((root / "data" / "example" / "flow").glob("*.fcs")),
        shared_data / "flow" / "gate_ref" / "data1.fcs",
        *sorted((shared_data / "flow").glob("*.fcs")),
    ]
    assert {path.name: cytometry.judge_signals(cytometry.read_fcs(path)) for path in paths} == {
        p.name: [] for p in paths
    }


def test_margin_events_are_counted_once() -> None:
    file = acquisition(1000)
    file.events[0][:50] = 262143.5
    file.events[1][:50] = 262144
    assert margin_percent(file) == pytest.approx(5.0)


def test_each_broken_limit_gives_its_reason() -> None:
    file = acquisition(1200)
    file.events[0][:300] = 262144
    verdict = cytometry.check_acquisition(file, None)
    assert verdict.verdict == "flag"
    assert "1,200 events, fewer than 5,000" in verdict.reason
    assert "25.0 % of events at the top of a scale" in verdict.reason


def test_the_unstable_file_of_the_example_and_only_it_is_flagged(root: Path) -> None:
    samples = flow.read_samples(root / "data" / "example" / "flow_samples.csv")
    files = cytometry.read_files(samples)
    verdicts = {f.name: cytometry.check_acquisition(f, cytometry.file_spillover(f)) for f in files}
    assert [name for name, v in verdicts.items() if v.verdict == "flag"] == ["M4_post.fcs"]
    assert "unstable stretches" in verdicts["M4_post.fcs"].reason


def test_live_fraction_of_the_real_files(shared_data: Path) -> None:
    """Live_Cells over Single_Cells in R's counts: 15130 / 28584."""
    file = cytometry.read_fcs(shared_data / "flow" / "Activation_1.fcs")
    gated = cytometry.apply_gates(
        file, cytometry.read_gatingml(shared_data / "flow" / "activation.gatingml.xml")
    )
    verdict = cytometry.check_acquisition(file, cytometry.file_spillover(file), gated)
    assert verdict.live_percent == pytest.approx(100 * 15130 / 28584)
    assert verdict.verdict == "pass"


# Counts


def gated(x: list[float]) -> cytometry.GatedFile:
    file = FlowFile("a.fcs", "FCS3.1", {}, ("x",), ("",), (10.0,), np.array([x], dtype=np.float32))
    return cytometry.apply_gates(file, strategy())


def strategy() -> GatingStrategy:
    gates = tuple(
        RectangleGate(f"over {b}", (Dimension("x", low=b),), p)
        for b, p in ((1, None), (2, "over 1"), (3, "over 2"), (9, "over 3"), (9.5, "over 9"))
    )
    return GatingStrategy(gates)


def populations_of(
    gates: list[cytometry.GatedFile],
    samples: pd.DataFrame,
    verdict: str = "pass",
    panel: tuple[Finding, ...] = (),
) -> cytometry.Populations:
    """Counts of files that share a verdict, judged by it and by the findings on a panel that names x as
    CD3."""
    gates = [replace(one, file=f"file {i}") for i, one in enumerate(gates, start=1)]
    study = cytometry.FlowStudy(samples, (), (), pd.DataFrame({"channel": ["x"], "marker": ["CD3"]}))
    quality = pd.DataFrame(
        [
            AcquisitionQuality(g.file, g.n_events, 1.0, 0.0, 0.0, "applied", verdict, "it broke; twice")
            for g in gates
        ]
    )
    gating = cytometry.StudyGating(study, (strategy(),) * len(gates), tuple(gates))
    none = pd.DataFrame()
    return cytometry.count_study(
        gating, quality=cytometry.Acquisitions(quality), panel=cytometry.PanelCheck(panel, none, none)
    )


@pytest.fixture
def sample() -> pd.DataFrame:
    return pd.DataFrame({"subject": ["s"], "timepoint": ["pre"], "cells_per_mg": [1000.0]})


def test_intervals_are_wilsons_and_limits_as_stated(sample: pd.DataFrame) -> None:
    rows = cytometry.count_populations([gated([1.5] * 100 + [2.5] * 30 + [3.5] * 10)], sample).set_index(
        "population"
    )
    assert rows.loc["over 2", ["count", "parent_count", "total_count"]].tolist() == [40, 140, 140]
    low, high = proportion_confint(40, 140, method="wilson")
    assert rows.loc["over 2", "percent_low"] == pytest.approx(100 * low)
    assert rows.loc["over 2", "percent_high"] == pytest.approx(100 * high)
    assert rows["quantifiable"].tolist() == [True, False, False, False, False]
    assert rows.loc["over 2", "detection"] == "detected, not quantifiable: fewer than 50 events"
    assert rows.loc["over 3", "detection"] == "not detected: fewer than 20 events"


def test_an_empty_parent_has_no_percentage_and_says_so(sample: pd.DataFrame) -> None:
    row = cytometry.count_populations([gated([1.5] * 60)], sample).set_index("population").loc["over 9.5"]
    assert np.isnan(row["percent_parent"])
    assert np.isnan(row["percent_low"])
    assert row["detection"] == "parent is empty"
    assert not row["quantifiable"]


def test_density_is_the_share_of_countable_cells(sample: pd.DataFrame) -> None:
    rows = cytometry.count_populations([gated([1.5] * 75 + [2.5] * 25)], sample).set_index("population")
    assert rows.loc["over 2", "cells_per_mg"] == pytest.approx(250.0)


def test_beads_turn_counts_into_cells_of_the_tube() -> None:
    """500 of 10,000 beads were seen: each event stands for 20 cells."""
    file = FlowFile(
        "a.fcs", "FCS3.1", {}, ("x",), ("",), (10.0,), np.array([[1.0] * 500 + [3.0] * 80], dtype=np.float32)
    )
    gates = (
        RectangleGate("Beads", (Dimension("x", high=2),)),
        RectangleGate("T cells", (Dimension("x", low=2),)),
    )
    sample = pd.DataFrame({"subject": ["s"], "timepoint": ["pre"], "beads_added": [10_000]})
    rows = cytometry.count_populations(
        [cytometry.apply_gates(file, GatingStrategy(gates))], sample
    ).set_index("population")
    assert rows.loc["T cells", "cells_per_tube"] == pytest.approx(1600)


@pytest.mark.parametrize(("n", "low", "high"), [(6, 1, 6), (8, 1, 8), (9, 2, 8), (20, 6, 15), (40, 14, 27)])
def test_median_interval_is_the_textbook_pair_of_order_statistics(n: int, low: int, high: int) -> None:
    """Ranks from Conover, Practical Nonparametric Statistics, table of the quantile test at 95 %."""
    assert cytometry.median_interval(np.arange(1, n + 1)) == (low, high)


def test_fewer_than_six_subjects_give_no_interval_of_the_median() -> None:
    assert np.isnan(cytometry.median_interval(np.arange(5))).all()
    assert np.isnan(cytometry.median_interval([])).all()


def test_summary_counts_subjects_not_files(sample: pd.DataFrame) -> None:
    twice = pd.concat([sample, sample.assign(tube="b")], ignore_index=True)
    rows = populations_of([gated([1.5] * 60 + [2.5] * 40), gated([1.5] * 40 + [2.5] * 60)], twice)
    row = cytometry.summarise_populations(rows).frame.set_index("population").loc["over 2"]
    assert (row["n_subjects"], row["n_files"], row["n_quantifiable"]) == (1, 2, 1)
    assert row["median_percent"] == pytest.approx(50.0)


@pytest.fixture
def six() -> pd.DataFrame:
    return pd.DataFrame({"subject": list("abcdef"), "timepoint": "pre"})


def enough() -> cytometry.GatedFile:
    return gated([1.5] * 60 + [2.5] * 80)


def test_counts_without_a_fault_pass(six: pd.DataFrame) -> None:
    counts = populations_of([enough() for _ in range(6)], six)
    assert counts.frame.set_index("population").loc[["over 1", "over 2"], "quality"].eq("pass").all()
    row = cytometry.summarise_populations(counts).frame.set_index("population").loc["over 2"]
    assert (row["quality"], row["reasons"]) == ("pass", "")


@pytest.mark.parametrize(
    ("verdict", "quality", "word"), [("fail", "fail", "fails"), ("flag", "caution", "flagged")]
)
def test_a_count_is_as_good_as_its_file(six: pd.DataFrame, verdict: str, quality: str, word: str) -> None:
    counts = populations_of([enough()], six[:1], verdict)
    row = counts.frame.set_index("population").loc["over 2"]
    assert (row["quality"], row["reasons"]) == (quality, f"file 1 {word}: it broke, twice")
    median = cytometry.summarise_populations(counts).frame.set_index("population").loc["over 2"]
    assert median["quality"] == quality
    assert median["reasons"] == f"file 1 {word}: it broke, twice; 1 of the 6 subjects that an interval needs"


def test_few_events_are_a_caution_and_an_empty_parent_is_no_number(sample: pd.DataFrame) -> None:
    counts = populations_of([gated([1.5] * 60 + [2.5])], sample).frame.set_index("population")
    assert tuple(counts.loc["over 2", ["quality", "reasons"]]) == (
        "caution",
        "file 1: 1 event in over 2, fewer than 50",
    )
    assert tuple(counts.loc["over 9", ["quality", "reasons"]]) == ("not judged", "file 1: no event in over 3")


def test_a_median_of_no_subject_is_not_judged(sample: pd.DataFrame) -> None:
    row = (
        cytometry.summarise_populations(populations_of([gated([1.5] * 60)], sample))
        .frame.set_index("population")
        .loc["over 9"]
    )
    assert (row["n_subjects"], row["quality"], row["reasons"]) == (
        0,
        "not judged",
        "file 1: no event in over 3",
    )


@pytest.mark.parametrize(("markers", "touched"), [(("CD3",), True), (("CD8",), False), ((), True)])
def test_a_panel_that_fails_is_a_caution_where_its_markers_gate(
    six: pd.DataFrame, markers: tuple[str, ...], touched: bool
) -> None:
    finding = Finding("one detector", "fail", "APC", "why", "remedy", markers)
    row = populations_of([enough()], six[:1], panel=(finding,)).frame.set_index("population").loc["over 1"]
    assert (row["quality"], row["reasons"]) == (
        ("caution", "panel: one detector (APC)") if touched else ("pass", "")
    )


def test_a_warning_of_the_panel_is_nothing_against_a_count(six: pd.DataFrame) -> None:
    finding = Finding("dump channel", "warn", "none", "why", "remedy")
    assert populations_of([enough()], six[:1], panel=(finding,))["quality"].iloc[0] == "pass"


def test_markers_of_a_boolean_gate_are_those_of_its_operands() -> None:
    gates = (
        RectangleGate("A", (Dimension("Comp-PE-A", low=1.0),)),
        RectangleGate("B", (Dimension("APC-A", low=1.0),)),
        RectangleGate("C", (Dimension("FITC-A", low=1.0),)),
        BooleanGate("A not B", "and", (("A", False), ("B", True)), "C"),
    )
    labels = {"PE-A": "CD3", "APC-A": "CD8", "FITC-A": "CD45", "BV421-A": "CD4"}
    assert markers_of(GatingStrategy(gates), "A not B", labels) == {"CD3", "CD8", "CD45"}
    assert markers_of(GatingStrategy(gates), "C", labels) == {"CD45"}


def test_gates_are_known_by_their_names() -> None:
    assert find_reference_gate(["Cells", "Singlets", "Live"]) == "Live"
    assert find_reference_gate(["Cells", "Single_Cells", "Delivered"]) == "Single_Cells"
    assert find_reference_gate(["Cells"]) is None
    strategy = GatingStrategy(
        (
            RectangleGate("All", (Dimension("FSC-A", low=0),)),
            RectangleGate("P1", (Dimension("FITC-A", low=1),)),
        )
    )
    assert find_cd45_gate(strategy, "FITC-A") == "P1"
    assert find_cd45_gate(strategy, None) is None


# The files of a study


def test_one_file_under_two_names_is_refused(tmp_path: Path, root: Path) -> None:
    source = root / "data" / "example" / "flow" / "M1_pre.fcs"
    for name in ("one.fcs", "two.fcs"):
        shutil.copy(source, tmp_path / name)
    samples = pd.DataFrame(
        {"file": ["one.fcs", "two.fcs"], "path": [tmp_path / "one.fcs", tmp_path / "two.fcs"]}
    )
    with pytest.raises(
        InputError, match=r"must hold another file; got two.fcs equals one.fcs in samples rows"
    ):
        cytometry.read_files(samples)


def test_the_faults_of_all_files_come_together(tmp_path: Path) -> None:
    for name in ("a.fcs", "b.fcs"):
        (tmp_path / name).write_bytes(b"nothing" * 20)
    samples = pd.DataFrame({"file": ["a.fcs", "b.fcs"], "path": [tmp_path / "a.fcs", tmp_path / "b.fcs"]})
    with pytest.raises(InputError) as caught:
        cytometry.read_files(samples, jobs=2)
    assert len(caught.value.faults) == 2
    assert "b.fcs" in str(caught.value)


def test_a_miflowcyt_record_says_what_is_missing(root: Path) -> None:
    samples = flow.read_samples(root / "data" / "example" / "flow_samples.csv").iloc[:1]
    panel = flow.read_panel(root / "data" / "example" / "flow_panel.csv")
    study = cytometry.read_study(samples, panel)
    gating = cytometry.StudyGating(study, (GatingStrategy(()),), ())
    record = cytometry.fill_miflowcyt(gating).frame.set_index("item")
    assert record.loc["organism", "value"] == "mouse"
    assert record.loc["clones, lots and concentrations", "status"] == "missing"
    assert "FoxP3 Alexa Fluor 647" in record.loc["reagents", "value"]
    assert len(cytometry.list_files(study.files)["sha256"][0]) == 64
