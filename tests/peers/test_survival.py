"""Peers' own suites of survival and rates: R's survival, lifelines, scikit-survival, tern."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from lib import survival
from lib.proportions import compare_proportions, estimate_fisher_p, estimate_proportion
from lib.survival.cox import CoxFit
from lib.survival.risk_sets import partial_likelihood
from tests.makers.peers import suite

NAN, INF = math.nan, math.inf


def likelihood_ratio(fit: CoxFit) -> tuple[float, float]:
    """χ² of all coefficients and its p, from the likelihood without them."""
    twice = 2 * (fit.log_likelihood - partial_likelihood(fit.risk_sets, np.zeros(len(fit.names)))[0])
    return twice, float(chi2.sf(twice, len(fit.names)))


def read(name: str) -> pd.DataFrame:
    folder, file = name.rsplit("/", 1)
    return pd.read_csv(suite(f"clinical/{folder}") / file)


# --- R's survival: Therneau's hand-worked cases

BOOK = ([9, 1, 1, 6, 6, 8], [1, 1, 0, 1, 1, 0], [0, 1, 1, 1, 0, 0])


def zph_by_hand(u: np.ndarray, information: np.ndarray) -> float:
    """Score test of proportional hazards from Schoenfeld residuals and variances at each event, with the
    Kaplan–Meier transform of the book's data."""
    curve = survival.fit_kaplan_meier(BOOK[0], BOOK[1])
    at = np.array([1.0, 6, 6, 9])
    g = 1 - np.concatenate([[1.0], curve.survival])[np.searchsorted(curve.time, at, side="left")]
    g = g - g.mean()
    score = np.array([u.sum(), (g * u).sum()])
    whole = np.array(
        [[information.sum(), (g * information).sum()], [(g * information).sum(), (g * g * information).sum()]]
    )
    return float(score @ np.linalg.solve(whole, score))


def test_therneaus_first_book_case_by_breslow() -> None:
    fit = survival.fit_cox(*BOOK, ties="breslow")
    r = 1.5 + math.sqrt(33) / 2
    log = 2 * math.log(r) - (math.log(3 * r + 3) + 2 * math.log(r + 3))
    variance = 1 / (r / (r + 1) ** 2 + 6 * r / (r + 3) ** 2)
    ours = (fit.log_hazard_ratio[0], fit.log_likelihood, fit.covariance[0, 0])
    assert ours == pytest.approx((math.log(r), log, variance), rel=1e-9)
    assert partial_likelihood(fit.risk_sets, np.zeros(1))[0] == pytest.approx(
        -(math.log(6) + 2 * math.log(4))
    )
    u = np.array([1 / (r + 1), 3 / (r + 3), -r / (r + 3), 0])
    information = np.array([r / (r + 1) ** 2, 3 * r / (r + 3) ** 2, 3 * r / (r + 3) ** 2, 0])
    found = survival.check_proportional_hazards(fit).chi2[0]
    assert found == pytest.approx(zph_by_hand(u, information), rel=1e-9)


def test_therneaus_second_book_case_by_efron() -> None:
    fit = survival.fit_cox(*BOOK)
    r = 2 * math.sqrt(23 / 3) * math.cos(math.acos((45 / 23) * math.sqrt(3 / 23)) / 3)
    log = 2 * math.log(r) - (math.log(3 * r + 3) + math.log((r + 5) / 2) + math.log(r + 3))
    variance = 1 / sum(x - x * x for x in (r / (r + 1), r / (r + 5), r / (r + 3)))
    ours = (fit.log_hazard_ratio[0], fit.log_likelihood, fit.covariance[0, 0])
    assert ours == pytest.approx((math.log(r), log, variance), rel=1e-9)
    assert fit.log_hazard_ratio[0] == pytest.approx(1.676857, abs=5e-7)
    twice = survival.fit_cox(*(2 * part for part in BOOK), strata=list("aaaaaabbbbbb"))
    assert twice.log_hazard_ratio[0] == pytest.approx(math.log(r), rel=1e-9)


