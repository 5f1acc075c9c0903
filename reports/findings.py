"""The reports of a study as the overview reads them: newest good version of each, its claims and its card."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from lib.overview import Finding
from lib.programme import DEFAULT
from reports.store.claims import read_claims
from reports.store.versions import Stored, newest_good


def read_findings(
    site: Path | str | None = None, study: str | None = None, programme: str | None = None
) -> list[Finding]:
    """Every report of the study except overviews, by name; of those held against this programme.

    Parameters
    ----------
    site, study, programme
        By default what the runner names in ``TME_SITE``, ``TME_STUDY`` and ``TME_PROGRAMME``; without them,
        as in JupyterLab, there are no reports to read.
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
        report=stored.report,
        notebook=str(about.get("notebook", stored.report)),
        version=stored.version,
        title=str(about.get("title", "")),
        origin=str(about.get("origin", "measured")),
        created=str(about.get("created", "")),
        claims=read_claims(stored.folder),
        card=about.get("card") or {},
        edges=_read_edges(stored.folder / "tables" / "pathway.csv"),
    )


def _read_edges(path: Path) -> pd.DataFrame | None:
    return pd.read_csv(path, keep_default_na=False, na_values=[""]) if path.is_file() else None
