"""Do the lines of a compound share parameters? Extra sum of squares of joint fits, analysis of variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import optimize

from lib import stats
from lib.door import expose
from lib.dose_response.batch import Batch, fit_batch
from lib.dose_response.curves import CurveFits
from lib.dose_response.grid import HILL_BOUNDS, search_range
from lib.dose_response.judge import QUALITY, Note, gather, judge_rows, look_up, notes_of
from lib.dose_response.shape import Array, evaluate_shape
from lib.dose_response.wells import KEYS, build_batch, select_wells
from lib.result import Result

PARAMETERS = ("top", "bottom", "log10_ic50", "hill")
MOST_CURVES = 60
PARALLELISM_COLUMNS = [
    "compound",
    "n_lines",
    "n_curves",
    "n_wells",
    "shared",
    "f",
    "df_numerator",
    "df_denominator",
    "p_value",
    "error",
    "why",
]
BETWEEN, WITHIN = "between experiments", "between wells of one experiment"


@dataclass(frozen=True, repr=False, eq=False)
class Parallelism(Result):
    """What the lines of each compound share, three rows a compound with two lines or more; maybe none."""

    COLUMNS: ClassVar[tuple[str, ...]] = (*PARALLELISM_COLUMNS, *QUALITY)


@dataclass(frozen=True)
class JointFit:
    """What is left of the wells of several 4PL curves that were fitted together."""

    rss: float
    n_wells: int
    n_parameters: int

    @property
    def df(self) -> int:
        """Wells less parameters."""
        return self.n_wells - self.n_parameters


@dataclass(frozen=True)
class NestedTest:
    """Whether a smaller model describes the same wells as well as a larger one does."""

    shared: str
    f: float
    df_numerator: int
    df_denominator: int
    p_value: float

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame([asdict(self)])


@dataclass(frozen=True)
class _Curves:
    """Wells reduced to a batch, and where each curve starts, (4, n_curves): the same for every way of
    sharing."""

    batch: Batch
    keys: pd.DataFrame
    start: Array


def _prepare(wells: pd.DataFrame) -> _Curves:
    batch, keys = build_batch(select_wells(wells))
    return _Curves(batch, keys, _separate(batch))


def _fit(curves: _Curves, shared: Sequence[str] = ()) -> JointFit:
    """All curves by least squares over all wells, one residual variance; `shared` names common parameters."""
    batch, n_curves = curves.batch, len(curves.keys)
    index = _index(shared, n_curves)
    low, high = search_range(batch.ln_concentration[batch.weight > 0])
    box = np.array(
        [[-np.inf, -np.inf, low, np.log(HILL_BOUNDS[0])], [np.inf, np.inf, high, np.log(HILL_BOUNDS[1])]]
    )
    lower, upper = (_gather(np.tile(b[:, None], n_curves), index) for b in box)
    start = np.clip(_gather(curves.start, index), lower, upper)
    best = _solve(start, lower, upper, batch, index)
    rss = float(2 * best.cost + batch.pure_error.sum())
    return JointFit(rss, int(batch.n_wells.sum()), int(index.max()) + 1)


def _solve(start: Array, lower: Array, upper: Array, batch: Batch, index: Array) -> optimize.OptimizeResult:
    """Levenberg-Marquardt, three times faster; inside the box only where it would leave the box."""
    tight = {"x_scale": "jac", "xtol": 1e-10, "ftol": 1e-14, "gtol": 1e-14}
    if batch.weight.size >= len(start):
        best = optimize.least_squares(
            _residual, start, _jacobian, method="lm", args=(batch, index), max_nfev=200, **tight
        )
        if best.success and (best.x >= lower).all() and (best.x <= upper).all():
            return best
    return optimize.least_squares(_residual, start, _jacobian, (lower, upper), args=(batch, index), **tight)


def _index(shared: Sequence[str], n_curves: int) -> Array:
    """Place in the vector of free parameters of each curve's each parameter, (4, n_curves)."""
    own = np.arange(n_curves)
    rows = [own * (name not in shared) for name in PARAMETERS]
    first = np.cumsum([0, *(row.max() + 1 for row in rows)])
    return np.array([row + start for row, start in zip(rows, first[:-1], strict=True)])


def _gather(values: Array, index: Array) -> Array:
    """Free parameters from (4, n_curves) values: the median over the curves that share each."""
    return np.array([np.median(values[index == k]) for k in range(int(index.max()) + 1)])