def test_therneaus_quantiles() -> None:
    time, event = np.array([9, 1, 1, 6, 6, 8, 10]), np.array([1, 1, 0, 1, 1, 0, 0])
    x = np.array([0, 1, 1, 1, 0, 0, 0])
    levels = [13 / 14, 6 / 7, 2 / 3, 0.5, 9 / 35, 0.1]
    cases: list[tuple[np.ndarray, list[float], list[float]]] = [
        (np.ones(7, bool), [1, 3.5, 6, 9, 9.5, NAN], [1, 1, 1, 6, 6, 9]),
        (x == 0, [6, 6, 9, 9, NAN, NAN], [6, 6, 6, 6, 9, 9]),
        (x == 1, [1, 1, 3.5, 6, 6, 6], [1, 1, 1, 1, NAN, NAN]),
    ]
    for which, estimate, low in cases:
        curve = survival.fit_kaplan_meier(time[which], event[which])
        found = [survival.estimate_quantile(curve, 1 - p) for p in levels]
        assert [q.estimate for q in found] == pytest.approx(estimate, nan_ok=True)
        assert [q.low for q in found] == pytest.approx(low, nan_ok=True)
        assert all(math.isnan(q.high) for q in found)


def test_between_and_after_event_times() -> None:
    marks = survival.estimate_landmarks(
        survival.fit_kaplan_meier(*BOOK[:2]), [0.5, 1, 1.5, 6, 7.5, 8, 8.9, 9, 10]
    )
    assert marks.at_risk.tolist() == [6, 6, 4, 4, 2, 2, 1, 1, 0]
    assert marks.survival == pytest.approx([1, *[5 / 6] * 2, *[5 / 12] * 4, 0, 0])


def test_times_that_only_rounding_tells_apart_are_tied() -> None:
    assert survival.fit_kaplan_meier([1, 2, math.sqrt(2) ** 2], [1, 1, 1]).time.tolist() == [1, 2]
    months = np.array([10.0, 0.1 + 0.2, 3.7])
    again = np.array([10.0, 0.3, 37 / 10])
    ours = survival.fit_cox(np.r_[months, again], np.ones(6), [0, 1, 0, 1, 0, 1])
    assert np.unique(ours.risk_sets.time).size == 3
    near = np.array([1.0, 1.0 + 1e-9])  # a real difference
    assert survival.fit_kaplan_meier(near, [1, 1]).time.size == 2


def test_a_coefficient_that_runs_to_infinity() -> None:
    x = np.column_stack([[0, 1] * 6, [0] * 6 + [1] * 6])
    fit = survival.fit_cox(range(1, 13), [1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0], x)
    assert fit.status == "monotone"
    null = partial_likelihood(fit.risk_sets, np.zeros(2))[0]
    assert (null, fit.log_likelihood) == pytest.approx((-6.8669, -1.7918), abs=5e-5)


# --- R's survival: printed tables

AML = pd.DataFrame(
    {
        "time": [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45],
        "status": [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1],
        "x": ["Maintained"] * 11 + ["Nonmaintained"] * 12,
    }
)
"""Acute myelogenous leukaemia, weeks (Miller 1997), as distributed with R's package survival."""
Rows = Sequence[tuple[float, float, float, float, float]]
AML_CURVES: dict[str, tuple[tuple[float, float, float], Rows]] = {
    "Maintained": (
        (31, 18, NAN),
        [
            (9, 11, 0.909, 0.7541, 1),
            (13, 10, 0.818, 0.6192, 1),
            (18, 8, 0.716, 0.4884, 1),
            (23, 7, 0.614, 0.3769, 0.999),
            (31, 5, 0.491, 0.2549, 0.946),
            (34, 4, 0.368, 0.1549, 0.875),
            (48, 2, 0.184, 0.0359, 0.944),
        ],
    ),
    "Nonmaintained": (
        (23, 8, NAN),
        [
            (5, 12, 0.8333, 0.6470, 1),
            (8, 10, 0.6667, 0.4468, 0.995),
            (12, 8, 0.5833, 0.3616, 0.941),
            (23, 6, 0.4861, 0.2675, 0.883),
            (27, 5, 0.3889, 0.1854, 0.816),
            (30, 4, 0.2917, 0.1148, 0.741),
            (33, 3, 0.1944, 0.0569, 0.664),
            (43, 2, 0.0972, 0.0153, 0.620),
            (45, 1, 0, NAN, NAN),
        ],
    ),
}


