"""What no request may bring about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.arm.clusters.codec import body_of
from poolshift.sim.arm.pools.running import CLUSTER_TARGET

if TYPE_CHECKING:
    from tests.sim.kube.fuzz.oracle import Answer

    from poolshift.sim.arm.state import ArmWorld
    from poolshift.sim.world import World

_STATES = frozenset(
    (
        "Creating",
        "Updating",
        "Upgrading",
        "UpgradingNodeImageVersion",
        "Scaling",
        "Deleting",
        "Stopping",
        "Starting",
        "Succeeded",
        "Failed",
        "Canceled",
    )
)
# After so long every operation has ended: the longest drain and soak that a pool may ask for.
LONG_S = 40 * 3600.0


def objection(answer: Answer, method: str, path: str) -> str:
    """What is wrong with an answer, empty when nothing is."""
    if answer.status >= 500 and not (answer.status == 501 and b'"NotSimulated"' in answer.content):
        return f"{answer.status}: {answer.content[:200]!r}"
    if path.startswith(("/_sim", "/v2/", "/v1.0/", "/msi", "/metadata", "/common")) or (
        "/oauth2/" in path or "/.well-known/" in path
    ):
        return ""
    if answer.status == 405 or method == "HEAD":
        return ""
    if not answer.content:
        return "" if answer.status < 400 else f"{answer.status} without a body"
    try:
        body = json.loads(answer.content)
    except ValueError as cause:
        return f"{answer.status} with a body that is no JSON: {cause}"
    if answer.status >= 400:
        return _misformed(answer.status, body)
    if answer.status == 202 and not {"azure-asyncoperation", "location"} <= set(answer.headers):
        return "202 without the addresses of its operation"
    return ""


def _misformed(status: int, body: Any) -> str:
    inner = body.get("error", body) if isinstance(body, dict) else None
    well = isinstance(inner, dict) and all(
        isinstance(inner.get(key), str) and inner[key] for key in ("code", "message")
    )
    return "" if well else f"{status} whose error is misformed: {str(body)[:200]}"


def digest(world: World) -> bytes:
    """Everything that clients can see of ARM, but for what time alone changes."""
    azure = world.azure
    return msgspec.json.encode(
        [
            [
                [body_of(arm), arm.maintenance, [_pool(p) for p in arm.pools.values()]]
                for arm in azure.clusters()
            ],
            azure.groups,
            azure.features.items(),
            azure.role_assignments,
            sorted(azure.providers),
            azure.resources,
        ]
    )


def _pool(pool: Any) -> list[Any]:
    return [pool.name, pool.machines, pool.identities, pool.scale_set]


def check_world(world: World) -> None:
    """Raise where the world contradicts itself."""
    for arm in world.azure.clusters():
        for pool in arm.pools.values():
            state = pool.properties["provisioningState"]
            assert state in _STATES, f"{pool.name} is {state!r}"
            assert len(set(pool.machines)) == len(pool.machines), f"{pool.name}: machines twice"
            on = (arm.cluster.properties, pool.properties)
            running = all(part["powerState"]["code"] == "Running" for part in on)
            targets = (CLUSTER_TARGET, pool.target)
            if running and not any(arm.operations.running_on(target) for target in targets):
                nodes = set(arm.kube.nodes_of(pool.name))
                assert nodes == set(pool.machines), f"{pool.name}: {nodes} are not its machines"
        assert arm.cluster.properties["provisioningState"] in _STATES


def check_rest(world: World) -> None:
    """Raise where something still runs that should have ended long ago."""
    world.clock.run_until(world.clock.t + LONG_S)
    for ledger in world.azure.operations:
        assert not ledger.running(), f"still running: {[o.target for o in ledger.running()]}"
    check_world(world)
    for arm in world.azure.clusters():
        _check_counts(arm)


def _check_counts(arm: ArmWorld) -> None:
    for pool in arm.pools.values():
        settled = pool.properties["provisioningState"] == "Succeeded"
        on = pool.properties["powerState"]["code"] == "Running"
        if settled and on:
            assert len(pool.machines) == pool.count, f"{pool.name} wants {pool.count}"
