"""The example's inputs as another laboratory would have them: other drugs, target and marker, the same
numbers."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from lib.places import ROOT

EXAMPLE = ROOT / "data" / "example"
NAMES = {
    "PI3K_FAK_complex": "PI3K_ABL_complex",
    "pFAK_Y397": "pABL_Y412",
    "FAK": "ABL",
    "KRAS": "TP53",
    "defactinib": "examplostat",
    "avutometinib": "partnerib",
}


def write_other_study(folder: Path, programme: str, *, origin: str = "measured") -> Path:
    """Copy the example to a folder under other names; gives the study file, which names the programme."""
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("*.py", "simulators", "__pycache__"))
    for path in folder.rglob("*.csv"):
        text = path.read_text(encoding="utf-8")
        for ours, other in NAMES.items():
            text = text.replace(ours, other)
        path.write_text(text, encoding="utf-8")
    study = yaml.safe_load((folder / "study.yaml").read_text(encoding="utf-8"))
    study |= {"study": "other", "origin": origin, "programme": programme}
    for report in study["reports"]:
        report["parameters"] = {k: v for k, v in report.get("parameters", {}).items() if k != "truth"}
    (folder / "study.yaml").write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")
    return folder / "study.yaml"
