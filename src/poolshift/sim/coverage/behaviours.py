"""What a line of the coverage page says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How near a behaviour is to the real one."""

    SIMULATED = "simulated"
    APPROXIMATED = "approximated"
    ABSENT = "not simulated"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One behaviour; what is approximated says on what it rests, what is absent what is instead."""

    area: str
    what: str
    state: State
    note: str = ""


YES, NEARLY, NO = State.SIMULATED, State.APPROXIMATED, State.ABSENT
