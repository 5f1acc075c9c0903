"""Numbers to words, for tables and sentences that a person reads; files keep full precision."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lib.errors import check_confidence
from lib.records import Claim, Estimate, Quality, Subject

MINUS, FRACTION = "\u2212", "fraction"
NONE = "none"
TIMES = {"days", "weeks", "months", "years", "hours", "h"}
"""Units of which a bound that does not exist was not reached; of other quantities there is none."""
OPEN = r"not reached|no (?:lower|upper) bound"
"""Words in the place of a bound, as a pattern."""


def is_missing(value: Any) -> bool:
    """True for None, NaN, NaT and pd.NA."""
    return (
        bool(pd.isna(value))
        if value is None or np.isscalar(value) or value is pd.NaT or value is pd.NA
        else False
    )


def settled(value: Any) -> float:
    """A number without its last bits, so that one half way between two roundings is rounded alike on every
    machine."""
    return float(f"{float(value):.12g}")


def number(value: Any, digits: int = 3, *, missing: str = NONE) -> str:
    """A number at `digits` significant digits, with a true minus and no exponent where it can be avoided.

    >>> number(0.012345), number(-2.5), number(12345.6), number(float("nan"))
    ('0.0123', '−2.50', '12,346', 'none')
    """
    if is_missing(value):
        return missing
    value = settled(value)
    if math.isinf(value):
        return f"{MINUS if value < 0 else ''}∞"
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    size = int(exponent)
    if size < -5 or size > 8:
        return f"{mantissa}e{size}".replace("-", MINUS)
    decimals = max(digits - 1 - size, 0)
    return f"{value:,.{decimals}f}".replace("-", MINUS)


def fixed(value: Any, decimals: int = 2, *, missing: str = NONE) -> str:
    """A number with a fixed number of decimals, so that a column lines up.

    >>> fixed(-0.5), fixed(-0.001)
    ('−0.50', '0.00')
    """
    if is_missing(value):
        return missing
    text = f"{settled(value):,.{decimals}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text.replace("-", MINUS)


def percent(fraction: Any, decimals: int = 0, *, missing: str = NONE) -> str:
    """A fraction as a percentage, without the sign: the unit stands in the header.

    >>> percent(0.4386), percent(0.4386, 1)
    ('44', '43.9')
    """
    return missing if is_missing(fraction) else fixed(100 * float(fraction), decimals)


def interval(
    low: Any,
    high: Any,
    digits: int = 3,
    *,
    decimals: int | None = None,
    none: str = "no interval",
    open_low: str = "no lower bound",
    open_high: str = "no upper bound",
    unit: str = "",
) -> str:
    """An interval, with words in the place of a bound that does not exist: a time was not reached.

    >>> interval(1.2, 2.27), interval(1.2, None), interval(-1, 2, decimals=1), interval(None, None)
    ('1.20–2.27', '1.20 to no upper bound', '−1.0 to 2.0', 'no interval')
    >>> interval(5.5, None, unit="months")
    '5.50 to not reached'
    """
    if unit in TIMES:
        open_low = open_high = "not reached"

    def write(value: Any) -> str:
        return number(value, digits) if decimals is None else fixed(value, decimals)

    if is_missing(low) and is_missing(high):
        return none
    first = open_low if is_missing(low) else write(low)
    last = open_high if is_missing(high) else write(high)
    plain = not (is_missing(low) or is_missing(high)) and MINUS not in first + last
    return f"{first}–{last}" if plain else f"{first} to {last}"


def level_name(confidence: float = 0.95) -> str:
    """A level of confidence in words, as typed: no more digits than it has.

    >>> level_name(), level_name(0.9), level_name(0.995)
    ('95 %', '90 %', '99.5 %')
    """
    return f"{100 * check_confidence(confidence):.10g} %"


def interval_name(confidence: float = 0.95, word: str = "interval") -> str:
    """What an interval is called: its level and a word; the one place from which reports take it.

    >>> interval_name(), interval_name(0.9), interval_name(0.995, "CI")
    ('95 % interval', '90 % interval', '99.5 % CI')
    """
    return f"{level_name(confidence)} {word}"


def censored(value: Any, qualifier: str = "=", digits: int = 3) -> str:
    """An estimate that may lie beyond the tested range: ``> 30``.

    >>> censored(30, ">"), censored(2.5, "=")
    ('> 30', '2.50')
    """
    if qualifier in ("<", ">") and not is_missing(value):
        return f"{qualifier} {float(value):.4g}"
    return number(value, digits)


def p_value(p: Any, *, missing: str = "no test") -> str:
    """A p-value: two digits, never zero.

    >>> p_value(0.0364), p_value(0.00001), p_value(1)
    ('0.036', '< 0.0001', '1.0')
    """
    if is_missing(p):
        return missing
    return "< 0.0001" if p < 1e-4 else number(p, 2)


def count(n: int, one: str, many: str | None = None) -> str:
    """A count with its noun.

    >>> count(1, "plate"), count(3, "assay", "assays")
    ('1 plate', '3 assays')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def listing(items: list[str], limit: int = 6) -> str:
    """A list in words: ``"UTE1, UTE2 and UTE3"``; long ones end in a count.

    >>> listing(["a", "b", "c"]), listing([])
    ('a, b and c', 'none')
    """
    items = [str(item) for item in items]
    if not items:
        return NONE
    if len(items) > limit:
        return f"{', '.join(items[:limit])} and {len(items) - limit} more"
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


