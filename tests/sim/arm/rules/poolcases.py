"""One refused and one accepted request for each rule about pools."""

from __future__ import annotations

from tests.sim.arm.rules import (
    modecases,
    networkcases,
    osskucases,
    settingcases,
    sizecases,
    windowscases,
)

CASES = (
    *osskucases.CASES,
    *sizecases.CASES,
    *windowscases.CASES,
    *modecases.CASES,
    *settingcases.CASES,
    *networkcases.CASES,
)
