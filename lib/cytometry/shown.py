"""How what is more than one table shows itself at the end of a cell: by its rows, like a result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lib.result import Result


class ShownByRows:
    """Shows `to_frame` with what `_told` says of it, compactly."""

    def to_frame(self) -> pd.DataFrame:
        """The rows."""
        raise NotImplementedError

    def _told(self) -> Mapping[str, Any]:
        return {}

    def _rows(self) -> Result:
        named: type[Result] = type(type(self).__name__, (Result,), {})
        return named(self.to_frame(), self._told())

    def __repr__(self) -> str:
        return repr(self._rows())

    def _repr_html_(self) -> str:
        return self._rows()._repr_html_()
