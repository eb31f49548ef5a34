"""What must hold of every answer and of the world after any number of requests."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from tests.sim.kube.fuzz.subjects import QUIET

from poolshift.sim.kube import tables
from poolshift.sim.kube.resources import KINDS, Kind
from poolshift.sim.kube.selection import Selection

if TYPE_CHECKING:
    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.world import KubeWorld

# The real server's own 500s: by design, word by word.
_BY_DESIGN = (
    re.compile(r"This pod has more than one PodDisruptionBudget, which the eviction subresource"),
    re.compile(r'Get "https://.*/containerLogs/.*": dial tcp .*: connect: connection refused'),
    re.compile(r"failed to create typed patch object .*field not declared in schema", re.S),
)
_MOST_PAGED = 32
# Kinds whose objects come from requests alone.
_SENT_ALONE = ("secrets", "poddisruptionbudgets", "priorityclasses", "storageclasses")
_PLAIN = {404: b"404 page not found\n"}


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    content: bytes


def objection(answer: Answer) -> str:
    """What is wrong with an answer, empty when nothing is."""
    if answer.status >= 500:
        return _excused(answer)
    if answer.status >= 400:
        return _misformed(answer)
    media = answer.headers.get("content-type", "")
    if answer.content and media.startswith("application/json"):
        try:
            for line in answer.content.decode().splitlines():
                json.loads(line)
        except ValueError as cause:
            return f"success with a body that is no JSON: {cause}"
    return ""


def _excused(answer: Answer) -> str:
    found = _misformed(answer)
    if found:
        return found
    message = json.loads(answer.content)["message"]
    if answer.status == 500 and any(known.match(message) for known in _BY_DESIGN):
        return ""
    if answer.status == 504 and message.startswith("Timeout: Too large resource version"):
        return ""
    if answer.status == 501 and message.endswith("is not simulated"):
        return ""
    return f"{answer.status}: {message[:200]}"


def _misformed(answer: Answer) -> str:
    """Why an error's body is no Status."""
    if answer.headers.get("content-type", "").startswith("text/plain"):
        expected = _PLAIN.get(answer.status)
        return "" if answer.content == expected else f"plain {answer.status}"
    try:
        body = json.loads(answer.content)
    except ValueError:
        return f"{answer.status} with a body that is no JSON: {answer.content[:80]!r}"
    well = (
        isinstance(body, dict)
        and (body.get("kind"), body.get("apiVersion")) == ("Status", "v1")
        and body.get("status") == "Failure"
        and body.get("code") == answer.status
        and isinstance(body.get("message"), str)
        and body["message"]
        and isinstance(body.get("details", {}), dict)
        and all(_cause_is_well(cause) for cause in body.get("details", {}).get("causes", ()))
    )
    return "" if well else f"{answer.status} whose Status is misformed: {answer.content[:200]!r}"


def _cause_is_well(cause: Any) -> bool:
    return isinstance(cause, dict) and isinstance(cause.get("message"), str)


def untouched(world: KubeWorld) -> dict[str, Object]:
    """The objects of the namespace that no request names."""
    found = {}
    for kind in KINDS:
        for obj in world.store.all(kind, QUIET):
            found[f"{kind.plural}/{obj['metadata']['name']}"] = obj
    return found


def check_world(world: KubeWorld) -> None:
    """Everything stored decodes, lists and prints; time goes on; nothing piles up."""
    world.clock.run_until(world.clock.t + 45)
    for kind in KINDS:
        if "list" in kind.verbs:
            _check_kind(world, kind)
    _check_caches(world)


def _check_kind(world: KubeWorld, kind: Kind) -> None:
    page = world.api.list(kind, Selection(kind))
    for obj in page.items:
        if kind.typed is not None:
            msgspec.convert(obj, kind.typed)
        namespace = obj["metadata"].get("namespace", "")
        assert world.api.get(kind, namespace, obj["metadata"]["name"]) is obj
    shown = tables.table(kind, page.items, page.metadata(), world.clock.moment())
    assert len(shown["rows"]) == len(page.items)
    msgspec.json.encode([shown, page.body(kind)])


def _check_caches(world: KubeWorld) -> None:
    assert len(world.api._pager._kept) <= _MOST_PAGED


def sent_alone(world: KubeWorld) -> int:
    """How many objects there are of kinds that no controller makes."""
    return sum(
        len(world.store.collection(kind).items) for kind in KINDS if kind.plural in _SENT_ALONE
    )