@pytest.mark.parametrize("group", AML_CURVES)
def test_aml_curves_as_r_prints_them(group: str) -> None:
    median, rows = AML_CURVES[group]
    mine = AML[AML["x"] == group]
    curve = survival.fit_kaplan_meier(mine["time"], mine["status"])
    found = survival.estimate_median(curve)
    assert (found.estimate, found.low, found.high) == pytest.approx(median, nan_ok=True)
    at, n, s, low, high = (np.array(column, float) for column in zip(*rows, strict=True))
    marks = survival.estimate_landmarks(curve, at)
    assert marks.at_risk.tolist() == n.tolist()
    assert marks.survival == pytest.approx(s, abs=5.1e-4)
    assert marks.low == pytest.approx(low, abs=5.1e-5, nan_ok=True)
    assert marks.high == pytest.approx(high, abs=5.1e-4, nan_ok=True)


def test_aml_tests_as_r_prints_them() -> None:
    fit = survival.fit_cox(AML["time"], AML["status"], AML["x"] == "Nonmaintained", ties="breslow")
    ours = (fit.log_hazard_ratio[0], fit.hazard_ratio[0], fit.std_error[0], fit.p_value[0])
    assert ours == pytest.approx((0.9042, 2.4700, 0.5122, 0.0775), abs=5.1e-5)
    assert likelihood_ratio(fit) == (pytest.approx(3.3, abs=0.051), pytest.approx(0.06945, abs=5.1e-6))
    test = survival.compare_logrank(AML["time"], AML["status"], AML["x"])
    assert (round(test.chi2, 1), round(test.p_value, 2)) == (3.4, 0.07)
    assert test.expected == pytest.approx([10.69, 7.31], abs=5.1e-3)
    assert test.observed.tolist() == [7, 11]


def test_a_group_without_events_takes_no_degree_of_freedom() -> None:
    early = [1, 2, 2, 3, 3, 3, 4]
    plain = survival.compare_logrank(AML["time"], AML["status"], AML["x"])
    third = survival.compare_logrank(
        [*AML["time"], *early], [*AML["status"], *[0] * 7], [*AML["x"], *["none"] * 7]
    )
    assert (third.chi2, third.df) == (pytest.approx(plain.chi2), 1)


OVARIAN = [
    (59, 26, 0.962, 0.890, 1),
    (115, 25, 0.923, 0.826, 1),
    (156, 24, 0.885, 0.770, 1),
    (268, 23, 0.846, 0.718, 0.997),
    (329, 22, 0.808, 0.670, 0.974),
    (353, 21, 0.769, 0.623, 0.949),
    (365, 20, 0.731, 0.579, 0.923),
    (377, 19, 0.731, 0.579, 0.923),
    (421, 18, 0.731, 0.579, 0.923),
    (431, 17, 0.688, 0.529, 0.894),
    (448, 16, 0.688, 0.529, 0.894),
    (464, 15, 0.642, 0.478, 0.862),
    (475, 14, 0.596, 0.429, 0.828),
    (477, 13, 0.596, 0.429, 0.828),
    (563, 12, 0.546, 0.377, 0.791),
    (638, 11, 0.497, 0.328, 0.752),
    (744, 10, 0.497, 0.328, 0.752),
    (1227, 1, 0.497, 0.328, 0.752),
]


