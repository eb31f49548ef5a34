"""PSW167: runtimes that may misread their memory limit, on nodes that come to cgroup v2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.guest.crossing import changes_at
from poolshift.rules.images.uses import is_shipped
from poolshift.rules.interface import Rule
from poolshift.semantics.hints import DOTNET, JAVA, NODE_JS, hints_of_image, major_in_tag, runs
from poolshift.semantics.hops import hops_of, way
from poolshift.semantics.host import containers_of, host_paths, is_under

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.catalog.model.os_changes import OsChange
    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.kube import Container, PodSpec
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context

_AZURE_LINUX, _UBUNTU = "azl3-cgroup-v2", "u2404-cgroup"
_RUNTIMES = {JAVA: "Java", DOTNET: ".NET", NODE_JS: "Node.js"}
_CGROUPS = ("/sys/fs/cgroup",)


class CgroupV2(Rule):
    """A workload's runtime reads its memory limit, and the new nodes show it elsewhere.

    What it finds:
        A workload on Java, .NET or Node.js, or one that mounts the node's cgroups, on a Linux
        pool that comes from cgroup v1 to v2 with the move.

    Why it matters:
        Old versions of these runtimes know only v1. On v2 they see the memory of the whole node
        as theirs, grow beyond the pod's limit and are killed. Old agents find no files to read.

    How it is decided:
        By hints of commands and image names, and where the move brings v2: from Azure Linux 2.0
        at the Kubernetes minors that the catalog names, or from an Ubuntu before the one that
        brought it. An image of the runtime's own name whose tag begins with a version that knows
        v2 is left out; else the version is in no snapshot.

    What to do:
        Take a version of the runtime that knows v2, or set its heap by hand; watch one canary
        pod for each runtime for OOMKilled.

    Example:
        An image openjdk:8 on an AzureLinux pool at Kubernetes 1.28.
    """

    id = "PSW167"
    name = "cgroup-v2"
    severity = Severity.RECOMMENDED
    sources = tuple(f"os_changes/changes/{c}" for c in (_AZURE_LINUX, _UBUNTU))
    pains = ("B27",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the runtimes of every workload whose pool comes to v2."""
        brought = {(p.name, to): _brought(context, p, to) for p, to in context.moving}
        known = context.catalog.os_change(_AZURE_LINUX).detect
        fitting = context.catalog.os_change(_AZURE_LINUX).fits_from
        for move in context.moves:
            change = brought[move.pool.name, move.to]
            if change is None or is_shipped(move.workload):
                continue
            for what, shown in _shown(move.workload.template.spec, fitting):
                yield self.finding(
                    move.workload.target,
                    what=f"{what}, and {move.to} nodes have cgroup v2",
                    why="versions that know cgroup v1 only see the whole node's memory as theirs, "
                    "and are killed at the pod's limit",
                    fix="Make sure that its version knows cgroup v2, or set its heap by hand; "
                    "watch one canary pod for OOMKilled: kubectl get pods -o wide",
                    evidence=(shown, Evidence(f"catalog/os_changes/{change.id}", known)),
                )


def _brought(context: Context, pool: PoolFacts, to: str) -> OsChange | None:
    """The change that brings cgroup v2 to a pool's workloads; None without one."""
    catalog = context.catalog
    if pool.os_type != "Linux":
        return None
    held = changes_at(context, pool, hops_of(pool, to, catalog), (_AZURE_LINUX,))
    if held:
        return held[0]
    # The Ubuntu that brought v2 is where its record's hop begins.
    ubuntu = catalog.os_change(_UBUNTU)
    first = next(h.from_ for h in catalog.os_changes.hops if h.id == ubuntu.hop)
    return ubuntu if first in way(pool, to, catalog)[1:] else None


def _shown(spec: PodSpec, fitting: dict[str, int]) -> Iterator[tuple[str, Evidence]]:
    """What of a pod reads cgroups, in words and where it was seen, once for each runtime."""
    seen: set[str] = set()
    for container in containers_of(spec):
        for hint, name in _RUNTIMES.items():
            if hint in seen or not runs(container, hint) or _copes(container, hint, fitting):
                continue
            seen.add(hint)
            yield f"it runs {name}", Evidence(f"spec/containers/{container.name}", container.image)
    for path in host_paths(spec):
        if is_under(path, _CGROUPS):
            yield "it mounts the node's cgroups", Evidence("spec/volumes/hostPath", path)
            return


def _copes(container: Container, hint: str, fitting: dict[str, int]) -> bool:
    """Whether an image of the runtime's own name states a version that knows v2."""
    major = major_in_tag(container.image) if hint in hints_of_image(container.image) else None
    return major is not None and major >= fitting[hint]
