"""Target engagement in words: tables and sentences as their reader sees them."""

from __future__ import annotations

import pandas as pd

from lib.present import censored, count, interval, listing, number, percent


def say_quality(lanes: pd.DataFrame, excluded: pd.DataFrame) -> tuple[str, str]:
    """How many lanes were used, and each that was not with its reason."""
    lost = [
        f"{r.target}, experiment {r.experiment}, {r.dose_uM:g} µM: {r.reason}" for r in excluded.itertuples()
    ]
    used = f"**{len(lanes) - len(lost):,} of {count(len(lanes), 'lane')} used,**"
    return f"{used} {count(lanes['experiment'].nunique(), 'experiment')}.", f"Excluded: {listing(lost)}."


def show_engagement(engaged: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``fit_engagement`` for the page."""
    bounds = zip(engaged["ic50_low_uM"], engaged["ic50_high_uM"], strict=True)
    values = zip(engaged["ic50_uM"], engaged["ic50_qualifier"], strict=True)
    return pd.DataFrame({
        "Target": engaged["target"], "IC50\nµM": [censored(v, q) for v, q in values],
        "Interval\nµM": [_bounds(a, b) for a, b in bounds],
        "Max. inhibition\n%": engaged["max_inhibition"].map(percent), "Experiments\nn": engaged["n_experiments"],
        "Status": engaged["status"],
    })  # fmt: skip


def show_turnover(turnover: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``gather_turnovers`` for the page."""
    bounds = zip(turnover["half_life_low_h"], turnover["half_life_high_h"], strict=True)
    return pd.DataFrame({
        "Target": turnover["target"], "Half-life\nh": turnover["half_life_h"].map(number),
        "Interval\nh": [interval(a, b) for a, b in bounds], "Lanes\nn": turnover["n_points"],
    })  # fmt: skip


def lead_readout(engaged: pd.DataFrame) -> pd.Series:
    """The readout that the report is remembered by: pFAK where it was measured, else the most sensitive."""
    phospho = engaged[engaged["target"].str.startswith("pFAK")]
    return (phospho if len(phospho) else engaged).iloc[0]


def say_answer(row: pd.Series) -> str:
    """One sentence: the lead readout's IC50 with its interval, and what is gone at the highest dose."""
    experiments = count(int(row["n_experiments"]), "experiment")
    gone = f"at the highest dose {percent(row['max_inhibition'])} % of it is gone"
    if row["status"] == "too few doses":
        return f"{row['target']}: too few doses for an IC50; {gone} ({experiments})."
    value = f"{censored(row['ic50_uM'], row['ic50_qualifier'])} µM"
    if row["ic50_qualifier"] != "=":
        return f"{row['target']} is not half inhibited within the tested doses (IC50 {value}) in {experiments}; {gone}."
    bounds = _bounds(row["ic50_low_uM"], row["ic50_high_uM"])
    return f"{row['target']} is half inhibited at {value} ({bounds}) in {experiments}; {gone}."


def say_published(edges: pd.DataFrame) -> str:
    """What can be compared with published values, and which published directions these readouts contradict."""
    contradicted = listing(list(edges.loc[edges["state"] == "contradicted", "edge"]))
    return (
        "No cellular pFAK IC50 of defactinib was found: **not comparable**; the biochemical K_i (0.6 nM, for FAK and "
        f"PYK2) is another quantity. Edges contradicted here: {contradicted}. BI 853520, another FAK inhibitor, left "
        "AKT, ERK and S6 unchanged: pFAK falling does not imply that they fall."
    )


def say_alt(engaged: pd.DataFrame) -> str:
    """IC50s in one line, for readers who do not see the picture."""
    return "; ".join(
        f"{r.target} IC50 {censored(r.ic50_uM, r.ic50_qualifier)} µM" for r in engaged.itertuples()
    )


def _bounds(low: float, high: float) -> str:
    return interval(low, high, open_low="beyond range", open_high="beyond range")
