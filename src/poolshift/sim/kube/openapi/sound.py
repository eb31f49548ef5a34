"""Values that were found in order, so that what many objects share is looked through once."""

from __future__ import annotations

_MOST = 50_000


class Sound:
    """Values by identity, each with the type that it was found to be in order as.

    Stored objects never change, so a value that was in order stays so. Each is kept alive, for
    its identity to mean no other value.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], object] = {}

    def has(self, value: object, type_: str) -> bool:
        """Whether this very value was in order as that type."""
        return (id(value), type_) in self._known

    def note(self, value: object, type_: str) -> None:
        """It is."""
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[id(value), type_] = value

    def clear(self) -> None:
        """Forget all of them."""
        self._known.clear()
