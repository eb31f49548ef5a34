"""What a request says beside its path and body."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.sim.kube import errors
from poolshift.sim.kube.apply.managers import manager_of
from poolshift.sim.kube.selection import Selection

if TYPE_CHECKING:
    from poolshift.sim.kube.paths import Target

# Digits of the largest number that a parameter may be.
_LONGEST_NUMBER = 18
APPLY_FORM = "application/apply-patch+yaml"


class Query(msgspec.Struct, frozen=True):
    """Query parameters, the Accept header, who asks, and how a patch is written."""

    params: dict[str, str]
    accept: str
    by: str
    form: str = ""
    agent: str = ""

    @property
    def manager(self) -> str:
        """Whom managedFields names for a write."""
        return manager_of(self.params.get("fieldManager", ""), self.agent)

    @property
    def watching(self) -> bool:
        """Whether a watch is asked for."""
        return self.params.get("watch", "") in ("1", "true")

    @property
    def dry_run(self) -> bool:
        """Whether nothing is to be stored."""
        return self.params.get("dryRun", "") == "All"

    def number(self, name: str) -> int:
        """A parameter that is a count, 0 when it is not there."""
        text = self.params.get(name, "") or "0"
        if not (text.isascii() and text.removeprefix("-").isdigit()):
            message = f'strconv.ParseInt: parsing "{text}": invalid syntax'
            raise errors.bad_request(message)
        if len(text) > _LONGEST_NUMBER:
            message = f'strconv.ParseInt: parsing "{text}": value out of range'
            raise errors.bad_request(message)
        return int(text)

    def selection(self, target: Target) -> Selection:
        """What a collection request means."""
        fields = self.params.get("fieldSelector", "")
        if target.name:
            fields = ",".join(filter(None, (fields, f"metadata.name={target.name}")))
        labels = self.params.get("labelSelector", "")
        return Selection(target.kind, target.namespace, labels, fields)

    def shows(self, form: str) -> bool:
        """Whether the client wants objects as Table or PartialObjectMetadata."""
        return f"as={form}" in self.accept
