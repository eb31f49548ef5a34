"""What both implementations of the ports must do alike."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from poolshift.core.errors import (
    ApiError,
    ConflictError,
    InvalidError,
    NotFoundError,
    PreconditionError,
)
from poolshift.core.image import INDEX_TYPES, MANIFEST_TYPES
from poolshift.core.kube import DEPLOYMENTS, LEASES, NODES, PODS, is_ready
from poolshift.core.ports import (
    ArmApi,
    Clock,
    EvictionOutcome,
    KubeApi,
    PatchKind,
    Registry,
)

if TYPE_CHECKING:
    from poolshift.core.arm import Accepted, Operation


class Ports(Protocol):
    @property
    def arm(self) -> ArmApi: ...
    @property
    def kube(self) -> KubeApi: ...
    @property
    def registry(self) -> Registry: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def cluster_id(self) -> str: ...


Using = Callable[[Callable[[Ports], Awaitable[Any]]], Any]

POLL_S = 30
POLLS = 200


async def until_done(ports: Ports, accepted: Accepted) -> Operation:
    assert accepted.operation_url
    for _ in range(POLLS):
        operation = await ports.arm.operation(accepted.operation_url)
        if operation.done:
            return operation
        await ports.clock.sleep(POLL_S)
    raise AssertionError(f"the operation is still {operation.status}")


def new_pool(**more: Any) -> dict[str, Any]:
    properties = {"osType": "Windows", "osSKU": "Windows2022", "count": 1, "mode": "User"}
    return {"properties": {**properties, "vmSize": "Standard_D2s_v3", **more}}


def test_the_cluster_and_its_pools_are_read_with_their_raw_json(using: Using) -> None:
    async def body(ports: Ports) -> None:
        cluster = await ports.arm.cluster(ports.cluster_id)
        assert cluster.properties.current_kubernetes_version == "1.23.8"
        assert cluster.raw["properties"]["agentPoolProfiles"]
        pools = {pool.name: pool for pool in await ports.arm.pools(ports.cluster_id)}
        assert pools["wspool"].properties.os_sku == "Windows2019"
        assert pools["wspool"].raw["properties"]["kubeletDiskType"] == "OS"
        assert pools["agentpool"].properties.mode == "System"

    using(body)


def test_a_missing_pool_is_not_found(using: Using) -> None:
    async def body(ports: Ports) -> None:
        with pytest.raises(NotFoundError) as caught:
            await ports.arm.pool(ports.cluster_id, "nope")
        assert caught.value.service_code == "ResourceNotFound"

    using(body)


def test_a_pool_is_created_scaled_in_and_deleted(using: Using) -> None:
    async def body(ports: Ports) -> None:
        arm, cluster_id = ports.arm, ports.cluster_id
        accepted = await arm.put_pool(cluster_id, "wsa", new_pool(count=2), create_only=True)
        assert accepted.body
        assert accepted.body["properties"]["provisioningState"] == "Creating"
        assert (await until_done(ports, accepted)).status == "Succeeded"
        nodes = await ports.kube.list(NODES, labels="kubernetes.azure.com/agentpool=wsa")
        assert [node.metadata.name for node in nodes.items] == ["akswsa000000", "akswsa000001"]
        assert all(is_ready(node) for node in nodes.items)
        build = nodes.items[0].metadata.labels["node.kubernetes.io/windows-build"]
        assert build == "10.0.20348"
        pool = await arm.pool(cluster_id, "wsa")
        scaled = {**pool.raw, "properties": {**pool.raw["properties"], "count": 1}}
        accepted = await arm.put_pool(cluster_id, "wsa", scaled, if_match=pool.properties.e_tag)
        assert (await until_done(ports, accepted)).status == "Succeeded"
        assert (await arm.pool(cluster_id, "wsa")).properties.count == 1
        assert (await until_done(ports, await arm.delete_pool(cluster_id, "wsa"))).done
        with pytest.raises(NotFoundError):
            await arm.pool(cluster_id, "wsa")

    using(body)


def test_labels_and_taints_of_a_pool_reach_its_nodes(using: Using) -> None:
    async def body(ports: Ports) -> None:
        arm, cluster_id = ports.arm, ports.cluster_id
        guarded = new_pool(nodeTaints=["poolshift.io/guard=green:NoSchedule"])
        await until_done(ports, await arm.put_pool(cluster_id, "wsb", guarded))
        node = await ports.kube.get(NODES, "akswsb000000")
        assert "poolshift.io/guard" in {taint.key for taint in node.spec.taints}
        pool = await arm.pool(cluster_id, "wsb")
        properties = {**pool.raw["properties"], "nodeTaints": [], "nodeLabels": {"tier": "green"}}
        accepted = await arm.put_pool(cluster_id, "wsb", {**pool.raw, "properties": properties})
        await until_done(ports, accepted)
        node = await ports.kube.get(NODES, "akswsb000000")
        assert node.spec.taints == ()
        assert node.metadata.labels["tier"] == "green"

    using(body)


def test_a_second_change_of_a_pool_is_a_conflict(using: Using) -> None:
    async def body(ports: Ports) -> None:
        accepted = await ports.arm.put_pool(ports.cluster_id, "wsc", new_pool())
        # Several at once: with a jumping clock the first operation may end before a second call.
        calls = [ports.arm.put_pool(ports.cluster_id, "wsc", new_pool()) for _ in range(4)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        refused = [o for o in outcomes if isinstance(o, ConflictError)]
        assert refused
        assert refused[0].service_code == "OperationNotAllowed"
        await until_done(ports, accepted)

    using(body)


def test_preconditions_hold(using: Using) -> None:
    async def body(ports: Ports) -> None:
        with pytest.raises(PreconditionError):
            await ports.arm.put_pool(ports.cluster_id, "wspool", new_pool(), create_only=True)
        with pytest.raises(PreconditionError):
            await ports.arm.delete_pool(ports.cluster_id, "wspool", if_match="other")

    using(body)


def test_a_refusal_carries_the_code_of_the_service(using: Using) -> None:
    async def body(ports: Ports) -> None:
        with pytest.raises(InvalidError) as caught:
            await ports.arm.put_pool(ports.cluster_id, "wspool22", new_pool())
        assert caught.value.service_code == "WindowsAgentPoolNameTooLong"
        assert "6" in caught.value.message

    using(body)


def test_identities_are_put_on_a_scale_set_and_taken_off_again(using: Using) -> None:
    async def body(ports: Ports) -> None:
        cluster = await ports.arm.cluster(ports.cluster_id)
        subscription = cluster.id.split("/")[2]
        group = cluster.properties.node_resource_group
        sets = await ports.arm.scale_sets(subscription, group)
        blue = next(s for s in sets if s.pool == "wspool")
        identity = (
            f"/subscriptions/{subscription}/resourceGroups/x/providers"
            "/Microsoft.ManagedIdentity/userAssignedIdentities/gmsa"
        )
        await ports.arm.assign_identities(blue.id, (identity,))
        sets = await ports.arm.scale_sets(subscription, group)
        assert identity in next(s for s in sets if s.pool == "wspool").identities
        await ports.arm.remove_identities(blue.id, (identity,))
        sets = await ports.arm.scale_sets(subscription, group)
        assert identity not in next(s for s in sets if s.pool == "wspool").identities

    using(body)


def test_sizes_quota_and_features_are_read(using: Using) -> None:
    async def body(ports: Ports) -> None:
        cluster = await ports.arm.cluster(ports.cluster_id)
        subscription = cluster.id.split("/")[2]
        sizes = {s.name: s for s in await ports.arm.vm_sizes(subscription, cluster.location)}
        assert sizes["Standard_D2s_v3"].generations == ("V1", "V2")
        assert sizes["Standard_D2s_v3"].vcpus == 2
        usages = {u.name: u for u in await ports.arm.usages(subscription, cluster.location)}
        assert usages[sizes["Standard_D2s_v3"].family].current >= 6
        assert await ports.arm.feature(subscription, "Nobody") == "NotRegistered"
        assert b"clusters:" in await ports.arm.kubeconfig(ports.cluster_id)

    using(body)


@pytest.mark.parametrize(
    ("ref", "builds"),
    [
        pytest.param("myacr.azurecr.io/cart:42", ["10.0.17763"], id="single-manifest"),
        pytest.param("myacr.azurecr.io/catalog:7", ["10.0.17763", "10.0.20348"], id="index"),
    ],
)
def test_an_image_tells_its_builds_and_sizes(using: Using, ref: str, builds: list[str]) -> None:
    async def body(ports: Ports) -> None:
        image = await ports.registry.image(ref)
        assert image.digest.startswith("sha256:")
        assert [p.os_version.rpartition(".")[0] for p in image.platforms] == builds
        assert all(p.size_bytes > 0 for p in image.platforms)
        assert all(sum(x.size_bytes for x in p.layers) == p.size_bytes for p in image.platforms)
        assert image.media_type in (*INDEX_TYPES, *MANIFEST_TYPES)
        assert {p.media_type for p in image.platforms} <= set(MANIFEST_TYPES)

    using(body)


def test_a_missing_tag_is_not_found(using: Using) -> None:
    async def body(ports: Ports) -> None:
        with pytest.raises(NotFoundError):
            await ports.registry.image("myacr.azurecr.io/cart:nope")

    using(body)


def test_the_clock_sleeps_in_its_own_time(using: Using) -> None:
    async def body(ports: Ports) -> None:
        before = await ports.clock.now()
        await ports.clock.sleep(3600)
        assert (await ports.clock.now() - before).total_seconds() >= 3600

    using(body)


def test_objects_are_created_patched_and_deleted(using: Using) -> None:
    async def body(ports: Ports) -> None:
        kube = ports.kube
        lease = {"metadata": {"name": "probe"}, "spec": {"holderIdentity": "a"}}
        dry = await kube.create(LEASES, lease, "kube-system", dry_run=True)
        assert dry["metadata"]["name"] == "probe"
        created = await kube.create(LEASES, lease, "kube-system")
        with pytest.raises(ConflictError):
            await kube.create(LEASES, lease, "kube-system")
        old = {"resourceVersion": created["metadata"]["resourceVersion"]}
        await kube.patch(LEASES, "probe", {"spec": {"holderIdentity": "b"}}, "kube-system")
        with pytest.raises(ConflictError):
            await kube.patch(
                LEASES,
                "probe",
                {"metadata": old, "spec": {"holderIdentity": "c"}},
                "kube-system",
                kind=PatchKind.MERGE,
            )
        assert (await kube.get(LEASES, "probe", "kube-system")).spec.holder_identity == "b"
        with pytest.raises(ConflictError):
            await kube.delete(LEASES, "probe", "kube-system", uid="other")
        await kube.delete(LEASES, "probe", "kube-system")
        with pytest.raises(NotFoundError):
            await kube.read(LEASES, "probe", "kube-system")

    using(body)


def test_an_eviction_answers_as_a_result(using: Using) -> None:
    async def body(ports: Ports) -> None:
        pods = await ports.kube.list(PODS, namespace="kube-system", labels="k8s-app=kube-dns")
        first = pods.items[0].metadata
        dry = await ports.kube.evict("kube-system", first.name, uid=first.uid, dry_run=True)
        assert dry.outcome is EvictionOutcome.EVICTED
        stale = await ports.kube.evict("kube-system", first.name, uid="other")
        assert stale.outcome is EvictionOutcome.GONE
        gone = await ports.kube.evict("kube-system", "nope", uid="x")
        assert gone.outcome is EvictionOutcome.GONE

    using(body)


def test_a_budget_blocks_an_eviction_with_its_own_words(using: Using) -> None:
    async def body(ports: Ports) -> None:
        pods = await ports.kube.list(PODS, namespace="kube-system", labels="k8s-app=kube-dns")
        ready = [pod.metadata for pod in pods.items if is_ready(pod)]
        results = [await ports.kube.evict("kube-system", m.name, uid=m.uid) for m in ready]
        assert EvictionOutcome.EVICTED in {result.outcome for result in results}
        blocked = [r for r in results if r.outcome is EvictionOutcome.BLOCKED]
        assert all("coredns-pdb" in result.message for result in blocked)

    using(body)


def test_a_watch_tells_what_changed_since_a_list(using: Using) -> None:
    async def body(ports: Ports) -> None:
        listing = await ports.kube.list(DEPLOYMENTS, namespace="default")
        patch = {"metadata": {"annotations": {"poolshift.io/probe": "1"}}}
        await ports.kube.patch(DEPLOYMENTS, "sample", patch, "default")
        events = ports.kube.watch(
            DEPLOYMENTS, resource_version=listing.resource_version, namespace="default"
        )
        async with asyncio.timeout(20):
            async for event in events:
                if event.object.metadata.annotations.get("poolshift.io/probe") == "1":
                    assert event.type == "MODIFIED"
                    return
        raise AssertionError("the watch ended without the change")

    using(body)


def test_the_table_is_the_servers_own(using: Using) -> None:
    async def body(ports: Ports) -> None:
        table = await ports.kube.table(NODES)
        names = [name.lower() for name, _ in table.columns]
        assert names[:5] == ["name", "status", "roles", "age", "version"]
        row = table.rows[table.names.index("akswspool000000")]
        assert "Windows Server 2019 Datacenter" in row
        assert "10.0.17763.3165" in row

    using(body)


def test_rights_can_be_asked_for(using: Using) -> None:
    async def body(ports: Ports) -> None:
        assert await ports.kube.allowed("create", PODS, "default", "eviction")

    using(body)


def test_errors_say_what_why_and_who(using: Using) -> None:
    async def body(ports: Ports) -> None:
        with pytest.raises(ApiError) as caught:
            await ports.kube.get(PODS, "nope", "default")
        assert caught.value.status == 404
        assert 'pods "nope" not found' in caught.value.message

    using(body)