def test_ovarian_curve_as_r_prints_it(truth) -> None:  # type: ignore[no-untyped-def]
    data = pd.read_csv(truth / "ovarian.csv")
    at, n, s, low, high = (np.array(column, float) for column in zip(*OVARIAN, strict=True))
    marks = survival.estimate_landmarks(survival.fit_kaplan_meier(data["futime"], data["fustat"]), at)
    assert marks.at_risk.tolist() == n.tolist()
    for ours, theirs in ((marks.survival, s), (marks.low, low), (marks.high, high)):
        assert ours == pytest.approx(theirs, abs=5.1e-4)


@pytest.mark.parametrize(
    ("names", "coefficients", "errors", "ratio", "p"),
    [
        (["age"], [0.16162], [0.04974], 14.29, 0.0001564),
        (["resid.ds"], [1.2092], [0.6724], 3.76, 0.05251),
        (["rx"], [-0.5964], [0.5870], 1.05, 0.3052),
        (["ecog.ps"], [0.3984], [0.5864], 0.47, 0.4935),
        (["resid.ds", "rx", "ecog.ps"], [1.3466, -0.7493, 0.4528], [0.6803, 0.5949, 0.5903], 6.03, 0.1101),
        (["age", "rx", "ecog.ps"], [0.1470, -0.8146, 0.1032], [0.0463, 0.6342, 0.6064], 15.92, 0.00118),
        (
            ["age", "resid.ds", "ecog.ps"],
            [0.14240, 0.66261, 0.16634],
            [0.05196, 0.75045, 0.61486],
            15.1,
            0.001732,
        ),
        (["age", "resid.ds", "rx"], [0.1285, 0.6964, -0.8489], [0.0473, 0.7585, 0.6392], 16.77, 0.0007889),
    ],
    ids=lambda v: "+".join(v) if isinstance(v, list) and isinstance(v[0], str) else "",
)
def test_ovarian_models_as_r_prints_them(  # type: ignore[no-untyped-def]
    names: list[str], coefficients: list[float], errors: list[float], ratio: float, p: float, truth
) -> None:
    data = pd.read_csv(truth / "ovarian.csv")
    fit = survival.fit_cox(data["futime"], data["fustat"], data[names])
    assert fit.log_hazard_ratio == pytest.approx(coefficients, abs=5.1e-5)
    assert fit.std_error == pytest.approx(errors, abs=5.1e-5)
    twice, probability = likelihood_ratio(fit)
    assert twice == pytest.approx(ratio, abs=0.051 if ratio == 15.1 else 5.1e-3)
    assert probability == pytest.approx(p, rel=5e-4)


LUNG: dict[int, Sequence[tuple[float, float, float, float]]] = {
    0: [
        (30, 60, 0.952, 0.9012),
        (60, 58, 0.921, 0.8562),
        (90, 56, 0.889, 0.8146),
        (120, 56, 0.889, 0.8146),
        (150, 55, 0.873, 0.7946),
        (180, 52, 0.841, 0.7553),
        (210, 48, 0.808, 0.7164),
        (240, 45, 0.808, 0.7164),
        (270, 38, 0.770, 0.6709),
        (300, 33, 0.727, 0.6203),
        (330, 29, 0.681, 0.5670),
        (365, 22, 0.535, 0.4100),
        (730, 5, 0.193, 0.0943),
    ],
    1: [
        (30, 111, 0.982, 0.9583),
        (60, 110, 0.956, 0.9186),
        (90, 104, 0.920, 0.8718),
        (120, 99, 0.876, 0.8174),
        (150, 93, 0.823, 0.7556),
        (180, 82, 0.751, 0.6756),
        (210, 68, 0.666, 0.5831),
        (240, 57, 0.604, 0.5176),
        (270, 53, 0.561, 0.4729),
        (300, 46, 0.527, 0.4384),
        (330, 40, 0.480, 0.3903),
        (365, 34, 0.431, 0.3417),
        (730, 7, 0.114, 0.0582),
    ],
    2: [
        (30, 46, 0.9000, 0.82057),
        (60, 43, 0.86, 0.769),
        (90, 40, 0.8, 0.69647),
        (120, 34, 0.7174, 0.60216),
        (150, 31, 0.6541, 0.53342),
        (180, 26, 0.5275, 0.40385),
        (210, 21, 0.4431, 0.32266),
        (240, 17, 0.3766, 0.261),
        (270, 17, 0.3766, 0.261),
        (300, 13, 0.3102, 0.20223),
        (330, 11, 0.2624, 0.16135),
        (365, 9, 0.2147, 0.12258),
        (730, 1, 0.0371, 0.00601),
    ],
}


