"""Tables of immunoassays: acceptance, curves, concentrations, changes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.immunoassay import Assay, CytokineShifts, Replacements, ResultCounts, StandardCurves
from lib.immunoassay.readings import HOOK
from reports.fields import Bounds, Column, words
from reports.present.cytokines.words import finding, say_acceptance, say_range
from reports.shown import Table
from reports.wording import count, fixed, limited, listing, number

RULES = {"limit": "the limit"}
"""What a rule of replacement puts in the place of a value, where its name is not that."""
MOST_UNFOLDED, MOST_REASONS = 40, 4
COUNTED = ["analyte", "n_results", "n_within_range", "n_below", "n_above", "n_not_reported"]
SHORT_RULES = {
    "levels": "Levels",
    "standards": "Standards\n% within limits",
    "signals": "Levels\nthat fall",
    "CV of standard": "CV of standards\nlargest, %",
    "controls": "Controls\n% within limits",
    "CV of sample": "CV of samples\n% within limits",
    "blanks": "Blanks\n% below LLOQ",
    "beads": "Beads\nfewest",
}
"""Heads of the table by how a rule begins; the range of quantification stands with the curves."""


def acceptance(found: Assay) -> Table:
    """Acceptance of every run, the failed ones tinted."""
    shown = _show_acceptance(found.acceptance)
    return Table(
        "run_acceptance",
        found.acceptance,
        f"**{say_acceptance(found)}.** Read this before any concentration. One row a run; the file holds each"
        " rule with its limit.",
        show=shown,
        flagged=list(shown["Verdict"] == "fail"),
    )


def standard_curves(found: StandardCurves) -> Table:
    """Curves with their limits, those that the standards do not determine tinted."""
    good = found["status"] == "ok"
    weighting = listing(sorted(found["weighting"].unique()))
    return Table(
        "standard_curves",
        found.frame,
        f"**{int(good.sum()):,} of {count(len(found), 'curve')} determined by"
        f" {'its' if len(found) == 1 else 'their'} standards.** Limits in the well, before dilution.",
        show=_show_curves(found.frame),
        flagged=list(~good),
        note=f"Weighting: {weighting}; quantification: {listing(sorted(found['loq_rule'].unique()))}.",
    )


def concentrations(found: Assay) -> Table:
    """Every dilution of every sample; rows beyond range or not reported tinted."""
    return Table(
        "concentrations",
        found.frame,
        f"**{say_range(found)}.** Concentrations in the sample, dilution included, a row for each dilution;"
        " tinted rows are beyond range or not reported.",
        show=_show_concentrations(found),
        flagged=list(found["qualifier"].ne("=") | found["reported"].ne("yes")),
        fold=len(found) > MOST_UNFOLDED,
    )


def shifts(found: CytokineShifts, assay: Assay) -> Table:
    """Paired changes, those with a reservation tinted and named; or that there are no pairs."""
    baseline, followup = found.settings["baseline"], found.settings["followup"]
    if not len(found):
        return Table(
            "cytokine_shifts",
            found.frame,
            f"**No subject has both {baseline} and {followup}.** Give subject and timepoint to estimate a"
            " change.",
        )
    reserved = found.frame[found["quality"] != "pass"]
    why = [f"{r.analyte}: {r.reasons}" for r in reserved.itertuples()]
    return Table(
        "cytokine_shifts",
        found.frame,
        f"**{finding(found, assay)}** Mean log2 change from {baseline} to {followup}; q: Benjamini–Hochberg"
        " over analytes.",
        show=_show_shifts(found),
        flagged=list(found["quality"] != "pass"),
        note=f"Tinted: {limited(why, MOST_REASONS)}." if why else "",
    )


def counts(found: ResultCounts, changes: CytokineShifts) -> Table | None:
    """What was measured, where no change is estimated; nothing where one is."""
    if len(changes.told):
        return None
    frame, all_of_them = found.frame, found.frame.iloc[0]
    within = f"{all_of_them['n_within_range']:,} of {count(all_of_them['n_results'], 'result')} within range"
    return Table(
        "result_counts",
        frame,
        f"**{within}.** Results of all analytes, and of each where there are several.",
        show=words(frame, COUNTED, table="result_counts"),
        flagged=list(frame["quality"] != "pass"),
    )


def replacements(found: Replacements, known: pd.DataFrame, *, origin: str) -> Table | None:
    """What other rules would make of values below the limit, beside simulated data alone."""
    if origin != "simulated" and known.empty:
        return None
    return Table(
        "replacement_bias", found.frame, say_replacements(found), show=_show_replacements(found.frame)
    )


def say_replacements(found: Replacements) -> str:
    """What replacing values below the limit does, as the caption of its table."""
    left = zip(found["rule"][::-1], found["difference"][::-1], strict=True)
    said = listing([f"{RULES.get(rule, rule)} leaves {fixed(value, 2)}" for rule, value in left])
    return (
        "**Replacing values below the LLOQ biases a change towards none:** of a true"
        f" {fixed(found['truth'].iloc[0], 2)}, {said}. Simulated, natural log,"
        f" {100 * found.settings['censored']:.0f} % below the limit, {2 * found.settings['n']:,} values."
    )


def _show_acceptance(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a run; a value that fails its rule says so."""
    rows = []
    for (plate, analyte), rules in frame.groupby(["plate", "analyte"], sort=False):
        cells = {
            head: fixed(r.value, 0, missing="no wells") + (" (fail)" if r.verdict == "fail" else "")
            for begins, head in SHORT_RULES.items()
            for r in rules.itertuples()
            if r.rule.startswith(begins)
        }
        verdict = "fail" if (rules["verdict"] == "fail").any() else "pass"
        rows.append({"Plate": plate, "Analyte": analyte, **cells, "Verdict": verdict})
    return pd.DataFrame(rows)


