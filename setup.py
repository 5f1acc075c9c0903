"""The one thing that pyproject.toml cannot say: the wheel carries notebooks, data and lock, as ``tme_suite``.

They are no package and lie where a reader of the checkout looks for them; `lib.places` finds either place.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SUITE = (
    "notebooks/*.ipynb",
    "data/*.md",
    "data/published/**/*",
    "data/reference/*",
    "data/example/**/*",
    "requirements.lock",
)
UNWANTED = ("__pycache__", ".ipynb_checkpoints", ".DS_Store")


def suite_files() -> Iterator[str]:
    """What the wheel carries beside the packages, relative to the checkout."""
    here = Path(__file__).resolve().parent
    for pattern in SUITE:
        found = [path for path in here.glob(pattern) if path.is_file()]
        yield from sorted(
            path.relative_to(here).as_posix() for path in found if not set(path.parts) & set(UNWANTED)
        )


class BuildWithSuite(build_py):
    """Packages as ever, then the suite's files beside them; an editable install uses the checkout's own."""

    def run(self) -> None:
        """Build into an empty folder: what an earlier build has left there must not enter the wheel."""
        if not self.editable_mode:
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        if not self.editable_mode:
            for source, target in self._copies().items():
                self.mkpath(str(Path(target).parent))
                self.copy_file(source, target, preserve_mode=False)

    def _copies(self) -> dict[str, str]:
        return {name: str(Path(self.build_lib, "tme_suite", name)) for name in suite_files()}

    def get_source_files(self) -> list[str]:
        """Also what the source distribution must hold."""
        return [*super().get_source_files(), *suite_files()]

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Also what has been copied."""
        outputs: list[str] = super().get_outputs(include_bytecode)
        return outputs if self.editable_mode else [*outputs, *self._copies().values()]

    def get_output_mapping(self) -> dict[str, str]:
        """Where each file came from."""
        mapping: dict[str, str] = super().get_output_mapping()
        return mapping if self.editable_mode else mapping | {t: s for s, t in self._copies().items()}


setup(cmdclass={"build_py": BuildWithSuite})