@pytest.fixture
def lung() -> pd.DataFrame:
    data = read("survival/lung.csv")
    return data.assign(died=data["status"] == 2)


@pytest.mark.parametrize("ecog", LUNG)
def test_lung_by_performance_as_r_prints_it(ecog: int, lung: pd.DataFrame) -> None:
    mine = lung[lung["ph.ecog"] == ecog]
    curve = survival.fit_kaplan_meier(mine["time"], mine["died"])
    at, n, s, low = (np.array(column, float) for column in zip(*LUNG[ecog], strict=True))
    marks = survival.estimate_landmarks(curve, at)
    assert marks.at_risk.tolist() == n.tolist()
    assert marks.survival == pytest.approx(s, abs=5.1e-4)
    assert marks.low == pytest.approx(low, abs=5.1e-5)
    if printed := {1: (306, 268, 429), 2: (199, 156, 288)}.get(ecog):
        median = survival.estimate_median(curve)
        assert (median.estimate, median.low, median.high) == printed


def test_lung_by_institution_with_early_weights(lung: pd.DataFrame) -> None:
    known = lung.dropna(subset=["inst"])
    test = survival.compare_logrank(
        known["time"], known["died"], known["inst"].astype(int).astype(str), rho=0.5
    )
    assert (round(test.chi2, 1), test.df, round(test.p_value, 4)) == (15.1, 17, 0.5904)
    found = {g: (o, e) for g, o, e in zip(test.groups, test.observed, test.expected, strict=True)}
    printed = {
        "1": (21.190058, 17.455181),
        "2": (3.173330, 1.964395),
        "3": (10.663476, 11.958755),
        "21": (9.263733, 4.460746),
        "33": (0.929177, 0.416202),
    }
    for group, pair in printed.items():
        assert found[group] == pytest.approx(pair, abs=5.1e-7)


def test_restricted_means_of_r(truth) -> None:  # type: ignore[no-untyped-def]
    expected = read("survival/rmst.csv")
    ovarian, lung = pd.read_csv(truth / "ovarian.csv"), read("survival/lung.csv")
    for row in expected.to_dict("records"):
        mine = (
            ovarian[ovarian["rx"] == row["level"]]
            if row["data"] == "ovarian"
            else lung[lung["sex"] == row["level"]]
        )
        names = ("futime", "fustat") if row["data"] == "ovarian" else ("time", "status")
        event = mine[names[1]] == (1 if row["data"] == "ovarian" else 2)
        found = survival.estimate_rmst(survival.fit_kaplan_meier(mine[names[0]], event), row["tau"])
        assert found.estimate == pytest.approx(row["mean"], rel=1e-6)
        if row["se"] == 0:  # nobody has died: no precision, where R gives an error of 0
            assert (row["mean"], math.isnan(found.std_error)) == (row["tau"], True)
        else:
            assert found.std_error == pytest.approx(row["se"], rel=1e-6)


# --- lifelines


