"""Results of immunohistochemistry in words and in the digits that a reader sees."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from lib.stains.study import NO_CORE, name_units
from reports.present.measurements import without_pair
from reports.wording import count, fixed, interval, interval_name, listing, p_value

NAMES = {"h_score": "H-score, 0–300", "percent_positive": "positive cells, %", "median_od": "median DAB, OD"}
DECIMALS = {"h_score": 0, "percent_positive": 1, "median_od": 3}
SATURATED_PERCENT, RESIDUAL_OD = 1.0, 0.05


def show_shifts(shifts: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """The table of paired changes as a reader sees it, each measurement with the decimals it deserves."""
    decimals = shifts["measurement"].map(DECIMALS)
    bounds = zip(shifts["shift_low"], shifts["shift_high"], decimals, strict=True)
    return pd.DataFrame(
        {
            "Marker, compartment": shifts["population"],
            "Measurement": shifts["measurement"].map(NAMES),
            "Pairs\nn": shifts["n_pairs"],
            "Before\nmedian": _in_digits(shifts["baseline_median"], decimals),
            "After\nmedian": _in_digits(shifts["followup_median"], decimals),
            "Shift": _in_digits(shifts["shift"], decimals),
            interval_name(confidence): [interval(a, b, decimals=d) for a, b, d in bounds],
            "p": shifts["p_value"].map(_test),
            "q": shifts["q_value"].map(_test),
        }
    )


def answer_in_words(lead: pd.Series, patients: pd.DataFrame) -> str:
    """One sentence: the H-score's shift of the leading population, with interval and patients."""
    if not lead["n_pairs"]:
        middle = patients.loc[patients["population"] == lead["population"], "h_score"].median()
        why = f" ({lead['note']})" if lead["note"] else ""
        return f"{lead['population']}: no patient has a score at both timepoints{why}; the median H-score is {fixed(middle, 0)}."
    bounds = interval(lead["shift_low"], lead["shift_high"], decimals=0)
    who = count(int(lead["n_pairs"]), "patient") + without_pair(lead)
    return f"{lead['population']}: the H-score shifts by {fixed(lead['shift'], 0)} ({bounds}) from {fixed(lead['baseline_median'], 0)} in {who}."


def lead_shift(shifts: pd.DataFrame, first: Collection[str] = ()) -> pd.Series:
    """The H-score's row with the most pairs, of markers named in `first` before others."""
    h_scores = shifts[shifts["measurement"] == "h_score"]
    marker = h_scores["population"].str.rsplit("/", n=1).str[0]
    order = pd.DataFrame({"other": ~marker.isin(first), "pairs": -h_scores["n_pairs"]})
    return h_scores.loc[order.sort_values(["other", "pairs"]).index[0]]


def scored_in_words(scores: pd.DataFrame) -> str:
    """How much was scored: ``24 of 24 cores on 1 image scored, 3,600 cells.``

    Cells are the classified ones of what was scored: the scores' own n. Images are counted where none holds more than one core; cores and the images that hold them otherwise.
    """
    named = scores[scores["status"] != NO_CORE]
    units = named.groupby(["image", "core", "subject", "timepoint"], sort=False)["status"]
    scored = units.agg(lambda status: (status == "ok").any())
    images, unit = count(named["image"].nunique(), "image"), name_unit(scores)
    what = images if unit == "image" else f"{count(len(scored), unit)} on {images}"
    n_cells = int(scores.loc[scores["status"] == "ok", "n_cells"].sum())
    return f"**{scored.sum()} of {what} scored, {count(n_cells, 'cell')}.**"


def name_unit(scores: pd.DataFrame) -> str:
    """What a row is to a reader: a ``core`` or ``sample`` where an image holds more than one, else an ``image``."""
    named = scores.loc[
        scores["status"] != NO_CORE, ["image", "core", "subject", "timepoint"]
    ].drop_duplicates()
    if named["image"].is_unique:
        return "image"
    return "core" if named["core"].ne("").any() else "sample"


def poor_in_words(scores: pd.DataFrame) -> str:
    """Images or cores that are shown and not compared, each with its reason and number of cells."""
    poor = scores[scores["status"] != "ok"]
    rows = zip(name_units(poor), poor["status"], poor["n_cells"], strict=True)
    return listing([f"{name}: {status} ({n})" for name, status, n in rows])


def show_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """The table of images and cores as a reader sees it."""
    cores = {"Core": scores["core"]} if scores["core"].ne("").any() else {}
    return pd.DataFrame(
        {
            "Image": scores["image"],
            **cores,
            "Timepoint": scores["timepoint"],
            "Marker": scores["marker"],
            "Compartment": scores["compartment"],
            "Cells\nn": scores["n_cells"],
            "Negative\n%": scores["percent_negative"].map(lambda v: fixed(v, 1)),
            "1+\n%": scores["percent_1"].map(lambda v: fixed(v, 1)),
            "2+\n%": scores["percent_2"].map(lambda v: fixed(v, 1)),
            "3+\n%": scores["percent_3"].map(lambda v: fixed(v, 1)),
            "H-score\n0–300": scores["h_score"].map(lambda v: fixed(v, 0)),
            "Allred\n0–8": scores["allred"].map(lambda v: fixed(v, 0)),
            "Median\nOD": scores["median_od"].map(lambda v: fixed(v, 3)),
            "Status": scores["status"],
        }
    )


