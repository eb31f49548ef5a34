"""Green as a resource block, of the provider that can say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.core.arm_client import API_VERSIONS
from poolshift.render.terraform.azurerm import hindrance, said_by_azurerm
from poolshift.render.terraform.values import DATA, expression, text
from poolshift.rewrite.terraform.azapi import POOL_TYPE
from poolshift.rewrite.terraform.layout import aligned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from poolshift.core.plan import PlanPool
    from poolshift.render.interface import ClusterName, Procedure

AZURERM, AZAPI = "azurerm_kubernetes_cluster_node_pool", "azapi_resource"
_GUARDED = ("prevent_destroy", "true")


def cluster_id(cluster: ClusterName) -> str:
    """The cluster's resource id in the case that the provider insists on."""
    return (
        f"/subscriptions/{cluster.subscription}/resourceGroups/{cluster.resource_group}"
        f"/providers/Microsoft.ContainerService/managedClusters/{cluster.name}"
    )


def address(procedure: Procedure, pool: PlanPool, properties: Mapping[str, Any]) -> tuple[str, str]:
    """Type and label of green's resource."""
    kind = AZAPI if hindrance(pool, properties, procedure.catalog) else AZURERM
    return kind, f"green_{pool.green}"


def resource(
    procedure: Procedure, pool: PlanPool, properties: Mapping[str, Any], *, final: bool
) -> list[str]:
    """The lines of green's resource.

    Args:
        procedure: whose cluster and facts hold.
        pool: the planned pool.
        properties: what green has, at this apply.
        final: whether this is the state after the move, which later applies keep.
    """
    kind, label = address(procedure, pool, properties)
    body = _azapi if kind == AZAPI else _azurerm
    lines = body(procedure, pool, properties, final=final)
    return [f"resource {text(kind)} {text(label)} {{", *lines, "}"]


def _azurerm(
    procedure: Procedure, pool: PlanPool, properties: Mapping[str, Any], *, final: bool
) -> list[str]:
    said = said_by_azurerm(properties)
    head = [
        ("name", text(pool.green)),
        ("kubernetes_cluster_id", text(cluster_id(procedure.cluster))),
    ]
    items = [*head, *((n, expression(v, "  ", quoted_keys=n in DATA)) for n, v in said.attributes)]
    lines = aligned(items, "  ")
    for name, attributes in said.blocks:
        inner = aligned([(n, expression(v, "    ")) for n, v in attributes], "    ")
        lines += ["", f"  {name} {{", *inner, "  }"]
    ignored = ["node_count"] if final and properties.get("enableAutoScaling") else []
    return [*lines, "", *_lifecycle(ignored)]


def _azapi(
    procedure: Procedure, pool: PlanPool, properties: Mapping[str, Any], *, final: bool
) -> list[str]:
    version = API_VERSIONS["microsoft.containerservice"]
    items = [
        ("type", text(f"{POOL_TYPE}@{version}")),
        ("parent_id", text(cluster_id(procedure.cluster))),
        ("name", text(pool.green)),
    ]
    if pool.headers:
        said = expression(pool.headers, "  ", quoted_keys=True)
        items += [("create_headers", said), ("update_headers", said)]
    body = expression({**pool.body, "properties": dict(properties)}, "  ")
    # A body that nobody may send again: the autoscaler owns the count by then.
    ignored = ["body"] if final else []
    return [*aligned([*items, ("body", body)], "  "), "", *_lifecycle(ignored)]


def _lifecycle(ignored: Iterable[str]) -> list[str]:
    items = [_GUARDED, *((("ignore_changes", f"[{', '.join(ignored)}]"),) if ignored else ())]
    return ["  lifecycle {", *aligned(items, "    "), "  }"]


def import_id(procedure: Procedure, pool: PlanPool, kind: str) -> str:
    """What green is imported by, when something else has made it."""
    found = f"{cluster_id(procedure.cluster)}/agentPools/{pool.green}"
    version = API_VERSIONS["microsoft.containerservice"]
    return f"{found}?api-version={version}" if kind == AZAPI else found
