"""Normalisation and quality of plates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib import plates


def plate(*, edge: float = 1.0, seed: int = 0, name: str = "P1") -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    row, column = (g.ravel() for g in np.indices((8, 12)))
    role = np.select([column < 10, column == 10, row < 4], ["sample", "vehicle", "blank"], "positive_control")
    level = np.select([role == "sample", role == "vehicle", role == "blank"], [0.8, 1.0, 0.0], 0.02)
    signal = (1000 + 50000 * level) * np.exp(0.03 * rng.normal(size=96))
    signal = np.where(np.isin(row, (0, 7)) & (column < 11), signal * edge, signal)
    return pd.DataFrame({
        "plate": name, "well": [f"{'ABCDEFGH'[r]}{c + 1:02d}" for r, c in zip(row, column, strict=True)],
        "role": role, "compound": "x", "cell_line": "a", "concentration_uM": np.where(column < 10, column, np.nan),
        "signal": signal, "exclude": "",
    })  # fmt: skip


def test_normalises_by_the_means_of_the_own_plate() -> None:
    first, second = plate(seed=1), plate(seed=2, name="P2")
    second["signal"] *= 3
    wells = plates.normalise_plates(pd.concat([first, second], ignore_index=True))
    means = wells.groupby(["plate", "role"])["viability"].mean().unstack()  # noqa: PD010
    assert means["vehicle"].to_numpy() == pytest.approx([1, 1])
    assert means["blank"].to_numpy() == pytest.approx([0, 0], abs=1e-12)
    assert (wells["vehicle_se"] > 0).all()


def test_excluded_controls_do_not_normalise() -> None:
    wells = plate()
    clean = plates.normalise_plates(wells)["viability"]
    bad = wells.index[wells["role"] == "vehicle"][0]
    wells.loc[bad, ["signal", "exclude"]] = [1e9, "spilt"]
    again = plates.normalise_plates(wells)["viability"]
    assert again.drop(bad).to_numpy() == pytest.approx(clean.drop(bad).to_numpy(), rel=0.02)


def test_z_prime_by_its_formula() -> None:
    v, p = np.array([100.0, 110, 90, 105]), np.array([10.0, 12, 8])
    assert plates.z_prime(v, p) == pytest.approx(
        1 - 3 * (v.std(ddof=1) + p.std(ddof=1)) / (v.mean() - p.mean())
    )
    assert np.isnan(plates.z_prime(v, p[:1]))


def test_positive_control_before_blank() -> None:
    wells = plate()
    v, p, b = (
        wells.loc[wells["role"] == r, "signal"].to_numpy() for r in ("vehicle", "positive_control", "blank")
    )
    normal = plates.normalise_plates(wells)
    assert plates.check_plates(normal).frame.loc[0, "z_prime"] == pytest.approx(plates.z_prime(v, p))
    without = plates.normalise_plates(wells[wells["role"] != "positive_control"])
    assert plates.check_plates(without).frame.loc[0, "z_prime"] == pytest.approx(plates.z_prime(v, b))


def test_an_edge_effect_is_flagged_with_its_size_and_can_be_corrected() -> None:
    wells = plates.normalise_plates(plate(edge=0.85))
    found = plates.check_plates(wells).frame.iloc[0]
    assert found["verdict"] == "flagged"
    assert "edge effect, −1" in found["reason"]
    assert found["edge_shift"] == pytest.approx(-0.15, abs=0.03)
    again = plates.check_plates(plates.correct_edges(wells)).frame.iloc[0]
    assert abs(again["edge_shift"]) < 0.03


def test_clean_plates_are_seldom_flagged() -> None:
    wells = pd.concat([plate(seed=s, name=f"P{s}") for s in range(40)], ignore_index=True)
    quality = plates.check_plates(plates.normalise_plates(wells))
    assert quality.flagged.sum() <= 1
    assert list(quality.to_frame().columns) == plates.QUALITY_COLUMNS


@pytest.mark.parametrize(("names", "rows", "columns"), [(["A01", "h12", "B3"], [0, 7, 1], [0, 11, 2]),
                                                        (["AA1", "P24"], [26, 15], [0, 23]),
                                                        (["1", "13", "96"], [0, 1, 7], [0, 0, 11]),
                                                        (["25", "384"], [1, 15], [0, 23])])  # fmt: skip
def test_wells_by_name_or_number(names: list[str], rows: list[int], columns: list[int]) -> None:
    at = plates.locate_wells(pd.Series(names))
    assert (at["row"].tolist(), at["column"].tolist()) == (rows, columns)


def test_viability_passes_through_without_plates_to_judge() -> None:
    wells = pd.DataFrame({"plate": "1", "viability": [1.0, 0.5], "exclude": ""})
    assert plates.normalise_plates(wells)["viability"].tolist() == [1.0, 0.5]
    assert plates.check_plates(wells).frame.empty
