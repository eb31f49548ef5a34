"""Rules on the machines of pools: size, generation, FIPS, disks, node images, names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rules.machines.fips import FipsMissing
from poolshift.rules.machines.generation import GenerationMismatch
from poolshift.rules.machines.pool_name import NoPoolName

if TYPE_CHECKING:
    from poolshift.rules.interface import Rule

RULES: tuple[Rule, ...] = (
    NoPoolName(),
    GenerationMismatch(),
    FipsMissing(),
)
