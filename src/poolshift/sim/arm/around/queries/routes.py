"""The route of Azure Resource Graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.around.queries.pipeline import run
from poolshift.sim.arm.around.queries.words import QueryError
from poolshift.sim.arm.around.resources import everything
from poolshift.sim.arm.around.sent import sent_object, sent_text
from poolshift.sim.arm.ids import group_of
from poolshift.sim.arm.problems import ArmProblem
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.routes import Names, Route, route

if TYPE_CHECKING:
    from poolshift.sim.arm.subscription import Subscription

_MOST = 1000


def _query(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    body = sent_object(request)
    text = sent_text(body, "query")
    if not text.strip():
        raise _refused("The query is missing.")
    given = body.get("options")
    options = given if isinstance(given, dict) else {}
    mine = azure.home.subscription
    listed = body.get("subscriptions")
    asked = [str(one).lower() for one in listed] if isinstance(listed, list) else [mine]
    tables: dict[str, list[dict[str, Any]]] = {"resources": [], "resourcecontainers": []}
    if mine in asked:
        tables = {
            "resources": [_row(azure, one) for one in everything(azure)],
            "resourcecontainers": [_group_row(azure, name) for name in azure.groups],
        }
    try:
        rows = run(text, tables)
    except (QueryError, ValueError, TypeError, RecursionError) as error:
        raise _refused(f"Query is invalid: {error}.") from error
    first = _count(options, "$skip", 0)
    most = min(_count(options, "$top", _MOST), _MOST)
    shown = rows[first : first + most]
    return ArmAnswer(
        200,
        {
            "totalRecords": len(rows),
            "count": len(shown),
            "data": shown,
            "facets": [],
            "resultTruncated": "true" if first + most < len(rows) else "false",
        },
    )


def _count(options: dict[str, Any], name: str, usual: int) -> int:
    value = options.get(name)
    if value is None:
        return usual
    if not isinstance(value, int) or value < 0:
        raise _refused(f"{name} is no count.")
    return value


def _row(azure: Subscription, body: dict[str, Any]) -> dict[str, Any]:
    """A resource as a row: its type in lower case, its group and subscription beside it."""
    return {
        **body,
        "type": str(body["type"]).lower(),
        "resourceGroup": group_of(body["id"]),
        "subscriptionId": azure.home.subscription,
        "tenantId": azure.home.tenant,
    }


def _group_row(azure: Subscription, name: str) -> dict[str, Any]:
    group = azure.groups[name]
    id_ = f"/subscriptions/{azure.home.subscription}/resourceGroups/{group.name}"
    body = {"id": id_, "name": group.name, "location": group.location, "tags": group.tags}
    kind = "microsoft.resources/subscriptions/resourcegroups"
    return _row(azure, body | {"type": kind, "properties": {"provisioningState": "Succeeded"}})


def _refused(message: str) -> ArmProblem:
    return ArmProblem(400, "BadRequest", message, flat=False)


ROUTES: tuple[Route, ...] = (
    route(
        "POST",
        "/providers/Microsoft.ResourceGraph/resources",
        "Microsoft.ResourceGraph/resources/read",
        _query,
    ),
)