def _separate(batch: Batch) -> Array:
    """Start: each curve's own best fit, a plateau that its doses do not hold kept near them."""
    fit = fit_batch(batch, method="wald", level=None)
    seen = np.where(batch.weight > 0, batch.mean, np.nan)
    span = np.nanmax(seen, 0) - np.nanmin(seen, 0)
    top, bottom = (
        np.clip(v, np.nanmin(seen, 0) - span, np.nanmax(seen, 0) + span) for v in (fit.top, fit.bottom)
    )
    return np.array([top, bottom, fit.log10_ic50, np.log(fit.hill)])


def _residual(x: Array, batch: Batch, index: Array) -> Array:
    top, bottom, *theta = x[index]
    shape = evaluate_shape(batch.ln_concentration, np.array(theta), derivatives=False)
    fitted = top * shape.value + bottom * shape.complement
    return np.asarray((np.sqrt(batch.weight) * (fitted - batch.mean)).ravel())


def _jacobian(x: Array, batch: Batch, index: Array) -> Array:
    top, bottom, *theta = x[index]
    shape = evaluate_shape(batch.ln_concentration, np.array(theta))
    root, span = np.sqrt(batch.weight), top - bottom
    slopes = [shape.value, shape.complement, span * shape.first[0], span * shape.first[1]]
    out = np.zeros((*batch.weight.shape, len(x)))
    curve = np.arange(batch.weight.shape[1])
    for place, slope in zip(index, slopes, strict=True):
        out[:, curve, place] += root * slope
    return out.reshape(-1, len(x))


def compare_nested(full: JointFit, shared: JointFit, *, name: str = "") -> NestedTest:
    """Extra-sum-of-squares F of a joint fit against one with more parameters in common.

    ``F = ((RSS_shared - RSS_full) / (df_shared - df_full)) / (RSS_full / df_full)``: p is small where the
    curves differ in what `shared` takes to be common. The error is that of wells.

    References
    ----------
    Bates DM, Watts DG. Nonlinear Regression Analysis and Its Applications. Wiley 1988, section 3.10.
    """
    extra, more = shared.rss - full.rss, full.n_parameters - shared.n_parameters
    exact = full.rss <= 1e-20 * max(extra, 1e-300)  # nothing to hold the difference against
    f = np.nan if exact else max(extra, 0.0) / more / (full.rss / full.df)
    return NestedTest(name, float(f), more, full.df, float(stats.f.sf(f, more, full.df)))


def compare_parallelism(
    wells: pd.DataFrame, fits: CurveFits, *, most_curves: int = MOST_CURVES
) -> Parallelism:
    """Are the lines of a compound parallel, that is equal but for their IC50s? And what do they share?

    Every curve (line and experiment) keeps its IC50.

    With one experiment a line the error is that of wells, and the test is `compare_nested`: lines share hill,
    both plateaus, or all three. With two or more in some line, experiments are n: the estimates of each curve
    (ln hill, top, bottom) are compared by one-way analysis of variance between lines against between
    experiments of a line, F(L - 1, C - L) for L lines and C curves. Parameters vary between experiments by
    different amounts (a plateau with the normalisation, hill hardly), so that one F over several of them has
    no F law: it would reject up to 16 % at a nominal 5 % (Box 1954). Several are therefore judged by the
    strongest of their single tests, p times their number (Bonferroni); ``error`` says which was used. Effects
    that an experiment has on all its lines are not taken out.

    Parameters
    ----------
    wells : DataFrame
    fits : CurveFits
        Of these wells: only curves with status ``ok`` take part, a curve without plateaus has none to
        compare.
    most_curves : int
        Above so many nothing is tested.

    Returns
    -------
    Parallelism
        `PARALLELISM_COLUMNS`, then `QUALITY`; ``why`` says why a test is missing.

    Notes
    -----
    Rejections where lines are parallel, at nominal 5 %: against wells (2 to 4 lines, 300 sets each) 3.3 to 8
    %; against experiments (2 to 4 lines, 2 to 4 experiments, experiments alike or varying in one or all
    parameters, 1,500 sets each) 4 to 6 % where the doses hold all curves, up to 9 % for plateaus of lines
    whose IC50s spread over the whole range, some of them held far worse than others.

    References
    ----------
    Box GEP. Some theorems on quadratic forms applied in the study of analysis of variance problems. Ann Math
    Stat 1954;25:290-302.
    """
    frame = fits.frame[fits.frame["status"] == "ok"]
    rows: list[dict[str, object]] = []
    if len(fits.frame) <= most_curves and len(frame):
        sample = select_wells(wells)
        sample = sample.assign(**{k: sample[k].astype(str) for k in KEYS}).merge(
            frame[KEYS].astype(str), on=KEYS
        )
        for compound, group in sample.groupby("compound", sort=False):
            if len(group["cell_line"].unique()) > 1:
                rows += [{"compound": compound, **row} for row in _parallelism(group)]
    tests = pd.DataFrame(rows, columns=PARALLELISM_COLUMNS)
    return Parallelism(tests.join(_judge(tests, fits)), {"most_curves": most_curves})


