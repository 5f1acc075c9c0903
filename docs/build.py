"""Pages of the documentation: ``python -m docs.build [FOLDER]``.

Three parts and a first page: the reference of `lib` and `reports` by pdoc, the lesson by nbconvert, the
formats from where the suite keeps them. Nothing is fetched when a page opens, and a link that leads nowhere
ends the build.
"""

from __future__ import annotations

import inspect
import os
import re
import shutil
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pdoc
from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import ExecutePreprocessor
from pdoc.extract import walk_specs
from pdoc.render_helpers import to_html

from docs import formats
from docs.links import check_links
from docs.written import write_docstring, write_types
from lib.places import ROOT
from reports import project
from reports.run.kernel import OwnKernelManager

TEMPLATES = Path(__file__).parent / "templates"
FIRST = Path(__file__).parent / "index.md"
LESSON = "explore"
os.environ["PDOC_ALLOW_EXEC"] = "1"  # libraries ask the system what it is when they are imported
_IMPORT = re.compile(r"^from ((?:lib|reports)[\w.]*) import (.+)$", re.M)


def build(folder: Path, *, modules: Sequence[str] = (), execute: bool = True) -> list[str]:
    """Write the documentation; what is wrong with its links, none if all is well.

    Parameters
    ----------
    folder : Path
        Emptied first.
    modules : sequence of str
        What the reference shows, as pdoc takes it; all that it should if none.
    execute : bool
        Run the lesson, so that it shows pictures, which are not committed.
    """
    shutil.rmtree(folder, ignore_errors=True)
    pdoc.render.env.filters["to_markdown"] = write_docstring
    pdoc.render.env.globals["handed_on"] = handed_on
    pdoc.render.configure(docformat="numpy", show_source=False, template_directory=TEMPLATES)
    write_reference(folder / "api", modules or documented_modules())
    write_lesson(folder, execute=execute)
    write_formats(folder / "formats")
    write_page(folder / "index.html", FIRST.read_text(encoding="utf-8"), home="")
    return check_links(folder)


def write_reference(folder: Path, modules: Sequence[str]) -> None:
    """A page for each module, an index and a search."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Error parsing type annotation")  # of a base class of others
        warnings.filterwarnings("ignore", "The module specification")  # a package brings its modules along
        warnings.filterwarnings("error", "Error loading")
        found = {name: read_module(name) for name in walk_specs(modules)}
        for name, module in found.items():
            write(folder / f"{name.replace('.', '/')}.html", pdoc.render.html_module(module, found))
        write(folder / "index.html", pdoc.render.html_index(found))
        write(folder / "search.js", pdoc.render.search_index(found))


def read_module(name: str) -> pdoc.doc.Module:
    """A module with its types as written."""
    module = pdoc.doc.Module.from_name(name)
    write_types(module)
    return module


def handed_on(module: pdoc.doc.Module) -> list[tuple[str, tuple[str, str], str]]:
    """What a package takes from its modules for its users: name, where it is described, and its first
    sentence; what is called before what comes back."""
    if not module.is_package:
        return []
    offered = set(dir(module.obj))
    found = [(name, value) for name, value in vars(module.obj).items() if name in offered and _is_ours(value)]
    return [
        (name, (value.__module__, value.__qualname__), (inspect.getdoc(value) or "").split("\n\n")[0])
        for name, value in sorted(found, key=lambda item: inspect.isclass(item[1]))
    ]


def _is_ours(value: Any) -> bool:
    known = inspect.isfunction(value) or inspect.isclass(value)
    return known and value.__module__.split(".")[0] in ("lib", "reports")


def documented_modules() -> list[str]:
    """All that packages show but the command line, of which the formats tell, and modules that notebooks
    import besides."""
    shown = ["lib", "reports", "!reports.cli", "!reports.options"]
    notebooks = project.NOTEBOOKS.glob("*.ipynb")
    imported = {name for path in notebooks for name in imports_of(path)}
    return [*shown, *sorted(imported.difference(walk_specs(shown)))]


def imports_of(notebook: Path) -> Iterator[str]:
    """Our modules that a notebook imports, and those that it imports names from."""
    for _, cell in project.code_cells(project.read_notebook(notebook)):
        for package, names in _IMPORT.findall(project.source_of(cell)):
            inner = [f"{package}.{name.split(' as ')[0].strip()}" for name in names.split(",")]
            found = [name for name in inner if _is_module(name)]
            yield from found or [package]


def _is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def write_lesson(folder: Path, *, execute: bool) -> None:
    """The lesson as a page, with ways to what it imports."""
    path = project.NOTEBOOKS / f"{LESSON}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"name": LESSON, "path": str(path.parent)}}
    if execute:
        quiet = ["--log-level=ERROR"]
        ExecutePreprocessor(
            timeout=600, kernel_manager_class=OwnKernelManager, extra_arguments=quiet
        ).preprocess(notebook, resources)
    pages = {name: f"../api/{name.replace('.', '/')}.html" for name in sorted(set(imports_of(path)))}
    used = {name: page for name, page in pages.items() if (folder / "lesson" / page).resolve().is_file()}
    exporter = HTMLExporter(template_name="lesson", extra_template_basedirs=[str(TEMPLATES)])
    html, _ = exporter.from_notebook_node(notebook, resources | {"used": used})
    write(folder / "lesson" / f"{LESSON}.html", html)


def write_formats(folder: Path) -> None:
    """Pages of what goes in."""
    others = {name: label for name, (label, _) in formats.PAGES.items()}
    for name, (_, told) in formats.PAGES.items():
        write_page(folder / f"{name}.html", told(), home="../", others=others)


def write_page(path: Path, text: str, *, home: str, others: dict[str, str] | None = None) -> None:
    """A page from Markdown, in the look of the reference."""
    html: Any = to_html(text)  # text that knows its table of contents
    title = text.partition("\n")[0].strip("#` ")
    toc = html.toc_html if "<h2" in html else ""
    template = pdoc.render.env.get_template("page.html.jinja2")
    write(path, template.render(title=title, text=html, toc=toc, home=home, others=others or {}))


def write(path: Path, text: str) -> None:
    """A file of the documentation, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Build, and say what came of it."""
    folder = Path(arguments[0]) if arguments else ROOT / "build" / "docs"
    faults = build(folder)
    for fault in faults:
        print(fault, file=sys.stderr)
    print(folder / "index.html")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
