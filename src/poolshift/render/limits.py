"""What no rendering of a plan can do, whatever its format; it is said on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.plan import Move, Strategy
from poolshift.render.interface import Limit
from poolshift.render.stages import owner_of, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from poolshift.core.plan import Plan
    from poolshift.render.workloads import Moved


def common_limits(plan: Plan, workloads: Mapping[str, Moved]) -> tuple[Limit, ...]:
    """Every limit of a plan, the ones that need a person first."""
    return (
        *_owned_pools(plan),
        *_owned_templates(plan, workloads),
        *_strategies(plan),
        *_checks(plan),
    )


def _owned_pools(plan: Plan) -> Iterator[Limit]:
    for pool in plan.pools:
        if pool.owner != "none":
            yield Limit(
                f"{pool.owner} owns the pool {pool.blue} and would undo what is done beside it",
                f"create {pool.green} and delete {pool.blue} with {pool.owner}; the steps that "
                "would do it wait for that",
            )


def _owned_templates(plan: Plan, workloads: Mapping[str, Moved]) -> Iterator[Limit]:
    for moved in workloads.values():
        if moved.waits:
            yield Limit(
                f"{moved.target} belongs to {owner_of(moved)}, so nothing here patches it",
                f"write into its source: {'; '.join(wanted(plan, moved))}; its step waits for that",
            )


def _strategies(plan: Plan) -> Iterator[Limit]:
    for pool in plan.pools:
        if pool.strategy is Strategy.PROGRESSIVE:
            yield Limit(
                f"{pool.blue} is planned to move batch by batch; here all of {pool.green} is made "
                "at once, which takes more quota and addresses",
                "use poolshift apply, or see that there is room for both pools",
            )


def _checks(plan: Plan) -> Iterator[Limit]:
    yield Limit(
        "the plan rests on a snapshot; what is compared again is each pool's OS SKU, size and "
        "count, the Kubernetes version, and the images of the templates that change",
        f"render a fresh plan when this one is no longer of today (it was made at {plan.made_at}, "
        f"fingerprint {plan.snapshot_fingerprint})",
    )
    yield Limit(
        "no lease is taken on the cluster and no journal is kept",
        "let nobody else change these pools meanwhile, poolshift apply included",
    )
    if any(w.move in (Move.RETARGET, Move.DRAIN) for w in plan.workloads):
        yield Limit(
            "whether pods with hard rules about other pods (topology spread, anti-affinity) find "
            "a node is not reckoned again before each change",
            "stop when a pod stays Pending, and read its events; poolshift apply looks beforehand",
        )
