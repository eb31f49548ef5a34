"""Connections: the ports of one cluster, of Azure or of a running local AKS, in one bundle."""

from __future__ import annotations

import os
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import msgspec

from poolshift.adapters.arm import arm_api
from poolshift.adapters.clock import LocalAksClock, WallClock
from poolshift.adapters.cloud import Cloud, find_cloud
from poolshift.adapters.credentials import TokenSource, choose_credential, default_subscription
from poolshift.adapters.http import new_client, trusted, unreachable, user_agent
from poolshift.adapters.kube import KubeHttp
from poolshift.adapters.kube_auth import KubeTokens
from poolshift.adapters.kubeconfig import KubeTarget, load_target, parse_target, tls_context
from poolshift.adapters.registry import (
    DiskCache,
    Limits,
    RegistryHttp,
    default_folder,
    limits_from_environment,
)
from poolshift.core.arm_client import ArmClient, checked_id
from poolshift.core.errors import (
    NotFoundError,
    ServerError,
    UnauthorizedError,
    UnreachableError,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from poolshift.core.clock import Clock

_START = "Start one: poolshift sim up"


class SimEndpoint(msgspec.Struct, frozen=True):
    """The contents of a local AKS' `endpoint.json`."""

    arm: str
    kube: str
    tenant: str
    subscription: str
    resource_group: str
    cluster: str
    pid: int

    @property
    def cluster_id(self) -> str:
        """The cluster's resource id."""
        return cluster_id_of(self.subscription, self.resource_group, self.cluster)


class Connection:
    """The ports of one cluster.

    Attributes:
        cluster_id: the cluster's resource id.
        local: whether it is a local AKS, whose clock counts.
    """

    def __init__(
        self,
        *,
        arm: ArmClient,
        kube: KubeHttp,
        registry: RegistryHttp,
        clock: Clock,
        cluster_id: str,
        local: bool,
        clients: tuple[httpx.AsyncClient, ...],
    ) -> None:
        self.arm = arm
        self.kube = kube
        self.registry = registry
        self.clock = clock
        self.cluster_id = cluster_id
        self.local = local
        self._clients = clients

    async def aclose(self) -> None:
        """Close every connection."""
        await self.kube.aclose()
        for client in self._clients:
            await client.aclose()

    async def __aenter__(self) -> Connection:
        """The connection itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.aclose()


def cluster_id_of(subscription: str, group: str, name: str) -> str:
    """The resource id of a cluster."""
    return (
        f"/subscriptions/{subscription}/resourceGroups/{group}"
        f"/providers/Microsoft.ContainerService/managedClusters/{name}"
    )


def read_endpoint(directory: Path) -> SimEndpoint:
    """Where the local AKS of a directory runs; UsageError when none does."""
    path = directory / "endpoint.json"
    try:
        endpoint = msgspec.json.decode(path.read_bytes(), type=SimEndpoint)
    except FileNotFoundError:
        raise UsageError(
            f"no local AKS runs in {directory}",
            why="endpoint.json is not there",
            fix=f"{_START} --dir {directory}",
            code="PSE341",
        ) from None
    except (OSError, msgspec.DecodeError, msgspec.ValidationError) as error:
        raise UsageError(
            f"{path} cannot be read", why=str(error), fix=_START, code="PSE341"
        ) from error
    if not _alive(endpoint.pid):
        raise UsageError(
            f"the local AKS of {directory} has ended",
            why=f"process {endpoint.pid} is gone, endpoint.json is stale",
            fix=f"{_START} --dir {directory}",
            code="PSE341",
        )
    return endpoint


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def open_sim(directory: Path, *, run_id: str = "") -> Connection:
    """The ports of the local AKS that runs in a directory."""
    endpoint = read_endpoint(directory)
    limits = limits_from_environment()
    agent = user_agent(run_id)
    wall = WallClock()
    tls = ssl.create_default_context(cafile=str(directory / "ca.pem"))
    # Loopback never goes through a proxy, whatever the environment says.
    client = new_client(agent=agent, verify=tls, base_url=endpoint.arm, direct=True)
    tokens = _SimTokens(client, endpoint, directory)
    target = load_target(str(directory / "kubeconfig"))
    kube = KubeHttp(
        target, KubeTokens(target, wall), wall, agent=agent, tls=tls_context(target), direct=True
    )
    return Connection(
        arm=arm_api(
            client, endpoint=endpoint.arm, tokens=tokens, clock=wall, heed_polling_hint=False
        ),
        kube=kube,
        registry=RegistryHttp(client, wall, mirror=endpoint.arm, limits=limits),
        clock=LocalAksClock(client),
        cluster_id=endpoint.cluster_id,
        local=True,
        clients=(client,),
    )


def _silent(endpoint: SimEndpoint, error: Exception) -> UnreachableError:
    return unreachable(
        f"the local AKS at {endpoint.arm}",
        error,
        likely="it has been stopped",
        fix=_START,
    )


class _SimTokens:
    """Tokens of the local AKS' own login, by the service principal in its `az` folder."""

    def __init__(self, client: httpx.AsyncClient, endpoint: SimEndpoint, directory: Path) -> None:
        self._client = client
        self._endpoint = endpoint
        self._directory = directory
        self._held = ""

    async def token(self, resource: str) -> str:
        """A token; it is good for longer than any run on a local AKS."""
        if not self._held:
            path = self._directory / "azure" / "service_principal_entries.json"
            try:
                entry = msgspec.json.decode(path.read_bytes())[0]
            except (OSError, msgspec.DecodeError, IndexError) as error:
                raise UsageError(
                    f"{path} cannot be read", why=str(error), fix=_START, code="PSE341"
                ) from error
            form = {
                "client_id": entry["client_id"],
                "client_secret": entry["client_secret"],
                "grant_type": "client_credentials",
                "scope": f"{resource}/.default",
            }
            self._held = await self._asked(form)
        return self._held

    async def _asked(self, form: dict[str, str]) -> str:
        url = f"/{self._endpoint.tenant}/oauth2/v2.0/token"
        try:
            answer = await self._client.post(url, data=form)
        except httpx.TransportError as error:
            raise _silent(self._endpoint, error) from error
        if answer.status_code != 200:
            raise UnauthorizedError(
                "the local AKS gave no token",
                status=answer.status_code,
                message=answer.text[:200],
                fix=f"Start it anew: poolshift sim down --dir {self._directory}; poolshift sim up "
                f"--dir {self._directory}",
            )
        return str(answer.json()["access_token"])

    def forget(self) -> bool:
        """Drop the token."""
        had, self._held = bool(self._held), ""
        return had


async def open_azure(
    *,
    cluster_id: str = "",
    resource_group: str = "",
    name: str = "",
    subscription: str = "",
    cloud: str = "",
    kubeconfig: str = "",
    context: str = "",
    run_id: str = "",
    use_azure_identity: bool = False,
) -> Connection:
    """The ports of a cluster of Azure.

    Args:
        cluster_id: its resource id; or group and name instead.
        resource_group: its resource group.
        name: its name.
        subscription: of the group; by default the one that `az` is set to.
        cloud: name or URL of a cloud; by default the one that `az` is set to.
        kubeconfig: a kubeconfig file; by default the service is asked for one.
        context: the context in it.
        run_id: goes into the User-Agent.
        use_azure_identity: sign in by azure-identity.
    """
    agent = user_agent(run_id)
    limits = limits_from_environment()
    wall = WallClock()
    client = new_client(agent=agent, verify=trusted())
    try:
        found = await find_cloud(cloud, client)
        wanted = checked_id(cluster_id or named_cluster(subscription, resource_group, name))
        tokens = choose_credential(found, client, wall, use_azure_identity=use_azure_identity)
        arm = arm_api(client, endpoint=found.resource_manager, tokens=tokens, clock=wall)
        target = await _kube_target(arm, wanted, kubeconfig, context)
        kube = await _open_kube(target, tokens, wall, agent)
    except BaseException:
        await client.aclose()
        raise
    return Connection(
        arm=arm,
        kube=kube,
        registry=_registry(client, wall, tokens, found, limits),
        clock=wall,
        cluster_id=wanted,
        local=False,
        clients=(client,),
    )


def _registry(
    client: httpx.AsyncClient, wall: WallClock, tokens: TokenSource, cloud: Cloud, limits: Limits
) -> RegistryHttp:
    return RegistryHttp(
        client,
        wall,
        azure=tokens,
        arm_endpoint=cloud.resource_manager,
        cache=DiskCache(default_folder()),
        limits=limits,
    )


@asynccontextmanager
async def open_registry(cloud: str = "") -> AsyncIterator[RegistryHttp]:
    """Registries without a cluster: Azure's are signed in to only where they ask for it.

    Args:
        cloud: name or URL of a cloud; by default the one that `az` is set to.
    """
    wall = WallClock()
    async with new_client(agent=user_agent(""), verify=trusted()) as client:
        found = await find_cloud(cloud, client)
        tokens = choose_credential(found, client, wall, use_azure_identity=False)
        yield _registry(client, wall, tokens, found, limits_from_environment())


def named_cluster(subscription: str, group: str, name: str) -> str:
    """The id of a cluster by group and name, in az' current subscription where none is given.

    Raises:
        UsageError: group, name or subscription are not known.
    """
    subscription = (
        subscription or os.environ.get("AZURE_SUBSCRIPTION_ID", "") or default_subscription()[0]
    )
    if not (group and name):
        raise UsageError(
            "no cluster is named",
            fix="Give --cluster ID, or -g GROUP -n NAME, or --sim DIR",
            code="PSE103",
        )
    if not subscription:
        raise UsageError(
            "no subscription is known",
            fix="Give --subscription, or sign in with az login",
            code="PSE104",
        )
    return cluster_id_of(subscription, group, name)


async def _kube_target(
    arm: ArmClient, cluster_id: str, kubeconfig: str, context: str
) -> KubeTarget:
    if kubeconfig or context:
        return load_target(kubeconfig, context)
    try:
        given = await arm.kubeconfig(cluster_id)
    except NotFoundError as error:
        *_, group, _, _, _, name = cluster_id.split("/")
        raise NotFoundError(
            f"there is no cluster {name} in the resource group {group}",
            status=error.status,
            service_code=error.service_code,
            message=error.message,
            request_id=error.request_id,
            fix="See your clusters with: az aks list -o table",
        ) from error
    return parse_target(given.decode("utf-8", "replace"))


async def _open_kube(
    target: KubeTarget, tokens: TokenSource, wall: WallClock, agent: str
) -> KubeHttp:
    auth = KubeTokens(target, wall, azure=tokens)
    certificate, key = await auth.certificate()
    return KubeHttp(target, auth, wall, agent=agent, tls=tls_context(target, certificate, key))


async def shut_down(directory: Path) -> None:
    """Ask the local AKS of a directory to stop; it answers before it does."""
    endpoint = read_endpoint(directory)
    tls = ssl.create_default_context(cafile=str(directory / "ca.pem"))
    async with new_client(
        agent=user_agent(""), verify=tls, base_url=endpoint.arm, direct=True
    ) as client:
        try:
            answer = await client.post("/_sim/shutdown")
        except httpx.TransportError as error:
            raise _silent(endpoint, error) from error
    if answer.status_code != 200:
        raise ServerError("the local AKS does not stop", status=answer.status_code)
