"""Target engagement in words: what is shown of 0, 1, many and failed; claims that repeat the tables; the lead
curve."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from lib import engagement
from lib.engagement import choose_lead, find_saturation, fit_engagement, fit_turnovers, normalise_readouts
from lib.places import ROOT
from lib.programme import Programme, load_programme
from lib.programme.edges import Edges, Predictions, compare_edges, compare_predictions
from lib.records import Claim
from lib.tables.engagement import read_readouts
from reports import publish
from reports.present import target_engagement as page
from reports.present.target_engagement import answers, detection, kinetics, potency, record, signalling
from reports.shown import Answer, Table, Text
from reports.wording import phrase
from tests.core.engagement.test_engagement import study
from tests.core.engagement.test_saturation import blots
from tests.makers.presented import check_snapshot

EXAMPLE = ROOT / "data" / "example" / "readouts.csv"
FAK = "FAK inhibition"
NONE = Programme("none")


class Report:
    """Everything that the notebook shows of some readouts."""

    def __init__(self, lanes: pd.DataFrame, programme: Programme = NONE, confidence: float = 0.95) -> None:
        self.programme = programme
        self.changes = normalise_readouts(lanes)
        self.course = engagement.estimate_changes(self.changes, confidence=confidence)
        self.engaged = fit_engagement(self.changes, confidence=confidence)
        self.turnovers = fit_turnovers(self.changes, confidence=confidence)
        latest = engagement.strongest_changes(self.course)
        self.edges = compare_edges(
            programme.pathway,
            latest,
            programme.drugs,
            treatment=programme.target_treatment,
            measured=self.changes.measured,
        )
        self.predictions = compare_predictions(programme.pathway, latest, programme.drugs)

    @property
    def answer(self) -> Answer:
        return page.claims(self.changes, self.engaged, self.course, self.edges, programme=self.programme)

    @property
    def parts(self) -> list:
        return [
            *page.quality(self.changes),
            page.curves(self.engaged),
            page.doses(self.changes, self.engaged),
            page.course(self.course),
            page.half_lives(self.turnovers),
            page.time_courses(self.course, self.turnovers),
            page.pathway(self.edges),
            page.edges(self.edges),
            page.predictions(self.predictions),
            *page.published(self.programme, self.changes),
            page.limits(self.programme, self.changes),
            self.answer,
        ]


@cache
def of_example() -> Report:
    programme = load_programme()
    return Report(read_readouts(EXAMPLE, treatments=programme.treatments), programme)


def lead(lanes: pd.DataFrame, target: str = "pFAK_Y397", treatment: str = FAK) -> pd.Series:
    return choose_lead(fit_engagement(normalise_readouts(lanes)), lanes, target=target, treatment=treatment)


def named(lanes: pd.DataFrame, *wanted: str) -> tuple[str, str]:
    row = lead(lanes, *wanted)
    return row["target"], row["treatment"]


# --- snapshots: read them before committing them


def saturated_blot() -> pd.DataFrame:
    return blots(4, noise=0.05, cap=[3000.0, 1e9, 1e9, 1e9])


CASES = {
    "nothing": lambda: blots(3).query("dose_uM in (0, 1)"),
    "one": lambda: study({FAK: 6.0}, times=(24.0,)),
    "failed": lambda: pd.concat(
        [blots(cap=4100.0), blots(target="FAK", level=3000, seed=3, ic50=1e9)], ignore_index=True
    ),
    "caution": saturated_blot,
    "rising": lambda: study({FAK: 3.0}).assign(signal=lambda lanes: 1e6 / lanes["signal"]),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_shown(case: str) -> None:
    check_snapshot(f"target_engagement/{case}", Report(CASES[case]()).parts)


def test_what_is_shown_of_the_example() -> None:
    check_snapshot("target_engagement/many", of_example().parts)


# --- claims


def shown_by(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """Publishes tables and claims; `report.answer` refuses a claim that says something else than its cell."""
    monkeypatch.setattr("reports.publish.displays.display", lambda *_, **__: None)
    opened = publish.Report("study", "measured", {})
    opened.show([part for part in report.parts if isinstance(part, Table)])
    opened.answer(report.answer)


@pytest.mark.parametrize("case", [*CASES, "example"])
def test_claims_repeat_the_cells_that_they_point_at(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown_by(of_example() if case == "example" else Report(CASES[case]()), monkeypatch)


def test_claims_are_those_of_the_overview_under_the_programmes_questions() -> None:
    found = of_example().answer.claims
    asked = [c for c in found if c.question == "Is the target hit?"]
    assert [c.subject.what for c in asked] == ["pFAK_Y397 midpoint IC50"]
    assert asked[0] is found[0]
    assert (asked[0].published, asked[0].note) == (None, "no cellular IC50 is published")
    fall = [c for c in found if c.question == "Does signalling fall?"]
    assert [(c.subject.what.removesuffix(" change"), c.published and c.published.verdict) for c in fall] == [
        ("PI3K_FAK_complex", "agrees"),
        ("pAKT_S473", "agrees"),
        ("pERK", "cannot tell"),
        ("SOX2", "agrees"),
        ("MYC", "agrees"),
        ("EGFR", "cannot tell"),
        ("MET", "agrees"),
    ]
    assert all(c.published and c.published.source and c.estimate.null == 0 for c in fall)
    rest = found[len(asked) + len(fall) :]
    assert {c.question for c in rest} == {answers.TITLE}
    assert len(rest) == len(potency.shown_curves(of_example().engaged)) - 1
    assert len({c.id for c in found}) == len(found)
    assert [Claim.from_json(c.to_json()).estimate.qualifier for c in rest[-2:]] == [">", ">"]


def test_title_is_that_of_the_notebook() -> None:
    assert f'"# {answers.TITLE}' in (ROOT / "notebooks" / "target_engagement.ipynb").read_text("utf-8")


def test_a_claim_points_at_the_figure_that_shows_it() -> None:
    report = of_example()
    names = [c.source.figure for c in report.answer.claims]
    assert names[0] == "dose-01"
    titles = {
        f"{name}-{i:02d}": drawing.axes[0].get_title(loc="left")
        for part in (
            page.doses(report.changes, report.engaged),
            page.time_courses(report.course, report.turnovers),
        )
        for name in [part.name]  # type: ignore[union-attr]
        for i, drawing in enumerate(part.drawings, start=1)  # type: ignore[union-attr]
    }
    for claim in report.answer.claims:
        assert titles[claim.source.figure].startswith(claim.subject.what.split(" ")[0])


def test_without_a_target_every_midpoint_is_one_of_the_question() -> None:
    programme = Programme("own", questions={"Hit?": ("target_engagement",)})
    found = Report(study({FAK: 6.0, "both": 3.0}, times=(24.0,)), programme).answer.claims
    assert {c.question for c in found} == {"Hit?"}
    assert [c.subject.condition for c in found] == ["under FAK inhibition at 24 h", "under both at 24 h"]
    assert {c.note for c in found} == {"nothing is published to compare with"}


def test_a_published_cellular_ic50_stands_beside_the_midpoint_without_a_verdict() -> None:
    own = load_programme()
    values = own.values.copy()
    mine = (values["quantity"] == "cellular_ic50") & (values["role"] == "mechanism")
    values.loc[mine, ["value", "unit", "number"]] = ["20", "nM", 20.0]
    programme = Programme(
        "x", values=values, compounds=own.compounds, treatments=own.treatments, target=own.target
    )
    (claim,) = Report(study({FAK: 6.0}, times=(24.0,)), programme).answer.claims
    assert claim.published is not None
    assert (claim.published.verdict, claim.published.value) == ("not comparable", "20 nM")
    assert claim.published.why == "a cellular IC50 is published, no margin to hold it against"
    assert claim.published.source.startswith("Technical guide")


def test_a_change_that_cannot_be_told_has_its_reason() -> None:
    lanes = study({FAK: 3.0}, times=(24.0,)).assign(target="pERK")
    lanes.loc[(lanes["dose_uM"] == 3) & (lanes["experiment"].astype(str) == "0"), "signal"] = 0.0
    changed = [c for c in Report(lanes, load_programme()).answer.claims if c.subject.what == "pERK change"]
    said = phrase(changed[0])
    assert said.startswith(
        "pERK change, under FAK inhibition at 3 µM and 24 h: not estimable (95 % interval "
    )
    assert "[not judged: 1 of 4 experiments not above background: the fall is larger" in said


def test_names_that_differ_by_case_alone_have_ids_of_their_own() -> None:
    one = study({FAK: 6.0}, times=(24.0,))
    both = pd.concat([one, one.assign(target="PFAK_Y397")], ignore_index=True)
    ids = [c.id for c in Report(both).answer.claims]
    assert len(set(ids)) == len(ids) == 2


def test_the_level_is_that_of_the_results() -> None:
    assert "(90 % interval" in Report(study({FAK: 6.0}, times=(24.0,)), confidence=0.9).answer.answer


# --- quality


def test_quality_names_blot_and_lack() -> None:
    caution = fit_engagement(normalise_readouts(saturated_blot())).frame.iloc[0]
    n = int((saturated_blot()["signal"] == 3000).sum())
    assert (caution["quality"], caution["reasons"]) == (
        "caution",
        (
            "6 lanes left out, since they or their vehicle are saturated; "
            f"blot b1: {n} of 7 lanes tie at the maximum signal 3,000"
        ),
    )
    few = fit_engagement(normalise_readouts(blots(2).query("dose_uM in (0, 0.1, 1)"))).frame.iloc[0]
    assert (few["quality"], few["reasons"]) == ("not judged", "2 of the 4 doses that an IC50 needs")
    two = fit_engagement(normalise_readouts(study({FAK: 3.0}, times=(24.0,), experiments=2))).frame.iloc[0]
    assert two["reasons"] == "2 experiments: the interval holds lanes, not the spread between experiments"


def test_a_curve_without_vehicle_says_what_its_lanes_lack() -> None:
    lanes = study({FAK: 3.0}, times=(24.0,))
    bare = lanes[lanes["dose_uM"] > 0].assign(target="pERK")
    found = fit_engagement(normalise_readouts(pd.concat([lanes, bare], ignore_index=True))).frame
    row = found.set_index("target").loc["pERK"]
    assert (row["status"], row["quality"], row["reasons"]) == (
        "no vehicle",
        "not judged",
        "no vehicle lane in this experiment",
    )


def test_an_edge_bears_what_stands_against_its_readouts() -> None:
    rows = [
        {"target": name, "log2_fold_change": -2.0, "low": -2.5, "high": -1.5, "reasons": reasons}
        for name, reasons in (("pFAK_Y397", "1 of 3 lanes lost; blot b1"), ("PI3K_FAK_complex", ""))
    ]
    programme = load_programme()
    found = compare_edges(programme.pathway, {FAK: pd.DataFrame(rows)}, programme.drugs, treatment=FAK)
    edge = found.frame.set_index("edge").loc["FAK-PI3K"]
    assert (edge["state"], edge["quality"]) == ("supported", "caution")
    assert edge["reasons"] == "pFAK_Y397: 1 of 3 lanes lost; pFAK_Y397: blot b1"
    shown = page.edges(found)
    assert shown is not None
    assert shown.show is not None
    assert shown.show["evidence"].str.contains(r"\[caution: pFAK_Y397: 1 of 3 lanes lost; ").any()
    told = compare_predictions(programme.pathway, {FAK: pd.DataFrame(rows)}, programme.drugs).frame
    assert told.set_index("readout")["quality"].iloc[:2].tolist() == ["caution", "pass"]


def test_what_stands_against_numbers_is_named_below_the_table() -> None:
    rows = pd.DataFrame(
        {
            "target": ["A", "B", "C", "D"],
            "quality": ["caution", "caution", "fail", "not judged"],
            "reasons": ["x", "x", "blot 2", "y"],
        }
    )
    assert potency.name_doubts(rows) == "Failed: C (blot 2). Caution: A and B (x)."
    assert potency.name_doubts(rows.tail(1)) == ""


# --- the lead curve and the sentence


def test_the_lead_curve_is_the_latest_of_a_full_grid_and_named() -> None:
    """At 1 h little is gone; the headline speaks of 24 h, and says so."""
    lanes = study({"MEK inhibition": 2.0, FAK: 6.0})
    row = lead(lanes)
    assert (row["treatment"], row["time_h"]) == (FAK, 24.0)
    said = Report(lanes, load_programme()).answer.answer
    assert said.startswith("pFAK_Y397 midpoint IC50, under FAK inhibition at 24 h: 0.")
    assert "n = 4 experiments); half is left at 0.1" in said
    assert "; at the highest dose, 3 µM, 77 % of it is gone." in said
    fewer = study({FAK: 6.0})
    fewer = fewer[(fewer["time_h"] < 24) | fewer["dose_uM"].isin([0, 0.1, 0.3, 1, 3])]
    assert lead(fewer)["time_h"] == 4.0


def test_the_lead_is_the_programmes_target_else_the_first_of_the_table() -> None:
    one, other = (study({"B": 3.0, "A": 3.0}, times=(24.0,)).assign(target=name) for name in ("pZ", "pX_S1"))
    lanes = pd.concat([one, other], ignore_index=True)
    assert named(lanes, "", "") == ("pZ", "B")
    assert named(lanes, "pX_S1", "A") == ("pX_S1", "A")
    assert named(lanes, "pX_S1", "C") == ("pX_S1", "B")  # its treatment was not given
    assert named(lanes, "pQ", "A") == ("pZ", "A")  # its target was not measured
    assert named(lanes, "pX", "A") == ("pX_S1", "A")  # without the site in its name
    assert named(lanes, "pX_S1_long", "A") == ("pX_S1", "A")
    assert named(lanes, "p", "A") == ("pZ", "A")  # a beginning alone is no name


def test_a_dose_that_is_never_reached_is_said() -> None:
    said = Report(study({FAK: 0.5}, times=(24.0,), imax=0.3, noise=0.02)).answer.answer
    assert "; half is left only above the tested doses (> 3 µM)" in said


def test_a_readout_that_rises_is_not_inhibited() -> None:
    frame = study({FAK: 3.0})
    answer = Report(frame.assign(signal=1e6 / frame["signal"])).answer
    assert (
        "at 24 h: not estimable (no interval; n = 4 experiments) [not judged: it rises with dose, so that no "
        in answer.answer
    )
    assert "% more than vehicle is there." in answer.answer
    assert "half is left" not in answer.answer
    claim = answer.claims[0]
    assert (claim.estimate.qualifier, claim.source.value) == ("not estimable", "ic50_uM")
    assert claim.note.endswith("; not estimable: it rises with dose")


def test_a_midpoint_above_vehicle_is_never_claimed() -> None:
    """A curve that falls and whose highest dose lies above vehicle: the table holds its midpoint, the claim
    none."""
    report = Report(study({FAK: 3.0}, times=(24.0,)))
    row = report.engaged.frame.iloc[0].copy()
    row["max_inhibition"] = -0.1
    claim = answers._midpoint(row, report.engaged, "Hit?", "", NONE)
    assert (claim.estimate.qualifier, claim.source.value, claim.source.row) == ("not estimable", "", 0)
    assert np.isnan(claim.estimate.value)


def test_one_experiment_is_one() -> None:
    said = Report(study({FAK: 3.0}, times=(24.0,), experiments=1)).answer.answer
    assert "; n = 1 experiment) [caution: " in said
    assert "; 1 experiment: the interval holds lanes, not the spread between experiments]" in said


@pytest.mark.parametrize(
    ("qualities", "said"),
    [
        (["fail"], ""),
        (["pass", "pass"], ""),
        (["pass", "fail"], " Of 2 dose curves 1 failed."),
        (["caution", "not judged", "not judged"], " Of 3 dose curves 2 cannot be told and 1 needs caution."),
        (["caution", "caution", "fail"], " Of 3 dose curves 1 failed and 2 need caution."),
    ],
)
def test_what_failed_is_counted(qualities: list[str], said: str) -> None:
    columns = dict.fromkeys(engagement.Engagement.COLUMNS, 0)
    rows = pd.DataFrame([columns] * len(qualities)).assign(quality=qualities)
    assert answers._say_doubtful(engagement.Engagement(rows)) == said


def test_columns_tell_apart_what_differs() -> None:
    engaged = fit_engagement(normalise_readouts(study({FAK: 6.0, "both": 0.3})))
    shown = page.curves(engaged).show
    assert shown is not None
    assert list(shown.columns[:3]) == ["Target", "Treatment", "Time\nh"]
    assert potency.name_times(engaged.frame) == "FAK inhibition at 1, 4 and 24 h and both at 1, 4 and 24 h"
    one = engagement.Engagement(engaged.frame.query("treatment == 'both'"), engaged.settings, engaged.fits)
    shown = page.curves(one).show
    assert shown is not None
    assert "Treatment" not in shown


# --- saturation


def test_the_case_is_named_and_gives_no_ic50() -> None:
    frame = CASES["failed"]()
    report, n = Report(frame), int((frame.signal == 4100).sum())
    said = detection.name_ties(report.changes.saturated)
    assert said == [f"pFAK_Y397: {n} of 21 lanes tie at the maximum signal 4,100: saturated"]
    assert (
        report.answer.answer
        == "pFAK_Y397 midpoint IC50, under treatment at 24 h: not estimable (no interval; n = 0 experiments) "
        f"[failed: {n} of 21 lanes tie at the maximum signal 4,100]. Of 2 dose curves 1 failed."
    )
    assert list(report.answer.flags) == said
    assert set(potency.shown_curves(report.engaged)["target"]) == {"FAK", "pFAK_Y397"}
    assert report.engaged.curves["target"].tolist() == ["FAK"]
    assert report.answer.quality == "**21 of 42 lanes used,** 3 experiments."
    text, table = page.quality(report.changes)
    assert isinstance(text, Text)
    lost = f"Excluded: {n} saturated lanes and {21 - n} lanes held against a saturated vehicle."
    assert lost in text.markdown
    assert isinstance(table, Table)
    assert not table.fold


def test_saturated_blots_and_experiments_are_named() -> None:
    frame = saturated_blot()
    (said,) = detection.name_ties(find_saturation(frame))
    tied = int((frame.signal == 3000).sum())
    assert said == f"pFAK_Y397, blot b1: {tied} of 7 lanes tie at the maximum signal 3,000: saturated"
    frame = blots(3, noise=0.05, cap=[2500.0, 3100.0, 1e9])
    counts = [int((frame.signal == cap).sum()) for cap in (2500.0, 3100.0)]
    for unnamed, blot in ((frame.drop(columns="blot"), ""), (frame.assign(blot="1"), ", blot 1")):
        assert detection.name_ties(normalise_readouts(unnamed).saturated) == [
            f"pFAK_Y397, experiment {k}{blot}: {n} of 7 lanes tie at the maximum signal {cap}: saturated"
            for k, n, cap in zip((1, 2), counts, ("2,500", "3,100"), strict=True)
        ]


def test_what_ties_is_said_of_signal_and_normaliser() -> None:
    constant = blots(3).assign(signal=4321.0, normaliser=7.0)
    assert detection.name_ties(find_saturation(constant)) == [
        "pFAK_Y397: 21 of 21 lanes tie at the maximum signal 4,321: saturated"
    ]
    frame = blots(4)
    frame["normaliser"] = np.minimum(frame["normaliser"], 48_000.0)
    n = int((frame.normaliser == 48_000).sum())
    (said,) = detection.name_ties(normalise_readouts(frame).saturated)
    assert (
        said == f"pFAK_Y397: {n} of 28 lanes tie at the maximum normaliser (total protein) 48,000: saturated"
    )


def test_an_all_saturated_table_is_still_a_report() -> None:
    report = Report(blots(3, cap=4100.0))
    shown = page.curves(report.engaged).show
    assert shown is not None
    assert shown["Status"].tolist() == ["saturated"]
    assert all(part is not None for part in page.quality(report.changes))
    assert len(report.parts) > 5


def test_lanes_at_background_are_said_to_be_held_as_read() -> None:
    frame = blots(4, noise=0.03, loading=0.02)
    frame["signal"] = np.maximum(frame["signal"] - 1800, 0.0)
    text, _ = page.quality(normalise_readouts(frame))
    assert isinstance(text, Text)
    assert "dose curves hold them as read (8)" in text.markdown


# --- pathway and published


def edges(*states: str) -> Edges:
    columns = dict.fromkeys(Edges.COLUMNS, "")
    rows = [columns | {"edge": f"e{k}", "state": state} for k, state in enumerate(states)]
    return Edges(pd.DataFrame(rows, columns=list(Edges.COLUMNS)))


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((), "These readouts can tell of no edge of the pathway"),
        (("no data",), "These readouts can tell of no edge of the pathway"),
        (("supported",), "Supported: 1 of 1 edge of which these readouts can tell; contradicted: none"),
        (
            ("no data", "contradicted", "supported"),
            "Supported: 1 of 2 edges of which these readouts can tell; contradicted: e1",
        ),
    ],
)
def test_edges_are_counted(states: tuple[str, ...], said: str) -> None:
    assert signalling.count_edges(edges(*states)) == said
    assert signalling.name_contradicted(edges(*states)) == [
        f"e{k}" for k, state in enumerate(states) if state == "contradicted"
    ]


def test_without_a_pathway_nothing_is_said_of_one() -> None:
    report = Report(study({FAK: 3.0}, times=(24.0,)))
    assert [page.pathway(report.edges), page.edges(report.edges), page.predictions(report.predictions)] == [
        None,
        None,
        None,
    ]
    assert list(report.answer.flags) == []
    assert page.published(NONE, report.changes) == []
    assert page.limits(NONE, report.changes) is None
    assert page.predictions(Predictions(pd.DataFrame(columns=list(Predictions.COLUMNS)))) is None


def test_published_is_of_the_compounds_given_alone() -> None:
    programme = load_programme()
    known = programme.mechanism_of([FAK])
    assert {"defactinib", "BI 853520", "defactinib in human macrophages"} <= set(known["group"])
    assert record.compare_in_words(known) == "**Not comparable:** no cellular IC50 is published."
    for treatments in ([], ["MEK inhibition"], ["treatment"], ["XYZ 1"]):
        nothing = programme.mechanism_of(treatments)
        assert nothing.empty
        assert list(nothing.columns) == list(known.columns)
        assert record.compare_in_words(nothing) == ""
    assert record.compare_in_words(NONE.mechanism_of([FAK])) == ""


def test_a_published_cellular_ic50_is_named_with_its_source() -> None:
    known = pd.DataFrame(
        [
            {
                "item": "pX",
                "group": "drug A",
                "quantity": "cellular_ic50",
                "value": "20",
                "number": 20.0,
                "unit": "nM",
                "source": "Somebody 2024",
            }
        ]
    )
    assert "IC50, pX of drug A 20.0 nM (Somebody 2024)" in record.compare_in_words(known)


def test_words_of_treatments_and_half_lives_name_no_treatment_but_the_tables() -> None:
    report = Report(study({"treatment": 3.0}))
    times = page.time_courses(report.course, report.turnovers)
    assert not isinstance(times, Text)
    said = [
        page.curves(report.engaged).caption,
        page.half_lives(report.turnovers).caption,
        times.caption,
        times.alt,
        page.doses(report.changes, report.engaged).alt,
        report.answer.answer,
        report.answer.caution,
    ]
    assert not any("inhibition" in text for text in said)
    assert report.changes.measured == {"treatment": {"pFAK_Y397"}}


def test_figures_are_counted_out() -> None:
    assert potency.name_cut(27) == ""
    assert potency.name_cut(30) == " The first 27 of 30 are drawn; the tables hold all."
    assert kinetics.course_panels(Report(study({FAK: 3.0}, times=(24.0,))).course) == {}
