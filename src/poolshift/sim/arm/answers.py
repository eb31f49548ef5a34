"""Answers that several resources share."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from poolshift.sim.arm.request import ArmAnswer, ArmRequest

if TYPE_CHECKING:
    from poolshift.sim.arm.operations import SimOperation
    from poolshift.sim.arm.state import ArmWorld
    from poolshift.sim.arm.subscription import Subscription

# The service polls its operations by its own api-version, whatever the client's is.
OPERATION_QUERY = "api-version=2025-03-01"


def accepted(
    world: ArmWorld, operation: SimOperation, status: int, body: dict[str, Any] | None = None
) -> ArmAnswer:
    """201 or 200 with a body, or 202 without: `Location` goes with the latter alone.

    The addresses are paths here; the face that the request came by puts its own host before them.
    """
    headers = {
        "Azure-AsyncOperation": f"{world.ids.operation_path(operation.id)}?{OPERATION_QUERY}"
    }
    if status == 202:
        result = world.ids.operation_path(operation.id, "operationresults")
        headers["Location"] = f"{result}?{OPERATION_QUERY}"
    return ArmAnswer(status, body, headers | polling_hint(world.azure))


def polling_hint(azure: Subscription) -> dict[str, str]:
    """How long to wait between polls: less than a client's 30 s where time runs faster."""
    if azure.poll_hint_ms is None:
        return {}
    return {"x-ms-retry-after-ms": str(azure.poll_hint_ms)}


def listing(items: list[dict[str, Any]]) -> ArmAnswer:
    """A list in one page."""
    return ArmAnswer(200, {"value": items})


# Since then lists of pools name a further page, which is empty. Recorded of every such list.
_PAGED_SINCE = dt.date(2024, 1, 1)


def paged(azure: Subscription, request: ArmRequest, items: list[dict[str, Any]]) -> ArmAnswer:
    """A list as the AKS provider pages it: all on the first page, and none on a second.

    The address of the second is a path here, as the addresses in headers are.
    """
    if "$skiptoken" in request.query or "skiptoken" in request.query:
        return listing([])
    if azure.clock.moment().date() < _PAGED_SINCE:
        return listing(items)
    # What the service counts there was not recorded; a number of the day will do.
    token = str(int(azure.clock.moment().timestamp()) % 10**7)
    query = {"$skipToken": token, "api-version": request.query.get("api-version", "")}
    link = f"{request.path}?{urlencode(query | {'skipToken': token})}"
    return ArmAnswer(200, {"value": items, "nextLink": link})
