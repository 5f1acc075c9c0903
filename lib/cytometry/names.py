"""What the name of a channel says: time, scatter or colour, and whether its values are compensated."""

from __future__ import annotations

import re
from collections.abc import Iterable

COMPENSATED = re.compile(r"^(?:FJ)?Comp-(?P<name>.+)$|^<(?P<angled>.+)>$", re.IGNORECASE)
"""FlowJo exports ``Comp-PE-A`` or ``FJComp-PE-A``, FACSDiva ``<PE-A>``."""

NO_COLOUR = re.compile(r"^(?:fsc|ssc|time|event|width|hdr-)|^(?:fs|ss)\b", re.IGNORECASE)
TIME = ("time", "hdr-t")


def bare_name(channel: str) -> str:
    """The detector of a channel, without what says that its values are compensated: ``Comp-PE-A`` is
    ``PE-A``."""
    found = COMPENSATED.match(channel)
    return (found["name"] or found["angled"]) if found else channel


def is_compensated_name(channel: str) -> bool:
    """True for ``Comp-PE-A``, ``FJComp-PE-A`` and ``<PE-A>``."""
    return COMPENSATED.match(channel) is not None


def is_time(channel: str) -> bool:
    """True for the channel that says when an event passed."""
    return channel.strip().lower() in TIME


def is_colour(channel: str) -> bool:
    """True for a channel of fluorescence: neither scatter nor time nor a pulse's width."""
    return NO_COLOUR.match(channel.strip()) is None


def find_channel(channels: Iterable[str], wanted: str) -> str | None:
    """The channel of that name, else the one of the same detector; None where there is none or more than
    one."""
    there = tuple(channels)
    if wanted in there:
        return wanted
    alike = [channel for channel in there if bare_name(channel) == bare_name(wanted)]
    return alike[0] if len(alike) == 1 else None
