"""Normalisation and quality of plates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib import plates
from lib.dose_response import fit_curves
from lib.dose_response.edges import compare_corrected


def plate(*, edge: float = 1.0, seed: int = 0, name: str = "P1") -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    row, column = (g.ravel() for g in np.indices((8, 12)))
    role = np.select([column < 10, column == 10, row < 4], ["sample", "vehicle", "blank"], "positive_control")
    level = np.select([role == "sample", role == "vehicle", role == "blank"], [0.8, 1.0, 0.0], 0.02)
    signal = (1000 + 50000 * level) * np.exp(0.03 * rng.normal(size=96))
    signal = np.where(np.isin(row, (0, 7)) & (column < 11), signal * edge, signal)
    return pd.DataFrame(
        {
            "plate": name,
            "well": [f"{'ABCDEFGH'[r]}{c + 1:02d}" for r, c in zip(row, column, strict=True)],
            "role": role,
            "compound": "x",
            "cell_line": "a",
            "concentration_uM": np.where(column < 10, column, np.nan),
            "signal": signal,
            "exclude": "",
        }
    )


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


LOSS = 0.85
DOSES = np.geomspace(0.01, 100, 10)


def screen(n_plates: int, seed: int, *, loss: float = LOSS, cv: float = 0.04) -> pd.DataFrame:
    """Randomised plates: seven wells a dose anywhere, eight vehicle and eight blank wells inside; IC50 2,
    absolute 2.377."""
    rng = np.random.default_rng(seed)
    row, column = (g.ravel() for g in np.indices((8, 12)))
    outer = np.isin(row, (0, 7)) | np.isin(column, (0, 11))
    parts = []
    for k in range(n_plates):
        controls = rng.permutation(np.flatnonzero(~outer))[:16]
        role = np.full(96, "sample", dtype=object)
        role[controls[:8]], role[controls[8:]] = "vehicle", "blank"
        dose = np.full(96, np.nan)
        dose[role == "sample"] = rng.permutation(np.tile(DOSES, 8))
        level = np.select(
            [role == "vehicle", role == "blank"],
            [1.0, 0.0],
            0.1 + 0.9 / (1 + (np.nan_to_num(dose) / 2) ** 1.3),
        )
        signal = 800 + 50000 * level * np.where(outer, loss, 1.0) * (1 + cv * rng.normal(size=96))
        parts.append(
            pd.DataFrame(
                {
                    "plate": f"P{k:03d}",
                    "well": [f"{'ABCDEFGH'[r]}{c + 1:02d}" for r, c in zip(row, column, strict=True)],
                    "role": role,
                    "compound": "x",
                    "cell_line": "a",
                    "experiment": f"{k}",
                    "concentration_uM": dose,
                    "signal": signal,
                    "exclude": "",
                    "outer": outer,
                    "truth": level,
                }
            )
        )
    return plates.normalise_plates(pd.concat(parts, ignore_index=True))


def log_ratio(wells: pd.DataFrame, truth: float = 2 * (0.9 / 0.4 - 1) ** (1 / 1.3)) -> pd.Series:
    """Bias and its standard error of ln absolute IC50, and the mean ln shift's spread."""
    log = np.log(fit_curves(wells, method="wald").frame["absolute_ic50_uM"] / truth)
    return pd.Series({"bias": log.mean(), "error": log.std() / np.sqrt(len(log))})


def test_a_known_edge_loss_is_taken_out_of_viability_and_ic50() -> None:
    wells = screen(30, 1)
    edges = plates.estimate_edges(wells)
    after = plates.correct_edges(wells, edges)
    assert edges.frame["verdict"].eq("corrected").mean() > 0.9
    factor = np.log(edges.frame.loc[edges.frame["verdict"] == "corrected", "factor"])
    assert np.exp(factor.mean()) == pytest.approx(LOSS, abs=0.01)
    rim = wells["outer"] & (wells["role"] == "sample") & (wells["truth"] > 0.2)
    ratio = (after["viability"] / wells["truth"])[rim]
    assert (wells["viability"] / wells["truth"])[rim].mean() == pytest.approx(LOSS, abs=0.015)
    assert ratio.mean() == pytest.approx(1, abs=0.015)
    raw, corrected = log_ratio(wells), log_ratio(after)
    assert raw["bias"] < -5 * raw["error"]
    assert abs(corrected["bias"]) < 3 * corrected["error"]
    assert corrected["error"] < 0.02


