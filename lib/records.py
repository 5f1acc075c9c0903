"""What is claimed, as frozen records: an estimate with its interval, its quality, what it was held against,
where it stands."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from lib.errors import Fault, InputError

Verdict = Literal["pass", "caution", "fail", "not judged"]
Scale = Literal["linear", "log"]
Qualifier = Literal["=", ">", "<", "not reached", "not estimable"]
Role = Literal["lead", "further"]
REASONS = "; "
"""Between the reasons of a row, in its column ``reasons``."""


@dataclass(frozen=True)
class Interval:
    """Bounds of an estimate; NaN where a bound does not exist (not reached, beyond the tested range)."""

    low: float
    high: float
    confidence: float
    method: str = ""


@dataclass(frozen=True)
class Estimate:
    """A number with its unit; NaN, and a qualifier that says why, where there is none.

    With qualifier ``>`` or ``<`` the value is the limit. ``null`` is the value of no effect, where there is
    one.
    """

    value: float
    unit: str = ""
    interval: Interval | None = None
    scale: Scale = "linear"
    null: float | None = None
    qualifier: Qualifier = "="

    def __post_init__(self) -> None:
        if self.qualifier not in get_args(Qualifier):
            raise InputError(
                Fault(f"a qualifier must be one of {', '.join(get_args(Qualifier))}", value=self.qualifier)
            )
        if math.isnan(self.value) and self.qualifier in ("=", ">", "<"):
            raise InputError(
                Fault("an estimate without a value must say why", value=f"qualifier {self.qualifier}")
            )


@dataclass(frozen=True)
class Quality:
    """Whether a number can be relied on, and why not: reasons name plate, run, file or gate."""

    verdict: Verdict = "pass"
    reasons: tuple[str, ...] = ()

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Quality:
        """From the columns ``quality`` and ``reasons`` of a result's row."""
        said = row["reasons"]
        return cls(row["quality"], tuple(said.split(REASONS)) if isinstance(said, str) and said else ())


@dataclass(frozen=True)
class Subject:
    """What a claim is about: the quantity, and of what, in what, in whom, under which condition (dose, time
    …)."""

    what: str
    compound: str = ""
    system: str = ""
    population: str = ""
    condition: str = ""


@dataclass(frozen=True)
class Comparison:
    """What a reference says: its verdict, value (a number or a direction), margin where there is one,
    source."""

    verdict: str
    value: float | str
    margin: float | None = None
    source: str = ""
    why: str = ""


@dataclass(frozen=True)
class Source:
    """The cell that a claim repeats: a published table, a row of it (from 0), its columns, and the figure
    that shows it."""

    table: str
    row: int
    value: str
    low: str = ""
    high: str = ""
    figure: str = ""


@dataclass(frozen=True)
class Claim:
    """One finding of a report. ``id`` stays the same from version to version."""

    id: str
    question: str
    subject: Subject
    estimate: Estimate
    n: int | None
    n_of: str
    quality: Quality
    source: Source
    origin: str = "measured"
    published: Comparison | None = None
    role: Role = "further"
    note: str = field(default="", compare=False)
    """Of what a reader of this claim alone must know besides, such as why nothing is comparable."""

    def to_json(self) -> dict[str, Any]:
        """The flat object of ``claims.json``; a number that does not exist is null."""
        interval = self.estimate.interval
        return {
            "id": self.id,
            "role": self.role,
            "question": self.question,
            "what": self.subject.what,
            "compound": self.subject.compound,
            "system": self.subject.system,
            "population": self.subject.population,
            "condition": self.subject.condition,
            "estimate": _number(self.estimate.value),
            "low": _number(interval.low) if interval else None,
            "high": _number(interval.high) if interval else None,
            "confidence": interval.confidence if interval else None,
            "method": interval.method if interval else "",
            "unit": self.estimate.unit,
            "scale": self.estimate.scale,
            "null": self.estimate.null,
            "n": self.n,
            "n_of": self.n_of,
            "qualifier": self.estimate.qualifier,
            "quality": self.quality.verdict,
            "reasons": list(self.quality.reasons),
            "origin": self.origin,
            "published": (
                None
                if self.published is None
                else {
                    "verdict": self.published.verdict,
                    "value": (
                        _number(self.published.value)
                        if isinstance(self.published.value, float)
                        else self.published.value
                    ),
                    "margin": self.published.margin,
                    "source": self.published.source,
                    "why": self.published.why,
                }
            ),
            "table": self.source.table,
            "row": self.source.row,
            "figure": self.source.figure,
            "columns": {"estimate": self.source.value, "low": self.source.low, "high": self.source.high},
            "note": self.note,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Claim:
        """A claim as ``claims.json`` holds it."""
        bounded = content["low"] is not None or content["high"] is not None
        interval = Interval(
            _float(content["low"]), _float(content["high"]), content["confidence"], content["method"]
        )
        estimate = Estimate(
            _float(content["estimate"]),
            content["unit"],
            interval if bounded else None,
            content["scale"],
            content["null"],
            content["qualifier"],
        )
        columns, known = content["columns"], content["published"]
        return cls(
            id=content["id"],
            question=content["question"],
            subject=Subject(*(content[k] for k in ("what", "compound", "system", "population", "condition"))),
            estimate=estimate,
            n=content["n"],
            n_of=content["n_of"],
            quality=Quality(content["quality"], tuple(content["reasons"])),
            source=Source(
                content["table"],
                content["row"],
                columns["estimate"],
                columns["low"],
                columns["high"],
                content["figure"],
            ),
            origin=content["origin"],
            published=Comparison(**known) if known else None,
            role=content["role"],
            note=content["note"],
        )


def join_reasons(reasons: Iterable[str]) -> str:
    """Reasons as a row's column ``reasons`` holds them, each once."""
    return REASONS.join(dict.fromkeys(r.replace(REASONS, ", ") for r in reasons if r))


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _float(value: float | None) -> float:
    return math.nan if value is None else float(value)
