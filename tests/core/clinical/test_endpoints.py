"""Endpoints: every censoring rule on a patient made for it, the example study, and R's figures on lung."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib import clinical
from lib.clinical.endpoints import (
    RULES,
    choose_reader,
    choose_rules,
    classify_responders,
    derive_duration,
    derive_os,
    derive_pfs,
    estimate_visit_interval,
)
from lib.clinical.recist import ResponseRules, find_best_responses
from lib.errors import InputError
from lib.places import REFERENCE
from lib.privacy import choose_salt, pseudonymise, suppress_small_cells
from lib.tables.clinical import choose_reference_group, read_clinical
from lib.tables.clinical_tidy import assemble
from lib.units import DAYS_PER_MONTH
from tests.makers.clinical_times import DYING, arms


def who(**days: float) -> pd.DataFrame:
    names = ("death_day", "new_therapy_day", "last_contact_day")
    return pd.DataFrame(
        {
            "subject": ["a"],
            "group": ["all"],
            "reference_day": [1.0],
            **{n: [days.get(n, np.nan)] for n in names},
        }
    )


def said(*codes: tuple[int, str]) -> pd.DataFrame:
    return pd.DataFrame(codes, columns=["day", "overall_response"]).assign(subject="a")


VISITS = [(57, "SD"), (113, "SD"), (169, "SD")]


@pytest.mark.parametrize(
    ("codes", "days", "rules", "expected"),
    [
        ([*VISITS, (225, "PD")], {}, "fda", (225, 1)),
        (VISITS, {}, "fda", (169, 0)),
        ([*VISITS, (225, "NE")], {}, "fda", (169, 0)),  # not evaluable is no assessment
        (VISITS, {"death_day": 200}, "fda", (200, 1)),
        (VISITS, {"death_day": 900}, "fda", (169, 0)),  # after a gap of many visits
        (VISITS, {"death_day": 900}, "ema", (900, 1)),
        ([*VISITS, (500, "PD")], {}, "fda", (169, 0)),
        ([*VISITS, (500, "PD")], {}, "gap-only", (169, 0)),
        ([*VISITS, (500, "PD")], {}, "ema", (500, 1)),
        ([*VISITS, (225, "PD")], {"new_therapy_day": 150}, "fda", (113, 0)),
        ([*VISITS, (225, "PD")], {"new_therapy_day": 150}, "ema", (225, 1)),
        ([*VISITS, (225, "PD")], {"new_therapy_day": 150}, "gap-only", (225, 1)),
        ([*VISITS, (225, "PD")], {"new_therapy_day": 150}, "fda-therapy-as-event", (150, 1)),
        ([*VISITS, (225, "PD")], {"new_therapy_day": 230}, "fda", (225, 1)),  # therapy after progression
        ([], {}, "fda", (1, 0)),
    ],
)
def test_progression_free_time(codes: list, days: dict, rules: str, expected: tuple[int, int]) -> None:
    seen = derive_pfs(said(*codes), who(**days), RULES[rules]).iloc[0]
    assert (seen.time_days, seen.event) == expected, seen.why


def test_unknown_rules_are_named() -> None:
    with pytest.raises(InputError, match=r"censoring must be one of fda, ema.*got nmpa"):
        choose_rules("nmpa")


def test_overall_survival_and_last_contact() -> None:
    assert tuple(derive_os(who(death_day=400)).loc[0, ["time_days", "event"]]) == (400, 1)
    assert tuple(derive_os(who(last_contact_day=500)).loc[0, ["time_days", "event"]]) == (500, 0)
    assert tuple(derive_os(who(last_contact_day=-4)).loc[0, ["time_days", "event"]]) == (1, 0)
    assert derive_os(who()).empty


def test_duration_counts_both_ends_as_adam_does() -> None:
    codes = said((57, "PR"), (113, "PR"), (169, "PD"))
    best = find_best_responses(codes, who())
    seen = derive_duration(best, derive_pfs(codes, who(), RULES["fda"])).iloc[0]
    assert (seen.time_days, seen.event) == (169 - 57 + 1, 1)


def study(codes: dict[str, list], **options: object) -> clinical.DerivedStudy:
    """A study from the responses of each subject, all from day 1."""
    responses = pd.concat([said(*c).assign(subject=s, reader="r") for s, c in codes.items()])
    who_is = pd.DataFrame({"subject": list(codes), "group": "A", "reference_day": 1.0})
    data = assemble({"responses": responses, "subjects": who_is}, group="group")
    return clinical.derive_study(data, show_subject_ids=True, **options)  # type: ignore[arg-type]


def test_response_day_duration_time_to_response_and_swimmer_agree() -> None:
    """The deepening response of RECIST 1.1, 4.7 and one that stays partial last equally long."""
    seen = study(
        {
            "deepens": [(45, "PR"), (90, "CR"), (135, "CR"), (180, "PD"), (200, "PD")],
            "stays": [(45, "PR"), (90, "PR"), (135, "PR"), (180, "PD")],
            "late": [(45, "PR"), (60, "SD"), (90, "CR"), (135, "CR"), (180, "CR")],
        }
    )
    best = seen.best.set_index("subject")
    times = seen.times.pivot_table(index="subject", columns="endpoint", values="time_days")
    course = clinical.trace_courses(seen).set_index("subject").loc[times.index]
    assert best.response_day.to_dict() == {"deepens": 45, "stays": 45, "late": 90}
    assert times.DoR.to_dict() == {"deepens": 136, "stays": 136, "late": 91}
    assert times.TTR.to_dict() == {"deepens": 45, "stays": 45, "late": 90}
    assert (course.response_day + 1 == times.TTR).all()  # days from the reference day
    assert course.end_day.to_dict() == {"deepens": 179, "stays": 179, "late": 179}
    assert (course.end_day - course.response_day + 1 == times.DoR).all()


def test_disease_after_a_complete_response_ends_progression_free_time_under_that_rule() -> None:
    codes = {"a": [(57, "CR"), (113, "CR"), (169, "PR"), (225, "PD")]}
    for option, day in (("unconfirmed", 225), ("progression", 169)):
        seen = study(codes, rules=ResponseRules(partial_after_complete=option))
        pfs = seen.times[seen.times.endpoint == "PFS"].iloc[0]
        assert (pfs.time_days, pfs.event) == (day, 1)
        assert seen.best.progression_day.iloc[0] == day
        assert seen.times[seen.times.endpoint == "DoR"].time_days.iloc[0] == day - 57 + 1


def deaths(*days: float, visits: tuple = (50, 100), **columns: list) -> tuple:
    """Times, responses and subjects of patients stable at two visits who died on these days."""
    names = [f"s{i}" for i in range(len(days))]
    who_is = pd.DataFrame({"subject": names, "group": "A", "reference_day": 1.0, "death_day": days}).assign(
        **columns
    )
    responses = pd.DataFrame(
        [(s, float(d), "SD", "r") for s in names for d in visits],
        columns=["subject", "day", "overall_response", "reader"],
    )
    data = assemble({"responses": responses, "subjects": who_is}, group="group")
    derived = clinical.derive_study(data, show_subject_ids=True)
    return derived.times, derived.responses, derived.subjects


@pytest.mark.parametrize(
    ("days", "median"), [((131, 142, 155), 142), ((131, 142, 155, 161), 148.5), ((140,), 140)]
)
def test_a_death_is_no_interval(days: tuple, median: float) -> None:
    timing = clinical.compare_visit_timing(*deaths(*days)).frame
    assert timing.method.tolist() == ["at detection", "midpoint", "turnbull"]
    assert (timing["median"] * DAYS_PER_MONTH).tolist() == pytest.approx([median] * 3, rel=1e-12)


def test_a_progression_is_an_interval_and_a_death_among_them_is_not() -> None:
    times, responses, subjects = deaths(np.nan, np.nan, 131)
    more = pd.DataFrame({"subject": ["s0", "s1"], "day": 150.0, "overall_response": "PD", "reader": "r"})
    responses = pd.concat([responses, more])
    times = derive_pfs(responses, subjects, RULES["fda"]).merge(subjects[["subject", "group"]], on="subject")
    timing = clinical.compare_visit_timing(times, responses, subjects).frame.set_index("method")["median"]
    found = timing * DAYS_PER_MONTH
    assert found["at detection"] == pytest.approx(150)
    assert found["midpoint"] == pytest.approx(125)  # 125, 125, 131
    # (100, 150] twice and 131 inside it: all mass goes to 131.
    assert found["turnbull"] == pytest.approx(131)


@pytest.mark.parametrize("source", ["months", "os rows", "no plus one"])
def test_given_times_find_their_deaths(source: str) -> None:
    times, responses, subjects = deaths(131, 142, 155)
    times = times[times.endpoint.isin(["PFS", "OS"])].drop(columns="why")
    if source == "months":
        times["time_days"] = (times.time_days / DAYS_PER_MONTH).round(1) * DAYS_PER_MONTH
    if source == "no plus one":
        times["time_days"] -= 1
    if source == "os rows":
        subjects = subjects.assign(death_day=np.nan)
    timing = clinical.compare_visit_timing(times, responses, subjects).frame["median"]
    assert (timing == timing[0]).all()
    assert timing[0] * DAYS_PER_MONTH == pytest.approx(142, abs=1.6)


def test_new_therapy_that_is_an_event_has_its_day() -> None:
    _, responses, subjects = deaths(np.nan, np.nan, np.nan)
    subjects = subjects.assign(new_therapy_day=[120.0, 130, 140])
    times = derive_pfs(responses, subjects, RULES["fda-therapy-as-event"]).assign(group="A")
    timing = clinical.compare_visit_timing(times, responses, subjects).frame["median"] * DAYS_PER_MONTH
    assert timing.tolist() == pytest.approx([130, 130, 130])


@pytest.mark.parametrize(
    ("group", "status"),
    [
        ((range(100, 450, 35), [0] * 10), "no event yet"),
        (([230], [0]), "no event yet"),
        (([230], [1]), "one event time"),
        (([230] * 6, [1] * 6), "one event time"),
        (([100, 120, 230], [0, 0, 1]), "one event time"),
    ],
)
def test_a_group_without_spread_has_no_error(group: tuple, status: str) -> None:
    times = arms(control=DYING, treated=group)
    table = clinical.tabulate_times(times).frame.set_index("group")
    assert np.isnan(table.rmst_se["treated"])
    assert table.rmst["treated"] > 0
    assert table.rmst_se["control"] > 0
    further = clinical.compare_further(times, "control", [3]).frame.set_index("quantity")
    restricted = further.loc["difference of restricted means, months"]
    assert restricted.status == status
    assert restricted[["estimate", "low", "high", "p_value"]].isna().all()


def test_without_an_event_there_is_no_ratio_but_a_landmark() -> None:
    times = arms(control=DYING, treated=(range(100, 450, 35), [0] * 10))
    versus = clinical.compare_times(times, "control").frame
    assert versus.status.tolist() == ["monotone"]
    assert versus[["hazard_ratio", "hr_low", "hr_high"]].isna().all(axis=None)
    marks = clinical.tabulate_landmarks(times, [6]).frame.set_index("group").loc["treated"]
    assert (marks.survival, marks.high, marks.at_risk) == (1, 1, 7)
    assert marks.low == pytest.approx(0.025 ** (1 / 7))  # Clopper and Pearson, 7 of 7


def test_a_group_followed_for_no_time_does_not_stop_the_report() -> None:
    times = arms(control=DYING, treated=([0], [0]))
    table = clinical.tabulate_times(times).frame.set_index("group")
    assert table.rmst.isna().all()
    assert clinical.compare_further(times, "control", [6]).frame.status.ne("ok").all()


def test_no_interval_of_no_width_for_two_rates_of_0() -> None:
    flags = pd.DataFrame({"subject": list("abcdef"), "group": list("xxxyyy"), "ORR": False})
    seen = clinical.compare_rates(flags, "x").frame.set_index("method")
    assert seen.loc["wald", ["low", "high"]].isna().all()
    exact = seen.drop(index="wald")
    assert (exact.low < exact.difference).all()
    assert (exact.difference < exact.high).all()


@pytest.mark.parametrize(("last", "controlled"), [(175, False), (176, False), (177, True), (225, True)])
def test_disease_control_at_six_months(last: int, controlled: bool) -> None:
    codes = said((57, "SD"), (last, "SD"))
    flags = classify_responders(find_best_responses(codes, who()), codes, who(), window_days=7)
    assert bool(flags["DCR at 6 months"].iloc[0]) is controlled  # 6 × 30.4375 − 7 = 175.6 days after day 1


def test_usual_gap_is_the_median() -> None:
    assert estimate_visit_interval(said((1, "SD"), (57, "SD"), (113, "SD"), (400, "SD"))) == 56


@pytest.mark.parametrize(
    ("readers", "asked", "chosen"),
    [
        (["x"], "", "x"),
        (["independent", "investigator"], "", "independent"),
        (["investigator", "independent"], "investigator", "investigator"),
        (["INDEPENDENT ASSESSOR, 1", "INDEPENDENT ASSESSOR, 2", "INVESTIGATOR"], "", "INVESTIGATOR"),
    ],
)
def test_choice_of_reader(readers: list[str], asked: str, chosen: str) -> None:
    assert choose_reader(readers, asked) == chosen


def test_unknown_reader_is_named() -> None:
    with pytest.raises(InputError, match="evaluator must be one of a, b; got nobody"):
        choose_reader(["b", "a"], "nobody")


@pytest.mark.parametrize(
    ("groups", "asked", "chosen"),
    [
        (["KRAS mutant", "KRAS wild type"], "", "KRAS wild type"),
        (["b", "a"], "", "a"),
        (["Drug", "Placebo"], "", "Placebo"),
        (["a", "b"], "b", "b"),
    ],
)
def test_choice_of_reference(groups: list[str], asked: str, chosen: str) -> None:
    assert choose_reference_group(groups, asked) == chosen


def test_unknown_reference_is_named() -> None:
    with pytest.raises(InputError, match="reference_group must be one of a, b; got c"):
        choose_reference_group(["a", "b"], "c")


def test_pseudonyms_are_stable_salted_and_distinct() -> None:
    names = pd.Series([f"s{i}" for i in range(3000)])
    one, other = pseudonymise(names, "one"), pseudonymise(names, "other")
    assert one.is_unique
    assert one.equals(pseudonymise(names, "one"))
    assert not (one == other).any()
    assert not one.str.contains("s").any()
    assert choose_salt("", names) == choose_salt("", names.sample(frac=1, random_state=1))


def test_small_cells_can_be_left_empty() -> None:
    seen = suppress_small_cells(pd.DataFrame({"n": [0, 2, 5]}), ["n"], 5).n
    assert seen.isna().tolist() == [False, True, False]


LUNG = {  # R 4.2.2, survival 3.5-3: medians with intervals by sex 1 / 2
    "log": ((270, 212, 310), (426, 348, 550)),
    "log-log": ((270, 210, 306), (426, 345, 524)),
    "plain": ((270, 212, 306), (426, 345, 524)),
    "logit": ((270, 210, 310), (426, 345, 524)),
    "arcsin": ((270, 212, 310), (426, 345, 524)),
}


@pytest.fixture(scope="module")
def lung() -> pd.DataFrame:
    d = pd.read_csv(REFERENCE / "lung.csv")
    return pd.DataFrame(
        {
            "subject": d.index.astype(str),
            "endpoint": "OS",
            "time_days": d.time,
            "event": (d.status == 2).astype(int),
            "group": d.sex.map({1: "male", 2: "female"}),
            "ecog": d["ph.ecog"].astype(str),
        }
    )


@pytest.mark.parametrize("conf_type", list(LUNG))
def test_lung_medians_equal_r_under_every_interval_type(lung: pd.DataFrame, conf_type: str) -> None:
    seen = clinical.tabulate_times(lung, conf_type=conf_type).frame.set_index("group")
    for group, values in zip(("male", "female"), LUNG[conf_type], strict=True):
        days = seen.loc[group, ["median", "median_low", "median_high"]].astype(float) * DAYS_PER_MONTH
        np.testing.assert_allclose(days, values, rtol=1e-12)


def test_lung_contrast_equals_r(lung: pd.DataFrame) -> None:
    seen = clinical.compare_times(lung, "male").frame.iloc[0]
    np.testing.assert_allclose(
        [seen.hazard_ratio, seen.hr_low, seen.hr_high, seen.logrank_chi2, seen.ph_test_p],
        [0.588002818563588, 0.423717830353915, 0.815984813171387, 10.3267419548856, 0.0906],
        rtol=2e-3,
    )
    assert seen.hazard_ratio == pytest.approx(
        0.588002818563588, rel=1e-8
    )  # R stops at 1e-9 of the likelihood
    assert clinical.compare_times(lung, "male", strata="ecog").frame.logrank_chi2.iloc[0] != seen.logrank_chi2


def test_one_group_compares_nothing_but_keeps_the_columns(lung: pd.DataFrame) -> None:
    seen = clinical.compare_times(lung.assign(group="all"), "all").frame
    assert seen.empty
    assert "hazard_ratio" in seen


@pytest.fixture(scope="module")
def example(root: Path) -> clinical.DerivedStudy:
    folder = root / "data" / "example"
    return clinical.derive_study(
        read_clinical(
            "tidy", {n: str(folder / f"{n}.csv") for n in ("times", "responses", "lesions", "subjects")}
        )
    )


def test_example_reproduces_table_4(example: clinical.DerivedStudy) -> None:
    rates = clinical.tabulate_rates(example.flags).frame.set_index(["endpoint", "group"])
    for endpoint, group, counts in (
        ("ORR", "KRAS mutant", (25, 57)),
        ("ORR", "KRAS wild type", (9, 52)),
        ("ORR", "all", (34, 109)),
        ("DCR at 6 months", "KRAS mutant", (40, 57)),
        ("DCR at 6 months", "KRAS wild type", (26, 52)),
    ):
        assert tuple(rates.loc[(endpoint, group), ["responders", "n"]]) == counts
    times = clinical.tabulate_times(example.times).frame.set_index(["endpoint", "group"])
    for endpoint, group, median in (
        ("PFS", "KRAS mutant", 22),
        ("PFS", "KRAS wild type", 12.8),
        ("DoR", "KRAS mutant", 31.1),
        ("DoR", "KRAS wild type", 9.2),
    ):
        assert times.loc[(endpoint, group), "median"] == pytest.approx(median, rel=0.03)


def test_derived_progression_equals_the_simulated_one_under_ema_and_fda_rules(
    example: clinical.DerivedStudy,
) -> None:
    given = example.times[example.times.endpoint == "PFS"].set_index("subject")
    derived = (
        example.sensitivity[example.sensitivity.endpoint == "PFS, ema"]
        .set_index("subject")
        .reindex(given.index)
    )
    progressed = given.event.eq(1) & derived.event.eq(1)
    assert progressed.sum() >= 60
    assert (given.time_days[progressed] == derived.time_days[progressed]).all()


def test_responses_of_the_example_follow_from_its_lesions(example: clinical.DerivedStudy) -> None:
    seen = example.readers.set_index(["reader_a", "reader_b"]).loc[("independent", "independent (by RECIST)")]
    assert seen.agreement == 1
    assert seen.n_visits > 800


def test_no_identifier_leaves_the_study(example: clinical.DerivedStudy) -> None:
    for frame in (
        example.visits,
        example.best,
        example.times,
        example.responses,
        example.subjects,
        example.sensitivity,
    ):
        assert not frame.subject.str.contains("LGS").any()


@pytest.mark.parametrize(
    "tables",
    [
        ("times",),
        ("responses",),
        ("lesions",),
        ("subjects",),
        ("responses", "subjects"),
        ("times", "lesions"),
    ],
)
def test_any_subset_gives_what_it_can(root: Path, tables: tuple[str, ...]) -> None:
    data = read_clinical("tidy", {n: str(root / "data" / "example" / f"{n}.csv") for n in tables})
    study = clinical.derive_study(data)
    rates, times = clinical.tabulate_rates(study.flags).frame, clinical.tabulate_times(study.times).frame
    assert bool(len(rates)) == bool({"responses", "lesions"} & set(tables))
    assert set(data.missing) | set(tables) | {"subjects"} == {"times", "responses", "lesions", "subjects"}
    assert any("No table of subjects" in note for note in data.notes) == ("subjects" not in tables)
    assert len(times)
    assert not np.isinf(times.select_dtypes("number")).any(axis=None)


def test_every_further_comparison_of_the_example_has_a_status(example: clinical.DerivedStudy) -> None:
    seen = clinical.compare_further(example.times, "KRAS wild type", [6, 12]).frame
    assert seen.status.ne("").all()
    late = seen[
        seen.quantity.eq("difference of survival") & seen.at_months.eq(12) & seen.endpoint.eq("PFS")
    ].iloc[0]
    assert late.low < late.estimate < late.high
    groups = clinical.compare_in_subgroups(example.times, "KRAS wild type", ["ecog", "absent"]).frame
    assert groups.n.sum() == 109
    timing = clinical.compare_visit_timing(example.times, example.responses, example.subjects).frame
    usual = clinical.tabulate_times(example.times[example.times.endpoint == "PFS"]).frame.set_index("group")[
        "median"
    ]
    found = timing.set_index(["method", "group"])["median"]
    np.testing.assert_allclose(found["at detection"], usual, rtol=1e-12)
    assert (abs(found["turnbull"] - usual) < 3).all()  # visits are 1.84 months apart


@pytest.mark.parametrize("seed", [1, 2])
def test_simulator_keeps_its_truth_under_any_seed(
    root: Path, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(root / "data" / "example"))
    simulator = importlib.import_module("simulators.clinical")
    simulator.write_clinical(tmp_path, seed)
    study = clinical.derive_study(
        read_clinical(
            "tidy", {n: str(tmp_path / f"{n}.csv") for n in ("times", "responses", "lesions", "subjects")}
        )
    )
    rates = clinical.tabulate_rates(study.flags).frame.set_index(["endpoint", "group"]).responders
    assert abs(rates["ORR", "KRAS mutant"] - 25) <= 1
    assert abs(rates["ORR", "KRAS wild type"] - 9) <= 1
    assert abs(rates["DCR at 6 months", "all"] - 66) <= 2
    again = tmp_path / "again"
    again.mkdir()
    simulator.write_clinical(again, seed)
    assert (again / "lesions.csv").read_bytes() == (tmp_path / "lesions.csv").read_bytes()


def test_further_log_rank_tests_are_stratified_as_the_first() -> None:
    rng = np.random.default_rng(41)
    n = 80
    site = rng.permutation(np.repeat(["north", "south"], n // 2))
    times = pd.DataFrame(
        {
            "subject": [f"P{i}" for i in range(n)],
            "endpoint": "PFS",
            "event": (rng.random(n) < 0.8).astype(int),
            "time_days": np.ceil(rng.exponential(np.where(site == "north", 60, 300))),
            "site": site,
            "group": rng.permutation(np.repeat(["control", "treated"], n // 2)),
        }
    )
    first = clinical.compare_times(times, "control", strata="site").frame.logrank_p.iloc[0]
    plain = clinical.compare_further(times, "control", [3]).frame.set_index("quantity").p_value
    layered = (
        clinical.compare_further(times, "control", [3], strata="site").frame.set_index("quantity").p_value
    )
    assert layered["log-rank stratified by site, chi-square"] == pytest.approx(first)
    assert plain["log-rank, chi-square"] != pytest.approx(first)
