"""What a result says of a reference: equivalence within a stated margin, not "p > 0.05"; directions by the
interval."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from lib.errors import Fault, InputError
from lib.records import Comparison
from lib.result import Result

Scale = Literal["ratio", "difference", "direction"]
Verdict = Literal["agrees", "differs", "cannot tell", "not comparable"]
AGREES: Verdict = "agrees"
DIFFERS: Verdict = "differs"
CANNOT_TELL: Verdict = "cannot tell"
NOT_COMPARABLE: Verdict = "not comparable"
DIRECTIONS = {"increased": 1, "reduced": -1}


@dataclass(frozen=True)
class Concordance:
    """A result held against a published value.

    ``effect`` and its interval are the ratio (ours / published), or the difference (ours − published);
    the margin is ``margin_low`` to ``margin_high`` on that scale. A bound that does not exist is NaN and
    ``why`` says so. ``excludes_equality`` may be true together with ``agrees``: then ``why`` gives the size
    of the difference.
    """

    name: str
    scale: Scale
    estimate: float
    low: float
    high: float
    unit: str
    published: float
    effect: float
    effect_low: float
    effect_high: float
    margin_low: float
    margin_high: float
    excludes_equality: bool
    verdict: Verdict
    why: str
    source: str = ""
    status: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row, columns named as the fields."""
        return pd.DataFrame([asdict(self)])

    def to_comparison(self, *, divisor: float = 1.0) -> Comparison:
        """What a claim says of it; `divisor` brings the published value, and a difference's margin, to its
        unit."""
        margin = self.margin_high / (divisor if self.scale == "difference" else 1.0)
        return Comparison(self.verdict, self.published / divisor, margin, self.source, self.why)


def compare_with_published(
    estimate: float,
    low: float | None,
    high: float | None,
    published: float | None,
    *,
    scale: Literal["ratio", "difference"],
    margin: float,
    name: str = "",
    unit: str = "",
    published_low: float | None = None,
    published_high: float | None = None,
    source: str = "",
    status: str = "",
    not_comparable: str = "",
) -> Concordance:
    """Hold an estimate with its interval, of any level, against a published value.

    With the effect e = estimate / published (``ratio``, worked on the log scale) or estimate − published
    (``difference``) and its interval:

    - *agrees*: the interval lies inside the margin, [1/m, m] or [−m, m];
    - *differs*: it excludes equality (1 or 0) and is not inside the margin;
    - *cannot tell*: neither, or there is no interval;
    - *not comparable*: nothing is published, or another quantity (`not_comparable` says which).

    The published value counts as exact unless its own interval is given; then the two are combined by
    square-and-add (MOVER): e_low = e − √((x − x_low)² + (p_high − p)²), assuming independent studies.

    Parameters
    ----------
    estimate, low, high : float
        Ours, in the published unit. One missing bound (None or NaN) means unbounded on that side ("not
        reached", "above the tested range"); both missing means no interval.
    published : float
        None or NaN where nothing is published.
    scale : {"ratio", "difference"}
        Ratio for IC50s, medians, titres; difference for rates and percentages.
    margin : float
        Greatest fold (> 1) for a ratio; greatest absolute difference (> 0) otherwise.

    Raises
    ------
    InputError
        For a margin out of range, or a ratio of values that are not positive.

    References
    ----------
    Schuirmann 1987, J Pharmacokinet Biopharm 15:657; Zou & Donner 2008, Stat Med 27:1693.
    """
    _check_margin(scale, margin)
    bounds = (1 / margin, margin) if scale == "ratio" else (-margin, margin)
    x, lo, hi, p = (_float(v) for v in (estimate, low, high, published))
    effect = (math.nan, math.nan, math.nan)
    reason = not_comparable or ("nothing published to compare with" if math.isnan(p) else "")
    if not reason:
        _check_positive(scale, (x, lo, hi, p), name)
        effect = _effect(x, lo, hi, p, _float(published_low), _float(published_high), scale)
    verdict, why, excludes = (
        _judge(effect, bounds, scale, unit) if not reason else (NOT_COMPARABLE, reason, False)
    )
    return Concordance(
        name=name,
        scale=scale,
        estimate=x,
        low=lo,
        high=hi,
        unit=unit,
        published=p,
        effect=effect[0],
        effect_low=effect[1],
        effect_high=effect[2],
        margin_low=bounds[0],
        margin_high=bounds[1],
        excludes_equality=excludes,
        verdict=verdict,
        why=why,
        source=source,
        status=status,
    )


def compare_direction(
    estimate: float,
    low: float | None,
    high: float | None,
    expected: str | None,
    *,
    name: str = "",
    source: str = "",
    status: str = "",
) -> Concordance:
    """Hold a shift (0 = none) against a published direction, ``increased`` or ``reduced``.

    *agrees* where the interval lies wholly on the published side of 0, *differs* where it lies wholly on
    the other, *cannot tell* where it holds 0 or does not exist, *not comparable* without a direction.
    A direction has no margin: agreement says nothing of the size.

    Raises
    ------
    InputError
        For a direction that is neither of the two words.
    """
    x, lo, hi = (_float(v) for v in (estimate, low, high))
    if expected and expected not in DIRECTIONS:
        raise InputError(Fault("a direction must be one of increased, reduced", value=expected, where=name))
    verdict, why = (
        _judge_direction(lo, hi, DIRECTIONS[expected])
        if expected
        else (NOT_COMPARABLE, "no expected direction")
    )
    nan = math.nan
    return Concordance(
        name=name,
        scale="direction",
        estimate=x,
        low=lo,
        high=hi,
        unit="",
        published=nan,
        effect=x,
        effect_low=lo,
        effect_high=hi,
        margin_low=nan,
        margin_high=nan,
        excludes_equality=lo > 0 or hi < 0,
        verdict=verdict,
        why=why,
        source=source,
        status=status,
    )


