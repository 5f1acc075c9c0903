"""What a clinical report says: true of any groups, and nothing of a programme that is not there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from lib import clinical
from lib.agreement import Concordances
from lib.clinical.endpoints import RULES
from lib.programme import Programme, load_programme
from lib.records import Claim
from lib.tables.clinical import read_clinical
from reports import publish
from reports.present import clinical_endpoints as page
from reports.present.clinical_endpoints.contrasts import say_without_spread
from reports.present.clinical_endpoints.patients import say_censoring, say_design
from reports.present.clinical_endpoints.published import say_margins, say_printed_intervals, say_published
from reports.shown import Answer, Parts
from tests.makers.clinical_times import DYING, arms
from tests.makers.presented import check_snapshot

NONE = Programme("none")
MARKED = ["KRAS mutant", "KRAS wild type"]
SCORES = {"BRAF V600E": "mutation", "BRAF wild type": "mutation"}


@dataclass(frozen=True)
class Analysed:
    """A study as the notebook analyses it."""

    study: clinical.DerivedStudy
    programme: Programme
    rates: clinical.Rates
    times: clinical.Times
    ratios: clinical.HazardRatios
    against: Concordances
    references: pd.DataFrame

    def answer(self) -> Answer:
        return page.claims(self.rates, self.times, self.ratios, self.against, self.study, self.programme)

    def tables(self) -> list[Parts]:
        against = page.against_published(self.against, self.references, self.programme)
        return [page.rates(self.rates), page.times(self.times), page.ratios(self.ratios), against]

    def everything(self) -> list[Parts | Answer]:
        study, times = self.study, self.study.times
        reference = self.ratios.settings["reference"]
        curves = clinical.fit_all_curves(times)
        landmarks = clinical.tabulate_landmarks(times, [6, 12])
        printed = self.programme.printed_intervals
        by_rules = clinical.stack_sensitivity(study.sensitivity, times)
        parts: list[Parts | Answer] = [
            page.patients(study),
            page.readers(study),
            page.endings(clinical.count_events(times)),
            page.design(study, self.ratios, self.programme),
            page.rate_bars(self.rates, self.references),
            page.differences(clinical.compare_rates(study.flags, reference)),
            *self.tables(),
            page.curves(curves, self.times, landmarks),
            page.landmarks(landmarks),
            page.ratio_forest(self.ratios),
            page.precision(clinical.estimate_precision(self.rates, self.ratios, self.times)),
            page.best_responses(study),
            page.visits(study),
            page.waterfall(study),
            page.spider(study, months=30.4375),
            page.swimmer(study, months=30.4375),
            page.profiles(study, most=2, months=30.4375),
            page.sensitivity(clinical.tabulate_times(by_rules)),
            page.further(clinical.compare_further(times, reference, [6])),
            page.timing(clinical.compare_visit_timing(times, study.responses, study.subjects)),
            page.proportional_hazards(curves, self.ratios, self.times),
            page.subgroups(clinical.compare_in_subgroups(times, reference, ["ecog", "absent"])),
            page.printed_intervals(clinical.reproduce_printed_intervals(printed), self.against, printed),
        ]
        return [*parts, self.answer()]


def analyse(
    folder: Path,
    times: pd.DataFrame | None = None,
    *,
    files: dict[str, str] | None = None,
    programme: Programme = NONE,
    **options: object,
) -> Analysed:
    """From times of one's own, or from files."""
    if times is not None:
        times.to_csv(folder / "times.csv", index=False)
        files = {"times": str(folder / "times.csv")}
    study = clinical.derive_study(read_clinical("tidy", files or {}))
    references = clinical.choose_references(programme.clinical, study.groups)
    rates, table = clinical.tabulate_rates(study.flags), clinical.tabulate_times(study.times)
    ratios = clinical.compare_times(study.times, study.groups[-1], **options)  # type: ignore[arg-type]
    against = clinical.compare_with_references(rates, table, references)
    return Analysed(study, programme, rates, table, ratios, against, references)


def example(root: Path, folder: Path, *names: str) -> Analysed:
    files = {n: str(root / "data" / "example" / f"{n}.csv") for n in names}
    return analyse(folder, files=files, programme=load_programme())


def many(root: Path, folder: Path) -> Analysed:
    return example(root, folder, "times", "responses", "lesions", "subjects")


def one(_root: Path, folder: Path) -> Analysed:
    return analyse(folder, arms(treated=([230], [1])))