def _judge(tests: pd.DataFrame, fits: CurveFits) -> pd.DataFrame:
    """By the plates of all curves of the compound, and by the error that the test is against."""
    untested, within = (tests["why"] != "none").to_numpy(bool), (tests["error"] == WITHIN).to_numpy(bool)
    notes: list[Note] = [
        *notes_of(look_up(gather(fits.plates, ["compound"]), tests[["compound"]])),
        (untested, "not judged", tests["why"].to_list()),
        (within & ~untested, "caution", f"error {WITHIN}"),
    ]
    return judge_rows(~untested, notes, tests.index)


SHARED = {
    "hill": ["hill"],
    "top and bottom": ["top", "bottom"],
    "top, bottom and hill": ["top", "bottom", "hill"],
}


def _parallelism(wells: pd.DataFrame) -> list[dict[str, object]]:
    n_curves = wells.groupby(KEYS).ngroups
    if len(wells) <= len(PARAMETERS) * n_curves:
        empty = {
            "n_lines": wells["cell_line"].nunique(),
            "n_curves": n_curves,
            "n_wells": len(wells),
            "error": "none",
        }
        return [{**empty, "shared": name, "why": "no more wells than parameters"} for name in SHARED]
    curves = _prepare(wells)
    line = np.unique(curves.keys["cell_line"], return_inverse=True)[1].ravel()
    counts = {"n_lines": int(line.max()) + 1, "n_curves": n_curves, "n_wells": len(wells)}
    tests = _tests_between(curves, line) if n_curves > counts["n_lines"] else _tests_within(curves)
    return [
        {
            **counts,
            **asdict(test),
            "error": error,
            "why": "none" if np.isfinite(test.p_value) else "no scatter to test against",
        }
        for test, error in tests
    ]


def _tests_within(curves: _Curves) -> list[tuple[NestedTest, str]]:
    """One experiment a line: all parameters of a row at once, against the scatter of wells."""
    own = _fit(curves)
    return [(compare_nested(own, _fit(curves, shared), name=name), WITHIN) for name, shared in SHARED.items()]


def _tests_between(curves: _Curves, line: Array) -> list[tuple[NestedTest, str]]:
    """Several experiments: each parameter against its variation between experiments, and the strongest of
    several."""
    fit = fit_batch(curves.batch, method="wald", level=None)
    values = {"top": fit.top, "bottom": fit.bottom, "hill": np.log(fit.hill)}
    single = {name: _analyse_variance(name, value, line) for name, value in values.items()}
    return [_strongest(name, [single[p] for p in shared]) for name, shared in SHARED.items()]


def _analyse_variance(name: str, value: Array, line: Array) -> NestedTest:
    """One-way analysis of variance of estimates (n_curves,) between lines."""
    from scipy.stats import f_oneway  # slow to import

    lines = [value[line == k] for k in range(int(line.max()) + 1)]
    within, freedom = sum(((own - own.mean()) ** 2).sum() for own in lines), len(value) - len(lines)
    if within <= 1e-14 * (1 + (value**2).sum()):  # rounding is no scatter
        return NestedTest(name, np.nan, len(lines) - 1, freedom, np.nan)
    found = f_oneway(*lines)
    return NestedTest(name, float(found.statistic), len(lines) - 1, freedom, float(found.pvalue))


def _strongest(name: str, tests: list[NestedTest]) -> tuple[NestedTest, str]:
    """The test of least p, its p times their number."""
    known = [test for test in tests if np.isfinite(test.p_value)] or tests
    best, n = min(known, key=lambda test: test.p_value), len(tests)
    said = BETWEEN if n == 1 else f"{BETWEEN}; strongest of {n}, p times {n}"
    return replace(best, shared=name, p_value=float(np.minimum(1.0, n * best.p_value))), said


__dir__ = expose(globals())
