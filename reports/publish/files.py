"""The files of a report: tables at full precision, figures as SVG and PNG, claims; the same bytes each
time."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure as Drawing
from matplotlib.layout_engine import ConstrainedLayoutEngine

from reports.json_files import write_json

PNG_DPI = 150
STAMP_HEIGHT_IN = 0.14
STAMPS = {"simulated": "simulated data", "digitised": "digitised data"}


def output_folder() -> Path | None:
    """Where the runner wants files, or None in an interactive session."""
    named = os.environ.get("TME_OUTPUT")
    return Path(named) if named else None


def write_table(frame: pd.DataFrame, name: str) -> str:
    """Write a table's CSV, if files are wanted; its path within the report."""
    compressed = name.endswith(".csv.gz")
    file = f"tables/{name}" if compressed else f"tables/{name}.csv"
    folder = output_folder()
    if folder:
        (folder / "tables").mkdir(parents=True, exist_ok=True)
        compression: Any = {"method": "gzip", "mtime": 0} if compressed else None
        frame.to_csv(folder / file, index=False, compression=compression, lineterminator="\n")
    return file


def write_figure(drawing: Drawing, name: str, *, origin: str) -> tuple[str, str]:
    """Draw a figure, stamped by the origin of its data, and write it if files are wanted; its SVG, and the
    path of that within the report."""
    stamp = stamp_of(origin)
    if stamp:
        _make_room(drawing)
        drawing.text(0.995, 0.005, stamp, ha="right", va="bottom", fontsize=7, color="#7d868e")
    engine = drawing.get_layout_engine()
    if engine is not None:  # laid out once; with an engine in place every file would be drawn twice
        engine.execute(drawing)
        drawing.set_layout_engine(None)
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "tme"}):  # ids of any picture are the same in every run
        drawing.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    folder = output_folder()
    if folder:
        (folder / "figures").mkdir(parents=True, exist_ok=True)
        (folder / "figures" / f"{name}.svg").write_text(svg, encoding="utf-8")
        drawing.savefig(
            folder / "figures" / f"{name}.png",
            dpi=PNG_DPI,
            facecolor="white",
            transparent=False,
            metadata={"Software": None},
            pil_kwargs={"compress_level": 3},
        )
    return svg, f"figures/{name}.svg"


def stamp_of(origin: str) -> str | None:
    """What stands at the foot of every figure of such data, whoever runs the notebook."""
    return STAMPS.get(os.environ.get("TME_ORIGIN", "") or origin)


def _make_room(drawing: Drawing) -> None:
    """Keep a line free at the foot of the figure, so that the stamp lies on nothing."""
    engine = drawing.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        foot = STAMP_HEIGHT_IN / drawing.get_size_inches()[1]
        engine.set(rect=(0, foot, 1, 1 - foot))


def write_claims(content: list[dict[str, Any]]) -> None:
    """Write ``claims.json``, if files are wanted."""
    folder = output_folder()
    if folder:
        write_json(folder / "claims.json", content)
