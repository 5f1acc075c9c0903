"""The same populations as parts of other wholes."""

from __future__ import annotations

import pandas as pd

from lib.paired import Denominators, SignConcordance
from reports.figures import paired as plots
from reports.shown import Figure, Table, Text
from reports.wording import count, fixed, p_value


def denominators(found: Denominators) -> list[Table | Text]:
    """Each population under each denominator, and how many moved as expected."""
    signs = "" if found.signs is None else ", the sign concordance"
    caption = (
        f"**{_finding(found)}** Each population under each denominator, with what the interval tells and the"
        f" shift (logits or logs). The file adds the t interval on logits{signs} and the shift without hollow"
        " pairs."
    )
    note = " ".join(f"{name}: {why}." for name, why in found.missing.items())
    table = Table("concordance", found.frame, caption, show=_side_by_side(found), note=note)
    return [table] if found.signs is None else [table, Text(signs_in_words(found.signs))]


def denominator_forest(found: Denominators) -> Figure:
    """A panel a denominator, rows aligned."""
    caption = (
        f"**{_finding(found)}** Rows are aligned; a shift seen as a share but not in cells per mg may be the"
        " doing of other populations. Open disc: no interval; open triangle: a bound only, or the interval"
        " goes on."
    )
    first = found.primary.drop_duplicates("population")
    told = " ".join(f"{r['population']}: {r['reading']}." for _, r in first.iterrows())
    return Figure("denominators", plots.plot_denominators(found), caption, told)


def signs_in_words(signs: SignConcordance) -> str:
    """How many populations moved as expected, with the test and its caveat; a verdict asks more than this."""
    return (
        f"**{signs.n_concordant} of {count(signs.n_populations, 'population')}** moved in the expected"
        f" direction by the estimate alone, whatever the interval holds (exact binomial p ="
        f" {p_value(signs.p_value)}); to agree, the whole interval must lie on that side. {signs.caveat}"
    )


def _finding(found: Denominators) -> str:
    """How many populations move the same way whatever they are a share of."""
    told = found.primary[found.primary["n_pairs"] > 0].groupby("population")["direction"]
    least, most = (end[told.size() > 1] for end in (told.min(), told.max()))
    n, same = len(least), int(((least == most) & (least != 0)).sum())
    if not n:
        return "No population has data under more than one denominator."
    verb = "moves" if n == 1 else "move"
    return (
        f"{same} of {count(n, 'population')} with data under several denominators {verb} the same way under"
        " all of them."
    )


def _side_by_side(found: Denominators) -> pd.DataFrame:
    """The direction that each interval tells, and the reading."""
    main = found.primary
    told = main.assign(told=[_told(r) for _, r in main.iterrows()])
    wide = told.pivot_table("told", "population", "denominator", aggfunc="first", sort=False)
    reading = main.drop_duplicates("population").set_index("population")["reading"]
    return wide.assign(Reading=reading).reset_index().rename(columns={"population": "Population"})


def _told(row: pd.Series) -> str:
    if not row["n_pairs"]:
        return "no data"
    mark = {1: "rises", -1: "falls", 0: "cannot tell"}[int(row["direction"])]
    size = fixed(row["shift"], 2) if row["qualifier"] == "=" else "bound only"
    return f"{mark} ({size})"
