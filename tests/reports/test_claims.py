"""A claim repeats a cell of a published table, with its quality; `phrase` cannot leave out mark, n or
interval."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pandas as pd
import pytest
from matplotlib.figure import Figure as Drawing

from lib.errors import InputError
from lib.records import Claim, Comparison, Estimate, Interval, Quality, Source, Subject, join_reasons
from reports import publish
from reports.shown import Answer, Table, Text
from reports.wording import limited, phrase

FRAME = pd.DataFrame(
    {
        "line": ["A", "B"],
        "ic50_uM": [2.5, float("nan")],
        "low": [2.0, float("nan")],
        "high": [3.1, float("nan")],
        "quality": ["caution", "not judged"],
        "reasons": ["plate 2: Z′ 0.3; plate 3: no blank", ""],
    }
)


def claim_of(row: int, **changed) -> Claim:
    r = FRAME.iloc[row]
    told = not math.isnan(r["ic50_uM"])
    estimate = Estimate(
        r["ic50_uM"],
        "µM",
        Interval(r["low"], r["high"], 0.9, "t"),
        "log",
        qualifier="=" if told else "not estimable",
    )
    made = Claim(
        f"ic50-{r['line']}",
        "At what dose?",
        Subject("IC50", "x", str(r["line"])),
        estimate,
        3,
        "experiments",
        Quality.of_row(r),
        Source("ic50", row, "ic50_uM", "low", "high"),
        published=Comparison("agrees", 2.8, 2.0, "somebody"),
    )
    return replace(made, **changed)


@pytest.fixture
def report(monkeypatch, tmp_path) -> publish.Report:
    monkeypatch.setenv("TME_OUTPUT", str(tmp_path))
    monkeypatch.setattr("reports.publish.displays.display", lambda *_, **__: None)
    opened = publish.Report("study", "measured", {})
    opened.show(Table("ic50", FRAME, "**Caption.**"), None, [Text(""), Text("said")])
    return opened


def test_claims_are_written_most_important_first_and_come_back(report, tmp_path):
    report.answer(Answer([claim_of(0), claim_of(1)], "It is so."))
    written = json.loads((tmp_path / "claims.json").read_text())
    assert [c["role"] for c in written] == ["lead", "further"]
    assert (written[1]["estimate"], written[1]["qualifier"]) == (None, "not estimable")
    assert Claim.from_json(written[0]) == replace(claim_of(0), role="lead")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"estimate": Estimate(2.6, "µM")}, r"ic50_uM of table ic50 is 2\.5, the claim says 2\.6"),
        (
            {"estimate": Estimate(2.5, "µM", Interval(1.9, 3.1, 0.9))},
            r"low of table ic50 is 2\.0, the claim says 1\.9",
        ),
        ({"quality": Quality("pass")}, r"quality of table ic50 is caution, not Quality\(verdict='pass'"),
        ({"source": Source("ic5", 0, "ic50_uM")}, r"no table ic5 was shown"),
    ],
)
def test_a_claim_that_contradicts_its_table_is_refused(report, changed, message):
    with pytest.raises(ValueError, match=message):
        report.answer(Answer([claim_of(0, **changed)], "It is so."))


def test_ids_differ(report):
    with pytest.raises(ValueError, match=r"ids of claims must differ; ic50-A stands more than once"):
        report.answer(Answer([claim_of(0), claim_of(0)], "It is so."))


def test_a_phrase_holds_mark_n_and_interval():
    assert (
        phrase(claim_of(0))
        == "IC50 of x in A: 2.50 µM (90 % interval 2.00 to 3.10; n = 3 experiments) [caution: plate 2: Z′"
        " 0.3; plate 3: no blank]"
    )
    assert phrase(claim_of(1), names=False) == "not estimable (no interval; n = 3 experiments) [not judged]"


def test_fractions_are_said_in_percent():
    said = phrase(
        claim_of(0, estimate=Estimate(0.4386, "fraction", Interval(0.3074, 0.5764, 0.95)), quality=Quality()),
        names=False,
    )
    assert said == "43.9 % (95 % interval 30.7 to 57.6; n = 3 experiments)"


def test_what_is_cut_says_how_much_more():
    assert limited(["a", "b", "c"], 3) == "a; b; c"
    assert limited(["a", "b", "c", "d"], 3) == "a; b; c; and 1 more"


def test_reasons_survive_their_column():
    assert Quality.of_row(
        {"quality": "fail", "reasons": join_reasons(["one; two", "three", "three", ""])}
    ) == Quality("fail", ("one, two", "three"))


def test_an_estimate_without_value_says_why():
    with pytest.raises(InputError, match=r"an estimate without a value must say why; got qualifier ="):
        Estimate(float("nan"), "µM")
    with pytest.raises(InputError, match=r"a qualifier must be one of .*; got beyond"):
        Estimate(1.0, "µM", qualifier="beyond")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (FRAME, r'got DataFrame\. Write report\.show\(Table\("name", frame'),
        ("words", r'got str\. Write report\.show\(Text\("\.\.\."\)\)'),
        (Drawing(), r'got Figure\. Write report\.show\(Figure\("name", figure'),
        (Drawing().add_subplot(), r'got Axes\. Write report\.show\(Figure\("name", ax\.figure'),
        (3, r"got int$"),
    ],
)
def test_what_cannot_be_shown_says_how(report, thing, message):
    with pytest.raises(TypeError, match=message):
        report.show(thing)


def test_a_table_of_a_version_is_shown_once(report):
    with pytest.raises(ValueError, match="table ic50 was shown already; give this one another name"):
        report.show(Table("ic50", FRAME))
