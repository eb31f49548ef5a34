"""The places of a Dockerfile that name an image, and where each can be edited.

A name may be put together from literals and from the defaults of ARGs. It can be edited where all
that changes stands together in the file, and where every other image that the same default feeds
changes in the same way.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from poolshift.rewrite.decide import Decision
from poolshift.rewrite.dockerfile.expansion import Value
from poolshift.rewrite.splices import Splice, narrow
from poolshift.semantics.images import Action

if TYPE_CHECKING:
    from collections.abc import Iterable


class Use(msgspec.Struct, frozen=True):
    """A place that names an image: a FROM, a COPY --from or a RUN --mount.

    `decision` is None for what is not built on Windows and where the image is not known.
    """

    line: int
    value: Value
    decision: Decision | None = None

    @property
    def new(self) -> str:
        """What the image becomes, or is."""
        if self.decision is not None and self.decision.action == Action.EDIT:
            return self.decision.ref
        return self.value.text


class Place(msgspec.Struct, frozen=True):
    """Where a use is edited; `argument` is the ARG whose default the place is in, or empty."""

    splice: Splice
    argument: str


def place_of(use: Use) -> Place | None:
    """The edit of a use in the file; None without one, or where it is spread over several words."""
    if use.decision is None or use.decision.action != Action.EDIT:
        return None
    start, end, new = narrow(use.value.text, use.decision.ref)
    at = 0
    inserts: list[Place] = []
    for span in use.value.spans:
        stop = at + len(span.text)
        if span.offset >= 0 and at <= start and end <= stop:
            splice = Splice(span.offset + start - at, span.offset + end - at, new)
            inserts.append(Place(splice, span.argument))
            if start < end:
                break
        at = stop
    # Between two words an insertion goes to the one that is no ARG's, which feeds one image alone.
    return min(inserts, key=lambda place: place.argument != "", default=None)


def clashes(uses: Iterable[Use]) -> dict[tuple[str, Splice], Use]:
    """Edits of defaults of ARGs that do not suit every image which the ARG feeds.

    Each is told with an image that does not change in the same way.
    """
    fed: dict[str, list[tuple[Use, Place | None]]] = defaultdict(list)
    for use in uses:
        for argument in use.value.arguments:
            fed[argument].append((use, place_of(use)))
    found: dict[tuple[str, Splice], Use] = {}
    for argument, others in fed.items():
        wanted = {p.splice for _, p in others if p is not None and p.argument == argument}
        for splice in wanted:
            odd = next((u for u, p in others if p is None or p.splice != splice), None)
            if odd is not None:
                found[argument, splice] = odd
    return found
