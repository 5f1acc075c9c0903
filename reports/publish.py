"""What a notebook says to its reader: tables, figures, sentences and one summary.

In JupyterLab each call only displays. When the runner executes the notebook it names a folder in the
environment variable ``TME_OUTPUT``; each call then also writes there: ``tables/*.csv`` at full precision,
``figures/*.svg`` and ``*.png``, ``claims.json``. Every display carries its content as
``application/vnd.tme+json`` too, from which the report's page is made.
"""

from __future__ import annotations

import io
import json
import os
import sys
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.layout_engine import ConstrainedLayoutEngine

from lib.records import Claim, Quality
from lib.result import Result
from reports import opened
from reports import wording as present
from reports.gate import open_gate
from reports.opened import Opened
from reports.shown import Answer, Parts, Shown
from reports.shown import Figure as Figure
from reports.shown import Panels as Panels
from reports.shown import Table as Table
from reports.shown import Text as Text
from reports.store.sameness import Tolerance

MIME = "application/vnd.tme+json"
ROWS_IN_NOTEBOOK = 20
ROWS_ON_PAGE = 2000
PNG_DPI = 150
STAMP_HEIGHT_IN = 0.14
FRACTION = present.FRACTION
STAMPS = {"simulated": "simulated data", "digitised": "digitised data"}
_opened: Report | None = None


@dataclass(frozen=True)
class Key:
    """The one number a report is remembered by, as the library of reports shows it.

    Parameters
    ----------
    label : str
        What it is: ``"IC50, UTE3"``.
    estimate, low, high : float or None
        The number and its interval; None where there is none.
    unit : str
        Its unit, in words.
    n : int or None
        Number of units of replication.
    n_of : str
        What was counted: ``"experiments"``.
    qualifier : str
        ``">"`` or ``"<"`` for a value beyond the tested range, or words such as ``"not reached"``.
    confidence : float
        Level of the interval.
    """

    label: str
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    n: int | None = None
    n_of: str = ""
    qualifier: str = ""
    confidence: float = 0.95


@dataclass(frozen=True)
class Summary:
    """The card on top of a report; see :func:`summary`."""

    answer: str
    quality: str = ""
    published: str = ""
    caution: str = ""
    key: Key | None = None
    flags: list[str] = field(default_factory=list)
    origin: str | None = None


@dataclass(frozen=True)
class Report(Opened):
    """What a notebook knows of the report that it makes, and the two ways in which it speaks: `show` and
    `answer`."""

    _tables: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    def show(self, *parts: Parts) -> None:
        """Write and display tables, figures and sentences, in this order; None and empty ones are left out.

        Parameters
        ----------
        *parts : Table, Figure, Panels, Text, or sequences of them
            As `reports.shown` describes; functions of ``reports.present`` give them. Your own:
            ``Table("name", frame, "**Caption.**")``,
            ``Figure("name", ax.figure, "**Caption.**", alt="what it shows")``, ``Text("words")``.

        Raises
        ------
        TypeError
            For anything else, with the line to write.
        """
        for part in parts:
            if part is None:
                continue
            if isinstance(part, Shown):
                self._show(part)
            elif isinstance(part, Sequence) and not isinstance(part, str):
                self.show(*part)
            else:
                raise TypeError(_how_to_show(part))

    def _show(self, part: Shown) -> None:
        if isinstance(part, Table):
            if output_folder() and part.name in self._tables:
                raise ValueError(f"table {part.name} was shown already; give this one another name")
            self._tables[part.name] = part.frame
            table(
                part.frame,
                part.name,
                caption=part.caption,
                show=part.show,
                flagged=list(part.flagged) or None,
                fold=part.fold,
                note=part.note,
                accuracy=part.accuracy or None,
            )
        elif isinstance(part, Figure):
            figure(part.drawing, part.name, caption=part.caption, alt=part.alt)
        elif isinstance(part, Panels):
            if part.drawings:
                panels(part.drawings, part.name, caption=part.caption, alt=part.alt, columns=part.columns)
        elif part.markdown:
            text(part.markdown)

    def answer(self, said: Answer) -> None:
        """Say the report's answer, once: the card on top, the library's row and ``claims.json``.

        Raises
        ------
        ValueError
            If a claim says something else than the cell of the table that it points at.
        """
        origin = said.origin or self.origin or "measured"
        claims = [
            replace(c, origin=origin, role="further" if i else "lead") for i, c in enumerate(said.claims)
        ]
        for claim in claims:
            _hold_to_table(claim, self._tables)
        _write_claims(claims)
        key = _key(claims[0]) if claims else None
        summary(
            answer=said.answer,
            quality=said.quality,
            published=said.published,
            caution=said.caution,
            key=key,
            flags=said.flags,
            origin=said.origin or None,
        )


