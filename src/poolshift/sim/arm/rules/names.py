"""Names of pools."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poolshift.sim.arm.rules.ask import Ask


def pattern(ask: Ask) -> None:
    """Lower case letters and digits, a letter first, twelve at most."""
    catalog = ask.world.catalog
    if re.fullmatch(str(catalog.limit("pool-name-pattern").current), ask.name) is None:
        # The sentence is recorded up to "invalid", the address of the rules as well.
        raise ask.refused(
            "InvalidParameter",
            "The value of parameter agentPoolProfile.name is invalid. Please see "
            "https://aka.ms/aks-naming-rules for more details.",
            target="name",
        )


def windows_length(ask: Ask) -> None:
    """The computer name of a Windows node leaves six characters to its pool."""
    longest = ask.world.catalog.limit_number("pool-name-windows-length", "max")
    if ask.windows and len(ask.name) > longest:
        # Wording seen in public threads only.
        raise ask.refused(
            "WindowsAgentPoolNameTooLong",
            f"Windows agent pool name can not be longer than {longest} characters.",
            target="name",
        )
