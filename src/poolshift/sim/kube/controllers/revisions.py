"""ControllerRevisions: the templates that a StatefulSet or DaemonSet had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube import admission
from poolshift.sim.kube.objects import Object, owner_reference, template_hash, with_meta
from poolshift.sim.kube.resources import REVISIONS

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.deletion import Deleter


class Revisions:
    """Keeps one ControllerRevision a template, numbered in the order of use."""

    def __init__(self, ctx: Context, deleter: Deleter, by: str) -> None:
        self._ctx = ctx
        self._deleter = deleter
        self._by = by
        self._current: dict[str, tuple[int, str]] = {}

    def current(self, owner: Object) -> str:
        """The hash of the present template; its revision is made, or becomes the newest."""
        meta = owner["metadata"]
        known = self._current.get(meta["uid"])
        if known is not None and known[0] == meta["generation"]:
            return known[1]
        code = template_hash(owner["spec"]["template"])
        self._ensure(owner, code)
        self._current[meta["uid"]] = (meta["generation"], code)
        return code

    def forget(self, owner: Object) -> None:
        """The owner is gone."""
        self._current.pop(owner["metadata"]["uid"], None)

    def _ensure(self, owner: Object, code: str) -> None:
        namespace, name = owner["metadata"]["namespace"], f"{owner['metadata']['name']}-{code}"
        found = self._ctx.store.find(REVISIONS, namespace, name)
        others = self._ctx.owners.owned(owner["metadata"]["uid"], REVISIONS)
        newest = max((r["revision"] for r in others), default=0)
        if found is None:
            body = {
                "metadata": {
                    "name": name,
                    "labels": dict(owner["spec"]["template"]["metadata"].get("labels") or {}),
                    "ownerReferences": [owner_reference(owner)],
                },
                "data": {"spec": {"template": {**owner["spec"]["template"], "$patch": "replace"}}},
                "revision": newest + 1,
            }
            made = admission.created(self._ctx, REVISIONS, body, namespace)
            self._ctx.store.create(REVISIONS, made, by=self._by)
        elif found["revision"] < newest:
            self._ctx.store.update(REVISIONS, {**found, "revision": newest + 1}, by=self._by)

    def template(self, owner: Object, code: str) -> Object | None:
        """The template that a hash stands for; None when it was forgotten."""
        key = (owner["metadata"]["namespace"], f"{owner['metadata']['name']}-{code}")
        found = self._ctx.store.find(REVISIONS, *key)
        if found is None:
            return None
        template = found["data"]["spec"]["template"]
        return {name: value for name, value in template.items() if name != "$patch"}

    def trim(self, owner: Object, live: set[str]) -> None:
        """Take revisions beyond the limit away that no pod and no status names."""
        limit = owner["spec"].get("revisionHistoryLimit", 10)
        known = self._ctx.owners.owned(owner["metadata"]["uid"], REVISIONS)
        if len(known) <= limit:
            return
        prefix = f"{owner['metadata']['name']}-"
        idle = [r for r in known if r["metadata"]["name"].removeprefix(prefix) not in live]
        idle.sort(key=lambda r: int(r["revision"]))
        for revision in idle[: max(len(idle) - limit, 0)]:
            self._deleter.delete(REVISIONS, revision, by=self._by)


def with_template(owner: Object, template: Object | None) -> Object:
    """The owner as if that were its template; itself without one."""
    if template is None:
        return owner
    return {**with_meta(owner), "spec": {**owner["spec"], "template": template}}
