"""Whole reports of synergy and target engagement on other drugs: nothing of a programme is said that does not
concern them."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from reports.project import ROOT
from reports.run.plan import plan_notebook
from reports.run.pool import preload
from reports.run.runner import Options, run_job

EXAMPLE = ROOT / "data" / "example"
SAID = re.compile(r"defactinib|FAK|KRAS|RAMP|PYK2|avutometinib|source document", re.IGNORECASE)


def report(notebook: str, parameter: str, frame: pd.DataFrame, folder: Path) -> Path:
    """Folder of a version made from a table."""
    frame.to_csv(folder / "mine.csv", index=False)
    job = plan_notebook(str(ROOT / "notebooks" / f"{notebook}.ipynb"), {parameter: str(folder / "mine.csv")})
    preload([job], engine="warm")
    done = run_job(job, Options(folder / "site"))
    assert done.status == "done", done.error
    return Path(done.path)


def readouts(treatment: str | None = None) -> pd.DataFrame:
    frame = pd.read_csv(EXAMPLE / "readouts.csv")
    frame = frame[frame["target"].isin(["pERK", "MYC"])]
    return frame if treatment is None else frame.assign(treatment=treatment)


def combinations(one: str, two: str) -> pd.DataFrame:
    frame = pd.read_csv(EXAMPLE / "combinations.csv").query("cell_line == 'SIM-S'")
    return frame.assign(compound_1=one, compound_2=two)


@pytest.mark.parametrize("treatment", [None, "MEK inhibition", "XYZ 1"])
def test_engagement_without_a_programme(
    treatment: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TME_PROGRAMME", "none")
    folder = report("target_engagement", "readouts", readouts(treatment), tmp_path)
    assert not SAID.findall((folder / "report.html").read_text(encoding="utf-8"))
    made = {path.name for path in [*folder.glob("tables/*"), *folder.glob("figures/*.svg")]}
    assert {"engagement.csv", "turnover.csv", "time_course.csv", "saturation.csv"} <= made
    assert not made & {"pathway.csv", "predictions.csv", "published_mechanism.csv", "pathway.svg"}
    said = f"pERK midpoint IC50, under {treatment or 'treatment'} at 24 h"
    assert said in (folder / "metadata.json").read_text()
    assert said.replace("pERK", "MYC").split(",")[0] in (folder / "claims.json").read_text()


def test_engagement_under_another_treatment_of_the_programme(tmp_path: Path) -> None:
    folder = report("target_engagement", "readouts", readouts("MEK inhibition"), tmp_path)
    edges = pd.read_csv(folder / "tables/pathway.csv").set_index("edge")
    assert not edges["evidence"].str.contains("(?:pERK|MYC) was not measured|under FAK inhibition").any()
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "No cellular" not in page
    assert "inhibits PYK2" not in page
    assert not (folder / "tables/published_mechanism.csv").exists()


@pytest.mark.parametrize("programme", ["none", "defactinib"])
def test_synergy_of_a_pair_of_which_nothing_is_published(
    programme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TME_PROGRAMME", programme)
    folder = report("synergy", "measurements", combinations("cisplatin", "olaparib"), tmp_path)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert not SAID.findall(page)
    assert "published: synergy" not in page


def test_synergy_with_a_partner_of_another_kind(tmp_path: Path) -> None:
    folder = report("synergy", "measurements", combinations("defactinib", "paclitaxel"), tmp_path)
    assert "published: synergy" not in (folder / "report.html").read_text(encoding="utf-8")
    known = report("synergy", "measurements", combinations("defactinib", "trametinib"), tmp_path)
    said = (known / "metadata.json").read_text(encoding="utf-8")
    assert "published: synergy of defactinib + RAF or MEK inhibitor; source: Technical guide" in said
