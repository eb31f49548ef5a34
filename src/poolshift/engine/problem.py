"""What preflight finds in the way of a plan."""

from __future__ import annotations

from dataclasses import dataclass

from poolshift.core.errors import ApiError, ForbiddenError


@dataclass(frozen=True)
class Problem:
    """What would be refused.

    `permission` tells a missing right from the rest; `answerable` tells that a person who knows
    more may let the run go on in spite of it.
    """

    target: str
    why: str
    fix: str = ""
    permission: bool = False
    answerable: bool = False

    def line(self) -> str:
        """On one line."""
        return f"{self.target}: {self.why}" + (f" ({self.fix})" if self.fix else "")


def refused(target: str, error: ApiError) -> Problem:
    """A service's refusal of a dry run."""
    return Problem(
        target, error.why or error.what, error.fix, permission=isinstance(error, ForbiddenError)
    )
