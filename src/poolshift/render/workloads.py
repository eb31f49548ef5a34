"""The workloads that move, with the patches that move them and take them back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from poolshift.core.errors import UsageError
from poolshift.core.marks import GUARD_KEY, HOLD_DEADLINE_S, HOLD_READY_S
from poolshift.core.plan import Guard, Move
from poolshift.render.names import file_stem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.plan import Plan, PlanWorkload

GUARD_TOLERATION = {
    "key": GUARD_KEY,
    "operator": "Equal",
    "value": "green",
    "effect": "NoSchedule",
}
PATCHES, MANIFESTS = "patches", "manifests"


@dataclass(frozen=True)
class Moved:
    """A workload of the plan, taken apart, and the names of its files (empty without one).

    Attributes:
        planned: the plan's own word on it.
        number: from 1, in the order of the plan; part of the names of variables.
        namespace: first part of its target.
        kind: second part of its target.
        name: third part of its target.
        patch: the strategic merge patch of its template.
        held: the same, which also holds the rollout after its first new pods.
        back: the patch that takes the template back.
        manifest: the user's own file, rewritten.
        waits: whether its owner changes it.
    """

    planned: PlanWorkload
    number: int
    namespace: str
    kind: str
    name: str
    patch: str = ""
    held: str = ""
    back: str = ""
    manifest: str = ""
    waits: bool = False

    @property
    def target(self) -> str:
        """The plan's name for it."""
        return self.planned.target

    @property
    def retargeted(self) -> bool:
        """Whether its template changes, by whomever."""
        return bool(self.patch)


def moved_workloads(plan: Plan) -> dict[str, Moved]:
    """Every workload that moves, by target.

    Raises:
        UsageError: the plan does not say which containers an image belongs to.
    """
    moving = [w for w in plan.workloads if w.move is not Move.STAY]
    return {w.target: _moved(w, number) for number, w in enumerate(moving, start=1)}


def _moved(planned: PlanWorkload, number: int) -> Moved:
    namespace, kind, name = _parts(planned.target)
    if planned.move is Move.DRAIN:
        return Moved(planned, number, namespace, kind, name)
    _check_containers(planned)
    stem = file_stem(planned.target)
    return Moved(
        planned,
        number,
        namespace,
        kind,
        name,
        patch=f"{PATCHES}/{stem}.json",
        held=f"{PATCHES}/{stem}.held.json" if kind == "Deployment" else "",
        back=f"{PATCHES}/{stem}.back.json",
        manifest=f"{MANIFESTS}/{stem}.yaml" if planned.manifest else "",
        waits=planned.move is Move.WAIT_FOR_OWNER,
    )


def _parts(target: str) -> tuple[str, str, str]:
    parts = target.split("/")
    # A kind is a word of the API; anything else never came from a cluster.
    if len(parts) != 3 or not all(parts) or not (parts[1].isascii() and parts[1].isalnum()):
        raise UsageError(
            f"the plan names a workload {target!r}",
            why="a workload is NAMESPACE/KIND/NAME",
            fix="Make a new one with: poolshift plan --to SKU --out PLAN",
            code="PSE120",
        )
    return parts[0], parts[1], parts[2]


def _check_containers(planned: PlanWorkload) -> None:
    for change in planned.images:
        if not (change.containers or change.init_containers):
            raise UsageError(
                f"the plan does not say which containers of {planned.target} run {change.old}",
                why="it was made by an earlier version of poolshift",
                fix="Make a new one with: poolshift plan --to SKU --out PLAN",
                code="PSE125",
            )


def workload_files(plan: Plan, moved: Moved) -> Iterator[tuple[str, str]]:
    """Name and text of each file of a workload."""
    if not moved.patch:
        return
    strict = plan.pool(moved.planned.pool).guard is Guard.STRICT
    patch = forward_patch(moved.planned, strict=strict)
    yield moved.patch, json_text(patch)
    if moved.held:
        yield moved.held, json_text(held_patch(patch))
    yield moved.back, json_text(back_patch(moved.planned, strict=strict))
    if moved.manifest:
        text = moved.planned.manifest
        yield moved.manifest, text if text.endswith("\n") else text + "\n"


def json_text(value: Any) -> str:
    """JSON as a file that people read; names stay as they are."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def forward_patch(planned: PlanWorkload, *, strict: bool) -> dict[str, Any]:
    """What changes in the template: nodeSelector, images, and a strict guard's toleration."""
    pod: dict[str, Any] = {}
    if planned.selector:
        pod["nodeSelector"] = dict(planned.selector)
    pod |= _images(planned, forward=True)
    if strict and _needs_toleration(planned):
        # The list is atomic in a strategic merge: what was there is sent along.
        pod["tolerations"] = [*(dict(t) for t in planned.tolerations), GUARD_TOLERATION]
    return {"spec": {"template": {"spec": pod}}}


def back_patch(planned: PlanWorkload, *, strict: bool) -> dict[str, Any]:
    """What puts the template back: null takes away what was not there before."""
    pod: dict[str, Any] = {}
    if planned.selector:
        pod["nodeSelector"] = {k: planned.old_selector.get(k) for k in planned.selector}
    pod |= _images(planned, forward=False)
    if strict and _needs_toleration(planned):
        pod["tolerations"] = [dict(t) for t in planned.tolerations] or None
    return {"spec": {"template": {"spec": pod}}}


def held_patch(patch: dict[str, Any]) -> dict[str, Any]:
    """The same change, held after its first new pods.

    Both must come in one patch: a hold that comes first makes the pods that run now count as not
    yet available. And it is not `paused`: a controller paused between two of its steps fills up to
    its surge with pods of the old template.
    """
    spec = {"minReadySeconds": HOLD_READY_S, "progressDeadlineSeconds": HOLD_DEADLINE_S}
    return {"spec": {**spec, **patch["spec"]}}


def _needs_toleration(planned: PlanWorkload) -> bool:
    return GUARD_KEY not in {t.get("key") for t in planned.tolerations}


def _images(planned: PlanWorkload, *, forward: bool) -> dict[str, Any]:
    changes = planned.images
    fields = {
        "containers": [(c.containers, c) for c in changes],
        "initContainers": [(c.init_containers, c) for c in changes],
    }
    found: dict[str, Any] = {}
    for field, used in fields.items():
        images = [
            {"name": name, "image": change.new if forward else change.old}
            for names, change in used
            for name in names
        ]
        if images:
            found[field] = images
    return found
