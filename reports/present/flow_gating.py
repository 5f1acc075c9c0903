"""Results of flow cytometry in words and display tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.cytometry.auto import AutoGating
from reports import wording as present

HEADLINES = ("Regulatory T cells", "CD8+ T cells", "MDSC")


def show_populations(populations: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Populations for display: counts, percentages with intervals, whether quantifiable."""
    shown = pd.DataFrame({
        "File": populations["file"],
        "Time": populations["timepoint"],
        "Population": populations["population"],
        "of": populations["parent"],
        "Events": [f"{n:,}" for n in populations["count"]],
        "Percent of parent\n%": [present.number(p, missing="parent empty") for p in populations["percent_parent"]],
        f"{present.interval_name(confidence)}\n%": [present.interval(a, b, none="none")
                             for a, b in zip(populations["percent_low"], populations["percent_high"], strict=True)],
        "Percent of CD45+\n%": [present.number(p, missing="not within CD45+") for p in populations["percent_cd45"]],
        "Detection": populations["detection"],
    })  # fmt: skip
    if "cells_per_mg" in populations:
        shown["Density\ncells/mg"] = [
            present.number(v, missing="not given") for v in populations["cells_per_mg"]
        ]
    return shown


def show_quality(quality: pd.DataFrame) -> pd.DataFrame:
    """Acquisition quality for display."""
    return pd.DataFrame({
        "File": quality["file"],
        "Events": [f"{n:,}" for n in quality["n_events"]],
        "Stable\n% of events": [present.percent(s, missing="no time channel") for s in quality["time_stability"]],
        "Margin\n% of events": [present.fixed(m, 2) for m in quality["margin_percent"]],
        "Live\n%": [present.fixed(v, 1, missing="no live gate") for v in quality["live_percent"]],
        "Compensation": quality["compensation"],
        "Verdict": quality["verdict"],
        "Reason": quality["reason"],
    })  # fmt: skip


def quality_in_words(quality: pd.DataFrame) -> str:
    """``"11 of 12 files pass. M4_post.fcs flagged: ..."``; files that fail come first."""
    details = [
        f"{row['file']} {word}: {row['reason']}."
        for verdict, word in (("fail", "fails"), ("flag", "flagged"))
        for _, row in quality[quality["verdict"] == verdict].iterrows()
    ]
    n_pass = int((quality["verdict"] == "pass").sum())
    return " ".join([f"**{n_pass} of {len(quality)} files pass.**", *details])


def quality_flags(quality: pd.DataFrame) -> list[str]:
    """A few words on files whose values cannot be believed; empty where there are none."""
    n = int((quality["verdict"] == "fail").sum())
    return [f"acquisition: {present.count(n, 'file')} with values that no detector gives"] if n else []


def headline_population(populations: pd.DataFrame) -> str:
    """The population that the summary names: the first known one, else the rarest that is quantifiable."""
    there = list(dict.fromkeys(populations["population"]))
    known = [name for name in HEADLINES if name in there]
    if known:
        return known[0]
    usable = populations[populations["quantifiable"]]
    rare = usable.groupby("population")["percent_parent"].median()
    return str(rare.idxmin()) if len(rare) else there[-1]


def answer_in_words(summary: pd.DataFrame, name: str, *, confidence: float = 0.95) -> str:
    """One sentence on one population: its median percent at each time point, with interval and n."""
    part = summary[(summary["population"] == name) & (summary["n_subjects"] > 0)]
    if part.empty:
        return f"{name} cannot be given: the parent gate is empty in every file."
    pieces = [f"{_median_in_words(row, confidence)} at {row['timepoint']}" for _, row in part.iterrows()]
    return f"{name} are a median {' and '.join(pieces)}, as a share of {part['parent'].iloc[0]}."


def _median_in_words(row: pd.Series, confidence: float) -> str:
    spread = (
        f"range {present.interval(row['minimum'], row['maximum'], 2)}, too few for an interval"
        if present.is_missing(row["low"])
        else f"{present.interval_name(confidence)} {present.interval(row['low'], row['high'], 2)}"
    )
    n = present.count(int(row["n_subjects"]), "subject")
    return f"{present.number(row['median_percent'], 2)} % ({spread if row['n_subjects'] > 1 else 'one value'}; n = {n})"


def show_summary(summary: pd.DataFrame) -> pd.DataFrame:
    """Medians for display: a row a population, a column a time point."""
    times = list(dict.fromkeys(summary["timepoint"]))
    shown: dict[str, list[str]] = {
        "Population": [],
        "of": [],
        **{f"{t}\n%": [] for t in times},
        "Quantifiable\nfiles": [],
    }
    for name, part in summary.groupby("population", sort=False):
        by_time = part.set_index("timepoint")
        shown["Population"].append(str(name))
        shown["of"].append(str(part["parent"].iloc[0]))
        for t in times:
            shown[f"{t}\n%"].append(_cell(by_time.loc[t]) if t in by_time.index else "not sampled")
        shown["Quantifiable\nfiles"].append(f"{part['n_quantifiable'].sum()} of {part['n_files'].sum()}")
    return pd.DataFrame(shown)


