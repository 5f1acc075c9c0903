"""The IC50 of each compound and line over its experiments, relative and absolute: what a report publishes of
them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import pandas as pd

from lib.dose_response.answers import choose_answers, find_lead, rank_lines
from lib.dose_response.combine import ALL_BEYOND, COMBINED_COLUMNS, average_experiments
from lib.dose_response.curves import CurveFits
from lib.dose_response.judge import QUALITY, Note, gather, judge_rows, look_up, misfits, notes_of
from lib.records import REASONS, join_reasons
from lib.result import Result

PAIR = ["compound", "cell_line"]
ABSOLUTE_COLUMNS = ["geometric_mean_uM", "geometric_low_uM", "geometric_high_uM", "qualifier", "why"]
"""Of the absolute IC50, which joins the summary under names that begin with ``absolute_``."""
POTENCY_COLUMNS = [*COMBINED_COLUMNS, *[f"absolute_{name}" for name in ABSOLUTE_COLUMNS], *QUALITY]
METHODS = {False: "t on logarithms over experiments", True: "likelihood with censored experiments"}
"""How an interval over experiments is made, by whether one of them lies beyond the tested range."""


@dataclass(frozen=True, repr=False, eq=False)
class Potency(Result):
    """IC50s over experiments, a row a compound and line: means of the relative IC50, of the absolute one,
    `QUALITY`.

    `relative` and `absolute` are the frames of `average_experiments`, in the same order. ``n_curves`` of the
    settings counts the fits.
    """

    relative: pd.DataFrame = field(default_factory=pd.DataFrame)
    absolute: pd.DataFrame = field(default_factory=pd.DataFrame)

    COLUMNS: ClassVar[tuple[str, ...]] = tuple(POTENCY_COLUMNS)
    ALIGNED: ClassVar[tuple[str, ...]] = ("relative", "absolute")
    SHOWN: ClassVar[tuple[str, ...]] = (
        "compound",
        "cell_line",
        "n_experiments",
        "geometric_mean_uM",
        "geometric_low_uM",
        "geometric_high_uM",
        "qualifier",
        *QUALITY,
    )

    @property
    def level(self) -> float:
        """Response of the absolute IC50."""
        return float(self.settings["level"])

    def answers(self) -> pd.DataFrame:
        """The answer for each compound and line, the most sensitive first (`choose_answers`, `rank_lines`).

        Its index is that of `frame`; ``quantity`` says which IC50 it is, ``quality`` and ``reasons`` go with
        it.
        """
        chosen = choose_answers(self.relative, self.absolute, level=self.level)
        return rank_lines(chosen, self.absolute, level=self.level).join(self.frame[QUALITY])

    def ranked(self) -> pd.DataFrame:
        """The rows in the order of their answers."""
        return self.frame.loc[rank_lines(self.relative, self.absolute, level=self.level).index]

    def lead(self) -> pd.Series | None:
        """The answer by which the report is remembered (`find_lead`)."""
        return find_lead(self.relative, self.absolute, level=self.level)


def combine_experiments(fits: CurveFits) -> Potency:
    """Geometric mean IC50 over the experiments of each compound and line, with what can be said against it.

    `average_experiments` says how, for the relative and the absolute IC50. A row whose plates were flagged or
    failed, that has fewer than three experiments, an open bound, experiments left out or curves that fit
    badly is a caution (a failure where controls of a plate overlap); one that tells neither IC50 is not
    judged. The reasons name plates.
    """
    relative, absolute = (average_experiments(fits, quantity=name) for name in ("ic50", "absolute_ic50"))
    beside = absolute[ABSOLUTE_COLUMNS].add_prefix("absolute_").set_axis(relative.index)
    judged = _judge(relative, absolute, fits)
    settings = {"confidence": fits.confidence, "level": fits.level, "n_curves": len(fits)}
    frame = relative[COMBINED_COLUMNS].join(beside).join(judged)
    return Potency(frame, settings, relative, absolute)


def _judge(relative: pd.DataFrame, absolute: pd.DataFrame, fits: CurveFits) -> pd.DataFrame:
    chosen = choose_answers(relative, absolute, level=fits.level)
    notes: list[Note] = [*notes_of(look_up(gather(fits.plates, PAIR), relative[PAIR]))]
    why = [_reasons(r.why, r.qualifier) for r in chosen.itertuples()]
    because = [_reasons(r.why, r.qualifier) if not r.qualifier else "" for r in relative.itertuples()]
    said = [
        join_reasons([*one.split(REASONS), *other.split(REASONS)])
        for one, other in zip(why, because, strict=True)
    ]
    notes.append((pd.Series(said).ne("").to_numpy(bool), "caution", said))
    misfit = _count_misfits(fits, relative)
    notes.append((misfit.ne("").to_numpy(bool), "caution", misfit.to_list()))
    return judge_rows(chosen["qualifier"].ne("").to_numpy(bool), notes, relative.index)


def _reasons(why: str, qualifier: str) -> str:
    """Why a mean or a bound is missing; that a limit has no bound needs no reason."""
    parts = [part for part in why.split(REASONS) if part != "none"]
    return REASONS.join(part for part in parts if not (qualifier in ("<", ">") and part == ALL_BEYOND))


def _count_misfits(fits: CurveFits, rows: pd.DataFrame) -> pd.Series:
    """In how many experiments of each row something speaks against the shape of the curve."""
    names = [fits.frame[name] for name in PAIR]
    n = fits.frame.groupby(PAIR, sort=False).size()
    said = pd.Series("", index=n.index)
    for reason, where in misfits(fits.frame).items():
        k = pd.Series(where, index=fits.frame.index).groupby(names, sort=False).sum().reindex(n.index)
        some = [f"{reason} in {a} of {b} experiments" if b > 1 else reason for a, b in zip(k, n, strict=True)]
        said = said.where(
            k == 0, [join_reasons([*old.split(REASONS), new]) for old, new in zip(said, some, strict=True)]
        )
    return said.reindex(pd.MultiIndex.from_frame(rows[PAIR]))
