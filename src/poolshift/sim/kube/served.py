"""Which kinds a cluster serves: those of Kubernetes, and those of the add-ons that it has."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from poolshift.sim.kube.customs import ADDONS
from poolshift.sim.kube.resources import SERVED

if TYPE_CHECKING:
    from poolshift.sim.kube.kinds import Kind


class Served:
    """The kinds that clients of a cluster may ask for; one object for each choice of add-ons.

    Attributes:
        kinds: in the order in which the server lists them.
        groups: the groups that have a name, each once.
    """

    def __init__(self, addons: frozenset[str]) -> None:
        self.kinds = tuple(k for k in SERVED if not k.addon or k.addon in addons)
        self.groups = tuple(dict.fromkeys(k.group for k in self.kinds if k.group))
        self._by_path = {(k.group, k.version, k.plural): k for k in self.kinds}
        self._of_version: dict[tuple[str, str], list[Kind]] = {}
        for kind in self.kinds:
            self._of_version.setdefault((kind.group, kind.version), []).append(kind)

    def __contains__(self, kind: Kind) -> bool:
        """Whether a kind is served."""
        return (kind.group, kind.version, kind.plural) in self._by_path

    @property
    def group_versions(self) -> tuple[tuple[str, str], ...]:
        """Every group with its versions."""
        return tuple(self._of_version)

    def versions(self, group: str) -> list[str]:
        """The versions of a group, the preferred one first."""
        return [version for name, version in self._of_version if name == group]

    def of(self, group: str, version: str) -> list[Kind]:
        """The kinds of a group version; none for one that is not served."""
        return self._of_version.get((group, version), [])

    def at(self, group: str, version: str, plural: str) -> Kind | None:
        """The kind that a path names."""
        return self._by_path.get((group, version, plural))


@cache
def served(addons: frozenset[str] = frozenset(ADDONS)) -> Served:
    """What a cluster with these add-ons serves."""
    return Served(addons)
