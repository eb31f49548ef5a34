"""What is remembered of a Deployment, so that one that is through costs a look and no more."""

from __future__ import annotations

from poolshift.semantics.rollout import Pace
from poolshift.sim.kube.objects import Object, annotations_of

HASH = "pod-template-hash"
# The specs and annotations of a Deployment and its sets: all that a step goes by once the rollout
# is through.
Request = tuple[tuple[Object, Object], ...]


class Known:
    """What was worked out about a Deployment, while what it was worked out from stays."""

    __slots__ = ("alikes", "pace", "request", "spec")

    def __init__(self) -> None:
        self.request: Request | None = None
        self.spec: Object | None = None
        self.pace = Pace(surge=1, unavailable=0)
        self.alikes: dict[str, tuple[Object, Object, bool]] = {}

    def settled(self, deployment: Object, new: Object | None, old: list[Object]) -> bool:
        """Whether nothing was left to do for this very request, the last time."""
        known = self.request
        if known is None or len(known) != len(old) + (2 if new else 1):
            return False
        for (spec, notes), obj in zip(known, (deployment, *old, new), strict=False):
            if obj is not None and not (obj["spec"] is spec and annotations_of(obj) is notes):
                return False
        return True

    def alike(self, deployment: Object, rs: Object) -> bool:
        """Whether a set runs the Deployment's template."""
        mine, its = deployment["spec"]["template"], rs["spec"]["template"]
        uid = rs["metadata"]["uid"]
        known = self.alikes.get(uid)
        if known is None or known[0] is not mine or known[1] is not its:
            same = bare_template(rs) == bare_template(deployment)
            known = self.alikes[uid] = (mine, its, same)
        return known[2]


def request_of(deployment: Object, new: Object | None, old: list[Object]) -> Request:
    """What is asked for now."""
    return tuple(
        (obj["spec"], annotations_of(obj)) for obj in (deployment, *old, new) if obj is not None
    )


def same_request(one: Object, other: Object) -> bool:
    """Whether two versions of an object ask for the same."""
    return one["spec"] is other["spec"] and annotations_of(one) is annotations_of(other)


def complete(deployment: Object, new: Object | None, old: list[Object]) -> bool:
    """Whether all that is asked for is asked of the newest set alone."""
    wanted = deployment["spec"]["replicas"]
    return (
        new is not None
        and new["spec"]["replicas"] == wanted
        and not any(rs["spec"]["replicas"] for rs in old)
    )


def bare_template(owner: Object) -> Object:
    """A template without the hash label that tells ReplicaSets apart."""
    template: Object = owner["spec"]["template"]
    meta = template.get("metadata") or {}
    labels = {k: v for k, v in (meta.get("labels") or {}).items() if k != HASH}
    return {**template, "metadata": {**meta, "labels": labels}}
