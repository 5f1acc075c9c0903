"""What a reconstruction says of itself and of what was printed."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest

from lib import reconstruct
from lib.agreement import Concordance, Concordances, compare_with_published
from lib.programme import Programme, load_programme
from lib.reconstruct import MARGINS, Accuracy, CurveResults, Individuals, NumbersAtRisk, Reconstruction
from lib.records import Claim
from lib.survival import fit_by_group
from lib.tables.reconstruct import choose_reference, read_at_risk, read_curve, read_events, read_printed
from reports import publish
from reports.present import reconstruct as page
from reports.present.reconstruct import say_agreement, say_margins
from reports.shown import Answer, Parts, Table
from tests.makers.presented import check_snapshot


@dataclass(frozen=True)
class Analysed:
    """A figure as the notebook analyses it."""

    found: dict[str, Reconstruction]
    accuracy: Accuracy
    people: Individuals
    risk: NumbersAtRisk
    results: CurveResults
    verdicts: Concordances
    programme: Programme

    def answer(self) -> Answer:
        return page.claims(self.results, self.accuracy, self.people, self.risk, self.verdicts, self.programme)

    def everything(self) -> list[Parts | Answer]:
        people = self.people.frame
        curves = fit_by_group(people["time"], people["event"], people["group"])
        return [
            page.accuracy(self.accuracy),
            page.results(self.results),
            page.individuals(self.people),
            page.overlay(self.found, self.accuracy, self.people),
            page.curves(curves, self.results),
            page.numbers_at_risk(self.risk),
            page.against_printed(self.verdicts),
            self.answer(),
        ]


def analyse(
    points: pd.DataFrame,
    numbers: pd.DataFrame,
    totals: pd.DataFrame | None = None,
    printed: pd.DataFrame | None = None,
    *,
    n_draws: int = 4,
    programme: Programme | None = None,
) -> Analysed:
    found = reconstruct.estimate_by_group(points, numbers, totals)
    reference = choose_reference(points)
    results = reconstruct.tabulate_results(found, reference=reference)
    spread = reconstruct.estimate_reading_spread(
        points, numbers, totals, reference=reference, n_draws=n_draws
    )
    results = results.with_reading(spread)
    verdicts = reconstruct.compare_with_printed(results, read_printed("") if printed is None else printed)
    return Analysed(
        found,
        reconstruct.tabulate_accuracy(found),
        reconstruct.tabulate_individuals(found),
        reconstruct.tabulate_numbers_at_risk(found),
        results,
        verdicts,
        programme or Programme("none"),
    )


@pytest.fixture
def example(root: Path) -> list[pd.DataFrame]:
    folder = root / "data/example"
    readers = {
        "km_curve.csv": read_curve,
        "km_at_risk.csv": read_at_risk,
        "km_events.csv": read_events,
        "km_printed.csv": read_printed,
    }
    return [read(folder / name) for name, read in readers.items()]


def many(example: list[pd.DataFrame]) -> Analysed:
    return analyse(*example, programme=load_programme())


def one(example: list[pd.DataFrame]) -> Analysed:
    points, numbers = (frame[frame["group"] == "KRAS mutant"] for frame in example[:2])
    return analyse(points, numbers, n_draws=0)


def never(_example: list[pd.DataFrame]) -> Analysed:
    points = pd.DataFrame({"group": "a", "time": [0.0, 5.0, 10.0], "survival": [1.0, 1.0, 1.0]})
    return analyse(points, pd.DataFrame({"group": "a", "time": [0.0, 5.0, 10.0], "n": [20, 15, 8]}))


def failed(example: list[pd.DataFrame]) -> Analysed:
    """Of one curve the printed number of events is not the one that the curve shows."""
    points, numbers, totals, printed = example
    wrong = totals.assign(events=totals["events"].where(totals["group"] == "KRAS mutant", 12))
    return analyse(points, numbers, wrong, printed)


CASES = {"many": many, "one": one, "none": never, "failed": failed}


@pytest.mark.parametrize("case", CASES)
def test_what_is_shown_is_the_snapshot(case: str, example: list[pd.DataFrame]) -> None:
    check_snapshot(f"reconstruct/{case}", CASES[case](example).everything())


@pytest.mark.parametrize("case", CASES)
def test_claims_repeat_the_shown_cells(
    case: str, example: list[pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TME_OUTPUT", str(tmp_path))
    monkeypatch.setattr("reports.publish.displays.display", lambda *_, **__: None)
    found = CASES[case](example)
    report = publish.Report("study", "measured", {})
    report.show(page.accuracy(found.accuracy), page.results(found.results))
    report.answer(found.answer())
    written = [Claim.from_json(c) for c in json.loads((tmp_path / "claims.json").read_text())]
    assert len(written) == len(found.results)
    assert {c.origin for c in written} == {"digitised"}


def test_a_poor_curve_fails_what_rests_on_it(example: list[pd.DataFrame]) -> None:
    found = failed(example)
    assert list(found.accuracy["quality"]) == ["pass", "fail"]
    quality = {(r.quantity, r.group): (r.quality, r.reasons) for r in found.results.frame.itertuples()}
    assert quality["median", "KRAS mutant"] == ("pass", "")
    for of in (("median", "KRAS wild type"), ("hazard_ratio", "KRAS mutant")):
        assert quality[of][0] == "fail"
        assert quality[of][1].startswith("curve KRAS wild type: poor (")
    said = found.answer()
    assert "[failed: curve KRAS wild type: poor (" in said.answer
    assert said.answer.endswith("1 of 2 curves comes back poorly (KRAS wild type): rest nothing on it.")
    assert len(said.flags) == 1


def test_readings_that_gave_no_result_are_a_caution(example: list[pd.DataFrame]) -> None:
    found = many(example).results
    spread = reconstruct.ReadingSpread(
        found.frame[list(reconstruct.ReadingSpread.COLUMNS)].assign(n_estimable=3), {"n_draws": 4}
    )
    again = reconstruct.tabulate_results(many(example).found, reference="KRAS wild type").with_reading(spread)
    assert set(again["quality"]) == {"caution"}
    assert again["reasons"].iloc[0] == "1 of 4 repeated readings gave no median"


def test_tables_leave_no_cell_empty(example: list[pd.DataFrame]) -> None:
    found = analyse(*example[:2], n_draws=0)
    shown = [page.accuracy(found.accuracy)[0].show, page.results(found.results).show]  # type: ignore[union-attr]
    for table in shown:
        assert table is not None
        assert (table.map(len) > 0).all().all()
        assert not table.map(lambda cell: "nan" in cell).any().any()
    assert set(shown[0]["Events\nprinted"]) == {"not given"}
    assert set(shown[1]["Interval\nof reading alone"]) == {"not asked for"}


def test_a_hazard_ratio_leads_or_a_median_where_there_is_one_curve(example: list[pd.DataFrame]) -> None:
    alone = one(example).answer()
    assert alone.answer.startswith("Median PFS in KRAS mutant: 19.8 months (95 % interval 15.")
    assert alone.answer.endswith("events in 1 curve.")
    both = many(example).answer()
    assert both.claims[0].subject.population == "KRAS mutant against KRAS wild type"
    assert (both.claims[0].n, both.claims[1].n) == (109, 57)
    assert next(c.published.verdict for c in both.claims if c.published) == "agrees"
    said = never(example).answer().answer
    assert (
        said == "Median PFS in a: not reached (no interval; n = 20 reconstructed times); 0 events in 1 curve."
    )


@pytest.fixture
def median() -> Concordance:
    return compare_with_published(10.1, 9.9, 10.3, 10, scale="ratio", margin=1.1, name="median, a")


def agreeing(one: Concordance, n: int, of: int) -> Sequence[Concordance]:
    return [one] * n + [replace(one, verdict="differs")] * (of - n)


@pytest.mark.parametrize(
    ("n", "of", "said"),
    [
        (3, 3, "**3 of 3 printed results agree.**"),
        (1, 3, "**1 of 3 printed results agrees.**"),
        (0, 3, "**0 of 3 printed results agree.**"),
        (0, 1, "**0 of 1 printed result agrees.**"),
        (0, 0, ""),
    ],
)
def test_what_agrees_is_counted_and_nothing_printed_says_nothing(median, n, of, said):
    assert say_agreement(agreeing(median, n, of)) == said


def test_verdicts_as_read(median):
    table = page.against_printed(Concordances.collect([(("median", "a"), median)]))[1]
    assert isinstance(table, Table)
    assert table.show is not None
    shown = table.show.iloc[0]
    assert (shown["Result"], shown["Printed"], shown["Reconstructed"]) == ("median, a", "10.0", "10.1")
    assert (shown["Ratio"], shown["Verdict"]) == ("1.01", "agrees")


def test_margins_are_those_that_are_used():
    assert re.findall(r"\d+\.\d+", say_margins()) == [f"{m:g}" for m in MARGINS.values()] == ["1.1", "1.05"]


def test_the_range_of_readings_follows_the_level():
    assert [page.reading_range_in_words(c) for c in (0.95, 0.9)] == ["2.5 to 97.5 %", "5 to 95 %"]
