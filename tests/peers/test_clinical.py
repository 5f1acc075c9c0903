"""Peers' own suites of clinical endpoints: admiralonco's responses, tidy and ADaM; tern's survival tables."""

from __future__ import annotations

import json
from functools import cache

import pandas as pd
import pytest

from lib import clinical
from lib.clinical.recist import ResponseRules
from lib.tables.clinical import choose_reference_group, read_clinical
from tests.makers.peers import PEERS, suite

ADMIRAL = PEERS / "clinical" / "admiralonco"
CASES = (
    sorted(p.name for p in ADMIRAL.iterdir() if (p / "expected.csv").is_file()) if ADMIRAL.is_dir() else []
)
RATES = {
    "ORR": ("confirmed_best_response", {"CR", "PR"}),
    "ORR unconfirmed": ("best_response", {"CR", "PR"}),
    "DCR": ("confirmed_best_response", {"CR", "PR", "SD", "NON-CR/NON-PD"}),
}
ABSENT = [pytest.param("", marks=pytest.mark.skip("peers' admiralonco absent: ../shared/peers"), id="absent")]
CONVENTIONS = {
    ("bor_t1c_before_start", "S7", "best_response"): ("CR", "MISSING"),
    ("bor_t1d_sd_before_start", "S7", "best_response"): ("NE", "MISSING"),
    ("bor_t2_pd_source", "S6", "best_response"): ("MISSING", "PD"),
    ("cbor_t2", "S7", "confirmed_best_response"): ("ND", "MISSING"),
    ("cbor_t2", "S8", "confirmed_best_response"): ("NE", "MISSING"),
    ("cbor_t4_no_pd_cut", "S9", "confirmed_best_response"): ("SD", "PD"),
    ("cbr_t1_as_DCR", "S07", "DCR"): ("N", "Y"),
    ("cbr_t2_as_DCR_no_pd_cut", "S06", "DCR"): ("Y", "N"),
    ("crsp_t4_no_pd_cut", "S1", "ORR"): ("Y", "N"),
    ("rsp_t2_no_pd_cut", "S3", "ORR unconfirmed"): ("Y", "N"),
}
"""Case, subject, quantity: theirs and ours; the reasons stand in README.md."""


def best_responses(case: str, standard: str) -> pd.DataFrame:
    folder = suite(f"clinical/admiralonco/{case}")
    names = {"tidy": ("responses", "subjects"), "adam": ("adsl", "adrs")}[standard]
    data = read_clinical(standard, {name: str(folder / f"{name}.csv") for name in names})
    rules = ResponseRules(**json.loads((folder / "params.json").read_text()))
    return clinical.derive_study(data, rules=rules, show_subject_ids=True).best.set_index("subject")


def compared(case: str, standard: str) -> dict[tuple[str, str, str], tuple[str, str]]:
    ours = best_responses(case, standard)
    found = {}
    for row in pd.read_csv(ADMIRAL / case / "expected.csv", dtype=str).itertuples():
        if row.quantity == "best_day":  # no table of ours has it
            continue
        column, good = RATES.get(row.quantity, (row.quantity, set()))
        value = ours.loc[row.subject, column]
        said = (
            ("Y" if value in good else "N")
            if good
            else f"{value:g}"
            if isinstance(value, float)
            else str(value)
        )
        found[case, row.subject, row.quantity] = (row.value, said)
    return found


@pytest.mark.parametrize("standard", ["tidy", "adam"])
@pytest.mark.parametrize("case", CASES or ABSENT)
def test_admiralonco(case: str, standard: str) -> None:
    apart = {key: pair for key, pair in compared(case, standard).items() if pair[0] != pair[1]}
    assert apart == {key: pair for key, pair in CONVENTIONS.items() if key[0] == case}


# --- tern: overall survival of its example, three arms, and of two of them

