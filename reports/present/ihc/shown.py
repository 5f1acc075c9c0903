"""Tables, figures and sentences of immunohistochemistry, one function a thing shown."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lib.paired.measurements import MeasurementShifts
from lib.programme import Programme
from lib.stains import Patients, Regions, Scores, Sensitivity, View
from reports.fields import Column, words
from reports.figures.ihc import plot_counted_cells, plot_densities, plot_sensitivity
from reports.figures.style import whole
from reports.present.ihc.words import poor_in_words, quality_notes, scored_in_words, sensitivity_in_words
from reports.present.measurements import Words, mark_in_words, shift_table, slope_panels
from reports.shown import Figure, Panels, Table, Text
from reports.wording import count, fixed, interval_name

WORDS = Words(
    "ihc",
    "ihc_shifts",
    "Marker, compartment",
    {"h_score": "the H-score", "percent_positive": "positive cells", "median_od": "the median DAB density"},
    {"h_score": "H-score, 0–300", "percent_positive": "positive cells, %", "median_od": "median DAB, OD"},
    {"h_score": "H-score points", "percent_positive": "percentage points", "median_od": "OD"},
    who="patient",
    decimals={"h_score": 0, "percent_positive": 1, "median_od": 3},
)
CELLS_SHOWN = 50


def quality(found: Scores) -> Text:
    """What was scored, what is shown and not compared, and what of the images a reader must know."""
    warned = [f"{warning}." for warning in found.warnings]
    poor = f"Shown but not compared: {poor_in_words(found.frame)}." if len(found.poor) else ""
    said = [scored_in_words(found.frame), poor, *warned, *quality_notes(found.frame)]
    return Text(" ".join(text for text in said if text))


def shifts(found: MeasurementShifts) -> Table:
    """Changes within patients."""
    return shift_table(found, WORDS)


def scores(found: Scores) -> Table:
    """Every image and core."""
    caption = (
        f"{scored_in_words(found.frame)} Every image and core; the file also holds every setting that moves"
        " the score: thresholds, glass, vectors, nucleus area, expansion."
    )
    flagged = list(found["quality"] != "pass")
    return Table("h_scores", found.frame, caption, _show_scores(found.frame), flagged=flagged)


def patients(found: Patients) -> Table:
    """Every patient and timepoint, folded."""
    caption = (
        f"**{count(found['subject'].nunique(), 'patient')},"
        f" {count(int(found['n_cores'].sum()), 'core or image', 'cores or images')}.** Every patient and"
        " timepoint; cores count once each, however many cells they hold."
    )
    return Table("patients", found.frame, caption, fold=True)


def cells(found: Scores) -> Table:
    """Every cell, the first of them shown, folded."""
    counted = found.counted
    n = len(counted)
    first = f"The first {CELLS_SHOWN} here, all in the file" if n > CELLS_SHOWN else "All are here"
    caption = f"**{count(n, 'cell')}.** {first}; positions in µm from the upper left corner."
    return Table("cells.csv.gz", counted, caption, counted.head(CELLS_SHOWN), fold=True)


def regions(found: Regions) -> Table | None:
    """Tumour and stroma apart, where masks leave cells outside."""
    if not len(found):
        return None
    n = found.frame[["image", "core"]].drop_duplicates().shape[0]
    caption = (
        f"**Tumour (in mask) and stroma (outside it)** on {count(n, 'image or core', 'images or cores')}."
    )
    return Table("h_scores_by_region", found.frame, caption)


def counted(views: Sequence[View]) -> Panels | None:
    """Outlines of the scored compartment; nothing where cells came from QuPath."""
    if not views:
        return None
    caption = (
        f"**What was counted on {count(len(views), 'image')}.** Outlines of the scored compartment: blue"
        " negative, yellow 1+, orange 2+, red 3+, grey unclassified; white: nuclei that were not scored."
    )
    drawings = [whole(plot_counted_cells(view, view.title)) for view in views]
    return Panels("counted", drawings, caption, "; ".join(view.title for view in views))


def densities(found: Scores, lead: str, changes: MeasurementShifts) -> Figure | None:
    """Density of every cell of the leading population; nothing where classes came without densities."""
    every = found.counted
    mine = every[(every["marker"] + "/" + every["compartment"]) == lead]
    if not mine["dab_od"].notna().any():
        return None
    medians = mine.groupby("timepoint")["dab_od"].median()
    said = "; ".join(f"{time}: median density {fixed(value)} OD" for time, value in medians.items())
    order = list(changes.visits.values())
    drawing = whole(plot_densities(mine, found.used.thresholds_od, lead, order=order))
    caption = (
        f"**{lead}, {said}.** Every cell; those near a threshold change class with the stain's strength, the"
        " density itself does not."
    )
    return Figure("densities", drawing, caption, said)


def sensitivity(varied: Sensitivity) -> list[Table | Figure]:
    """The same comparison under other thresholds; nothing without a shift."""
    if not varied["shift"].notna().any():
        return []
    said = sensitivity_in_words(varied.frame)
    title, name = varied["population"].iloc[0], "threshold_sensitivity"
    drawing = whole(plot_sensitivity(varied.frame, varied.settings["used"], title))
    caption = (
        f"**{said}** All three thresholds are multiplied by {varied['factor'].min():g} to"
        f" {varied['factor'].max():g}; the band is the {interval_name(varied.confidence)} of the shift."
    )
    table = Table(name, varied.frame, f"**{said}** The same comparison under other thresholds.", fold=True)
    return [table, Figure(name, drawing, caption, said)]


def slopes(found: Patients, changes: MeasurementShifts) -> Panels | None:
    """A line a patient, a panel a population and measurement."""
    return slope_panels(changes, found.frame, WORDS, "ihc_slopes")


def published(programme: Programme, markers: Sequence[str]) -> list[Text]:
    """What the programme says of the published record, where it is about what was stained."""
    return [Text(said) for said in programme.note("ihc", "published", measured=markers)]


def limits(programme: Programme, markers: Sequence[str]) -> Text:
    """What else limits the numbers of the programme's own markers."""
    return Text("\n".join(f"- {said}" for said in programme.note("ihc", "limits", measured=markers)))


def _show_scores(frame: pd.DataFrame) -> pd.DataFrame:
    core = ["core"] if frame["core"].ne("").any() else []
    share = [f"percent_{of}" for of in ("negative", "1", "2", "3")]
    scores = [*share, "h_score", "allred", "median_od", "status"]
    quality = Column("quality", cells=map(mark_in_words, frame["quality"]))
    columns = ["image", *core, "timepoint", "marker", "compartment", "n_cells", *scores, quality]
    return words(frame, columns, table="h_scores")
