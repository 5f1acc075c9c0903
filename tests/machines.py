"""The second pass of CI: every report again, as other machines would compute it, must hold the same results.

``python -m tests.machines`` makes the reports of the example study, of 1,000 simulated curves and, where
../shared/data is there, of real data; then runs `tme verify` on each, and the tests marked ``numeric``, under
each of `MACHINES`. Exit 1 where anything differs beyond `reports.store.sameness`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from numpy._core._multiarray_umath import __cpu_dispatch__

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
TME = (sys.executable, "-m", "reports.cli")
NARROW = {"NPY_DISABLE_CPU_FEATURES": " ".join(__cpu_dispatch__)}
"""An older processor: numpy takes the build's baseline instructions alone."""
MACHINES = {
    "narrow instructions, one thread": {
        **NARROW,
        "OPENBLAS_NUM_THREADS": "1",
        "LC_ALL": "C",
        "TZ": "Asia/Kolkata",
        "PYTHONHASHSEED": "1",
    },
    "two threads": {
        "OPENBLAS_NUM_THREADS": "2",
        "LC_ALL": "de_DE.UTF-8",
        "TZ": "America/St_Johns",
        "PYTHONHASHSEED": "2",
    },
}
SEED, N_CURVES = 11, 1000


def write_simulated(folder: Path) -> tuple[str, dict[str, object]]:
    """Curves from inert to potent, some at the edges of the range, some noisy: where a verdict could tip
    over."""
    rng = np.random.default_rng(SEED)
    doses = np.geomspace(0.003, 30, 9)
    ic50 = 10 ** rng.uniform(-3.5, 3, (N_CURVES, 1))
    hill, floor = rng.uniform(0.5, 4, (N_CURVES, 1)), rng.uniform(-0.05, 0.9, (N_CURVES, 1))
    noise = rng.choice([0.01, 0.05, 0.15], (N_CURVES, 1)) * rng.standard_normal((N_CURVES, len(doses)))
    viability = floor + (1 - floor) / (1 + (doses / ic50) ** hill) + noise
    frame = pd.DataFrame(viability.round(4), columns=doses).rename_axis("cell_line").reset_index()
    path = folder / "simulated.csv"
    _long(frame).to_csv(path, index=False)
    return "ic50", {"measurements": path}


def write_real(folder: Path) -> Iterator[tuple[str, dict[str, object]]]:
    """Real data in the columns of the notebooks."""

    def save(frame: pd.DataFrame, name: str) -> Path:
        frame.to_csv(folder / name, index=False)
        return folder / name

    yield "ic50", {"measurements": save(_ctrp(), "ctrp.csv")}
    yield "ic50", {"measurements": save(_ctrp(), "ctrp.csv"), "model": "auto"}
    d = pd.read_csv(DATA / "synergy/mathews.csv")
    yield (
        "synergy",
        {
            "measurements": save(
                pd.DataFrame(
                    {
                        "cell_line": "TMD8",
                        "compound_1": d.drug_row,
                        "compound_2": d.drug_col,
                        "concentration_1_nM": d.conc_r,
                        "concentration_2_nM": d.conc_c,
                        "viability": d.response / 100,
                    }
                ),
                "mathews.csv",
            )
        },
    )
    yield "immune_shifts", {"populations": DATA / "immune/pairs_8.csv"}
    d = pd.read_csv(DATA / "clinical/r_survival_lung.csv")
    yield (
        "clinical_endpoints",
        {
            "times": save(
                pd.DataFrame(
                    {
                        "subject": d.index,
                        "endpoint": "OS",
                        "time_days": d.time,
                        "event": (d.status == 2).astype(int),
                        "group": d.sex.map({1: "male", 2: "female"}),
                    }
                ),
                "lung.csv",
            ),
            "reference_group": "male",
        },
    )
    clinical = {"tr": "tr_onco_recist", "tu": "tu_onco_recist", "rs": "rs_onco_recist", "subjects": "adsl"}
    yield (
        "clinical_endpoints",
        {"standard": "sdtm"} | {k: DATA / f"clinical/{v}.csv" for k, v in clinical.items()},
    )
    yield "cytokines", {"plate": save(_luminex(), "luminex.csv")}
    yield (
        "stroma",
        {
            "images": save(
                pd.DataFrame(
                    {
                        "image": [DATA / "stroma/collagen.tif"],
                        "mask": [DATA / "stroma/collagen_mask.tif"],
                        "subject": "a",
                        "timepoint": "pre",
                        "stain": "shg",
                        "um_per_px": 1.0,
                    }
                ),
                "images.csv",
            )
        },
    )
    yield (
        "ihc",
        {
            "slides": save(
                pd.DataFrame(
                    {
                        "image": sorted((DATA / "ihc").glob("test_cli_*.png")),
                        "subject": ["a", "b"],
                        "timepoint": "pre",
                        "marker": "Ki67",
                        "um_per_px": 0.5,
                        "compartment": "nucleus",
                    }
                ),
                "slides.csv",
            )
        },
    )


