"""The states of a pool, as a table: what each change makes of it, and how long that takes."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Change(StrEnum):
    """What is done to a pool."""

    CREATE = "create"
    UPDATE = "update"
    NOTHING = "nothing"
    SCALE_OUT = "scale-out"
    SCALE_IN = "scale-in"
    DELETE_MACHINES = "delete-machines"
    DELETE = "delete"
    STOP = "stop"
    START = "start"
    UPGRADE = "upgrade"
    UPGRADE_IMAGE = "upgrade-image"


class Passage(msgspec.Struct, frozen=True):
    """A change: the state while it runs, and the catalog's timing by OS type.

    An upgrade takes what its steps take: what is timed there is one machine that comes up.
    """

    state: str
    windows: str
    linux: str


SUCCEEDED = "Succeeded"
FAILED = "Failed"
CANCELED = "Canceled"

# A manual scale of a Windows pool was never recorded: new nodes take what they take in a new
# pool. Taking nodes away is one observation for all: the deletion of a pool, after its drain.
# That a pool is as it was asked to be was recorded of `nodepool upgrade`, of Windows pools alone.
# Stopping and starting were recorded of Linux pools alone.
# No upgrade of a Windows pool with nodes really replaced was recorded, and of Linux ones the whole
# of one node (surge, reimage, removal) alone, a median of 471 s. Twice what a new pool of one node
# takes (194 s) and a deletion (54 s) come to 442 s, so a machine that is added or reimaged is given
# the time of a new pool of its OS, on Windows too.
_ADDED = ("sum-pool-add-windows", "sum-pool-add-linux")
_GONE = ("sum-pool-delete", "sum-pool-delete")
PASSAGES: dict[Change, Passage] = {
    Change.CREATE: Passage("Creating", *_ADDED),
    Change.UPDATE: Passage("Updating", "sum-pool-update-linux", "sum-pool-update-linux"),
    Change.NOTHING: Passage(
        "Updating", "op-nodepool-upgrade-windows", "op-nodepool-upgrade-windows"
    ),
    Change.SCALE_OUT: Passage("Scaling", "sum-pool-add-windows", "sum-pool-scale-linux"),
    Change.SCALE_IN: Passage("Scaling", *_GONE),
    Change.DELETE_MACHINES: Passage(
        "Deleting", "op-nodepool-delete-machines", "op-nodepool-delete-machines"
    ),
    Change.DELETE: Passage("Deleting", *_GONE),
    Change.STOP: Passage("Stopping", "sum-pool-stop", "sum-pool-stop"),
    Change.START: Passage("Starting", "sum-pool-start", "sum-pool-start"),
    Change.UPGRADE: Passage("Upgrading", *_ADDED),
    Change.UPGRADE_IMAGE: Passage("UpgradingNodeImageVersion", *_ADDED),
}