def nothing(root: Path, folder: Path) -> Analysed:
    pd.DataFrame({"subject": ["a", "b"], "group": "x"}).to_csv(folder / "subjects.csv", index=False)
    return analyse(folder, files={"subjects": str(folder / "subjects.csv")})


def failed(_root: Path, folder: Path) -> Analysed:
    return analyse(folder, arms(control=DYING, treated=(range(100, 450, 35), [0] * 10)))


CASES = {"many": many, "one": one, "none": nothing, "failed": failed}
Make = Callable[[Path, Path], Analysed]


@pytest.mark.parametrize("case", CASES)
def test_what_is_shown_is_the_snapshot(case: str, root: Path, tmp_path: Path) -> None:
    check_snapshot(f"clinical_endpoints/{case}", CASES[case](root, tmp_path).everything())


@pytest.mark.parametrize("make", CASES.values(), ids=list(CASES))
def test_claims_repeat_the_shown_cells(
    make: Make, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TME_OUTPUT", str(tmp_path))
    monkeypatch.setattr("reports.publish.displays.display", lambda *_, **__: None)
    found = make(root, tmp_path)
    report = publish.Report("study", "measured", {})
    report.show(*found.tables())
    report.answer(found.answer())
    written = [Claim.from_json(c) for c in json.loads((tmp_path / "claims.json").read_text())]
    assert len(written) == len(found.rates) + len(found.times) + len(found.ratios)


def test_the_lead_is_the_confirmed_response_rate_and_what_is_published_comes_next(
    root: Path, tmp_path: Path
) -> None:
    found = many(root, tmp_path)
    said = found.answer().claims
    held = [c for c in said if c.published]
    assert list(said[: len(held)]) == held
    assert [c.published.verdict for c in held if c.published] == list(found.against["verdict"])
    assert [c.published.why for c in held if c.published] == list(found.against["why"])
    assert held[0].published
    assert (held[0].id, held[0].estimate.unit, held[0].published.value, held[0].published.margin) == (
        "clinical_endpoints/confirmed-response-rate///kras-mutant/",
        "fraction",
        0.44,
        0.15,
    )
    assert {c.question for c in said} == {"Do patients benefit?"}
    ratio = next(c for c in said if c.id.startswith("clinical_endpoints/hazard-ratio-of-pfs/"))
    assert (ratio.estimate.scale, ratio.estimate.null, ratio.n) == ("log", 1.0, 109)
    assert "groups were not randomised" in ratio.quality.reasons


def test_without_responses_the_first_median_leads(root: Path, tmp_path: Path) -> None:
    said = example(root, tmp_path, "times").answer()
    assert said.claims[0].subject.what == "median PFS"
    assert said.answer.startswith("Median PFS: 22.0 months (95 % interval 14.7 to 42.3; n = 57 patients) in")


def test_randomised_groups_pass_and_strata_are_a_condition(tmp_path: Path) -> None:
    times = arms(control=DYING, treated=(range(100, 490, 30), [1] * 13))
    times["site"] = ["north", "south"] * 13
    found = analyse(tmp_path, times, randomised=True, strata="site")
    assert list(found.ratios["quality"]) == ["pass"]
    ratio = found.answer().claims[-1]
    assert ratio.subject.condition == "stratified by site"
    assert found.ratios.settings["strata"] == "site"


def test_groups_that_differ_in_a_sign_keep_ids_of_their_own(tmp_path: Path) -> None:
    times = arms(**{"KRAS+": DYING, "KRAS-": DYING, "KRAS": DYING, "kras": DYING, "all": DYING})
    ids = [c.id for c in analyse(tmp_path, times).answer().claims]
    assert len(set(ids)) == len(ids)
    assert "clinical_endpoints/median-pfs///kras+/" in ids
    assert "clinical_endpoints/median-pfs///kras-/" in ids


def test_many_flags_are_counted(tmp_path: Path) -> None:
    times = arms(**{f"arm {i:02d}": ([100 + i, 200], [1, 0]) for i in range(20)})
    flags = analyse(tmp_path, times).answer().flags
    assert len(flags) == 12
    assert flags[-1].startswith("and ")


def references(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["endpoint", "quantity", "scale", "margin", "unit"])


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
def test_a_mean_without_spread_says_so(group: tuple, status: str) -> None:
    times = arms(control=DYING, treated=group)
    said = say_without_spread(clinical.compare_further(times, "control", [3]))
    assert f"PFS, treated against control: {status}" in said
    shown = restricted_means(times)
    assert "event" in shown[1]
    assert "event" not in shown[0]


def restricted_means(times: pd.DataFrame) -> list[str]:
    shown = page.times(clinical.tabulate_times(times)).show
    assert shown is not None
    return list(shown["Restricted mean\nmonths"])


def test_without_an_event_the_reader_is_told(tmp_path: Path) -> None:
    said = analyse(tmp_path, arms(control=DYING, treated=(range(100, 450, 35), [0] * 10))).answer()
    assert "PFS, treated: no event yet, so no interval of its restricted mean" in said.flags


def test_a_group_followed_for_no_time_is_shown() -> None:
    assert restricted_means(arms(control=DYING, treated=([0], [0]))) == ["no follow-up"] * 2


@pytest.mark.parametrize(
    ("groups", "kinds", "said"),
    [
        (MARKED, None, "Groups were not randomised"),
        (MARKED, Programme("none").groups, "Groups were not randomised"),
        (MARKED, load_programme().groups, "Groups by marker were not randomised"),
        ([*MARKED, "unknown"], load_programme().groups, "Groups were not randomised"),
        (["cohort A", "cohort B"], load_programme().groups, "Groups were not randomised"),
        (list(SCORES), SCORES, "Groups by mutation were not randomised"),
    ],
)
def test_groups_are_called_what_the_programme_knows_of_them(groups: list, kinds: dict, said: str) -> None:
    assert say_design(groups, False, kinds) == f"{said}: differences between them are descriptive."
    assert "randomised;" in say_design(groups, True, kinds)
    assert say_design(groups[:1], False, kinds) == "One group: nothing is compared."


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "fda",
            (
                "FDA: new therapy before progression censors at the last assessment before it; an event after"
                " 2 or more missed"
            ),
        ),
        ("ema", "EMA: new therapy does not stop follow-up; events count however long the gap"),
        (
            "fda-therapy-as-event",
            "FDA-THERAPY-AS-EVENT: new therapy counts as an event; an event after 2 or more missed",
        ),
        ("gap-only", "GAP-ONLY: new therapy does not stop follow-up; an event after 2 or more missed"),
    ],
)
def test_rules_of_censoring_in_words(name: str, words: str) -> None:
    assert say_censoring(RULES[name]).startswith(words)


