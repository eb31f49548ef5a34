"""PSW104: a workload's image does not run on the target's build."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.core.finding import Evidence, Severity, Verdict
from poolshift.core.snapshot import images_of
from poolshift.rules.images.uses import SERVICE_NAMESPACE, strays, why_unread, windows_moves
from poolshift.rules.interface import Rule, quote
from poolshift.semantics.images import (
    Action,
    builds_of,
    explain_verdict,
    hides_fitting,
    is_hostless,
    successor,
    verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.image import ImageFacts
    from poolshift.core.snapshot import WorkloadFacts
    from poolshift.rules.interface import Context
    from poolshift.semantics.images import Successor


class ImageBuildMismatch(Rule):
    """A workload's image holds no Windows build that the target's nodes run.

    What it finds:
        A workload on a pool to move, with an image whose os.version does not fit the target.

    Why it matters:
        Windows containers share the node's kernel. On a node of another build the container does
        not start (0xc0370101), or the pull ends with "no matching manifest".

    How it is decided:
        The builds in the registry's answer are held against the builds that nodes of the target
        run under process isolation; the fourth part of a build does not count. A node chooses an
        entry by what the index says, and takes the first one that states no os.version: the config
        blob that states it is read too late. So an index that lost the field does not fit where
        its first such entry is for another build, although it holds the right one. Host-process
        containers are left out, their image is not tied to the build. Images that AKS itself
        ships in kube-system are reported, and AKS replaces them.

    What to do:
        Take the tag that the catalog's mapping names, or rebuild on a base of the target's
        version and name the new reference with --image OLD=NEW. Without either the workload
        cannot be moved.

    Example:
        The image holds 10.0.17763.3165; Windows2022 nodes are 10.0.20348 and run only that.
    """

    id = "PSW104"
    name = "image-build-mismatch"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/image-2019-on-2022",
        "constraints/constraints/image-2022-on-2025",
        "constraints/constraints/image-2025-on-2022",
        "constraints/constraints/hostprocess-containers",
        "os_changes/changes/ws2022-build-break",
        "os_changes/changes/ws2025-runs-2022-images",
    )
    pains = ("B1", "B2")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at every image of every Windows workload on a pool to move."""
        # What is said of an image is the same for all who use it, but for whom AKS ships.
        said: dict[tuple[str, str, bool], tuple[Finding | NotChecked, ...]] = {}
        for move in windows_moves(context):
            workload, to = move.workload, move.to
            for ref in images_of(workload.template):
                if is_hostless(ref) or strays(context, workload, ref):
                    continue
                key = (ref, to, workload.namespace == SERVICE_NAMESPACE)
                if key not in said:
                    said[key] = tuple(self._of_image(context, workload, ref, to))
                for told in said[key]:
                    yield msgspec.structs.replace(told, target=workload.target)

    def _of_image(
        self, context: Context, workload: WorkloadFacts, ref: str, to: str
    ) -> Iterator[Finding | NotChecked]:
        facts = context.index.images.get(ref)
        if facts is None or not facts.platforms:
            yield self.not_checked(workload.target, why_unread(context, ref))
            return
        judged = verdict(facts, to, context.catalog)
        if judged == Verdict.REBUILD:
            yield self._mismatch(context, workload, facts, to)
        elif judged == Verdict.FITS_UNSUPPORTED:
            yield self.finding(
                workload.target,
                severity=Severity.INFO,
                what=f"image {ref} runs on {to}, though it was built for another version",
                why=explain_verdict(facts, to, context.catalog),
                fix=f"Nothing must be done. To follow the OS: {_advice(context, ref, to)}",
                evidence=_evidence(facts),
            )

    def _mismatch(
        self, context: Context, workload: WorkloadFacts, facts: ImageFacts, to: str
    ) -> Finding:
        found = successor(facts.ref, to, context.catalog)
        known = found.action == Action.EDIT
        shipped = workload.namespace == SERVICE_NAMESPACE
        return self.finding(
            workload.target,
            severity=Severity.INFO if shipped else Severity.REQUIRED,
            what=f"image {facts.ref} does not run on {to}" + _becomes(found),
            why=explain_verdict(facts, to, context.catalog),
            fix=_fix(facts.ref, to, found) + _or_annotate(context, facts, to),
            evidence=_evidence(facts),
            blocks=not known and not shipped,
        )


def _evidence(facts: ImageFacts) -> tuple[Evidence, ...]:
    builds = ", ".join(builds_of(facts)) or "none"
    hidden = any(p.hidden for p in facts.platforms)
    path = "os.version in the config blobs" if hidden else "os.version"
    return (Evidence("image", facts.ref), Evidence(path, builds))


def _becomes(found: Successor) -> str:
    return f"; it becomes {found.ref}" if found.action == Action.EDIT else ""


def _fix(ref: str, to: str, found: Successor) -> str:
    if found.action == Action.EDIT:
        return (
            f"Rewrite the files: poolshift rewrite PATH --to {to} --write, or give the plan the "
            f"new image: --image {quote(f'{ref}={found.ref}')}"
        )
    hint = f" ({found.suggestion})" if found.suggestion else ""
    return f"Rebuild the image for {to}{hint}, and pass --image {quote(f'{ref}=NEW')}"


def _or_annotate(context: Context, facts: ImageFacts, to: str) -> str:
    """The cheaper cure where only the index is wrong."""
    if not hides_fitting(facts, to, context.catalog):
        return ""
    return (
        "; or push its index again with the os.version of each entry (docker manifest annotate "
        "--os-version), and plan again"
    )


def _advice(context: Context, ref: str, to: str) -> str:
    found = successor(ref, to, context.catalog)
    return f"take {found.ref}" if found.ref else f"rebuild it on a base of {to}"
