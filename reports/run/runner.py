"""Make one report: cache, run, verdict, metadata, page, and into place."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reports.json_files import write_json
from reports.run import engine as engines
from reports.run.engine import DEFAULT_TIMEOUT_S
from reports.run.metadata import card_of, describe_run
from reports.run.plan import Job, with_version
from reports.run.scrub import scrub, scrub_json
from reports.store import version
from reports.store import versions as store
from reports.store.claims import FILE as CLAIMS
from reports.store.memory import PROGRAMME_KEY, remember_files
from reports.store.packages import LOADED, VARIABLE


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
        scrub(error, job, None),
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
    notebook = scrub_json(run.notebook, job, folder)
    origin = card_of(notebook).get("origin") or job.origin
    notebook["metadata"]["tme"] = {"version": job.version, "status": run.status, "origin": origin}
    write_json(folder / "notebook.ipynb", notebook)
    content = describe_run(job, run, notebook, folder, site=options.site, engine=options.engine)
    content = scrub_json(content, job, folder)
    write_json(folder / "metadata.json", content)
    _write_log(job, folder, run, content)
    if run.status == "done" and not (folder / CLAIMS).exists():
        write_json(folder / CLAIMS, [])  # a notebook of somebody's own may claim nothing
    from reports.page.render import render_report  # late: a cached report needs neither
    from reports.store.crate import write_crate

    render_report(folder)  # first, so that the crate names the page and what it laid beside itself
    write_crate(folder, content)
    return content


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
    path.write_text(scrub(text, job, folder), encoding="utf-8")


def _alarm(earlier: store.Stored | None, now: store.Stored) -> str:
    """The same version with other results: something outside the version changes the numbers."""
    if not earlier or not now.good:
        return ""
    from reports.store.diff import compare, headline

    found = compare(earlier, now)
    return (
        "" if found["same_results"] else f"same version, other results: not reproducible. {headline(found)}"
    )