def test_the_interval_of_the_factor_covers_the_loss() -> None:
    frame = plates.estimate_edges(screen(60, 2)).frame
    frame = frame[frame["verdict"] != "not estimable"]
    covered = (frame["factor_low"] < LOSS) & (frame["factor_high"] > LOSS)
    assert 0.91 < covered.mean() < 0.98


def test_plates_without_a_loss_are_left_alone() -> None:
    wells = screen(60, 3, loss=1.0)
    edges = plates.estimate_edges(wells)
    after = plates.correct_edges(wells, edges)
    # nominal 1 % of 240 sides; Monte-Carlo error 0.6 %
    assert edges.frame["verdict"].eq("corrected").mean() < 0.03
    fits = [fit_curves(w, method="wald").frame for w in (wells, after)]
    shift = np.log10(fits[1]["ic50_uM"] / fits[0]["ic50_uM"])
    assert np.sqrt((shift**2).mean()) < 0.25 * fits[0]["log10_ic50_se"].median()
    assert (shift == 0).mean() > 0.85


def test_a_side_that_holds_one_dose_is_never_corrected() -> None:
    wells = plate(
        edge=LOSS
    )  # a dose a column, vehicle in column 11; columns 1 and 12 hold what no other does
    wells = plates.normalise_plates(wells)
    edges = plates.estimate_edges(wells)
    by_side = edges.frame.set_index("side")
    assert by_side.loc[["column 1", "column 12"], "verdict"].tolist() == ["not estimable"] * 2
    assert by_side.loc["column 1", "reason"] == "no like wells inside: position and dose cannot be told apart"
    assert by_side.loc["column 12", "reason"] == "no sample or vehicle wells there"
    assert by_side.loc[["column 1", "column 12"], "n_scaled"].tolist() == [0, 0]
    untouched = ~wells["well"].str[0].isin(["A", "H"])
    assert (edges.scale[untouched] == 1).all()
    assert by_side.loc["row A", "verdict"] == "corrected"
    assert by_side.loc["row A", "factor"] == pytest.approx(LOSS, abs=0.03)


def test_a_loss_on_one_side_is_taken_from_that_side_only() -> None:
    wells = screen(1, 5, loss=1.0, cv=0.02)
    wells["signal"] = wells["signal"].where(wells["well"].str[0] != "H", wells["signal"] * 0.8)
    wells = plates.normalise_plates(wells)
    edges = plates.estimate_edges(wells)
    assert edges.frame.loc[edges.frame["verdict"] == "corrected", "side"].tolist() == ["row H"]
    assert edges.scale[wells["well"].str[0] != "H"].eq(1).all()
    assert plates.estimate_edges(plates.correct_edges(wells, edges)).corrected == []


def test_controls_at_the_edge_and_empty_or_few_outer_wells() -> None:
    wells = screen(1, 6)
    wells.loc[wells["outer"] & (wells.index % 7 == 0), "role"] = "blank"
    edges = plates.estimate_edges(wells)
    assert edges.scale[wells["role"] == "blank"].eq(1).all()
    inner = wells[~wells["outer"]]
    padded = pd.concat([inner, wells[wells["well"].isin(["A01", "H12"])].assign(role="blank")])
    reasons = plates.estimate_edges(padded).frame["reason"]
    assert set(reasons) == {"no sample or vehicle wells there"}
    few = wells[~wells["outer"] | wells["well"].isin(["A05", "A06"])]
    found = plates.estimate_edges(pd.concat([few, padded])).frame.set_index("side")
    assert found.loc["row A", "reason"] == "1 of 2 wells have their like inside, 3 are needed"


def test_one_bad_well_does_not_make_the_factor() -> None:
    wells = screen(1, 7, loss=1.0)
    bad = wells.index[(wells["well"] == "A04")]
    wells.loc[bad, "signal"] = 250000.0
    wells = plates.normalise_plates(wells)
    row_a = plates.estimate_edges(wells).frame.set_index("side").loc["row A"]
    assert row_a["verdict"] == "no loss found"
    assert row_a["factor"] == pytest.approx(1, abs=0.08)


def test_edges_of_viability_tables_and_unnamed_wells() -> None:
    wells = screen(1, 8)
    for table in (wells.drop(columns="signal"), wells.assign(well=None)):
        edges = plates.estimate_edges(table)
        assert edges.to_frame().empty
        assert plates.correct_edges(table, edges) is table


