"""The lease: one run acts on a cluster at a time; the wall's clock is a fake one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tests.rig import Rig, run_async

from poolshift.core.errors import UnreachableError, UsageError
from poolshift.core.kube import LEASES, Lease
from poolshift.engine.lease import DURATION_S, LeaseKeeper, holder


class Wall:
    """A clock that goes on when it is slept on; `every` runs at each sleep."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 1, tzinfo=UTC)
        self.slept = 0.0
        self.every: LeaseKeeper | None = None

    async def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.moment += timedelta(seconds=seconds)
        if self.every is not None:
            await self.every.renew()
        await asyncio.sleep(0)


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
def wall() -> Wall:
    return Wall()


def lease(rig: Rig) -> Lease:
    return run_async(rig.kube.get(LEASES, "poolshift", "kube-system"))


def keeper(rig: Rig, wall: Wall, run: str = "run-a") -> LeaseKeeper:
    return LeaseKeeper(rig.kube, wall, run)


def test_a_free_lease_is_taken_at_once(rig: Rig, wall: Wall) -> None:
    run_async(keeper(rig, wall).acquire())
    assert lease(rig).spec.holder_identity == holder("run-a")
    assert lease(rig).spec.lease_duration_seconds == DURATION_S
    assert wall.slept == 0


def test_it_is_renewed_by_its_holder_alone(rig: Rig, wall: Wall) -> None:
    run_async(keeper(rig, wall).acquire())
    before = lease(rig).spec.renew_time
    wall.moment += timedelta(seconds=15)
    assert run_async(keeper(rig, wall).renew())
    assert lease(rig).spec.renew_time != before
    assert not run_async(keeper(rig, wall, "run-b").renew())


def test_a_lease_that_lives_is_refused_with_its_holder_s_name(rig: Rig, wall: Wall) -> None:
    run_async(keeper(rig, wall, "run-b").acquire())
    wall.every = keeper(rig, wall, "run-b")
    with pytest.raises(UsageError, match="run-b@") as caught:
        run_async(keeper(rig, wall).acquire())
    assert caught.value.code == "PSE140"
    assert lease(rig).spec.holder_identity == holder("run-b")


def test_a_dead_lease_is_taken_over_after_its_duration_and_not_before(rig: Rig, wall: Wall) -> None:
    run_async(keeper(rig, wall, "run-b").acquire())
    # However old its time-stamp looks: only what is seen by the own clock counts.
    wall.moment += timedelta(days=1)
    run_async(keeper(rig, wall).acquire())
    assert wall.slept >= DURATION_S
    assert lease(rig).spec.holder_identity == holder("run-a")


def test_the_lease_of_the_same_run_is_taken_at_once(rig: Rig, wall: Wall) -> None:
    run_async(keeper(rig, wall).acquire())
    run_async(keeper(rig, wall).acquire())
    assert wall.slept == 0


def test_a_run_whose_name_begins_alike_is_foreign(rig: Rig, wall: Wall) -> None:
    run_async(keeper(rig, wall, "run-ab").acquire())
    wall.every = keeper(rig, wall, "run-ab")
    with pytest.raises(UsageError):
        run_async(keeper(rig, wall, "run-a").acquire())


def test_a_released_lease_is_free(rig: Rig, wall: Wall) -> None:
    run_async(keeper(rig, wall, "run-b").acquire())
    run_async(keeper(rig, wall, "run-b").release())
    assert not lease(rig).spec.holder_identity
    run_async(keeper(rig, wall).acquire())
    assert wall.slept == 0


def test_a_foreign_lease_is_not_released(rig: Rig, wall: Wall) -> None:
    run_async(keeper(rig, wall, "run-b").acquire())
    run_async(keeper(rig, wall).release())
    assert lease(rig).spec.holder_identity == holder("run-b")


def test_a_holder_that_is_robbed_learns_it(rig: Rig, wall: Wall) -> None:
    lost = asyncio.Event()

    async def work() -> None:
        async with keeper(rig, wall).held(lost):
            body = {"spec": {"holderIdentity": "run-b@elsewhere"}}
            await rig.kube.patch(LEASES, "poolshift", body, "kube-system")
            for _ in range(10):
                await asyncio.sleep(0)

    run_async(work())
    assert lost.is_set()
    assert lease(rig).spec.holder_identity == "run-b@elsewhere"


def test_an_api_server_that_is_away_for_the_whole_duration_costs_the_lease(
    rig: Rig, wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = asyncio.Event()

    async def away(*_: object, **__: object) -> None:
        raise UnreachableError("no answer", retry_after_s=1.0)

    async def work() -> float:
        async with keeper(rig, wall).held(lost):
            monkeypatch.setattr(rig.kube, "get", away)
            began = wall.slept
            while not lost.is_set():
                await asyncio.sleep(0)
            return wall.slept - began

    assert run_async(work()) >= DURATION_S
