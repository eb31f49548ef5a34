"""The states of a pool, as a table: what each change makes of it, and how long that takes."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Change(StrEnum):
    """What is done to a pool."""

    CREATE = "create"
    UPDATE = "update"
    SCALE_OUT = "scale-out"
    SCALE_IN = "scale-in"
    DELETE_MACHINES = "delete-machines"
    DELETE = "delete"


class Passage(msgspec.Struct, frozen=True):
    """A change: the state while it runs, and the catalog's timing by OS type."""

    state: str
    windows: str
    linux: str


SUCCEEDED = "Succeeded"
FAILED = "Failed"

# A manual scale of a Windows pool was never recorded: new nodes take what they take in a new
# pool. Taking nodes away is one observation for all: the deletion of a pool, after its drain.
PASSAGES: dict[Change, Passage] = {
    Change.CREATE: Passage("Creating", "sum-pool-add-windows", "sum-pool-add-linux"),
    Change.UPDATE: Passage("Updating", "sum-pool-update-linux", "sum-pool-update-linux"),
    Change.SCALE_OUT: Passage("Scaling", "sum-pool-add-windows", "sum-pool-scale-linux"),
    Change.SCALE_IN: Passage("Scaling", "sum-pool-delete", "sum-pool-delete"),
    Change.DELETE_MACHINES: Passage("Deleting", "sum-pool-delete", "sum-pool-delete"),
    Change.DELETE: Passage("Deleting", "sum-pool-delete", "sum-pool-delete"),
}