def _how_to_show(thing: Any) -> str:
    """The line that publishes what somebody tried to show as it is."""
    kind = f"report.show takes Table, Figure, Panels and Text of reports.publish; got {type(thing).__name__}"
    if isinstance(thing, str):
        return f'{kind}. Write report.show(Text("..."))'
    if isinstance(thing, Drawing | Axes):
        drawn = "ax.figure" if isinstance(thing, Axes) else "figure"
        return f'{kind}. Write report.show(Figure("name", {drawn}, "**Caption.**", alt="what it shows"))'
    if isinstance(thing, pd.DataFrame | Result):
        frame = "result.to_frame()" if isinstance(thing, Result) else "frame"
        return f'{kind}. Write report.show(Table("name", {frame}, "**Caption.**"))'
    return kind


def _hold_to_table(claim: Claim, tables: Mapping[str, pd.DataFrame]) -> None:
    """A claim repeats a cell of a published table; anything else is a fault of ours."""
    source, interval = claim.source, claim.estimate.interval
    if source.table not in tables:
        raise ValueError(f"claim {claim.id}: no table {source.table} was shown")
    row = tables[source.table].iloc[source.row]
    bounds = (interval.low, interval.high) if interval else (np.nan, np.nan)
    for column, claimed in zip(
        (source.value, source.low, source.high), (claim.estimate.value, *bounds), strict=True
    ):
        held = float(row[column]) if column else np.nan
        if column and not (held == claimed or (np.isnan(held) and np.isnan(claimed))):
            raise ValueError(
                f"claim {claim.id}: {column} of table {source.table} is {held}, the claim says {claimed}"
            )
    if "quality" in row and Quality.of_row(row) != claim.quality:
        raise ValueError(
            f"claim {claim.id}: quality of table {source.table} is {row['quality']}, not {claim.quality}"
        )


def _write_claims(claims: Sequence[Claim]) -> None:
    repeated = {c.id for c in claims if [d.id for d in claims].count(c.id) > 1}
    if repeated:
        raise ValueError(f"ids of claims must differ; {', '.join(sorted(repeated))} stands more than once")
    folder = output_folder()
    if folder:
        content = [_finite(claim.to_json()) for claim in claims]
        (folder / "claims.json").write_text(
            json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8"
        )


def _key(claim: Claim) -> Key:
    """The number by which the library shows a report: that of its lead."""
    estimate, interval = claim.estimate, claim.estimate.interval
    factor, unit = (100.0, "%") if estimate.unit == FRACTION else (1.0, estimate.unit)
    low, high = (factor * interval.low, factor * interval.high) if interval else (None, None)
    return Key(
        present.begin(present.name_subject(claim.subject)),
        factor * estimate.value,
        low,
        high,
        unit,
        claim.n,
        claim.n_of,
        "" if estimate.qualifier == "=" else estimate.qualifier,
        interval.confidence if interval else 0.95,
    )


def open_report() -> Report:
    """Hold the parameters of this notebook to their rules, whoever gave them, and say which inputs it takes.

    Stands in the cell after the parameters. Every parameter is checked, made what its line says and bound
    again to its name: the text ``"no"`` becomes false, a path the absolute path of the file that was found.

    Returns
    -------
    Report
        Study and origin of the data, parameters and inputs.

    Raises
    ------
    UsageError
        With every fault: unknown names, wrong types, values outside their choices, missing files; or if the
        parameters cell cannot be found.
    """
    global _opened
    _opened = Report(**vars(open_gate(sys._getframe(1).f_globals)))
    if _opened.inputs or _opened.left_out:
        _display(opened.to_content(_opened), text=opened.to_text(_opened), html=opened.to_html(_opened))
    return _opened


