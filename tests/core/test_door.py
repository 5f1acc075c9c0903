"""Doors of modules: public names at Tab, steps that know a result from a plain frame, rows that ran out."""

from __future__ import annotations

import importlib
import pickle
from types import ModuleType

import pandas as pd
import pytest

from lib import dose_response, engagement, paired, plates, reconstruct, stroma, synergy
from lib.door import expose, results_taken
from lib.errors import InputError
from lib.paired.measurements import compare_measurements
from lib.result import Result
from reports.present import immune_shifts
from reports.present import synergy as page_of_pairs

STEPS = [
    "clinical",
    "cytometry",
    "dose_response",
    "engagement",
    "immunoassay",
    "overview",
    "paired",
    "plates",
    "programme",
    "reconstruct",
    "stains",
    "stroma",
    "survival",
    "synergy",
    "validation",
]
PAGES = [
    "clinical_endpoints",
    "cytokines",
    "flow_gating",
    "ic50",
    "ihc",
    "immune_shifts",
    "overview",
    "reconstruct",
    "stroma",
    "synergy",
    "target_engagement",
    "validation",
]
MODULES = [importlib.import_module(f"lib.{name}") for name in STEPS]
MODULES += [importlib.import_module(f"reports.present.{name}") for name in PAGES]


def cells() -> pd.DataFrame:
    """Three subjects, two populations, both time points."""
    rows = [
        (f"S{i}", time, population, 100 + 10 * i + more, 1000)
        for i in range(3)
        for time, more in (("pre", 0), ("post", 40))
        for population in ("CD8", "NK")
    ]
    return pd.DataFrame(rows, columns=["subject", "timepoint", "population", "count", "parent_count"])


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_tab_shows_public_names_alone(module: ModuleType) -> None:
    names = dir(module)
    assert names
    assert not [n for n in names if n.startswith("_") or isinstance(getattr(module, n), ModuleType)]
    assert not {"expose", "pd", "np", "annotations"} & set(names)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_whatever_takes_a_result_says_so_to_a_plain_frame(module: ModuleType) -> None:
    takers = {
        n: results_taken(f) for n in dir(module) if callable(f := getattr(module, n)) and not _is_type(f)
    }
    for name, takes in takers.items():
        for parameter, kinds in takes.items():
            said = (
                f"{name} takes {parameter} as {kinds[0].__name__}.* got a DataFrame.*{parameter}.head\\(3\\)"
            )
            with pytest.raises(TypeError, match=said):
                getattr(module, name)(**{parameter: pd.DataFrame()})


def _is_type(thing: object) -> bool:
    return isinstance(thing, type) or not hasattr(thing, "__code__")


def test_a_result_of_another_kind_is_refused() -> None:
    shifts = paired.compare_shifts(paired.pair_populations(cells()))
    with pytest.raises(TypeError, match="compare_shifts takes pairs as Pairs; got a Shifts"):
        paired.compare_shifts(shifts)


def test_a_step_is_one_function_wherever_it_is_found() -> None:
    assert paired.compare_shifts is importlib.import_module("lib.paired.shifts").compare_shifts
    assert pickle.loads(pickle.dumps(paired.compare_shifts)) is paired.compare_shifts


def test_a_page_counts_the_rows_that_it_is_handed() -> None:
    def first(found: Result) -> int:
        return int(found.frame.index[0])

    module = {"__name__": __name__, "__path__": [], "first": first}
    first.__module__ = __name__
    globals()["first"] = first
    expose(module, numbered=True)
    assert module["first"](Result(pd.DataFrame({"a": [1, 2, 3]})).iloc[2:]) == 0  # type: ignore[operator]


NONE = pd.DataFrame
EMPTY = {
    "the populations": lambda: paired.pair_populations(cells().query("population == 'CD99'")),
    "the wells": lambda: plates.normalise_plates(NONE(columns=["signal", "exclude"])),
    "the wells ": lambda: dose_response.fit_curves(NONE(columns=["viability", "concentration_uM"])),
    "the wells  ": lambda: synergy.normalise_signals(NONE(columns=["role"])),
    "the lanes": lambda: engagement.normalise_readouts(NONE(columns=["blot"])),
    "the curve": lambda: reconstruct.estimate_by_group(NONE(columns=["group"]), NONE()),
    "the manifest": lambda: stroma.measure_study(NONE(), [], [], []),
    "the measurements": lambda: compare_measurements(NONE(columns=["timepoint"]), {}, by="marker"),
    "pairs, handed to compare_shifts": lambda: paired.compare_shifts(
        paired.pair_populations(cells()).query("population == 'CD99'")
    ),
    "found, handed to slopes": lambda: immune_shifts.slopes(
        paired.compare_shifts(paired.pair_populations(cells())).head(0)
    ),
}


@pytest.mark.parametrize("of", EMPTY)
def test_rows_that_ran_out_are_blamed_alone(of: str) -> None:
    with pytest.raises(
        InputError, match=f"^no rows left: none in {of.strip()}. Look at what chose them"
    ) as told:
        EMPTY[of]()
    assert len(told.value.faults) == 1


def test_a_result_without_rows_that_shows_nothing_is_no_fault() -> None:
    assert page_of_pairs.isobolograms(synergy.estimate_isoboles([])).drawings == []
