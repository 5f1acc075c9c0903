"""The same IC50s, qualifiers and statuses whatever the CPU offers, and however many threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

ROOT = Path(__file__).resolve().parents[3]
WIDE = [name for name in __cpu_dispatch__ if __cpu_features__.get(name)]
CLOSE, LOOSE = 1e-9, 1e-7
"""Of a column's largest value. Loose where a fit goes on by reweighting, or has an asymmetry that few wells
hold."""
SCRIPT = """
import sys
from pathlib import Path
import numpy as np
import pandas as pd
from lib import dose_response as dr, plates
from lib.dose_response.curves import PUBLISHED
from lib.tables.dose_response import read_wells

root, out = Path(sys.argv[1]), Path(sys.argv[2])

def long(doses, viability, names):
    return pd.DataFrame({"compound": "x", "cell_line": np.repeat(names, len(doses)), "experiment": "1",
                         "concentration_uM": np.tile(doses, len(names)), "viability": viability.ravel()}).dropna()

rng, n = np.random.default_rng(7), 120
doses = np.repeat(np.geomspace(0.003, 30, 9), 2)
ic50, hill = 10 ** rng.uniform(-3.5, 3, (n, 1)), rng.uniform(0.5, 6, (n, 1))
floor = rng.choice([-0.1, 0, 0.3, 0.9, 1.2], (n, 1))
noise = rng.choice([0.01, 0.05, 0.15], (n, 1)) * rng.standard_normal((n, len(doses)))
simulated = (floor + (1 - floor) / (1 + (doses / ic50) ** hill) + noise).round(4)
sets = {"example": plates.normalise_plates(read_wells(root / "data/example/plates.csv")),
        "simulated": long(doses, simulated, np.arange(n).astype(str))}
ctrp = root.parent / "shared/data/dose_response/ctrp_40uM_ratios.tsv"
if ctrp.exists():
    real = pd.read_csv(ctrp, sep="\\t").drop_duplicates("Name").set_index("Name").iloc[::15]
    tested = [0, .0012, .0024, .0049, .0097, .019, .039, .078, .16, .31, .62, 1.2, 2.5, 5, 10, 20, 40]
    sets["ctrp"] = long(np.array(tested), real.to_numpy(float), real.index.astype(str))
for name, wells in sets.items():
    for model, loss in (("4pl", "squares"), ("auto", "squares"), ("4pl", "huber")):
        fits = dr.fit_curves(wells, model=model, loss=loss)
        key = f"{name}-{model}-{loss}"
        fits.to_frame()[PUBLISHED].to_pickle(out / f"{key}.pkl")
        dr.combine_experiments(fits).to_frame().to_pickle(out / f"{key}-summary.pkl")
        dr.compare_lines(fits).to_frame().to_pickle(out / f"{key}-contrasts.pkl")
"""


def compute(folder: Path, **environment: str) -> dict[str, pd.DataFrame]:
    folder.mkdir()
    plain = {k: v for k, v in os.environ.items() if k not in ("NPY_DISABLE_CPU_FEATURES", "PYTHONHASHSEED")}
    subprocess.run(
        [sys.executable, "-c", SCRIPT, str(ROOT), str(folder)],
        check=True,
        cwd=ROOT,
        env={**plain, "PYTHONPATH": str(ROOT), **environment},
    )
    return {path.stem: pd.read_pickle(path) for path in sorted(folder.glob("*.pkl"))}


@pytest.mark.numeric
@pytest.mark.skipif(not WIDE, reason="numpy dispatches to no wide instructions on this CPU")
def test_numbers_and_statuses_are_the_same_on_every_cpu(tmp_path: Path) -> None:
    here = compute(tmp_path / "here", OPENBLAS_NUM_THREADS="2")
    narrow = compute(
        tmp_path / "narrow",
        OPENBLAS_NUM_THREADS="1",
        NPY_DISABLE_CPU_FEATURES=" ".join(WIDE),
        PYTHONHASHSEED="5",
        LC_ALL="C",
        TZ="Asia/Tokyo",
    )
    assert len(here) >= 18
    for key, table in here.items():
        other, tolerance = narrow[key], LOOSE if "auto" in key or "huber" in key else CLOSE
        assert list(table.columns) == list(other.columns)
        for column in table:
            values, others = table[column].to_numpy(), other[column].to_numpy()
            if table[column].dtype.kind != "f":
                assert (values.astype(str) == others.astype(str)).all(), f"{key}.{column}"
            elif np.isfinite(values).any():
                scale = float(np.nanmax(np.abs(values)))
                np.testing.assert_allclose(
                    others, values, rtol=0, atol=tolerance * scale, err_msg=f"{key}.{column}"
                )
