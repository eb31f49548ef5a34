"""Resource ids of the local AKS, in the cases that the service uses."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from poolshift.sim.scenarioparts import ClusterSpec

_IDENTITY = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.managedidentity"
    r"/userassignedidentities/[^/]+",
    re.IGNORECASE,
)
_NAMESPACE = uuid.UUID("6f1a2b58-3f0c-5d3b-9a53-0d6d1a1f6c11")


def stable_guid(*parts: str) -> str:
    """The GUID that a name always has: the same scenario is the same subscription."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(parts)))


class Ids(msgspec.Struct, frozen=True):
    """Names and ids of one scenario's world."""

    subscription: str
    tenant: str
    group: str
    cluster: str
    location: str

    @property
    def node_group(self) -> str:
        """The node resource group."""
        return f"MC_{self.group}_{self.cluster}_{self.location}"

    @property
    def cluster_id(self) -> str:
        """The cluster; AKS writes `resourcegroups` in lower case."""
        return (
            f"/subscriptions/{self.subscription}/resourcegroups/{self.group}"
            f"/providers/Microsoft.ContainerService/managedClusters/{self.cluster}"
        )

    def pool_id(self, name: str) -> str:
        """A pool."""
        return f"{self.cluster_id}/agentPools/{name}"

    def scale_set_id(self, name: str) -> str:
        """A scale set of the node resource group."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.node_group}"
            f"/providers/Microsoft.Compute/virtualMachineScaleSets/{name}"
        )

    def identity_id(self, name: str, group: str = "") -> str:
        """A user-assigned identity."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{group or self.group}"
            f"/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
        )

    def operation_path(self, id_: str, kind: str = "operations") -> str:
        """Where an operation is polled (`operations`) or gives its result (`operationresults`)."""
        return (
            f"/subscriptions/{self.subscription}/providers/Microsoft.ContainerService"
            f"/locations/{self.location}/{kind}/{id_}"
        )


def group_of(resource_id: str) -> str:
    """The resource group in an id, in lower case; empty when it names none."""
    parts = resource_id.lower().split("/")
    return parts[4] if len(parts) > 4 and parts[3] == "resourcegroups" else ""


def is_identity(resource_id: str) -> bool:
    """Whether an id is one of a user-assigned identity."""
    return _IDENTITY.fullmatch(resource_id) is not None


def principal_of(identity_id: str) -> dict[str, str]:
    """Client and principal id of a user-assigned identity: made up, always the same."""
    name = identity_id.lower()
    return {
        "clientId": stable_guid("client", name),
        "principalId": stable_guid("principal", name),
    }


def ids_of(scenario_name: str, cluster: ClusterSpec) -> Ids:
    """The ids of a scenario's cluster."""
    return Ids(
        subscription=stable_guid("subscription", scenario_name),
        tenant=stable_guid("tenant", scenario_name),
        group=cluster.resource_group,
        cluster=cluster.name,
        location=cluster.location,
    )