def _show_curves(frame: pd.DataFrame) -> pd.DataFrame:
    status = zip(frame["status"], frame["advice"], strict=True)
    said = Column("status", cells=[said + (f": {advice}" if advice else "") for said, advice in status])
    spread = [fixed(100 * np.log(10) * v, 1) for v in frame["residual_sd_log10"]]
    residual = Column("residual_sd_log10", "Residual SD\n% of signal", spread)
    limits = ["lod_pg_ml", "lloq_pg_ml", "uloq_pg_ml"]
    return words(
        frame, ["plate", "analyte", "model", *limits, residual, "lod_rule", said], table="standard_curves"
    )


def _show_concentrations(found: Assay) -> pd.DataFrame:
    frame, beyond = found.frame, "beyond range"
    upper = ["unknown" if note == HOOK else beyond for note in frame["note"]]
    told = [r if not n else f"{r}: {n}" for r, n in zip(frame["reported"], frame["note"], strict=True)]
    concentration = [
        Column("concentration_pg_ml", qualifier="qualifier"),
        Bounds("concentration_pg_ml", open_low=beyond, open_high=upper),
        Column("cv_percent", missing=["one well" if n < 2 else beyond for n in frame["n_wells"]]),
    ]
    columns = ["plate", "analyte", "sample", *concentration, "dilution", Column("reported", cells=told)]
    return words(frame, [*columns, "run_verdict"], table="concentrations", confidence=found.confidence)


def _show_shifts(found: CytokineShifts) -> pd.DataFrame:
    fold = ("Fold", [number(2**v, missing="no estimate") for v in found["log2_fold_change"]])
    change = [Column("log2_fold_change", missing="no estimate"), Bounds("log2_fold_change"), fold]
    censored = Column("n_censored", "With a value\nbeyond range")
    tests = ["p_value", "q_value", "half_lloq_log2_fold_change", "method", "run_verdict"]
    columns = ["analyte", "n_pairs", "n_excluded", censored, *change, *tests]
    return words(found.frame, columns, table="cytokine_shifts", confidence=found.confidence)


def _show_replacements(frame: pd.DataFrame) -> pd.DataFrame:
    names = {
        "Tobit": "modelled (Tobit)",
        "limit": "set to the limit",
        "half the limit": "set to half the limit",
    }
    rule = Column("rule", cells=frame["rule"].replace(names))
    return words(frame, [rule, "difference", "truth"], table="replacement_bias")
