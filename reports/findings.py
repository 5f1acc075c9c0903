"""The reports of a study as the overview reads them: newest good version of each, its card and its tables."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from lib.overview import Finding
from lib.programme import DEFAULT
from reports.store.versions import Stored, newest_good

LARGEST_TABLE_BYTES = 5_000_000
"""Tables of single cells or wells are left unread: no headline rests on them."""


def read_findings(
    site: Path | str | None = None, study: str | None = None, programme: str | None = None
) -> list[Finding]:
    """Every report of the study except overviews, by name; of those held against this programme.

    Parameters
    ----------
    site, study, programme
        By default what the runner names in ``TME_SITE``, ``TME_STUDY`` and ``TME_PROGRAMME``; without them, as in JupyterLab, there
        are no reports to read.
    """
    site = site if site is not None else os.environ.get("TME_SITE", "")
    study = study if study is not None else os.environ.get("TME_STUDY", "")
    if not site or not Path(site).is_dir():
        return []
    programme = programme if programme is not None else Path(os.environ.get("TME_PROGRAMME", DEFAULT)).name
    stored = newest_good(Path(site), study, programme)
    return [_read(one) for _, one in sorted(stored.items()) if one.metadata.get("notebook") != "overview"]


def _read(stored: Stored) -> Finding:
    about = stored.metadata
    return Finding(
        report=stored.report, notebook=str(about.get("notebook", stored.report)), version=stored.version,
        title=str(about.get("title", "")), origin=str(about.get("origin", "measured")),
        created=str(about.get("created", "")), summary=about.get("card") or {}, tables=_read_tables(stored.folder),
    )  # fmt: skip


def _read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    small = [p for p in sorted((folder / "tables").glob("*.csv")) if p.stat().st_size <= LARGEST_TABLE_BYTES]
    return {path.stem: _read_table(path) for path in small}


def _read_table(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, keep_default_na=False, na_values=[""])
    except pd.errors.EmptyDataError:
        return pd.DataFrame()


def link_reports(findings: Sequence[Finding]) -> str:
    """A Markdown list of the reports, each linked from the page of another version of the same site."""
    lines = []
    for one in findings:
        answer = str(one.summary.get("answer", "")).strip()
        lines.append(
            f"- [{one.report}](../../{one.report}/{one.version}/report.html), version {one.version}. {answer}"
        )
    return "\n".join(lines)
