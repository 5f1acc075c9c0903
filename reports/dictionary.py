"""data/README.md from the table contracts: every column with its kind, unit and rule, from the one place that
holds them."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import lib.tables
from lib.tables.contract import Column, Contract

HEAD = (
    "# Data\n"
    "\n"
    "- `published/`: the tables of the source document and further facts, one value a row, with "
    "source, status (primary, secondary, unverified) and note.\n"
    "- `example/`: the example study. Everything in it is **simulated** from the published values by "
    "`example/simulate.py` (fixed seed, same bytes each time: `make data`); agreement with them is "
    "calibration, not evidence. Files ending in `_truth.csv` hold what was drawn.\n"
    "\n"
    "# Columns of input tables\n"
    "\n"
    "Generated from the contracts in `lib/tables` by `python -m reports.dictionary`; do not edit. "
    "CSV, TSV (also `.gz`), XLSX or Parquet; UTF-8 with or without BOM; comma, semicolon or tab. "
    "Order does not matter, extra columns are kept and ignored. An empty measurement is an exclusion "
    "and is listed; an empty key is an error. Columns ending in `_uM` may end in `_M _mM _nM _pM` "
    "instead and are converted.\n"
)


def write_dictionary() -> str:
    """Markdown with a section for each contract of `lib.tables`."""
    sections = [HEAD.strip()]
    for module in sorted(m.name for m in pkgutil.iter_modules(lib.tables.__path__)):
        names = vars(importlib.import_module(f"lib.tables.{module}"))
        for name, contract in names.items():
            if isinstance(contract, Contract) and name.isupper():
                sections.append(_section(module, contract))
    return "\n\n".join(dict.fromkeys(sections)) + "\n"


def _section(module: str, contract: Contract) -> str:
    lines = [
        f"## {contract.name} (`lib/tables/{module}.py`)",
        "",
        "| column | kind | rule | meaning |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{c.name}` | {c.kind} | {_rule(c)} | {c.help.replace('|', '/')} |" for c in contract.columns
    ]
    for unique in contract.unique:
        names = ", ".join(f"`{name}`" for name in (*unique.columns, *unique.also))
        said = f" ({unique.rule})" if unique.rule else ""
        lines += ["", f"One row for each {names}{said}."]
    return "\n".join(lines)


def _rule(column: Column) -> str:
    parts = ["required" if column.required and column.default is None else "optional"]
    parts += ["never empty"] if column.key else []
    parts += [f"default {column.default}"] if column.default is not None else []
    parts += [f"one of {', '.join(column.choices)}"] if column.choices else []
    bounds = ((">", column.above), ("≥", column.at_least), ("≤", column.at_most))
    parts += [f"{sign} {value:g}" for sign, value in bounds if value is not None]
    return "; ".join(parts)


if __name__ == "__main__":
    (Path(__file__).resolve().parents[1] / "data" / "README.md").write_text(
        write_dictionary(), encoding="utf-8"
    )
