"""Speeds beside the aims and, where they are installed, the peers: ``python -m tests.bench`` prints one JSON
object.

Every time is the best of three runs of one process on one core. Progress goes to standard error; nothing is
asserted, for absolute times are the machine's and only ratios hold.
"""

from __future__ import annotations

import os

for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")  # before numpy

import json  # noqa: E402
import platform  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
N_CURVES, N_SAMPLES, N_SUBJECTS, N_EVENTS = 8192, 10_000, 100_000, 1_000_000
Row = dict[str, Any]


def best_of(run: Callable[[], Any], times: int = 3) -> float:
    """Least wall time of several runs, seconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return min(taken)


def rate_row(n: int, run: Callable[[], Any], aim: float | None = None, unit: str = "curves/s") -> Row:
    """How many a second; an aim is a floor."""
    rate = n / best_of(run)
    return _row(rate, unit, aim, met=None if aim is None else rate >= aim)


def time_row(run: Callable[[], Any], aim: float, unit: str = "s", per: float = 1.0) -> Row:
    """How long; an aim is a ceiling."""
    taken = best_of(run) / per
    return _row(taken, unit, aim, met=taken <= aim)


def _row(value: float, unit: str, aim: float | None, met: bool | None) -> Row:
    row: Row = {"value": float(f"{value:.4g}"), "unit": unit}
    return row if aim is None else {**row, "aim": aim, "met": met}


def simulate_curves(n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Concentrations (30,) and responses (n, 30): ten doses in triplicate."""
    rng = np.random.default_rng(seed)
    doses = np.repeat(np.geomspace(0.01, 30, 10), 3)
    ic50, hill = 10 ** rng.uniform(-1, 1, (n, 1)), rng.uniform(0.7, 2, (n, 1))
    return doses, 0.1 + 0.9 / (1 + (doses / ic50) ** hill) + rng.normal(0, 0.05, (n, 30))


def logistic(c: np.ndarray, top: float, bottom: float, hill: float, log10_ic50: float) -> np.ndarray:
    """The 4PL as peers are given it."""
    return np.asarray(bottom + (top - bottom) / (1 + (c / 10**log10_ic50) ** hill))


def bench_dose_response() -> dict[str, Row]:
    """Batches of curves; scipy and lmfit on some of the same curves."""
    from lib.dose_response import batch_from_matrix, fit_batch

    doses, y = simulate_curves(N_CURVES)
    batch = batch_from_matrix(doses, y)
    rows = {
        "4pl_estimates": rate_row(N_CURVES, lambda: fit_batch(batch, method="wald", level=None), 20_000),
        "4pl_with_profile_interval": rate_row(N_CURVES, lambda: fit_batch(batch, level=None), 10_000),
        "4pl_with_both_profiles": rate_row(N_CURVES, lambda: fit_batch(batch)),
    }
    return {**rows, **bench_fit_peers(doses, y)}


def bench_fit_peers(doses: np.ndarray, y: np.ndarray) -> dict[str, Row]:
    """scipy and lmfit, one curve at a time, from a good start."""
    import lmfit
    from scipy.optimize import curve_fit

    start = {"top": 1.0, "bottom": 0.1, "hill": 1.0, "log10_ic50": 0.0}
    model = lmfit.Model(logistic)

    def lmfit_fit(curve: np.ndarray) -> Any:
        return model.fit(curve, model.make_params(**start), c=doses)

    def lmfit_profile(curve: np.ndarray) -> Any:
        fit = lmfit_fit(curve)
        return lmfit.conf_interval(fit, fit, p_names=["log10_ic50"], sigmas=[0.95])

    def each(run: Callable[[np.ndarray], Any], n: int) -> Row:
        return rate_row(n, lambda: [_tolerate(run, curve) for curve in y[:n]])

    return {
        "peer_scipy_curve_fit": each(lambda c: curve_fit(logistic, doses, c, list(start.values())), 200),
        "peer_lmfit_fit": each(lmfit_fit, 60),
        "peer_lmfit_conf_interval": each(lmfit_profile, 10),
    }


def _tolerate(run: Callable[[np.ndarray], Any], curve: np.ndarray) -> None:
    """A peer that does not converge has still spent its time."""
    try:
        run(curve)
    except Exception:
        return


