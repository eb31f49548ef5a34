"""PSW130: labels or taints of the pool that a copy of it may not carry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context

_RESERVED = ("kubernetes.azure.com/", "kubernetes.io/")
# The one that a spot pool must carry.
_OF_SPOT = "kubernetes.azure.com/scalesetpriority"
_TAINT, _LABEL = "taint-pattern", "label-value-length"


class CopyRefused(Rule):
    """A pool to move carries a label or taint that a create call may not.

    What it finds:
        A pool to move with a label under a reserved prefix, a label value that is too long, or a
        taint of another form than the service takes.

    Why it matters:
        Old pools got through with what is refused today: the copy fails with an error about a
        field that nobody touched.

    How it is decided:
        By nodeLabels and nodeTaints of the pool, against the catalog's patterns.

    What to do:
        Take the label or taint off the pool, or change it, before the move.

    Example:
        nodeLabels with kubernetes.io/role: agent.
    """

    id = "PSW130"
    name = "copy-refused"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/reserved-label-prefix",
        f"limits/limits/{_TAINT}",
        f"limits/limits/{_LABEL}",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the labels and taints of each pool to move."""
        longest = context.catalog.limit_number(_LABEL, "max")
        pattern = re.compile(str(context.catalog.limit(_TAINT).current))
        for pool, _ in context.moving:
            for key, value in pool.labels.items():
                if _is_reserved(key):
                    yield self._finding(context, pool, f"label {key}", "its prefix is reserved")
                elif len(value) > longest:
                    yield self._finding(
                        context, pool, f"label {key}", f"its value has more than {longest} letters"
                    )
            for taint in pool.taints:
                if not pattern.match(taint):
                    yield self._finding(
                        context, pool, f"taint {taint}", "it is not KEY=VALUE:EFFECT"
                    )

    def _finding(self, context: Context, pool: PoolFacts, what: str, why: str) -> Finding:
        return self.finding(
            f"pool/{pool.name}",
            what=f"a copy of it may not carry the {what}",
            why=f"{why}; the service refuses the create call",
            fix="Change it on the pool first: az aks nodepool update "
            f"{context.pool_arguments(pool.name)} --labels … (or --node-taints …)",
            evidence=(Evidence(f"pools/{pool.name}", what),),
        )


def _is_reserved(key: str) -> bool:
    return key.startswith(_RESERVED) and key != _OF_SPOT
