"""A table in words, as the notebook's display and the report's page show it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from reports import fields, wording
from reports.publish.files import output_folder
from reports.shown import Table
from reports.store.sameness import Tolerance

ROWS_ON_PAGE = 2000
NUMBER_LIKE = r"[<>≤≥=]?\s*[−-]?[\d.,]+(?:e[−-]?\d+)?(?:\s?(?:–|to)\s?[−-]?[\d.,]+)?"
IN_PLACE_OF_A_NUMBER = {wording.NONE, "no interval", "no test", "not reached", "beyond range"}


def in_words(table: Table) -> pd.DataFrame:
    """What the reader sees: strings, numbers at three significant digits."""
    frame = _seen(table)
    words = pd.DataFrame(
        {column: frame[column].map(_word) for column in frame.columns}, columns=frame.columns
    )
    return words.rename_axis(columns=None)  # a pivoted frame would show the name of its columns as one more


def content_of(table: Table, file: str, words: pd.DataFrame) -> dict[str, Any]:
    """What the page needs to show the table and offer its file."""
    numeric, meanings = _numeric_columns(_seen(table)), fields.tell_meanings(_seen(table), table.name)
    return {
        "kind": "table",
        "name": table.name,
        "caption": table.caption,
        "note": table.note,
        "fold": table.fold,
        "file": file,
        "columns": [_column(*each) for each in zip(words.columns, numeric, meanings, strict=True)],
        "rows": words.head(ROWS_ON_PAGE).to_numpy().tolist(),
        "n_rows_total": len(words),
        "flagged": [i for i, is_flagged in enumerate(table.flagged) if is_flagged],
        "accuracy": {column: asdict(Tolerance.of(stated)) for column, stated in table.accuracy.items()},
    }


def refuse_infinity(table: Table) -> None:
    """No file holds an infinite number: what is beyond range says so in a column of its own.

    Raises
    ------
    ValueError
        With the columns that hold one.
    """
    numbers = table.frame.select_dtypes("number")
    infinite = [c for c in numbers if np.isinf(numbers[c].to_numpy(dtype=float, na_value=np.nan)).any()]
    if infinite:
        raise ValueError(
            f"table {table.name}: infinite numbers in {', '.join(infinite)}; leave them empty and say why"
        )


def _seen(table: Table) -> pd.DataFrame:
    return table.frame if table.show is None else table.show


def _word(value: Any) -> str:
    if isinstance(value, str):
        return value or wording.NONE
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, np.integer)) or (
        isinstance(value, (float, np.floating)) and float(value).is_integer()
    ):
        return f"{int(value):,}".replace("-", wording.MINUS)
    return (
        wording.number(value)
        if isinstance(value, (float, np.floating)) or wording.is_missing(value)
        else str(value)
    )


def _numeric_columns(frame: pd.DataFrame) -> list[bool]:
    """Right-align what reads as numbers, whether it is one or its words."""
    return [_reads_as_number(frame[column]) for column in frame.columns]


def _reads_as_number(column: pd.Series) -> bool:
    if pd.api.types.is_bool_dtype(column):
        return False
    if pd.api.types.is_numeric_dtype(column):
        return True
    texts = column.dropna().astype(str)
    texts = texts[~texts.isin(IN_PLACE_OF_A_NUMBER) & ~texts.str.contains(wording.OPEN)]
    return bool(len(texts)) and bool(texts.str.fullmatch(NUMBER_LIKE).all())


def _column(label: Any, numeric: bool, meaning: str) -> dict[str, Any]:
    """How a column is headed; what it means only for the page, as a committed notebook need not repeat it."""
    name, _, unit = str(label).partition("\n")
    column = {"label": name, "unit": unit, "numeric": numeric}
    return column | {"meaning": meaning} if meaning and output_folder() else column
