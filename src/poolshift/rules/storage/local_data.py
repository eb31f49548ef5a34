"""PSK265: data on the node, which does not move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.images.uses import is_shipped
from poolshift.rules.interface import Rule
from poolshift.semantics.host import host_paths, is_under
from poolshift.semantics.pins import has_host_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import WorkloadFacts
    from poolshift.rules.interface import Context

_SAFE = "cluster-autoscaler.kubernetes.io/safe-to-evict"
_SYSTEM = (
    "/proc",
    "/sys",
    "/dev",
    "/run",
    "/var/run",
    "/etc",
    "/lib",
    "/usr",
    "/bin",
    "/boot",
    "/var/log",
    "/var/lib/docker",
    "/var/lib/kubelet",
    "/var/lib/containerd",
)
_WINDOWS_SYSTEM = ("/windows", "/var", "/k", "/programdata/docker", "/program files")
"""Of the drive C, in lower case with slashes."""


class LocalDataLost(Rule):
    """A workload keeps data on the node, and the move leaves it behind.

    What it finds:
        A workload that moves, other than a DaemonSet, which mounts a directory of the node for
        data; a StatefulSet that has an emptyDir and no claim; and pods that their owner marked
        as not safe to evict.

    Why it matters:
        What is on the node stays there and goes with it. The pod starts empty on the new node.

    How it is decided:
        A hostPath outside the system's own directories is recommended to look at. An emptyDir of a
        StatefulSet without claims, or a safe-to-evict mark, is information: often it is a cache.

    What to do:
        Put the data onto a disk or a share before the move, or make sure that it can be lost.

    Example:
        legacy/Deployment/reports mounts a directory of drive C of the node.
    """

    id = "PSK265"
    name = "local-data-lost"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/ungoverned-pods",)
    pains = ("M10",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the volumes of every workload that moves."""
        seen: set[str] = set()
        for move in context.moves:
            workload = move.workload
            if workload.target in seen or workload.kind == "DaemonSet" or is_shipped(workload):
                continue
            seen.add(workload.target)
            paths = _data_paths(workload)
            empty = _empty_dirs(context, workload)
            if paths:
                yield self._found(
                    workload,
                    Severity.RECOMMENDED,
                    "it keeps data in a directory of the node",
                    tuple(Evidence("spec/volumes/hostPath", p) for p in paths),
                )
            elif empty:
                yield self._found(
                    workload,
                    Severity.INFO,
                    "it is a StatefulSet whose data is in an emptyDir",
                    tuple(Evidence("spec/volumes/emptyDir", name) for name in empty),
                )
            elif workload.template.metadata.annotations.get(_SAFE) == "false":
                yield self._found(
                    workload,
                    Severity.INFO,
                    "its owner marked its pods as not safe to evict",
                    (Evidence(f"annotations/{_SAFE}", "false"),),
                )

    def _found(
        self, workload: WorkloadFacts, severity: Severity, what: str, shown: tuple[Evidence, ...]
    ) -> Finding:
        return self.finding(
            workload.target,
            severity=severity,
            what=f"{what}, which does not move along",
            why="what is on the node stays there and goes with it; the pod starts empty",
            fix="Put the data onto a disk or a share before the move, or make sure that it can be "
            "lost",
            evidence=shown,
        )


def _data_paths(workload: WorkloadFacts) -> tuple[str, ...]:
    spec = workload.template.spec
    if has_host_process(spec):
        return ()
    return tuple(p for p in host_paths(spec) if not _is_system(p))


def _is_system(path: str) -> bool:
    """Whether a path is the system's own, by the ways of Linux or of Windows."""
    if path.startswith("\\\\"):
        return True  # A named pipe holds no data.
    plain = path.replace("\\", "/").lower()
    if plain[1:2] == ":":
        return plain[2:] in ("", "/") or is_under(plain[2:], _WINDOWS_SYSTEM)
    return path == "/" or path.endswith(".sock") or is_under(path, _SYSTEM)


def _empty_dirs(context: Context, workload: WorkloadFacts) -> tuple[str, ...]:
    """The emptyDirs on disk of a StatefulSet that has nothing else to keep data in."""
    kept = workload.claim_templates or context.index.claims_of(workload)
    if workload.kind != "StatefulSet" or kept:
        return ()
    volumes = workload.template.spec.volumes
    return tuple(
        v.name for v in volumes if v.empty_dir is not None and v.empty_dir.get("medium") != "Memory"
    )
