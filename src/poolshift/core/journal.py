"""The journal of a run: what was promised, what was intended, what came of it.

One `RunState` a run, replaced by compare-and-set; one append-only event list beside it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

SCHEMA_VERSION = 1
"""Version of the stored form; a journal with a higher one is refused."""


class RunStatus(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    COMPLETED = "completed"
    ROLLED_BACK = "rolled-back"
    FAILED = "failed"
    ABORTED = "aborted"


ENDED = frozenset({RunStatus.COMPLETED, RunStatus.ROLLED_BACK, RunStatus.ABORTED})
"""States that no resume leaves."""


class Mode(StrEnum):
    """Which way a run goes."""

    FORWARD = "forward"
    ROLLBACK = "rollback"
    ABORT = "abort"


class StepStatus(StrEnum):
    """Where a step stands."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNDONE = "undone"


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """Base of the journal's parts; unknown fields of the same version are skipped."""


class StepRecord(Part, frozen=True):
    """A step's own record; `data` is the step's memory (when a soak began)."""

    id: str
    state: StepStatus = StepStatus.PENDING
    started_at: str | None = None
    ended_at: str | None = None
    note: str = ""
    data: dict[str, Any] = {}


class Approval(Part, frozen=True):
    """A gate's approval. `gate` is a step's id or a step's kind."""

    gate: str
    at: str
    actor: str
    reason: str = ""
    ticket: str = ""


class WaitingOn(Part, frozen=True):
    """What a run waits for, why, since when, and what lets it go on."""

    what: str
    why: str
    since: str
    unblock: str = ""


class WorkloadRestore(Part, frozen=True):
    """A workload as it was, as far as a run may touch it: never an environment value.

    `images` maps container names (init containers too) to references; `tolerations` are in the
    API's own form.
    """

    target: str
    node_selector: dict[str, str]
    images: dict[str, str]
    tolerations: tuple[dict[str, Any], ...] = ()
    replicas: int = 0
    paused: bool = False


class NodeRestore(Part, frozen=True):
    """A node as it was."""

    name: str
    pool: str
    cordoned: bool = False
    taints: tuple[str, ...] = ()
    excluded: bool = False


class RestoreRecord(Part, frozen=True):
    """The cluster as it was at the start of the run, as far as a run may change it."""

    pools: tuple[str, ...] = ()
    nodes: tuple[NodeRestore, ...] = ()
    workloads: tuple[WorkloadRestore, ...] = ()
    upgrade_channel: str | None = None
    node_os_channel: str | None = None


class Source(Part, frozen=True):
    """Where the cluster of a run is: a local AKS, or a resource id and how to reach it."""

    sim: str = ""
    cluster_id: str = ""
    cloud: str = ""
    kubeconfig: str = ""
    context: str = ""


class ActionRecord(Part, frozen=True):
    """An intended act. `outcome` is empty until something is known of it."""

    id: str
    step: str
    verb: str
    target: str
    parameters: dict[str, Any] = {}
    outcome: str = ""
    detail: str = ""


class Options(Part, frozen=True):
    """What the user asked of the run."""

    yes: bool = False
    on_failure: str = "stop"
    take_ownership: bool = False


class RunState(Part, frozen=True):
    """Everything that is true of a run; enough to resume it from nothing else."""

    run: str
    plan_id: str
    plan_text: str
    cluster: str
    source: Source
    started_at: str
    resumed_at: str | None = None
    options: Options = Options()
    status: RunStatus = RunStatus.RUNNING
    mode: Mode = Mode.FORWARD
    restore: RestoreRecord = RestoreRecord()
    steps: dict[str, StepRecord] = {}
    approvals: tuple[Approval, ...] = ()
    waiting_on: tuple[WaitingOn, ...] = ()
    pending: tuple[ActionRecord, ...] = ()
    failure: str = ""
    ended_at: str | None = None


class JournalEvent(Part, frozen=True):
    """One line of history."""

    at: str
    actor: str
    action: str
    target: str
    outcome: str
    reason: str = ""
    version: int = 0
