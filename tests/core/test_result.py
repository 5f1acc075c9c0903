"""Results carry their settings, name their columns, and show themselves compactly."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import dataclass, field, fields
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


CHOICES = {
    "mask": lambda r: r[r["dose_uM"] > 10],
    "query": lambda r: r.query("dose_uM > 10"),
    "sort": lambda r: r.sort_values("dose_uM", ascending=False).head(9),
    "sort anew": lambda r: r.sort_values("dose_uM", ascending=False, ignore_index=True).iloc[:9],
    "drop": lambda r: r.drop(index=range(11)),
    "loc": lambda r: r.loc[r["dose_uM"] > 10],
    "iloc": lambda r: r.iloc[11:],
    "dropna": lambda r: r.dropna(subset=["dose_uM"]).tail(9),
    "numbered": lambda r: r[r["dose_uM"] > 10].reset_index(drop=True),
    "function": lambda r: r[lambda f: f["dose_uM"] > 10],
}


@dataclass(frozen=True, repr=False, eq=False)
class Fitted(Doses):
    """A result with a thing a row beside it, as a tuple and as a frame, and one thing for all."""

    ALIGNED: ClassVar[tuple[str, ...]] = ("curves", "further")
    curves: tuple[str, ...] = ()
    further: pd.DataFrame = field(default_factory=pd.DataFrame)
    study: str = ""


@pytest.mark.parametrize("choice", CHOICES)
def test_rows_chosen_of_a_result_are_one_with_what_stands_beside_them(choice):
    curves, further = tuple(f"curve {i}" for i in range(20)), FRAME[["dose_uM"]] * 10
    whole = Fitted(FRAME, {"confidence": 0.9, "method": "t"}, curves, further, "S1")
    found = CHOICES[choice](whole)
    assert (type(found), found.settings, found.study) == (Fitted, whole.settings, "S1")
    assert sorted(found["dose_uM"]) == list(range(11, 20))
    assert found.curves == tuple(f"curve {i}" for i in found["dose_uM"])
    pd.testing.assert_series_equal(found.further["dose_uM"], 10 * found["dose_uM"])
    assert len(whole) == len(whole.curves) == 20


def test_equal_rows_keep_their_own_by_their_order():
    whole = Fitted(FRAME.assign(dose_uM=1), {}, tuple(map(str, range(20))))
    assert whole.head(3).curves == ("0", "1", "2")


def test_what_is_no_choice_of_rows_is_what_pandas_makes_of_it():
    whole = Fitted(FRAME, {"confidence": 0.9}, tuple(map(str, range(20))))
    assert type(whole[["effect"]]) is type(whole.assign(more=1)) is pd.DataFrame
    assert type(whole.assign(effect=0.5)) is pd.DataFrame  # nothing is known of the curves of such rows
    assert type(Doses(FRAME).assign(effect=0.5)) is Doses
    assert isinstance(whole["effect"], pd.Series)
    assert whole.shape == (20, 2)
    assert whole.iloc[3]["dose_uM"] == whole.loc[3, "dose_uM"] == 3


def test_a_result_is_not_changed_in_place():
    with pytest.raises(
        TypeError, match=r"a Doses is never changed in place; write found = found.sort_values"
    ):
        Doses(FRAME).sort_values("effect", **{"inplace": True})
    with pytest.raises(TypeError, match="'_Indexer' object does not support item assignment"):
        Doses(FRAME).loc[0, "effect"] = 2.0


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_kind_has_the_fields_that_it_aligns(kind):
    assert set(kind.ALIGNED) <= {one.name for one in fields(kind)}


@pytest.mark.parametrize("level", [90, 0, 1])
def test_a_level_that_is_none_is_refused(level):
    with pytest.raises(InputError, match=f"confidence must lie between 0 and 1; got {level}"):
        Doses(FRAME, {"confidence": level})
