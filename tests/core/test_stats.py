"""Distributions against scipy.stats, and what importing the library costs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as reference

from lib import dose_response, paired, proportions, stats, survival
from lib.errors import InputError

DF = np.array([0.5, 1, 2, 3.7, 10, 1e3, 1e8, np.inf])
P = np.array([0.0, 1e-300, 1e-12, 0.001, 0.025, 0.5, 0.975, 0.9999999, 1.0])
X = np.array([-np.inf, -40.0, -1.0, 0.0, 1e-9, 0.7, 3.0, 50.0, 1e8, np.inf, np.nan])


def test_t_is_that_of_scipy_stats() -> None:
    assert stats.t.ppf(P[:, None], DF) == pytest.approx(
        reference.t.ppf(P[:, None], DF), rel=1e-14, nan_ok=True
    )
    assert stats.t.sf(X[:, None], DF) == pytest.approx(reference.t.sf(X[:, None], DF), rel=1e-14, nan_ok=True)


def test_f_is_that_of_scipy_stats() -> None:
    freedom = DF[:-1]
    for dfd in freedom:
        ours, theirs = stats.f.sf(X[:, None], freedom, dfd), reference.f.sf(X[:, None], freedom, dfd)
        assert ours == pytest.approx(theirs, rel=1e-14, nan_ok=True)


@given(st.floats(-60, 60), st.floats(0.1, 1e6), st.floats(0.1, 1e6))
def test_any_value_is_that_of_scipy_stats(x: float, a: float, b: float) -> None:
    assert stats.t.sf(x, a) == pytest.approx(reference.t.sf(x, a), rel=1e-13)
    assert stats.f.sf(x, a, b) == pytest.approx(reference.f.sf(x, a, b), rel=1e-13)


def test_numbers_stay_numbers() -> None:
    assert float(stats.t.ppf(0.975, np.inf)) == pytest.approx(1.959963984540054, rel=1e-15)
    assert (
        np.ndim(stats.t.sf(1.0, np.inf)) == np.ndim(stats.t.sf(1.0, 3)) == np.ndim(stats.f.sf(1.0, 1, 3)) == 0
    )


def test_benjamini_hochberg_by_hand() -> None:
    # Benjamini & Hochberg 1995 step-up by hand: p·m/rank, made monotone from the right
    q = stats.adjust_p([0.01, 0.04, 0.03, np.nan, 0.5])
    assert q == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, np.nan, 0.5], nan_ok=True)
    assert np.isnan(stats.adjust_p([np.nan])).all()


@given(st.floats(0.5, 0.999), st.sampled_from([1, 2, 5, 1e4, np.inf]), st.floats(-9, 9), st.floats(0.01, 9))
def test_t_interval_is_that_of_scipy_stats(level: float, df: float, mean: float, error: float) -> None:
    ours = stats.t.interval(level, df, mean, error)
    assert ours == pytest.approx(reference.t.interval(level, df, mean, error), rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, -0.1, np.nan])
@pytest.mark.parametrize(
    "ask",
    [
        lambda level: proportions.estimate_proportion(3, 9, confidence=level),
        lambda level: paired.estimate_shift([1.0, 2.0, 4.0], confidence=level),
        lambda level: survival.fit_kaplan_meier([1, 2], [1, 1], confidence=level),
        lambda level: dose_response.fit_curves(pd.DataFrame(), confidence=level),
    ],
)
def test_one_check_of_the_level_at_every_door(ask: Callable[[float], object], level: float) -> None:
    with pytest.raises(InputError, match=f"confidence must lie between 0 and 1; got {level:g}"):
        ask(level)


HEAVY = {
    "lmfit",
    "statsmodels",
    "matplotlib",
    "seaborn",
    "lifelines",
    "skimage",
    "flowkit",
    "scipy.stats",
    "scipy.optimize",
    "scipy.signal",
    "IPython",
    "papermill",
    "openpyxl",
    "pydantic",
}
LIGHT = {
    "dose_response": set(),
    "plates": set(),
    "survival": set(),
    "clinical.recist": set(),
    "reconstruct": set(),
    "proportions": set(),
    "clinical.endpoints": set(),
    "overview": set(),
    "programme.pathway": set(),
    "agreement": set(),
    "dose_response.growth": set(),
    "clinical": set(),
}


@pytest.mark.parametrize("name", LIGHT)
def test_importing_a_package_imports_nothing_heavy(name: str) -> None:
    code = f"import sys, lib.{name}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY & set(done.stdout.split()) == set()


def test_quantiles_of_f_are_those_of_scipy():
    from scipy import stats as theirs

    q = np.array([0.5, 0.9, 0.95, 0.999])
    np.testing.assert_allclose(stats.f.ppf(q, 1, 7), theirs.f.ppf(q, 1, 7), rtol=1e-12)