MOST_REASONS = 3
MARKS = {"pass": "", "caution": "caution", "fail": "failed", "not judged": "not judged"}


def phrase(claim: Claim, *, digits: int = 3, names: bool = True) -> str:
    """A claim in words: what it is of, the number, its interval, n, and the mark of its quality; none can be
    left out.

    ``"IC50 of drug A in line B: 2.71 µM (95 % interval 2.45 to 2.99; n = 3 experiments)"``

    Parameters
    ----------
    claim : Claim
    digits : int
        Significant digits of the number and its bounds.
    names : bool
        Whether to begin with what it is of; without where the sentence around it has said so.
    """
    said = f"{estimate_in_words(claim.estimate, digits)} ({_interval(claim.estimate, digits)}n = {_n(claim)})"
    return (f"{name_subject(claim.subject)}: " if names else "") + said + mark(claim.quality)


def estimate_in_words(estimate: Estimate, digits: int = 3) -> str:
    """A number with its unit, or why there is none: ``"2.71 µM"``, ``"> 30 µM"``, ``"not reached"``."""
    if estimate.qualifier in ("not reached", "not estimable"):
        return estimate.qualifier
    value, unit = (
        (100 * estimate.value, "%") if estimate.unit == FRACTION else (estimate.value, estimate.unit)
    )
    return f"{censored(value, estimate.qualifier, digits)} {unit}".strip()


def _interval(estimate: Estimate, digits: int) -> str:
    if estimate.interval is None or (
        is_missing(estimate.interval.low) and is_missing(estimate.interval.high)
    ):
        return "no interval; "
    factor = 100 if estimate.unit == FRACTION else 1
    low, high = factor * estimate.interval.low, factor * estimate.interval.high
    bounds = interval(low, high, digits, unit=estimate.unit).replace("–", " to ")
    return f"{interval_name(estimate.interval.confidence)} {bounds}; "


def _n(claim: Claim) -> str:
    return "not counted" if claim.n is None else n_of(claim.n, claim.n_of)


def n_of(n: int, of: str) -> str:
    """A count with what was counted, named for one or for many as it comes.

    >>> n_of(1, "experiments"), n_of(1, "biopsies, all of one visit"), n_of(3, "pairs"), n_of(1, "pair")
    ('1 experiment', '1 biopsy, all of one visit', '3 pairs', '1 pair')
    """
    one = re.sub(r"\b(\w+?)(ies|(?<![sui])s)\b", _singular, of, count=1) if n == 1 else of
    return f"{n:,} {one}".strip()


def _singular(word: re.Match[str]) -> str:
    return f"{word[1]}y" if word[2] == "ies" else word[1]


def mark(quality: Quality) -> str:
    """What is wrong with a number, behind it; nothing where it passes."""
    if quality.verdict == "pass":
        return ""
    why = f": {limited(quality.reasons, MOST_REASONS)}" if quality.reasons else ""
    return f" [{MARKS[quality.verdict]}{why}]"


def name_subject(
    subject: Subject, *, vary: Iterable[str] = ("compound", "system", "population", "condition")
) -> str:
    """A subject in words, with the parts that vary: ``"IC50 of drug A in line B, at 24 h"``."""
    told = set(vary)
    parts = [subject.what]
    for word, name in (("of", "compound"), ("in", "system"), ("in", "population")):
        if name in told and getattr(subject, name):
            parts.append(f"{word} {getattr(subject, name)}")
    return " ".join(parts) + (f", {subject.condition}" if "condition" in told and subject.condition else "")


def begin(text: str) -> str:
    """A text as a sentence or label begins; a name such as pERK keeps its letters.

    >>> begin("odds ratio"), begin("pERK change")
    ('Odds ratio', 'pERK change')
    """
    return text[:1].upper() + text[1:] if text[1:2].islower() else text


def limited(items: Sequence[str], most: int) -> str:
    """Things in a row, and how many more there are: ``"a; b; and 3 more"``; never cut without a word."""
    items = list(items)
    more = len(items) - most
    return "; ".join(items) if more <= 0 else "; ".join([*items[:most], f"and {more:,} more"])
