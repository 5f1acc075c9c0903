"""Our IC50s of defactinib held against the published ones (Table 3 of the source document)."""

from __future__ import annotations

import pandas as pd

from lib.agreement import compare_with_published, concordance_table, load_published
from reports.wording import fixed, interval, number

PUBLISHED_COMPOUND = "defactinib"


def compare_published(summary: pd.DataFrame, *, margin: float = 2.0) -> pd.DataFrame:
    """Each line's geometric mean against its published mean, by equivalence of the ratio within `margin` times.

    Parameters
    ----------
    summary : DataFrame
        From `combine_experiments`. Lines or compounds without a published value are left out.
    margin : float
        Greatest fold that still agrees. Two is about what repeated cell assays of one laboratory vary by.

    Returns
    -------
    DataFrame
        Columns of `lib.agreement.Concordance`, then ``published_sd`` and ``n_experiments``.
    """
    table = load_published("table_3")
    mean = table[table["quantity"] == "ic50"].set_index("item")
    sd = table[table["quantity"] == "ic50_sd"].set_index("item")["number"]
    mine = summary[
        (summary["compound"].str.lower() == PUBLISHED_COMPOUND) & summary["cell_line"].isin(mean.index)
    ]
    results = []
    for row in mine.itertuples():
        value = row.geometric_mean_uM if row.qualifier == "=" else float("nan")
        low = row.geometric_mean_uM if row.qualifier == ">" else row.geometric_low_uM
        high = row.geometric_mean_uM if row.qualifier == "<" else row.geometric_high_uM
        results.append(compare_with_published(
            value, low, high, mean.loc[row.cell_line, "number"], scale="ratio", margin=margin, name=row.cell_line,
            unit="µM", source=mean.loc[row.cell_line, "source"], status=mean.loc[row.cell_line, "status"],
            not_comparable="" if row.qualifier else row.why))  # fmt: skip
    frame = concordance_table(results)
    return frame.assign(published_sd=[sd.get(n) for n in frame["name"]],
                        n_experiments=mine["n_experiments"].to_numpy())  # fmt: skip


def show_agreement(frame: pd.DataFrame) -> pd.DataFrame:
    """The comparison as displayed."""
    return pd.DataFrame({
        "Cell line": frame["name"], "Here\nµM": frame["estimate"].map(number),
        "Interval\nµM": [interval(a, b) for a, b in zip(frame["low"], frame["high"], strict=True)],
        "Experiments\nn": frame["n_experiments"].astype(str),
        "Published mean ± SD\nµM": [f"{fixed(m, 1)} ± {fixed(s, 1)}" for m, s in
                                    zip(frame["published"], frame["published_sd"], strict=True)],
        "Ratio\nhere / published": frame["effect"].map(fixed), "Verdict": frame["verdict"], "Why": frame["why"],
    })  # fmt: skip


def say_agreement(frame: pd.DataFrame) -> str:
    """How many agree, differ, or cannot be told."""
    if frame.empty:
        return "Not comparable: nothing is published for these lines and this compound."
    counts = frame["verdict"].value_counts()
    return f"{', '.join(f'{n} {verdict}' for verdict, n in counts.items())} of {len(frame)} lines against Table 3."
