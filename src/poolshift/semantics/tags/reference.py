"""An image reference taken apart as Docker does."""

from __future__ import annotations

import re

import msgspec

MCR = "mcr.microsoft.com"
"""The registry of all families in the catalog."""

DOCKER_HUB = "docker.io"
"""What a reference without a registry means."""

_HUB_ALIASES = frozenset({DOCKER_HUB, "index.docker.io", "registry-1.docker.io"})

_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    r"(?:(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d+)?/)?"
    rf"{_PART}(?:/{_PART})*"
    r"(?::\w[\w.-]{0,127})?"
    r"(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-zA-Z]+)?",
    re.ASCII,
)
"""The grammar of references; the length of a digest is not looked at."""


class Reference(msgspec.Struct, frozen=True):
    """An image reference taken apart as it was written.

    `name` is registry and repository as they stand, `registry` what they mean (`docker.io` when
    none is written); tag and digest are empty where absent.
    """

    text: str
    name: str
    registry: str
    repository: str
    tag: str
    digest: str

    @property
    def names_registry(self) -> bool:
        """Whether the registry is written out."""
        return self.name != self.repository

    def with_tag(self, tag: str) -> str:
        """The same image under another tag, without the digest, which belongs to the old one."""
        return f"{self.name}:{tag}"


def parse_ref(text: str) -> Reference:
    """Take an image reference apart; a part that looks like a host is the registry."""
    rest, _, digest = text.partition("@")
    head, slash, last = rest.rpartition("/")
    last, _, tag = last.partition(":")
    name = f"{head}{slash}{last}"
    first, _, path = name.partition("/")
    if path and _is_host(first):
        registry = first.lower()
        registry = DOCKER_HUB if registry in _HUB_ALIASES else registry
        return Reference(text, name, registry, path, tag, digest)
    return Reference(text, name, DOCKER_HUB, name, tag, digest)


def is_reference(text: str) -> bool:
    """Whether a text is a reference that Docker would take; a template's placeholder is none."""
    return _REFERENCE.fullmatch(text) is not None


def _is_host(first: str) -> bool:
    return "." in first or ":" in first or first == "localhost" or first != first.lower()
