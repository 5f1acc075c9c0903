"""The page as PDF, printed by a headless Chromium if the machine has one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from reports.project import UsageError

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)
PRINT_TIMEOUT_S = 120
LOCAL_LINK = re.compile(r"""\shref=(?:"(?!#|https?:|data:)[^"]*"|'(?!#|https?:|data:)[^']*')""")
"""Links to files beside the page: in a PDF they would carry this machine's paths."""


def find_browser() -> str:
    """Path of a browser that can print.

    Raises
    ------
    UsageError
        If there is none; the environment variable TME_BROWSER may name one.
    """
    for name in (os.environ.get("TME_BROWSER", ""), *BROWSERS):
        found = shutil.which(name) if name else None
        if found:
            return found
    raise UsageError("--pdf needs Chromium or Chrome; none found. Install one, or name it in TME_BROWSER")


def print_page(page: Path, target: Path) -> None:
    """Print a page to PDF.

    Raises
    ------
    UsageError
        If the browser gives no PDF.
    """
    with tempfile.TemporaryDirectory(prefix="tme-browser-") as profile:
        copy = Path(profile) / "report.html"
        copy.write_text(LOCAL_LINK.sub("", page.read_text(encoding="utf-8")), encoding="utf-8")
        command = [
            find_browser(),
            "--headless",
            "--disable-gpu",
            "--no-pdf-header-footer",
            f"--user-data-dir={profile}",
            f"--print-to-pdf={target.resolve()}",
            copy.as_uri(),
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(
                1, "--no-sandbox"
            )  # Chromium refuses to run as root with its sandbox, as in containers
        try:
            done = subprocess.run(command, capture_output=True, timeout=PRINT_TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            raise UsageError(
                f"the browser took more than {PRINT_TIMEOUT_S} s to print {page.name}"
            ) from error
    if not target.is_file():
        raise UsageError(f"the browser gave no PDF: {done.stderr.decode(errors='replace').strip()[-300:]}")
