"""How the tag of a Windows image becomes the tag of another Windows version.

A tag changes only along the mapping of the catalog, and only where its meaning stays the same:
same family, same version, same precision. Nothing is ever replaced inside a string because it
looks like an OS. What the mapping does not know is a person's decision.
"""

from poolshift.semantics.tags.pinned import unpinned
from poolshift.semantics.tags.reference import MCR, Reference, is_reference, parse_ref
from poolshift.semantics.tags.releases import (
    family_of,
    is_of_maker,
    is_windows_base,
    is_windows_family,
    names_windows,
    names_windows_surely,
    os_of_tag,
    oses_of_tag,
    retagged,
)
from poolshift.semantics.tags.successor import Action, Successor, successor

__all__ = [
    "MCR",
    "Action",
    "Reference",
    "Successor",
    "family_of",
    "is_of_maker",
    "is_reference",
    "is_windows_base",
    "is_windows_family",
    "names_windows",
    "names_windows_surely",
    "os_of_tag",
    "oses_of_tag",
    "parse_ref",
    "retagged",
    "successor",
    "unpinned",
]
