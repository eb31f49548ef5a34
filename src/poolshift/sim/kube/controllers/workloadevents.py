"""What controllers of workloads tell of the pods and sets that they make, scale and take away."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.objects import Object

# Since when a Deployment's event says first what was, then what is: `from 0 to 3`.
_FROM_FIRST_SINCE = (1, 31)


class WorkloadEvents:
    """The events of one controller about its workloads."""

    def __init__(self, ctx: Context, recorder: Recorder, source: str) -> None:
        self._version = ctx.version
        self._recorder = recorder
        self._source = source

    def created(self, owner: Object, pod: Object) -> None:
        """A pod was made."""
        self._tell(owner, "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}")

    def deleted(self, owner: Object, pod: Object) -> None:
        """A pod was taken away."""
        self._tell(owner, "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")

    def numbered(self, owner: Object, verb: str, pod: str) -> None:
        """A pod of a StatefulSet was made (`create`) or taken away (`delete`)."""
        name = owner["metadata"]["name"]
        text = f"{verb} Pod {pod} in StatefulSet {name} successful"
        self._tell(owner, f"Successful{verb.capitalize()}", text)

    def claimed(self, owner: Object, claim: str, pod: str) -> None:
        """A claim of a StatefulSet's pod was made."""
        name = owner["metadata"]["name"]
        text = f"create Claim {claim} Pod {pod} in StatefulSet {name} success"
        self._tell(owner, "SuccessfulCreate", text)

    def scaled(self, deployment: Object, replica_set: str, before: int, now: int) -> None:
        """A Deployment changed the size of a set, or made one of that size."""
        way = "up" if now > before else "down"
        text = f"Scaled {way} replica set {replica_set}"
        if self._version >= _FROM_FIRST_SINCE:
            text = f"{text} from {before} to {now}"
        else:
            text = f"{text} to {now} from {before}" if before else f"{text} to {now}"
        self._tell(deployment, "ScalingReplicaSet", text)

    def _tell(self, owner: Object, reason: str, message: str) -> None:
        self._recorder.record(
            owner, type_="Normal", reason=reason, message=message, source=self._source
        )
