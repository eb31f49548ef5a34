"""PSW154: a template without pods whose image does not run on the target's build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity, Verdict
from poolshift.core.snapshot import images_of
from poolshift.rules.images.uses import why_unread, windows_templates
from poolshift.rules.interface import Rule, quote
from poolshift.semantics.images import builds_of, explain_verdict, is_hostless, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.image import ImageFacts
    from poolshift.core.snapshot import TemplateFacts
    from poolshift.rules.interface import Context


class TemplateImageBuild(Rule):
    """A CronJob or a custom resource makes Windows pods whose image does not run on the target.

    What it finds:
        A template in a CronJob, ScaledJob or custom resource that asks for Windows nodes and may
        land on a pool to move, with an image that does not run on the target.

    Why it matters:
        It has no pod while the move goes on, so nothing fails then. The first run after the old
        pool is gone does.

    How it is decided:
        By the builds in the registry's answer, as for workloads (PSW104). Templates that select
        another pool or OS SKU than one to move are left out, and host-process ones. An image that
        nobody read is not checked.

    What to do:
        Rebuild the image and change the template before the old pool goes.

    Example:
        batch/CronJob/nightly-report holds 10.0.17763; its pool moves to Windows2022.
    """

    id = "PSW154"
    name = "template-image-build"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/image-2019-on-2022",
        "os_changes/changes/ws2022-build-break",
    )
    pains = ("B1", "B2")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at every template that may land on a Windows pool to move."""
        for template, to in windows_templates(context):
            for ref in images_of(template.template):
                if not is_hostless(ref):
                    yield from self._of_image(context, template, ref, to)

    def _of_image(
        self, context: Context, template: TemplateFacts, ref: str, to: str
    ) -> Iterator[Finding | NotChecked]:
        facts = context.index.images.get(ref)
        if facts is None or not facts.platforms:
            yield self.not_checked(template.target, why_unread(context, ref))
        elif verdict(facts, to, context.catalog) == Verdict.REBUILD:
            yield self._mismatch(context, template, facts, to)

    def _mismatch(
        self, context: Context, template: TemplateFacts, facts: ImageFacts, to: str
    ) -> Finding:
        return self.finding(
            template.target,
            what=f"it makes pods with image {facts.ref}, which does not run on {to}",
            why=explain_verdict(facts, to, context.catalog),
            fix=f"Rebuild the image for {to}, then change the template's files: poolshift rewrite "
            f"PATH --to {quote(to)} --write, before the old pool goes",
            evidence=(
                Evidence("image", facts.ref),
                Evidence("os.version", ", ".join(builds_of(facts)) or "none"),
            ),
        )
