"""One run acts on a cluster at a time, across processes and machines: a Lease in kube-system.

Judged as client-go does: a foreign lease is expired when it has not changed for its whole
duration by *our* clock, never by comparing its time-stamps with ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any

from poolshift.core.errors import ApiError, ConflictError, NotFoundError, UsageError
from poolshift.core.kube import LEASES, Lease

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from poolshift.core.ports import Clock, KubeApi

NAME = "poolshift"
NAMESPACE = "kube-system"
DURATION_S = 60
RENEW_S = 15.0
LOOK_S = 2.0


def holder(run: str) -> str:
    """`run@host`."""
    return f"{run}@{socket.gethostname()}"


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class LeaseKeeper:
    """Takes, renews and gives back the lease of one run. Time is the wall's."""

    def __init__(self, kube: KubeApi, wall: Clock, run: str) -> None:
        self._kube = kube
        self._wall = wall
        self._run = run
        self._holder = holder(run)

    async def acquire(self) -> None:
        """Take the lease; waits for a foreign one to expire.

        Raises:
            UsageError: another run renews it.
        """
        seen: tuple[str | None, str | None] | None = None
        since = await self._wall.now()
        while True:
            current = await self._read()
            if current is None:
                if await self._create():
                    return
                continue
            theirs = current.spec.holder_identity or ""
            if not theirs or theirs.split("@")[0] == self._run:
                # Ours by the run's id: we hold the journal's lock, so no other process of it lives.
                if await self._take(current):
                    return
                continue
            now = await self._wall.now()
            mark = (current.spec.holder_identity, current.spec.renew_time)
            if seen is not None and mark != seen:
                raise self._held_by(theirs)
            if seen is None:
                seen, since = mark, now
            elif (now - since).total_seconds() >= (
                current.spec.lease_duration_seconds or DURATION_S
            ):
                if await self._take(current):
                    return
                continue
            await self._wall.sleep(LOOK_S)

    def _held_by(self, theirs: str) -> UsageError:
        return UsageError(
            f"another run acts on this cluster: {theirs}",
            why=f"it renews the lease {NAMESPACE}/{NAME}",
            fix="Let it end or stop it (poolshift runs pause RUN), then try again",
            code="PSE140",
        )

    async def _read(self) -> Lease | None:
        try:
            return await self._kube.get(LEASES, NAME, NAMESPACE)
        except NotFoundError:
            return None

    async def _spec(self) -> dict[str, Any]:
        stamp = _stamp(await self._wall.now())
        return {
            "holderIdentity": self._holder,
            "leaseDurationSeconds": DURATION_S,
            "acquireTime": stamp,
            "renewTime": stamp,
        }

    async def _create(self) -> bool:
        body = {
            "apiVersion": LEASES.api_version,
            "kind": LEASES.kind,
            "metadata": {"name": NAME, "namespace": NAMESPACE},
            "spec": await self._spec(),
        }
        with contextlib.suppress(ConflictError):
            await self._kube.create(LEASES, body, NAMESPACE)
            return True
        return False

    async def _take(self, current: Lease) -> bool:
        return await self._patch(current.metadata.resource_version, await self._spec())

    async def _patch(self, version: str, spec: dict[str, Any]) -> bool:
        body = {"metadata": {"resourceVersion": version}, "spec": spec}
        with contextlib.suppress(ConflictError):
            await self._kube.patch(LEASES, NAME, body, NAMESPACE)
            return True
        return False

    async def renew(self) -> bool:
        """Say that we live; False when the lease is not ours any more."""
        current = await self._read()
        if current is None:
            return await self._create()
        if (current.spec.holder_identity or "") != self._holder:
            return False
        spec = {"renewTime": _stamp(await self._wall.now())}
        return await self._patch(current.metadata.resource_version, spec)

    async def release(self) -> None:
        """Give it back, if it is ours."""
        current = await self._read()
        if current is not None and current.spec.holder_identity == self._holder:
            await self._patch(
                current.metadata.resource_version, {"holderIdentity": None, "renewTime": None}
            )

    @contextlib.asynccontextmanager
    async def held(self, lost: asyncio.Event) -> AsyncIterator[None]:
        """Hold the lease for a block; `lost` is set when somebody else has it."""
        await self.acquire()
        renewing = asyncio.create_task(self._keep(lost))
        try:
            yield
        finally:
            renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await renewing
            with contextlib.suppress(ApiError):
                await self.release()

    async def _keep(self, lost: asyncio.Event) -> None:
        missed = 0
        while missed * RENEW_S < DURATION_S:
            await self._wall.sleep(RENEW_S)
            try:
                if not await self.renew():
                    break
                missed = 0
            except ApiError:
                missed += 1
        lost.set()
