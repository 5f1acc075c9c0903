"""What the validation shows: coverage, type I errors, agreement with outside numbers, and what is claimed of
them."""

from __future__ import annotations

import re
from typing import cast

import pandas as pd
from matplotlib.figure import Figure as Drawing

from lib.door import expose
from lib.records import Claim, Comparison, Estimate, Interval, Quality, Source, Subject
from lib.validation import Agreement, Coverage, Rates, TypeOneErrors
from lib.validation.rates import SLACK
from reports.fields import Column, words
from reports.figures.validation import ERRORS_DRAWN, plot_rates
from reports.shown import Answer, Figure, Table, Text
from reports.store.sameness import Tolerance
from reports.wording import (
    FRACTION,
    MINUS,
    count,
    fixed,
    level_name,
    limited,
    mark,
    name_subject,
    phrase,
)

QUESTION = "Do the suite's intervals and tests keep their promises?"
LAST_BITS = 1e-9
"""Below this a relative error is the machine's order of summing, not ours."""
BELOW = "below 1e−9"
MOST_MISSED = 3
MONTE_CARLO = "Monte-Carlo error, normal"
NOT_PUBLISHED = "nothing published to compare with: a promise is its own level"


def basis(reference: pd.DataFrame, *, n_simulations: int, seed: int) -> Text:
    """On how many simulations and outside numbers everything below stands."""
    return Text(
        f"{n_simulations:,} simulated data sets for each setting (at most 1,000 for curves that are fitted"
        f" singly), seed {seed}; {count(len(reference), 'reference number')} from"
        f" {count(reference['source'].nunique(), 'source')}. Nothing was left out."
    )


def coverage(rates: Coverage) -> list[Table | Figure]:
    """Every interval with the share of simulations in which it holds the truth, as a table and drawn."""
    used = _used(rates)
    least = used.loc[used["observed"].idxmin()]
    said = (
        f"{_coverage_in_words(rates)}; the least, {least['method']} ({least['setting']}), "
        f"covers {_percent(least['observed'])} %"
    )
    table = Table(
        "coverage",
        rates.frame,
        show=_in_words(rates, "coverage"),
        flagged=_flagged(rates),
        caption=f"**{said}.** Share of simulations whose interval holds the truth.",
    )
    drawn = Figure(
        "coverage",
        cast(Drawing, plot_rates(rates, xlabel="Coverage, %")),
        alt=said,
        caption=(
            "**Coverage of every interval.** Line: 95 % range of the Monte-Carlo error; vertical line:"
            " promised."
        ),
    )
    return [table, drawn]


def type_one(rates: TypeOneErrors) -> Table:
    """Every test with the share of null data that it rejects."""
    said = _sentence(_type_one_in_words(rates))
    return Table(
        "type_one_error",
        rates.frame,
        show=_in_words(rates, "type_one_error"),
        flagged=_flagged(rates),
        caption=(
            f"**{said}** Share of null simulations that the test rejects at"
            f" {level_name(rates.settings['level'])}."
        ),
    )


def agreement(found: Agreement) -> Table:
    """Every outside number beside ours."""
    return Table(
        "reference_agreement",
        found.frame,
        show=_agreement_shown(found),
        flagged=list(~found["met"]),
        caption=f"**{_agreement_in_words(found)}.** Same data, other software.",
        accuracy={"ours": 1e-8, "relative_error": Tolerance(absolute=1e-8)},  # some fits are iterative
    )


def claims(covered: Coverage, alarms: TypeOneErrors, agreed: Agreement) -> Answer:
    """The least coverage among the methods in use leads; then every method in use, and every outside
    number."""
    used = _used(covered)
    lead = used["observed"].idxmin()
    order = [lead, *used.index.drop(lead)]
    made = [_coverage_claim(covered, i) for i in order]
    made += [_type_one_claim(alarms, i) for i in _used(alarms).index]
    made += [_agreement_claim(agreed, i) for i in agreed.frame.index]
    broken = covered.frame[(covered["role"] == "warning") & covered["reasons"].str.startswith("covers")]
    return Answer(
        made,
        f"{_coverage_in_words(covered)}; the least is the {phrase(made[0])}.",
        quality=_sentence(_type_one_in_words(alarms)),
        published=f"**{_agreement_in_words(agreed)}.**",
        caution=_warning(broken),
        flags=[name_subject(c.subject) + mark(c.quality) for c in made if c.quality.verdict == "fail"],
    )


def _used(rates: Rates) -> pd.DataFrame:
    return rates.frame[rates["role"] == "used"]


def _flagged(rates: Rates) -> list[bool]:
    """Rows that miss their promise, those that are shown for it among them."""
    return list(rates["reasons"].str.contains("promised"))


def _coverage_in_words(rates: Coverage) -> str:
    used = _used(rates)
    kept = int((used["quality"] == "pass").sum())
    verb = "covers" if len(used) == 1 else "cover"
    return (
        f"{kept} of {count(len(used), 'interval')} in use {verb} within {100 * SLACK:g} points of "
        f"{level_name(rates.confidence)} or more"
    )


