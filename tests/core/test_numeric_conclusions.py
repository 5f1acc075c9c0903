"""The same numbers and verdicts of target engagement and synergy whatever the CPU offers, and however many
threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

ROOT = Path(__file__).resolve().parents[2]
WIDE = [name for name in __cpu_dispatch__ if __cpu_features__.get(name)]
TOLERANCE = 1e-9
"""Of a column's largest value; the worst seen is 1e-10."""
SCRIPT = """
import sys
from pathlib import Path
import numpy as np
import pandas as pd
from lib import engagement, synergy
from lib.programme import edges, load_programme
from lib.tables.engagement import read_readouts
from lib.tables.synergy import read_combinations

example, out = Path(sys.argv[1]), Path(sys.argv[2])
changes = engagement.normalise_readouts(read_readouts(example / "readouts.csv", treatments=["FAK inhibition"]))
course = engagement.estimate_changes(changes)
programme, latest = load_programme(), engagement.strongest_changes(course)
tables = {
    "engagement": engagement.fit_engagement(changes).frame, "time_course": course.frame,
    "turnover": engagement.fit_turnovers(changes).frame,
    "pathway": edges.compare_edges(programme.pathway, latest, programme.drugs).frame,
}
wells = synergy.normalise_signals(read_combinations(example / "combinations.csv"))
rng = np.random.default_rng(6)
for k in range(5):  # more surfaces than the example's, gaps among them
    more = wells[wells.cell_line == "SIM-I"].assign(cell_line=f"N{k}")
    more["viability"] = more.viability + rng.normal(0, 0.06, len(more))
    wells = pd.concat([wells, more.sample(frac=0.95, random_state=k)], ignore_index=True)
matrices = synergy.arrange_matrices(wells)
scores = synergy.estimate_all(matrices, n_draws=200)
tables["synergy"], tables["musyc"], tables["surface"] = scores.frame, scores.gather_parameters().frame, scores.gather_surface().frame
tables["index"] = synergy.estimate_isoboles(matrices, n_draws=200).frame
for name, table in tables.items():
    table.to_pickle(out / f"{name}.pkl")
"""


def compute(folder: Path, **environment: str) -> dict[str, pd.DataFrame]:
    folder.mkdir()
    plain = {k: v for k, v in os.environ.items() if k not in ("NPY_DISABLE_CPU_FEATURES", "PYTHONHASHSEED")}
    subprocess.run(
        [sys.executable, "-c", SCRIPT, str(ROOT / "data/example"), str(folder)],
        check=True,
        cwd=ROOT,
        env={**plain, "PYTHONPATH": str(ROOT), **environment},
    )
    return {path.stem: pd.read_pickle(path) for path in sorted(folder.glob("*.pkl"))}


@pytest.mark.numeric
@pytest.mark.skipif(not WIDE, reason="numpy dispatches to no wide instructions on this CPU")
def test_numbers_and_verdicts_are_the_same_on_every_cpu(tmp_path: Path) -> None:
    here = compute(tmp_path / "here", OPENBLAS_NUM_THREADS="2")
    narrow = compute(
        tmp_path / "narrow",
        OPENBLAS_NUM_THREADS="1",
        NPY_DISABLE_CPU_FEATURES=" ".join(WIDE),
        PYTHONHASHSEED="5",
        LC_ALL="C",
        TZ="Asia/Tokyo",
    )
    assert len(here) == 8
    for name, table in here.items():
        other = narrow[name]
        assert list(table.columns) == list(other.columns)
        for column in table:
            values, others = table[column].to_numpy(), other[column].to_numpy()
            if table[column].dtype.kind != "f":
                assert (values.astype(str) == others.astype(str)).all(), f"{name}.{column}"
            elif np.isfinite(values).any():
                scale = np.nanmax(np.abs(values))
                np.testing.assert_allclose(
                    others, values, rtol=0, atol=TOLERANCE * scale, err_msg=f"{name}.{column}"
                )
