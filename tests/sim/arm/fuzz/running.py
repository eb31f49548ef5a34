"""Sending hostile ARM requests for a while, and what they brought to light."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

from tests.sim.arm.fuzz import oracle
from tests.sim.arm.fuzz.hostility import Hostility
from tests.sim.hostile import Hostile, signature_of, told_of
from tests.sim.kube.fuzz.running import ask, impatient

from poolshift.sim.arm.login import Login
from poolshift.sim.faces import ArmFace
from poolshift.sim.pace import Pacer
from poolshift.sim.scenario import load_scenario
from poolshift.sim.world import World, build_world

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from tests.sim.kube.fuzz.hostility import Sent

PATIENCE_S = 5.0
_SCENARIOS = ("reference", "reference-2025", "linux")
_WORLD_FOR = 300
_LOOK_EVERY = 50


def stage(rng: random.Random) -> tuple[World, Starlette, str]:
    """A world, its ARM face, and a token for it; within a running loop."""
    world = build_world(load_scenario(rng.choice(_SCENARIOS)), seed=rng.randrange(1000))
    login = Login(world.azure.home, rng)
    app = ArmFace(world, Pacer(world.clock, None), login, asyncio.Event()).app()
    return world, app, str(login.token("fuzz")["access_token"])


class ArmFuzz(Hostile):
    """A run against the ARM face."""

    async def one_world(self, end: float, most: int) -> None:
        """Send to a new subscription for a while, within the run's bounds."""
        world, app, token = stage(self.rng)
        hostility = Hostility(self.rng, token)
        for n in range(1, _WORLD_FOR + 1):
            await self._ask(world, app, hostility.request(world))
            if self.rng.random() < 0.3:
                world.clock.run_until(world.clock.t + self.rng.choice((1, 30, 400, 4000)))
            if n % _LOOK_EVERY == 0 and not self._well(world, last=False):
                return
            if time.monotonic() > end or self.requests >= most:
                break
        self._well(world, last=True)

    async def _ask(self, world: World, app: Starlette, sent: Sent) -> None:
        self.requests += 1
        self.last = [*self.last[-_LOOK_EVERY:], sent]
        before = oracle.digest(world)
        try:
            with impatient(PATIENCE_S):
                answer = await ask(app, sent)
        except Exception as error:
            self.note(signature_of(error), f"{sent}\n{told_of(error)}")
            return
        if problem := oracle.objection(answer, sent.method, sent.path):
            self.note(problem[:120], f"{sent}\n{answer}")
        if answer.status >= 400 and oracle.digest(world) != before:
            self.note(f"{answer.status} changed the world", f"{sent}\n{answer}")
        if sent.method in ("GET", "HEAD") and oracle.digest(world) != before:
            self.note("a GET changed the world", f"{sent}\n{answer}")
        self.accepted += answer.status < 300 and sent.method in ("PUT", "POST", "DELETE", "PATCH")
        self.refused += answer.status >= 400

    def _well(self, world: World, *, last: bool) -> bool:
        """Whether the world is in order; a broken one is given up."""
        try:
            with impatient(PATIENCE_S * 8):
                if last:
                    oracle.check_rest(world)
                else:
                    oracle.check_world(world)
        except Exception as error:
            self.note_world(error)
            return False
        return True