def test_lifelines_logrank_tests() -> None:
    controls = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    treated = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 25]
    freireich = survival.compare_logrank(controls + treated, [1] * 30 + [0] * 12, ["c"] * 21 + ["t"] * 21)
    assert (round(freireich.chi2, 1), round(freireich.p_value, 7)) == (16.8, 4.17e-5)
    for event, statistic, p in (([1] * 6, 0.254237, 0.614107), ([1, 0, 1, 1, 0, 1], 0.384615, 0.535143)):
        six = survival.compare_logrank([10, 20, 30, 10, 20, 50], event, [1, 1, 1, 0, 0, 0])
        assert (six.chi2, six.p_value) == pytest.approx((statistic, p), abs=5.1e-7)


@pytest.mark.parametrize(
    ("file", "columns", "statistic", "p"),
    [
        ("g3", ("time", "event", "group"), NAN, 0.0138),
        ("lymphoma", ("Time", "Censor", "Stage_group"), 6.70971, 0.0096),
        ("dd", ("duration", "observed", "regime"), 322.5991, NAN),
    ],
)
def test_lifelines_logrank_of_its_data(
    file: str, columns: tuple[str, str, str], statistic: float, p: float
) -> None:
    data = read(f"lifelines/{file}.csv")
    test = survival.compare_logrank(*(data[name] for name in columns))
    if not math.isnan(statistic):
        assert test.chi2 == pytest.approx(statistic, abs=6e-5)
    if not math.isnan(p):
        assert test.p_value == pytest.approx(p, abs=5.1e-5)


def test_lifelines_peto_weights_differ_from_r() -> None:
    """lifelines weighs by Peto and Peto's own estimate of S, R's rho = 1 and ours by Kaplan and Meier's."""
    data = read("lifelines/leukemia.csv")
    ours = survival.compare_logrank(data["t"], data["status"], data["Rx"], rho=1).chi2
    assert (ours, 14.084139) == pytest.approx((14.457151, 14.084139), abs=1e-6)


def test_lifelines_curves() -> None:
    data = read("lifelines/g3.csv")
    treated, control = data[data["group"] == "RIT"], data[data["group"] != "RIT"]
    marks = survival.estimate_landmarks(
        survival.fit_kaplan_meier(treated["time"], treated["event"]), [25, 53]
    )
    assert marks.survival == pytest.approx([0.909, 0.779], abs=5.1e-4)
    marks = survival.estimate_landmarks(
        survival.fit_kaplan_meier(control["time"], control["event"], conf_type="log-log"), [9, 19, 32, 34]
    )
    assert marks.survival == pytest.approx([0.833, 0.667, 0.5, 0.333], abs=5.1e-4)
    assert marks.low == pytest.approx([0.2731, 0.1946, 0.1109, 0.0461], abs=5.1e-5)
    assert marks.high == pytest.approx([0.975, 0.904, 0.804, 0.676], abs=5.1e-4)


def test_lifelines_restricted_means() -> None:
    curve = survival.fit_kaplan_meier([1, 2, 3, 4, 10], [1] * 5)
    found = [survival.estimate_rmst(curve, at).estimate for at in (4, 4.1, 10, 10.001)]
    assert found == pytest.approx([2.8, 2.82, 4.0, 4.0])


def test_lifelines_intervals_are_closed_and_ours_half_open() -> None:
    """(L, R] as in R: an event at 8 and one in (7, 8] are not one interval. lifelines' first case is R's of
    ``tests/core/survival/test_contrasts.py`` but for S(8)."""
    first = survival.fit_turnbull(
        [0, 8, 8, 7, 7, 17, 37, 46, 46, 45], [7, 8, 10, 16, 14, INF, 44, INF, INF, INF]
    )
    seen = dict(zip(first.right, first.survival, strict=True))
    assert (seen[8], seen[10], seen[44]) == pytest.approx(
        (0.7, 0.5, 0.375), abs=1e-6
    )  # theirs .8333, .5, .375
    second = survival.fit_turnbull([0, 4, 2, 0, 2, 5], [1, 6, 6, 3, 4, 7])
    upper = [1 - second.mass[second.right <= t].sum() for t in (1, 2, 4, 6)]
    assert upper == pytest.approx([0.765111, 0.765111, 0.426167, 0], abs=1e-4)  # theirs .75, .75, .5, 0


