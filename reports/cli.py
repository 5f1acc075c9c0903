"""Command ``tme``: see contracts in the README. Messages go to stderr, results to stdout; 0 good, 1 failed, 2
refused."""

from __future__ import annotations

import os

for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")  # before numpy: sums must not depend on the number of threads

import contextlib  # noqa: E402
import io  # noqa: E402
import json  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from functools import partial  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import click  # noqa: E402

from reports import project  # noqa: E402
from reports.options import (  # noqa: E402
    Count,
    cell_timeout,
    engine_choice,
    json_wanted,
    parameter_file,
    parameters,
    programme_name,
    readings,
    site_folder,
)
from reports.project import UsageError  # noqa: E402
from reports.run import asked  # noqa: E402
from reports.run.asked import FAILED, GOOD, PAIR, REFUSED  # noqa: E402
from reports.run.home import ensure_home  # noqa: E402
from reports.store.place import make_site, named_folder  # noqa: E402


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit code."""
    ensure_home()
    with contextlib.suppress(ValueError):  # a thread of another program has no say over its signals
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: end what was started, then go
    let_any_sign_through()
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with tme.make_context("tme", words) as context:
            return int(tme.invoke(context) or GOOD)
    except click.exceptions.Exit as stop:  # after --help
        return stop.exit_code
    except UsageError as error:
        say(str(error))
    except click.ClickException as error:
        unpaired = isinstance(error, click.BadOptionUsage) and error.option_name in ("-p", "--parameter")
        say(PAIR if unpaired else error.format_message())
    except (KeyboardInterrupt, click.Abort):
        say("stopped")
        return 130
    except BrokenPipeError:  # the reader of stdout, such as `head`, has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return GOOD
    except OSError as error:
        if not error.filename:
            raise
        say(f"{error.filename}: {error.strerror}")
    return REFUSED


def let_any_sign_through() -> None:
    """Signs that the terminal's encoding lacks, such as an arrow, are written as escapes rather than end the
    command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(message: str) -> None:
    """A message for the person at the terminal."""
    print(
        f"tme: {message}" if "\n" not in message else "tme:\n  " + message.replace("\n", "\n  "),
        file=sys.stderr,
        flush=True,
    )


def print_json(content: Any) -> None:
    """The machine-readable result."""
    print(json.dumps(content, ensure_ascii=False, indent=1))


def print_table(rows: list[dict[str, str]]) -> None:
    """Rows on stdout: a table on a terminal, tab-separated into a pipe."""
    if not rows:
        return
    if not sys.stdout.isatty():
        print("\t".join(rows[0]))
        for row in rows:
            print("\t".join(row.values()))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*rows[0], box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*row.values())
    Console().print(table, markup=False)


class InThisOrder(click.Group):
    """Lists its commands as they stand below, the first ones needed first."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands."""
        return list(self.commands)


@click.group(cls=InThisOrder, context_settings={"help_option_names": ["-h", "--help"]})
def tme() -> None:
    """Turn notebooks and raw tables into versioned reports."""


@tme.command()
@click.argument("target", default="", metavar="[STUDY.yaml|NOTEBOOK]")
@parameters
@parameter_file
@readings
@programme_name
@site_folder
@click.option(
    "-j",
    "--jobs",
    type=Count(min=1),
    default=os.cpu_count() or 1,
    show_default=True,
    metavar="N",
    help="Processes.",
)
@engine_choice
@click.option("--cluster", default="", metavar="ADDRESS", help="Send the work to a Dask scheduler.")
@click.option("--shard", default="", metavar="I/N", help="Every N-th report, counted from 1 (job arrays).")
@click.option("--force", is_flag=True, help="Run although the version exists.")
@json_wanted
@cell_timeout
@click.option("--pdf", is_flag=True, help="Also report.pdf, printed by Chromium.")
def run(
    target: str,
    given: dict[str, Any],
    file: Path | None,
    read: dict[str, Any],
    programme: str,
    site: Path,
    jobs: int,
    engine: str,
    cluster: str,
    shard: str,
    force: bool,
    as_json: bool,
    timeout: float,
    pdf: bool,
) -> int:
    """Run the reports of a study, or one notebook on parameters.

    By default the example study.
    """
    from reports.run.runner import Options

    if pdf:
        from reports.page.pdf import find_browser

        find_browser()
    planned = asked.take_shard(asked.plan_target(target, given, file, programme, read), shard)
    options = Options(make_site(site), asked.choose_engine(engine), timeout, force, pdf)
    outcomes = asked.make(planned, options, jobs, cluster)
    made = [outcome for outcome in outcomes if outcome.path]
    if made:
        from reports.page.library import build_index

        build_index(options.site)
    if as_json:
        print_json([outcome.to_json() for outcome in outcomes])
    else:
        for o in made:
            print(f"{o.status:<7} {o.report}  {o.version}  {o.path}/report.html")
    return asked.exit_code([outcome.status for outcome in outcomes])


