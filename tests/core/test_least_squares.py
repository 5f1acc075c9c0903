"""Bounded least squares of many problems at once, against scipy, at bounds and at rest."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

from lib.least_squares import polish

X = np.geomspace(0.05, 20, 12)
LOW, HIGH = np.array([-2.0, -3.0, -1.0]), np.array([3.0, 4.0, 1.5])


def evaluate_of(y: np.ndarray):
    """Residuals of y against e^a / (1 + (x / e^b)^-(e^c))."""

    def evaluate(theta: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        a, b, c = (theta[:, k, None] for k in range(3))
        z = np.exp(c) * (np.log(X) - b)
        rise = 1 / (1 + np.exp(-z))
        value, bend = np.exp(a) * rise, np.exp(a) * rise * (1 - rise)
        return y[rows] - value, -np.stack([value, -bend * np.exp(c), bend * z], -1)

    return evaluate


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.5])
def test_reaches_what_scipy_reaches_or_less(noise: float) -> None:
    rng = np.random.default_rng(2)
    truth = np.column_stack([rng.uniform(-1, 1, 30), rng.uniform(-1, 2, 30), rng.uniform(-0.5, 1, 30)])
    y = -evaluate_of(np.zeros((30, 12)))(truth, np.arange(30))[0] + rng.normal(0, noise, (30, 12))
    evaluate, start = evaluate_of(y), np.zeros((30, 3))
    cost, theta = polish(evaluate, start, (LOW, HIGH))
    for k in range(30):
        row = np.array([k])
        found = optimize.least_squares(
            lambda at, row=row: evaluate(at[None], row)[0][0],
            start[k],
            bounds=(LOW, HIGH),
            xtol=1e-14,
            ftol=1e-14,
            gtol=1e-14,
        )
        assert cost[k] <= 2 * found.cost * (1 + 1e-6) + 1e-20
        residual, slopes = (part[0] for part in evaluate(theta[row], row))
        gradient = slopes.T @ residual
        inside = (theta[k] > LOW) & (theta[k] < HIGH)
        assert np.abs(gradient[inside]).max(initial=0) <= 1e-9 * max(1, np.sqrt(cost[k]))


def test_bounds_and_held_parameters_stay() -> None:
    y = -evaluate_of(np.zeros((1, 12)))(np.array([[0.0, 1.0, 0.0]]), np.array([0]))[0]
    cost, theta = polish(evaluate_of(y), np.zeros((1, 3)), (LOW, np.array([3.0, 0.5, 1.5])))
    assert theta[0, 1] == 0.5
    assert cost[0] > 1e-4
    _, held = polish(evaluate_of(y), np.array([[0.2, 0.0, 0.0]]), (LOW, HIGH), held=(0,))
    assert held[0, 0] == 0.2


def test_rows_do_not_depend_on_their_company() -> None:
    y = np.abs(np.random.default_rng(5).normal(1, 0.4, (7, 12)))
    together = polish(evaluate_of(y), np.zeros((7, 3)), (LOW, HIGH))[1]
    alone = np.vstack([polish(evaluate_of(y[k : k + 1]), np.zeros((1, 3)), (LOW, HIGH))[1] for k in range(7)])
    np.testing.assert_allclose(together, alone, rtol=1e-9, atol=1e-9)
