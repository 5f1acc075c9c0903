"""What a pandas user chooses of a result shows on every page and goes through every later step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from lib.errors import InputError
from lib.places import ROOT
from lib.programme import load_programme
from lib.result import Result
from reports import publish
from reports.publish.answering import hold_to_table
from reports.shown import Answer, Table
from tests.makers.presented import as_text

FEWER: dict[str, dict[str, Any]] = {
    "immune_shifts": {},
    "target_engagement": {},
    "ic50": {},
    "cytokines": {},
    "clinical_endpoints": {},
    "flow_gating": {},
    "ihc": {},
    "stroma": {},
    "synergy": {"draws": 20},
    "reconstruct": {"n_draws": 5},
    "validation": {"n_simulations": 20},
}
"""Every notebook that makes results of data, with parameters that make it quick."""
WATCHED = ("lib.", "reports.present.")


NOT_HALF = {
    "clinical.estimate_precision(Times)": "times must have a row of every group that is compared",
    "stains.choose_lead(MeasurementShifts)": "no rows left: none in the changes of the H-score",
    "ihc.claims(MeasurementShifts)": "no rows left: none in the changes of the H-score of ",
}
"""Of these the half that is taken lacks what they need, and they say so."""


class Watch:
    """A module whose functions, once they were called, are called again with half of each result."""

    def __init__(self, module: ModuleType, shown: dict[int, dict[str, pd.DataFrame]]) -> None:
        self.module, self.shown = module, shown

    def __getattr__(self, name: str) -> Any:
        function = getattr(self.module, name)
        if not isinstance(function, FunctionType):
            return function

        def call(*args: Any, **options: Any) -> Any:
            made = function(*args, **options)
            self.look(made, 0)
            for i, of in enumerate(args):
                if isinstance(of, Result):
                    half = of.iloc[len(of) // 2 :]  # the later half: its labels are not its places
                    assert type(half) is type(of)
                    assert half.settings == of.settings
                    with self.allowed(f"{name}({type(of).__name__})"):
                        self.look(function(*args[:i], half, *args[i + 1 :], **options), id(of))
            plt.close("all")
            return made

        return call

    def allowed(self, name: str) -> AbstractContextManager[object]:
        said = NOT_HALF.get(f"{self.module.__name__.split('.')[-1]}.{name}")
        return pytest.raises(InputError, match=said) if said else nullcontext()

    def look(self, made: Any, of: int) -> None:
        """Read what a page shows; its claims must be cells of the tables shown of the same rows."""
        if not self.module.__name__.startswith("reports."):
            return
        own = self.shown.setdefault(of, {})
        own.update({table.name: table.frame for table in tables(made)})
        if isinstance(made, Answer | Table | list):
            assert as_text(made)
        if isinstance(made, Answer):
            for claim in made.claims:
                hold_to_table(claim, {**self.shown.get(0, {}), **own})


def tables(made: Any) -> Iterator[Table]:
    if isinstance(made, Table):
        yield made
    elif isinstance(made, list | tuple):
        for one in made:
            yield from tables(one)


@pytest.mark.parametrize("name", FEWER)
def test_half_of_a_result_is_a_result_to_pages_and_steps(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    report = SimpleNamespace(
        programme=load_programme(), origin="simulated", show=lambda *_: None, answer=lambda *_: None
    )
    monkeypatch.setattr(publish, "open_report", lambda: report)
    monkeypatch.chdir(ROOT / "notebooks")
    cells = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {}
    shown: dict[int, dict[str, pd.DataFrame]] = {}
    for cell in [cell for cell in cells if cell["cell_type"] == "code"]:
        exec(compile("".join(cell["source"]), name, "exec"), names)
        if "parameters" in cell["metadata"].get("tags", []):
            names |= FEWER[name]
        for key, value in list(names.items()):
            if isinstance(value, ModuleType) and f"{value.__name__}.".startswith(WATCHED):
                names[key] = Watch(value, shown)
    assert any(isinstance(value, Result) for value in names.values())
    assert len(shown) > 2
