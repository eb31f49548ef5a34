"""What a rewrite of one file says: edits by line, and what needs a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, TypeAlias

import msgspec

from poolshift.catalog import Catalog
from poolshift.core.image import ImageFacts
from poolshift.core.kube import Taint

Resolve: TypeAlias = Callable[[str], ImageFacts | None]
"""What the registry says of a reference; None when it doesn't have it, UnreadImageError when it
could not be asked."""


class UnreadImageError(Exception):
    """The registry could not be asked about a reference; the text says why."""


class FileKind(StrEnum):
    """What kind of file it is."""

    DOCKERFILE = "dockerfile"
    MANIFEST = "manifest"
    HELM = "helm"
    KUSTOMIZE = "kustomize"
    TERRAFORM = "terraform"
    BICEP = "bicep"
    OTHER = "other"


class FileVerdict(StrEnum):
    """What became of a file. Safe edits are made even where another line needs a person."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    NEEDS_HUMAN = "needs-human"


class Edit(msgspec.Struct, frozen=True):
    """A line that changes.

    `line` counts from 1 in the old file; `old` and `new` are whole lines without LF (a CR and a
    BOM stay in them); `new` may hold several lines, or be None for a line that goes.
    """

    line: int
    old: str
    new: str | None


class Need(msgspec.Struct, frozen=True):
    """A line that needs a person, why, and what would be a likely answer.

    `rule` is a short name of the reason that stays the same: the id of the catalog's mapping, or
    one of the rewriter's own.
    """

    line: int
    reason: str
    suggestion: str
    rule: str


class FileResult(msgspec.Struct, frozen=True):
    """The rewrite of one file; `data` is the file after all edits."""

    path: str
    kind: FileKind
    verdict: FileVerdict
    edits: tuple[Edit, ...]
    needs: tuple[Need, ...]
    reasons: tuple[str, ...]
    data: bytes

    def to_builtins(self) -> dict[str, Any]:
        """The JSON form, which has everything but the bytes."""
        plain: dict[str, Any] = msgspec.to_builtins(
            {name: getattr(self, name) for name in self.__struct_fields__ if name != "data"}
        )
        return plain


class Settings(msgspec.Struct, frozen=True):
    """What a rewrite goes by.

    `key` is the node label that templates get, with its `value`; `guard` a taint that moved
    templates must tolerate, None without one; `images` the references that the user replaced;
    `copies` asks for copies of DaemonSets.
    """

    to: str
    catalog: Catalog
    key: str
    value: str
    guard: Taint | None
    resolve: Resolve | None
    images: Mapping[str, str]
    copies: bool = False

    @property
    def build(self) -> str:
        """The three-part Windows build of the target."""
        return self.catalog.build_of(self.to)
