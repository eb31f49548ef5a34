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
    `generation` says whether a spec change counts up metadata.generation. `addon` names what
    brings the CustomResourceDefinition of a custom kind. `stored` is the API version that the
    objects of this one are stored in, where that is another; `form` the name of its type in the
    table of types, where that is not the kind.
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
    addon: str = ""
    stored: str = ""
    form: str = ""

    @property
    def api_version(self) -> str:
        """`v1`, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def custom(self) -> bool:
        """Whether a CustomResourceDefinition serves it."""
        return bool(self.addon)

    def __post_init__(self) -> None:
        """The singular name is the kind in lower case, as kubectl prints it."""
        msgspec.structs.force_setattr(self, "singular", self.singular or self.kind.lower())
        msgspec.structs.force_setattr(self, "form", self.form or self.kind)