def test_without_references_nothing_is_said_of_them() -> None:
    assert say_published([]) == ""
    one = clinical.compare_with_references(
        clinical.tabulate_rates(pd.DataFrame(columns=["subject", "group"])),
        clinical.tabulate_times(arms(control=DYING)),
        load_programme().clinical.head(1),
    ).found
    assert say_published(one) == "Of 1 published value 1 is not comparable."
    assert say_published(one * 3) == "Of 3 published values 3 are not comparable."


def test_margins_are_those_of_the_references() -> None:
    ours = say_margins(load_programme().clinical, confidence=0.95)
    assert ours.startswith(
        "Rates: within ± 15 percentage points; medians: within 1.5 times either way. Agrees: the whole 95 %"
        " interval"
    )
    assert "90 % interval" in say_margins(load_programme().clinical, confidence=0.9)
    other = references(
        ("ORR", "rate", "difference", 0.1, "fraction"),
        ("PFS", "median", "difference", 2, "months"),
        ("OS", "median", "ratio", 1.25, "months"),
    )
    assert say_margins(other, confidence=0.95).startswith(
        "Rates: within ± 10 percentage points; PFS: within ± 2 months; OS: within 1.25 times either way."
        " Agrees"
    )


def test_printed_intervals_are_counted_by_method() -> None:
    printed = load_programme().printed_intervals
    said = say_printed_intervals(clinical.reproduce_printed_intervals(printed), printed)
    assert (
        said == "**Clopper–Pearson reproduces 2 of 2 printed intervals, Wilson 0 and Jeffreys 0.** "
        f"As printed in {printed[0]['source']}."
    )
    wilson = [{"group": "a", "responders": 25, "n": 57, "printed": "31.8–56.7"}]
    said = say_printed_intervals(clinical.reproduce_printed_intervals(wilson), wilson)
    assert said == "**Clopper–Pearson reproduces 0 of 1 printed interval, Wilson 1 and Jeffreys 0.**"
