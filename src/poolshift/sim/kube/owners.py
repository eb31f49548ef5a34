"""Who a pod belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube.objects import controller_ref
from poolshift.sim.kube.resources import JOBS, REPLICA_SETS

if TYPE_CHECKING:
    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.store import Store

_BETWEEN = {"ReplicaSet": REPLICA_SETS, "Job": JOBS}


def workload_of(store: Store, pod: Object) -> str | None:
    """`NAMESPACE/KIND/NAME` of a pod's top owner; None for a bare pod."""
    ref = controller_ref(pod)
    if ref is None:
        return None
    namespace = pod["metadata"]["namespace"]
    between = _BETWEEN.get(ref["kind"])
    if between is not None:
        owner = store.find(between, namespace, ref["name"])
        ref = (controller_ref(owner) if owner else None) or ref
    return f"{namespace}/{ref['kind']}/{ref['name']}"
