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
from enum import StrEnum  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import TYPE_CHECKING, Annotated, Any  # noqa: E402

import typer  # noqa: E402

from reports import project  # noqa: E402
from reports.project import UsageError  # noqa: E402
from reports.run.home import ensure_home  # noqa: E402

if TYPE_CHECKING:
    from reports.run.plan import Job
    from reports.run.runner import Options, Outcome

GOOD, FAILED, REFUSED = 0, 1, 2
WRONG_USAGE: Any = typer.BadParameter.__mro__[2]  # click's base class, from whichever click typer carries

app = typer.Typer(
    name="tme",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Turn notebooks and raw tables into versioned reports.",
)


class Engine(StrEnum):
    """How cells are run."""

    auto = "auto"
    warm = "warm"
    kernel = "kernel"


Parameters = Annotated[
    list[str] | None,
    typer.Option("-p", "--parameter", metavar="NAME VALUE", help="A parameter; may be repeated."),
]
ParameterFile = Annotated[
    Path | None, typer.Option("-f", "--file", metavar="FILE.yaml", help="Many parameters from a file.")
]
Programme = Annotated[
    str,
    typer.Option(
        "--programme",
        metavar="NAME|DIR|none",
        help=(
            "What results are held against: a name under data/published, a folder with programme.yaml, or"
            " none. Default: what the study file beside the data says, else defactinib."
        ),
    ),
]
Site = Annotated[
    Path,
    typer.Option(
        "--site",
        metavar="DIR",
        help=(
            "Where versions go: in the checkout, or, where tme is installed without one, below the working"
            " folder."
        ),
        parser=lambda typed: named_folder("--site", typed),
        callback=lambda path: check_site(path),
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable summary on stdout.")]
Timeout = Annotated[
    float, typer.Option("--timeout", metavar="S", min=0.1, max=1e7, help="Seconds that a cell may take.")
]
EngineChoice = Annotated[
    Engine,
    typer.Option(
        "--engine",
        help=(
            "warm: within a child process, forked with all imported where the system can; kernel: a fresh"
            " Jupyter kernel each. auto is warm."
        ),
    ),
]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit code."""
    ensure_home()
    with contextlib.suppress(ValueError):  # a thread of another program has no say over its signals
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: end what was started, then go
    let_any_sign_through()
    try:
        words = join_parameters(list(sys.argv[1:] if arguments is None else arguments))
        code = app(args=words, standalone_mode=False, prog_name="tme")
        return int(code or GOOD)
    except UsageError as error:
        say(str(error))
    except typer.Exit as stop:
        return int(stop.exit_code)
    except WRONG_USAGE as error:
        say(error.format_message())
    except (KeyboardInterrupt, typer.Abort):
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


def join_parameters(words: list[str]) -> list[str]:
    """``-p NAME VALUE`` as one word, because typer cannot repeat an option of two values."""
    joined, rest = [], iter(words)
    for word in rest:
        joined.append(word)
        if word in ("-p", "--parameter"):
            name, value = next(rest, None), next(rest, None)
            if name is None or value is None or name.startswith("-") or value.startswith("--") or "=" in name:
                raise UsageError(f"{word} needs a name and a value: {word} NAME VALUE")
            joined.append(f"{name}={value}")
    return joined


def named_folder(what: str, typed: str | Path) -> Path:
    """A folder that has a name: an empty one, as of a shell's variable that is not set, is the working folder
    to Python."""
    if not str(typed).strip():
        raise UsageError(f"{what} must name a folder; got nothing. The working folder itself is `.`")
    return Path(typed)


def check_site(site: Path) -> Path:
    """A site is a folder, or becomes one."""
    try:
        there = next(folder for folder in (site, *site.parents) if folder.exists())
        for name in site.parts:
            (there / name).exists()  # said before anything is made: a name too long
    except OSError as error:
        raise UsageError(f"--site {site} cannot be used: {error.strerror}") from error
    if not there.is_dir():
        within = "" if there == site else f", and {site} would lie in it"
        raise UsageError(f"--site must be a folder; {there} is a file{within}")
    return site


def make_site(site: Path) -> Path:
    """The site's folder, made if need be."""
    try:
        site.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--site {site} cannot be made: {error.strerror}") from error
    if not os.access(site, os.W_OK | os.X_OK):
        raise UsageError(f"--site {site} cannot be written to")
    return site.resolve()


def say(message: str) -> None:
    """A message for the person at the terminal."""
    print(
        f"tme: {message}" if "\n" not in message else "tme:\n  " + message.replace("\n", "\n  "),
        file=sys.stderr,
        flush=True,
    )


@app.command()
def run(
    target: Annotated[
        str, typer.Argument(metavar="[STUDY.yaml|NOTEBOOK]", help="Default: the example study.")
    ] = "",
    parameter: Parameters = None,
    file: ParameterFile = None,
    programme: Programme = "",
    site: Site = project.SITE,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, metavar="N", help="Processes.")] = os.cpu_count()
    or 1,
    engine: EngineChoice = Engine.auto,
    cluster: Annotated[str, typer.Option(metavar="ADDRESS", help="Send the work to a Dask scheduler.")] = "",
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Every N-th report, counted from 1 (job arrays).")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Run although the version exists.")] = False,
    as_json: Json = False,
    timeout: Timeout = 1800.0,
    pdf: Annotated[bool, typer.Option("--pdf", help="Also report.pdf, printed by Chromium.")] = False,
) -> int:
    """Run the reports of a study, or one notebook on parameters."""
    from reports.run.runner import Options

    if pdf:
        from reports.page.pdf import find_browser

        find_browser()
    planned = take_shard(plan(target, parameter, file, programme), shard)
    options = Options(make_site(site), choose_engine(engine), timeout, force, pdf)
    outcomes = make(planned, options, jobs, cluster)
    if any(outcome.path for outcome in outcomes):
        rebuild_index(options.site)
    if as_json:
        print(json.dumps([outcome.to_json() for outcome in outcomes], ensure_ascii=False, indent=1))
    else:
        for outcome in outcomes:
            if outcome.path:
                print(f"{outcome.status:<7} {outcome.report}  {outcome.version}  {outcome.path}/report.html")
    return exit_code(outcomes)


