"""Which recorded operations the local AKS answers for, each with its row of the wire contract.

The rows are those of section 3 of ../shared/wire/arm.md (which command makes which calls), and of
its section 2 for the directory. What is recorded beside them is listed too, with the reason why it
is left out, so that nothing is out of scope without being said.
"""

from __future__ import annotations

_SUB = "/subscriptions/{sub}"
_GROUP = f"{_SUB}/resourcegroups/{{rg}}"
_AKS = f"{_GROUP}/providers/microsoft.containerservice"
_MC = f"{_AKS}/managedclusters/{{}}"
_AP = f"{_MC}/agentpools/{{}}"
_LOCATION = f"{_SUB}/providers/microsoft.containerservice/locations/{{}}"
_VNET = f"{_GROUP}/providers/microsoft.network/virtualnetworks/{{}}"
_ROLES = "/providers/microsoft.authorization"

# (method, operation in lower case): the commands of the contract's table that make the call.
IN_SCOPE: dict[tuple[str, str], str] = {
    ("GET", f"{_AKS}/managedclusters"): "aks list / show",
    ("GET", _MC): "aks list / show",
    ("PUT", _MC): "aks upgrade -k; aks update; aks create / delete",
    ("DELETE", _MC): "aks create / delete",
    ("POST", f"{_MC}/listclusterusercredential"): "aks get-credentials",
    ("POST", f"{_MC}/abort"): "aks operation-abort",
    ("POST", f"{_MC}/stop"): "aks stop / start: the cluster's twin of nodepool stop / start",
    ("POST", f"{_MC}/start"): "aks stop / start: the cluster's twin of nodepool stop / start",
    ("GET", f"{_LOCATION}/kubernetesversions"): "aks get-versions",
    ("GET", f"{_LOCATION}/operations/{{}}"): "every long-running command",
    ("GET", f"{_LOCATION}/operationresults/{{}}"): "aks nodepool upgrade --node-image-only",
    ("GET", f"{_MC}/agentpools"): "aks nodepool list / show; aks nodepool add",
    ("GET", _AP): "aks nodepool list / show",
    ("PUT", _AP): "aks nodepool add; update / scale; upgrade -k; stop / start; rollback",
    ("DELETE", _AP): "aks nodepool delete",
    ("POST", f"{_AP}/abort"): "aks nodepool operation-abort",
    ("POST", f"{_AP}/upgradenodeimageversion"): "aks nodepool upgrade --node-image-only",
    ("GET", f"{_AP}/upgradeprofiles/default"): "aks nodepool get-upgrades",
    ("POST", f"{_AP}/deletemachines"): "aks nodepool delete-machines",
    ("GET", f"{_AP}/machines"): "aks machine list",
    ("PUT", f"{_AKS}/snapshots/{{}}"): "aks nodepool snapshot create",
    ("PATCH", f"{_AKS}/snapshots/{{}}"): "aks nodepool snapshot create: the same resource",
    ("GET", f"{_AKS}/snapshots/{{}}"): "aks nodepool snapshot create: the same resource",
    ("GET", f"{_AKS}/snapshots"): "aks nodepool snapshot create: the same resource",
    ("DELETE", f"{_AKS}/snapshots/{{}}"): "aks nodepool snapshot create: the same resource",
    ("GET", f"{_MC}/maintenanceconfigurations"): "aks maintenanceconfiguration list",
    ("GET", f"{_MC}/maintenanceconfigurations/{{}}"): "aks maintenanceconfiguration list",
    ("PUT", f"{_MC}/maintenanceconfigurations/{{}}"): "aks maintenanceconfiguration list",
    ("DELETE", f"{_MC}/maintenanceconfigurations/{{}}"): "aks maintenanceconfiguration list",
    ("GET", _GROUP): "aks nodepool snapshot create; group list",
    ("GET", f"{_VNET}{_ROLES}/roledefinitions"): "role assignment create",
    ("GET", f"{_VNET}/subnets/{{}}{_ROLES}/roledefinitions"): "role assignment create",
    ("PUT", f"{_VNET}{_ROLES}/roleassignments/{{}}"): "role assignment create",
    ("PUT", f"{_VNET}/subnets/{{}}{_ROLES}/roleassignments/{{}}"): "role assignment create",
    ("GET", f"{_VNET}/subnets/{{}}{_ROLES}/roleassignments"): "role assignment list",
    (
        "PUT",
        f"{_GROUP}/providers/microsoft.managedidentity/userassignedidentities/{{}}",
    ): "identity create / show",
    (
        "GET",
        f"{_GROUP}/providers/microsoft.managedidentity/userassignedidentities/{{}}",
    ): "identity create / show",
    ("GET", "/v1.0/serviceprincipals"): "role assignment create: the directory (section 2)",
    ("POST", "/v1.0/directoryobjects/getbyids"): "role assignment list: the directory (section 2)",
}

_MESH = "the service mesh is no part of a move"
_NETWORK = "the table has no command of the network provider"
_WHOLE = "snapshots of whole clusters are in no row of the table"
OUT_OF_SCOPE: dict[tuple[str, str], str] = {
    ("GET", f"{_LOCATION}/meshrevisionprofiles"): _MESH,
    ("GET", f"{_MC}/meshupgradeprofiles"): _MESH,
    ("GET", f"{_SUB}/providers/microsoft.network/locations/{{}}/operations/{{}}"): _NETWORK,
    ("PUT", _VNET): _NETWORK,
    ("GET", _VNET): _NETWORK,
    ("GET", f"{_VNET}/subnets/{{}}"): _NETWORK,
    ("PUT", f"{_GROUP}/providers/microsoft.network/applicationsecuritygroups/asg1"): _NETWORK,
    ("GET", f"{_GROUP}/providers/microsoft.network/applicationsecuritygroups/asg1"): _NETWORK,
    ("PUT", f"{_GROUP}/providers/microsoft.network/applicationsecuritygroups/asg2"): _NETWORK,
    ("GET", f"{_GROUP}/providers/microsoft.network/applicationsecuritygroups/asg2"): _NETWORK,
    ("PUT", f"{_AKS}/managedclustersnapshots/{{}}"): _WHOLE,
    ("GET", f"{_AKS}/managedclustersnapshots/{{}}"): _WHOLE,
    ("GET", f"{_AKS}/managedclustersnapshots"): _WHOLE,
    ("DELETE", f"{_AKS}/managedclustersnapshots/{{}}"): _WHOLE,
}


# Played all the same, but not judged: what later rows in scope build on.
PLAYED = frozenset({("PUT", _VNET)})


def operation_of(row: dict[str, object]) -> tuple[str, str]:
    """Method and operation of a row, as the tables have them."""
    return str(row["method"]), str(row["op"]).lower()
