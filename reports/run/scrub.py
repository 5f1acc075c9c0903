"""Nothing that is published shows a path of this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lib.places import CODE, ROOT
from reports.run.plan import Job


def scrub_json(content: Any, job: Job, folder: Path) -> dict[str, Any]:
    """A copy of what a version's file is to hold, without paths of this machine."""
    scrubbed: dict[str, Any] = json.loads(scrub(json.dumps(content, ensure_ascii=False), job, folder))
    return scrubbed


def scrub(text: str, job: Job, folder: Path | None) -> str:
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
