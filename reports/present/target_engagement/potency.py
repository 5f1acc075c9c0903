"""Dose curves: where half of a readout is left, where its curve has its midpoint, and their pictures."""

from __future__ import annotations

import pandas as pd

from lib.engagement import Changes, Engagement
from lib.engagement.dose import WITHOUT_CURVE
from lib.records import Quality
from reports.fields import Bounds, Wanted, words
from reports.figures.engagement import READOUT, plot_doses
from reports.shown import Panels, Table
from reports.wording import censored, count, interval, limited, listing, mark

MOST_PANELS, MOST_DOUBTS = 27, 6
FIGURE, OPEN = "dose", "beyond range"


def curves(engaged: Engagement) -> Table:
    """The table of dose curves: those that have one, or are saturated, stand on the page, all in the file."""
    rows = shown_curves(engaged)
    caption = f"**{_finding(engaged.curves)}, {name_times(engaged.curves)}.** "
    caption += "Half left: of vehicle; midpoint: of the curve's own plateaus."
    doubtful = (rows["quality"] != "pass").tolist()
    note = " ".join(part for part in (name_doubts(rows), _name_rest(engaged)) if part)
    return Table("engagement", engaged.frame, caption, show=_show(rows), flagged=doubtful, note=note)


def doses(changes: Changes, engaged: Engagement) -> Panels:
    """Remaining signal by dose, a panel a readout, treatment and normaliser."""
    drawings = plot_doses(changes, engaged)
    caption = (
        f"**{_finding(engaged.curves)}: remaining signal, {name_times(engaged.curves)}.** A marker shape is "
        "an experiment; the bar on the axis is the midpoint's interval, a colour a time where there are "
        "several; an open triangle points to what lies beyond the doses; the dotted line at 0.5 is half of"
        f" vehicle.{name_cut(len(drawings))}"
    )
    return Panels(FIGURE, drawings[:MOST_PANELS], caption, _alt(engaged.curves))


def shown_curves(engaged: Engagement) -> pd.DataFrame:
    """Rows that stand on the page: those with a curve or saturated, or all where there are none."""
    told = ~engaged["status"].isin(WITHOUT_CURVE) | (engaged["status"] == "saturated")
    return engaged.frame[told | (not told.any())]


def curve_panels(engaged: Engagement) -> dict[tuple[str, ...], str]:
    """Target, treatment and normaliser → the figure that shows the curve, of those that are drawn."""
    drawn = engaged.curves[READOUT].drop_duplicates().head(MOST_PANELS)
    return {tuple(names): f"{FIGURE}-{i:02d}" for i, names in enumerate(drawn.to_numpy().tolist(), start=1)}


def name_normaliser(row: pd.Series) -> str:
    """The normaliser where it is not total protein."""
    return "" if row["normalised_to"] == "total protein" else f", by {row['normalised_to']}"


def name_times(rows: pd.DataFrame) -> str:
    """Treatments and times in words: ``"MEK inhibition at 24 h"``."""
    parts = [
        f"{treatment} at {listing([f'{t:g}' for t in sorted(part['time_h'].unique())])} h"
        for treatment, part in rows.groupby("treatment", sort=False)
    ]
    return listing(parts)


def name_treatments(rows: pd.DataFrame) -> str:
    """Treatments in words: ``"under MEK inhibition and both"``."""
    return f"under {listing(list(rows['treatment'].drop_duplicates()))}"


def name_cut(n_panels: int) -> str:
    """What a caption adds where there are more panels than a page holds."""
    more = n_panels - MOST_PANELS
    return f" The first {MOST_PANELS} of {n_panels} are drawn; the tables hold all." if more > 0 else ""


def columns_that_differ(rows: pd.DataFrame) -> list[Wanted]:
    """Columns that tell rows apart; one that is the same in all stands in the caption."""
    names = ("treatment", "normalised_to", "time_h", "washout_h")
    return [name for name in names if name in rows and len(rows[name].drop_duplicates()) > 1]


def with_marks(words: pd.Series, rows: pd.DataFrame) -> list[str]:
    """Words of each row, with what speaks against it where its number stands or its readings failed."""
    told = zip(words, rows["quality"], rows["reasons"], strict=True)
    return [
        (
            f"{word}{mark(Quality.of_row({'quality': verdict, 'reasons': reasons}))}"
            if verdict in ("caution", "fail")
            else str(word)
        )
        for word, verdict, reasons in told
    ]


def name_doubts(rows: pd.DataFrame) -> str:
    """What speaks against numbers that stand, or against readings that failed: ``"Caution: MYC and MET
    (reason)."``."""
    said = []
    for verdict, word in (("fail", "Failed"), ("caution", "Caution")):
        mine = rows[rows["quality"] == verdict]
        told = [
            f"{listing(list(dict.fromkeys(part['target'])))} ({reasons})"
            for reasons, part in mine.groupby("reasons", sort=False)
        ]
        said += [f"{word}: {limited(told, MOST_DOUBTS)}."] if told else []
    return " ".join(said)


def bounds(low: float, high: float) -> str:
    """An interval of doses."""
    return interval(low, high, open_low=OPEN, open_high=OPEN)


def _finding(rows: pd.DataFrame) -> str:
    inside, total = int((rows["ic50_qualifier"] == "=").sum()), len(rows)
    have = "has its midpoint" if total == 1 else "have their midpoint"
    return f"{inside} of {count(total, 'dose curve')} {have} among the doses"


def _show(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows for the page; treatment, time and normaliser where there are several."""
    ends = {"open_low": OPEN, "open_high": OPEN}
    half = ["absolute_ic50_uM", Bounds("absolute_ic50_uM", "Its interval", **ends)]
    doses = [*half, "ic50_uM", Bounds("ic50_uM", **ends), "max_inhibition"]
    columns = ["target", *columns_that_differ(rows), *doses, "n_experiments", "status"]
    return words(rows, columns, table="engagement")


def _name_rest(engaged: Engagement) -> str:
    """What the page's table leaves to the file: rows without a curve, by their status."""
    rest = engaged.frame.drop(index=shown_curves(engaged).index)
    parts = [f"{n} {status}" for status, n in rest["status"].value_counts().items()]
    return f"Without a curve, in the file only: {listing(parts)}." if parts else ""


def _alt(rows: pd.DataFrame) -> str:
    """Midpoints in one line, for readers who do not see the picture."""
    told = [
        f"{row['target']} under {row['treatment']} at {row['time_h']:g} h{name_normaliser(row)} {_ic50(row)}"
        for _, row in rows.iterrows()
    ]
    return listing(told, 30)


def _ic50(row: pd.Series) -> str:
    if not row["ic50_qualifier"]:
        return f"no IC50 ({row['status']})"
    return f"IC50 {censored(row['ic50_uM'], row['ic50_qualifier'])} µM"
