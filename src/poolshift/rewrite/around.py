"""What lies around a file that is rewritten: read to know more, never written."""

from __future__ import annotations

from typing import Protocol


class Around(Protocol):
    """The files beside one, by paths relative to its folder."""

    def read(self, path: str) -> bytes | None:
        """A file's bytes; None where there is none, or it is no plain file of usual size."""
        ...

    def names(self) -> tuple[str, ...]:
        """The names of the files in the same folder, in order."""
        ...

    def is_rewritten(self, path: str) -> bool:
        """Whether that file is rewritten, too."""
        ...
