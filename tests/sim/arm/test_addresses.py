"""Addresses that a subnet gives to nodes and their pods."""

from __future__ import annotations

import pytest

from poolshift.core.errors import UsageError
from poolshift.sim.arm.addresses import Addresses


def test_a_subnet_without_room_for_the_scenario_is_an_error_that_names_it() -> None:
    addresses = Addresses("10.0.0.0/27")
    assert addresses.take(30) == "10.0.0.4"
    with pytest.raises(UsageError, match=r"subnet 10\.0\.0\.0/27 is too small"):
        addresses.take(30)