def bench_survival() -> dict[str, Row]:
    """Many small Kaplan–Meier samples; one large Cox model."""
    from lib.survival import estimate_median, fit_batch, fit_cox, fit_kaplan_meier

    rng = np.random.default_rng(2)
    time_, censor = rng.exponential(12, (N_SAMPLES, 109)), rng.uniform(5, 40, (N_SAMPLES, 109))
    times, events = np.minimum(time_, censor), time_ <= censor
    x = rng.normal(size=(N_SUBJECTS, 2))
    died = rng.exponential(np.exp(-(x @ [0.5, -0.3])))
    ended = np.minimum(died, 1.5)
    return {
        "km_median_interval_10000_of_109": time_row(lambda: fit_batch(times, events), 0.5),
        "km_median_interval_one_of_109": time_row(
            lambda: [estimate_median(fit_kaplan_meier(times[i], events[i])) for i in range(200)],
            0.0016,
            per=200,
        ),
        "cox_two_covariates_100000": time_row(lambda: fit_cox(ended, died <= 1.5, x), 0.30),
    }


def simulate_fcs(path: Path, n: int = N_EVENTS) -> None:
    """A file of twelve channels with the example's panel, its mouse repeated up to `n` events."""
    sys.path.insert(0, str(ROOT / "data" / "example"))
    from simulators import flow

    from lib.cytometry import read_fcs

    seen = read_fcs(ROOT / "data" / "example" / "flow" / "M1_pre.fcs").events.T
    rng = np.random.default_rng(3)
    events = seen[rng.integers(0, len(seen), n)] * rng.normal(1, 0.02, (n, seen.shape[1]))
    path.write_bytes(flow.fcs_bytes(events.astype(np.float32), flow.CHANNELS, path.name))


def bench_cytometry() -> dict[str, Row]:
    """Read, compensate, eight logicle scales and ten gates of a million events."""
    from lib.cytometry import Dimension, GatingStrategy, Logicle, RectangleGate, apply_gates, read_fcs

    scale = Logicle(top=262144.0, width=0.5, decades=4.5)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "million.fcs"
        simulate_fcs(path)
        colours = [c for c in read_fcs(path).channels if not c.startswith(("FSC", "SSC", "Time"))]
        gates = [RectangleGate(f"{c} up", (Dimension(c, "FCS", scale, low=0.4),)) for c in colours]
        pair = (Dimension(colours[0], "FCS", scale, low=0.3), Dimension(colours[1], "FCS", scale, low=0.3))
        scatter = (Dimension("FSC-A", low=20_000.0), Dimension("SSC-A", high=200_000.0))
        strategy = GatingStrategy((*gates, RectangleGate("pair", pair), RectangleGate("cells", scatter)))
        aim, words = 0.4, "s, million events × 12"
        return {"fcs_pipeline": time_row(lambda: apply_gates(read_fcs(path), strategy), aim, words)}


def bench_stains() -> dict[str, Row]:
    """Separation and nuclei of an example section tiled to about four megapixels."""
    from PIL import Image

    from lib.stains import Settings, measure_slide

    class Held:
        def __init__(self, pixels: np.ndarray) -> None:
            self.pixels, self.shape = pixels, pixels.shape

        def read(self, top: int, bottom: int, left: int, right: int) -> np.ndarray:
            return self.pixels[top:bottom, left:right]

    tile = np.asarray(Image.open(ROOT / "data" / "example" / "ihc" / "S01_pre_A.png").convert("RGB"))
    slide: Any = Held(np.tile(tile, (-(-2000 // tile.shape[0]), -(-2000 // tile.shape[1]), 1))[:2000, :2000])
    megapixels = slide.shape[0] * slide.shape[1] / 1e6
    run = lambda: measure_slide(slide, um_per_px=0.5, compartment="cytoplasm", settings=Settings())  # noqa: E731
    return {"stains_and_nuclei": time_row(run, 0.4, "s/megapixel", per=megapixels)}


def bench_notebook() -> dict[str, Row]:
    """A typical notebook through the warm engine, page and figures included."""
    from reports.run.plan import plan_notebook
    from reports.run.pool import preload, run_jobs
    from reports.run.runner import Options

    with tempfile.TemporaryDirectory() as site:
        job, options = plan_notebook("immune_shifts", {}), Options(site=Path(site), force=True)
        preload([job], engine="warm")
        return {"warm_notebook_immune_shifts": time_row(lambda: run_jobs([job], options, processes=1), 0.3)}


def main() -> None:
    """Run every bench; one that cannot run says why and the others go on."""
    warnings.simplefilter("ignore")
    found: dict[str, Any] = {}
    for bench in (bench_dose_response, bench_survival, bench_cytometry, bench_stains, bench_notebook):
        print(bench.__name__, file=sys.stderr, flush=True)
        try:
            found |= bench()
        except Exception as error:
            found[bench.__name__] = {"error": f"{type(error).__name__}: {error}"}
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "machine": platform.machine()}
    print(json.dumps({"machine": machine, "best_of": 3, "speeds": found}, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
