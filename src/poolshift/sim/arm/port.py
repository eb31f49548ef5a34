"""The ARM port in process: the same client as over HTTP, with the service itself as transport."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from poolshift.core.arm_client import ArmClient, ArmReply
from poolshift.sim.arm.request import ArmRequest
from poolshift.sim.arm.service import answer
from poolshift.sim.trace import actor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.sim.arm.subscription import Subscription


class InProcess:
    """Hands requests to the service; bodies are copied, as a wire would."""

    def __init__(self, azure: Subscription, user_agent: str) -> None:
        self._azure = azure
        self._by = actor(user_agent)

    async def send(
        self,
        method: str,
        target: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> ArmReply:
        """Answer a request at once: no virtual time passes in it."""
        split = urlsplit(target)
        query = dict(parse_qsl(split.query)) | dict(params or {})
        request = ArmRequest(
            method=method,
            path=split.path,
            query={key.lower(): value for key, value in query.items()},
            headers={key.lower(): value for key, value in (headers or {}).items()},
            body=_copied(body),
            by=self._by,
        )
        reply = answer(self._azure, request)
        names = {key.lower(): value for key, value in reply.headers.items()}
        # As over HTTP: nothing is read of a gateway's HTML.
        body = None if isinstance(reply.body, str) else _copied(reply.body)
        return ArmReply(reply.status, names, body)


def _copied(body: Any) -> Any:
    return None if body is None else msgspec.json.decode(msgspec.json.encode(body))


class SimArm(ArmClient):
    """ArmApi of a world in process."""

    def __init__(self, azure: Subscription, user_agent: str = "poolshift/0") -> None:
        super().__init__(InProcess(azure, user_agent))
