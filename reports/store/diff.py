"""What changed between two versions: parameters, inputs, code, environment, and which numbers by how much."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.project import read_notebook
from reports.store.claims import compare_claims, read_claims
from reports.store.sameness import Tolerance, first_difference, unequal_cells, widest
from reports.store.versions import Stored

CODE_PARTS = {
    "notebook": "the notebook",
    "lib": "the library",
    "reports": "the report's code or template",
    "reference": "the reference data",
    "programme": "the programme",
    "lock": "the lock file",
}
NUMBERS_SHOWN = 40


def compare(before: Stored, now: Stored) -> dict[str, Any]:
    """All that differs, by kind; an empty part means no change there.

    Returns
    -------
    dict
        ``before``, ``now``, ``same_results``, ``parameters``, ``inputs``, ``code``, ``environment``,
        ``machine``, ``claims`` (sentences), ``tables``, ``numbers``, ``words`` (the first output that says
        something else).

    Notes
    -----
    Results are the same where `reports.store.sameness` says so, with the tolerances that the tables of `now`
    state.
    """
    old, new = before.metadata, now.metadata
    same_bits = bool(old.get("result_hash")) and old.get("result_hash") == new.get("result_hash")
    accuracy = new.get("accuracy") or {}
    tables, numbers = _compare_tables(before.folder / "tables", now.folder / "tables", accuracy)
    words = "" if same_bits else _compare_words(before, now, accuracy)
    return {
        "before": {k: old[k] for k in ("report", "version", "created", "status")},
        "now": {k: new[k] for k in ("report", "version", "created", "status")},
        "same_results": same_bits or not (tables or numbers or words),
        "parameters": _changes(
            {p["name"]: p["value"] for p in old["parameters"]},
            {p["name"]: p["value"] for p in new["parameters"]},
        ),
        "inputs": _changes(_input_hashes(old), _input_hashes(new)),
        "code": [
            words for part, words in CODE_PARTS.items() if old["parts"].get(part) != new["parts"].get(part)
        ],
        "environment": _changes(old["environment"], new["environment"]),
        "machine": _changes(old.get("machine") or {}, new.get("machine") or {}),
        "claims": compare_claims(read_claims(before.folder), read_claims(now.folder), accuracy),
        "tables": tables,
        "numbers": numbers,
        "words": words,
    }


def _compare_words(before: Stored, now: Stored, accuracy: Mapping[str, Any]) -> str:
    """What the outputs say, where both runs came through; a notebook that changed may say what it likes."""
    if not (before.good and now.good) or before.metadata["parts"].get("notebook") != now.metadata[
        "parts"
    ].get("notebook"):
        return ""
    stated = [value for columns in accuracy.values() for value in columns.values()]
    old, new = (read_notebook(stored.folder / "notebook.ipynb") for stored in (before, now))
    return first_difference(old, new, widest(stated))


def _input_hashes(metadata: Mapping[str, Any]) -> dict[str, str]:
    return {f"{i['parameter']}: {Path(i['name']).name}": i["sha256"][:12] for i in metadata["inputs"]}


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = [*old, *(name for name in new if name not in old)]
    return [{"name": n, "before": old.get(n), "now": new.get(n)} for n in names if old.get(n) != new.get(n)]


def _compare_tables(
    old: Path, new: Path, accuracy: Mapping[str, Any]
) -> tuple[list[str], list[dict[str, Any]]]:
    before, now = ({p.name for p in folder.glob("*.csv*")} for folder in (old, new))
    sentences = [f"{name} is gone" for name in sorted(before - now)] + [
        f"{name} is new" for name in sorted(now - before)
    ]
    numbers: list[dict[str, Any]] = []
    for name in sorted(before & now):
        if (old / name).read_bytes() != (new / name).read_bytes():
            stated = accuracy.get(name.partition(".")[0], {})
            more, changed = _compare_table(name, old / name, new / name, stated)
            sentences += more
            numbers += changed
    return sentences, numbers


def _compare_table(
    name: str, old: Path, new: Path, accuracy: Mapping[str, Any]
) -> tuple[list[str], list[dict[str, Any]]]:
    """Rows are matched by their columns of text, in order where those repeat."""
    import pandas as pd

    a, b = pd.read_csv(old), pd.read_csv(new)
    columns = [c for c in a.columns if c in set(b.columns)]
    sentences = [f"{name}: column {c} is gone" for c in a.columns if c not in columns]
    sentences += [f"{name}: column {c} is new" for c in b.columns if c not in columns]
    keys = _key_columns(a[columns], b[columns])
    a, b = _keyed(a, keys), _keyed(b, keys)
    gone, added = a.index.difference(b.index, sort=False), b.index.difference(a.index, sort=False)
    sentences += [f"{name}: {len(gone)} rows are gone"] if len(gone) else []
    sentences += [f"{name}: {len(added)} rows are new"] if len(added) else []
    common = a.index[a.index.isin(b.index)]
    values = [c for c in columns if c not in keys]
    changed = [
        {"table": name, "row": _row_name(row), "column": c, **_change(x, y)}
        for c in values
        for row, x, y in _unequal(a.loc[common, c], b.loc[common, c], accuracy.get(c))
    ]
    return sentences, changed


def _key_columns(a: Any, b: Any) -> list[str]:
    """Columns of text that hold the same set of words in both tables name the rows; the rest are results."""
    texts = [c for c in a.columns if a[c].dtype == object and b[c].dtype == object]
    return [c for c in texts if set(a[c].dropna()) == set(b[c].dropna())] or texts[:1]


def _keyed(frame: Any, keys: list[str]) -> Any:
    if not keys:
        return frame.set_axis([(str(i + 1),) for i in range(len(frame))])
    words = frame[keys].fillna("").astype(str)
    repeat = words.groupby(keys).cumcount()
    return frame.set_axis(
        [(*row, n) for row, n in zip(words.itertuples(index=False, name=None), repeat, strict=True)]
    )


def _unequal(old: Any, new: Any, stated: Any) -> Any:
    """Cells that differ, found at once: tables of cells have a hundred thousand rows."""
    mask = unequal_cells(old, new, None if stated is None else Tolerance.of(stated))
    return zip(old.index[mask], old[mask], new[mask], strict=True)


def _row_name(row: tuple[Any, ...]) -> str:
    words = [str(part) for part in row[:-1]] if len(row) > 1 else [f"row {row[0]}"]
    return ", ".join(word for word in words if word) + (
        f" (no. {row[-1] + 1})" if len(row) > 1 and row[-1] else ""
    )


def _blank(x: Any) -> bool:
    return x is None or bool(x != x)


def _change(x: Any, y: Any) -> dict[str, Any]:
    before, now = (None if _blank(v) else v.item() if hasattr(v, "item") else v for v in (x, y))
    both = isinstance(before, (int, float)) and isinstance(now, (int, float)) and not isinstance(before, bool)
    percent = 100 * (now / before - 1) if both and before else None
    return {"before": before, "now": now, "percent": percent}


def to_text(found: Mapping[str, Any]) -> str:
    """The comparison in words: first whether any number changed, then what may be the cause."""
    before, now = found["before"], found["now"]
    lines = [
        f"{before['report']} {before['version']} ({before['created'][:10]}, {before['status']}) → "
        f"{now['report']} {now['version']} ({now['created'][:10]}, {now['status']})"
    ]
    lines.append(headline(found))
    lines += [f"claim: {sentence}" for sentence in found["claims"]]
    for kind in ("parameters", "inputs", "environment", "machine"):
        lines += [f"{kind}: {c['name']}: {_words(c)}" for c in found[kind]]
    lines += [f"code: {words} changed" for words in found["code"]]
    lines += [f"table {sentence}" for sentence in found["tables"]]
    numbers = _largest_first(found["numbers"])
    lines += [_number(c) for c in numbers[:NUMBERS_SHOWN]]
    if len(numbers) > NUMBERS_SHOWN:
        lines.append(f"… and {len(numbers) - NUMBERS_SHOWN} more values; all of them with --json")
    return "\n".join(lines)


def changes_for_page(before: Stored, now: Stored) -> dict[str, list[str]]:
    """The comparison as sentences under the headings that a report's page has."""
    found = compare(before, now)
    said = {
        kind: [f"{c['name']}: {_words(c)}" for c in found[kind]]
        for kind in ("parameters", "inputs", "environment")
    }
    code = [f"{words} changed" for words in found["code"]] + said["environment"]
    return {
        "parameters": said["parameters"],
        "inputs": said["inputs"],
        "code": code,
        "numbers": (
            found["claims"]
            + found["tables"]
            + [_number(c) for c in _largest_first(found["numbers"])[:NUMBERS_SHOWN]]
        ),
    }


