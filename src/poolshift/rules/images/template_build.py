"""PSW154: a template without pods whose image does not run on the target's build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity, Verdict
from poolshift.core.snapshot import images_of
from poolshift.rules.interface import Rule, quote
from poolshift.semantics.images import builds_of, explain_verdict, is_hostless, verdict
from poolshift.semantics.pins import (
    OS_SKU_KEY,
    POOL_KEYS,
    has_host_process,
    is_windows,
    required_values,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.image import ImageFacts
    from poolshift.core.kube import PodSpec
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
        for template in context.snapshot.templates:
            spec = template.template.spec
            if not is_windows(spec) or has_host_process(spec):
                continue
            for to in _targets(context, spec):
                for ref in images_of(template.template):
                    if not is_hostless(ref):
                        yield from self._of_image(context, template, ref, to)

    def _of_image(
        self, context: Context, template: TemplateFacts, ref: str, to: str
    ) -> Iterator[Finding | NotChecked]:
        facts = context.index.images.get(ref)
        if facts is None or not facts.platforms:
            reason = context.snapshot.unknown_reason(f"image/{ref}")
            why = reason or "the snapshot holds nothing of this image"
            yield self.not_checked(template.target, f"{ref}: {why}")
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


def _targets(context: Context, spec: PodSpec) -> tuple[str, ...]:
    """The targets of the pools to move that a template may land on."""
    skus = required_values(spec, OS_SKU_KEY)
    named = [v for v in (required_values(spec, key) for key in POOL_KEYS) if v is not None]
    return tuple(
        sorted(
            {
                to
                for pool, to in context.moving_windows
                if (skus is None or pool.os_sku in skus) and all(pool.name in v for v in named)
            }
        )
    )
