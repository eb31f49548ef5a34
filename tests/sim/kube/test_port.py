"""The port in process: the verbs that the engine and the capture use."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.sim.kube.worlds import deployment, reference_world, trace_of

from poolshift.core.errors import ConflictError, ExpiredError, ForbiddenError, NotFoundError
from poolshift.core.kube import DEPLOYMENTS, LEASES, NODES, PODS, Lease, is_ready
from poolshift.core.ports import KubeApi, PatchKind
from poolshift.sim.kube import resources
from poolshift.sim.kube.port import SimKube

if TYPE_CHECKING:
    from poolshift.sim.kube.world import KubeWorld


def port_of(world: KubeWorld) -> KubeApi:
    return SimKube(world, "poolshift/0.1.0 run/r1")


def test_lists_decode_select_and_say_where_to_watch_from() -> None:
    world = reference_world()
    port = port_of(world)

    async def ask() -> None:
        assert await port.version() == "1.23.8"
        nodes = await port.list(NODES)
        assert len(nodes.items) == 4
        assert all(is_ready(node) for node in nodes.items)
        windows = await port.list(NODES, labels="kubernetes.io/os=windows")
        assert [n.status.node_info.kernel_version for n in windows.items] == ["10.0.17763.3165"] * 3
        there = await port.list(PODS, fields="spec.nodeName=akswspool000000")
        assert len(there.items) == 1
        assert (await port.list(PODS, namespace="kube-system")).items == ()
        assert nodes.items[0] is (await port.list(NODES)).items[0]

    asyncio.run(ask())


def test_a_watch_drains_what_happened_and_ends_with_a_bookmark() -> None:
    world = reference_world()
    port = port_of(world)

    async def ask() -> None:
        listed = await port.list(NODES)
        cordon = {"spec": {"unschedulable": True}}
        await port.patch(NODES, "akswspool000000", cordon, kind=PatchKind.STRATEGIC)
        world.clock.run_until(1)
        events = [e async for e in port.watch(NODES, resource_version=listed.resource_version)]
        assert [e.type for e in events] == ["MODIFIED", "MODIFIED", "BOOKMARK"]
        assert events[0].object.spec.unschedulable
        assert len(events[1].object.spec.taints) == 1
        position = events[-1].resource_version
        again = [e async for e in port.watch(NODES, resource_version=position)]
        assert [e.type for e in again] == ["BOOKMARK"]
        world.store.forget(resources.NODES)
        with pytest.raises(ExpiredError):
            _ = [e async for e in port.watch(NODES, resource_version="1")]

    asyncio.run(ask())
    assert [e["by"] for e in trace_of(world, "node-cordoned")] == ["r1"]


def test_what_is_read_is_the_callers_own() -> None:
    world = reference_world()
    port = port_of(world)

    async def ask() -> None:
        raw = await port.read(DEPLOYMENTS, "sample", "default")
        raw["spec"]["replicas"] = 99
        assert (await port.get(DEPLOYMENTS, "sample", "default")).spec.replicas == 3
        with pytest.raises(NotFoundError):
            await port.get(DEPLOYMENTS, "nope", "default")

    asyncio.run(ask())


def test_a_lease_is_made_renewed_and_guarded_by_its_version() -> None:
    port = port_of(reference_world())

    async def ask() -> Lease:
        lease = {"metadata": {"name": "poolshift"}, "spec": {"holderIdentity": "r1"}}
        created = await port.create(LEASES, lease, "kube-system")
        with pytest.raises(ConflictError):
            await port.create(LEASES, lease, "kube-system")
        version = created["metadata"]["resourceVersion"]
        patch = {"metadata": {"resourceVersion": version}, "spec": {"holderIdentity": "r2"}}
        await port.patch(LEASES, "poolshift", patch, "kube-system")
        with pytest.raises(ConflictError):
            await port.patch(LEASES, "poolshift", patch, "kube-system")
        with pytest.raises(ConflictError):
            await port.delete(LEASES, "poolshift", "kube-system", uid="other")
        found = await port.get(LEASES, "poolshift", "kube-system")
        await port.delete(LEASES, "poolshift", "kube-system", uid=found.metadata.uid)
        return found

    assert asyncio.run(ask()).spec.holder_identity == "r2"


def test_a_dry_run_stores_nothing() -> None:
    world = reference_world()
    port = port_of(world)
    version = world.store.rv

    async def ask() -> None:
        made = await port.create(DEPLOYMENTS, deployment("other"), "default", dry_run=True)
        assert made["spec"]["strategy"]["rollingUpdate"] == {
            "maxSurge": "25%",
            "maxUnavailable": "25%",
        }
        patch = {"spec": {"replicas": 9}}
        result = await port.patch(DEPLOYMENTS, "sample", patch, "default", dry_run=True)
        assert (result["spec"]["replicas"], result["metadata"]["generation"]) == (9, 2)
        await port.delete(DEPLOYMENTS, "sample", "default", dry_run=True)

    asyncio.run(ask())
    assert world.store.rv == version


def test_a_missing_right_is_an_error_and_the_review_knows() -> None:
    world = reference_world()
    world.denied |= {("list", "nodes"), ("create", "pods/eviction")}
    port = port_of(world)

    async def ask() -> None:
        with pytest.raises(ForbiddenError):
            await port.list(NODES)
        with pytest.raises(ForbiddenError):
            await port.evict("default", "x", uid="")
        assert not await port.allowed("list", NODES)
        assert not await port.allowed("create", PODS, "default", "eviction")
        assert await port.allowed("create", PODS)

    asyncio.run(ask())


def test_a_table_is_the_servers() -> None:
    port = port_of(reference_world())
    table = asyncio.run(port.table(NODES))
    assert table.columns[0] == ("Name", 0)
    assert table.names[1] == table.rows[1][0] == "akswspool000000"
    assert ("OS-Image", 1) in table.columns
