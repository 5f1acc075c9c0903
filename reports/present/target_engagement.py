"""Target engagement in words: tables and sentences as their reader sees them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from lib.engagement.changes import BELOW, VEHICLE_SATURATED
from lib.engagement.dose import WITHOUT_CURVE
from lib.programme import Target
from reports.wording import censored, count, fixed, interval, listing, number, percent

MOST_PANELS = 27


def say_quality(lanes: pd.DataFrame, excluded: pd.DataFrame) -> tuple[str, str]:
    """How many lanes were used, and each that was not with its reason; saturated ones are counted."""
    n_saturated = int(excluded["reason"].str.startswith("saturated").sum())
    n_against = int((excluded["reason"] == VEHICLE_SATURATED).sum())
    named = excluded[~excluded["reason"].str.contains("saturated")]
    lost = [
        f"{r.target}, experiment {r.experiment}, {r.dose_uM:g} µM: {r.reason}" for r in named.itertuples()
    ]
    lost += [f"{count(n_saturated, 'saturated lane')}"] * (n_saturated > 0)
    lost += [f"{count(n_against, 'lane')} held against a saturated vehicle"] * (n_against > 0)
    used = f"**{len(lanes) - len(excluded):,} of {count(len(lanes), 'lane')} used,**"
    dark = int((excluded["reason"] == BELOW).sum())
    also = (
        f" Lanes not above background have no log2 change; dose curves hold them as read ({dark})."
        if dark
        else ""
    )
    return (
        f"{used} {count(lanes['experiment'].nunique(), 'experiment')}.",
        f"Excluded: {listing(lost)}.{also}",
    )


def say_saturation(saturated: pd.DataFrame) -> list[str]:
    """A sentence for each tie at a maximum, as from ``find_saturation``."""
    said = []
    for r in saturated.itertuples():
        where = [f"experiment {r.experiment}"] * (r.experiment != "") + [f"blot {r.blot}"] * (r.blot != "")
        what = "signal" if r.reading == "signal" else f"normaliser ({r.normalised_to})"
        tied = f"{r.n_tied} of {count(r.n_lanes, 'lane')} tie at the maximum {what} {r.maximum:,.10g}"
        said.append(f"{', '.join([r.target, *where])}: {tied}: saturated")
    return said


def drawn_curves(engaged: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``fit_engagement`` that have a curve, or all where none has."""
    told = engaged[~engaged["status"].isin(WITHOUT_CURVE)]
    return told if len(told) else engaged


def shown_curves(engaged: pd.DataFrame) -> pd.DataFrame:
    """Rows that stand on the page: those with a curve or saturated, or all where there are none."""
    told = engaged[~engaged["status"].isin(WITHOUT_CURVE) | (engaged["status"] == "saturated")]
    return told if len(told) else engaged


