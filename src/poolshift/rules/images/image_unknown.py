"""PSW105: an image whose index does not say which Windows build it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity, Verdict
from poolshift.core.snapshot import images_of
from poolshift.rules.images.uses import SERVICE_NAMESPACE, windows_moves
from poolshift.rules.interface import Rule, quote
from poolshift.semantics.images import (
    Action,
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


class ImageBuildUnknown(Rule):
    """A Windows image states no os.version, so nobody can tell where it runs.

    What it finds:
        A workload on a pool to move, with an image that has Windows platforms but no os.version,
        neither in the index nor in the config blob; or with the builds in the config blobs alone,
        where the order of the index decides which of them a node takes.

    Why it matters:
        A node picks the entry of an index by os.version. Without it the node may pick an image
        of another build, which does not start. Some build tools lose the field.

    How it is decided:
        The registry's answer has a Windows platform without a four-part build in the index, no
        other entry of it states the target's build, and not all that a node may take instead fit.

    What to do:
        Push the image again with its os.version (docker manifest annotate --os-version, or a
        builder that keeps it), or name a reference that is known with --image OLD=NEW.

    Example:
        An index with two windows/amd64 entries that differ in nothing but the digest.
    """

    id = "PSW105"
    name = "image-build-unknown"
    severity = Severity.RECOMMENDED
    sources = (
        "base_images/manifest_facts/os-version-field",
        "base_images/manifest_facts/config-os-version",
        "base_images/manifest_facts/match-rule",
    )
    pains = ("B3",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at every image of every Windows workload on a pool to move."""
        judged: dict[tuple[str, str], Verdict] = {}
        for move in windows_moves(context):
            workload, to = move.workload, move.to
            for ref in images_of(workload.template):
                facts = context.index.images.get(ref)
                if facts is None or not facts.platforms or is_hostless(ref):
                    continue
                if (ref, to) not in judged:
                    judged[ref, to] = verdict(facts, to, context.catalog)
                if judged[ref, to] == Verdict.UNKNOWN:
                    yield self._unknown(context, workload, facts, to)

    def _unknown(
        self, context: Context, workload: WorkloadFacts, facts: ImageFacts, to: str
    ) -> Finding:
        known = successor(facts.ref, to, context.catalog).action == Action.EDIT
        shipped = workload.namespace == SERVICE_NAMESPACE
        platforms = ", ".join(
            f"{p.os}/{p.architecture} {p.os_version or 'without os.version'}"
            + (" (config blob only)" if p.hidden and p.os_version else "")
            for p in facts.platforms
        )
        hides = hides_fitting(facts, to, context.catalog)
        return self.finding(
            workload.target,
            severity=Severity.INFO if shipped else None,
            what=f"image {facts.ref} does not say which Windows build it holds",
            why=explain_verdict(facts, to, context.catalog)
            if hides
            else f"a pod must not be sent to {to} nodes unless its image is known to fit them",
            fix="Push it again with its os.version, or pass "
            f"--image {quote(f'{facts.ref}=NEW')} with a reference that states it",
            evidence=(Evidence("image", facts.ref), Evidence("platforms", platforms)),
            blocks=not known and not shipped,
        )
