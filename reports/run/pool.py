"""Many jobs at once: worker processes, or a Dask cluster; one that fails never stops the others."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from typing import Any

from lib.places import CODE
from reports.project import read_notebook
from reports.run import process
from reports.run.plan import Job
from reports.run.process import POLL_S, Child
from reports.run.runner import Options, Outcome, run_job
from reports.store.packages import imported_modules

HEAVY = frozenset(
    {
        "numpy",
        "pandas",
        "scipy",
        "scipy.optimize",
        "scipy.stats",
        "matplotlib",
        "matplotlib.pyplot",
        "seaborn",
        "lmfit",
        "statsmodels",
        "statsmodels.api",
        "statsmodels.formula.api",
        "skimage",
        "tifffile",
        "flowkit",
    }
)
"""Libraries worth importing once for many reports, none of which says anything while it is imported."""

OnCell = Callable[[Job, int, int], None]
OnDone = Callable[[Outcome], None]


def run_jobs(
    jobs: Sequence[Job],
    options: Options,
    *,
    processes: int = 1,
    on_cell: OnCell | None = None,
    on_done: OnDone | None = None,
) -> list[Outcome]:
    """Run jobs in worker processes; overviews after all others.

    Returns
    -------
    list of Outcome
        In the order of the jobs.
    """
    outcomes: dict[int, Outcome] = {}
    first = [i for i, job in enumerate(jobs) if not job.is_overview]
    last = [i for i, job in enumerate(jobs) if job.is_overview]
    for group in (first, last):
        for index, outcome in _run_group(jobs, group, options, processes, on_cell, on_done):
            outcomes[index] = outcome
    return [outcomes[i] for i in range(len(jobs))]


def _run_group(
    jobs: Sequence[Job], group: list[int], options: Options, processes: int, on_cell: Any, on_done: Any
) -> Iterator[tuple[int, Outcome]]:
    waiting = list(group)
    running: dict[int, Child] = {}
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                index = waiting.pop(0)
                running[index] = process.start(_work, jobs[index], options)
            for index, message in _next_messages(running):
                if isinstance(message, tuple):
                    if on_cell:
                        on_cell(jobs[index], *message)
                    continue
                running.pop(index).ask_to_end()
                outcome = message or _lost(jobs[index])
                if on_done:
                    on_done(outcome)
                yield index, outcome
    finally:
        for worker in running.values():
            worker.ask_to_end()


def _next_messages(running: Mapping[int, Child]) -> list[tuple[int, Any]]:
    """What workers tell: a cell and how many, an outcome, or None from one that has ended without a word."""
    ready = wait([worker.reader for worker in running.values()], POLL_S)
    told = [(index, _receive(worker.reader)) for index, worker in running.items() if worker.reader in ready]
    lost = [
        (index, None)
        for index, worker in running.items()
        if not ready and worker.ended() and not worker.reader.poll()
    ]
    return told + lost


def _receive(reader: Connection) -> Any:
    try:
        return reader.recv()
    except (EOFError, OSError):
        return None


def _lost(job: Job) -> Outcome:
    return Outcome(
        job.report,
        job.notebook.stem,
        job.version,
        "failed",
        "",
        0.0,
        "the worker process ended without a word",
    )


def _work(writer: Connection, job: Job, options: Options) -> None:
    """Never returns; a fault of the runner itself becomes a failed report."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        outcome = run_job(job, options, on_cell=lambda cell, of: writer.send((cell, of)))
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        outcome = Outcome(job.report, job.notebook.stem, job.version, "failed", "", 0.0, text)
    except BaseException:
        os._exit(1)
    with contextlib.suppress(OSError):
        writer.send(outcome)
    os._exit(0)


def preload(jobs: Sequence[Job], *, engine: str) -> None:
    """Import once, before forking, what the notebooks import of the suite and of `HEAVY`.

    Anything else is of the user's choice and is imported in the notebook, so that what it prints, warns of or
    changes while it is imported belongs to its cell. A failure is left for the notebook to report. A spawned
    child imports for itself; there is nothing to prepare.
    """
    if not process.forks():
        return
    from reports.run.papermill_run import import_papermill

    import_papermill()
    if engine == "warm":
        for name in sorted({name for job in jobs for name in to_preload(read_notebook(job.notebook))}):
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    gc.collect()
    gc.freeze()


def to_preload(notebook: dict[str, Any]) -> set[str]:
    """Modules that a notebook imports and that are the suite's own or `HEAVY`."""
    names = imported_modules(notebook)
    return {name for name in names if name in HEAVY or name.partition(".")[0] in ("lib", "reports")}


def run_on_cluster(
    jobs: Sequence[Job], options: Options, address: str, on_done: OnDone | None = None
) -> list[Outcome]:
    """Send jobs to a Dask scheduler; its workers need this checkout and the site under the same paths."""
    from reports.project import UsageError

    try:
        from distributed import Client, as_completed
    except ModuleNotFoundError as error:
        raise UsageError(
            "--cluster needs the optional extra: pip install 'tme-notebooks[cluster]'"
        ) from error
    try:
        client = Client(address, timeout="15s")
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError(f"no Dask scheduler at {address}: {error}") from error
    outcomes: dict[int, Outcome] = {}
    with client:
        for last in (False, True):
            futures = {
                client.submit(run_apart, job, options, pure=False): i
                for i, job in enumerate(jobs)
                if job.is_overview == last
            }
            for future in as_completed(futures):
                index = futures[future]
                fault = future.exception()
                outcome = replace(_lost(jobs[index]), error=str(fault)) if fault else future.result()
                outcomes[index] = outcome
                if on_done:
                    on_done(outcome)
    return [outcomes[i] for i in range(len(jobs))]


def run_apart(job: Job, options: Options) -> Outcome:
    """Run one job in a process of its own: a Dask worker has threads, from which forking is not safe."""
    import pickle
    import subprocess

    from reports.run.home import ensure_home

    ensure_home()
    code = (
        "import pickle, sys; from reports.run.pool import preload; from reports.run.runner import run_job\n"
        "job, options = pickle.load(sys.stdin.buffer); preload([job], engine=options.engine)\n"
        "sys.stdout.buffer.write(pickle.dumps(run_job(job, options)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=pickle.dumps((job, options)), capture_output=True, cwd=CODE
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace")[-2000:])
    outcome: Outcome = pickle.loads(done.stdout)
    return outcome
