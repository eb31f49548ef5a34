"""PSW160: SMB shares of other servers than Azure Files, which the new nodes only use signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Severity
from poolshift.rules.guest.crossing import VOLUME_AREAS, moves_over, other_shares, said
from poolshift.rules.interface import Rule
from poolshift.semantics.pins import has_host_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_SIGNING, _CIPHERS, _OTHER = "ws2025-smb-signing", "ws2022-smb-crypto", "ws2025-smb-other"


class SmbSigning(Rule):
    """A Windows workload uses SMB shares of a server that may not sign.

    What it finds:
        A workload that moves to Windows Server 2025 and uses an SMB share of another server than
        Azure Files: by the SMB CSI driver, a FlexVolume, or a UNC path in a command or probe.

    Why it matters:
        From 2025 on the node requires signing on every SMB connection that it opens. A server
        that does not sign (an old NAS, Samba, old Windows) is refused, and signing costs both
        ends CPU. Remote mailslots and some NetBIOS ports are off as well, which matters to
        host-process agents that look for shares.

    How it is decided:
        By the driver of the workload's volumes and the hints of its commands. Azure Files signs
        already and is left out. A move to 2022 alone brings other ciphers, on which both ends
        agree by themselves: information. A UNC path in a configuration file is not seen.

    What to do:
        Turn signing on at the server before the move, and measure the throughput. Never turn it
        off on the node: AKS makes the node anew.

    Example:
        A probe that lists a directory of the share labels on nas01; the pool moves to Windows2025.
    """

    id = "PSW160"
    name = "smb-signing"
    severity = Severity.RECOMMENDED
    sources = tuple(f"os_changes/changes/{c}" for c in (_SIGNING, _CIPHERS, _OTHER))

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the shares of every workload that makes the hop."""
        asked = False
        for move, changes in moves_over(context, _SIGNING, _CIPHERS, _OTHER):
            asked = True
            shown = other_shares(context, move.workload)
            if not shown:
                continue
            ids = {c.id for c in changes}
            agents = has_host_process(move.workload.template.spec)
            told = [c for c in changes if c.id != _OTHER or agents]
            yield self.finding(
                move.workload.target,
                severity=None if _SIGNING in ids else Severity.INFO,
                what=f"it uses SMB shares, and {move.to} nodes sign every SMB connection"
                if _SIGNING in ids
                else f"it uses SMB shares, and {move.to} nodes know more ciphers for them",
                why="a server that does not sign is refused, and signing costs throughput"
                if _SIGNING in ids
                else "both ends agree on what both know; only the throughput may change",
                fix="Turn signing on at the server (Windows: Set-SmbServerConfiguration "
                "-RequireSecuritySignature $true; Samba: server signing = mandatory), then mount "
                "the share from one pod on a new node"
                if _SIGNING in ids
                else "Nothing must be done; compare the throughput on one new node",
                evidence=(*shown, *said(told)),
            )
        if asked:
            yield from self.unread(context, *VOLUME_AREAS)
