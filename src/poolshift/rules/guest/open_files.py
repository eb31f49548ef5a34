"""PSW169: programs with many open files, where the limit in containers may change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.guest.crossing import hashed_names, moves_over, said
from poolshift.rules.interface import Rule
from poolshift.semantics.hints import MANY_SOCKETS, OPEN_FILES, runs
from poolshift.semantics.host import containers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_CHANGES = ("azl3-nofile", "u2404-nofile")


class OpenFileLimit(Rule):
    """A workload keeps many files or sockets open, and the limit may be lower on the new nodes.

    What it finds:
        A database, broker or proxy, or a command that sets its own limit, on a Linux pool whose
        OS brings another default for open files.

    Why it matters:
        The new container runtime sets no limit of its own. Where node start-up does not set it
        either, the soft limit falls to a thousand, and the program fails with "too many open
        files" under load, not at start.

    How it is decided:
        By hints of commands and image names. Newer node images set the old limit again, so this is
        information: the catalog's sources say both.

    What to do:
        Read the limit in one pod on a new node, and let the program raise its own soft limit.

    Example:
        An image postgres:16 on a pool that moves to Ubuntu2404.
    """

    id = "PSW169"
    name = "open-file-limit"
    severity = Severity.INFO
    sources = tuple(f"os_changes/changes/{c}" for c in _CHANGES)
    pains = ("B28",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the programs of every workload that makes the hop."""
        asked = False
        for move, changes in moves_over(context, *_CHANGES):
            asked = True
            found = [
                c
                for c in containers_of(move.workload.template.spec)
                if runs(c, OPEN_FILES) or runs(c, MANY_SOCKETS)
            ]
            if not found:
                continue
            yield self.finding(
                move.workload.target,
                what="it keeps many files open, and the limit in containers may be lower on "
                f"{move.to} nodes",
                why="the new container runtime sets none; newer node images set the old one again",
                fix="Read it in a pod on a new node: kubectl exec POD -- sh -c 'ulimit -Sn; ulimit "
                "-Hn', and let the program raise its own soft limit",
                evidence=(
                    *(Evidence(f"spec/containers/{c.name}", c.image) for c in found),
                    *said(changes),
                    *(
                        Evidence(f"catalog/os_changes/{c.id}/said", f"{x.value} ({x.source})")
                        for c in changes
                        for x in c.claims
                    ),
                ),
            )
        yield from hashed_names(self, context, asked=asked)
