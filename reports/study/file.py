"""The study file: which reports to make, of which inputs."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from lib.programme import DEFAULT
from reports.project import UsageError, nearest
from reports.study.typed_yaml import as_written, in_words, read_yaml

Text = Annotated[str, BeforeValidator(as_written)]  # a study may be called 2024, a report 01
RULES = {
    "model_type": "must hold lines such as `notebook: ic50`",
    "dict_type": "must hold lines `name: value`",
    "list_type": "must be a list, each entry behind a dash",
    "string_type": "must be text",
    "too_short": "must hold at least one entry",
}
"""What a study file must hold instead, by pydantic's name of a fault; a wrong word's choices come with the
fault."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Entry(BaseModel):
    """One notebook on one set of parameters, or on every combination of a matrix."""

    model_config = ConfigDict(extra="forbid")
    notebook: Text
    name: Text | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    matrix: dict[str, list[Any]] = Field(default_factory=dict)
    read: dict[str, dict[str, Any]] = Field(default_factory=dict)


class Study(BaseModel):
    """A study file as it stands."""

    model_config = ConfigDict(extra="forbid")
    study: Text
    origin: Literal["measured", "simulated", "published", "digitised"] = "measured"
    programme: Text = DEFAULT
    reports: list[Entry] = Field(min_length=1)


@dataclass(frozen=True)
class Order:
    """One report that a study asks for, its matrix multiplied out."""

    name: str
    notebook: str
    parameters: dict[str, Any]
    read: dict[str, dict[str, Any]] = field(default_factory=dict)


def read_study(path: Path) -> Study:
    """A study file, checked.

    Raises
    ------
    UsageError
        With every fault: unknown keys with the nearest known one, missing keys, wrong types.
    """
    content = read_yaml(path)
    if content is None:
        raise UsageError(f"{path.name} is empty; it must hold `study:` and `reports:`")
    if not isinstance(content, dict):
        raise UsageError(f"{path.name} must hold `study:` and `reports:`; got {in_words(content)}")
    try:
        return Study.model_validate(content)
    except ValidationError as error:
        raise UsageError("\n".join(_fault(path.name, item) for item in error.errors())) from error


def _fault(file: str, item: Any) -> str:
    place = ".".join(str(part + 1) if isinstance(part, int) else part for part in item["loc"])
    if item["type"] == "extra_forbidden":
        known = Entry.model_fields if "reports" in item["loc"] else Study.model_fields
        return f"{file}: unknown key {place}. {nearest(str(item['loc'][-1]), known)}"
    if item["type"] == "missing":
        return f"{file}: key {place} is missing"
    hint = ". Put it in quotes" if item["type"] == "string_type" and isinstance(item["input"], bool) else ""
    rule = RULES.get(item["type"]) or f"must be {item['ctx']['expected']}"
    return f"{file}: {place}: {rule}; got {in_words(item['input'])}{hint}"


def expand(study: Study) -> list[Order]:
    """Every report of a study, matrices multiplied out, overviews last because they read the others.

    Raises
    ------
    UsageError
        If two reports have one name, or a name cannot be a folder's.
    """
    orders = [order for entry in study.reports for order in _expand_entry(entry)]
    names = [order.name for order in orders]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(
            f"report names must differ; {', '.join(twice)} stands more than once. Give each a `name:`"
        )
    odd = [name for name in names if not NAME.fullmatch(name)]
    if odd:
        raise UsageError(
            f"report names hold letters, digits, dots, dashes and underscores; got {', '.join(odd)}"
        )
    return sorted(orders, key=lambda order: Path(order.notebook).stem == "overview")


def _expand_entry(entry: Entry) -> list[Order]:
    name = entry.name or Path(entry.notebook).stem
    both = sorted(set(entry.parameters) & set(entry.matrix))
    if both:
        raise UsageError(f"report {name}: {', '.join(both)} stands under parameters and under matrix")
    if not entry.matrix:
        return [Order(name, entry.notebook, entry.parameters, entry.read)]
    combinations = itertools.product(*entry.matrix.values())
    orders = []
    for values in combinations:
        suffix = "-".join(re.sub(r"[^A-Za-z0-9.]+", "-", str(value)).strip("-") for value in values)
        orders.append(
            Order(
                f"{name}-{suffix}",
                entry.notebook,
                entry.parameters | dict(zip(entry.matrix, values, strict=True)),
                entry.read,
            )
        )
    return orders
