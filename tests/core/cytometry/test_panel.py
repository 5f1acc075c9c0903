"""The panel check: on Table 2 it finds what an expert finds; spectra behave as light does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.cytometry.panel import check_panel
from lib.cytometry.separation import assign_detectors, compare_spectra, noise_factors
from lib.cytometry.spectra import CONVENTIONAL, DYES, SPECTRAL, dye_named, signatures
from lib.programme import load_programme


@pytest.fixture(scope="module")
def table_2() -> pd.DataFrame:
    return load_programme().panel


def found(panel: pd.DataFrame, rule: str, **options: object) -> pd.DataFrame:
    frame = check_panel(panel, **options).to_frame()  # type: ignore[arg-type]
    return frame[frame["rule"] == rule]


def test_apc_and_alexa_647_share_a_detector(table_2: pd.DataFrame) -> None:
    row = found(table_2, "one detector for each dye").iloc[0]
    assert row["severity"] == "fail"
    assert row["items"] == "APC (CD8), Alexa Fluor 647 (FoxP3)"
    assert "660/20 (640 nm laser)" in row["why"]
    assert row["remedy"].startswith("Move one to a free channel (BV510, BV605,")


@pytest.mark.parametrize("more", [(), ("BV510",), ("BV605", "Alexa Fluor 700")])
def test_a_channel_is_called_free_only_where_no_dye_of_the_panel_is_read(more: tuple[str, ...]) -> None:
    dyes = ["FITC", "Alexa Fluor 488", *more]
    panel = pd.DataFrame({"marker": [f"CD{i}" for i in range(len(dyes))], "fluorochrome": dyes})
    remedy = found(panel, "one detector for each dye").iloc[0]["remedy"]
    offered = remedy[remedy.index("(") + 1 : remedy.index(")")].split(", ")
    best = [int(row.argmax()) for row in signatures([*dyes, *offered], CONVENTIONAL)]
    assert not set(best[: len(dyes)]) & set(best[len(dyes) :])
    assert len(set(best[len(dyes) :])) == len(offered) >= 5


def test_where_no_channel_is_free_none_is_offered() -> None:
    full = list(dict.fromkeys(d.name for d in DYES))
    panel = pd.DataFrame({"marker": [f"CD{i}" for i in range(len(full))], "fluorochrome": full})
    remedies = set(found(panel, "one detector for each dye")["remedy"])
    assert remedies == {"Use a spectral cytometer and look at the noise factor."}


def test_where_no_population_is_wanted_none_is_missed(table_2: pd.DataFrame) -> None:
    rules = set(check_panel(table_2, species="human").to_frame()["rule"])
    assert not rules & {"wanted populations", "phenotypes that agree with their names"}
    assert "markers of the species" in rules


def test_condition_number_falls_by_an_order_without_alexa_647(table_2: pd.DataFrame) -> None:
    """facts.md: measured 30.5 against 1.4, noise x 14.7; a table of rounded peaks meets the order, not the
    digits."""
    _, separation = compare_spectra(list(table_2["fluorochrome"]))
    row = separation[
        (separation["instrument"] == "conventional") & (separation["dye"] == "Alexa Fluor 647")
    ].iloc[0]
    assert 10 < row["condition_number"] < 90
    assert 1.0 < row["condition_without"] < 2.0
    assert 5 < row["noise_factor"] < 45
    spectral = separation[
        (separation["instrument"] == "spectral") & (separation["dye"] == "Alexa Fluor 647")
    ].iloc[0]
    assert spectral["condition_number"] < row["condition_number"]


def test_gr_1_exists_in_mouse_only(table_2: pd.DataFrame) -> None:
    row = found(table_2, "markers of the species", species="human").iloc[0]
    assert (row["severity"], row["items"]) == ("fail", "Gr-1")
    assert "CD11b+CD33+HLA-DR low" in row["remedy"]
    assert found(table_2, "markers of the species", species="mouse")["severity"].tolist() == ["ok"]
    assert found(table_2, "markers of the species")["severity"].tolist() == ["warn"]


def test_three_of_the_six_populations_of_table_1_cannot_be_computed(table_2: pd.DataFrame) -> None:
    wanted = load_programme().panel_wanted
    rows = found(table_2, "wanted populations", species="mouse", wanted=wanted)
    assert sorted(rows["items"]) == ["Exhausted T cells", "Naïve CD4+ T cells", "Naïve CD8+ T cells"]
    assert (
        rows.set_index("items").loc["Exhausted T cells", "why"].startswith("the panel has no PD-1, no CD69")
    )
    human = found(table_2, "wanted populations", species="human", wanted=wanted)
    assert set(human["items"]) == set(wanted) - {"Regulatory T cells"}


def test_naive_cells_with_activation_markers_contradict_their_name(table_2: pd.DataFrame) -> None:
    rows = found(table_2, "phenotypes that agree with their names", wanted=load_programme().panel_wanted)
    assert len(rows) == 2
    assert "PD-1 and CD69" in rows.iloc[0]["why"]


def test_fixation_viability_and_dump(table_2: pd.DataFrame) -> None:
    assert found(table_2, "tandem dyes and fixation").iloc[0]["items"] == "PE-Cy7, APC-Cy7"
    assert found(table_2, "viability dye").iloc[0]["severity"] == "fail"
    assert found(table_2, "dump channel").iloc[0]["severity"] == "warn"


def test_a_sound_panel_passes_every_rule() -> None:
    panel = pd.DataFrame(
        [("CD45", "FITC"), ("CD3", "PE"), ("CD8", "APC"), ("viability", "BV510"), ("CD19", "BV421")],
        columns=["marker", "fluorochrome"],
    )
    frame = check_panel(panel, species="human", wanted={"CD8+ T cells": ("CD3", "CD8")}).to_frame()
    assert (frame["severity"] == "ok").all(), frame[frame["severity"] != "ok"]


def test_an_unknown_dye_and_a_dye_used_twice_are_named() -> None:
    panel = pd.DataFrame(
        [("CD3", "PE"), ("CD4", "PE"), ("CD8", "Starlight 12")], columns=["marker", "fluorochrome"]
    )
    assert found(panel, "dyes with a known spectrum").iloc[0]["items"] == "Starlight 12"
    assert found(panel, "one marker for each dye").iloc[0]["items"] == "PE (CD3), PE (CD4)"


def test_channels_of_files_and_panel_are_held_against_each_other() -> None:
    panel = pd.DataFrame(
        [("PE-A", "CD3", "PE"), ("BV9-A", "CD4", "PerCP")], columns=["channel", "marker", "fluorochrome"]
    )
    channels = ("FSC-A", "PE-A", "APC-A", "Time")
    assert found(panel, "channels named by the panel", file_channels=channels).iloc[0]["items"] == "APC-A"
    row = found(panel, "channels of the panel in the files", file_channels=channels).iloc[0]
    assert (row["severity"], row["items"]) == ("fail", "BV9-A")


def test_scatter_rows_and_empty_panels_do_not_break_the_check() -> None:
    panel = pd.DataFrame(
        [("FSC-A", "FSC-A", "FSC"), ("Time", "Time", "Time")], columns=["channel", "marker", "fluorochrome"]
    )
    checked = check_panel(panel)
    assert checked.similarity.empty
    assert "viability dye" in set(checked.to_frame()["rule"])


@pytest.mark.parametrize(
    ("spelt", "name"),
    [
        ("AF647", "Alexa Fluor 647"),
        ("alexa fluor 647", "Alexa Fluor 647"),
        ("PE Cy7", "PE-Cy7"),
        ("PerCP/Cyanine5.5", "PerCP-Cy5.5"),
        ("Brilliant Violet 421™", "BV421"),
    ],
)
def test_dyes_are_known_however_spelt(spelt: str, name: str) -> None:
    dye = dye_named(spelt)
    assert dye is not None
    assert dye.name == name


@pytest.mark.parametrize("instrument", [CONVENTIONAL, SPECTRAL])
def test_signatures_are_light(instrument) -> None:  # type: ignore[no-untyped-def]
    rows = signatures([d.name for d in DYES], instrument)
    assert (rows >= 0).all()
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1)


@given(st.lists(st.sampled_from([d.name for d in DYES]), min_size=2, max_size=9, unique=True))
def test_noise_never_shrinks_and_similarity_is_symmetric(dyes: list[str]) -> None:
    similarity, separation = compare_spectra(dyes)
    np.testing.assert_allclose(similarity, similarity.T)
    separable = separation["condition_number"].notna()
    assert (separation.loc[separable, "noise_factor"] >= 1 - 1e-9).all()
    assert separation.loc[~separable, "noise_factor"].isna().all()
    assert len(set(assign_detectors(signatures(dyes, SPECTRAL)))) == len(dyes)


def test_dyes_of_one_spectrum_are_said_to_be_inseparable() -> None:
    panel = pd.DataFrame(
        [("CD3", "BV421"), ("CD4", "Alexa Fluor 405"), ("CD8", "PE")], columns=["marker", "fluorochrome"]
    )
    rows = found(panel, "separable dyes")
    assert rows["severity"].tolist() == ["fail", "fail"]
    assert "BV421 (CD3), Alexa Fluor 405 (CD4)" in found(panel, "spectral neighbours")["items"].tolist()


def test_noise_factor_of_two_dyes_follows_from_their_angle() -> None:
    mixing = np.array([[1.0, 0.0], [0.6, 0.8]])  # cosine 0.6: 1 / sqrt(1 - 0.36) = 1.25
    np.testing.assert_allclose(noise_factors(mixing), [1.25, 1.25])
