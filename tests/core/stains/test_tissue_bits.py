"""Areas, counts and verdicts of images are the same with and without a processor's wide instructions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

MEASURE = """
import json, numpy as np, pandas as pd
from pathlib import Path
from PIL import Image
from lib import stains, stroma
from lib.tables.images import read_image
from lib.tables.slides import open_slide
from lib.tables.stroma import read_stroma_images
example = Path("data/example")
manifest = read_stroma_images(example / "images.csv").iloc[:6]
pixels = [read_image(path) for path in manifest["image"]]
none = [None] * len(pixels)
fields = stroma.measure_study(manifest, pixels, none, none).frame
columns = ["tissue_area_mm2", "area_fraction", "threshold", "n_orientations", "excluded_fraction", "status"]
slide = open_slide(example / "ihc" / "S01_pre_A.png")
cells = stains.measure_slide(slide, um_per_px=0.5, compartment="cytoplasm").cells
classes = stains.classify_cells(cells["cytoplasm_dab_od"])
print(json.dumps({"stroma": fields[columns].values.tolist(), "areas": cells["cell_area_um2"].tolist(),
                  "classes": classes.tolist(), "densities": cells["cytoplasm_dab_od"].tolist()}))
"""


def measure(root: Path, **environment: str) -> dict[str, Any]:
    said = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MEASURE],
        cwd=root,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
    )
    return json.loads(said.stdout)  # type: ignore[no-any-return]


def wide_instructions() -> str:
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    return " ".join(name for name in __cpu_dispatch__ if __cpu_features__.get(name))


def test_images_measure_the_same_without_wide_instructions(root: Path) -> None:
    if not wide_instructions():
        pytest.skip("this processor has no wide instructions to do without")
    plain = measure(root)
    assert len(plain["areas"]) > 20
    assert measure(root, NPY_DISABLE_CPU_FEATURES=wide_instructions(), OPENBLAS_CORETYPE="Nehalem") == plain
