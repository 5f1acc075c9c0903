"""Results carry their settings, name their columns, and show themselves compactly."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import ClassVar

import pandas as pd
import pytest

import lib
from lib.errors import InputError
from lib.result import ROWS_SHOWN, Result


class Doses(Result):
    COLUMNS: ClassVar[tuple[str, ...]] = ("dose_uM", "effect")
    SHOWN: ClassVar[tuple[str, ...]] = ("effect",)


FRAME = pd.DataFrame({"dose_uM": range(20), "effect": [0.123456] * 20})


def kinds() -> list[type[Result]]:
    names = [m.name for m in pkgutil.walk_packages(lib.__path__, "lib.")]
    found = {
        kind
        for name in names
        for kind in vars(importlib.import_module(name)).values()
        if inspect.isclass(kind) and issubclass(kind, Result)
    }
    return sorted(found, key=lambda kind: kind.__name__)


def test_a_result_reads_like_its_frame_and_is_not_changed():
    found = Doses(FRAME, {"confidence": 0.9, "method": "t"})
    assert (len(found), found.confidence, found["effect"].iloc[0]) == (20, 0.9, 0.123456)
    found.to_frame()["effect"] = 0
    assert found["effect"].iloc[0] == 0.123456


def test_columns_are_held():
    with pytest.raises(ValueError, match="Doses must hold the columns effect"):
        Doses(FRAME[["dose_uM"]])


def test_it_shows_itself_compactly():
    said = repr(Doses(FRAME, {"confidence": 0.9}))
    assert said.startswith("Doses, 20 rows; confidence 0.9\n")
    assert len(said.splitlines()) == ROWS_SHOWN + 2
    assert "dose_uM" not in said
    assert "<table" in Doses(FRAME)._repr_html_()


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_kind_shows_itself_by_the_one_view(kind):
    assert inspect.getsource(
        kind.__repr__
    )  # a dataclass would make one of its own, which prints the whole frame
    assert kind.__eq__ is object.__eq__


def test_a_result_takes_what_pandas_people_type():
    found = Doses(FRAME, {"confidence": 0.9})
    assert found.query("dose_uM > 17")["dose_uM"].tolist() == [18, 19]
    assert list(found) == list(found.columns) == ["dose_uM", "effect"]
    with pytest.raises(AttributeError, match=r"Doses has no lanes; its rows are a DataFrame by to_frame\(\)"):
        _ = found.lanes


@pytest.mark.parametrize("level", [90, 0, 1])
def test_a_level_that_is_none_is_refused(level):
    with pytest.raises(InputError, match=f"confidence must lie between 0 and 1; got {level}"):
        Doses(FRAME, {"confidence": level})
