"""What of Windows a reference names: its version, its family of base images, Windows at all.

The look-ups are compiled once for a catalog, since a run over many files asks them for every
image of every line.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from poolshift.semantics.tags.reference import DOCKER_HUB, MCR

if TYPE_CHECKING:
    from poolshift.catalog import Catalog
    from poolshift.catalog.model.base_images import ImageFamily, OsVersion, RetiredName
    from poolshift.semantics.tags.reference import Reference

_WINDOWS_WORD = re.compile(
    r"windows|nanoserver|servercore|winamd64|dotnet/framework|dotnet-framework"
)
_LINUX_WORD = re.compile(r"(?<![a-z0-9])linux(?![a-z])")
_KEPT_CATALOGS = 4


class Lookups:
    """What is asked of one catalog for each reference, ready to be looked up."""

    def __init__(self, catalog: Catalog) -> None:
        facts = catalog.base_images
        self.releases = facts.os_versions
        self.by_build = tuple(
            sorted(facts.os_versions, key=lambda v: int(v.os_version_prefix.rsplit(".", 1)[-1]))
        )
        words = [
            (number, word)
            for number, release in enumerate(facts.os_versions)
            for word in (release.id, release.os_version_prefix, *release.alt_tags)
        ]
        self._release_of = {word.lower(): number for number, word in words}
        self._words = _whole_words([word for _, word in words])
        self._sure_words = _whole_words([word for _, word in words if not word.isdigit()])
        self._numbers = _apart([word for _, word in words if word.isdigit()])
        dead = tuple(t for d in facts.dead_tags for t in d.tags if t[0].isdigit())
        self.dead = frozenset(word.lower() for word in dead)
        self._dead_words = _whole_words(dead)
        self.families = {
            repository: family
            for family in reversed(facts.families)
            for repository in (*family.repositories, family.repository)
        }
        self.retired = {(r.registry, r.repository): r for r in facts.retired_names}
        self._windows_names = {f.id: _is_windows_only(f) for f in facts.families}

    def oses(self, tag: str) -> tuple[OsVersion, ...]:
        """The Windows versions that a tag names, in the catalog's order."""
        numbers = {self._release_of[found.lower()] for found in self._words.findall(tag)}
        return tuple(self.releases[number] for number in sorted(numbers))

    def retag(self, tag: str, word: str) -> str:
        """The tag with the first name of a Windows version in it replaced."""
        return self._words.sub(lambda _: word, tag, count=1)

    def names_surely(self, tag: str) -> bool:
        """Whether a tag names a Windows version by a word that hardly means anything else.

        A number like `1809` may be a part of any version, so that it must stand alone.
        """
        return self.names_word(tag) or self._numbers.search(tag) is not None

    def names_word(self, tag: str) -> bool:
        """Whether a tag names a Windows version by more than a number."""
        return self._sure_words.search(tag) is not None

    def names_dead(self, tag: str) -> bool:
        """Whether a tag names a Windows version that no AKS node runs any more."""
        return self._dead_words.search(tag) is not None

    def is_windows_family(self, family: ImageFamily) -> bool:
        """Whether a family holds nothing but Windows images."""
        return self._windows_names[family.id]


@lru_cache(maxsize=_KEPT_CATALOGS)
def lookups(catalog: Catalog) -> Lookups:
    """The look-ups of a catalog, made when they are first asked for."""
    return Lookups(catalog)


def _whole_words(words: list[str] | tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(set(words), key=len, reverse=True)
    alternatives = "|".join(re.escape(word) for word in longest_first)
    return re.compile(rf"(?<![\d.])(?:{alternatives})(?!\d)", re.IGNORECASE)


def _apart(words: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z\d.])(?:{'|'.join(words)})(?![A-Za-z\d.])")


def _is_windows_only(family: ImageFamily) -> bool:
    """By the words of the repository: the tags of others hold Linux as well."""
    return _WINDOWS_WORD.search(family.repository) is not None


def os_of_tag(tag: str, catalog: Catalog) -> OsVersion | None:
    """The Windows version that a tag names: `1809`, `ltsc2019` and `10.0.17763` are one."""
    return next(iter(oses_of_tag(tag, catalog)), None)


def oses_of_tag(tag: str, catalog: Catalog) -> tuple[OsVersion, ...]:
    """All Windows versions that a tag names; more than one leaves open which is meant."""
    return lookups(catalog).oses(tag)


def retagged(tag: str, word: str, catalog: Catalog) -> str:
    """The tag with its Windows version replaced: a question to a registry, never an answer."""
    return lookups(catalog).retag(tag, word)


def family_of(ref: Reference, catalog: Catalog) -> ImageFamily | None:
    """The family of base images that a reference belongs to."""
    return lookups(catalog).families.get(ref.repository) if ref.registry == MCR else None


def retired_name_of(ref: Reference, catalog: Catalog) -> RetiredName | None:
    """What the catalog knows of a repository that its maker has given up."""
    return lookups(catalog).retired.get((ref.registry, ref.repository))


def unhosted_family_of(ref: Reference, catalog: Catalog) -> ImageFamily | None:
    """The family that a reference means which leaves the registry out, as Docker Hub has none."""
    if ref.names_registry or ref.registry != DOCKER_HUB:
        return None
    family = lookups(catalog).families.get(ref.repository)
    # Official images of Docker Hub are a family as well, and theirs is that registry.
    return family if family is not None and family.id != "docker-official-languages" else None


def is_of_maker(ref: Reference, catalog: Catalog) -> bool:
    """Whether a reference means an image of the families' maker, by whichever name it has had."""
    return (
        family_of(ref, catalog) is not None
        or retired_name_of(ref, catalog) is not None
        or unhosted_family_of(ref, catalog) is not None
    )


def is_windows_base(family: ImageFamily, catalog: Catalog) -> bool:
    """Whether a family is Windows and nothing on top: its tags are names of Windows versions."""
    known = {n for v in catalog.base_images.os_versions for n in (v.id, *v.alt_tags)}
    return bool(family.repository and family.tags) and set(family.tags.values()) <= known


def names_windows(ref: Reference, catalog: Catalog) -> bool:
    """Whether the reference itself says that it is a Windows image.

    An image that names Linux in its tag is none, whatever it carries for Windows.
    """
    known = lookups(catalog)
    tag = ref.tag.lower()
    if _LINUX_WORD.search(tag):
        return False
    text = f"{ref.repository}:{tag}".lower()
    if _WINDOWS_WORD.search(text) or known.names_surely(ref.tag):
        return True
    family = family_of(ref, catalog)
    if family is not None and (known.names_dead(tag) or known.oses(tag)):
        return True
    retired = retired_name_of(ref, catalog)
    return retired is not None and (retired.windows_only or bool(known.oses(tag)))


def is_windows_family(family: ImageFamily, catalog: Catalog) -> bool:
    """Whether a family holds nothing but Windows images."""
    return lookups(catalog).is_windows_family(family)


def names_windows_surely(ref: Reference, catalog: Catalog) -> bool:
    """Whether a reference speaks of Windows by the name of a version, or by a word and a number."""
    known = lookups(catalog)
    if known.names_word(ref.tag):
        return True
    text = f"{ref.repository}:{ref.tag}".lower()
    return _WINDOWS_WORD.search(text) is not None and bool(known.oses(ref.tag))