def table(
    frame: pd.DataFrame,
    name: str,
    *,
    caption: str = "",
    show: pd.DataFrame | None = None,
    flagged: Sequence[bool] | None = None,
    fold: bool = False,
    note: str = "",
    accuracy: Mapping[str, float | Tolerance] | None = None,
) -> None:
    """Write a table's file and display it.

    Parameters
    ----------
    frame : DataFrame
        What the file holds, at full precision, without index.
    name : str
        File name without ending: ``"ic50"`` becomes ``tables/ic50.csv``.
    caption : str
        Markdown; opens with the finding in bold, then says how to read it.
    show : DataFrame, optional
        What the reader sees: strings from `reports.wording`, headers in words with the unit after a newline.
        By default the frame itself, numbers at three significant digits.
    flagged : sequence of bool, optional
        Rows of `show` to tint.
    fold : bool
        Start folded: for long tables of detail.
    note : str
        A line under the table.
    accuracy : mapping of str to float or Tolerance, optional
        Columns whose numbers hold less well than to 1e-9 of their size from machine to machine, since their
        method is iterative, and to how much of it they do.

    Raises
    ------
    ValueError
        If the frame holds an infinite number: say "beyond range" in a column of its own instead.
    """
    _refuse_infinity(frame, name)
    file = _write_csv(frame, name)
    shown = _in_words(frame if show is None else show)
    numeric = _numeric_columns(frame if show is None else show)
    content = {
        "kind": "table",
        "name": name,
        "caption": caption,
        "note": note,
        "fold": fold,
        "file": file,
        "columns": [_column(label, n) for label, n in zip(shown.columns, numeric, strict=True)],
        "rows": shown.head(ROWS_ON_PAGE).to_numpy().tolist(),
        "n_rows_total": len(shown),
        "flagged": [i for i, is_flagged in enumerate(flagged) if is_flagged] if flagged is not None else [],
        "accuracy": {column: asdict(Tolerance.of(stated)) for column, stated in (accuracy or {}).items()},
    }
    short = shown.head(ROWS_IN_NOTEBOOK)
    more = f"\n… {len(shown) - len(short)} more rows" if len(shown) > len(short) else ""
    below = " ".join(part for part in (more.strip(), note) if part)
    html = (
        _above(caption) + short.to_html(index=False, border=0) + (f"<p>{escape(below)}</p>" if below else "")
    )
    _display(content, text=f"{name}\n{short.to_string(index=False)}{more}", html=html)


def figure(fig: Drawing, name: str, *, caption: str, alt: str) -> None:
    """Write a figure's SVG and PNG and display it.

    Parameters
    ----------
    fig : Figure of matplotlib
        Drawn at the size at which it is shown (inches × 96 = pixels).
    name : str
        File name without ending.
    caption : str
        Markdown; opens with the finding in bold.
    alt : str
        The finding with its numbers, for readers who do not see the picture.
    """
    written = [_write_figure(fig, name)]
    content = {"kind": "figure", "name": name, "caption": caption, "alt": alt, "file": written[0][1]}
    _display(content, text=f"figure {name}", html=_show(written, caption, alt), svg=written[0][0])


def panels(figs: Sequence[Drawing], name: str, *, caption: str, alt: str, columns: int = 3) -> None:
    """Write many small figures that the page lays out itself, so that they reflow on a narrow screen."""
    written = [_write_figure(fig, f"{name}-{i:02d}") for i, fig in enumerate(figs, start=1)]
    content = {"kind": "panels", "name": name, "caption": caption, "alt": alt, "columns": columns}
    _display(
        {**content, "files": [file for _, file in written]},
        text=f"panels {name}: {len(written)}",
        html=_show(written, caption, alt),
    )


def text(markdown: str) -> None:
    """Display a sentence that depends on the data, as Markdown."""
    _display({"kind": "text", "markdown": markdown}, text=markdown, markdown=markdown)


def summary(
    *,
    answer: str,
    quality: str = "",
    published: str = "",
    caution: str = "",
    key: Key | None = None,
    flags: Sequence[str] = (),
    origin: str | None = None,
) -> None:
    """Say the report's answer, once.

    Parameters
    ----------
    answer : str
        One sentence: estimate first, unit, interval, n of the unit of replication.
    quality, published, caution : str
        The other facts of the card, each a bold count first, then what.
    key : Key, optional
        The number by which the library of reports shows this one.
    flags : sequence of str
        A few words for each thing a reader must know.
    origin : str, optional
        ``"digitised"`` where the analysis itself makes the data so.
    """
    card = Summary(answer, quality, published, caution, key, list(flags), origin)
    content = {"kind": "summary", **_finite(asdict(card))}
    lines = [answer, *(line for line in (quality, published, caution) if line)]
    _display(content, text="\n".join(lines), markdown="\n\n".join(lines))


def output_folder() -> Path | None:
    """Where the runner wants files, or None in an interactive session."""
    named = os.environ.get("TME_OUTPUT")
    return Path(named) if named else None


def _display(
    content: dict[str, Any],
    *,
    text: str,
    html: str | None = None,
    markdown: str | None = None,
    svg: str | None = None,
) -> None:
    bundle: dict[str, Any] = {"text/plain": text, MIME: content}
    bundle |= {
        k: v for k, v in {"text/html": html, "text/markdown": markdown, "image/svg+xml": svg}.items() if v
    }
    display(bundle, raw=True)


