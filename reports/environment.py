"""environment.yml from pyproject.toml, the only place where dependencies are chosen."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PIP_ONLY = {"flowkit", "flowio", "flowutils", "rocrate", "latex2mathml", "wellmap"}
"""Packages that conda-forge lacks or carries too old."""


def write_environment(pyproject: Path) -> str:
    """Text of environment.yml: conda packages first, what only PyPI has under pip."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    by_name = {re.split(r"[<>=!~\[; ]", item)[0].lower(): item for item in wanted}
    conda = [item for name, item in by_name.items() if name not in PIP_ONLY]
    pip = [item for name, item in by_name.items() if name in PIP_ONLY]
    lines = [
        "# Generated from pyproject.toml by `make lock`; do not edit.",
        "name: tme",
        "channels:",
        "  - conda-forge",
        "dependencies:",
        f"  - python{project['requires-python']}",
        "  - pip",
    ]
    lines += [f"  - {item}" for item in sorted(conda)] + ["  - pip:"]
    lines += [f"      - {item}" for item in sorted(pip)] + ["      - -e ."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(write_environment(Path(__file__).resolve().parents[1] / "pyproject.toml"), end="")
