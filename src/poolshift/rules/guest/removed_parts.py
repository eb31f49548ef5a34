"""PSW164: commands that use parts of Windows which newer images lack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.guest.crossing import moves_over, said
from poolshift.rules.interface import Rule
from poolshift.semantics import hints
from poolshift.semantics.hops import image_hops
from poolshift.semantics.host import containers_of
from poolshift.semantics.pins import has_host_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.kube import Container
    from poolshift.rules.interface import Context, Move

_CHANGE = "ws2025-removed-parts"
_PARTS = {
    hints.POWERSHELL_2: ("the PowerShell 2.0 engine", "PowerShell 5.1 or 7"),
    hints.WMIC: ("WMIC", "Get-CimInstance"),
    hints.VBSCRIPT: ("VBScript", "PowerShell"),
    hints.SMTP_SERVER: ("the SMTP Server feature", "a mail relay outside"),
    hints.IIS_6_TOOLS: ("the IIS 6 management tools", "the IIS 10 tools"),
}
"""What a hint stands for, and what takes its place."""


class RemovedParts(Rule):
    """A container's command uses a part of Windows that newer images lack.

    What it finds:
        A workload whose image comes to Windows Server 2025, and whose command, arguments or
        probes use PowerShell 2.0, WMIC, VBScript, the SMTP Server feature or the IIS 6 tools.

    Why it matters:
        Those parts are gone from 2025, or deprecated and missing in a slim image. A probe that
        calls one fails, and its pod is killed again and again.

    How it is decided:
        By the hints of the command and the probes, and whether the image changes: one that runs
        on 2025 as it is keeps its own parts until it is rebuilt. Host-process containers use the
        node's parts. What a script in the image calls is not seen.

    What to do:
        Call what takes the part's place, then rebuild.

    Example:
        A liveness probe that runs: wmic os get freephysicalmemory.
    """

    id = "PSW164"
    name = "removed-windows-parts"
    severity = Severity.RECOMMENDED
    sources = (f"os_changes/changes/{_CHANGE}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the hints of every workload that makes the hop."""
        for move, changes in moves_over(context, _CHANGE):
            used = {
                hint: container.name
                for container in containers_of(move.workload.template.spec)
                for hint in container.hints
                if hint in _PARTS and _changes(context, move, container, changes[0].hop)
            }
            for hint, name in used.items():
                part, instead = _PARTS[hint]
                yield self.finding(
                    move.workload.target,
                    what=f"its commands use {part}, which images of {move.to}'s Windows may lack",
                    why="the part is gone or deprecated there: the command fails, and a probe that "
                    "fails kills the pod",
                    fix=f"Use {instead} instead, then rebuild the image and run its probes in one "
                    "pod",
                    evidence=(
                        Evidence(f"spec/containers/{name}", f"hint {hint}"),
                        *said(changes),
                    ),
                )


def _changes(context: Context, move: Move, container: Container, hop: str) -> bool:
    """Whether a container's own Windows files make the hop."""
    if has_host_process(move.workload.template.spec):
        return True
    facts = context.index.images.get(container.image)
    if facts is None:
        return False
    return hop in image_hops(facts, move.pool.os_sku, move.to, context.catalog)