def _above(caption: str) -> str:
    from reports.page.markup import markdown_html

    return f"<p>{markdown_html(caption, inline=True)}</p>" if caption else ""


def _show(written: Sequence[tuple[str, str]], caption: str, alt: str) -> str:
    """Pictures side by side under their caption: their files where there are any, else the pictures
    themselves."""

    def source(svg: str, file: str) -> str:
        return file if output_folder() else f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"

    images = "".join(
        f'<img src="{source(svg, file)}" alt="{escape(alt, quote=True)}" style="max-width:100%">'
        for svg, file in written
    )
    return f'{_above(caption)}<div style="display:flex;flex-wrap:wrap;background:#fff">{images}</div>'


def _write_csv(frame: pd.DataFrame, name: str) -> str:
    file = f"tables/{name}.csv"
    folder = output_folder()
    if name.endswith(".csv.gz"):
        file = f"tables/{name}"
    if folder:
        (folder / "tables").mkdir(parents=True, exist_ok=True)
        compression: Any = {"method": "gzip", "mtime": 0} if file.endswith(".gz") else None
        frame.to_csv(folder / file, index=False, compression=compression, lineterminator="\n")
    return file


def _write_figure(fig: Drawing, name: str) -> tuple[str, str]:
    stamp = _stamp()
    if stamp:
        _make_room(fig)
        fig.text(0.995, 0.005, stamp, ha="right", va="bottom", fontsize=7, color="#7d868e")
    engine = fig.get_layout_engine()
    if engine is not None:  # laid out once; with an engine in place every file would be drawn twice
        engine.execute(fig)
        fig.set_layout_engine(None)
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "tme"}):  # ids of any picture are the same in every run
        fig.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    folder = output_folder()
    if folder:
        (folder / "figures").mkdir(parents=True, exist_ok=True)
        (folder / "figures" / f"{name}.svg").write_text(svg, encoding="utf-8")
        fig.savefig(
            folder / "figures" / f"{name}.png",
            dpi=PNG_DPI,
            facecolor="white",
            transparent=False,
            metadata={"Software": None},
            pil_kwargs={"compress_level": 3},
        )
    return svg, f"figures/{name}.svg"


def _stamp() -> str | None:
    """What stands at the foot of every figure of such data, whoever runs the notebook."""
    return STAMPS.get(os.environ.get("TME_ORIGIN", "") or (_opened.origin if _opened else ""))


def _make_room(fig: Drawing) -> None:
    """Keep a line free at the foot of the figure, so that the stamp lies on nothing."""
    engine = fig.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        foot = STAMP_HEIGHT_IN / fig.get_size_inches()[1]
        engine.set(rect=(0, foot, 1, 1 - foot))


def _refuse_infinity(frame: pd.DataFrame, name: str) -> None:
    numbers = frame.select_dtypes("number")
    infinite = [c for c in numbers if np.isinf(numbers[c].to_numpy(dtype=float, na_value=np.nan)).any()]
    if infinite:
        raise ValueError(
            f"table {name}: infinite numbers in {', '.join(infinite)}; leave them empty and say why"
        )


def _in_words(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({column: frame[column].map(_word) for column in frame.columns}, columns=frame.columns)


def _word(value: Any) -> str:
    if isinstance(value, str):
        return value or present.NONE
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, np.integer)) or (
        isinstance(value, (float, np.floating)) and float(value).is_integer()
    ):
        return f"{int(value):,}".replace("-", present.MINUS)
    return (
        present.number(value)
        if isinstance(value, (float, np.floating)) or present.is_missing(value)
        else str(value)
    )


def _numeric_columns(frame: pd.DataFrame) -> list[bool]:
    """Right-align what reads as numbers, whether it is one or its words."""
    number_like = r"[<>≤≥=]?\s*[−-]?[\d.,]+(?:e[−-]?\d+)?(?:\s?(?:–|to)\s?[−-]?[\d.,]+)?"
    words = {present.NONE, "no interval", "no test", "not reached", "beyond range"}

    def reads_as_number(column: pd.Series) -> bool:
        if pd.api.types.is_bool_dtype(column):
            return False
        if pd.api.types.is_numeric_dtype(column):
            return True
        texts = column.dropna().astype(str)
        texts = texts[~texts.isin(words) & ~texts.str.contains("not reached")]
        return bool(len(texts)) and bool(texts.str.fullmatch(number_like).all())

    return [reads_as_number(frame[column]) for column in frame.columns]


def _column(label: Any, numeric: bool) -> dict[str, Any]:
    name, _, unit = str(label).partition("\n")
    return {"label": name, "unit": unit, "numeric": numeric}


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value
