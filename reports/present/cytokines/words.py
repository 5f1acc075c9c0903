"""Immunoassays in words: acceptance, range, disagreements, changes and what is expected of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lib.immunoassay import Assay, CytokineShifts
from lib.immunoassay.quality import name_rule, name_run
from lib.immunoassay.readings import DISAGREE, HOOK, HOOK_BELOW, NAMES, PLATES, WELLS
from lib.programme import Programme
from reports.shown import Text
from reports.wording import count, fixed, interval, interval_name, limited, listing

MOST_RUNS, MOST_NAMED = 4, 12
EXPECTED = {"reduced": "to fall", "increased": "to rise"}
DISAGREEMENTS = {
    HOOK_BELOW: "Reported from the dilutions that agree, since less diluted the value is lower (a hook)",
    HOOK: "a value that rises with dilution (a hook: what was read before the rise is only a lower bound)",
    DISAGREE: "dilutions that disagree",
    WELLS: "wells that disagree",
    PLATES: "results of one subject and time that disagree",
}


def list_failures(found: Assay) -> list[str]:
    """``"IL-6 on plate 2 fails: CV of sample replicates"``, an item a run that fails."""
    failed = found.acceptance[found.acceptance["verdict"] == "fail"]
    return [
        f"{name_run(*run)} fails: {listing([name_rule(r.rule, r.note) for r in rules.itertuples()])}"
        for run, rules in failed.groupby(["plate", "analyte"])
    ]


def say_acceptance(found: Assay) -> str:
    """``"5 of 6 runs pass; IL-6 on plate 2 fails: CV of sample replicates"``."""
    verdicts = found.verdicts
    passing, failures = int((verdicts == "pass").sum()), list_failures(found)
    runs, verb = ("run", "passes") if len(verdicts) == 1 else ("runs", "passes" if passing == 1 else "pass")
    said = f"{passing:,} of {len(verdicts):,} {runs} (an analyte on a plate) {verb}"
    return "; ".join([said, *([limited(failures, MOST_RUNS)] if failures else [])])


def say_range(found: Assay) -> str:
    """How many results are within range, beyond it, and not reported."""
    row = found.count_results().frame.iloc[0]
    return f"{row['n_within_range']:,} of {count(row['n_results'], 'result')} within range, {say_beyond(row)}"


def say_beyond(row: pd.Series) -> str:
    """How many results are beyond the range or not reported."""
    bare = f", {row['n_not_reported']:,} not reported" if row["n_not_reported"] else ""
    return f"{row['n_below']:,} below the LLOQ, {row['n_above']:,} above the ULOQ{bare}"


def remarks(wells: pd.DataFrame) -> Text:
    """Readings that are missing and nominal concentrations that were repaired."""
    notes = wells["note"].dropna() if "note" in wells else pd.Series(dtype=object)
    missing = int(wells["signal"].isna().sum())
    said = [f"{count(missing, 'reading')} missing, left out"] if missing else []
    if len(notes):
        said.append(
            f"{count(notes.nunique(), 'nominal concentration')} repaired: {listing(list(notes.unique()), 3)}"
        )
    return Text(f"{'; '.join(said) or 'No reading is missing; no nominal concentration was repaired'}.")


def disagreements(found: Assay) -> Text:
    """Samples whose readings disagree, by name and once each."""
    return Text(say_disagreements(found.concentrations) or "No readings of one sample disagree.")


def say_disagreements(found: pd.DataFrame, limit: int = MOST_NAMED) -> str:
    """Samples whose readings disagree, by name and once each; empty where there are none."""
    order = {note: k for k, note in enumerate(DISAGREEMENTS)}
    worst = (
        found.assign(_rank=found["note"].map(order))
        .dropna(subset="_rank")
        .sort_values("_rank", kind="stable")
    )
    parts = {
        note: _name(rows, limit) for note, rows in worst.drop_duplicates(NAMES).groupby("note", sort=False)
    }
    solved = parts.pop(HOOK_BELOW, "")
    bare = "; ".join(f"{DISAGREEMENTS[note]} in {names}" for note, names in parts.items())
    said = [f"Not reported, and so in no paired change: {bare}."] if bare else []
    return " ".join([*said, *([f"{DISAGREEMENTS[HOOK_BELOW]}: {solved}."] if solved else [])])


def _name(rows: pd.DataFrame, limit: int) -> str:
    return listing(list(dict.fromkeys(f"{r.sample} ({r.analyte})" for r in rows.itertuples())), limit)


def say_shift(row: pd.Series, confidence: float) -> str:
    """``IL-6: log2 change −1.10 (95 % interval −1.65 to −0.65, n = 12 pairs, 5 beyond range)``"""
    if np.isnan(row["log2_fold_change"]):
        return f"{row['analyte']}: no estimate ({row['method'].removeprefix('none: ')})"
    bounds = interval(row["low"], row["high"], decimals=2)
    censoring = f", {row['n_censored']:,} with a value beyond range" if row["n_censored"] else ""
    excluded = f", {row['n_excluded']:,} left out" if row["n_excluded"] else ""
    failed = ", from a run that fails" if row["run_verdict"] == "fail" else ""
    return (
        f"{row['analyte']}: log2 change {fixed(row['log2_fold_change'], 2)} ({interval_name(confidence)}"
        f" {bounds}, n = {count(row['n_pairs'], 'pair')}{censoring}{excluded}{failed})"
    )


def clearest(found: CytokineShifts) -> int:
    """Place of the change with the smallest p-value; of an analyte with an estimate."""
    return int(found.told["p_value"].fillna(1).idxmin())


def finding(found: CytokineShifts, assay: Assay) -> str:
    """The clearest change in one sentence, or what was measured where no change is estimated."""
    if found.told.empty:
        return f"{say_measured(assay)}; {say_range(assay)}; {say_none(found)}."
    top = say_shift(found.frame.iloc[clearest(found)], found.confidence)
    return f"{top}; {count(len(found.told), 'analyte')} estimated."


def say_measured(assay: Assay) -> str:
    """``"3 analytes measured"``."""
    return f"{count(assay['analyte'].nunique(), 'analyte')} measured"


def say_none(found: CytokineShifts) -> str:
    """Why no change is estimated at all: each reason once, with its analytes."""
    if not len(found):
        return "no subjects at two time points, so no change is estimated"
    why = [
        f"{listing([str(a) for a in rows['analyte']], 4)}: {method.removeprefix('none: ')}"
        for method, rows in found.frame.groupby("method", sort=False)
    ]
    return f"no change is estimated ({'; '.join(why)})"


def analytes_of(found: Assay) -> list[str]:
    """Analytes that were measured, each once."""
    return list(dict.fromkeys(analyte for _, analyte in found.curves))


def expected_of(found: Assay, programme: Programme) -> dict[str, str]:
    """Analyte as measured → direction that the programme expects of it."""
    names = {name: programme.analyte_named(name) for name in analytes_of(found)}
    directions = programme.expected_analytes
    return {name: directions[about] for name, about in names.items() if about in directions}


def say_expected(shifts: pd.DataFrame, expected: Mapping[str, str]) -> str:
    """Changes beside the directions expected of them, by analyte as measured; empty where none is
    expected."""
    if not expected:
        return ""
    rows = {row.analyte: row for row in shifts.itertuples()}
    said = [
        f"Expected {EXPECTED.get(way, f'to be {way}')}; here "
        f"{listing([_say_direction(name, rows.get(name)) for name, its in expected.items() if its == way])}."
        for way in dict.fromkeys(expected.values())
    ]
    return " ".join(["Not comparable in size: only a direction is expected.", *said])


def _say_direction(name: str, row: Any) -> str:
    if row is None or np.isnan(row.log2_fold_change):
        return f"{name} has no estimate"
    if not (row.high < 0 or row.low > 0):
        return f"the change of {name} cannot be told"
    return f"{name} {'falls' if row.high < 0 else 'rises'}"


def published(found: CytokineShifts, assay: Assay, *, programme: Programme) -> list[Text]:
    """What the programme says of the analytes measured, and our changes beside what it expects."""
    about = [name for analyte in analytes_of(assay) if (name := programme.analyte_named(analyte))]
    sections = ["published", *dict.fromkeys(about)] if about else []
    notes = [note for section in sections for note in programme.note("cytokines", section)]
    comparison = say_expected(found.frame, expected_of(assay, programme))
    return [Text(said) for said in [*notes, comparison] if said]


def calibration(found: CytokineShifts, known: pd.DataFrame) -> Text | None:
    """How many intervals hold the change that was simulated; nothing where none is known."""
    both = found.told.merge(known, on="analyte")
    inside = int(
        (
            (both["low"] <= both["true_log2_fold_change"]) & (both["true_log2_fold_change"] <= both["high"])
        ).sum()
    )
    if both.empty:
        return None
    return Text(
        f"The interval holds the simulated truth for {inside:,} of {count(len(both), 'analyte')}:"
        " calibration, not evidence."
    )