def test_lifelines_rossi() -> None:
    data = read("lifelines/rossi.csv")
    names = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]
    fit = survival.fit_cox(data["week"], data["arrest"], data[names])
    coefficients = [-0.3794222, -0.0574377, 0.3138998, -0.1497957, -0.4337039, -0.0848711, 0.0914971]
    errors = [0.19138, 0.02200, 0.30799, 0.21222, 0.38187, 0.19576, 0.02865]
    assert fit.log_hazard_ratio == pytest.approx(coefficients, abs=5.1e-7)
    assert fit.std_error == pytest.approx(errors, abs=5.1e-6)
    z = fit.log_hazard_ratio / fit.std_error
    assert z == pytest.approx([-1.983, -2.611, 1.019, -0.706, -1.136, -0.434, 3.194], abs=5.1e-4)
    assert likelihood_ratio(fit)[0] == pytest.approx(33.27, abs=5.1e-3)


def test_lifelines_rossi_in_strata() -> None:
    data = read("lifelines/rossi.csv")
    names = ["fin", "age", "wexp", "mar", "paro", "prio"]
    fit = survival.fit_cox(data["week"], data["arrest"], data[names], strata=data["race"].astype(str))
    assert fit.log_hazard_ratio == pytest.approx(
        [-0.3788, -0.0576, -0.1427, -0.4388, -0.0858, 0.0922], abs=5.1e-5
    )
    strata = data[["race", "paro", "mar", "wexp"]].astype(str).agg("".join, axis=1)
    fit = survival.fit_cox(data["week"], data["arrest"], data[["fin", "age", "prio"]], strata=strata)
    assert fit.log_hazard_ratio == pytest.approx([-0.3355, -0.0590, 0.1002], abs=5.1e-5)
    assert fit.log_likelihood == pytest.approx(-436.9339, abs=5.1e-5)


def test_lifelines_power_is_freedmans_and_ours_schoenfelds() -> None:
    assert survival.estimate_logrank_power(0.139, 12) == pytest.approx(0.927560, abs=1e-5)  # theirs .744937


# --- scikit-survival


def test_scikit_survival_curves() -> None:
    """Where S is 1 or 0 its log-log band has no width; ours is Clopper and Pearson's before the first event
    and none at 0."""
    given, expected = read("scikit_survival/km_input.csv"), read("scikit_survival/km_expected.csv")
    other = 0
    for case, rows in given.groupby("case"):
        theirs = expected[expected["case"] == case]
        curve = survival.fit_kaplan_meier(rows["time"], rows["event"], conf_type="log-log")
        marks = survival.estimate_landmarks(curve, theirs["time"])
        assert marks.survival == pytest.approx(theirs["survival"].to_numpy(), rel=1e-6, abs=1e-12)
        sure = theirs["survival"].isin([0, 1]).to_numpy()
        for ours, bound in ((marks.low, theirs["low"].to_numpy()), (marks.high, theirs["high"].to_numpy())):
            assert ours[~sure] == pytest.approx(bound[~sure], rel=1e-6)
            other += int((~np.isclose(ours[sure], bound[sure])).sum())
    assert other == 17


def test_scikit_survival_logrank() -> None:
    given = read("scikit_survival/logrank_input.csv")
    expected = read("scikit_survival/logrank_expected.csv").set_index("case")
    for case, rows in given.groupby("case"):
        test = survival.compare_logrank(rows["time"], rows["event"], rows["group"].astype(str))
        assert (test.chi2, test.p_value) == pytest.approx(tuple(expected.loc[case]), rel=1e-9)