def _largest_first(numbers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(numbers, key=lambda c: -abs(c["percent"] or 0))


def _number(c: Mapping[str, Any]) -> str:
    percent = f" ({c['percent']:+.3g} %)" if c["percent"] is not None else ""
    return f"{c['table']}: {c['row']}: {c['column']}: {_words(c)}{percent}"


def headline(found: Mapping[str, Any]) -> str:
    """Whether anything changed, in a sentence."""
    if found["same_results"]:
        return "Same results."
    if found["numbers"] or found["tables"]:
        values, tables = len(found["numbers"]), len({c["table"] for c in found["numbers"]})
        return (
            f"{values} {'value' if values == 1 else 'values'} changed in {tables}"
            f" {'table' if tables == 1 else 'tables'}."
        )
    return f"No table changed; an output says something else: {found['words']}."


def _words(change: Mapping[str, Any]) -> str:
    """Before and now, with as many digits as it takes to tell them apart; 17 tell any two numbers apart."""
    before, now = change["before"], change["now"]
    pairs = ((_word(before, digits), _word(now, digits)) for digits in range(6, 18))
    apart = next((pair for pair in pairs if pair[0] != pair[1]), (_word(before, 17), _word(now, 17)))
    return " → ".join(apart)


def _word(value: Any, digits: int) -> str:
    if value is None or value == "":
        return "none"
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)
