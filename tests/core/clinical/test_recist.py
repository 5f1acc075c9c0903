"""RECIST 1.1 against its own tables, against CDISC's test data, and by property."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.clinical.recist import (
    ResponseRules,
    assess_overall,
    assess_visits,
    baseline_sums,
    compare_readers,
    find_best_responses,
    read_after_complete,
)
from lib.errors import InputError
from lib.tables.clinical import read_clinical


def lesions(*rows: tuple, subject: str = "a") -> pd.DataFrame:
    columns = ["day", "lesion", "kind", "diameter_mm", "is_node", "state"]
    frame = pd.DataFrame([(*r, *(0, None)[len(r) - 4 :]) for r in rows], columns=columns)
    return frame.assign(subject=subject, reader="r", diameter_mm=frame.diameter_mm.astype(float))


def visits(*sums: float) -> pd.Series:
    """Target responses of one lesion measured at these sizes, the first at baseline."""
    frame = lesions(*[(1 + 56 * i, "T1", "target", s) for i, s in enumerate(sums)])
    return assess_visits(frame).target_response


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((100, 70), "PR"),  # exactly −30 %
        ((100, 70.1), "SD"),
        ((100, 120), "PD"),  # exactly +20 % and more than 5 mm
        ((20, 24), "SD"),  # +20 % but 4 mm only
        ((20, 25), "PD"),
        ((100, 50, 60), "PD"),  # +20 % over nadir although −40 % from baseline: tested before PR
        ((100, 50, 59), "PR"),
        ((100, 0), "CR"),
        ((100, 0, 4), "PR"),  # from nadir 0: under 5 mm is no progression
        ((100, 0, 5), "PD"),
        ((70, 49), "PR"),  # 0.7 × 70 is 48.99999999999999 in binary
    ],
)
def test_target_response(sizes: tuple[float, ...], expected: str) -> None:
    assert visits(*sizes).iloc[-1] == expected


def test_node_below_10_mm_is_complete_response_with_a_sum_above_0() -> None:
    frame = lesions(
        (1, "T1", "target", 30),
        (1, "N1", "target", 20, 1),
        (57, "T1", "target", 0),
        (57, "N1", "target", 9, 1),
    )
    seen = assess_visits(frame).iloc[0]
    assert (seen.overall_response, seen.sum_mm) == ("CR", 9)
    assert "nodes < 10 mm" in seen.why


def test_too_small_counts_5_mm() -> None:
    frame = lesions((1, "T1", "target", 30), (57, "T1", "target", np.nan, 0, "too small"))
    assert assess_visits(frame).sum_mm.iloc[0] == 5


def test_a_missing_target_is_not_evaluable_unless_the_rest_proves_progression() -> None:
    base = [(1, "T1", "target", 30), (1, "T2", "target", 20)]
    seen = assess_visits(lesions(*base, (57, "T1", "target", 30))).iloc[0]
    assert seen.overall_response == "NE"
    assert "1 of 2 measured" in seen.why
    grown = assess_visits(lesions(*base, (57, "T1", "target", 70))).iloc[0]
    assert grown.overall_response == "PD"
    assert "only 1 of 2" in grown.why


def test_an_incomplete_sum_is_no_nadir() -> None:
    base = [(1, "T1", "target", 50), (1, "T2", "target", 50)]
    later = [(57, "T1", "target", 10), (113, "T1", "target", 50), (113, "T2", "target", 50)]
    assert list(assess_visits(lesions(*base, *later)).target_response) == ["NE", "SD"]


def test_baseline_is_the_last_on_or_before_day_1() -> None:
    frame = lesions((-20, "T1", "target", 80), (-3, "T1", "target", 100), (57, "T1", "target", 75))
    seen = assess_visits(frame).iloc[0]
    assert (seen.baseline_mm, seen.target_response) == (100, "SD")
    assert baseline_sums(frame).sum_mm.tolist() == [100]


@pytest.mark.parametrize(
    ("target", "non_target", "new", "expected"),
    [  # Eisenhauer et al. 2009, table 1, then table 2 (no target disease)
        ("CR", "CR", "N", "CR"),
        ("CR", "", "N", "CR"),
        ("CR", "NON-CR/NON-PD", "N", "PR"),
        ("CR", "NE", "N", "PR"),
        ("PR", "NON-CR/NON-PD", "N", "PR"),
        ("PR", "NE", "N", "PR"),
        ("SD", "NE", "N", "SD"),
        ("NE", "NON-CR/NON-PD", "N", "NE"),
        ("PD", "CR", "N", "PD"),
        ("CR", "PD", "N", "PD"),
        ("CR", "CR", "Y", "PD"),
        ("", "CR", "N", "CR"),
        ("", "NON-CR/NON-PD", "N", "NON-CR/NON-PD"),
        ("", "NE", "N", "NE"),
        ("", "PD", "N", "PD"),
        ("", "", "Y", "PD"),
    ],
)
def test_overall_response_is_the_published_table(
    target: str, non_target: str, new: str, expected: str
) -> None:
    assert assess_overall(pd.Series([target]), pd.Series([non_target]), pd.Series([new]))[0] == expected


def test_non_target_states() -> None:
    base = [(1, "A", "non-target", np.nan, 0, "present"), (1, "B", "non-target", np.nan, 0, "present")]
    gone = [(57, "A", "non-target", np.nan, 0, "absent"), (57, "B", "non-target", np.nan, 0, "absent")]
    assert assess_visits(lesions(*base, *gone)).overall_response.iloc[0] == "CR"
    assert assess_visits(lesions(*base, gone[0])).overall_response.iloc[0] == "NE"
    worse = (57, "B", "non-target", np.nan, 0, "unequivocal progression")
    assert assess_visits(lesions(*base, gone[0], worse)).overall_response.iloc[0] == "PD"


def test_a_new_lesion_is_progression_from_then_on() -> None:
    frame = lesions(
        (1, "T1", "target", 50),
        (57, "T1", "target", 30),
        (57, "X", "new", np.nan, 0, "present"),
        (113, "T1", "target", 20),
    )
    assert assess_visits(frame).overall_response.tolist() == ["PD", "PD"]


@settings(max_examples=25)
@given(st.lists(st.integers(0, 200), min_size=2, max_size=8), st.floats(0.1, 10))
def test_scale_only_matters_through_5_mm(sizes: list[int], factor: float) -> None:
    sizes[0] = max(sizes[0], 10)
    bigger = visits(*[1000.0 * s for s in sizes])  # 5 mm no longer binds: only the ratios matter
    again = visits(*[1000.0 * s * round(factor, 2) for s in sizes])
    assert list(bigger) == list(again)


def best(*codes: tuple[int, str], therapy: float = np.nan, **rules: object) -> pd.Series:
    responses = pd.DataFrame(codes, columns=["day", "overall_response"]).assign(subject="a")
    who = pd.DataFrame(
        {"subject": ["a"], "group": ["all"], "reference_day": [1.0], "new_therapy_day": [therapy]}
    )
    return find_best_responses(responses, who, rules=ResponseRules(**rules)).iloc[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("codes", "rules", "plain", "confirmed"),
    [
        ([(57, "PR"), (113, "PR")], {}, "PR", "PR"),
        ([(57, "PR"), (84, "PR")], {}, "PR", "SD"),  # 27 days: too soon
        ([(57, "PR"), (85, "PR")], {}, "PR", "PR"),
        ([(57, "PR"), (113, "NE"), (169, "PR")], {}, "PR", "PR"),
        ([(57, "PR"), (113, "NE"), (169, "NE"), (225, "PR")], {}, "PR", "SD"),
        ([(57, "PR"), (113, "NE"), (169, "NE"), (225, "PR")], {"max_ne_between": 2}, "PR", "PR"),
        ([(57, "PR"), (70, "SD"), (113, "PR")], {}, "PR", "SD"),
        ([(57, "PR"), (70, "SD"), (113, "PR")], {"accept_sd_between": True}, "PR", "PR"),
        ([(57, "CR"), (113, "CR")], {}, "CR", "CR"),
        ([(57, "PR"), (113, "CR")], {}, "CR", "PR"),
        ([(57, "CR"), (113, "PR")], {}, "CR", "SD"),  # PR after CR confirms nothing
        ([(57, "CR"), (113, "PR")], {"partial_after_complete": "progression"}, "CR", "SD"),
        ([(57, "PR"), (113, "PD")], {}, "PR", "SD"),
        ([(57, "PR"), (113, "PD")], {"response_then_progression": "PD"}, "PR", "PD"),
        ([(22, "PR"), (57, "PD")], {}, "PR", "PD"),  # too early for SD
        ([(22, "SD")], {}, "NE", "NE"),  # stable before 42 days
        ([(43, "SD")], {}, "SD", "SD"),
        ([(57, "NON-CR/NON-PD")], {}, "NON-CR/NON-PD", "NON-CR/NON-PD"),
        ([(57, "PD"), (113, "PR"), (169, "PR")], {}, "PD", "PD"),  # nothing after the first PD counts
        ([(57, "PR"), (57, "PD")], {}, "PD", "PD"),  # one record a date, worst wins
        ([(57, "NE")], {}, "NE", "NE"),
    ],
)
def test_best_response(codes: list[tuple[int, str]], rules: dict, plain: str, confirmed: str) -> None:
    seen = best(*codes, **rules)
    assert (seen.best_response, seen.confirmed_best_response) == (plain, confirmed)


@pytest.mark.parametrize(
    ("codes", "rules", "confirmed", "since"),
    [
        ([(57, "PR"), (113, "CR"), (169, "CR"), (225, "PD")], {}, "CR", 57),  # deepens: still the PR
        ([(57, "PR"), (113, "PR"), (169, "PR")], {}, "PR", 57),
        ([(57, "PR"), (113, "CR")], {}, "PR", 57),  # the CR confirms the PR before it
        ([(43, "SD"), (85, "PR"), (127, "PR"), (169, "CR"), (211, "CR")], {}, "CR", 85),
        # A PR bears out no CR before it: the response counts from where a later assessment confirms it.
        ([(50, "CR"), (92, "PR"), (134, "PR")], {}, "PR", 92),
        ([(50, "CR"), (78, "PR"), (120, "CR"), (162, "CR")], {}, "CR", 78),
        ([(57, "PR"), (113, "NE"), (169, "CR"), (225, "CR")], {}, "CR", 57),
        ([(57, "PR"), (113, "NE"), (169, "NE"), (225, "CR"), (281, "CR")], {}, "CR", 225),  # PR not confirmed
        ([(57, "PR"), (113, "SD"), (169, "CR"), (225, "CR")], {}, "CR", 169),
        (
            [(57, "PR"), (113, "SD"), (169, "PR"), (225, "CR"), (281, "CR")],
            {"accept_sd_between": True},
            "CR",
            57,
        ),
        ([(57, "PR"), (113, "PR"), (169, "SD"), (225, "CR"), (281, "CR")], {}, "CR", 57),
        (
            [(57, "PR"), (70, "CR"), (98, "CR")],
            {},
            "CR",
            57,
        ),  # CR at day 70 is too soon, day 98 confirms both
        ([(57, "CR"), (113, "CR")], {}, "CR", 57),
        ([(57, "PR"), (113, "CR")], {"confirmation_days": 0}, "CR", 57),
        ([(57, "PR"), (113, "PD")], {}, "SD", None),
    ],
)
def test_a_response_starts_at_the_first_recorded_of_what_was_confirmed(
    codes: list, rules: dict, confirmed: str, since: float | None
) -> None:
    """RECIST 1.1, 4.7: from CR or PR, whichever is first recorded."""
    seen = best(*codes, **rules)
    assert seen.confirmed_best_response == confirmed
    assert seen.response_day == since if since else np.isnan(seen.response_day)
    if since:
        assert f"on day {since}" in seen.why


codes_of_a_patient = st.lists(st.sampled_from(["CR", "PR", "SD", "NE", "PD"]), min_size=1, max_size=8)


@settings(max_examples=150, deadline=None)
@given(codes_of_a_patient, st.sampled_from([14, 28, 60]))
def test_depth_does_not_move_the_day_of_response(codes: list[str], gap: int) -> None:
    """With every CR called PR the day is the same, unless a PR came back after a CR, which confirms
    nothing."""
    said = [(1 + gap * (i + 1), c) for i, c in enumerate(codes)]
    deep = best(*said).response_day
    shallow = best(*[(d, "PR" if c == "CR" else c) for d, c in said]).response_day
    if "CR" in codes and "PR" in codes[codes.index("CR") :]:
        assert np.isnan(deep) or deep >= shallow
    else:
        assert deep == shallow or (np.isnan(deep) and np.isnan(shallow))


def test_disease_after_a_complete_response_is_read_once_for_everything() -> None:
    who = pd.DataFrame({"subject": ["a"], "group": "all", "reference_day": 1.0, "new_therapy_day": np.nan})
    codes = [(-20, "CR"), (57, "PR"), (113, "CR"), (169, "CR"), (225, "PR"), (281, "SD")]
    frame = pd.DataFrame(codes, columns=["day", "overall_response"]).assign(subject="a")
    strict = ResponseRules(partial_after_complete="progression")
    read = read_after_complete(frame, who, strict)
    assert read.overall_response.tolist() == ["CR", "PR", "CR", "CR", "PD", "PD"]  # day −20 is no response
    assert find_best_responses(read, who, rules=strict).progression_day.tolist() == [225]
    assert read_after_complete(frame, who, ResponseRules()) is frame


def test_new_therapy_ends_what_counts() -> None:
    seen = best((57, "PR"), (113, "PR"), therapy=100.0)
    assert (seen.confirmed_best_response, seen.status) == ("SD", "response not confirmed")


def test_a_patient_without_assessment_stays_as_missing() -> None:
    who = pd.DataFrame(
        {"subject": ["a", "b"], "group": "all", "reference_day": 1.0, "new_therapy_day": np.nan}
    )
    responses = pd.DataFrame({"subject": ["a"], "day": [57], "overall_response": ["SD"]})
    assert find_best_responses(responses, who).confirmed_best_response.tolist() == ["SD", "MISSING"]


def test_unknown_rule_is_named() -> None:
    with pytest.raises(
        InputError, match="partial_after_complete must be one of unconfirmed, progression; got maybe"
    ):
        ResponseRules(partial_after_complete="maybe")


def test_kappa_of_two_readers() -> None:
    a, b = ["PR", "PR", "SD", "PD"], ["PR", "SD", "SD", "PD"]
    frame = pd.concat(
        [
            pd.DataFrame({"subject": list("wxyz"), "day": 57, "reader": r, "overall_response": c})
            for r, c in (("a", a), ("b", b))
        ]
    )
    seen = compare_readers(frame).iloc[0]
    assert seen.agreement == 0.75
    assert seen.kappa == pytest.approx((0.75 - 0.3125) / (1 - 0.3125))
    assert (seen.n_response_disputed, seen.n_progression_disputed) == (1, 0)


@pytest.fixture(scope="module")
def cdisc(shared_data: Path) -> tuple:
    folder = shared_data / "clinical"
    files = {
        "tr": "tr_onco_recist.csv",
        "tu": "tu_onco_recist.csv",
        "rs": "rs_onco_recist.csv",
        "subjects": "adsl.csv",
    }
    return read_clinical("sdtm", {k: str(folder / v) for k, v in files.items()}), folder


def test_sums_equal_adtr(cdisc: tuple) -> None:
    data, folder = cdisc
    truth = pd.read_csv(folder / "adtr_onco.csv").query("PARAMCD == 'SDIAM'")
    sums = pd.concat([baseline_sums(data.lesions), assess_visits(data.lesions)])
    mine = sums[sums.reader == "INVESTIGATOR"]
    both = truth.merge(mine, left_on=["USUBJID", "ADY"], right_on=["subject", "day"])
    assert len(both) == len(truth) == 25
    np.testing.assert_allclose(both.sum_mm, both.AVAL, atol=0.005)


def test_overall_responses_equal_rs(cdisc: tuple) -> None:
    data, _ = cdisc
    both = data.responses.merge(
        assess_visits(data.lesions), on=["subject", "reader", "day"], suffixes=("_rs", "")
    )
    assert len(both) == 66
    assert (both.overall_response_rs == both.overall_response).all()


def test_best_responses_equal_adrs(cdisc: tuple) -> None:
    """All 254 with confirmation at more than 21 days (its two PR-then-CR patients are 21 days apart, and
    unconfirmed)."""
    data, folder = cdisc
    adrs = pd.read_csv(folder / "adrs_onco.csv")
    mine = data.responses[data.responses.reader == "INVESTIGATOR"]
    for days, right in ((28, 254), (21, 252)):
        found = find_best_responses(
            mine, data.subjects, rules=ResponseRules(confirmation_days=days)
        ).set_index("subject")
        for code, column, expected in (
            ("BOR", "best_response", 254),
            ("CBOR", "confirmed_best_response", right),
        ):
            truth = adrs[adrs.PARAMCD.eq(code)].set_index("USUBJID").AVALC.reindex(found.index)
            assert (truth == found[column]).sum() == expected
