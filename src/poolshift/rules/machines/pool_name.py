"""PSW106: no short name is free for the green pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.names import longest, propose_green

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class NoPoolName(Rule):
    """No name that is short enough is free for the green pool.

    What it finds:
        A Windows pool to move, for which every name that poolshift would propose is taken.

    Why it matters:
        Windows pools take very short names, since computer names are short; a longer one is
        refused by the service, while the client lets it pass.

    How it is decided:
        The proposer keeps the beginning of the old name and adds the target's year, else a
        number; every proposal is held against the pools that exist.

    What to do:
        Name the green pool yourself with --green BLUE=NAME.

    Example:
        pool/ws with ws22 and every ws0 to ws99 taken.
    """

    id = "PSW106"
    name = "no-pool-name"
    severity = Severity.REQUIRED
    sources = (
        "limits/limits/pool-name-windows-length",
        "limits/limits/pool-name-linux-length",
        "limits/limits/pool-name-pattern",
    )
    pains = ("B31",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Propose a name for each green pool, as the planner does."""
        taken = {pool.name for pool in context.snapshot.pools}
        for pool, to in context.moving_windows:
            proposed = propose_green(
                pool.name, taken, to=to, os_type=pool.os_type, catalog=context.catalog
            )
            if proposed is not None:
                taken.add(proposed)
                continue
            most = longest(pool.os_type, context.catalog)
            yield self.finding(
                f"pool/{pool.name}",
                what=f"no name of {most} characters like {pool.name!r} is free for its successor",
                why=f"{pool.os_type} pools take names of at most {most} characters",
                fix=f"Name it yourself: poolshift plan --to {to} --green {pool.name}=NAME "
                "--out plan.yaml",
                evidence=(Evidence("pools", ", ".join(sorted(taken))),),
                blocks=True,
            )
