"""PSW161: an SMB share without an account, which the new nodes refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.guest.crossing import VOLUME_AREAS, moves_over, said
from poolshift.rules.interface import Rule
from poolshift.semantics.host import Share, share_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import VolumeFacts
    from poolshift.rules.interface import Context

_CHANGE = "ws2025-smb-guest"
_GUEST = frozenset({"guest", "nopassword", "sec=none"})


class SmbGuestShare(Rule):
    """A workload mounts an SMB share as a guest, which signed connections do not allow.

    What it finds:
        A workload that moves to Windows Server 2025, with a volume of the SMB CSI driver that
        names no credentials, or whose options ask for a guest.

    Why it matters:
        A guest session cannot be signed. The new nodes require signing, so they refuse the share,
        even where guest logons had been allowed by policy.

    How it is decided:
        By the credentials and mount options of the PersistentVolume and of its StorageClass. A
        FlexVolume or a UNC path does not show its credentials; PSW160 tells of those.

    What to do:
        Give the share an account, put it into a Secret and name it in nodeStageSecretRef.

    Example:
        A PersistentVolume of smb.csi.k8s.io without nodeStageSecretRef.
    """

    id = "PSW161"
    name = "smb-guest-share"
    severity = Severity.RECOMMENDED
    sources = (f"os_changes/changes/{_CHANGE}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the SMB volumes of every workload that makes the hop."""
        asked = False
        for move, changes in moves_over(context, _CHANGE):
            asked = True
            for volume in context.index.volumes_of(move.workload):
                shown = _guest(context, volume)
                if shown is not None:
                    yield self.finding(
                        move.workload.target,
                        what=f"it mounts an SMB share as a guest, which {move.to} nodes refuse",
                        why="they require signed connections, and a guest session cannot be signed",
                        fix="Give the share an account: put it into a Secret and name that in "
                        "nodeStageSecretRef of the volume or its class; do not turn signing off "
                        "on the node, AKS makes it anew",
                        evidence=(shown, *said(changes)),
                    )
                    break
        if asked:
            yield from self.unread(context, *VOLUME_AREAS)


def _guest(context: Context, volume: VolumeFacts) -> Evidence | None:
    """What shows that a share is mounted without an account."""
    if share_of(volume) is not Share.OTHER:
        return None
    class_ = context.index.storage_classes.get(volume.storage_class)
    options = {*volume.mount_options, *(class_.options if class_ else ())} & _GUEST
    path = f"persistentvolumes/{volume.name}"
    if options:
        return Evidence(f"{path}/mountOptions", ", ".join(sorted(options)))
    if not volume.credentials:
        return Evidence(f"{path}/nodeStageSecretRef", "none")
    return None
