"""What a person does for one action: commands, clicks, and what is to be seen then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from poolshift.render.quoting import shell

if TYPE_CHECKING:
    from poolshift.render.interface import Procedure

CLOUD_SHELL = "no page does this; Cloud Shell takes the same commands"


@dataclass(frozen=True)
class Sheet:
    """One entry of a runbook; every text is Markdown, commands are bash.

    Attributes:
        what: what is done, as a heading of the entry.
        commands: as typed; one may span lines that end with a backslash.
        portal: what to click instead.
        expect: what is to be seen then.
        care: what to mind.
    """

    what: str
    commands: tuple[str, ...] = ()
    portal: str = CLOUD_SHELL
    expect: str = ""
    care: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Commands:
    """The beginnings of commands on the plan's cluster."""

    procedure: Procedure

    def az(self, command: str, *words: str) -> str:
        """A call of az on the plan's subscription; long ones over several lines."""
        where = f"--subscription {shell(self.procedure.cluster.subscription)}"
        return broken(f"az {command}", *words, where)

    def cluster(self, command: str, *words: str) -> str:
        """A call of az on the cluster."""
        c = self.procedure.cluster
        named = (f"--resource-group={shell(c.resource_group)}", f"--name={shell(c.name)}")
        return self.az(command, *named, *words)

    def pool(self, command: str, name: str, *words: str) -> str:
        """A call of az on a pool."""
        c = self.procedure.cluster
        named = (
            f"--resource-group={shell(c.resource_group)}",
            f"--cluster-name={shell(c.name)}",
            f"--name={shell(name)}",
        )
        return self.az(command, *named, *words)


def broken(*words: str) -> str:
    """Words as a command, with a backslash at the end of each line but the last."""
    line = " ".join(words)
    return line if len(line) <= 90 else " \\\n  ".join(words)


def nodes_of(pool: str) -> str:
    """The selector of a pool's nodes."""
    return f"--selector={shell(f'kubernetes.azure.com/agentpool={pool}')}"