def show_engagement(engaged: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``fit_engagement`` for the page; treatment, time and normaliser where there are several."""
    return pd.DataFrame({
        "Target": engaged["target"], **_where_several(engaged),
        "Half left at\nµM": _values(engaged, "absolute_ic50"), "Its interval\nµM": _intervals(engaged, "absolute_ic50"),
        "Midpoint, IC50\nµM": _values(engaged, "ic50"), "Interval\nµM": _intervals(engaged, "ic50"),
        "Max. inhibition\n%": engaged["max_inhibition"].map(percent), "Experiments\nn": engaged["n_experiments"],
        "Status": engaged["status"],
    })  # fmt: skip


def _where_several(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """Columns that tell rows apart; one that is the same in all stands in the caption."""
    told = {"Treatment": rows["treatment"], "Normalised to": rows["normalised_to"]}
    if "time_h" in rows:
        told |= {"Time\nh": rows["time_h"].map(lambda time: f"{time:g}")}
    return {name: values for name, values in told.items() if len(set(values)) > 1}


def say_rest(engaged: pd.DataFrame) -> str:
    """What the page's table leaves to the file: rows without a curve, by their status."""
    rest = engaged.drop(index=shown_curves(engaged).index)
    parts = [f"{n} {status}" for status, n in rest["status"].value_counts().items()]
    return f"Without a curve, in the file only: {listing(parts)}." if parts else ""


def _values(engaged: pd.DataFrame, name: str) -> list[str]:
    pairs = zip(engaged[f"{name}_uM"], engaged[f"{name}_qualifier"], strict=True)
    return [censored(value, qualifier) for value, qualifier in pairs]


def _intervals(engaged: pd.DataFrame, name: str) -> list[str]:
    pairs = zip(engaged[f"{name}_low_uM"], engaged[f"{name}_high_uM"], strict=True)
    return [_bounds(low, high) for low, high in pairs]


def show_turnover(turnover: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``gather_turnovers`` for the page."""
    bounds = zip(turnover["half_life_low_h"], turnover["half_life_high_h"], strict=True)
    return pd.DataFrame({
        "Target": turnover["target"], **_where_several(turnover),
        "Half-life\nh": [number(v) for v in turnover["half_life_h"]],
        "Interval\nh": [interval(a, b) for a, b in bounds], "Experiments\nn": turnover["n_experiments"],
        "Lanes\nn": turnover["n_points"], "Status": turnover["status"],
    })  # fmt: skip


def say_half_lives(turnover: pd.DataFrame) -> str:
    """Half-lives in one line, for readers who do not see the picture."""
    told = [
        f"{r.target} under {r.treatment} half-life {number(r.half_life_h, missing=r.status)}{' h' * (r.half_life_h > 0)}"
        for r in turnover.itertuples()
    ]  # fmt: skip
    return listing(told, 30)


def lead_readout(engaged: pd.DataFrame, lanes: pd.DataFrame, target: Target | None = None) -> pd.Series:
    """The curve that the report is remembered by, chosen before looking at it.

    Of the programme's `target` under its treatment; without either, of the first target in the order of `lanes` under
    its first treatment. Of its curves the one with most doses, then most experiments, then the latest time, then by
    total form before total protein.
    """
    wanted = {"target": target.readout, "treatment": target.treatment} if target else {}
    for column in ("target", "treatment"):
        known = set(engaged[column])
        first = next(name for name in lanes[column] if name in known)
        name = _named(wanted.get(column, ""), known) or first
        engaged, lanes = (frame[frame[column] == name] for frame in (engaged, lanes))
    own = engaged["normalised_to"] == "total form"
    order = ["n_doses", "n_experiments", "time_h", "own"]
    return (
        engaged.assign(own=own).sort_values(order, ascending=False, kind="stable").drop(columns="own").iloc[0]
    )


def _named(wanted: str, known: Collection[str]) -> str:
    """`wanted` where it is known, else what is known by the beginning of its name, as pX of pX_Y397."""
    alike = [
        name for name in known if wanted and (wanted.startswith(f"{name}_") or name.startswith(f"{wanted}_"))
    ]
    return wanted if wanted in known else min(alike, default="")


def name_curve(row: pd.Series) -> str:
    """``"pERK under MEK inhibition at 24 h"``, with the normaliser where it is not total protein."""
    by = "" if row["normalised_to"] == "total protein" else f", by {row['normalised_to']}"
    return f"{row['target']} under {row['treatment']} at {row['time_h']:g} h{by}"


def say_answer(row: pd.Series, saturated: Sequence[str] = ()) -> str:
    """One sentence: where half of the lead readout is left, its midpoint, and what is gone at the highest dose."""
    name, experiments = name_curve(row), count(int(row["n_experiments"]), "experiment")
    if row["status"] == "saturated":
        mine = [
            said
            for said in saturated
            if said.startswith(f"{row['target']}:") or said.startswith(f"{row['target']},")
        ]
        return f"{name}: no IC50 can be told; {listing(mine or ['its lanes are saturated'])}."
    gone = _say_gone(row)
    if row["status"] in ("too few doses", "no vehicle", "failed"):
        return (
            f"{name}: {row['status'].replace('failed', 'too few doses')} for an IC50{gone} ({experiments})."
        )
    if row["status"] == "no_effect":
        return f"{name}: no dependence on dose was found in {experiments}{gone}."
    if rises(row):
        return f"{name}: it rises with dose, so no inhibitory concentration can be told; n = {experiments}{gone}."
    return f"{name}: {_say_half(row)}; {_say_midpoint(row)}; n = {experiments}{gone}."


def rises(row: pd.Series) -> bool:
    """Whether a readout stands above its vehicle at the highest dose: then its midpoint inhibits nothing."""
    return bool(row["max_inhibition"] < 0)


def name_key(row: pd.Series) -> str:
    """What the headline's number is."""
    return f"Midpoint, {name_curve(row)}"


def key_qualifier(row: pd.Series) -> str:
    """How the headline's number is qualified: nothing where it is an estimate."""
    told = row["status"] not in WITHOUT_CURVE and row["ic50_qualifier"] != "" and not rises(row)
    return row["ic50_qualifier"].strip("=") if told else "not estimable"


def _say_half(row: pd.Series) -> str:
    if row["absolute_ic50_qualifier"] == "":
        return "where half is left cannot be told"
    value = f"{censored(row['absolute_ic50_uM'], row['absolute_ic50_qualifier'])} µM"
    if row["absolute_ic50_qualifier"] == "=":
        return (
            f"half is left at {value} ({_bounds(row['absolute_ic50_low_uM'], row['absolute_ic50_high_uM'])})"
        )
    side = "above" if row["absolute_ic50_qualifier"] == ">" else "below"
    return f"half is left only {side} the tested doses ({value})"


def _say_midpoint(row: pd.Series) -> str:
    if row["ic50_qualifier"] == "":
        return "the midpoint of its curve cannot be told"
    value = f"{censored(row['ic50_uM'], row['ic50_qualifier'])} µM"
    bounds = f" ({_bounds(row['ic50_low_uM'], row['ic50_high_uM'])})" if row["ic50_qualifier"] == "=" else ""
    return f"the midpoint of its curve (IC50) is {value}{bounds}"


def _say_gone(row: pd.Series) -> str:
    """What is gone at the highest dose, or how far it stands above vehicle."""
    if not np.isfinite(row["max_inhibition"]):
        return ""
    share, dose = row["max_inhibition"], f"; at the highest dose, {row['highest_dose_uM']:g} µM, "
    return f"{dose}{fixed(100 * abs(share), 0)} % {'of it is gone' if share >= 0 else 'more than vehicle is there'}"


def say_caution(engaged: pd.DataFrame) -> str:
    """Which readouts no dose changed, in how many of their curves where there are several."""
    curves = drawn_curves(engaged)
    still = curves[curves["status"] == "no_effect"].groupby("target", sort=True).size()
    of = curves.groupby("target").size()
    named = [name if of[name] == 1 else f"{name} in {n} of {of[name]} curves" for name, n in still.items()]
    where = f" ({say_when(curves)})" if named else ""
    return f"**No dose changed** {listing(named)}{where}."


def say_published(mechanism: pd.DataFrame) -> str:
    """Whether a cellular IC50 is published of the compounds given; empty where nothing is published of them."""
    if mechanism.empty:
        return ""
    known = mechanism[(mechanism["quantity"] == "cellular_ic50") & mechanism["number"].notna()]
    told = [f"{r.item} of {r.group} {number(r.number)} {r.unit} ({r.source})" for r in known.itertuples()]
    if not told:
        return "**Not comparable:** no cellular IC50 is published."
    return f"**Not compared:** no margin is set for the published cellular IC50, {listing(told)}."


def say_edges(edges: pd.DataFrame) -> str:
    """How many edges of the pathway these readouts support, and which they contradict."""
    states = edges["state"]
    told, supported = int((states != "no data").sum()), int((states == "supported").sum())
    if not told:
        return "These readouts can tell of no edge of the pathway"
    contradicted = listing(list(edges.loc[states == "contradicted", "edge"]))
    return f"Supported: {supported} of {count(told, 'edge')} of which these readouts can tell; contradicted: {contradicted}"


def flag_edges(edges: pd.DataFrame | None) -> list[str]:
    """Edges of the pathway that these readouts contradict, where there is a pathway."""
    return [] if edges is None else [f"contradicted: {name}" for name in edges.loc[edges["state"] == "contradicted", "edge"]]  # fmt: skip


def measured_under(lanes: pd.DataFrame) -> dict[str, set[str]]:
    """Treatment → targets of its lanes, used or not."""
    return {str(name): set(part) for name, part in lanes.groupby("treatment")["target"]}


def say_alt(engaged: pd.DataFrame) -> str:
    """Midpoints in one line, for readers who do not see the picture."""
    told = [
        f"{name_curve(row)} IC50 {censored(row['ic50_uM'], row['ic50_qualifier'])} µM"
        for _, row in engaged.iterrows()
    ]
    return listing(told, 30)


def say_when(engaged: pd.DataFrame) -> str:
    """Treatments and times in words: ``"MEK inhibition at 24 h"``."""
    parts = [
        f"{treatment} at {listing([f'{t:g}' for t in sorted(part['time_h'].unique())])} h"
        for treatment, part in engaged.groupby("treatment", sort=False)
    ]
    return listing(parts)


def say_treatments(rows: pd.DataFrame) -> str:
    """Treatments in words: ``"under MEK inhibition and both"``."""
    return f"under {listing(list(rows['treatment'].drop_duplicates()))}"


def say_cut(n_panels: int) -> str:
    """What a caption adds where there are more panels than a page holds."""
    more = n_panels - MOST_PANELS
    return f" The first {MOST_PANELS} of {n_panels} are drawn; the tables hold all." if more > 0 else ""


def _bounds(low: float, high: float) -> str:
    return interval(low, high, open_low="beyond range", open_high="beyond range")
