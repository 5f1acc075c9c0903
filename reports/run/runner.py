"""Make one report: cache, run, verdict, metadata, page, and into place."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lib.places import CODE, ROOT
from reports.page.blocks import MIME
from reports.project import SITE, read_notebook, title_of
from reports.run import engine as engines
from reports.run.engine import DEFAULT_TIMEOUT_S
from reports.run.plan import Job, with_version
from reports.store import version
from reports.store import versions as store
from reports.store.claims import FILE as CLAIMS
from reports.store.machine import describe_machine
from reports.store.memory import PROGRAMME_KEY, remember_files
from reports.store.packages import LOADED, VARIABLE, imported_versions
from reports.study.convert import in_words
from reports.study.origin import origins_of


@dataclass(frozen=True)
class Options:
    """How to run, the same for every job.

    Parameters
    ----------
    site : Path
        Where versions go.
    engine : str
        ``warm`` or ``kernel``.
    timeout : float
        Seconds per cell.
    force : bool
        Run although the version is there.
    pdf : bool
        Also print the page to report.pdf.
    """

    site: Path
    engine: str = "warm"
    timeout: float = DEFAULT_TIMEOUT_S
    force: bool = False
    pdf: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one job, as ``--json`` prints it."""

    report: str
    notebook: str
    version: str
    status: str
    path: str
    seconds: float
    error: str = ""
    alarm: str = ""

    def to_json(self) -> dict[str, Any]:
        """The contract's object."""
        return {k: v for k, v in asdict(self).items() if k != "alarm"} | {"error": self.error or None}


def run_job(job: Job, options: Options, on_cell: Callable[[int, int], None] | None = None) -> Outcome:
    """Make one report, or find it made already."""
    start = time.monotonic()
    job = with_version(job, options.site)
    earlier = store.find_good(options.site, job.report, job.version)
    if earlier and not options.force and (not options.pdf or (earlier.folder / "report.pdf").is_file()):
        return _outcome(job, "cached", earlier.folder, start)
    with store.workplace(options.site, job.report, job.version) as folder:
        run = _execute(job, options, folder, on_cell)
        if run.status == "invalid":
            return _outcome(job, "invalid", None, start, run.failure)
        content = _write(job, options, folder, run)
        if options.pdf and run.status == "done":
            from reports.page.pdf import print_page

            print_page(folder / "report.html", folder / "report.pdf")
        alarm = _alarm(earlier, store.Stored(folder, content))  # before the earlier one is swept away
        final = store.publish(folder, options.site, job.report, job.version, good=run.status == "done")
    paths = {v.parameter.name: v.path for v in job.values if v.path}
    paths |= {PROGRAMME_KEY: job.programme.folder} if job.programme.folder else {}
    remember_files(job.version, paths, job.notebook, version.hidden_paths(job.values))
    return _outcome(job, run.status, final, start, run.failure, alarm)


def _outcome(
    job: Job, status: str, path: Path | None, start: float, failure: Any = None, alarm: str = ""
) -> Outcome:
    seconds = round(time.monotonic() - start, 3)
    error = str(failure) if failure else ""
    if failure and status == "invalid":
        error = failure.message
    return Outcome(
        job.report,
        job.notebook.stem,
        job.version,
        status,
        str(path.resolve()) if path else "",
        seconds,
        _scrub(error, job, None),
        alarm,
    )


def _execute(job: Job, options: Options, folder: Path, on_cell: Any) -> engines.Execution:
    environment = {
        **job.environment(),
        "TME_OUTPUT": str(folder.resolve()),
        "TME_SITE": str(options.site.resolve()),
        VARIABLE: str(folder.resolve() / LOADED),
    }
    return engines.execute(
        job.notebook,
        job.changed(),
        folder=job.notebook.parent,
        environment=environment,
        engine=options.engine,
        timeout=options.timeout,
        log=folder / "log.txt",
        on_cell=on_cell,
    )


def _write(job: Job, options: Options, folder: Path, run: engines.Execution) -> dict[str, Any]:
    """All files of a version except the tables and figures, which the notebook wrote."""
    notebook = json.loads(_scrub(json.dumps(run.notebook, ensure_ascii=False), job, folder))
    origin = _card(notebook).get("origin") or job.origin
    notebook["metadata"]["tme"] = {"version": job.version, "status": run.status, "origin": origin}
    store.write_json(folder / "notebook.ipynb", notebook)
    content = _metadata(job, options, folder, run, notebook)
    store.write_json(folder / "metadata.json", content)
    _write_log(job, folder, run, content)
    if (
        run.status == "done" and not (folder / CLAIMS).exists()
    ):  # a notebook of somebody's own may claim nothing
        store.write_json(folder / CLAIMS, [])
    from reports.store.crate import write_crate

    render(folder)  # first, so that the crate names the page and what it laid beside itself
    write_crate(folder, content)
    return content


