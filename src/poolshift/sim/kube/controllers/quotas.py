"""ResourceQuotas and LimitRanges: what a namespace takes, and how much of it is used.

Use is kept by the writes to the store, so that an admission costs the same in a namespace of any
size; a namespace without either costs nothing.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from poolshift.sim.kube import errors, limitranges
from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.objects import Key, Object, key_of, terminating, with_status
from poolshift.sim.kube.quotausage import (
    Amounts,
    counts,
    listed,
    read_amount,
    unstated,
    usage_of,
    write_amount,
)
from poolshift.sim.kube.resources import KINDS, LIMIT_RANGES, PODS, QUOTAS

if TYPE_CHECKING:
    from poolshift.core.errors import ApiError
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.resources import Kind
    from poolshift.sim.kube.store import Change

BY = "controller:resource-quota"
_NEVER_COUNTED = ("Event", "Lease")


class Quotas:
    """Admits objects to namespaces that have rules, and keeps the quotas' status."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._used: dict[Key, Amounts] = {}
        self._by_namespace: dict[str, dict[Key, None]] = {}
        self._listening = False
        self.queue = WorkQueue(ctx, ctx.timings.budget_s, self._sync)
        ctx.store.listen(QUOTAS, self._quota)
        ctx.store.listen(LIMIT_RANGES, self._range)

    def _range(self, change: Change) -> None:
        self._guard(change.obj["metadata"]["namespace"])

    def _quota(self, change: Change) -> None:
        key = key_of(change.obj)
        keys = self._by_namespace.setdefault(key[0], {})
        if change.type == "DELETED":
            keys.pop(key, None)
            self._used.pop(key, None)
            if not keys:
                del self._by_namespace[key[0]]
        elif change.prev is None or change.prev["spec"] != change.obj["spec"]:
            self._listen()
            keys[key] = None
            self._used[key] = self._count(change.obj)
            self.queue.add(key)
        self._guard(key[0])

    def _guard(self, namespace: str) -> None:
        """Ask at admission exactly where there is something to ask."""
        ruled = namespace in self._by_namespace or any(self._ranges(namespace))
        if ruled:
            self._ctx.admitters[namespace] = self._admit
        else:
            self._ctx.admitters.pop(namespace, None)

    def _ranges(self, namespace: str) -> list[Object]:
        return list(self._ctx.store.all(LIMIT_RANGES, namespace))

    def _listen(self) -> None:
        """Follow every countable write, from the first quota on."""
        if self._listening:
            return
        self._listening = True
        for kind in KINDS:
            if kind.namespaced and kind.kind not in _NEVER_COUNTED:
                self._ctx.store.listen(kind, partial(self._object, kind))

    def _count(self, quota: Object) -> Amounts:
        """What everything that is there uses of a new quota."""
        total: Amounts = {}
        for kind in KINDS:
            if kind.namespaced and kind.kind not in _NEVER_COUNTED:
                for obj in self._ctx.store.all(kind, quota["metadata"]["namespace"]):
                    _add(total, self._share(quota, kind, obj), 1)
        return total

    def _share(self, quota: Object, kind: Kind, obj: Object) -> Amounts:
        """What an object uses of the resources that a quota bounds."""
        if not counts(quota, kind, obj):
            return {}
        hard = quota["spec"].get("hard") or {}
        return {name: value for name, value in usage_of(kind, obj).items() if name in hard}

    def _object(self, kind: Kind, change: Change) -> None:
        meta = change.obj["metadata"]
        for key in self._by_namespace.get(meta["namespace"], ()):
            quota = self._ctx.store.find(QUOTAS, *key)
            if quota is None or (kind is QUOTAS and change.prev is not None):
                continue
            before = change.obj if change.type == "DELETED" else change.prev
            old = self._share(quota, kind, before) if before else {}
            new = self._share(quota, kind, change.obj) if change.type != "DELETED" else {}
            if old != new:
                _add(self._used[key], old, -1)
                _add(self._used[key], new, 1)
                self.queue.add(key)

    def _admit(self, kind: Kind, obj: Object) -> Object:
        """The object as its namespace takes it; raises the server's 403."""
        namespace = obj["metadata"]["namespace"]
        if kind is PODS:
            ranges = self._ranges(namespace)
            obj = limitranges.filled(obj, ranges)
            wrong = limitranges.problems(obj, ranges)
            if wrong:
                raise _forbidden(
                    kind, obj, wrong[0] if len(wrong) == 1 else f"[{', '.join(wrong)}]"
                )
        for key in sorted(self._by_namespace.get(namespace, ())):
            quota = self._ctx.store.find(QUOTAS, *key)
            if quota is not None and not terminating(quota):
                self._check(quota, kind, obj)
        return obj

    def _check(self, quota: Object, kind: Kind, obj: Object) -> None:
        name = quota["metadata"]["name"]
        if not counts(quota, kind, obj):
            return
        if kind is PODS and (lacking := unstated(quota, obj["spec"])):
            raise _forbidden(kind, obj, f"failed quota: {name}: must specify {lacking}")
        hard = quota["spec"].get("hard") or {}
        asked, used = self._share(quota, kind, obj), self._used[key_of(quota)]
        over = [
            resource
            for resource, value in asked.items()
            if value and used.get(resource, 0) + value > read_amount(resource, hard[resource])
        ]
        if over:
            wanted = {r: write_amount(r, asked[r]) for r in over}
            taken = {r: write_amount(r, used.get(r, 0)) for r in over}
            limits = {r: str(hard[r]) for r in over}
            text = (
                f"exceeded quota: {name}, requested: {listed(wanted, over)}, "
                f"used: {listed(taken, over)}, limited: {listed(limits, over)}"
            )
            raise _forbidden(kind, obj, text)

    def _sync(self, key: Key) -> None:
        quota = self._ctx.store.find(QUOTAS, *key)
        if quota is None:
            return
        hard = {name: str(text) for name, text in (quota["spec"].get("hard") or {}).items()}
        used = {name: write_amount(name, self._used[key].get(name, 0)) for name in hard}
        self._ctx.store.update(QUOTAS, with_status(quota, hard=hard, used=used), by=BY)


def _add(total: Amounts, more: Amounts, sign: int) -> None:
    for name, value in more.items():
        total[name] = total.get(name, 0) + sign * value


def _forbidden(kind: Kind, obj: Object, why: str) -> ApiError:
    name = obj["metadata"]["name"]
    message = f'{errors.qualified(kind)} "{name}" is forbidden: {why}'
    return errors.failure(403, "Forbidden", message, errors.details_of(kind, name))
