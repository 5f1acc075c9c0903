"""What a report of stroma shows: what was measured and left out, changes within subjects, directions,
claims."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from lib.door import expose
from lib.paired.measurements import MeasurementShifts
from lib.programme import Programme
from lib.stroma import Fields, View
from lib.stroma.measure import NO_CUT, NOTHING
from lib.stroma.quality import compare_areas, spread_cuts
from reports.figures.stroma import plot_counted, plot_rose
from reports.figures.style import whole
from reports.present.claimed import question_of, why_not_compared
from reports.present.measurements import (
    Words,
    failed_in_words,
    flag_of,
    lead_in_words,
    shift_claims,
    shift_table,
    slope_panels,
)
from reports.shown import Answer, Panels, Table, Text
from reports.wording import count, fixed, listing

TITLE = "Does the stroma change under treatment?"
WORDS = Words(
    "stroma",
    "stroma_shifts",
    "Marker",
    {
        "area_fraction": "the area fraction",
        "alignment": "alignment R",
        "mean_local_coherency": "local coherency",
    },
    {"area_fraction": "area fraction", "alignment": "alignment R", "mean_local_coherency": "local coherency"},
    {"area_fraction": "of tissue area", "alignment": "R", "mean_local_coherency": ""},
)


def quality(fields: Fields) -> Text:
    """What was measured, and what of the images a reader must know."""
    return Text(" ".join([measured_in_words(fields.frame), *image_notes(fields.frame)]))


def shifts(found: MeasurementShifts, fields: Fields) -> Table:
    """Changes within subjects."""
    return shift_table(found, WORDS, note=fields_in_words(fields.frame, **found.visits))


def images(fields: Fields) -> Table:
    """Every image, folded."""
    caption = (
        f"{measured_in_words(fields.frame)} A row an image: area in mm², angles in degrees counter-clockwise"
        " from the horizontal."
    )
    note = "Neighbouring orientations share a window and are not independent: they are not n."
    flagged = list(fields["quality"] != "pass")
    return Table("stroma", fields.frame, caption, flagged=flagged, fold=True, note=note)


def counted(views: Sequence[View]) -> Panels | None:
    """Outlines of the positive area on one image a marker and timepoint."""
    if not views:
        return None
    drawings = [whole(plot_counted(v.image, v.positive, _title(v), um_per_px=v.um_per_px)) for v in views]
    caption = (
        f"**What was counted on {count(len(views), 'image')}**, one for each marker and timepoint: the"
        " outline encloses the positive area."
    )
    return Panels(
        "counted", drawings, caption, f"outlines of the positive area on {count(len(views), 'image')}"
    )


def directions(views: Sequence[View]) -> Panels | None:
    """Roses of the same images."""
    if not views:
        return None
    drawings = [whole(plot_rose(v.orientation, v.region, v.fibres, _title(v))) for v in views]
    said = "; ".join(f"{_title(v)}: R {v.fibres.alignment:.2f}" for v in views)
    caption = f"**{said}.** Share of pixels by direction, to both sides; the line is the mean axis."
    return Panels("directions", drawings, caption, said)


def slopes(fields: Fields, found: MeasurementShifts) -> Panels | None:
    """A line a subject, a panel a marker and measurement."""
    return slope_panels(found, fields.frame, WORDS, "stroma_slopes")


def published(fields: Fields, programme: Programme) -> list[Text]:
    """What the programme says of the published record, where it is about what was stained."""
    return [Text(said) for said in programme.note("stroma", "published", measured=_markers(fields))]


def claims(found: MeasurementShifts, fields: Fields, programme: Programme) -> Answer:
    """Every shift, the least p first."""
    lead = found.frame["p_value"].sort_values(kind="stable").index[0]
    question, why = question_of(programme, "stroma", otherwise=TITLE), why_not_compared(programme, "stroma")
    made = shift_claims(
        found,
        WORDS,
        int(lead),
        subject=lambda row: (row["marker"], ""),
        question=lambda _: question,
        note=lambda _: why,
    )
    poor, stained = fields.frame[fields.frame["area_fraction"].isna()], _markers(fields)
    failed = failed_in_words(len(poor), len(fields), "image", "not measured")
    return Answer(
        made,
        lead_in_words(made[0], found.frame.iloc[lead], found, failed),
        quality=" ".join([measured_in_words(fields.frame), *notes_in_words(fields.frame, **found.visits)]),
        published=" ".join(programme.note("stroma", "summary", measured=stained)),
        caution=caution_in_words(programme.note("stroma", "caution", measured=stained)),
        flags=flag_of(list(poor["image"] + ", " + poor["status"]), "image", "not measured"),
    )


def _markers(fields: Fields) -> list[str]:
    return list(fields["marker"].unique())


def _title(view: View) -> str:
    return f"{view.marker}, {view.timepoint}"


def measured_in_words(stroma: pd.DataFrame) -> str:
    """How many images have an area fraction, and how many of those have nothing positive."""
    measured, empty = stroma["area_fraction"].notna(), int((stroma["status"] == NOTHING).sum())
    found = f" Nothing is positive on {empty}: an area fraction of 0." if empty else ""
    return f"**{measured.sum()} of {count(len(stroma), 'image')} measured.**{found}"


def caution_in_words(said: Iterable[str]) -> str:
    """What is to be read with care: a programme's own points, and that no direction is taken for a
    benefit."""
    return " ".join([*said, "The direction of a change is reported, not judged."])


def notes_in_words(stroma: pd.DataFrame, *, baseline: str, followup: str) -> list[str]:
    """Sentences on images without an area, canvas and bars, unlike brightness, and fields of other size."""
    fields = fields_in_words(stroma, baseline=baseline, followup=followup)
    return [*image_notes(stroma), *([fields] if fields else [])]


def image_notes(stroma: pd.DataFrame) -> list[str]:
    """Sentences on images without an area, canvas and bars, and unlike brightness."""
    notes = [_not_measured(stroma), _canvas(stroma), _unclear(stroma), _brightness(stroma)]
    return [note for note in notes if note]


def fields_in_words(stroma: pd.DataFrame, *, baseline: str, followup: str) -> str:
    """Subjects whose visits show fields or tissue of another size, empty where none does."""
    ratio = compare_areas(stroma, baseline=baseline, followup=followup)
    differs = ratio["differs"].astype(bool)
    if not differs.any():
        return ""
    other = ratio["other_field"]
    most = fixed(ratio.loc[differs, "tissue_area_mm2"].max(), 2)
    fields = (
        f"{int(other.sum())} of them with fields of another size"
        if other.any()
        else "from fields of one size"
    )
    return (
        f"Tissue area differs between {baseline} and {followup} in {int(differs.sum())} of"
        f" {count(len(ratio), 'pair')}, {fields}, by up to {most} times: other fields may show other tissue."
    )


def _not_measured(stroma: pd.DataFrame) -> str:
    poor = stroma[stroma["area_fraction"].isna()]
    if poor.empty:
        return ""
    why = (
        " A cut not told from noise parts nothing, and no area follows from it."
        if (poor["status"] == NO_CUT).any()
        else ""
    )
    said = [
        f"{status} on {listing(list(part['image']))}" for status, part in poor.groupby("status", sort=False)
    ]
    return f"Not measured: {'; '.join(said)}.{why}"


def _canvas(stroma: pd.DataFrame) -> str:
    cut = stroma[stroma["excluded_fraction"] > 0]
    if cut.empty:
        return ""
    most = cut.loc[cut["excluded_fraction"].idxmax()]
    return (
        f"Borders or bars of one exact colour are no tissue and were left out on {len(cut)} of"
        f" {count(len(stroma), 'image')}, up to {fixed(100 * most['excluded_fraction'], 1)} % of the frame"
        f" ({most['image']})."
    )


def _unclear(stroma: pd.DataFrame) -> str:
    doubtful = stroma[stroma["unclear_fraction"] > 0]
    if doubtful.empty:
        return ""
    return (
        f"Constant black or white reaches the edge of {listing(list(doubtful['image']))} and counts as"
        f" tissue, up to {fixed(100 * doubtful['unclear_fraction'].max(), 0)} % of the frame: where it is"
        " none, give a mask."
    )


def _brightness(stroma: pd.DataFrame) -> str:
    """Own cuts that lie far apart: one cut for all measures brightness too."""
    apart = spread_cuts(stroma)
    said = [
        f"{marker} ({stain}) from {low:.3g} to {high:.3g}"
        for (stain, marker), low, high in apart.itertuples()
    ]
    if not said:
        return ""
    return (
        f"The images' own cuts differ more than twofold: {listing(said)}. One cut for all holds where images"
        " were stained and taken alike; otherwise give each its own (cut_from = image)."
    )


__dir__ = expose(globals(), numbered=True)
