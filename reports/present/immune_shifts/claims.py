"""What the report claims of the shifts, and its answer."""

from __future__ import annotations

from dataclasses import replace

from lib.agreement import DIRECTIONS
from lib.paired import Shifts
from lib.paired.directions import expected_directions, goes_by
from lib.programme import Programme
from lib.records import Claim, Comparison
from reports.present.claimed import NOTHING_PUBLISHED, claim_ids, question_of
from reports.present.immune_shifts.lead import appears, change_claim, lead_claim, lead_in_words, ratio_claim
from reports.present.immune_shifts.pairs import pairs_in_words
from reports.present.immune_shifts.published import cautions, contradictions, not_measured, said_of_published
from reports.present.immune_shifts.words import agreement_in_words
from reports.shown import Answer
from reports.wording import count, listing

NOTEBOOK, TITLE = "immune_shifts", "Which immune populations shift under treatment?"
NO_CONTROL = "Before and after without a control arm: not a treatment effect by itself."
MOST_NAMED = 3


def claims(found: Shifts, *, programme: Programme) -> Answer:
    """A claim a population of the shifts, the largest shift first, and what must be known of them."""
    return Answer(
        claims=_claims(found, programme),
        answer=f"{'; '.join([lead_in_words(found), *_counts(found)])}.",
        quality=pairs_in_words(found.pairs, found.settings),
        published=said_of_published(found, programme),
        caution=" ".join([*cautions(found, programme), NO_CONTROL]),
        flags=_flags(found, programme),
    )


def _claims(found: Shifts, programme: Programme) -> list[Claim]:
    places = range(len(found))
    made = [ratio_claim(found, place) for place in places]
    made += [change_claim(found, place) for place in places if appears(found.frame.iloc[place])]
    first = lead_claim(found).subject
    made.sort(key=lambda claim: claim.subject != first)
    ids = claim_ids(NOTEBOOK, [claim.subject for claim in made])
    question = question_of(programme, NOTEBOOK, otherwise=TITLE)
    return [
        _beside(replace(claim, id=name, question=question), found, programme)
        for name, claim in zip(ids, made, strict=True)
    ]


def _beside(claim: Claim, found: Shifts, programme: Programme) -> Claim:
    """With what is published of its population; a verdict on an expectation of one's own is none on that."""
    row, name = found.frame.iloc[claim.source.row], claim.subject.population
    aliases = dict.fromkeys(programme.directions, ()) | dict(programme.populations)
    expected = str(row["expected"])
    if expected not in DIRECTIONS:
        return replace(claim, note=NOTHING_PUBLISHED)
    if expected_directions([name], programme.directions, aliases=aliases).get(name) != expected:
        return replace(claim, note=f"{expected} is the study's own expectation, not a published one")
    rows = programme.table("populations")
    rows = rows[(rows["quantity"] == "direction") & (rows["value"] == expected)]
    source = next((str(r.source) for r in rows.itertuples() if goes_by(name, str(r.item), aliases)), "")
    why = f"direction only; {row['why']}"
    published = Comparison(str(row["verdict"]), expected, source=source, why=why)
    return replace(claim, published=published, note=" ".join(contradictions(found, [name], programme)))


def _counts(found: Shifts) -> list[str]:
    """How many agree with what is expected, and of how many nothing can be said."""
    none, n = int((found["quality"] == "not judged").sum()), len(found)
    if not found["n_pairs"].any():
        return []
    lost = [f"{none} of {count(n, 'population')} could not be estimated"] if none else []
    return [agreement_in_words(found.frame), *lost]


def _flags(found: Shifts, programme: Programme) -> list[str]:
    """Populations to be read with care, by kind; published ones that were not measured."""
    kinds = {
        "differs from what is expected": found["verdict"] == "differs",
        "not judged": found["quality"] == "not judged",
        "caution": found["quality"] == "caution",
    }
    flags = {kind: list(found.frame.loc[chosen, "population"]) for kind, chosen in kinds.items()}
    flags |= {"published, not measured": not_measured(found, programme)}
    return [f"{kind}: {listing(names, MOST_NAMED)}" for kind, names in flags.items() if names]