def plan(target: str, pairs: list[str] | None, file: Path | None, programme: str) -> list[Job]:
    """Jobs for what the user named."""
    from reports.run.plan import plan_notebook, plan_study

    if not target:
        target = str(project.EXAMPLE_STUDY)
    if target.endswith((".yaml", ".yml")):
        if pairs or file or programme:
            raise UsageError(
                "parameters of a study stand in its file; -p, -f and --programme go with a notebook"
            )
        if not Path(target).is_file():
            raise UsageError(f"no study file {project.shown_path(target)}")
        return plan_study(Path(target).resolve())
    return [plan_notebook(target, given_parameters(pairs), listed=file, programme=programme)]


def given_parameters(pairs: list[str] | None) -> dict[str, Any]:
    """Parameters of -p."""
    given: dict[str, Any] = {}
    for name, value in (pair.split("=", 1) for pair in pairs or []):
        if name in given:
            raise UsageError(f"parameter {name} is given twice: {given[name]} and {value}. Give it once")
        given[name] = value
    return given


def take_shard(planned: list[Job], shard: str) -> list[Job]:
    """Every N-th report, from the I-th."""
    if not shard:
        return planned
    index, _, of = shard.partition("/")
    if not (index.isdecimal() and of.isdecimal() and 1 <= int(index) <= int(of)):
        raise UsageError(f"--shard must be I/N with I from 1 to N; got {shard}")
    return planned[int(index) - 1 :: int(of)]


def choose_engine(engine: Engine) -> str:
    """warm, unless asked for otherwise."""
    return Engine.warm.value if engine is Engine.auto else engine.value


def make(planned: list[Job], options: Options, jobs: int, cluster: str) -> list[Outcome]:
    """Run what is not there yet, with progress on stderr."""
    from reports.run import pool
    from reports.run.progress import Progress

    progress = Progress(len(planned))
    if cluster:
        return pool.run_on_cluster(planned, options, cluster, on_done=progress.done)
    if needs_running(planned, options):
        pool.preload(planned, engine=options.engine)
    try:
        return pool.run_jobs(planned, options, processes=jobs, on_cell=progress.cell, on_done=progress.done)
    finally:
        progress.close()


def needs_running(planned: list[Job], options: Options) -> bool:
    """Whether any job is not cached: only then are the libraries worth importing."""
    from reports.run.plan import with_version
    from reports.store.versions import find_good

    if options.force or options.pdf:
        return True
    return any(
        not find_good(options.site, job.report, with_version(job, options.site).version) for job in planned
    )


def rebuild_index(site: Path) -> Path | None:
    """Write the site's index page."""
    try:
        from reports.page.library import build_index
    except ModuleNotFoundError as error:
        if error.name != "reports.page.library":
            raise
        return None
    return build_index(site)


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """2 where no input was usable and nothing came out, 1 where some report failed, else 0."""
    if outcomes and all(outcome.status == "invalid" for outcome in outcomes):
        return REFUSED
    return FAILED if any(o.status in ("failed", "invalid") for o in outcomes) else GOOD


