"""Cuts: noise is not parted in two, lost fibres are nothing rather than half, and a study has one cut."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from lib import stroma as fibres
from lib.paired.measurements import compare_measurements
from lib.stroma.cuts import Cut, choose_cuts, find_peak, measure_separation, propose_cut
from lib.stroma.signal import STAIN_OD, _counterstain

SIZE = 128
STAINS = ["shg", "fluorescence", "picrosirius", "trichrome", "dab", "binary_mask"]
NOISES = {
    "Gaussian": lambda rng, s: rng.normal(100, 20, s),
    "one photon": lambda rng, s: rng.poisson(1.0, s),
    "few photons": lambda rng, s: rng.poisson(8.0, s),
    "exponential": lambda rng, s: rng.exponential(20.0, s),
    "log-normal": lambda rng, s: rng.lognormal(3, 0.5, s),
    "uniform": lambda rng, s: rng.uniform(0, 255, s),
    "smooth": lambda rng, s: ndimage.gaussian_filter(rng.normal(size=s), 3),
    "shaded": lambda rng, s: rng.poisson(20 + 20 * np.linspace(0, 1, s[0])[:, None] * np.ones(s)),
}


def patches(rng: np.random.Generator, fraction: float) -> NDArray[np.bool_]:
    ridges = ndimage.gaussian_filter(rng.normal(size=(SIZE, SIZE)), (2, 6))
    return ridges > np.quantile(ridges, 1 - fraction) if fraction else np.zeros((SIZE, SIZE), bool)


def picture(stain: str, fraction: float, rng: np.random.Generator, gain: float = 90.0) -> NDArray[np.uint8]:
    """A field of which `fraction` is fibre, with the noise of its kind."""
    where = patches(rng, fraction)
    if stain == "binary_mask":
        return where.astype(np.uint8) * 255
    if stain in ("shg", "fluorescence"):
        return np.clip(rng.poisson(ndimage.gaussian_filter(12 + gain * where, 0.8)), 0, 255).astype(np.uint8)
    dye = np.asarray(STAIN_OD[stain]) / np.linalg.norm(STAIN_OD[stain])
    ground = 0.35 * _counterstain(stain) * rng.gamma(20, 1 / 20, (SIZE, SIZE, 1))
    density = ndimage.gaussian_filter(ground + 0.7 * where[..., None] * dye, (0.7, 0.7, 0))
    return np.clip(255 * 10**-density + rng.normal(0, 3, density.shape), 0, 255).astype(np.uint8)


def measure(
    stain: str, fractions: dict[str, list[float]], *, seed: int = 3, **options: object
) -> pd.DataFrame:
    """The table of a study: timepoint → fraction of each subject."""
    rng = np.random.default_rng(seed)
    rows = [(f"S{i}", t, f) for t, all_ in fractions.items() for i, f in enumerate(all_)]
    images = [picture(stain, f, rng) for _, _, f in rows]
    manifest = pd.DataFrame(
        [
            {
                "name": f"{s}_{t}.png",
                "subject": s,
                "timepoint": t,
                "stain": stain,
                "marker": "collagen",
                "um_per_px": 0.5,
            }
            for s, t, _ in rows
        ]
    )
    none = [None] * len(rows)
    return fibres.measure_study(manifest, images, none, none, **options).frame


def compare(stroma: pd.DataFrame) -> pd.DataFrame:
    values = {"area_fraction": "logit", "alignment": "difference"}
    found = compare_measurements(stroma, values, by="marker", reason="status")  # type: ignore[arg-type]
    return found.frame.set_index("measurement")


@pytest.mark.parametrize("kind", NOISES)
def test_noise_has_no_cut(kind):
    rng = np.random.default_rng(7)
    told = [
        propose_cut(np.asarray(NOISES[kind](rng, (96, 96)), float), np.ones((96, 96), bool)).origin
        for _ in range(8)
    ]
    assert told == ["none"] * 8


def test_how_often_noise_passes_on_small_fields():
    """Fields of 64 px: at most 1 in 100 of independent noise (none of 200 here; with 95 % below 1.5 in
    100)."""
    rng, whole = np.random.default_rng(8), np.ones((64, 64), bool)
    passed = sum(
        propose_cut(rng.poisson(4.0, (64, 64)).astype(float), whole).origin == "image" for _ in range(200)
    )
    assert passed <= 1


@pytest.mark.parametrize("stain", STAINS[:5])
@pytest.mark.parametrize("fraction", [0.02, 0.1, 0.4, 0.75])
def test_fibres_are_told_from_noise_and_their_area_is_found(stain, fraction):
    image = picture(stain, fraction, np.random.default_rng(int(1000 * fraction)))
    found = fibres.measure_fibres(image, stain, um_per_px=0.5)
    assert found.threshold_origin == "image"
    assert found.separation > 2
    assert found.area_fraction == pytest.approx(fraction, abs=0.02)


@pytest.mark.parametrize("stain", STAINS[:5])
def test_noise_alone_has_no_area_fraction(stain):
    found = fibres.measure_fibres(picture(stain, 0, np.random.default_rng(2)), stain, um_per_px=0.5)
    assert np.isnan(found.area_fraction)
    assert found.status == "cut not told from noise"
    assert (found.n_orientations, found.threshold_origin) == (0, "none")


@pytest.mark.parametrize(
    ("stain", "ground"),
    [
        ("picrosirius", (240, 206, 110)),
        ("picrosirius", (234, 204, 114)),
        ("picrosirius", (238, 212, 130)),
        ("trichrome", (200, 90, 150)),
        ("dab", (190, 180, 217)),
    ],
)
@pytest.mark.parametrize("sd", [4, 7])
def test_camera_noise_on_a_ground_without_dye_has_no_cut(stain, ground, sd):
    """Density of the dye around or below 0: what is cut off at 0 is no calm background."""
    rng = np.random.default_rng(sd)
    image = np.clip(rng.normal(ground, sd, (160, 160, 3)), 0, 255).astype(np.uint8)
    found = fibres.measure_fibres(image, stain, um_per_px=0.5)
    assert found.status == "cut not told from noise", found
    assert not found.separation >= 2  # empty where no pixel has any dye


@pytest.mark.parametrize("stain", STAINS)
def test_fibres_lost_in_five_of_eight_are_a_fall(stain):
    """Before 25 to 32 %, after none in five subjects and as before in three: a fall, with all eight in it."""
    before = [0.25, 0.26, 0.27, 0.28, 0.29, 0.30, 0.31, 0.32]
    stroma = measure(stain, {"pre": before, "post": [0, 0, 0, 0, 0, 0.28, 0.30, 0.29]})
    lost = stroma[stroma["timepoint"] == "post"].iloc[:5]
    assert lost["area_fraction"].tolist() == [0.0] * 5
    assert set(lost["status"]) == {"no positive area"}
    area = compare(stroma).loc["area_fraction"]
    assert (area["n_pairs"], area["n_excluded"], area["scale"]) == (8, 0, "difference")
    assert area["shift"] < -0.1
    assert area["shift_high"] < 0.005
    assert area["p_value"] < 0.06
    assert "5 of 16 values are 0 and have no logit" in area["note"]


@pytest.mark.parametrize("stain", STAINS)
def test_fibres_lost_in_all_are_a_fall(stain):
    stroma = measure(stain, {"pre": [0.25, 0.28, 0.3, 0.32, 0.27, 0.29], "post": [0] * 6})
    area = compare(stroma).loc["area_fraction"]
    assert area["n_pairs"] == 6
    before = stroma.loc[stroma["timepoint"] == "pre", "area_fraction"]
    assert (area["shift_low"], area["shift_high"]) == (-before.max(), -before.min())
    assert area["p_value"] == 2 / 2**6
    assert (
        "6 subjects without a pair: no positive area at post (6)" in compare(stroma).loc["alignment", "note"]
    )


@pytest.mark.parametrize("stain", STAINS[:5])
def test_a_study_of_noise_has_no_pair_and_says_why(stain):
    area = compare(measure(stain, {"pre": [0] * 4, "post": [0] * 4})).loc["area_fraction"]
    assert area["n_pairs"] == 0
    assert np.isnan(area["p_value"])
    assert np.isnan(area["shift"])
    assert "cut not told from noise at pre (4), cut not told from noise at post (4)" in area["note"]


def test_masks_that_are_empty_are_zero():
    area = compare(measure("binary_mask", {"pre": [0] * 6, "post": [0.1] * 6})).loc["area_fraction"]
    assert area["shift"] == pytest.approx(0.1, abs=0.001)


@pytest.mark.parametrize("stain", STAINS[:5])
def test_good_images_have_one_cut_and_nearly_their_own_area(stain):
    fractions = {"pre": [0.3, 0.25, 0.35, 0.3], "post": [0.2, 0.2, 0.25, 0.15]}
    shared, own = (measure(stain, fractions, cut_from=c) for c in ("study", "image"))
    assert set(shared["threshold"]) == {own["threshold"].median()}
    truth = [f for group in fractions.values() for f in group]
    np.testing.assert_allclose(shared["area_fraction"], truth, atol=0.01)
    np.testing.assert_allclose(own["area_fraction"], truth, atol=0.01)


def test_fibres_that_pale_fall_under_one_cut_and_not_under_their_own():
    rng, whole = np.random.default_rng(4), np.ones((SIZE, SIZE), bool)
    images = [picture("shg", 0.3, rng, gain=g).astype(float) for g in (90, 90, 90, 25)]
    own = [propose_cut(image, whole) for image in images]
    shared = choose_cuts(["shg"] * 4, own)
    area = lambda cut, image: float((image > cut.value).mean())  # noqa: E731
    assert area(own[3], images[3]) == pytest.approx(0.3, abs=0.03)
    assert area(shared[3], images[3]) < 0.05


def test_each_stain_marker_and_depth_has_its_own_cut():
    cuts = [Cut(v, "image", v) for v in (10.0, 12.0, 14.0, 100.0)] + [Cut(np.nan, "none", noise=(0.0, 5.0))]
    found = choose_cuts(["a", "a", "a", "b", "a"], cuts)
    assert [c.value for c in found] == [12, 12, 12, 100, 12]
    assert {c.origin for c in found} == {"study"}
    assert [c.value for c in choose_cuts(["a", "a", "a", "b", "a"], cuts, "image")][:4] == [10, 12, 14, 100]


def test_noise_around_the_shared_cut_is_not_judged_by_it():
    """After an automatic contrast a field without fibres is noise up to white: its area is empty, not 0.4."""
    rng = np.random.default_rng(6)
    images = [picture("shg", f, rng) for f in (0.3, 0.25, 0.3, 0.28)]
    stretched = rng.poisson(12, (SIZE, SIZE)).astype(float)
    stretched = ((stretched - stretched.min()) / np.ptp(stretched) * 255).astype(np.uint8)
    whole = np.ones((SIZE, SIZE), bool)
    own = [propose_cut(np.asarray(image, float), whole) for image in [*images, stretched]]
    assert [cut.origin for cut in choose_cuts(["x"] * 5, own)] == ["study"] * 4 + ["none"]


def test_a_given_threshold_is_taken_as_it_is():
    image = picture("shg", 0, np.random.default_rng(1))
    found = fibres.measure_fibres(image, "shg", um_per_px=1.0, threshold=60)
    assert (found.area_fraction, found.status, found.threshold_origin) == (0.0, "no positive area", "given")
    found = fibres.measure_fibres(image, "shg", um_per_px=1.0, threshold=12)
    assert found.area_fraction == (image > 12).mean()


def test_peak_of_a_gaussian_has_its_standard_deviation():
    values = np.random.default_rng(1).normal(50, 4, 400_000)
    peak = find_peak(values)
    assert (peak.position, peak.below, peak.above) == pytest.approx((50, 4, 4), rel=0.08)
    assert measure_separation(values, 62) == pytest.approx(3, rel=0.1)
    assert measure_separation(values, 42) == pytest.approx(2, rel=0.15)


def test_a_flat_histogram_has_no_peak_to_leave():
    assert measure_separation(np.random.default_rng(1).uniform(0, 1, 50_000), 0.5) < 1


def test_a_handful_of_pixels_has_no_direction():
    image = np.random.default_rng(1).poisson(10, (SIZE, SIZE)).astype(np.uint8)
    image[40:44, 30:90] = 120
    found = fibres.measure_fibres(image, "shg", um_per_px=1.0, threshold=60)
    assert (found.status, found.n_orientations) == ("no direction", 0)
    assert found.area_fraction == pytest.approx(240 / SIZE**2)
    assert np.isnan(found.alignment)


def framed(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """On a larger canvas with a white bar."""
    wide = np.pad(image, ((10, 30), (0, 60), (0, 0))[: image.ndim])
    wide[-20:-14, 20:70] = 255
    return wide


@pytest.mark.parametrize("stain", STAINS[:5])
def test_canvas_changes_no_area_and_no_direction(stain):
    image = picture(stain, 0.3, np.random.default_rng(9))
    plain, on_canvas = (
        fibres.measure_fibres(i, stain, um_per_px=0.5, window_px=1.0) for i in (image, framed(image))
    )
    assert on_canvas.excluded_fraction == pytest.approx(1 - SIZE**2 / (SIZE + 40) / (SIZE + 60))
    assert on_canvas.tissue_area_mm2 == pytest.approx(plain.tissue_area_mm2, rel=0.01)
    assert on_canvas.field_area_mm2 == plain.field_area_mm2
    assert on_canvas.area_fraction == pytest.approx(plain.area_fraction, abs=0.004)
    assert on_canvas.alignment == pytest.approx(plain.alignment, abs=0.005)
    assert on_canvas.dominant_angle_deg == pytest.approx(plain.dominant_angle_deg, abs=0.3)


@pytest.mark.parametrize("colour", [0, 255])
@pytest.mark.parametrize("stain", STAINS[2:5])
def test_a_canvas_around_tissue_of_uneven_density_changes_nothing(stain, colour):
    """Tissue that is partly glass has a smoothed edge: at the canvas it must end as at the frame."""
    image = picture(stain, 0.25, np.random.default_rng(12)).astype(float)
    image[:, :50] = 252 - np.random.default_rng(1).poisson(2, (SIZE, 50, 1))
    image = image.astype(np.uint8)
    wide = np.full((SIZE + 61, SIZE + 47, 3), colour, np.uint8)
    wide[33 : 33 + SIZE, 21 : 21 + SIZE] = image
    plain, found = (fibres.measure_fibres(i, stain, um_per_px=0.5) for i in (image, wide))
    same = [
        "area_fraction",
        "tissue_area_mm2",
        "threshold",
        "separation",
        "alignment",
        "mean_local_coherency",
    ]
    assert {name: getattr(found, name) for name in same} == {name: getattr(plain, name) for name in same}
    assert found.excluded_fraction > 0.3


@pytest.mark.parametrize("loss", [1, 3])
@pytest.mark.parametrize(("stain", "colour"), [("shg", 0), ("shg", 255), ("picrosirius", 0)])
def test_a_canvas_that_is_not_constant_to_the_last_bit_is_none_the_less(stain, colour, loss):
    rng = np.random.default_rng(loss)
    image = np.clip(picture(stain, 0.3, rng).astype(int) + 4, 0, 251).astype(np.uint8)
    shape = (SIZE + 70, SIZE + 44, *image.shape[2:])
    wide = np.abs(colour - rng.integers(0, loss + 1, shape)).astype(np.uint8)
    wide[30 : 30 + SIZE, 19 : 19 + SIZE] = image
    plain, found = (fibres.measure_fibres(i, stain, um_per_px=0.5) for i in (image, wide))
    assert found.excluded_fraction == pytest.approx(1 - SIZE**2 / shape[0] / shape[1], abs=0.01)
    assert found.area_fraction == pytest.approx(plain.area_fraction, abs=0.003)


def test_a_dark_ground_around_a_convex_bright_patch_is_no_lossy_canvas():
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[:200, :200]
    image = rng.integers(0, 3, (200, 200)).astype(np.uint8)
    disc = np.hypot(rows - 100, columns - 90) < 60
    image[disc] = rng.poisson(60, int(disc.sum()))
    found = fibres.measure_fibres(image, "fluorescence", um_per_px=0.5)
    assert found.excluded_fraction == 0
    assert found.area_fraction == pytest.approx(disc.mean(), abs=0.003)


@pytest.mark.parametrize("stain", STAINS[:5])
def test_a_bar_in_the_picture_is_not_counted(stain):
    image = picture(stain, 0.05, np.random.default_rng(10))
    barred = image.copy()
    barred[100:106, 30:110] = 255 if stain in ("shg", "fluorescence") else 0
    plain, found = (fibres.measure_fibres(i, stain, um_per_px=0.5) for i in (image, barred))
    assert found.excluded_fraction == pytest.approx(84 * 10 / SIZE**2)
    assert found.area_fraction == pytest.approx(plain.area_fraction, abs=0.006)
