"""Growth-rate metrics against closed forms (Hafner 2016)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.dose_response import fit_curves
from lib.dose_response.growth import (
    GR_COLUMNS,
    add_growth_rates,
    estimate_growth,
    growth_rate,
    has_time_zero,
    summarise_growth,
)
from lib.dose_response.judge import QUALITY
from lib.plates import normalise_plates

START, BLANK, DOUBLINGS = 1000.0, 100.0, 3.0
DOSES = np.geomspace(0.01, 100, 9)


def one(x: float, control: float, start: float) -> float:
    return float(growth_rate(np.array([x]), np.array([control]), np.array([start]))[0])


def test_anchors() -> None:
    assert one(8, 8, 1) == pytest.approx(1)  # as the control
    assert one(1, 8, 1) == pytest.approx(0)  # cytostatic
    assert one(0, 8, 1) == -1  # all gone
    assert one(0.5, 2, 1) == pytest.approx(-0.5)  # half of the start, over one doubling
    assert one(4, 16, 1) == pytest.approx(2**0.5 - 1)  # half the rate
    assert np.isnan(one(1, 1, 1))
    assert np.isnan(one(1, 4, 0))


@given(rate=st.floats(0.2, 1.0), doublings=st.floats(0.5, 6.0))
def test_independent_of_the_speed_of_division(rate: float, doublings: float) -> None:
    assert one(2 ** (rate * doublings), 2**doublings, 1.0) == pytest.approx(2**rate - 1)


def plate(gr: np.ndarray, *, doublings: float = DOUBLINGS, zero_plate: str = "P1") -> pd.DataFrame:
    signal = BLANK + START * 2 ** (doublings * np.log2(gr + 1))
    rows = [("P1", "sample", c, s) for c, s in zip(DOSES, signal, strict=True)] * 2
    rows += [("P1", "vehicle", np.nan, BLANK + START * 2**doublings)] * 2 + [
        ("P1", "blank", np.nan, BLANK)
    ] * 2
    rows += [(zero_plate, "time_zero", np.nan, START + BLANK)] * 2
    rows += [(zero_plate, "blank", np.nan, BLANK)] * 2 if zero_plate != "P1" else []
    frame = pd.DataFrame(rows, columns=["plate", "role", "concentration_uM", "signal"])
    return frame.assign(compound="drug", cell_line="line", experiment="1", exclude="", viability=np.nan)


def growth_of(wells: pd.DataFrame) -> pd.DataFrame:
    """GR metrics of wells that are no more than counted: no plate is judged."""
    normal = normalise_plates(wells)
    return estimate_growth(wells, fit_curves(normal)).to_frame()


@pytest.mark.parametrize("zero_plate", ["P1", "P0"])
def test_gr50_of_a_known_curve(zero_plate: str) -> None:
    # GR = -0.5 + 1.5 / (1 + c / 2) crosses 0.5 where 1 + c / 2 = 1.5, at c = 1
    wells = plate(-0.5 + 1.5 / (1 + DOSES / 2), zero_plate=zero_plate)
    assert has_time_zero(wells)
    frame = growth_of(wells)
    assert list(frame) == [*GR_COLUMNS, *QUALITY]
    assert frame.loc[0, "gr50_uM"] == pytest.approx(1, rel=1e-6)
    assert frame.loc[0, "doublings"] == pytest.approx(DOUBLINGS)
    assert frame.loc[0, "gr_max"] == pytest.approx(-0.5 + 1.5 / 51)


def test_area_of_a_straight_line_and_of_no_effect() -> None:
    line = pd.DataFrame({"concentration_uM": [0, 1, 10, 100], "gr": [1, 1, 0.5, 0]})
    assert summarise_growth(line) == pytest.approx({"gr_max": 0.0, "gr_aoc": 0.5})
    assert summarise_growth(line.assign(gr=1.0))["gr_aoc"] == 0


def test_gr_of_wells_is_the_planted_one() -> None:
    gr = np.linspace(0.95, -0.8, len(DOSES))
    assert add_growth_rates(plate(gr))["gr"].to_numpy() == pytest.approx(np.tile(gr, 2))


def test_control_that_does_not_grow() -> None:
    frame = growth_of(plate(np.linspace(1, 0, len(DOSES)), doublings=0.0))
    assert frame.loc[0, "status"] == "no_growth"
    assert np.isnan(frame.loc[0, "gr50_uM"])


def test_partial_effect_is_above_range_and_slow_growth_is_said() -> None:
    frame = growth_of(plate(0.7 + 0.3 / (1 + DOSES), doublings=0.6))
    assert frame.loc[0, "gr50_qualifier"] == ">"
    assert frame.loc[0, "gr50_uM"] == pytest.approx(100)
    assert "less than one doubling" in frame.loc[0, "advice"]


def test_without_time_zero() -> None:
    wells = plate(np.linspace(1, 0, len(DOSES)))
    left = wells[wells["role"] != "time_zero"]
    assert not has_time_zero(left)
    assert growth_of(left).empty