def _type_one_in_words(rates: TypeOneErrors) -> str:
    """The tests in use, and what those do that stand as a warning."""
    used, warned = _used(rates), rates.frame[rates["role"] == "warning"]
    kept = int((used["quality"] == "pass").sum())
    said = (
        f"{kept} of {count(len(used), 'test')} in use {'rejects' if len(used) == 1 else 'reject'} at most "
        f"{level_name(rates.settings['level'] + SLACK)} of null data"
    )
    worst = [f"the {r.method} rejects {_percent(r.observed)} % of it" for r in warned.itertuples()]
    return "; ".join([said, *worst])


def _agreement_in_words(found: Agreement) -> str:
    """How many numbers are met, and which are not."""
    met = int(found["met"].sum())
    said = (
        f"{met} of {count(len(found), 'reference number')} {'is' if len(found) == 1 else 'are'} met to the"
        " last printed digit or to 1 in a million"
    )
    missed = [
        f"{r.method}, {r.case}, {r.quantity} is off by {_power(r.relative_error)}"
        for r in found.frame[~found["met"]].itertuples()
    ]
    return "; ".join([said, limited(missed, MOST_MISSED)] if missed else [said])


def _warning(broken: pd.DataFrame) -> str:
    """Why the methods that no report uses are none of the suite's."""
    if broken.empty:
        return ""
    worst = broken.loc[broken["observed"].idxmin()]
    return (
        f"{worst['method']} ({worst['setting']}) holds the truth in {_percent(worst['observed'])} % of"
        " simulations only; it is shown as a warning, and no report uses it."
    )


def _coverage_claim(rates: Coverage, i: int) -> Claim:
    row = rates.frame.loc[i]
    return _rate_claim(
        row, "coverage", f"coverage of {row['method']}", Source("coverage", i, "observed", figure="coverage")
    )


def _type_one_claim(rates: TypeOneErrors, i: int) -> Claim:
    row = rates.frame.loc[i]
    return _rate_claim(
        row, "type-one-error", f"type I error of {row['method']}", Source("type_one_error", i, "observed")
    )


def _rate_claim(row: pd.Series, kind: str, what: str, source: Source) -> Claim:
    reach = ERRORS_DRAWN * row["monte_carlo_error"]
    simulated = row["n_simulations"] > 0
    low, high = max(0.0, row["observed"] - reach), min(1.0, row["observed"] + reach)
    return Claim(
        _id(kind, row["method"], row["setting"]),
        QUESTION,
        Subject(what, condition=row["setting"]),
        Estimate(
            float(row["observed"]), FRACTION, Interval(low, high, 0.95, MONTE_CARLO) if simulated else None
        ),
        int(row["n_simulations"]),
        "simulations" if simulated else "simulations, enumerated exactly",
        Quality.of_row(row),
        source,
        note=NOT_PUBLISHED,
    )


def _agreement_claim(found: Agreement, i: int) -> Claim:
    row = found.frame.loc[i]
    beside = Comparison(
        "agrees" if row["met"] else "differs",
        float(row["reference"]),
        source=row["source"],
        why=row["reasons"],
    )
    return Claim(
        _id("agreement", row["method"], row["case"], row["quantity"]),
        QUESTION,
        Subject(f"{row['quantity']} by {row['method']}", condition=row["case"]),
        Estimate(float(row["ours"])),
        None,
        "",
        Quality.of_row(row),
        Source("reference_agreement", i, "ours"),
        published=beside,
    )


def _id(*parts: str) -> str:
    """Parts of a name that stays from version to version."""
    slugs = (re.sub(r"[^\w.]+", "-", part.lower().replace("µ", "u")).strip("-") for part in parts)
    return "/".join(["validation", *slugs])


def _in_words(rates: Rates, table: str) -> pd.DataFrame:
    """Rates in percent with their Monte-Carlo error; what was enumerated has none."""
    simulated = rates["n_simulations"] > 0
    error, n = "monte_carlo_error", "n_simulations"
    frame = rates.frame.assign(**{name: rates[name].where(simulated) for name in (error, n)})
    role = Column("role", cells=frame["role"].map({"used": "in use", "warning": "shown as a warning"}))
    made = [Column(error, missing="exact"), Column(n, missing="enumerated")]
    columns = ["method", "setting", "nominal", "observed", *made, role, "quality"]
    return words(frame, columns, table=table)


def _agreement_shown(found: Agreement) -> pd.DataFrame:
    """Reference and ours at eight digits."""
    sizes = [BELOW if abs(e) < LAST_BITS else _power(e) for e in found["relative_error"]]
    numbers = ["reference", "ours", Column("relative_error", cells=sizes)]
    return words(found.frame, ["method", "case", "quantity", *numbers, "source"], table="reference_agreement")


def _sentence(said: str) -> str:
    return f"{said[0].upper()}{said[1:]}."


def _percent(share: float) -> str:
    return fixed(100 * share, 1)


def _power(size: float) -> str:
    return f"{abs(size):.0e}".replace("e-0", "e-").replace("-", MINUS)


__dir__ = expose(globals(), numbered=True)
