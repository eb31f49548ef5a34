"""How a scenario behaves beyond its objects: load, runs of Jobs, connections, registries.

Nothing here comes from a cluster: an API server cannot tell how much work its pods get. What a
scenario leaves out has the default that its struct states.
"""

from __future__ import annotations

import msgspec

# How long a pod that runs to its end takes when nothing says more; an assumption.
DEFAULT_RUN_S = 60.0


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base: a key that is not named here is a mistake of the file."""


class LoadSpec(_Part, frozen=True):
    """The load of a workload, by which its autoscaler counts replicas.

    Attributes:
        workload: `NAMESPACE/KIND/NAME` of what is scaled.
        points: `[when, load]` in order of time; `when` is seconds since the start or a clock time
            (`"08:30"`, UTC). Between two points the load runs on a straight line, outside them it
            stays as it is there.
        capacity: load that one pod carries when its metric reads 100 %.
        daily: whether the curve starts again every day.
        noise: share by which the load strays, up and down, drawn anew for every minute.
    """

    workload: str
    points: tuple[tuple[float | str, float], ...]
    capacity: float = 1.0
    daily: bool = False
    noise: float = 0.0


class RunSpec(_Part, frozen=True):
    """How the pods of a Job run.

    The annotations `sim.poolshift.io/run-for` (seconds), `sim.poolshift.io/failures` and
    `sim.poolshift.io/exit-code` on the pod template win over this.

    Attributes:
        job: `NAMESPACE/NAME` of the Job, or of the CronJob that makes it.
        run_s: seconds from the start of the containers to their end.
        failures: how many pods (with restartPolicy OnFailure: starts) fail before one succeeds.
        exit_code: what those that fail exit with.
    """

    job: str
    run_s: float = DEFAULT_RUN_S
    failures: int = 0
    exit_code: int = 1


class ConnectionsSpec(_Part, frozen=True):
    """Long connections through the load balancer to a Service.

    Attributes:
        service: `NAMESPACE/NAME`.
        per_backend: connections that each node carries while the balancer sends to it.
    """

    service: str
    per_backend: int


class RegistrySpec(_Part, frozen=True):
    """What a registry can bear.

    Attributes:
        host: as image references name it (`docker.io`).
        mb_s: megabytes a second that it sends to all nodes together; null for no limit.
        pulls: image pulls that it answers within the window; null for no limit.
        window_s: the window.
    """

    host: str
    mb_s: float | None = None
    pulls: int | None = None
    window_s: float = 21_600.0


class Behaviour(_Part, frozen=True):
    """Everything that a scenario says of its load."""

    loads: tuple[LoadSpec, ...] = ()
    jobs: tuple[RunSpec, ...] = ()
    connections: tuple[ConnectionsSpec, ...] = ()
    registries: tuple[RegistrySpec, ...] = ()

    def run_of(self, namespace: str, *names: str) -> RunSpec:
        """How the pods of a Job run, by the first of the names that the scenario knows."""
        known = {run.job: run for run in self.jobs}
        for name in names:
            if f"{namespace}/{name}" in known:
                return known[f"{namespace}/{name}"]
        return RunSpec("")
