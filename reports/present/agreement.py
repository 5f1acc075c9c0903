"""The rule of a comparison with a reference, as it stands under a table."""

from __future__ import annotations

from lib.agreement import Scale
from reports.wording import interval_name


def margin_in_words(scale: Scale, margin: float, *, confidence: float = 0.95) -> str:
    """The rule as it stands under a table, with the level of our interval."""
    inside = f"between 1/{margin:g} and {margin:g} times" if scale == "ratio" else f"within {margin:g} of"
    return (
        f"agrees: our {interval_name(confidence)} lies {inside} the published value; differs: it excludes"
        " equality and leaves that margin; cannot tell: neither; not comparable: none published, or another"
        " quantity."
    )
