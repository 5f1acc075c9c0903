"""Immunoassay results as a reader sees them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from lib.immunoassay.analytes import match_analyte
from lib.immunoassay.assay import Assay
from lib.immunoassay.readings import DISAGREE, HOOK, HOOK_BELOW, NAMES, PLATES, WELLS
from reports.wording import censored, count, fixed, interval, interval_name, listing, number, p_value


def show_curves(curves: pd.DataFrame) -> pd.DataFrame:
    """`standard_curves.csv` for reading."""
    return pd.DataFrame({
        "Plate": curves.plate, "Analyte": curves.analyte, "Model": curves.model,
        "LOD\npg/ml": [number(v, missing="none") for v in curves.lod_pg_ml],
        "LLOQ\npg/ml": [number(v, missing="none") for v in curves.lloq_pg_ml],
        "ULOQ\npg/ml": [number(v, missing="none") for v in curves.uloq_pg_ml],
        "Residual SD\n% of signal": [fixed(100 * np.log(10) * v, 1) for v in curves.residual_sd_log10],
        "LOD rule": curves.lod_rule, "Status": [status + (f": {advice}" if advice else "") for status, advice in zip(curves.status, curves.advice, strict=True)],
    })  # fmt: skip


SHORT_RULES = {
    "levels": "Levels", "standards": "Standards\n% within limits", "signals": "Levels\nthat fall", "CV of standard": "CV of standards\nlargest, %",
    "controls": "Controls\n% within limits", "CV of sample": "CV of samples\n% within limits", "blanks": "Blanks\n% below LLOQ", "beads": "Beads\nfewest",
}  # fmt: skip
"""Heads of the table by how a rule begins; the range of quantification stands with the curves."""


def show_acceptance(acceptance: pd.DataFrame) -> pd.DataFrame:
    """`run_acceptance.csv` for reading, one row a run; a value that fails its rule says so."""
    rows = []
    for (plate, analyte), rules in acceptance.groupby(["plate", "analyte"], sort=False):
        cells = {
            head: fixed(r.value, 0, missing="no wells") + (" (fail)" if r.verdict == "fail" else "")
            for begins, head in SHORT_RULES.items() for r in rules.itertuples() if r.rule.startswith(begins)
        }  # fmt: skip
        verdict = "fail" if (rules.verdict == "fail").any() else "pass"
        rows.append({"Plate": plate, "Analyte": analyte, **cells, "Verdict": verdict})
    return pd.DataFrame(rows)


def show_concentrations(found: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """`concentrations.csv` for reading."""
    return pd.DataFrame({
        "Plate": found.plate, "Analyte": found.analyte, "Sample": found["sample"],
        "Concentration\npg/ml": [censored(v, q) for v, q in zip(found.concentration_pg_ml, found.qualifier, strict=True)],
        f"{interval_name(confidence)}\npg/ml": [interval(a, b, open_low="beyond range", open_high="unknown" if n == HOOK else "beyond range") for a, b, n in zip(found.low, found.high, found.note, strict=True)],
        "CV of wells\n%": [fixed(v, 0, missing="one well" if n < 2 else "beyond range") for v, n in zip(found.cv_percent, found.n_wells, strict=True)],
        "Dilution": [number(v, 2) for v in found.dilution],
        "Reported": [r if not n else f"{r}: {n}" for r, n in zip(found.reported, found.note, strict=True)], "Run": found.run_verdict,
    })  # fmt: skip


def show_shifts(shifts: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """`cytokine_shifts.csv` for reading."""
    return pd.DataFrame({
        "Analyte": shifts.analyte, "Pairs": shifts.n_pairs, "Left out": shifts.n_excluded, "With a value\nbeyond range": shifts.n_censored,
        "Change\nlog2": [fixed(v, 2, missing="no estimate") for v in shifts.log2_fold_change],
        f"{interval_name(confidence)}\nlog2": [interval(a, b, decimals=2) for a, b in zip(shifts.low, shifts.high, strict=True)],
        "Fold": [number(2**v, missing="no estimate") for v in shifts.log2_fold_change],
        "p": [p_value(v) for v in shifts.p_value], "q": [p_value(v) for v in shifts.q_value],
        "With half the LLOQ\nlog2": [fixed(v, 2) for v in shifts.half_lloq_log2_fold_change], "Method": shifts.method, "Runs": shifts.run_verdict,
    })  # fmt: skip


def show_replacements(replaced: pd.DataFrame) -> pd.DataFrame:
    """`replacement_bias.csv` for reading."""
    return pd.DataFrame({
        "Values below the limit are": replaced.rule.replace({"Tobit": "modelled (Tobit)", "limit": "set to the limit", "half the limit": "set to half the limit"}),
        "Difference found\nln": [fixed(v, 2) for v in replaced.difference], "True difference\nln": [fixed(v, 2) for v in replaced.truth],
    })  # fmt: skip


def say_acceptance(assay: Assay) -> str:
    """``"5 of 6 runs pass; IL-6 on plate 2 fails: CV of sample replicates"``."""
    verdicts = assay.verdicts
    failed = assay.acceptance[assay.acceptance.verdict == "fail"]
    text = f"{(verdicts == 'pass').sum()} of {len(verdicts)} runs (an analyte on a plate) pass"
    parts = [
        f"{key[1]} on {key[0]} fails: {listing([say_rule(r) for r in rows.itertuples()])}"
        for key, rows in failed.groupby(["plate", "analyte"])
    ]
    more = f"; and {len(parts) - 4} more" if len(parts) > 4 else ""
    return text + "".join(f"; {part}" for part in parts[:4]) + more


def say_rule(row: Any) -> str:
    """A rule that failed, with what is off."""
    found: str = row.rule.split(",")[0] + (f" ({row.note})" if row.note else "")
    return found


def say_range(assay: Assay) -> str:
    """How many results are within range, beyond it, and not reported."""
    found = assay.concentrations
    n, told = len(found.drop_duplicates(NAMES)), found[found.reported == "yes"].qualifier
    bare = f", {n - len(told)} not reported" if n > len(told) else ""
    return f"{(told == '=').sum()} of {count(n, 'result')} within range, {(told == '<').sum()} below the LLOQ, {(told == '>').sum()} above the ULOQ{bare}"


def say_disagreements(found: pd.DataFrame, limit: int = 12) -> str:
    """Samples whose readings disagree, by name and once each; empty where there are none."""
    order = {note: k for k, note in enumerate(_DISAGREEMENTS)}
    worst = (
        found.assign(_rank=found.note.map(order)).dropna(subset="_rank").sort_values("_rank", kind="stable")
    )
    parts = {
        note: _name(rows, limit) for note, rows in worst.drop_duplicates(NAMES).groupby("note", sort=False)
    }
    solved = parts.pop(HOOK_BELOW, "")
    bare = "; ".join(f"{_DISAGREEMENTS[note]} in {names}" for note, names in parts.items())
    said = [f"Not reported, and so in no paired change: {bare}."] if bare else []
    return " ".join([*said, *([f"{_DISAGREEMENTS[HOOK_BELOW]}: {solved}."] if solved else [])])


def _name(rows: pd.DataFrame, limit: int) -> str:
    return listing(list(dict.fromkeys(f"{r.sample} ({r.analyte})" for r in rows.itertuples())), limit)


_DISAGREEMENTS = {
    HOOK_BELOW: "Reported from the dilutions that agree, since less diluted the value is lower (a hook)",
    HOOK: "a value that rises with dilution (a hook: what was read before the rise is only a lower bound)",
    DISAGREE: "dilutions that disagree", WELLS: "wells that disagree", PLATES: "results of one subject and time that disagree",
}  # fmt: skip


def say_shift(row: pd.Series, *, confidence: float = 0.95) -> str:
    """``"IL-6: log2 change −1.10 (95 % interval −1.65 to −0.65, n = 12 pairs, 5 with a value beyond range)"``."""
    if np.isnan(row.log2_fold_change):
        return f"{row.analyte}: no estimate ({row.method.removeprefix('none: ')})"
    bounds = interval(row.low, row.high, decimals=2)
    censoring = f", {row.n_censored} with a value beyond range" if row.n_censored else ""
    excluded = f", {row.n_excluded} left out" if row.n_excluded else ""
    failed = ", from a run that fails" if row.run_verdict == "fail" else ""
    return f"{row.analyte}: log2 change {fixed(row.log2_fold_change, 2)} ({interval_name(confidence)} {bounds}, n = {count(row.n_pairs, 'pair')}{censoring}{excluded}{failed})"


def say_answer(shifts: pd.DataFrame, assay: Assay, *, confidence: float = 0.95) -> str:
    """The largest change in one sentence, or what was measured where there are no pairs."""
    told = shifts[shifts.log2_fold_change.notna()]
    if told.empty:
        names = assay.concentrations.analyte.nunique() if len(assay.concentrations) else 0
        return f"{count(names, 'analyte')} measured; {say_range(assay)}; {_say_none(shifts)}."
    top = told.loc[told.p_value.fillna(1).idxmin()]
    return f"{say_shift(top, confidence=confidence)}; {count(len(told), 'analyte')} estimated."


def _say_none(shifts: pd.DataFrame) -> str:
    """Why no change is estimated at all: each reason once, with its analytes."""
    if not len(shifts):
        return "no subjects at two time points, so no change is estimated"
    why = [
        f"{listing([str(a) for a in rows.analyte], 4)}: {method.removeprefix('none: ')}"
        for method, rows in shifts.groupby("method", sort=False)
    ]
    return f"no change is estimated ({'; '.join(why)})"


EXPECTED = {"reduced": "to fall", "increased": "to rise"}


def say_expected(shifts: pd.DataFrame, expected: Mapping[str, str]) -> str:
    """Changes beside the directions expected of them, by analyte as measured; empty where none is expected."""
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


def say_truth(shifts: pd.DataFrame, known: pd.DataFrame) -> str:
    """How many intervals hold the change that was simulated; empty where there is none."""
    both = shifts[shifts.log2_fold_change.notna()].merge(known, on="analyte")
    inside = ((both.low <= both.true_log2_fold_change) & (both.true_log2_fold_change <= both.high)).sum()
    if both.empty:
        return ""
    return f"The interval holds the simulated truth for {inside} of {count(len(both), 'analyte')}: calibration, not evidence."


def say_replacements(replaced: pd.DataFrame) -> str:
    """What replacing values below the limit does, as the caption of its table."""
    tobit, limit, half = (fixed(v, 2) for v in replaced.difference)
    return (
        f"**Replacing values below the LLOQ biases a change towards none:** of a true {fixed(replaced.truth.iloc[0], 2)}, "
        f"half the limit leaves {half} and the limit {limit}; Tobit {tobit}. Simulated, natural log, 48 % below the "
        "limit, 40,000 values."
    )


MOVED, LATENT = ("IL-6", "IL-8"), "TGF-β"
DELICATE: dict[str, tuple[str, ...]] = {
    "IL-6": ("interleukin 6",), "IL-8": ("interleukin 8", "CXCL8"), LATENT: ("TGF-β1", "TGF-β2", "TGF-β3"),
}  # fmt: skip
"""Analytes of which the assay itself asks for care, whatever the study, and other names of theirs."""


def list_handling(analytes: Iterable[str]) -> list[str]:
    """What handling and form of the analytes measured can do to them, a note each."""
    there = {match_analyte(name, DELICATE) for name in analytes}
    moved = [name for name in MOVED if name in there]
    notes = [f"Handling, time of day and activation in the tube move {listing(moved)}."] if moved else []
    if LATENT in there:
        notes += [
            "Platelets release TGF-β.",
            "Total TGF-β needs acid activation of latent TGF-β; without it only the free form is read. Assays of the two "
            "must never be compared.",
        ]
    return notes


def say_caution(analytes: Iterable[str], *, paired: bool) -> str:
    """The card's caution: the form read where that matters, and what a paired change is not."""
    said = []
    if LATENT in {match_analyte(name, DELICATE) for name in analytes}:
        said.append("Total TGF-β is read after acid activation only; check which form was measured.")
    if paired:
        said.append("Before and after without a control arm: not a treatment effect by itself.")
    return " ".join(said)
