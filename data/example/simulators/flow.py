"""Flow cytometry of six tumour-bearing mice before and after treatment: twelve FCS 3.1 files, eight colours.

Truth. Of all events 8 % are debris, 6 % dead cells (dim scatter, granular, autofluorescent) and 5 % doublets;
the rest are single live cells with the frequencies in `BASE` (before). After treatment the logits of CD8+ of
T cells, regulatory of CD4+ and MDSC of myeloid cells move by `EFFECT`, the directions of Table 1; animals
differ by `ANIMAL_SD` logits. The dyes of Table 2 are read on eight detectors of a spectral instrument after
unmixing, so that APC and Alexa Fluor 647 still spill into each other by half (`SPILL`). In mouse M4 after
treatment the fluidics clog for a quarter of the run. The true counts of every file are written to
flow_truth.csv.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

ANIMALS = tuple(f"M{i}" for i in range(1, 7))
N_EVENTS = 8000
TOP = 262144.0
UNSTABLE = "M4_post.fcs"

PANEL = (
    ("FITC", "CD45"),
    ("PE", "CD3"),
    ("PerCP", "CD4"),
    ("PE-Cy7", "CD25"),
    ("APC", "CD8"),
    ("Alexa Fluor 647", "FoxP3"),
    ("APC-Cy7", "Gr-1"),
    ("Pacific Blue", "CD11b"),
)
DYES = [dye for dye, _ in PANEL]
CHANNELS = ["FSC-A", "FSC-H", "SSC-A", *(f"{dye}-A" for dye in DYES), "Time"]

SPILL = {
    ("FITC", "PE"): 0.15,
    ("FITC", "PerCP"): 0.02,
    ("PE", "FITC"): 0.01,
    ("PE", "PerCP"): 0.25,
    ("PE", "PE-Cy7"): 0.03,
    ("PerCP", "PE-Cy7"): 0.18,
    ("PerCP", "APC"): 0.02,
    ("PE-Cy7", "PE"): 0.02,
    ("PE-Cy7", "APC-Cy7"): 0.10,
    ("APC", "Alexa Fluor 647"): 0.50,
    ("APC", "APC-Cy7"): 0.08,
    ("Alexa Fluor 647", "APC"): 0.50,
    ("Alexa Fluor 647", "APC-Cy7"): 0.06,
    ("APC-Cy7", "PE-Cy7"): 0.05,
    ("APC-Cy7", "APC"): 0.04,
    ("APC-Cy7", "Alexa Fluor 647"): 0.03,
    ("Pacific Blue", "FITC"): 0.02,
}

BASE = {
    "leukocyte": 0.60,
    "t_cell": 0.42,
    "cd4": 0.45,
    "cd8": 0.40,
    "treg": 0.20,
    "activated": 0.12,
    "myeloid": 0.62,
    "mdsc": 0.45,
}
EFFECT = {"cd8": 0.45, "treg": -0.75, "mdsc": -0.70}
ANIMAL_SD = 0.15

BRIGHT = {
    "CD45": 5000.0,
    "CD3": 12000.0,
    "CD4": 15000.0,
    "CD25": 3200.0,
    "CD8": 20000.0,
    "FoxP3": 2600.0,
    "Gr-1": 16000.0,
    "CD11b": 22000.0,
}


def write_flow(folder: Path, seed: int) -> None:
    """Write flow/*.fcs, flow_samples.csv, flow_panel.csv and flow_truth.csv."""
    (folder / "flow").mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([seed, 4])
    samples, truth = [], []
    for animal in ANIMALS:
        personal = {name: rng.normal(0, ANIMAL_SD) for name in BASE}
        for timepoint in ("pre", "post"):
            name = f"{animal}_{timepoint}.fcs"
            effect = EFFECT if timepoint == "post" else {}
            rates = {k: _shift(p, personal[k] + effect.get(k, 0.0)) for k, p in BASE.items()}
            events, counts = simulate_sample(rng, rates, unstable=name == UNSTABLE)
            (folder / "flow" / name).write_bytes(fcs_bytes(events, CHANNELS, name))
            samples.append(
                {
                    "file": f"flow/{name}",
                    "subject": animal,
                    "timepoint": timepoint,
                    "species": "mouse",
                    "cells_per_mg": round(float(rng.lognormal(np.log(900), 0.2))),
                }
            )
            truth += [
                {"file": name, "population": p, "count": n, "parent_count": m, "percent_parent": 100 * n / m}
                for p, n, m in counts
            ]
    pd.DataFrame(samples).to_csv(folder / "flow_samples.csv", index=False, lineterminator="\n")
    pd.DataFrame(truth).to_csv(
        folder / "flow_truth.csv", index=False, lineterminator="\n", float_format="%.4f"
    )
    panel = pd.DataFrame(
        [(f"{dye}-A", marker, dye) for dye, marker in PANEL], columns=["channel", "marker", "fluorochrome"]
    )
    panel.to_csv(folder / "flow_panel.csv", index=False, lineterminator="\n")


def simulate_sample(
    rng: np.random.Generator, rates: dict[str, float], *, unstable: bool = False
) -> tuple[np.ndarray, list[tuple[str, int, int]]]:
    """Events, shape (n_events, n_channels), and true counts (population, count, parent count) of live
    singlets."""
    debris, dead, doublet = (int(N_EVENTS * share) for share in (0.08, 0.06, 0.05))
    n = N_EVENTS - debris - dead
    kinds = _draw_kinds(rng, n + doublet, rates)
    scatter, dyes = _cells(rng, kinds)
    scatter, dyes = _join_doublets(scatter, dyes, doublet)
    counts = _count({name: mask[: n - doublet] for name, mask in kinds.items()})
    low_scatter, low_dyes = _debris_and_dead(rng, debris, dead)
    scatter, dyes = np.vstack([scatter, low_scatter]), np.vstack([dyes, low_dyes])
    order = rng.permutation(len(dyes))
    signal = _detect(rng, dyes[order])
    time = np.sort(rng.uniform(0, 60, N_EVENTS))
    if unstable:
        time, signal = _clog(rng, time, signal)
    in_time = np.argsort(time, kind="stable")
    events = np.column_stack([scatter[order], signal, time * 100])[in_time]
    events[:, :-1] = np.minimum(events[:, :-1], TOP - 1)
    return events.astype("<f4"), counts


def _draw_kinds(rng: np.random.Generator, n: int, rates: dict[str, float]) -> dict[str, np.ndarray]:
    """Which cell is of which kind: nested draws."""
    leukocyte = rng.random(n) < rates["leukocyte"]
    t_cell = leukocyte & (rng.random(n) < rates["t_cell"])
    lineage = rng.random(n)
    cd8 = t_cell & (lineage < rates["cd8"])
    cd4 = t_cell & ~cd8 & (lineage < rates["cd8"] + (1 - rates["cd8"]) * rates["cd4"] / (1 - BASE["cd8"]))
    draw = rng.random(n)
    treg = cd4 & (draw < rates["treg"])
    activated = cd4 & ~treg & (draw < rates["treg"] + rates["activated"])
    myeloid = leukocyte & ~t_cell & (rng.random(n) < rates["myeloid"])
    mdsc = myeloid & (rng.random(n) < rates["mdsc"])
    return {
        "leukocyte": leukocyte,
        "t_cell": t_cell,
        "cd4": cd4,
        "cd8": cd8,
        "treg": treg,
        "activated": activated,
        "myeloid": myeloid,
        "mdsc": mdsc,
    }


def _cells(rng: np.random.Generator, kinds: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    n = len(kinds["leukocyte"])
    size = np.where(kinds["myeloid"], 95e3, np.where(kinds["leukocyte"], 72e3, 130e3))
    grain = np.where(
        kinds["mdsc"], 60e3, np.where(kinds["myeloid"], 45e3, np.where(kinds["leukocyte"], 20e3, 70e3))
    )
    area = size * rng.lognormal(0, 0.12, n)
    scatter = np.column_stack([area, area * rng.normal(0.82, 0.02, n), grain * rng.lognormal(0, 0.25, n)])
    shows = {
        "CD45": kinds["leukocyte"],
        "CD3": kinds["t_cell"],
        "CD4": kinds["cd4"],
        "CD8": kinds["cd8"],
        "CD25": kinds["treg"] | kinds["activated"],
        "FoxP3": kinds["treg"],
        "Gr-1": kinds["mdsc"],
        "CD11b": kinds["myeloid"],
    }
    columns = [
        np.where(shows[m], BRIGHT[m] * rng.lognormal(0, 0.50, n), np.abs(rng.normal(0, 180, n)))
        for _, m in PANEL
    ]
    return scatter, np.column_stack(columns)


def _join_doublets(scatter: np.ndarray, dyes: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The last 2n cells pass the laser in pairs: area adds, height hardly."""
    first, second = np.arange(len(dyes) - 2 * n, len(dyes) - n), np.arange(len(dyes) - n, len(dyes))
    joined = scatter[first] + scatter[second]
    joined[:, 1] = 1.12 * np.maximum(scatter[first, 1], scatter[second, 1])
    return np.vstack([scatter[: first[0]], joined]), np.vstack([dyes[: first[0]], dyes[first] + dyes[second]])


def _debris_and_dead(rng: np.random.Generator, debris: int, dead: int) -> tuple[np.ndarray, np.ndarray]:
    size = np.concatenate(
        [rng.lognormal(np.log(11e3), 0.30, debris), rng.lognormal(np.log(30e3), 0.14, dead)]
    )
    grain = np.concatenate([rng.lognormal(np.log(6e3), 0.4, debris), rng.lognormal(np.log(80e3), 0.3, dead)])
    glow = np.concatenate([np.full(debris, 40.0), np.full(dead, 700.0)])
    dyes = np.abs(rng.normal(0, 1, (debris + dead, len(DYES)))) * glow[:, None]
    return np.column_stack([size, size * rng.normal(0.82, 0.03, len(size)), grain]), dyes


def spill_matrix() -> np.ndarray:
    """Row dye, column detector."""
    matrix = np.eye(len(DYES))
    for (dye, detector), share in SPILL.items():
        matrix[DYES.index(dye), DYES.index(detector)] = share
    return matrix


def _detect(rng: np.random.Generator, dyes: np.ndarray) -> np.ndarray:
    """What the detectors record: spilled light, photon statistics (4 units a photon), electronic noise."""
    light = dyes @ spill_matrix()
    return light + rng.normal(0, 1, light.shape) * np.sqrt(4 * light + 40.0**2)


def _clog(rng: np.random.Generator, time: np.ndarray, signal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From 30 to 45 s fewer events pass, and the stream misses the laser's centre."""
    inside = (time > 30) & (time < 45)
    late = inside & (rng.random(len(time)) < 0.6)
    time = np.where(late, rng.uniform(45, 60, len(time)), time)
    inside = (time > 30) & (time < 45)
    return time, np.where(inside[:, None], signal * 0.6, signal)


def _count(kinds: dict[str, np.ndarray]) -> list[tuple[str, int, int]]:
    total = len(kinds["leukocyte"])
    n = {name: int(mask.sum()) for name, mask in kinds.items()}
    return [
        ("Leukocytes", n["leukocyte"], total),
        ("T cells", n["t_cell"], n["leukocyte"]),
        ("CD4+ T cells", n["cd4"], n["t_cell"]),
        ("CD8+ T cells", n["cd8"], n["t_cell"]),
        ("Regulatory T cells", n["treg"], n["cd4"]),
        ("Myeloid cells", n["myeloid"], n["leukocyte"]),
        ("MDSC", n["mdsc"], n["myeloid"]),
    ]


def fcs_bytes(events: np.ndarray, channels: list[str], name: str) -> bytes:
    """An FCS 3.1 file: header, keywords, little-endian float32 events."""
    markers = {f"{dye}-A": marker for dye, marker in PANEL}
    matrix = spill_matrix()
    spill = ",".join([str(len(DYES)), *(f"{d}-A" for d in DYES), *(f"{v:g}" for v in matrix.ravel())])
    words = {
        "$BEGINANALYSIS": "0",
        "$ENDANALYSIS": "0",
        "$BEGINSTEXT": "0",
        "$ENDSTEXT": "0",
        "$BYTEORD": "1,2,3,4",
        "$DATATYPE": "F",
        "$MODE": "L",
        "$NEXTDATA": "0",
        "$PAR": str(len(channels)),
        "$TOT": str(len(events)),
        "$CYT": "simulated",
        "$FIL": name,
        "$TIMESTEP": "0.01",
        "$SPILLOVER": spill,
    }
    for i, channel in enumerate(channels, start=1):
        words |= {f"$P{i}N": channel, f"$P{i}B": "32", f"$P{i}E": "0,0", f"$P{i}R": "262144"}
        if channel in markers:
            words[f"$P{i}S"] = markers[channel]
    data = np.ascontiguousarray(events, dtype="<f4").tobytes()
    begin = 4096
    words |= {"$BEGINDATA": str(begin), "$ENDDATA": str(begin + len(data) - 1)}
    text = ("|" + "".join(f"{key}|{value}|" for key, value in words.items())).encode("ascii")
    offsets = (58, 58 + len(text) - 1, begin, begin + len(data) - 1, 0, 0)
    header = b"FCS3.1    " + b"".join(f"{offset:>8d}".encode("ascii") for offset in offsets)
    return (header + text).ljust(begin, b" ") + data


def _shift(probability: float, logits: float) -> float:
    return float(1 / (1 + np.exp(-(np.log(probability / (1 - probability)) + logits))))
