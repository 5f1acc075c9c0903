"""What a module shows of itself: its public names at Tab, and steps that know a result from a plain frame."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from types import ModuleType
from typing import Any, get_args, get_type_hints

import pandas as pd

from lib.errors import InputError, check_rows
from lib.result import Result

Kinds = tuple[type[Result], ...]


def expose(module: dict[str, Any], *, numbered: bool = False) -> Callable[[], list[str]]:
    """Open the door of a module, given its ``globals()``: what it offers, each function held to its results.

    A function that takes a result and is handed a plain DataFrame, or a result of another kind, says which it
    takes and what to write. The last line of a module is ``__dir__ = expose(globals())``.

    Parameters
    ----------
    module : dict
        Names of a package offer what it imports by name, those of a module what it defines.
    numbered : bool
        Whether its functions count the rows of what they are handed, as a published table does: rows that
        were chosen are then numbered anew.

    Returns
    -------
    callable
        For ``__dir__``: the public names, without modules and what was imported for use.
    """
    names = _public(module)
    for name in names:
        function = module[name]
        if inspect.isfunction(function) and not hasattr(function, "__wrapped__"):
            takes = results_taken(function)
            if takes:
                module[name] = _hold(function, takes, numbered)
                home = sys.modules[function.__module__]
                setattr(home, function.__name__, module[name])
    return lambda: names


def results_taken(function: Callable[..., Any]) -> dict[str, Kinds]:
    """Parameter → the kinds of result that it must be; those that may be a plain frame are left out."""
    hints = get_type_hints(function)
    kinds = {name: get_args(hint) or (hint,) for name, hint in hints.items() if name != "return"}
    return {
        name: found
        for name, of in kinds.items()
        if pd.DataFrame not in of
        and (found := tuple(kind for kind in of if isinstance(kind, type) and issubclass(kind, Result)))
    }


def _public(module: Mapping[str, Any]) -> list[str]:
    if "__all__" in module:
        return sorted(module["__all__"])
    of_package = "__path__" in module
    return sorted(
        name
        for name, value in module.items()
        if not name.startswith("_")
        and not isinstance(value, ModuleType)
        and value is not expose
        and (of_package or getattr(value, "__module__", None) == module["__name__"])
    )


def _hold(function: Callable[..., Any], takes: Mapping[str, Kinds], numbered: bool) -> Callable[..., Any]:
    order = list(inspect.signature(function).parameters)

    @wraps(function)
    def held(*args: Any, **options: Any) -> Any:
        given = dict(zip(order, args, strict=False)) | options
        for name, kinds in takes.items():
            value = given.get(name)
            if isinstance(value, (pd.DataFrame, Result)) and not isinstance(value, kinds):
                raise TypeError(_what_to_write(function.__name__, name, kinds, value))
        if numbered:
            args = tuple(map(_numbered, args))
            options = {name: _numbered(value) for name, value in options.items()}
        try:
            return function(*args, **options)
        except InputError:
            raise
        except Exception:
            for name in takes:
                if isinstance(given.get(name), Result):  # without rows it can be the only one to blame
                    check_rows(given[name], f"{name}, handed to {function.__name__}")
            raise

    return held


def _what_to_write(function: str, name: str, kinds: Kinds, value: pd.DataFrame | Result) -> str:
    kind = kinds[0]
    column = kind.COLUMNS[0] if kind.COLUMNS else "column"
    return (
        f"{function} takes {name} as {' or '.join(k.__name__ for k in kinds)};"
        f" got a {type(value).__name__}. Hand over the {kind.__name__} itself; rows chosen of it are one:"
        f' {name}[{name}["{column}"] == ...], {name}.query("..."), {name}.head(3).'
    )


def _numbered(value: Any) -> Any:
    if not isinstance(value, Result) or value.frame.index.equals(pd.RangeIndex(len(value))):
        return value
    return value.reset_index(drop=True)