def _metadata(
    job: Job, options: Options, folder: Path, run: engines.Execution, notebook: dict[str, Any]
) -> dict[str, Any]:
    previous = next(
        (
            s
            for s in store.list_versions(options.site, job.report)
            if s.good and s.metadata.get("study") == job.study and s.version != job.version
        ),
        None,
    )
    finished = datetime.now(UTC)
    origins = origins_of(job.values, job.origin)
    content: dict[str, Any] = {
        "report": job.report,
        "notebook": job.notebook.stem,
        "title": title_of(read_notebook(job.notebook)),
        "study": job.study,
        "programme": job.programme.name,
        "version": job.version,
        "status": run.status,
        "created": finished.isoformat(timespec="milliseconds"),
        "seconds": round(run.seconds, 3),
        "origin": notebook["metadata"]["tme"]["origin"],
        "parameters": [
            {
                "name": v.parameter.name,
                "value": v.shown,
                "default": _default(v),
                "help": v.parameter.help,
                "rule": v.parameter.rule,
                "given": v.given,
                "changed": v.shown != _default(v),
            }
            for v in job.values
        ],
        "inputs": [{**item, "origin": origins[item["parameter"]]} for item in job.inputs],
        "engine": options.engine,
        "environment": imported_versions(notebook, folder),
        "machine": describe_machine(),
        "accuracy": _accuracy(notebook),
        "card": _card(notebook),
        "command": job.command,
        "site": _site_in_words(options.site),
        "result_hash": version.hash_results(folder, notebook) if run.status == "done" else "",
        "previous": previous.version if previous else None,
        "previous_created": previous.metadata["created"] if previous else None,
        "parts": job.parts,
        "error": run.failure.to_json() if run.failure else None,
    }
    if previous and run.status == "done":
        from reports.store.diff import changes_for_page

        content["changes"] = changes_for_page(previous, store.Stored(folder, content))
    if previous and run.status != "done":
        content["last_good"] = {"version": previous.version, "created": previous.metadata["created"]}
    scrubbed: dict[str, Any] = json.loads(_scrub(json.dumps(content, ensure_ascii=False), job, folder))
    return scrubbed


def _site_in_words(site: Path) -> str:
    """What ``--site`` must name to find the version again, from the working folder; empty where it needs no
    name."""
    site = site.resolve()
    if site == SITE.resolve():
        return ""
    below = site.is_relative_to(Path.cwd())
    return site.relative_to(Path.cwd()).as_posix() if below else site.name


def _default(value: Any) -> str:
    return in_words(value.parameter.default)


def _published(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """What the notebook published, in order."""
    shown = (o.get("data", {}).get(MIME) for cell in notebook["cells"] for o in cell.get("outputs", []))
    return [content for content in shown if content]


def _card(notebook: dict[str, Any]) -> dict[str, Any]:
    """The card on top of the report; empty where it has none."""
    cards = [content for content in _published(notebook) if content.get("kind") == "summary"]
    return {k: v for k, v in cards[-1].items() if k != "kind"} if cards else {}


def _accuracy(notebook: dict[str, Any]) -> dict[str, Any]:
    """Tolerances that the tables state for columns of their own, by table and column."""
    return {c["name"].partition(".")[0]: c["accuracy"] for c in _published(notebook) if c.get("accuracy")}


def _scrub(text: str, job: Job, folder: Path | None) -> str:
    """Replace this machine's paths by what the user typed, or by paths from the project's root."""
    known = [(str(v.path), v.shown) for v in job.values if v.path]
    if folder:
        known += [(f"{folder.resolve()}/", ""), (str(folder.resolve()), "output")]
    known += [(str(job.programme.folder), job.programme.typed)] if job.programme.folder else []
    known += [(f"{job.notebook.parent}/", "")]
    known += [(f"{home}/", "~/")] if (home := Path.home()) != Path(home.anchor) else []
    known += [item for root in (ROOT, CODE) for item in ((f"{root}/", ""), (str(root), "."))]
    for path, shown in sorted(known, key=lambda item: -len(item[0])):
        text = text.replace(
            json.dumps(path, ensure_ascii=False)[1:-1], json.dumps(shown, ensure_ascii=False)[1:-1]
        )
    return text


def _write_log(job: Job, folder: Path, run: engines.Execution, content: dict[str, Any]) -> None:
    path = folder / "log.txt"
    printed = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    lines = [f"report {job.report}, version {job.version}, engine {content['engine']}", content["command"]]
    for index, cell in enumerate(run.notebook["cells"]):
        seconds = cell["metadata"].get("papermill", {}).get("duration")
        if seconds is not None:
            lines.append(f"cell {index + 1}: {seconds:.3f} s")
    lines.append(f"{run.status} at {content['created']} after {run.seconds:.3f} s")
    lines += [str(run.failure)] if run.failure else []
    text = "\n".join(lines) + ("\n\nprinted by the process:\n" + printed if printed.strip() else "\n")
    path.write_text(_scrub(text, job, folder), encoding="utf-8")


def render(folder: Path) -> None:
    """Write the page; a fault of the page must not lose the results."""
    import logging

    try:
        from reports.page.render import render_report
    except ModuleNotFoundError as error:
        if error.name != "reports.page.render":
            raise
        logging.getLogger("tme").warning("no page: reports.page.render is absent")
        return
    render_report(folder)


def _alarm(earlier: store.Stored | None, now: store.Stored) -> str:
    """The same version with other results: something outside the version changes the numbers."""
    if not earlier or not now.good:
        return ""
    from reports.store.diff import compare, headline

    found = compare(earlier, now)
    return (
        "" if found["same_results"] else f"same version, other results: not reproducible. {headline(found)}"
    )
