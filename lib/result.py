"""A result: rows with the settings that they were made by, frozen, showing itself compactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, ClassVar

import pandas as pd

from lib.errors import check_confidence

ROWS_SHOWN = 12


@dataclass(frozen=True, eq=False)
class Result:
    """Rows of one kind. A method's own result derives from this and names its columns.

    Parameters
    ----------
    frame : DataFrame
        One row a thing that was estimated, columns as the class says; never changed in place.
    settings : mapping
        What the rows were made by: ``confidence``, ``method`` and other options, by the names of the
        parameters.
    """

    frame: pd.DataFrame
    settings: Mapping[str, Any] = field(default_factory=dict)

    COLUMNS: ClassVar[tuple[str, ...]] = ()
    SHOWN: ClassVar[tuple[str, ...]] = ()
    """Columns of its compact view; all of them where it names none."""

    def __post_init__(self) -> None:
        missing = [name for name in self.COLUMNS if name not in self.frame]
        if missing:
            raise ValueError(f"{type(self).__name__} must hold the columns {', '.join(missing)}")
        check_confidence(self.settings.get("confidence", 0.95))

    @property
    def confidence(self) -> float:
        """Level of its intervals."""
        return float(self.settings["confidence"])

    def to_frame(self) -> pd.DataFrame:
        """The rows, to change at will."""
        return self.frame.copy()

    def __len__(self) -> int:
        return len(self.frame)

    def __getitem__(self, column: str) -> pd.Series:
        return self.frame[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self.frame)

    def __getattr__(self, name: str) -> Any:
        """What pandas people type (``head``, ``query``, ``loc``, ``columns`` …), on a copy of the rows."""
        if (name.startswith("_") and name != "__dataframe__") or not hasattr(pd.DataFrame, name):
            raise AttributeError(
                f"{type(self).__name__} has no {name}; its rows are a DataFrame by to_frame()"
            )
        return getattr(self.to_frame(), name)

    def _said(self) -> str:
        made = ", ".join(
            f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
            for name, value in self.settings.items()
        )
        return (
            f"{type(self).__name__}, {len(self)}"
            f" row{'' if len(self) == 1 else 's'}{f'; {made}' if made else ''}"
        )

    def _view(self) -> pd.DataFrame:
        return self.frame[list(self.SHOWN or self.frame.columns)].head(ROWS_SHOWN)

    def __repr__(self) -> str:
        return f"{self._said()}\n{self._view().to_string(index=False, float_format='{:.4g}'.format)}"

    def _repr_html_(self) -> str:
        shown = self._view()
        table = shown.to_html(index=False, border=0, float_format="{:.4g}".format, na_rep="")
        return f"<p>{escape(self._said())}</p>{table}"
