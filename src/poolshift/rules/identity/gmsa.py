"""Who logs on by a group managed service account, as the rules of this area ask for it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poolshift.core.kube import PodSpec
    from poolshift.core.snapshot import WorkloadFacts
    from poolshift.rules.interface import Context

SPECS = "gmsacredentialspecs.windows.k8s.io"
"""What the credential specs are called where they could not be read."""

_NAMED = 10


def spec_names(spec: PodSpec) -> tuple[str, ...]:
    """The credential specs that a pod and its containers name, each once."""
    options = [spec.security_context.windows_options]
    options += [
        c.security_context.windows_options for c in (*spec.init_containers, *spec.containers)
    ]
    names = (o.gmsa_credential_spec_name for o in options)
    return tuple(dict.fromkeys(name for name in names if name))


def users(context: Context) -> dict[str, tuple[str, ...]]:
    """By credential spec: the targets of workloads and other templates that name it."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    holders = [(w.target, w.template.spec) for w in context.snapshot.workloads]
    holders += [(t.target, t.template.spec) for t in context.snapshot.templates]
    for target, spec in holders:
        for name in spec_names(spec):
            found[name].append(target)
    return {name: tuple(targets) for name, targets in sorted(found.items())}


def users_on(context: Context, pool: str) -> dict[str, tuple[WorkloadFacts, ...]]:
    """By credential spec: the workloads with pods on a pool that name it."""
    found: defaultdict[str, list[WorkloadFacts]] = defaultdict(list)
    for workload in context.snapshot.workloads:
        if pool in workload.pools:
            for name in spec_names(workload.template.spec):
                found[name].append(workload)
    return {name: tuple(items) for name, items in sorted(found.items())}


def is_enabled(context: Context) -> bool:
    """Whether the cluster's gMSA profile is on."""
    windows = context.snapshot.cluster.windows
    profile = windows.gmsa_profile if windows else None
    return bool(profile and profile.enabled)


def some(targets: tuple[str, ...]) -> str:
    """Targets for a piece of evidence; of very many the first, and how many more."""
    rest = len(targets) - _NAMED
    shown = ", ".join(targets[:_NAMED])
    return f"{shown} and {rest} more" if rest > 0 else shown
