"""PSK218: file modes on volumes of Windows pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.rules.workload.scope import is_shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.kube import PodSpec
    from poolshift.rules.interface import Context

_DEFAULT = 0o644
"""What the API server writes into every volume for which nobody chose a mode."""


class FileModeOnWindows(Rule):
    """A Windows template chooses file modes, which Windows does not have.

    What it finds:
        A Windows workload with a volume of a Secret, a ConfigMap or several sources whose
        defaultMode was chosen.

    Why it matters:
        Windows has access control lists: the mode is not applied, and whoever chose 0400 to
        protect a key has not protected it.

    How it is decided:
        The volume's defaultMode differs from the one that the API server fills in. What the
        service ships in kube-system is left out.

    What to do:
        Take the mode out, and limit who can read the files by what runs in the container.

    Example:
        defaultMode: 0400 on the volume of a certificate's Secret.
    """

    id = "PSK218"
    name = "file-mode-on-windows"
    severity = Severity.INFO
    sources = ("constraints/constraints/windows-volumes",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the volumes of every Windows workload."""
        for workload in context.windows_workloads:
            found = tuple(_modes(workload.template.spec))
            if found and not is_shipped(workload.target):
                yield self.finding(
                    workload.target,
                    what="the file modes of its volumes are not applied on Windows",
                    why="Windows has access control lists, not modes",
                    fix="Take defaultMode out of the volumes; protect the files by what runs in "
                    "the container",
                    evidence=found,
                )


def _modes(spec: PodSpec) -> Iterator[Evidence]:
    for volume in spec.volumes:
        for source in (volume.secret, volume.config_map, volume.projected):
            mode = source.default_mode if source else None
            if mode is not None and mode != _DEFAULT:
                yield Evidence(f"spec/volumes/{volume.name}/defaultMode", f"0{mode:o}")
