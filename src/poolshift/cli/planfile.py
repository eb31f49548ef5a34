"""A plan from its file."""

from __future__ import annotations

from pathlib import Path

from poolshift.cli.output import reason_of
from poolshift.core.errors import UsageError
from poolshift.core.plan import Plan, load_plan


def read_plan(path: str) -> tuple[Plan, str]:
    """A plan file and its text.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read",
            why=reason_of(error),
            fix="Name a file made by poolshift plan",
            code="PSE120",
        ) from error
    return load_plan(text, name=path), text