def test_clean_plates_are_seldom_flagged() -> None:
    wells = pd.concat([plate(seed=s, name=f"P{s}") for s in range(40)], ignore_index=True)
    quality = plates.check_plates(plates.normalise_plates(wells))
    assert quality.flagged.sum() <= 1
    assert list(quality.to_frame().columns[: len(plates.QUALITY_COLUMNS)]) == plates.QUALITY_COLUMNS
    pd.testing.assert_frame_equal(quality.to_frame(), quality.frame)


@pytest.mark.parametrize(
    ("names", "rows", "columns"),
    [
        (["A01", "h12", "B3"], [0, 7, 1], [0, 11, 2]),
        (["AA1", "P24"], [26, 15], [0, 23]),
        (["1", "13", "96"], [0, 1, 7], [0, 0, 11]),
        (["25", "384"], [1, 15], [0, 23]),
    ],
)
def test_wells_by_name_or_number(names: list[str], rows: list[int], columns: list[int]) -> None:
    at = plates.locate_wells(pd.Series(names))
    assert (at["row"].tolist(), at["column"].tolist()) == (rows, columns)


def test_viability_passes_through_without_plates_to_judge() -> None:
    wells = pd.DataFrame({"plate": "1", "viability": [1.0, 0.5], "exclude": ""})
    assert plates.normalise_plates(wells)["viability"].tolist() == [1.0, 0.5]
    assert plates.check_plates(wells).frame.empty


def test_equal_shifts_of_two_rows_are_told_as_the_loss_whatever_the_last_bit() -> None:
    """Like wells lie in two rows only, so their deviations mirror each other: the sign was that of a rounding
    error."""
    wells = plate()
    wells = wells[wells["well"].str[0].isin(["C", "D"])].copy()
    wells["signal"] = np.where(wells["well"].str[0] == "C", 0.9, 1.1) * (
        40_000 + 1000 * np.arange(len(wells)) % 7
    )
    wells.loc[wells["role"] == "vehicle", "signal"] = 40_000
    wells.loc[wells["role"] == "blank", "signal"] = 100
    found = plates.check_plates(plates.normalise_plates(wells)).frame.iloc[0]
    assert found["row_shift"] == pytest.approx(-0.1, abs=0.02)


@pytest.mark.parametrize("factor", [1.0, 1 / 3, 0.1])
def test_wells_without_scatter_make_no_loss_of_rounding(factor: float) -> None:
    wells = plate()
    level = wells["role"].map({"sample": 0.8, "vehicle": 1.0, "blank": 0.1, "positive_control": 0.1})
    wells["signal"] = level * factor * 12_345.678
    frame = plates.estimate_edges(plates.normalise_plates(wells)).frame
    assert "corrected" not in set(frame["verdict"])
    assert frame["p_before"].dropna().tolist() == [1.0] * frame["p_before"].notna().sum()


def test_the_correction_and_the_ic50s_it_moved() -> None:
    before = screen(1, 5)
    edges = plates.estimate_edges(before)
    after = fit_curves(plates.correct_edges(before, edges))
    effect = compare_corrected(before, after, edges).frame
    assert effect["n_wells_scaled"].sum() > 0
    known = effect[effect["why"] == "none"]
    assert known["ratio"].to_numpy() == pytest.approx(
        (known["ic50_after_uM"] / known["ic50_before_uM"]).to_numpy()
    )
    untouched = screen(1, 5, loss=1.0)
    assert compare_corrected(untouched, fit_curves(untouched), plates.estimate_edges(untouched)).frame.empty


def test_exclusions_are_counted_by_reason_and_controls_named() -> None:
    wells = plate()
    wells["compound"] = wells["compound"].where(wells["role"] == "sample")
    samples = wells.index[wells["role"] == "sample"][:2]
    control = wells.index[wells["role"] == "vehicle"][:1]
    wells.loc[[*samples, *control], "exclude"] = "spilt"
    listed = plates.list_exclusions(wells).frame
    assert listed["n_wells"].sum() == 3
    assert set(listed["reason"]) == {"spilt"}
    assert listed.loc[listed["compound"] == "control", "n_wells"].tolist() == [1]
    assert plates.list_exclusions(plate()).frame.empty
