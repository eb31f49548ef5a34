"""How a run begins: what is refused before any change, and the first journal entry."""

from __future__ import annotations

import getpass
import secrets
from datetime import date
from typing import TYPE_CHECKING

from poolshift.capture import Ports, capture
from poolshift.core.clock import format_time
from poolshift.core.errors import UsageError
from poolshift.core.journal import (
    ENDED,
    Approval,
    JournalEvent,
    Options,
    RunState,
    Source,
)
from poolshift.core.marks import POOL_RUN_TAG
from poolshift.engine.control import check_gate
from poolshift.engine.restore import make_record
from poolshift.planner.fingerprint import differences, parts
from poolshift.planner.recheck import recheck
from poolshift.rules.run import assess

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.catalog import Catalog
    from poolshift.core.plan import Blocker, Plan
    from poolshift.core.snapshot import Snapshot
    from poolshift.engine.journal import Journal
    from poolshift.engine.world import LiveWorld


def new_run_id() -> str:
    """A run's id: short enough to type, random enough to be alone."""
    return f"run-{secrets.token_hex(4)}"


def person() -> str:
    """Who acts, for the journal."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def refuse_unfinished(journal: Journal, plan: Plan) -> None:
    """A plan whose run has not ended is resumed, never applied again.

    Raises:
        UsageError: it names the run.
    """
    for state in journal.runs():
        same_cluster = state.cluster.lower() == plan.cluster.lower()
        if state.status in ENDED or not same_cluster:
            continue
        what = "this plan" if state.plan_id == plan.id else "this cluster"
        raise UsageError(
            f"{what} has an unfinished run: {state.run} ({state.status})",
            fix=f"Go on with: poolshift runs resume {state.run}; or take it back: "
            f"poolshift runs rollback {state.run}",
            code="PSE145",
        )


def refuse_other_cluster(plan: Plan, cluster_id: str) -> None:
    """A plan is for one cluster.

    Raises:
        UsageError: it was made for another.
    """
    if plan.cluster.lower() != cluster_id.lower():
        raise UsageError(
            "the plan was made for another cluster",
            why=f"it is for {plan.cluster}, and this is {cluster_id}",
            fix="Name the right cluster, or plan again for this one",
            code="PSE146",
        )


def refuse_changed(plan: Plan, snapshot: Snapshot) -> None:
    """The cluster must be what was planned for.

    Raises:
        UsageError: it lists what changed.
    """
    for pool in plan.pools:
        green = snapshot.pool(pool.green)
        if green is not None:
            raise UsageError(
                f"the name {pool.green} for the green pool is taken",
                why=f"a pool {pool.green} with {green.os_sku} exists"
                + (f", made by {green.tags[POOL_RUN_TAG]}" if POOL_RUN_TAG in green.tags else ""),
                fix=f"Plan again with another name: --green {pool.blue}=NAME",
                code="PSE147",
            )
    now = parts(snapshot, [w.target for w in plan.workloads])
    changed = differences(plan.fingerprint_parts, now)
    if changed:
        raise UsageError(
            "the cluster has changed since the plan was made",
            why="; ".join(changed),
            fix="Plan again, look at the plan, and apply that",
            code="PSE148",
        )


async def fresh_blockers(
    ports: Ports, catalog: Catalog, plan: Plan, source: str
) -> tuple[Blocker, ...]:
    """Look again on a fresh snapshot; refuses what no approval can heal.

    Raises:
        UsageError: another cluster, or one that has changed.
    """
    refuse_other_cluster(plan, ports.cluster_id)
    wanted = {c.new for w in plan.workloads for c in w.images}
    snapshot = await capture(ports, catalog, source=source, extra_images=sorted(wanted))
    refuse_changed(plan, snapshot)
    as_of = date.fromisoformat(snapshot.captured_at[:10])
    assessment = assess(snapshot, catalog, as_of=as_of, to=plan.to)
    return recheck(plan, snapshot, catalog, assessment)


async def begin(
    journal: Journal,
    world: LiveWorld,
    plan: Plan,
    *,
    run: str,
    plan_text: str,
    source: Source,
    options: Options,
    gates: Iterable[str],
    action: str = "apply",
) -> RunState:
    """Write the run's first entry, with the restore record; nothing is changed yet."""
    for gate in gates:
        check_gate(plan, gate)
    view = await world.observe(plan)
    stamp = format_time(view.now)
    who = person()
    state = RunState(
        run=run,
        plan_id=plan.id,
        plan_text=plan_text,
        cluster=plan.cluster,
        source=source,
        started_at=stamp,
        options=options,
        restore=make_record(plan, view, run),
        approvals=tuple(Approval(gate=g, at=stamp, actor=who, reason="--approve") for g in gates),
    )
    event = JournalEvent(at=stamp, actor=who, action=action, target=plan.id, outcome="started")
    journal.create(state, (event,))
    return state
