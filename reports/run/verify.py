"""Run a version again and see whether the same comes out."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lib.places import PUBLISHED, ROOT
from lib.programme import DEFAULT, NONE, load_programme
from lib.tables.manifests import referenced_files
from reports.project import EXAMPLE_STUDY, NOTEBOOKS, UsageError, find_notebook, read_notebook
from reports.run import pool
from reports.run.plan import Job, command_for
from reports.run.runner import Options
from reports.store import versions as store
from reports.store.diff import CODE_PARTS, compare, to_text
from reports.store.memory import NOTEBOOK_KEY, PROGRAMME_KEY, recall_files
from reports.store.version import HOW, hash_file, hash_files, hash_notebook
from reports.store.versions import Stored
from reports.study.parameters import read_parameters, resolve
from reports.study.programme import VARIABLE, Chosen, choose_programme


def verify_version(stored: Stored, given: Mapping[str, Any], engine: str, timeout: float) -> dict[str, Any]:
    """Whether a run of today gives the stored results.

    Parameters
    ----------
    stored : Stored
        The version; its tables are compared with those of a run into a temporary site.
    given : mapping
        Where input files lie now, by parameter, if they have moved.
    engine, timeout
        As for a run.

    Returns
    -------
    dict
        ``version``, ``same``, ``same_version``, ``stored_hash``, ``hash``, ``message``.

    Raises
    ------
    UsageError
        If the version was not good, or an input is gone or has changed.
    """
    if not stored.good:
        raise UsageError(f"{stored.version} failed when it was made; there is no result to compare with")
    job = job_again(stored, given)
    with tempfile.TemporaryDirectory(prefix="tme-verify-") as folder:
        site = Path(folder)
        _copy_reads(stored, site)
        options = Options(site, engine, timeout, force=True)
        pool.preload([job], engine=engine)
        outcome = pool.run_jobs([job], options)[0]
        again = store.read_stored(Path(outcome.path)) if outcome.path else None
        if again is None or not again.good:
            return _result(stored, None, False, f"the run of today is {outcome.status}: {outcome.error}")
        return _result(stored, again, *_judge(stored, again))


def _copy_reads(stored: Stored, site: Path) -> None:
    """An overview reads the very versions that it read, if they are still there."""
    for report, version in stored.metadata["parts"]["reads"].items():
        there = stored.folder.parent.parent / report / version
        if there.is_dir():
            shutil.copytree(there, site / report / version)


def job_again(stored: Stored, given: Mapping[str, Any]) -> Job:
    """The job that made a version, its inputs found again and proven to be the same bytes."""
    metadata = stored.metadata
    paths = recall_files(stored.version)
    notebook = _find_notebook(metadata, paths.get(NOTEBOOK_KEY, ""))
    parameters = read_parameters(read_notebook(notebook))
    wanted: dict[str, Any] = {}
    for item in metadata["parameters"]:
        name = item["name"]
        value = metadata["parts"]["parameters"][name]
        if name in parameters and parameters[name].file and value not in ("", parameters[name].word):
            value = str(
                _find_input(metadata, name, item["value"], given.get(name), paths.get(name), notebook.parent)
            )
        wanted[name] = value
    values = resolve(parameters, wanted, base=Path.cwd(), notebook_folder=notebook.parent)
    programme = _find_programme(metadata, paths.get(PROGRAMME_KEY, ""))
    asked = {p["name"]: p for p in metadata["parameters"]}
    values = [
        (
            replace(v, shown=asked[v.parameter.name]["value"], given=asked[v.parameter.name]["given"])
            if v.parameter.name in asked
            else v
        )
        for v in values
    ]
    how = metadata["parts"].get(HOW, {})
    return Job(
        metadata["report"],
        notebook,
        values,
        metadata["parts"]["origin"],
        metadata["study"],
        command_for(notebook.stem, notebook, values, programme, how),
        programme,
        how,
    )


def _find_programme(metadata: Mapping[str, Any], remembered: str) -> Chosen:
    """The programme that a version was held against, where it lies now; it must still say the same."""
    name, stored = metadata.get("programme", DEFAULT), metadata["parts"].get("programme")
    if name == NONE:
        return choose_programme(NONE)
    named = os.environ.get(VARIABLE, "")
    folders = [PUBLISHED / name, *(Path(path) for path in (named, remembered) if path)]
    there = [path for path in folders if path.is_dir()]
    for path in there:
        found = Chosen(name, path, name, load_programme(path).files)
        if not stored or hash_files(path, found.files) == stored[1]:
            return found
    state = "has changed since" if there else "is not where it was"
    raise UsageError(
        f"programme {name} of {metadata['version']} {state}. Name its folder: {VARIABLE}=FOLDER tme verify …"
    )


def _find_notebook(metadata: Mapping[str, Any], remembered: str) -> Path:
    """One's own of that name, or the one remembered, whichever says the same; else the one remembered.

    What is remembered may be the notebook of another installation, as all those of a user share one memory.
    """
    own = NOTEBOOKS / f"{metadata['notebook']}.ipynb"
    there = [path for path in (own, Path(remembered)) if path.is_file()]
    for path in there:
        if hash_notebook(read_notebook(path)) == metadata["parts"]["notebook"]:
            return path
    return Path(remembered) if Path(remembered).is_file() else find_notebook(metadata["notebook"])


def _find_input(
    metadata: Mapping[str, Any], name: str, shown: str, given: Any, remembered: Any, folder: Path
) -> Path:
    """The file of the same bytes, with the same bytes of all that it names: first where this installation has
    it."""
    hashes = [i["sha256"] for i in metadata["inputs"] if i["parameter"] == name]
    expected = hashes[0]
    places = [Path(given)] if given else []
    places += [base / shown for base in (folder, EXAMPLE_STUDY.parent)]
    places += [Path(remembered)] if remembered else []
    places += [base / shown for base in (Path.cwd(), ROOT)]
    there = [path for path in places if path.is_file()]
    for path in there:
        if hash_file(path) == expected and _hashes_named(path) == sorted(hashes[1:]):
            return path.resolve()
    state = "has changed since" if there else "is not where it was"
    if there and len(hashes) > 1:
        state = "or a file that it names has changed since"
    raise UsageError(
        f"input {shown} of {metadata['version']} {state} (SHA-256 {expected[:12]}…). Name it with -p {name}"
        " FILE"
    )


def _hashes_named(table: Path) -> list[str]:
    return sorted(map(hash_file, referenced_files(table).values()))


def _judge(stored: Stored, again: Stored) -> tuple[bool, str]:
    """Whether both hold the same results (`reports.store.sameness`), and the sentence that says so."""
    found = compare(stored, again)
    parts, now = stored.metadata["parts"], again.metadata["parts"]
    differing = [words for part, words in CODE_PARTS.items() if parts.get(part) != now.get(part)]
    differing += ["Python"] if parts["python"] != now["python"] else []
    differing += [f"the machine's {change['name']}" for change in found["machine"]]
    since = (
        f"; changed since: {', '.join(differing)}" if differing else ", with the same code and environment"
    )
    if not found["same_results"]:
        return False, f"{stored.version}: OTHER results{since}\n{to_text(found)}"
    bits = stored.metadata["result_hash"] == again.metadata["result_hash"]
    within = "" if bits else " within their stated accuracy; last bits differ"
    return True, f"{stored.version}: same results{within}{since}"


def _result(stored: Stored, again: Stored | None, same: bool, message: str) -> dict[str, Any]:
    return {
        "version": stored.version,
        "same": same,
        "same_version": again is not None and again.version == stored.version,
        "stored_hash": stored.metadata["result_hash"],
        "hash": again.metadata["result_hash"] if again else "",
        "message": message,
    }
