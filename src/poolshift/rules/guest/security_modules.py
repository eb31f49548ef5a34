"""PSW170: pods that meet the node's security module, which the move changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.guest.crossing import hashed_names, moves_over, said
from poolshift.rules.interface import Rule
from poolshift.semantics.hints import USER_NAMESPACES, runs
from poolshift.semantics.host import containers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.kube import Meta, PodSpec
    from poolshift.rules.interface import Context

_NAMESPACES, _APPARMOR = "u2404-userns", "azl3-lsm"
_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"


class SecurityModules(Rule):
    """A workload makes user namespaces or has an AppArmor profile, and the node's module changes.

    What it finds:
        Rootless builders, browsers and pods with user namespaces on a pool that moves to
        Ubuntu 24.04; pods with an AppArmor profile on a pool that moves to Azure Linux 3.0.

    Why it matters:
        Ubuntu 24.04 lets only profiled processes make user namespaces without privilege: a
        rootless build or a browser's sandbox fails. On Azure Linux 3.0 AppArmor is not what AKS
        counts on, so a profile may be refused or do nothing.

    How it is decided:
        By hostUsers, hints of commands and image names, and AppArmor profiles in the template and
        its annotations. Sources on both are thin: test it.

    What to do:
        Try one such pod on a new node. Give it a profile that allows it, or turn the program's own
        sandbox off where the pod's isolation is enough.

    Example:
        ci/Deployment/buildkit runs moby/buildkit:rootless on a pool that moves to Ubuntu2404.
    """

    id = "PSW170"
    name = "security-modules"
    severity = Severity.RECOMMENDED
    sources = tuple(f"os_changes/changes/{c}" for c in (_NAMESPACES, _APPARMOR))

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the pods of every workload that makes either hop."""
        asked = False
        for move, changes in moves_over(context, _NAMESPACES, _APPARMOR):
            asked = True
            template = move.workload.template
            ids = {c.id for c in changes}
            namespaces = _namespaces(template.spec) if _NAMESPACES in ids else ()
            profiles = _profiles(template.metadata, template.spec) if _APPARMOR in ids else ()
            if namespaces:
                yield self.finding(
                    move.workload.target,
                    what=f"it makes user namespaces, which {move.to} nodes restrict",
                    why="processes outside an AppArmor profile cannot make them: rootless builds "
                    "and the sandboxes of browsers fail",
                    fix="Try one pod on a new node; give it a profile that allows it, or turn the "
                    "program's own sandbox off",
                    evidence=(*namespaces, *said(c for c in changes if c.id == _NAMESPACES)),
                )
            if profiles:
                yield self.finding(
                    move.workload.target,
                    severity=Severity.INFO,
                    what=f"it has an AppArmor profile, which {move.to} nodes may not know",
                    why="AKS counts on another security module there, and sources disagree on what "
                    "a profile does",
                    fix="Try one pod on a new node, and look at its events",
                    evidence=(*profiles, *said(c for c in changes if c.id == _APPARMOR)),
                )
        yield from hashed_names(self, context, asked=asked)


def _namespaces(spec: PodSpec) -> tuple[Evidence, ...]:
    found = [
        Evidence(f"spec/containers/{c.name}", c.image)
        for c in containers_of(spec)
        if runs(c, USER_NAMESPACES)
    ]
    if spec.host_users is False:
        found.append(Evidence("spec/hostUsers", "false"))
    return tuple(found)


def _profiles(meta: Meta, spec: PodSpec) -> tuple[Evidence, ...]:
    given = [spec.security_context.app_armor_profile]
    given += [c.security_context.app_armor_profile for c in containers_of(spec)]
    found = [
        Evidence("securityContext/appArmorProfile", profile.type)
        for profile in given
        if profile is not None and profile.type != "Unconfined"
    ]
    found += [Evidence("annotations", k) for k in meta.annotations if k.startswith(_ANNOTATION)]
    return tuple(found)