def _cell(row: pd.Series) -> str:
    if row["n_subjects"] == 0:
        return "parent empty"
    inner = present.interval(
        row["low"], row["high"], none=f"range {present.interval(row['minimum'], row['maximum'])}"
    )
    return f"{present.number(row['median_percent'])} ({inner})"


def panel_in_words(findings: pd.DataFrame) -> str:
    """``"4 rules fail and 9 warn: ..."`` with the failures named."""
    fails = findings[findings["severity"] == "fail"]
    n_warn = int((findings["severity"] == "warn").sum())
    named = "; ".join(f"{r['rule']} ({r['items']})" for _, r in fails.iterrows())
    return f"**{present.count(len(fails), 'failure')} and {present.count(n_warn, 'warning')}**" + (
        f": {named}." if named else "."
    )


def show_findings(findings: pd.DataFrame) -> pd.DataFrame:
    """Panel findings for display."""
    return findings.rename(
        columns={"rule": "Rule", "severity": "Verdict", "items": "What", "why": "Why", "remedy": "What to do"}
    )


def show_separation(separation: pd.DataFrame) -> pd.DataFrame:
    """Condition numbers and noise factors for display."""
    return pd.DataFrame({
        "Instrument": separation["instrument"],
        "Dye": separation["dye"],
        "Condition number\nall dyes": [present.fixed(v, 1, missing="not separable") for v in separation["condition_number"]],
        "Condition number\nwithout it": [present.fixed(v, 1, missing="not separable") for v in separation["condition_without"]],
        "Noise grows\n×": [present.fixed(v, 1, missing="not separable") for v in separation["noise_factor"]],
        "Noise grows, worst dye removed\n×": [present.fixed(v, 1, missing="removed or not separable") for v in separation["noise_factor_without_worst"]],
    })  # fmt: skip


def show_cuts(auto: AutoGating) -> pd.DataFrame:
    """Cuts of the built-in strategy for display."""
    frame = auto.to_frame()
    return pd.DataFrame({
        "Marker": frame["marker"], "Channel": frame["channel"], "Found on": frame["population"],
        "Cut\nchannel units": [present.number(v) for v in frame["position_linear"]],
        "Confidence\n0 to 1": [present.fixed(v, 2) for v in frame["confidence"]],
        "Found by": frame["method"].replace({"tail": "tail: no valley", "valley": "valley"}),
    })  # fmt: skip


def recovery_in_words(recovery: pd.DataFrame) -> str:
    """The largest miss, in points and relative."""
    if recovery.empty:
        return "No true frequency belongs to these files."
    worst = recovery.loc[recovery["difference_points"].abs().idxmax()]
    relative = recovery.loc[recovery["relative_percent"].abs().idxmax()]
    return (
        f"**The largest miss is {present.number(abs(worst['difference_points']), 2)} percentage points** ({worst['population']}); "
        f"relative to the true value {present.number(abs(relative['relative_percent']), 2)} % ({relative['population']})."
    )


def robustness_in_words(moved: pd.DataFrame) -> str:
    """Which population depends most on where its cut lies."""
    at_two = moved[
        moved["shift_percent_axis"].abs().round(6) == moved["shift_percent_axis"].abs().max().round(6)
    ]
    reach = at_two["change_relative_percent"].abs()
    if reach.notna().sum() == 0:
        return "No frequency could be moved."
    worst = at_two.loc[reach.idxmax()]
    return (
        f"**No frequency moves by more than {present.number(float(np.nanmax(reach)), 2)} % of itself** when its cuts move by "
        f"{present.number(at_two['shift_percent_axis'].abs().max(), 2)} % of the axis; {worst['population']} moves most."
    )


def published_panel_in_words(findings: pd.DataFrame, title: str, species: str) -> str:
    """How a published panel fares, and for which species it was read."""
    named = f"The panel of {title}" if title else "The published panel"
    return f"{panel_in_words(findings)} {named}, read as a {species} study."


def protocol_in_words(protocol: pd.DataFrame, title: str) -> str:
    """What the figure of a protocol shows, and which kinds of figures it gives nowhere."""
    columns = {"time_min": "times", "temperature_c": "temperatures", "concentration": "concentrations"}
    absent = [words for column, words in columns.items() if protocol[column].eq("").all()]
    left_open = f" {present.listing(absent).capitalize()} are not given there." if absent else ""
    optional = protocol["optional"].str.lower().eq("yes").groupby(protocol["name"]).all().any()
    return (
        f"**{title} in {present.count(protocol['step'].nunique(), 'step')}.**{left_open}"
        f"{' Dashed: if needed.' if optional else ''}"
    )


def deviations_in_words(deviations: Sequence[str]) -> str:
    """What this study did otherwise than its protocol."""
    return f"Deviations of this study: {'; '.join(deviations) or 'none stated'}."