def test_scikit_survival_veterans() -> None:
    data = read("scikit_survival/veteran.csv")
    test = survival.compare_logrank(data["Survival_in_days"], data["Status"] == "dead", data["Celltype"])
    assert (test.chi2, test.p_value) == pytest.approx((25.4037003457854, 1.27124593900609e-05), rel=1e-9)
    expected = dict(zip(test.groups, test.expected, strict=True))
    assert expected == pytest.approx(
        {
            "adeno": 15.6937646143605,
            "large": 34.5494783863493,
            "smallcell": 30.1020793268148,
            "squamous": 47.6546776724754,
        },
        rel=1e-9,
    )


def test_scikit_survival_rossi_by_race() -> None:
    data = read("scikit_survival/rossi.csv")
    test = survival.compare_logrank(data["week"], data["arrest"], data["race"].astype(str))
    assert (test.chi2, test.p_value) == pytest.approx((0.576101713683918, 0.447844394252168), rel=1e-9)


def test_scikit_survival_bands_of_whas500() -> None:
    data, expected = read("scikit_survival/whas500.csv"), read("scikit_survival/whas500_ci_expected.csv")
    apart = 0
    for (_, level, conf_type), rows in expected.groupby(["case", "confidence", "conf_type"]):
        curve = survival.fit_kaplan_meier(
            data["lenfol"], data["fstat"], conf_type=conf_type, confidence=level
        )
        same = ~((curve.survival == 0) & (conf_type == "log-log"))
        assert curve.low[same] == pytest.approx(rows["low"].to_numpy()[same], abs=2e-6, nan_ok=True)
        assert curve.high[same] == pytest.approx(rows["high"].to_numpy()[same], abs=2e-6, nan_ok=True)
        apart += int((~same).sum())
    assert apart == 2


# --- tern's rates


@pytest.mark.parametrize(
    ("method", "x", "n", "level", "low", "high"),
    [
        ("wilson", 5, 10, 0.9, 0.2692718, 0.7307282),
        ("clopper-pearson", 5, 10, 0.95, 0.187086, 0.812914),
        ("jeffreys", 5, 10, 0.95, 0.2235287, 0.7764713),
        ("jeffreys", 4, 6, 0.9, 0.3408020, 0.8957295),
        ("jeffreys", 4, 4, 0.95, 0.5552374, 1.0),
        ("wilson", 68, 69, 0.95, 0.922369, 0.997437),
        ("wilson", 68, 73, 0.95, 0.849479, 0.970391),
        ("wilson", 58, 58, 0.95, 0.937882, 1.0),
        ("wilson", 194, 200, 0.95, 0.936106, 0.986180),
    ],
)
def test_tern_rates(method: str, x: int, n: int, level: float, low: float, high: float) -> None:
    found = estimate_proportion(x, n, method=method, confidence=level)  # type: ignore[arg-type]
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-7)


@pytest.mark.parametrize(
    ("method", "counts", "level", "difference", "low", "high"),
    [
        ("newcombe", (3, 4, 1, 2), 0.9, 0.25, -0.2966681, 0.6750199),
        ("newcombe", (1, 2, 1, 2), 0.6, 0, -0.361619, 0.361619),
        ("wald", (3, 4, 1, 2), 0.9, 0.25, -0.4319203, 0.9319203),
        ("wald", (1, 2, 1, 2), 0.6, 0, -0.4208106, 0.4208106),
        ("wald", (4, 4, 2, 2), 0.9, 0, NAN, NAN),  # theirs 0 to 0: a variance of 0 is no precision
    ],
)
def test_tern_differences(
    method: str, counts: tuple[int, int, int, int], level: float, difference: float, low: float, high: float
) -> None:
    found = compare_proportions(*counts, method=method, confidence=level)  # type: ignore[arg-type]
    assert (found.difference, found.low, found.high) == pytest.approx(
        (difference, low, high), abs=6e-7, nan_ok=True
    )


def test_tern_fisher() -> None:
    assert estimate_fisher_p(14, 20, 8, 20) == pytest.approx(0.1109695, abs=5.1e-8)