@dataclass(frozen=True, repr=False, eq=False)
class Concordances(Result):
    """Comparisons as rows, columns named as the fields of `Concordance`; `of` finds the one of a result.

    Parameters
    ----------
    found : tuple of Concordance
        A row each.
    names : tuple of tuple of str
        What each is of, such as endpoint and group.
    """

    found: tuple[Concordance, ...] = ()
    names: tuple[tuple[str, ...], ...] = ()

    COLUMNS = ("name", "estimate", "low", "high", "published", "verdict", "why")
    ALIGNED = ("found", "names")

    @classmethod
    def collect(cls, held: Iterable[tuple[tuple[str, ...], Concordance]], **settings: Any) -> Concordances:
        """From comparisons with what each is of."""
        pairs = list(held)
        found = tuple(one for _, one in pairs)
        return cls(concordance_table(found), settings, found, tuple(names for names, _ in pairs))

    def of(self, *names: str) -> Concordance | None:
        """The comparison of one result; None where it was held against nothing."""
        return next((one for of, one in zip(self.names, self.found, strict=True) if of == names), None)


def concordance_table(results: Iterable[Concordance]) -> pd.DataFrame:
    """Several comparisons as one frame, a row each, columns named as the fields of `Concordance`."""
    return pd.DataFrame([asdict(r) for r in results], columns=list(Concordance.__dataclass_fields__))


def _float(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _check_margin(scale: str, margin: float) -> None:
    if scale not in ("ratio", "difference"):
        raise InputError(Fault("scale must be ratio or difference", value=str(scale)))
    least = 1 if scale == "ratio" else 0
    if not margin > least or not math.isfinite(margin):
        raise InputError(Fault(f"the margin of a {scale} must be > {least}", value=f"{margin:g}"))


def _check_positive(scale: str, values: tuple[float, ...], name: str) -> None:
    bad = [v for v in (values[0], values[2], values[3]) if v <= 0] + [v for v in values[1:2] if v < 0]
    if scale == "ratio" and bad:
        raise InputError(
            Fault(
                "a ratio needs values > 0", value=f"{bad[0]:g}", where=name, remedy="Compare by difference."
            )
        )


def _effect(
    x: float, lo: float, hi: float, p: float, p_lo: float, p_hi: float, scale: str
) -> tuple[float, float, float]:
    """Effect and interval; a missing bound is unbounded (NaN), a published interval is squared and added."""
    if scale == "ratio":
        with np.errstate(divide="ignore"):
            x, lo, hi, p, p_lo, p_hi = (float(np.log(v)) for v in (x, lo, hi, p, p_lo, p_hi))
    below = x - lo if math.isnan(p_hi) else math.hypot(x - lo, p_hi - p)
    above = hi - x if math.isnan(p_lo) else math.hypot(hi - x, p - p_lo)
    # a censored estimate has a bound but no value of its own: compare the bound itself
    low = lo - p if math.isnan(x) else x - below - p
    high = hi - p if math.isnan(x) else x + above - p
    return (math.exp(x - p), math.exp(low), math.exp(high)) if scale == "ratio" else (x - p, low, high)


def _judge(
    effect: tuple[float, float, float], bounds: tuple[float, float], scale: str, unit: str
) -> tuple[Verdict, str, bool]:
    _, low, high = effect
    equality = 1.0 if scale == "ratio" else 0.0
    if math.isnan(low) and math.isnan(high):
        return CANNOT_TELL, "no interval", False
    inside = low >= bounds[0] and high <= bounds[1]
    excludes = low > equality or high < equality
    size = _size(effect, scale, unit)
    if inside:
        return (
            AGREES,
            f"inside the margin{f', yet it excludes equality: {size}' if excludes else ''}",
            excludes,
        )
    if excludes:
        return DIFFERS, f"excludes equality and leaves the margin: {size}", True
    return CANNOT_TELL, "holds equality and leaves the margin: too little data", False


def _size(effect: tuple[float, float, float], scale: str, unit: str) -> str:
    value = (
        effect[0] if not math.isnan(effect[0]) else (effect[1] if not math.isnan(effect[1]) else effect[2])
    )
    prefix = "" if not math.isnan(effect[0]) else ("at least " if not math.isnan(effect[1]) else "at most ")
    if scale == "ratio":
        return f"{prefix}{value:.3g} times the published value"
    return (
        f"{prefix}{abs(value):.3g}{f' {unit}' if unit else ''} {'above' if value > 0 else 'below'} the"
        " published value"
    )


def _judge_direction(low: float, high: float, sign: int) -> tuple[Verdict, str]:
    if math.isnan(low) and math.isnan(high):
        return CANNOT_TELL, "no interval"
    side = 1 if low > 0 else (-1 if high < 0 else 0)
    if side == 0:
        return CANNOT_TELL, "the interval holds no change"
    if side == sign:
        return AGREES, "the interval lies on the expected side of no change"
    return DIFFERS, "the interval lies opposite to the expected direction"
