"""PSW171: pods that use the node's own programs and libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.guest.crossing import moves_over, said
from poolshift.rules.interface import Rule
from poolshift.semantics.hints import HOST_TOOLS
from poolshift.semantics.host import containers_of, host_paths, is_privileged, is_under

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.kube import PodSpec
    from poolshift.rules.interface import Context

_LIBRARIES, _SYSTEMD = ("azl3-openssl", "u2404-openssl"), "azl3-systemd"
_PROGRAMS = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt")
_UNITS = ("/etc/systemd", "/run/systemd", "/lib/systemd", "/usr/lib/systemd")
_MODULES = ("/lib/modules", "/usr/src")
"""Of the kernel: another rule tells of them."""


class HostLibraries(Rule):
    """A workload uses the node's own programs or libraries, which get newer with the move.

    What it finds:
        On a Linux pool whose OS changes: a workload that mounts the node's root, programs,
        libraries or systemd's directories, or enters the node by nsenter or chroot.

    Why it matters:
        OpenSSL, glibc and systemd of the node are newer afterwards. Binaries copied onto the node
        and units written there meet other libraries. Images with their own libraries are not
        touched.

    How it is decided:
        By hostPath volumes, and hints of commands in pods that are privileged or share the node's
        processes. What AKS ships itself is left out.

    What to do:
        Ship the libraries in the image, and try it on one new node.

    Example:
        A DaemonSet runs nsenter -t 1 -m -- /opt/agent/install.sh.
    """

    id = "PSW171"
    name = "host-libraries"
    severity = Severity.INFO
    sources = tuple(f"os_changes/changes/{c}" for c in (*_LIBRARIES, _SYSTEMD))

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the mounts and commands of every workload that makes a hop."""
        for move, changes in moves_over(context, *_LIBRARIES, _SYSTEMD):
            units, others = _shown(move.workload.template.spec)
            told = [
                c
                for c in changes
                if (c.id == _SYSTEMD and units) or (others and c.id in _LIBRARIES)
            ]
            if not told:
                continue
            yield self.finding(
                move.workload.target,
                what=f"it uses the node's own programs, which are newer on {move.to}",
                why="what it runs or writes on the node meets other libraries there; images with "
                "their own are not touched",
                fix="Ship what it needs in its image, and try it on one new node",
                evidence=(*units, *others, *said(told)),
            )


def _shown(spec: PodSpec) -> tuple[tuple[Evidence, ...], tuple[Evidence, ...]]:
    """What reaches systemd, and what reaches programs and libraries of the node."""
    paths = host_paths(spec)
    units = tuple(
        Evidence("spec/volumes/hostPath", p) for p in paths if is_under(p, _UNITS) or p == "/"
    )
    others = [
        Evidence("spec/volumes/hostPath", p)
        for p in paths
        if p == "/"
        or (is_under(p, _PROGRAMS) and not is_under(p, _MODULES) and not is_under(p, _UNITS))
    ]
    if is_privileged(spec) or spec.host_pid:
        others += [
            Evidence(f"spec/containers/{c.name}", f"hint {HOST_TOOLS}")
            for c in containers_of(spec)
            if HOST_TOOLS in c.hints
        ]
    return units, tuple(others)
