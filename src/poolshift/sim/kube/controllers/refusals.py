"""What a controller does when the server refuses its pods: an event, and ever longer waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube.controllers.queue import pause_s
from poolshift.sim.kube.objects import condition_of, key_of, with_condition, with_status

if TYPE_CHECKING:
    from poolshift.core.errors import ApiError
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.controllers.queue import WorkQueue
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.objects import Key, Object


class Refusals:
    """Refused creations by owner."""

    def __init__(self, ctx: Context, recorder: Recorder, source: str) -> None:
        self._ctx = ctx
        self._recorder = recorder
        self._source = source
        self._counts: dict[Key, int] = {}
        self._messages: dict[Key, str] = {}

    def note(
        self, queue: WorkQueue, key: Key, owner: Object, refused: ApiError, *, about: str = ""
    ) -> None:
        """Tell of a refusal and come back to the owner later.

        Args:
            queue: where the owner is looked at again.
            key: the owner's.
            owner: who wanted something made.
            refused: what the server answered.
            about: the name of what was refused, where it is known beforehand.
        """
        count = self._counts.get(key, 0)
        self._counts[key] = count + 1
        self._messages[key] = refused.message
        reason, message = _told(owner, refused, about)
        self._recorder.record(
            owner, type_="Warning", reason=reason, message=message, source=self._source
        )
        wait_s = pause_s(count)
        # A retry is nothing that a jumping clock waits for.
        queue.add_after(key, wait_s, periodic=True)

    def clear(self, key: Key) -> None:
        """Everything was created: the next refusal starts from the shortest wait."""
        if self._counts:
            self._counts.pop(key, None)
            self._messages.pop(key, None)

    def told(self, key: Key, owner: Object) -> Object:
        """The owner with the ReplicaFailure condition while its pods are refused, else without.

        The first message stays: one that changed with every try would itself cause the next try.
        """
        message = self._messages.get(key)
        if message is None:
            known = owner["status"].get("conditions")
            return with_status(owner, conditions=None) if known else owner
        if condition_of(owner, "ReplicaFailure") is not None:
            return owner
        failure = {
            "type": "ReplicaFailure",
            "status": "True",
            "reason": "FailedCreate",
            "message": message,
        }
        return with_condition(owner, failure, self._ctx.now())


def _told(owner: Object, refused: ApiError, about: str) -> tuple[str, str]:
    """Reason and text of the event, which differ by the kind of the owner."""
    details = refused.details if isinstance(refused.details, dict) else {}
    if owner["kind"] == "Deployment":
        name = about or details.get("name", "")
        said = f'Failed to create new replica set "{name}": {refused.message}'
        return "ReplicaSetCreateError", said
    if owner["kind"] == "StatefulSet":
        name = owner["metadata"]["name"]
        said = f"create Pod {about} in StatefulSet {name} failed error: {refused.message}"
        return "FailedCreate", said
    if owner["kind"] == "Service":
        named = "/".join(key_of(owner))
        said = (
            f"Error updating Endpoint Slices for Service {named}: failed to create EndpointSlice "
            f"for Service {named}: {refused.message}"
        )
        return "FailedToUpdateEndpointSlices", said
    return "FailedCreate", f"Error creating: {refused.message}"
