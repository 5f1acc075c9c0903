"""Write the example study's inputs again: the same numbers on every machine.

Every table is drawn from the published values with the seed below; nothing in it was measured. Each module of
`simulators` documents the truth it draws from, so that a report's answer can be held against it.

Run: ``python data/example/simulate.py [FOLDER]`` (default: this folder).
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SEED = 20260611


def simulate(folder: Path) -> list[str]:
    """Run every simulator into `folder`; returns their names. Each gets the same seed and its own stream."""
    sys.path.insert(0, str(HERE))
    names = sorted(module.name for module in pkgutil.iter_modules([str(HERE / "simulators")]))
    for name in names:
        module = importlib.import_module(f"simulators.{name}")
        getattr(module, f"write_{name}")(folder, SEED)
    return names


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    target.mkdir(parents=True, exist_ok=True)
    print("wrote", ", ".join(simulate(target)))
