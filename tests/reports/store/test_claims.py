"""What of a report's claims changed from version to version."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from lib.records import Estimate, Interval, Quality
from reports.store.claims import compare_claims, read_claims
from tests.reports.test_claims import claim_of


def test_what_changed_came_and_went():
    first, second = claim_of(0), claim_of(1)
    moved = replace(first, estimate=Estimate(2.7, "µM", Interval(2.0, 3.1, 0.9)), quality=Quality())
    assert compare_claims([first, second], [moved], {}) == [
        "IC50 of x in A: 2.50 µM [caution: plate 2: Z′ 0.3; plate 3: no blank] → 2.70 µM",
        "IC50 of x in B is gone",
    ]
    assert compare_claims([first], [first, second], {}) == [
        "IC50 of x in B is new: not estimable [not judged]"
    ]


def test_last_bits_and_stated_tolerances_change_nothing():
    first = claim_of(0)
    assert (
        compare_claims(
            [first], [replace(first, estimate=replace(first.estimate, value=2.5 * (1 + 1e-12)))], {}
        )
        == []
    )
    near = replace(first, estimate=replace(first.estimate, value=2.5 * (1 + 1e-7)))
    assert len(compare_claims([first], [near], {})) == 1
    assert compare_claims([first], [near], {"ic50": {"ic50_uM": 1e-6}}) == []


def test_claims_come_back_and_broken_files_hold_none(tmp_path: Path):
    (tmp_path / "claims.json").write_text(json.dumps([claim_of(0).to_json()]))
    assert read_claims(tmp_path) == [claim_of(0)]
    for broken in ("{", "[{}]", '{"a": 1}'):
        (tmp_path / "claims.json").write_text(broken)
        assert read_claims(tmp_path) == []
    assert read_claims(tmp_path / "absent") == []
