"""Scores of every pair on every line of a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from lib.result import Result
from lib.synergy.matrix import PAIR, DoseMatrix
from lib.synergy.score import MODELS, SynergyScores, estimate_synergy


class Surface(Result):
    """Excess of every dose pair under each model, as ``tables/synergy_surface.csv``."""

    COLUMNS = (*PAIR, "concentration_1_uM", "concentration_2_uM", "inhibition_percent", *MODELS)


class Parameters(Result):
    """MuSyC's interaction parameters, a row each, as ``tables/musyc.csv``."""

    COLUMNS = (
        *PAIR,
        "parameter",
        "estimate",
        "low",
        "high",
        "no_interaction",
        "verdict",
        "why",
        "quality",
        "reasons",
    )


@dataclass(frozen=True, repr=False, eq=False)
class Scores(Result):
    """Scores of all pairs, a row a pair and model, as ``tables/synergy.csv``.

    ``pairs`` holds each pair with its matrix, surfaces and fits, in the order of the rows.
    """

    pairs: tuple[SynergyScores, ...] = ()

    COLUMNS = (
        *PAIR,
        "model",
        "score",
        "score_low",
        "score_high",
        "n_doses",
        "n_replicates",
        "interval_method",
        "verdict",
        "why",
        "reference",
        "quality",
        "reasons",
    )

    def _further(self, found: pd.DataFrame) -> dict[str, tuple[SynergyScores, ...]]:
        """The pairs that still have a row, in its order."""
        known = {tuple(getattr(pair.matrix, name) for name in PAIR): pair for pair in self.pairs}
        left = dict.fromkeys(found[PAIR].itertuples(index=False, name=None))
        return {"pairs": tuple(known[names] for names in left)}

    @property
    def reference(self) -> str:
        """The model whose rows say synergy or antagonism."""
        return str(self.settings["reference"])

    @property
    def judged(self) -> pd.DataFrame:
        """Rows of the reference model, one a pair."""
        return self.frame[self.frame["reference"].astype(bool)]

    def gather_surface(self) -> Surface:
        """Excess of every dose pair under each model."""
        return Surface(_stack([pair.to_surface() for pair in self.pairs], Surface.COLUMNS), self.settings)

    def gather_parameters(self) -> Parameters:
        """MuSyC's three interaction parameters of every pair."""
        return Parameters(
            _stack([pair.to_parameters() for pair in self.pairs], Parameters.COLUMNS), self.settings
        )


def estimate_all(
    matrices: Sequence[DoseMatrix],
    *,
    n_draws: int = 1000,
    seed: int = 1,
    confidence: float = 0.95,
    reference: str = "bliss",
) -> Scores:
    """Score every matrix; each gets its own stream of resamples from `seed`. Options as of
    `estimate_synergy`."""
    pairs = tuple(
        estimate_synergy(
            m,
            n_draws=n_draws,
            seed=seed + k,
            confidence=confidence,
            reference=reference,
        )
        for k, m in enumerate(matrices)
    )
    settings = {
        "confidence": confidence,
        "reference": reference,
        "n_draws": n_draws,
        "seed": seed,
    }
    return gather_scores(pairs, settings)


def gather_scores(pairs: Sequence[SynergyScores], settings: dict[str, object] | None = None) -> Scores:
    """Pairs that were scored one by one, as one result; level and reference are those of the first."""
    first = {"confidence": pairs[0].confidence, "reference": pairs[0].reference} if pairs else {}
    frame = _stack([pair.to_frame() for pair in pairs], Scores.COLUMNS)
    return Scores(frame, settings or first, tuple(pairs))


def _stack(frames: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(columns))
