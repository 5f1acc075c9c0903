"""Fixtures that several test modules share."""

from __future__ import annotations

import os

for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")  # before numpy: results must not depend on how many threads add up

from pathlib import Path  # noqa: E402

import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]

NUMERIC = (
    "core/clinical",
    "core/cytometry",
    "core/dose_response",
    "core/engagement",
    "core/immunoassay",
    "core/paired",
    "core/plates",
    "core/reconstruct",
    "core/stains",
    "core/stroma",
    "core/survival",
    "core/synergy",
    "core/test_proportions",
    "house/test_example",
)
"""Folders and modules whose numbers must come out the same on every machine: `make numeric`."""

settings.register_profile(
    "suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.relative_to(ROOT / "tests").as_posix().startswith(NUMERIC):
            item.add_marker("numeric")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data made by others; beside the checkout, never in it."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real data absent: ../shared/data")
    return folder


@pytest.fixture(scope="session")
def truth() -> Path:
    """Small published data that the project carries; see tests/truth/README.md."""
    return ROOT / "tests" / "truth"


@pytest.fixture(scope="session")
def reference() -> Path:
    """Published data that notebooks use too."""
    return ROOT / "data" / "reference"
