"""ControllerRevisions: the templates that a StatefulSet or DaemonSet had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube import admission, errors
from poolshift.sim.kube.objects import (
    Object,
    controller_ref,
    owner_reference,
    template_hash,
    with_meta,
)
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
        """The hash of the present template; its revision is made, or becomes the newest.

        One of its name may still be that of an owner who is gone: then it is to be tried again
        when it has been collected.
        """
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
        meta_uid = owner["metadata"]["uid"]
        others = self._ctx.owners.owned(meta_uid, REVISIONS)
        newest = max(map(_number, others), default=0)
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
        elif (controller_ref(found) or {}).get("uid", meta_uid) != meta_uid:
            raise errors.already_exists(REVISIONS, name)
        elif _number(found) < newest:
            self._ctx.store.update(REVISIONS, {**found, "revision": newest + 1}, by=self._by)

    def template(self, owner: Object, code: str) -> Object | None:
        """The template that a hash stands for; None when it was forgotten."""
        key = (owner["metadata"]["namespace"], f"{owner['metadata']['name']}-{code}")
        found = self._ctx.store.find(REVISIONS, *key)
        if found is None or controller_ref(found) is None:
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
        idle.sort(key=_number)
        for revision in idle[: max(len(idle) - limit, 0)]:
            self._deleter.delete(REVISIONS, revision, by=self._by)


def _number(revision: Object) -> int:
    """Which revision it is; one that somebody else wrote may not say."""
    number: int = revision.get("revision") or 0
    return number


def with_template(owner: Object, template: Object | None) -> Object:
    """The owner as if that were its template; itself without one."""
    if template is None:
        return owner
    return {**with_meta(owner), "spec": {**owner["spec"], "template": template}}
