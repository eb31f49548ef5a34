"""What a served kind is: its names, its scope, its verbs and its subresources."""

from __future__ import annotations

import msgspec

from poolshift.core import kube

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


class Sub(msgspec.Struct, frozen=True):
    """A subresource; `group`, `version` and `kind` only where they differ from the parent's."""

    name: str
    kind: str = ""
    group: str = ""
    version: str = ""
    verbs: tuple[str, ...] = ("get", "patch", "update")


class Kind(msgspec.Struct, frozen=True):
    """One served kind.

    `typed` is the core struct that its objects decode to, None where nothing inside reads one.
    `generation` says whether a spec change counts up metadata.generation. `custom` marks a kind
    that a CustomResourceDefinition would serve: the simulator has it as if that were installed.
    """

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    short: tuple[str, ...] = ()
    subs: tuple[Sub, ...] = ()
    typed: type[kube.Wire] | None = None
    generation: bool = False
    in_all: bool = False
    verbs: tuple[str, ...] = VERBS
    categories: tuple[str, ...] = ()
    singular: str = ""
    custom: bool = False

    @property
    def api_version(self) -> str:
        """`v1`, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def __post_init__(self) -> None:
        """The singular name is the kind in lower case, as kubectl prints it."""
        msgspec.structs.force_setattr(self, "singular", self.singular or self.kind.lower())