def quality_notes(scores: pd.DataFrame) -> list[str]:
    """Sentences on glass, vectors, saturation and colours that the two stains do not explain."""
    if "background_origin" not in scores:
        return ["Cells come from QuPath: their segmentation and stain vectors are not checked here."]
    notes = []
    guessed = int((scores["background_origin"] == "estimated").sum())
    if guessed:
        notes.append(
            f"Clear glass was estimated on {guessed} of {len(scores)} images; state it where it is known."
        )
    fell = scores[scores["vectors_origin"].str.startswith("given: ")]
    if len(fell):
        notes.append(f"Vectors could not be estimated on {len(fell)} images; the given ones were used.")
    dark = scores.loc[scores["saturated_percent"] > SATURATED_PERCENT, "image"]
    if len(dark):
        notes.append(f"More than {SATURATED_PERCENT:g} % of pixels are black on {listing(list(dark))}.")
    cut = scores.loc[scores["canvas_percent"] > 0, ["image", "canvas_percent"]].drop_duplicates("image")
    if len(cut):
        notes.append(
            f"Borders or bars of one exact colour are neither tissue nor glass and were left out on {len(cut)} of "
            f"{count(scores['image'].nunique(), 'image')}, up to {fixed(cut['canvas_percent'].max(), 1)} %."
        )
    odd = scores.loc[scores["residual_od"] > RESIDUAL_OD, "image"]
    if len(odd):
        notes.append(
            f"A third colour (over {RESIDUAL_OD:g} OD on average) is on {listing(list(odd))}: pigment, another dye or wrong vectors."
        )
    return notes


def protocol_in_words(protocol: pd.DataFrame, title: str) -> str:
    """What the figure of a protocol shows: its title and steps, and where this study's own ways stand."""
    return (
        f"**{title}, {count(protocol['step'].nunique(), 'step')}.** Times and temperatures that it leaves open are left "
        "open here; what this study did otherwise stands under *Here*."
    )


def describe_protocol(protocol: pd.DataFrame, deviations: Mapping[int, str]) -> str:
    """The figure of a protocol for who does not see it."""
    names = list(protocol.sort_values("step")["name"])
    span = f" from {names[0]} to {names[-1]}".lower() if len(set(names)) > 1 else ""
    return (
        f"Workflow of {count(protocol['step'].nunique(), 'step')}{span}; {len(deviations)} with a deviation"
    )


def deviations_in_words(deviations: Mapping[int, str], *, protocol: bool = True) -> str:
    """What this study did otherwise, for the methods; without a protocol, what it says of its own steps."""
    what = "Deviations from the protocol" if protocol else "Staining"
    if not deviations:
        none = "none stated" if protocol else "not described"
        return f"**{what}:** {none}. State antibody clone, dilution, retrieval and developing time: they move the score."
    said = "; ".join(f"step {int(step)}, {text}" for step, text in sorted(deviations.items()))
    own = "" if protocol else " The steps are those of the study's own protocol, which is not given here."
    return f"**{what}:** {said}.{own}"


def sensitivity_in_words(varied: pd.DataFrame) -> str:
    """Whether the direction of the change, and its interval, hold at every threshold tried."""
    first, last = varied["threshold_1"].min(), varied["threshold_1"].max()
    tried = f"with the 1+ threshold from {fixed(first)} to {fixed(last)} OD"
    shift = varied["shift"]
    if shift.isna().all():
        return "No paired change to vary the thresholds for."
    told = varied["shift_low"].notna() & varied["shift_high"].notna()
    excludes = (varied["shift_low"] > 0) | (varied["shift_high"] < 0)
    span = f"{fixed(shift.min(), 0)} to {fixed(shift.max(), 0)}"
    if shift.min() < 0 < shift.max():
        return f"The direction of the change depends on the thresholds: {span} {tried}."
    if not told.any():
        return f"The change is {span} {tried}; too few pairs for an interval."
    if excludes[told].all():
        return f"The change is {span} {tried}, its interval without 0 {_throughout(told)}."
    holding = int((told & ~excludes).sum())
    return f"The change is {span} {tried}; its interval holds 0 at {holding} of {count(int(told.sum()), 'threshold')}{'' if told.all() else ' that have one'}."


def _throughout(told: pd.Series) -> str:
    return "throughout" if told.all() else f"at the {int(told.sum())} of {len(told)} thresholds that have one"


def _in_digits(values: pd.Series, decimals: pd.Series) -> list[str]:
    return [fixed(v, d) for v, d in zip(values, decimals, strict=True)]


def _test(value: float) -> str:
    return p_value(value) if pd.notna(value) else "no test"