@tme.command()
@click.argument("target", default="", metavar="[STUDY.yaml|NOTEBOOK]")
@parameters
@parameter_file
@readings
@programme_name
@cell_timeout
@json_wanted
def check(
    target: str,
    given: dict[str, Any],
    file: Path | None,
    read: dict[str, Any],
    programme: str,
    timeout: float,
    as_json: bool,
) -> int:
    """Read and validate all inputs and parameters; run nothing else."""
    from reports.run.checking import check_job
    from reports.run.pool import preload
    from reports.wording import count

    planned = asked.plan_target(target, given, file, programme, read)
    preload(planned, engine="warm")
    results = [(job, *check_job(job, timeout)) for job in planned]
    if as_json:
        print_json(
            [
                {
                    "report": job.report,
                    "notebook": job.notebook.stem,
                    "status": status,
                    "error": error or None,
                }
                for job, status, error in results
            ]
        )
    for job, status, error in results:
        if error:
            say(f"{job.report}: {error}")
        elif not as_json:
            files = count(len([v for v in job.values if v.path]), "input file")
            print(f"{status} {job.report}: {files}, {count(len(job.values), 'parameter')}")
    if any(status == "invalid" for _, status, _ in results):
        return REFUSED
    return FAILED if any(error for *_, error in results) else GOOD


@tme.command()
@click.argument("notebook")
@json_wanted
def params(notebook: str, as_json: bool) -> int:
    """Parameters of a notebook: name, type, default, rule, help."""
    from reports.study.parameters import read_parameters

    found = read_parameters(project.read_notebook(project.find_notebook(notebook)))
    rows = [
        {"name": p.name, "type": p.type, "default": p.default, "rule": p.rule, "help": p.help}
        for p in found.values()
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(
            [
                {k: ", ".join(map(str, v)) if isinstance(v, list) else str(v) for k, v in row.items()}
                for row in rows
            ]
        )
    return GOOD


@tme.command("list")
@click.argument("report", default="", metavar="[REPORT]")
@site_folder
@json_wanted
def list_(report: str, site: Path, as_json: bool) -> int:
    """Versions, newest first, with status."""
    from reports.store.versions import list_versions

    columns = ("created", "report", "version", "status", "study", "origin", "seconds")
    rows = [{c: s.metadata.get(c, "") for c in columns} for s in list_versions(site, report or None)]
    if as_json:
        print_json(rows)
    elif rows:
        print_table(
            [
                {**{k: str(v) for k, v in row.items()}, "created": str(row["created"])[:19].replace("T", " ")}
                for row in rows
            ]
        )
    else:
        say("no versions yet; tme run makes the example's")
    return GOOD


@tme.command()
@click.argument("a")
@click.argument("b")
@site_folder
@json_wanted
def diff(a: str, b: str, site: Path, as_json: bool) -> int:
    """What changed: parameters, inputs, code, environment, and which numbers by how much."""
    from reports.store.diff import compare, to_text
    from reports.store.versions import find_version

    found = compare(find_version(site, a), find_version(site, b))
    print_json(found) if as_json else print(to_text(found))
    return GOOD


@tme.command()
@click.argument("version")
@parameters
@site_folder
@engine_choice
@cell_timeout
@json_wanted
def verify(
    version: str, given: dict[str, Any], site: Path, engine: str, timeout: float, as_json: bool
) -> int:
    """Run a version again and compare the result hash; -p names files that have moved."""
    from reports.run.verify import verify_version
    from reports.store.versions import find_version

    result = verify_version(find_version(site, version), given, asked.choose_engine(engine), timeout)
    print_json(result) if as_json else print(result["message"])
    return GOOD if result["same"] else FAILED


@tme.command()
@click.argument("folder", type=lambda typed: named_folder("FOLDER", typed))
@programme_name
def new(folder: Path, programme: str) -> int:
    """Start a study of one's own: study.yaml and empty input tables with headers."""
    from reports.study.starter import start_study

    for path in start_study(folder, programme):
        print(path)
    return GOOD


@tme.command()
@site_folder
def index(site: Path) -> int:
    """Rebuild the index of the site."""
    from reports.page.library import build_index

    print(build_index(make_site(site)))
    return GOOD


@tme.command()
@site_folder
@click.option(
    "--port",
    type=Count(0, 65535),
    default=8000,
    show_default=True,
    metavar="N",
    help="0 takes a free one.",
)
def serve(site: Path, port: int) -> int:
    """Show the site on loopback."""
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    if not (site / "index.html").is_file():
        raise UsageError(
            "the site has no index yet; tme run makes the example's reports, tme index the index alone"
        )
    try:
        server = ThreadingHTTPServer(
            ("127.0.0.1", port), partial(SimpleHTTPRequestHandler, directory=str(site))
        )
    except OSError as error:
        raise UsageError(f"port {port} cannot be used: {error.strerror}. Another one: --port 0") from error
    print(f"http://127.0.0.1:{server.server_address[1]}/", flush=True)
    say("Ctrl-C ends it")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        say("ended")
    return GOOD


if __name__ == "__main__":
    sys.exit(main())
