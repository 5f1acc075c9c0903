"""The staining protocol, and what this study did otherwise."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lib.programme import Programme
from reports.present.protocols import deviations_in_words, list_protocol
from reports.shown import Text


def protocol(steps: pd.DataFrame, deviations: Mapping[int, str], programme: Programme) -> list[Text | None]:
    """Steps as a list with what was done otherwise, where the programme has a protocol of what was stained.

    Deviations that no list holds, and that none are stated, are said in a sentence.
    """
    title = programme.protocol_titles.get("ihc", "The protocol")
    listed = list_protocol(steps, title, deviations)
    said = None if listed and deviations else Text(deviations_in_words(deviations, protocol=not steps.empty))
    return [listed, said]