TERN = PEERS / "clinical" / "tern" / "os"
A, B = "A: Drug X", "B: Placebo"
LANDMARKS = [6.0, 7.0, 8.0, 9.0]
RUNS: dict[str, dict[str, object]] = {
    "plain95": {"conf_type": "plain", "reference": A},
    "plain99": {"conf_type": "plain", "confidence": 0.99, "reference": A},
    "loglog99": {"conf_type": "log-log", "confidence": 0.99},
    "log90": {"confidence": 0.9},
    "log99": {"confidence": 0.99},
    "loglog90": {"conf_type": "log-log", "confidence": 0.9},
    "refB_plain95": {"data": "ab", "conf_type": "plain", "reference": B},
    "refB_plain90": {"data": "ab", "conf_type": "plain", "confidence": 0.9, "reference": B},
    "refB_strata95": {"data": "ab", "strata": "STRATA1", "reference": B},
    "refB_strata90": {"data": "ab", "strata": "STRATA1", "confidence": 0.9, "reference": B},
    "strataSEX": {"strata": "SEX", "reference": A},
    "strata99": {"strata": "STRATA1", "confidence": 0.99, "reference": A},
    "subgroups": {"data": "tidy", "reference": B},
}


@cache
def tables(run: str) -> dict[str, pd.DataFrame]:
    """The tables that `clinical_endpoints` publishes of one run."""
    folder, options = suite("clinical/tern/os"), RUNS[run]
    files = {
        "": {"adtte": folder / "adtte.csv"},
        "ab": {"adtte": folder / "adtte_ab.csv"},
        "tidy": {"times": folder / "times_ab.csv", "subjects": folder / "subjects_ab.csv"},
    }[str(options.get("data", ""))]
    standard = "tidy" if options.get("data") == "tidy" else "adam"
    data = read_clinical(standard, {name: str(path) for name, path in files.items()})
    study = clinical.derive_study(data)
    reference = choose_reference_group(study.groups, str(options.get("reference", "")))
    strata, confidence = str(options.get("strata", "")), float(str(options.get("confidence", 0.95)))
    scale = {
        "conf_type": str(options.get("conf_type", "log")),
        "confidence": confidence,
        "days_per_month": 30.4375,
    }
    contrast = {"randomised": True, "confidence": confidence}
    found = {
        "time_to_event": clinical.tabulate_times(study.times, **scale),  # type: ignore[arg-type]
        "landmarks": clinical.tabulate_landmarks(study.times, LANDMARKS, **scale),  # type: ignore[arg-type]
        "comparisons": clinical.compare_times(study.times, reference, strata=strata, **contrast),  # type: ignore[arg-type]
        "further_comparisons": clinical.compare_further(
            study.times, reference, LANDMARKS, strata=strata, randomised=True, **scale
        ),  # type: ignore[arg-type]
        "subgroups": clinical.compare_in_subgroups(study.times, reference, ["sex", "biomarker"], **contrast),  # type: ignore[arg-type]
    }
    return {name: result.to_frame() for name, result in found.items()}


def expected_of_tern() -> list[dict[str, str]]:
    if not TERN.is_dir():
        return []
    return pd.read_csv(TERN / "expected.csv", dtype=str, keep_default_na=False).to_dict("records")  # type: ignore[return-value]


def matches(frame: pd.DataFrame, where: str) -> pd.Series:
    which = pd.Series(True, index=frame.index)
    for part in where.split(";"):
        column, _, value = part.partition("=")
        cells = frame[column]
        which &= (
            (cells == float(value)) if pd.api.types.is_numeric_dtype(cells) else cells.astype(str) == value
        )
    return which


@pytest.mark.parametrize("run", RUNS)
def test_tern(run: str) -> None:
    suite("clinical/tern/os")
    rows = [row for row in expected_of_tern() if row["run"] == run]
    assert rows
    for row in rows:
        frame = tables(run)[row["table"]]
        (value,) = frame.loc[matches(frame, row["where"]), row["column"]]
        near = 0.5000001 * 10 ** -int(row["decimals"])
        said = f"{row['table']} {row['where']} {row['column']}"
        assert float(value) * float(row["scale"]) == pytest.approx(float(row["value"]), abs=near), said


def test_the_suites_are_whole() -> None:
    suite("clinical/admiralonco")
    assert (len(CASES), len(expected_of_tern())) == (14, 160)
    assert sum(len(compared(case, "tidy")) for case in CASES) == 118