def _long(wide: pd.DataFrame) -> pd.DataFrame:
    """A curve a row becomes a well a row."""
    wells = wide.melt("cell_line", var_name="concentration_uM", value_name="viability")
    return wells.dropna().assign(compound="x")


def _ctrp() -> pd.DataFrame:
    d = pd.read_csv(DATA / "dose_response/ctrp_40uM_ratios.tsv", sep="\t").drop_duplicates("Name")
    doses = [0, *(40 / 2**k for k in range(15, -1, -1))]
    return _long(d.set_axis(["cell_line", *doses], axis=1))


def _luminex() -> pd.DataFrame:
    signals, known = (pd.read_csv(DATA / f"cytokines/drlumi_{name}data.csv") for name in ("mfi", "ec"))
    d = signals[signals.analyte.isin(["IL-6", "FGF"])].merge(known, on=["sample", "analyte"], how="left")
    roles = {"Standard": "standard", "Background": "blank", "Control": "control"}
    role = d["sample"].str.extract("^(Standard|Background|Control)")[0].map(roles).fillna("sample")
    return pd.DataFrame(
        {
            "plate": d.plate,
            "well": d.well,
            "analyte": d.analyte,
            "sample": d["sample"],
            "role": role,
            "concentration_pg_ml": d.ec.where(role != "sample"),
            "signal": d.mfi,
            "dilution": 1,
        }
    )


def make_reports(folder: Path) -> list[str]:
    """Every report into a site; gives their versions."""
    site = folder / "site"
    found = _run(site)
    jobs = [write_simulated(folder), *(write_real(folder) if DATA.is_dir() else ())]
    for notebook, values in jobs:
        found += _run(
            site, notebook, *(str(w) for name, value in values.items() for w in ("-p", name, value))
        )
    if not DATA.is_dir():
        print("real data absent: ../shared/data", flush=True)
    return [report["version"] for report in found]


def _run(site: Path, *words: str) -> list[dict[str, str]]:
    done = subprocess.run(
        [*TME, "run", *words, "--site", str(site), "--json"], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"tme run {' '.join(words)}: exit {done.returncode}\n{done.stderr}")
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


def verify(version: str, folder: Path, machine: str) -> bool:
    """Whether a version comes out the same on that machine; says so."""
    command = [*TME, "verify", version, "--site", str(folder / "site")]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | MACHINES[machine], capture_output=True, text=True
    )
    print(f"{machine}: {(done.stdout or done.stderr).strip()}", flush=True)
    return done.returncode == 0


def main() -> int:
    """Run both parts; 0 where all agrees."""
    with tempfile.TemporaryDirectory(prefix="machines-") as name, ThreadPoolExecutor(os.cpu_count()) as pool:
        folder = Path(name)
        versions = make_reports(folder)
        same = [
            good
            for machine in MACHINES
            for good in pool.map(lambda v, m=machine: verify(v, folder, m), versions)
        ]  # type: ignore[misc]
    codes = [
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-m", "numeric", "-n", "auto", "tests"],
            cwd=ROOT,
            env=os.environ | machine,
        ).returncode
        for machine in MACHINES.values()
    ]
    print(
        f"{sum(same)} of {len(same)} reports the same; tests on {codes.count(0)} of {len(codes)} machines"
        " pass"
    )
    return int(not all(same) or any(codes))


if __name__ == "__main__":
    sys.exit(main())
