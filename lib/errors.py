"""What is wrong with an input, said so that its owner can mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import KW_ONLY, asdict, dataclass

MAX_ROWS_NAMED = 8
ROWS_A_SHEET = 1 << 21
"""Where the sheets of a workbook are read as one, row 5 of the second is 2 × this + 5; Excel has half as
many."""


@dataclass(frozen=True)
class Fault:
    """One broken rule: what was asked, what was found, where, and what to do.

    Parameters
    ----------
    rule : str
        The rule, beginning with the column or thing it is about: ``"concentration_uM must be >= 0"``.
    value : str
        What was found instead, as it stands in the file; empty where nothing can be quoted.
    where : str
        File and rows, as a spreadsheet numbers them: ``"plate1.csv rows 4, 17"``.
    remedy : str
        What the owner of the file can do about it.
    """

    rule: str
    _: KW_ONLY
    value: str = ""
    where: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        found = f"got {self.value}" if self.value else ""
        place = f"in {self.where}" if self.where else ""
        tail = " ".join(part for part in (found, place) if part)
        sentence = f"{self.rule}; {tail}." if tail else f"{self.rule}."
        return f"{sentence} {self.remedy}".strip()

    def renamed(self, names: Mapping[str, str]) -> Fault:
        """The fault with names that may identify somebody replaced, longest first, wherever they stand in
        it."""
        parts = asdict(self)
        for name in sorted(filter(None, names), key=len, reverse=True):
            parts = {part: said.replace(name, names[name]) for part, said in parts.items()}
        return Fault(**parts)


class InputError(ValueError):
    """An input cannot be used; carries every fault that was found, not only the first.

    Parameters
    ----------
    faults : Fault, str, or a sequence of them
        All that is wrong.
    """

    def __init__(self, faults: Fault | str | Iterable[Fault | str]) -> None:
        items = [faults] if isinstance(faults, (Fault, str)) else list(faults)
        self.faults: list[Fault] = [f if isinstance(f, Fault) else Fault(f.rstrip(".")) for f in items]
        super().__init__("\n".join(map(str, self.faults)))


def check_rows(rows: Sized, of: str) -> None:
    """Refuse a table without a row for just that, before a rule about what it holds is blamed.

    Parameters
    ----------
    of : str
        What they are rows of: ``"the populations"``.

    Raises
    ------
    InputError
        If there is no row.
    """
    if not len(rows):
        raise InputError(
            Fault(
                f"no rows left: none in {of}",
                remedy="Look at what chose them: a name in a filter must be written as its column has it.",
            )
        )


def check_confidence(level: float) -> float:
    """A level of confidence, strictly between 0 and 1."""
    if not 0 < level < 1:
        raise InputError(Fault("confidence must lie between 0 and 1", value=f"{level:g}", remedy="Try 0.95."))
    return float(level)


def name_rows(rows: Sequence[int]) -> str:
    """Rows in words: ``"row 4"``, ``"rows 4, 17"``, ``"rows 2, 3, … (120 in all)"``."""
    shown = ", ".join(map(_name_row, rows[:MAX_ROWS_NAMED]))
    if len(rows) == 1:
        return f"row {shown}"
    return f"rows {shown}" if len(rows) <= MAX_ROWS_NAMED else f"rows {shown}, … ({len(rows)} in all)"


def _name_row(row: int) -> str:
    sheet, row = divmod(row, ROWS_A_SHEET)
    return f"{row} of sheet {sheet}" if sheet else str(row)
