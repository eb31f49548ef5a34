"""Credentials of a cluster: kubeconfigs, and who its API server lets in."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import yaml

from poolshift.sim.arm.problems import ArmProblem

if TYPE_CHECKING:
    from poolshift.sim.arm.login import Login
    from poolshift.sim.arm.state import ArmWorld

# The application ids of AKS' Entra server and of its public client, the same in every tenant.
ENTRA_SERVER = "6dae42f8-4368-4678-94ff-3960e28e3630"
ENTRA_CLIENT = "80faf920-1908-4b52-b5ef-a8e7bedfc67a"
_NO_LOCAL_ACCOUNTS = (
    "Getting static credential is not allowed because this cluster is set to disable local "
    "accounts."
)


def credential(world: ArmWorld, *, admin: bool) -> dict[str, Any]:
    """The answer to a request for credentials."""
    if admin and world.cluster.properties.get("disableLocalAccounts"):
        raise ArmProblem(400, "BadRequest", _NO_LOCAL_ACCOUNTS)
    name = "clusterAdmin" if admin else "clusterUser"
    value = base64.b64encode(kubeconfig(world, admin=admin).encode()).decode()
    return {"kubeconfigs": [{"name": name, "value": value}]}


def kubeconfig(world: ArmWorld, *, admin: bool = False) -> str:
    """A kubeconfig of the cluster, for its users or its administrators."""
    access = world.azure.api_access
    ids = world.ids
    name = ids.cluster
    role = "clusterAdmin" if admin else "clusterUser"
    user = f"{role}_{ids.group}_{name}"
    entra = _entra(world) and not admin
    context = f"{name}-admin" if admin else name
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": name,
                    "cluster": {
                        "certificate-authority-data": base64.b64encode(access.authority).decode(),
                        "server": _server(world),
                    },
                }
            ],
            "contexts": [{"name": context, "context": {"cluster": name, "user": user}}],
            "current-context": context,
            "preferences": {},
            "users": [
                {
                    "name": user,
                    "user": _kubelogin(ids.tenant) if entra else {"token": access.token},
                }
            ],
        },
        sort_keys=False,
    )


def admits(world: ArmWorld, login: Login, authorization: str) -> bool:
    """Whether the cluster's API server takes an Authorization header.

    The token of the kubeconfigs holds unless local accounts are off; a token of the local AKS'
    own sign-in holds where the cluster trusts Entra.
    """
    local = authorization == f"Bearer {login.kube_token}"
    if local:
        return not world.cluster.properties.get("disableLocalAccounts")
    return _entra(world) and login.knows(authorization)


def _entra(world: ArmWorld) -> bool:
    return bool((world.cluster.properties.get("aadProfile") or {}).get("managed"))


def _server(world: ArmWorld) -> str:
    """The address of the API server.

    That of a private cluster is a name inside its network: from here it resolves to nothing.
    """
    profile = world.cluster.properties.get("apiServerAccessProfile") or {}
    if profile.get("enablePrivateCluster"):
        return f"https://{world.cluster.properties['privateFQDN']}:443"
    server = world.azure.api_access.server
    if world.ids == world.azure.home:
        return server
    return f"{server}/clusters/{world.ids.group}/{world.ids.cluster}"


def _kubelogin(tenant: str) -> dict[str, Any]:
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "args": [
                "get-token",
                "--environment",
                "AzurePublicCloud",
                "--server-id",
                ENTRA_SERVER,
                "--client-id",
                ENTRA_CLIENT,
                "--tenant-id",
                tenant,
                "--login",
                "devicecode",
            ],
            "command": "kubelogin",
            "env": None,
            "installHint": "kubelogin signs in to clusters of Entra ID. Install it first.",
            "interactiveMode": "IfAvailable",
            "provideClusterInfo": False,
        }
    }
