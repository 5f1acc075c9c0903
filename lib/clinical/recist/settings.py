"""The rules that studies set differently, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from lib.errors import Fault, InputError

RESPONDERS = ("CR", "PR")
CONTROLLED = ("CR", "PR", "SD", "NON-CR/NON-PD")


@dataclass(frozen=True)
class ResponseRules:
    """How a best overall response is read from the visits.

    Parameters
    ----------
    confirmation_days : float
        Least distance between a response and the one that confirms it; 28 in RECIST 1.1 (section 4.6).
    sd_minimum_days : float
        Least distance of a stable visit from the reference day; 42 is "6 to 8 weeks" of RECIST 1.1.
    accept_sd_between : bool
        Whether one stable visit may stand between a partial response and its confirmation.
    max_ne_between : int
        How many visits that could not be evaluated may stand between.
    partial_after_complete : {"unconfirmed", "progression"}
        A PR recorded after a CR. "progression": RECIST 1.1, table 3, footnote a: disease seen again after a
        true CR is PD from that day. "unconfirmed": the records stand, and such a PR confirms no response, as
        CDISC-based programmes (admiralonco) do.
    response_then_progression : {"SD", "PD"}
        A response whose next visit is PD, so that none confirms it. "SD": RECIST 1.1, footnote a of table 3,
        provided the least time for SD was met. "PD": the stricter reading of some protocols.
    """

    confirmation_days: float = 28
    sd_minimum_days: float = 42
    accept_sd_between: bool = False
    max_ne_between: int = 1
    partial_after_complete: str = "unconfirmed"
    response_then_progression: str = "SD"

    def __post_init__(self) -> None:
        faults = [
            Fault(f"{name} must be >= 0", value=f"{getattr(self, name):g}")
            for name in ("confirmation_days", "sd_minimum_days", "max_ne_between")
            if getattr(self, name) < 0
        ]
        for name, known in (
            ("partial_after_complete", ("unconfirmed", "progression")),
            ("response_then_progression", ("SD", "PD")),
        ):
            if getattr(self, name) not in known:
                faults.append(Fault(f"{name} must be one of {', '.join(known)}", value=getattr(self, name)))
        if faults:
            raise InputError(faults)
