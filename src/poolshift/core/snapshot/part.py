"""What all parts of a snapshot have in common."""

from __future__ import annotations

import msgspec


class Part(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Base of the snapshot's parts."""


class Unknown(Part, frozen=True):
    """What could not be read, and why. `what` is `area` or `area/name` (`image/REF`, `usages`)."""

    what: str
    reason: str
