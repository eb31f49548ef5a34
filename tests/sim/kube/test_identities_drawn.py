"""Uids and suffixes as they are drawn."""

from __future__ import annotations

import random
import uuid

from poolshift.sim.kube.objects import Identities


def test_a_uid_is_the_random_uuid_of_the_bits_that_are_drawn() -> None:
    ids, rng = Identities(random.Random(5)), random.Random(5)
    for _ in range(200):
        assert ids.uid() == str(uuid.UUID(int=rng.getrandbits(128), version=4))
