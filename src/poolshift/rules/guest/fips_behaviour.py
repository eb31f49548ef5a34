"""PSW165: nodes with FIPS policy where there was none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.guest.crossing import changes_at, said
from poolshift.rules.images.uses import is_shipped
from poolshift.rules.interface import Rule
from poolshift.semantics.hops import hops_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_ON, _DOUBT, _LOCKED = "ws2022-fips-on", "ws2022-fips-image-doubt", "ws2025-fips-locked"


class FipsBehaviour(Rule):
    """The pool's workloads come from nodes without FIPS policy to nodes with it.

    What it finds:
        A Windows Server 2019 pool without FIPS that moves to a later Windows.

    Why it matters:
        From 2022 on the policy is on in every node image, also where the pool's flag reads false;
        on 2025 it cannot be switched off. Programs on the .NET Framework that use MD5, RC4, DES
        or classes that are not validated throw errors under it.

    How it is decided:
        By enableFIPS of the pool and the hop from 2019. From 2022 to 2025 the behaviour stays and
        only the flag changes, which PSW108 tells. Whether a container sees the node's policy is
        not said by any source, and which classes a program uses is in no snapshot.

    What to do:
        Run one pod of each program on a new node and read the policy inside it.

    Example:
        pool/store runs Windows2019 with enableFIPS false and moves to Windows2022.
    """

    id = "PSW165"
    name = "fips-behaviour"
    severity = Severity.RECOMMENDED
    sources = (
        *(f"os_changes/changes/{c}" for c in (_ON, _DOUBT, _LOCKED)),
        "constraints/constraints/windows2022-fips-already-on",
    )
    pains = ("B10",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at each pool to move and whether anything runs on it."""
        for pool, to in context.moving_windows:
            hops = hops_of(pool, to, context.catalog)
            changes = changes_at(context, pool, hops, (_ON, _DOUBT, _LOCKED))
            used = [
                w for w in context.index.workloads_by_pool.get(pool.name, ()) if not is_shipped(w)
            ]
            if pool.fips or not used or _ON not in {c.id for c in changes}:
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what=f"its workloads come under FIPS policy, which is on in {to} nodes",
                why="programs that use MD5, RC4, DES or classes that are not validated fail under "
                "it, those on the .NET Framework above all",
                fix="Run one pod of each program on a new node; read the policy inside it: reg "
                r"query HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FipsAlgorithmPolicy",
                evidence=(
                    Evidence(f"pools/{pool.name}/fips", "false"),
                    Evidence("workloads on it", str(len(used))),
                    *said(changes),
                ),
            )
