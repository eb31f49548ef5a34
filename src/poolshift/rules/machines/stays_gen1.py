"""PSW120: why a Windows pool is a Gen1 pool still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote
from poolshift.semantics.generation import GEN1, CauseKind, generation_story

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context
    from poolshift.semantics.generation import GenerationStory


class StaysGen1(Rule):
    """A Windows pool is Gen1, and no upgrade of its own will change that.

    What it finds:
        A Windows pool with a Gen1 image, with the cause: its OS has no other, its size boots no
        other, or it was created without the header that asks for Gen2.

    Why it matters:
        "Upgrade to Gen2" is often tried by upgrading node image or Kubernetes, which never changes
        the generation. Each cause has another cure.

    How it is decided:
        By the node image's name, the OS, and what the VM size boots as the service says it. The
        name of a size does not tell: a `v2` in it is no generation.

    What to do:
        The OS: move to a later one. The size: take another for the new pool. The header: send it
        when the new pool is created.

    Example:
        AKSWindows-2022-containerd-20348.4648.260109 on Standard_D8s_v3, which boots both.
    """

    id = "PSW120"
    name = "stays-gen1"
    severity = Severity.INFO
    sources = (
        "constraints/constraints/image-upgrade-keeps-generation",
        "constraints/constraints/ws2025-gen2-default",
        "constraints/constraints/gen-in-place-doc-conflict",
        "os_changes/changes/ws2022-generation",
        "os_changes/changes/ws2025-gen2",
    )
    pains = ("B11",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Ask for the story of every Windows pool."""
        for pool in context.snapshot.pools:
            if pool.os_type != "Windows":
                continue
            story = generation_story(pool, context.snapshot.vm_sizes, context.catalog)
            if story.open_question:
                yield self.not_checked(f"pool/{pool.name}", story.open_question)
            elif story.generation == GEN1:
                yield self._finding(context, pool, story)

    def _finding(self, context: Context, pool: PoolFacts, story: GenerationStory) -> Finding:
        return self.finding(
            f"pool/{pool.name}",
            what=f"it is a Gen1 pool: {story.causes[0].text}",
            why="; ".join(cause.text for cause in story.causes[1:]) or "no upgrade changes that",
            fix=_cure(context, pool, story),
            evidence=(
                Evidence(f"pools/{pool.name}/node_image_version", pool.node_image_version),
                Evidence("HyperVGenerations", ",".join(story.size_generations) or "unknown"),
                *(Evidence("cause", cause.fact) for cause in story.causes),
            ),
        )


def _cure(context: Context, pool: PoolFacts, story: GenerationStory) -> str:
    to = context.target_of(pool)
    plan = f"poolshift plan --to {to} --pool {quote(pool.name)} --out plan.yaml" if to else ""
    if story.created_by is CauseKind.SIZE_GEN1_ONLY:
        return (
            "Take a size that boots Gen2 for the new pool: az vm list-skus --resource-type "
            "virtualMachines --query \"[?capabilities[?name=='HyperVGenerations' && "
            f"contains(value, 'V2')]].name\" -l {quote(context.snapshot.cluster.region)}"
        )
    if story.created_by is CauseKind.HEADER_NOT_SENT:
        return (
            f"Make a new pool with the header: az aks nodepool add {context.pool_arguments('NAME')}"
            f" --os-type Windows --os-sku {pool.os_sku} --aks-custom-headers UseWindowsGen2VM=true"
            + (f"; or move to {to}, which takes Gen2 by itself: {plan}" if plan else "")
        )
    return f"Move to a later OS: {plan}" if plan else "A later OS has Gen2 images"
