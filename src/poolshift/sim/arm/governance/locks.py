"""Locks of Azure Resource Manager: nothing below is deleted, or nothing is changed at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.problems import ArmProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.sim.arm.request import ArmRequest
    from poolshift.sim.arm.subscription import Subscription
    from poolshift.sim.scenarioparts import LockSpec

CAN_NOT_DELETE = "CanNotDelete"
READ_ONLY = "ReadOnly"
LEVELS = (CAN_NOT_DELETE, READ_ONLY)
_READS = ("GET", "HEAD")


def check(azure: Subscription, request: ArmRequest, action: str) -> None:
    """Refuse what a lock on the resource or above it forbids.

    Under ReadOnly everybody has a reader's rights: what is asked by POST and only read goes on.

    Raises:
        ArmProblem: 409 ScopeLocked, of the front door.
    """
    if request.method in _READS or action.lower().endswith("/read"):
        return
    deletes = request.method == "DELETE"
    held = [
        scope_of(azure, lock)
        for lock in locks_over(azure, request.path)
        if lock.level == READ_ONLY or deletes
    ]
    if held:
        verb = "delete" if deletes else "write"
        scope = request.path.partition("?")[0]
        raise ArmProblem(409, "ScopeLocked", locked_text(scope, ",".join(held), verb), flat=False)


def locks_over(azure: Subscription, path: str) -> Iterator[LockSpec]:
    """The locks whose scope a path lies in."""
    below = path.lower().rstrip("/") + "/"
    for lock in azure.locks:
        if below.startswith(scope_of(azure, lock).lower() + "/"):
            yield lock


def locks_below(azure: Subscription, scope: str) -> Iterator[LockSpec]:
    """The locks at a scope and below it, as a list of them shows."""
    top = scope.lower().rstrip("/") + "/"
    for lock in azure.locks:
        if (scope_of(azure, lock).lower() + "/").startswith(top):
            yield lock


def scope_of(azure: Subscription, lock: LockSpec) -> str:
    """The id of what a lock is on."""
    return scope_named(azure, lock.scope)


def scope_named(azure: Subscription, name: str) -> str:
    """The id behind `subscription`, `group`, `node-group`, `cluster`; an id is itself."""
    home = azure.home
    known = {
        "subscription": f"/subscriptions/{home.subscription}",
        "group": f"/subscriptions/{home.subscription}/resourceGroups/{home.group}",
        "node-group": f"/subscriptions/{home.subscription}/resourceGroups/{home.node_group}",
        "cluster": home.cluster_id,
    }
    return known.get(name, name)


def locked_text(scope: str, held: str, verb: str) -> str:
    """The sentence of a lock."""
    return (
        f"The scope '{scope}' cannot perform {verb} operation because following scope(s) are "
        f"locked: '{held}'. Please remove the lock and try again."
    )


def body_of(azure: Subscription, lock: LockSpec) -> dict[str, Any]:
    """A lock as its own resource."""
    return {
        "id": f"{scope_of(azure, lock)}/providers/Microsoft.Authorization/locks/{lock.name}",
        "name": lock.name,
        "type": "Microsoft.Authorization/locks",
        "properties": {"level": lock.level, "notes": lock.notes},
    }
