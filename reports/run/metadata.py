"""What a version says of itself: how it was made, of what, in which environment, and what came before it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reports.page.blocks import MIME
from reports.project import SITE, read_notebook, title_of
from reports.run.engine import Execution
from reports.run.plan import Job
from reports.store import version
from reports.store import versions as store
from reports.store.machine import describe_machine
from reports.store.packages import imported_versions
from reports.study.convert import in_words
from reports.study.origin import origins_of
from reports.study.parameters import Value


def describe_run(
    job: Job, run: Execution, notebook: dict[str, Any], folder: Path, *, site: Path, engine: str
) -> dict[str, Any]:
    """The content of ``metadata.json``.

    Parameters
    ----------
    job : Job
        With its version.
    run : Execution
        What became of it.
    notebook : dict
        As the version holds it.
    folder : Path
        That of the version, with the files that the notebook wrote.
    site : Path
        Where the version goes.
    engine : str
        ``warm`` or ``kernel``.
    """
    done = run.status == "done"
    origins = origins_of(job.values, job.origin)
    content = {
        "report": job.report,
        "notebook": job.notebook.stem,
        "title": title_of(read_notebook(job.notebook)),
        "study": job.study,
        "programme": job.programme.name,
        "version": job.version,
        "status": run.status,
        "created": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "seconds": round(run.seconds, 3),
        "origin": notebook["metadata"]["tme"]["origin"],
        "parameters": [_parameter(value) for value in job.values],
        "inputs": [{**item, "origin": origins[item["parameter"]]} for item in job.inputs],
        "engine": engine,
        "environment": imported_versions(notebook, folder),
        "machine": describe_machine(),
        "accuracy": _accuracy(notebook),
        "card": card_of(notebook),
        "command": job.command,
        "site": _site_in_words(site),
        "result_hash": version.hash_results(folder, notebook) if done else "",
        "parts": job.parts,
        "error": run.failure.to_json() if run.failure else None,
    }
    return content | _history(job, store.Stored(folder, content), site)


def _parameter(value: Value) -> dict[str, Any]:
    default = in_words(value.parameter.default)
    return {
        "name": value.parameter.name,
        "value": value.shown,
        "default": default,
        "help": value.parameter.help,
        "rule": value.parameter.rule,
        "given": value.given,
        "changed": value.shown != default,
    }


def _history(job: Job, now: store.Stored, site: Path) -> dict[str, Any]:
    """The last good version of the study's report, and what changed since; of a failed run, when that was."""
    earlier = (s for s in store.list_versions(site, job.report) if s.good and s.version != job.version)
    previous = next((s for s in earlier if s.metadata.get("study") == job.study), None)
    if previous is None:
        return {"previous": None, "previous_created": None}
    made = previous.metadata["created"]
    content = {"previous": previous.version, "previous_created": made}
    if not now.good:
        return {**content, "last_good": {"version": previous.version, "created": made}}
    from reports.store.diff import changes_for_page

    return {**content, "changes": changes_for_page(previous, now)}


def _site_in_words(site: Path) -> str:
    """What ``--site`` must name to find the version again, from the working folder; empty where it needs no
    name."""
    site = site.resolve()
    if site == SITE.resolve():
        return ""
    below = site.is_relative_to(Path.cwd())
    return site.relative_to(Path.cwd()).as_posix() if below else site.name


def _published(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """What the notebook published, in order."""
    shown = (o.get("data", {}).get(MIME) for cell in notebook["cells"] for o in cell.get("outputs", []))
    return [content for content in shown if content]


def card_of(notebook: dict[str, Any]) -> dict[str, Any]:
    """The card on top of the report; empty where it has none."""
    cards = [content for content in _published(notebook) if content.get("kind") == "summary"]
    return {k: v for k, v in cards[-1].items() if k != "kind"} if cards else {}


def _accuracy(notebook: dict[str, Any]) -> dict[str, Any]:
    """Tolerances that the tables state for columns of their own, by table and column."""
    return {c["name"].partition(".")[0]: c["accuracy"] for c in _published(notebook) if c.get("accuracy")}
