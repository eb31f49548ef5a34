"""PSW152: a workload that asks for Hyper-V isolation, which AKS does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.images.uses import windows_moves
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import RuntimeClassFacts
    from poolshift.rules.interface import Context

_WORDS = ("hyperv", "hyper-v", "hypervisor")


class IsolationExpected(Rule):
    """A Windows workload asks for Hyper-V isolation, which AKS nodes do not have.

    What it finds:
        A Windows workload that moves, with a runtime class whose handler is for Hyper-V isolation.

    Why it matters:
        Under Hyper-V isolation an older image would run on a newer node. AKS has process
        isolation only, and no plan to change it: such a pod does not start on any of its nodes.

    How it is decided:
        By the handler of the workload's RuntimeClass, or by its name where the class is not
        there. Classes that could not be read are not checked.

    What to do:
        Take the runtime class away and rebuild the image for the target. What cannot be rebuilt
        stays on a pool of its own Windows version until that ends.

    Example:
        runtimeClassName: runhcs-wcow-hypervisor.
    """

    id = "PSW152"
    name = "isolation-expected"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/no-hyperv-isolation",)
    pains = ("B1",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the runtime class of every Windows workload that moves."""
        classes = {c.name: c for c in context.snapshot.runtime_classes}
        unsure = False
        for move in windows_moves(context):
            name = move.workload.template.spec.runtime_class_name or ""
            if not name:
                continue
            asked = _asks(name, classes.get(name))
            unsure |= not asked and name not in classes
            if asked:
                yield self.finding(
                    move.workload.target,
                    what="it asks for Hyper-V isolation, which AKS does not have",
                    why="AKS runs Windows containers under process isolation only, so the image "
                    "must fit the node's Windows",
                    fix="Remove runtimeClassName from the template and rebuild the image for "
                    f"{move.to}; without a rebuild it stays on a {move.pool.os_sku} pool",
                    evidence=(Evidence("spec/runtimeClassName", name), Evidence("handler", asked)),
                )
        if unsure:
            yield from self.unread(context, "runtimeclasses")


def _asks(name: str, found: RuntimeClassFacts | None) -> str:
    """The handler, or the name, that says Hyper-V; empty when neither does."""
    told = found.handler if found is not None else name
    return told if any(word in told.lower() for word in _WORDS) else ""
