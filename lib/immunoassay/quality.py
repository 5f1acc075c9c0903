"""How far concentrations and changes can be relied on: from the acceptance of their runs, and from how
samples read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from lib.immunoassay.readings import HOOK_BELOW
from lib.records import Verdict, join_reasons

Run = tuple[str, str]
"""Plate and analyte."""


def name_failures(acceptance: pd.DataFrame) -> dict[Run, list[str]]:
    """Run → each rule that it fails, as a reason: which analyte on which plate, the rule, what is off."""
    failed = acceptance[acceptance["verdict"] == "fail"]
    found: dict[Run, list[str]] = {}
    for row in failed.to_dict("records"):
        rule = f"{name_run(row['plate'], row['analyte'])} fails {name_rule(row['rule'], row['note'])}"
        found.setdefault((str(row["plate"]), str(row["analyte"])), []).append(rule)
    return found


def name_run(plate: object, analyte: object) -> str:
    """``"IL-6 on plate 1"``."""
    return f"{analyte} on {plate if str(plate).lower().startswith('plate') else f'plate {plate}'}"


def name_rule(rule: str, note: object = "") -> str:
    """A rule without its limits, and what is off: ``"standards within 20 % (off: 4.9 pg/ml)"``."""
    return rule.split(",")[0] + (f" ({note})" if isinstance(note, str) and note else "")


def rate(failures: Sequence[str] = (), lacking: str = "", cautions: Iterable[str] = ()) -> dict[str, str]:
    """Columns ``quality, reasons``: a run that fails outweighs that there is no number, and this what is only
    of note."""
    noted = [reason for reason in cautions if reason]
    quality: Verdict = "fail" if failures else "not judged" if lacking else "caution" if noted else "pass"
    return {"quality": quality, "reasons": join_reasons([*failures, lacking, *noted])}


def rate_readings(found: pd.DataFrame, failures: Mapping[Run, Sequence[str]]) -> pd.DataFrame:
    """Concentrations with ``quality, reasons``: what is not reported is not judged, and says why."""
    keys = list(zip(found["plate"], found["analyte"], found["reported"], found["note"], strict=True))
    rated = {key: _rate_reading(*key, failures) for key in set(keys)}
    return found.assign(**{name: [rated[key][name] for key in keys] for name in ("quality", "reasons")})


def _rate_reading(
    plate: object, analyte: object, reported: str, note: str, failures: Mapping[Run, Sequence[str]]
) -> dict[str, str]:
    lacking = "" if reported == "yes" else note
    cautions = [note] if note == HOOK_BELOW else []
    return rate(failures.get((str(plate), str(analyte)), ()), lacking, cautions)
