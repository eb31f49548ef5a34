"""Small readings and rewritings of Kubernetes objects as JSON dicts.

A stored object is never changed: a new version is a new dict that shares what did not change.
"""

from __future__ import annotations

import zlib
from operator import is_
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.kube.podobjects import FINISHED, PodObject, controller_in

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable

    from poolshift.sim.kube.openapi.sound import Sound

Object = dict[str, Any]
Key = tuple[str, str]

# The letters of Kubernetes' generated names: no vowels, so that no words come up.
ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
SUFFIX_LENGTH = 5
# The bits of a UUID that say that it is random: its version and its variant.
_UUID_MASK = (0xF << 76) | (0x3 << 62)
_UUID_4 = (0x4 << 76) | (0x2 << 62)
PRUNED = "without nulls"
_PLAIN = frozenset({str, int, bool})


class Identities:
    """Ids and name suffixes from one seeded source."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def uid(self) -> str:
        """A random UUID."""
        bits = self._rng.getrandbits(128)
        # What uuid.UUID(int=bits, version=4) makes of them, at a fifth of its time.
        text = f"{bits & ~_UUID_MASK | _UUID_4:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def suffix(self) -> str:
        """Five random letters, as generateName adds them."""
        return "".join(self._rng.choices(ALPHABET, k=SUFFIX_LENGTH))


def key_of(obj: Object) -> Key:
    """Namespace (empty for cluster scope) and name."""
    if isinstance(obj, PodObject):
        return obj.key
    meta = obj["metadata"]
    return meta.get("namespace", ""), meta["name"]


def labels_of(obj: Object) -> dict[str, str]:
    """Labels, never None."""
    if isinstance(obj, PodObject):
        return obj.labels
    return obj["metadata"].get("labels") or {}


def annotations_of(obj: Object) -> dict[str, str]:
    """Annotations, never None."""
    return obj["metadata"].get("annotations") or {}


def terminating(obj: Object) -> bool:
    """Whether deletion has begun."""
    if isinstance(obj, PodObject):
        return obj.terminating
    return obj["metadata"].get("deletionTimestamp") is not None


def finished(pod: Object) -> bool:
    """Whether a pod has run to its end."""
    if isinstance(pod, PodObject):
        return pod.finished
    return pod.get("status", {}).get("phase") in FINISHED


def node_of(pod: Object) -> str:
    """The node that a pod is bound to, empty when it is not."""
    if isinstance(pod, PodObject):
        return pod.node
    name: str = pod["spec"].get("nodeName", "")
    return name


def controller_ref(obj: Object) -> Object | None:
    """The owner that controls an object."""
    return obj.owner if isinstance(obj, PodObject) else controller_in(obj["metadata"])


def owner_reference(owner: Object) -> Object:
    """The reference that a controller puts on what it makes."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def condition_of(obj: Object, type_: str) -> Object | None:
    """The condition of that type."""
    for condition in obj.get("status", {}).get("conditions") or ():
        if condition.get("type") == type_:
            found: Object = condition
            return found
    return None


def ready(obj: Object) -> bool:
    """Whether condition Ready is True."""
    return obj.ready if isinstance(obj, PodObject) else _is_ready(obj)


def _is_ready(obj: Object) -> bool:
    found = condition_of(obj, "Ready")
    return found is not None and found.get("status") == "True"


def serving(pod: Object) -> bool:
    """Whether a pod is ready and stays: a terminating pod takes no more work."""
    return ready(pod) and not terminating(pod)


def with_meta(obj: Object, **changes: Any) -> Object:
    """The object with metadata fields set; None takes a field away."""
    return {**obj, "metadata": _changed(obj["metadata"], changes)}


def with_spec(obj: Object, **changes: Any) -> Object:
    """The object with spec fields set; None takes a field away."""
    return {**obj, "spec": _changed(obj["spec"], changes)}


def with_status(obj: Object, **changes: Any) -> Object:
    """The object with status fields set; None takes a field away."""
    return {**obj, "status": _changed(obj.get("status", {}), changes)}


def _changed(fields: Object, changes: Object) -> Object:
    """Fields with changes, without those that are set to None."""
    changed = {**fields, **changes}
    if None in changes.values():
        return {name: value for name, value in changed.items() if value is not None}
    return changed


def with_condition(obj: Object, condition: Object, now: str) -> Object:
    """The object with a condition set; its transition time moves only when its status does."""
    return with_conditions(obj, (condition,), now)


def with_conditions(obj: Object, conditions: Iterable[Object], now: str, **changes: Any) -> Object:
    """The object with several conditions and other status fields set at once."""
    status = obj.get("status", {})
    known: dict[str, Object] = {c["type"]: c for c in status.get("conditions") or ()}
    for condition in conditions:
        old = known.get(condition["type"])
        same = old is not None and old["status"] == condition["status"]
        since = old.get("lastTransitionTime", now) if old is not None and same else now
        known[condition["type"]] = {**condition, "lastTransitionTime": since}
    return {**obj, "status": _changed(status, {**changes, "conditions": list(known.values())})}


def template_hash(template: Object, collisions: int = 0) -> str:
    """A pod template's hash, written in the letters of generated names.

    Each time that its name was found taken counts as a collision, and gives another one.
    """
    code = zlib.crc32(msgspec.json.encode(template, order="deterministic"))
    if collisions:
        code = zlib.crc32(str(collisions).encode(), code)
    return "".join(ALPHABET[ord(digit) % len(ALPHABET)] for digit in str(code))


def pruned(value: Any, sound: Sound | None = None) -> Any:
    """The value without nulls, as the server stores it; the very same where it has none.

    `sound` holds the parts that are known to have none.
    """
    if isinstance(value, dict):
        if sound is not None and sound.has(value, PRUNED):
            return value
        fields = {
            k: v if type(v) in _PLAIN else pruned(v, sound)
            for k, v in value.items()
            if v is not None
        }
        if len(fields) < len(value) or not all(map(is_, fields.values(), value.values())):
            return fields
        if sound is not None:
            sound.note(value, PRUNED)
        return value
    if isinstance(value, list):
        items = [pruned(v, sound) for v in value]
        return value if all(map(is_, items, value)) else items
    return value


def qualified_name(obj: Object) -> str:
    """`NAMESPACE/KIND/NAME`, as the trace names a workload."""
    namespace, name = key_of(obj)
    return f"{namespace}/{obj['kind']}/{name}"
