"""A result: rows with the settings that they were made by, frozen, showing itself compactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from html import escape
from types import MethodType
from typing import Any, ClassVar, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.errors import check_confidence

ROWS_SHOWN = 12


@dataclass(frozen=True, eq=False)
class Result:
    """Rows of one kind. A method's own result derives from this and names its columns.

    It reads like its frame. What keeps the columns (``shifts[shifts["population"] == "CD8"]``, ``query``,
    ``sort_values``, ``head``, ``drop(index=...)``, ``loc``, ``iloc``, ``dropna`` …) is a result again, with
    the same settings, for a later step or a page to take; anything else is what pandas makes of it.

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
    ALIGNED: ClassVar[tuple[str, ...]] = ()
    """Further fields that hold a thing a row, in the order of the rows: they are chosen with the rows."""

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

    @overload
    def __getitem__(self, key: str) -> pd.Series: ...

    @overload
    def __getitem__(self, key: Any) -> Any: ...

    def __getitem__(self, key: Any) -> Any:
        """A column, or what a mask or a list of columns chooses."""
        return self._of(self.frame[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self.frame)

    def __getattr__(self, name: str) -> Any:
        """What pandas people type (``head``, ``query``, ``loc``, ``columns`` …), on a copy of the rows."""
        if (name.startswith("_") and name != "__dataframe__") or not hasattr(pd.DataFrame, name):
            raise AttributeError(
                f"{type(self).__name__} has no {name}; its rows are a DataFrame by to_frame()"
            )
        found = getattr(self.to_frame(), name)
        if name in ("loc", "iloc"):
            return _Indexer(found, self._of)
        return self._calling(found) if isinstance(found, MethodType) else found

    def _calling(self, method: MethodType) -> Callable[..., Any]:
        @wraps(method)
        def call(*args: Any, **options: Any) -> Any:
            if options.get("inplace"):
                raise TypeError(
                    f"a {type(self).__name__} is never changed in place; write"
                    f" found = found.{method.__name__}(...), without inplace"
                )
            return self._of(method(*args, **options))

        return call

    def _of(self, found: Any) -> Any:
        """What pandas made of the rows: a result again where the columns are the same."""
        if not isinstance(found, pd.DataFrame) or not found.columns.equals(self.frame.columns):
            return found
        further = self._further(found)
        return found if further is None else replace(self, frame=found, **further)

    def _further(self, found: pd.DataFrame) -> Mapping[str, Any] | None:
        """The further fields of the rows `found`; None where they are no rows of this result, so that nothing
        is known of them."""
        if not self.ALIGNED:
            return {}
        rows = self._rows_of(found)
        return None if rows is None else {n: _take(getattr(self, n), rows, found.index) for n in self.ALIGNED}

    def _rows_of(self, found: pd.DataFrame) -> NDArray[np.intp] | None:
        """Where each row of `found` stood, by what it holds, whatever became of its index; None where one
        stood nowhere."""
        rows = _marks(self.frame).get_indexer(_marks(found))
        return None if (rows < 0).any() else rows

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


class _Indexer:
    """``loc`` or ``iloc`` of a result."""

    def __init__(self, of_frame: Any, of: Callable[[Any], Any]) -> None:
        self._of_frame, self._of = of_frame, of

    def __getitem__(self, key: Any) -> Any:
        return self._of(self._of_frame[key])


def _marks(frame: pd.DataFrame) -> pd.MultiIndex:
    """A mark of what each row holds; equal rows are told apart by their order."""
    mark = pd.util.hash_pandas_object(frame, index=False)
    return pd.MultiIndex.from_arrays([mark, mark.groupby(mark.to_numpy()).cumcount()])


def _take(values: Any, rows: NDArray[np.intp], index: pd.Index) -> Any:
    """Of things a row those of `rows`, where there are any; a frame takes their index."""
    if not len(values):
        return values
    if isinstance(values, pd.DataFrame):
        return values.iloc[rows].set_axis(index)
    return tuple(values[row] for row in rows)