@app.command()
def check(
    target: Annotated[str, typer.Argument(metavar="[STUDY.yaml|NOTEBOOK]")] = "",
    parameter: Parameters = None,
    file: ParameterFile = None,
    programme: Programme = "",
    timeout: Timeout = 1800.0,
    as_json: Json = False,
) -> int:
    """Read and validate all inputs and parameters; run nothing else."""
    from reports.run.checking import check_job
    from reports.run.pool import preload

    planned = plan(target, parameter, file, programme)
    preload(planned, engine="warm")
    results = [check_job(job, timeout) for job in planned]
    if as_json:
        print(
            json.dumps(
                [
                    {"report": j.report, "notebook": j.notebook.stem, "status": s, "error": e or None}
                    for j, (s, e) in zip(planned, results, strict=True)
                ],
                ensure_ascii=False,
                indent=1,
            )
        )
    for job, (status, error) in zip(planned, results, strict=True):
        if error:
            say(f"{job.report}: {error}")
        elif not as_json:
            print(
                f"{status} {job.report}: {len([v for v in job.values if v.path])} input files,"
                f" {len(job.values)} parameters"
            )
    if any(status == "invalid" for status, _ in results):
        return REFUSED
    return FAILED if any(error for _, error in results) else GOOD


@app.command()
def params(notebook: str, as_json: Json = False) -> int:
    """Parameters of a notebook: name, type, default, rule, help."""
    from reports.study.parameters import read_parameters

    found = read_parameters(project.read_notebook(project.find_notebook(notebook)))
    rows = [
        {"name": p.name, "type": p.type, "default": p.default, "rule": p.rule, "help": p.help}
        for p in found.values()
    ]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        show_table(
            [
                {k: str(v) if not isinstance(v, list) else ", ".join(map(str, v)) for k, v in row.items()}
                for row in rows
            ]
        )
    return GOOD


@app.command("list")
def list_(
    site: Site = project.SITE,
    report: Annotated[str, typer.Argument(metavar="[REPORT]")] = "",
    as_json: Json = False,
) -> int:
    """Versions, newest first, with status."""
    from reports.store.versions import list_versions

    columns = ("created", "report", "version", "status", "study", "origin", "seconds")
    rows = [{c: s.metadata.get(c, "") for c in columns} for s in list_versions(site, report or None)]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    elif rows:
        show_table(
            [
                {**{k: str(v) for k, v in row.items()}, "created": str(row["created"])[:19].replace("T", " ")}
                for row in rows
            ]
        )
    else:
        say("no versions yet; tme run makes the example's")
    return GOOD


@app.command()
def diff(a: str, b: str, site: Site = project.SITE, as_json: Json = False) -> int:
    """What changed: parameters, inputs, code, environment, and which numbers by how much."""
    from reports.store.diff import compare, to_text
    from reports.store.versions import find_version

    found = compare(find_version(site, a), find_version(site, b))
    print(json.dumps(found, ensure_ascii=False, indent=1) if as_json else to_text(found))
    return GOOD


@app.command()
def verify(
    version: str,
    parameter: Parameters = None,
    site: Site = project.SITE,
    engine: EngineChoice = Engine.auto,
    timeout: Timeout = 1800.0,
    as_json: Json = False,
) -> int:
    """Run a version again and compare the result hash; -p names files that have moved."""
    from reports.run.verify import verify_version
    from reports.store.versions import find_version

    result = verify_version(
        find_version(site, version), given_parameters(parameter), choose_engine(engine), timeout
    )
    print(json.dumps(result, ensure_ascii=False, indent=1) if as_json else result["message"])
    return GOOD if result["same"] else FAILED


@app.command()
def new(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", parser=lambda typed: named_folder("FOLDER", typed))
    ],
    programme: Programme = "",
) -> int:
    """Start a study of one's own: study.yaml and empty input tables with headers."""
    from reports.study.starter import start_study

    for path in start_study(folder, programme):
        print(path)
    return GOOD


@app.command()
def index(site: Site = project.SITE) -> int:
    """Rebuild the index of the site."""
    print(rebuild_index(make_site(site)))
    return GOOD


@app.command()
def serve(
    site: Site = project.SITE,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
) -> int:
    """Show the site on loopback."""
    from functools import partial
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


def show_table(rows: list[dict[str, str]]) -> None:
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


if __name__ == "__main__":
    sys.exit(main())
