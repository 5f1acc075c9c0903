"""What goes in: columns of tables, the study file, parameters of notebooks, commands; each from the one place
that holds it, as Markdown."""

from __future__ import annotations

import contextlib
import io
import os
import re
import tempfile
from pathlib import Path

from lib.places import ROOT
from reports import project
from reports.cli import main
from reports.dictionary import write_dictionary
from reports.study.parameters import Parameter, read_parameters
from reports.study.starter import start_study

_MODULE = re.compile(r"^(## .+) \(`lib/tables/(\w+)\.py`\)$", re.M)


def tables() -> str:
    """Columns of input tables, each contract with a way to its module in the reference."""
    return _MODULE.sub(r"\1\n\nRead by [lib.tables.\2](../api/lib/tables/\2.html).", write_dictionary())


def study() -> str:
    """What `tme new` writes: a study file and what goes into each table."""
    with tempfile.TemporaryDirectory() as folder:
        start_study(Path(folder, "my_study"))
        file = Path(folder, "my_study", "study.yaml").read_text(encoding="utf-8")
        readme = Path(folder, "my_study", "README.md").read_text(encoding="utf-8")
    told = readme.partition("\n")[2].strip()
    begin = "# A study\n\n`tme new my_study` writes `study.yaml` and empty tables:"
    return f"{begin}\n\n```yaml\n{file}```\n\n{told}\n"


def parameters() -> str:
    """Parameters of every notebook: what `tme run NOTEBOOK -p NAME VALUE` takes."""
    sections = [
        "# Parameters of notebooks",
        "`tme run NOTEBOOK -p NAME VALUE` sets one, `tme params NOTEBOOK` lists them, and a study file gives"
        " them under `parameters:`.",
    ]
    for name in project.notebook_names():
        notebook = project.read_notebook(project.find_notebook(name))
        rows = [_row(p) for p in read_parameters(notebook).values()]
        head = ["| parameter | type | default | rule | meaning |", "|---|---|---|---|---|"]
        table = "\n".join([*head, *rows]) if rows else "None."
        sections.append(f"## {name}\n\n{project.title_of(notebook)}\n\n{table}")
    return "\n\n".join(sections) + "\n"


def _row(parameter: Parameter) -> str:
    default = f"`{_shown(parameter)}`" if parameter.default not in ("", []) else "none"
    cells = (f"`{parameter.name}`", parameter.type, default, parameter.rule, parameter.help)
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def _shown(parameter: Parameter) -> str:
    example = "../data/example/"  # from where the notebook stands
    return str(parameter.default).replace(example, "") if parameter.file else str(parameter.default)


def commands() -> str:
    """Every command of `tme` with what it takes, as it says itself."""
    listed = _help()
    names = re.findall(r"^ +(\w+) ", listed.partition("\nCommands:\n")[2], re.M)
    told = [f"## tme {name}\n\n```text\n{_help(name)}\n```" for name in names]
    return "\n\n".join(["# Commands", f"```text\n{listed}\n```", *told]) + "\n"


def _help(*words: str) -> str:
    """What a command says of itself, defaults of this machine in words."""
    with contextlib.redirect_stdout(io.StringIO()) as said:
        main([*words, "--help"])
    text = said.getvalue().replace(f"{ROOT}{os.sep}", "")
    return re.sub(r"(--jobs N\s+Processes\.\s+\[default: )\d+", r"\1all processors", text).strip()


PAGES = {
    "tables": ("Columns of tables", tables),
    "study": ("A study file", study),
    "parameters": ("Parameters of notebooks", parameters),
    "commands": ("Commands", commands),
}
"""Pages of the folder ``formats``: name, what leads there, what writes it."""
