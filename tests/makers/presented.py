"""What a presentation shows, as text that a person can read and a snapshot can hold."""

from __future__ import annotations

import os
from collections.abc import Sequence

from lib.places import ROOT
from reports.fields import TABLE
from reports.shown import Answer, Figure, Panels, Parts, Table, Text
from reports.wording import phrase

SNAPSHOTS = ROOT / "tests" / "snapshots" / "present"
MOST_ROWS = 12


def as_text(part: Parts | Answer) -> str:
    """Captions, notes, headers, rows, sentences and claims; pictures by their words alone."""
    if part is None:
        return "nothing\n"
    if isinstance(part, Text):
        return f"text: {part.markdown}\n"
    if isinstance(part, Figure):
        return f"figure {part.name}\n  caption: {part.caption}\n  alt: {part.alt}\n"
    if isinstance(part, Panels):
        return f"{len(part.drawings)} panels {part.name}\n  caption: {part.caption}\n  alt: {part.alt}\n"
    if isinstance(part, Table):
        return _table(part)
    if isinstance(part, Answer):
        facts = {
            "answer": part.answer,
            "quality": part.quality,
            "published": part.published,
            "caution": part.caution,
        }
        lines = [f"{name}: {said}" for name, said in facts.items() if said]
        lines += [f"flag: {flag}" for flag in part.flags] + [
            f"claim {c.id}: {phrase(c)}" for c in part.claims
        ]
        return "\n".join(lines) + "\n"
    return "".join(map(as_text, part)) or "nothing\n"


def _table(table: Table) -> str:
    shown = table.frame if table.show is None else table.show
    assert shown.attrs.get(TABLE, table.name) == table.name, "columns are named as of another table"
    head = [" ".join(str(c).split("\n")) for c in shown.columns]
    rows = [" | ".join(map(str, row)) for row in shown.head(MOST_ROWS).itertuples(index=False, name=None)]
    flagged = [str(i) for i, flag in enumerate(table.flagged) if flag]
    lines = [
        f"table {table.name}, {len(shown)} rows{', folded' if table.fold else ''}",
        f"  caption: {table.caption}",
    ]
    lines += [f"  note: {table.note}"] if table.note else []
    lines += [f"  flagged: {', '.join(flagged)}"] if flagged else []
    return "\n".join([*lines, "  " + " | ".join(head), *(f"  {row}" for row in rows)]) + "\n"


def check_snapshot(name: str, parts: Sequence[Parts | Answer] | Parts | Answer) -> None:
    """Hold what is shown to ``tests/snapshots/present/NAME.txt``; with ``TME_SNAPSHOTS=write`` in the
    environment, write it.

    A snapshot proves that words did not change, not that they are right: read it before it is committed.
    """
    path, said = SNAPSHOTS / f"{name}.txt", as_text(parts)  # type: ignore[arg-type]
    if os.environ.get("TME_SNAPSHOTS") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said, encoding="utf-8")
    assert path.is_file(), f"no snapshot {name}; write it with TME_SNAPSHOTS=write and read it"
    assert said == path.read_text(encoding="utf-8")
