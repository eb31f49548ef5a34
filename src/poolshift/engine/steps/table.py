"""Which function does which kind of step."""

from __future__ import annotations

from poolshift.core.plan import StepKind
from poolshift.engine.steps import around, drain, moves, pools, simple
from poolshift.engine.steps.interface import StepType, nothing_to_undo

HOUR = 3600.0
DAY = 24 * HOUR
WEEK = 7 * DAY

STEPS: dict[StepKind, StepType] = {
    StepKind.PREFLIGHT: StepType(around.preflight, nothing_to_undo, HOUR),
    StepKind.FEATURES: StepType(simple.features, nothing_to_undo, DAY),
    StepKind.HOLD: StepType(around.hold, around.release, 2 * DAY),
    StepKind.CONTROL_PLANE: StepType(simple.control_plane, nothing_to_undo, DAY),
    StepKind.CREATE_GREEN: StepType(pools.create_green, pools.delete_green, 2 * HOUR),
    StepKind.GREEN_READY: StepType(simple.green_ready, nothing_to_undo, HOUR),
    StepKind.IDENTITY: StepType(around.identity, around.undo_identity, HOUR),
    StepKind.PRE_PULL: StepType(around.pre_pull, around.undo_pre_pull, 2 * HOUR),
    StepKind.CANARY: StepType(moves.canary, moves.undo_retarget, DAY),
    StepKind.RETARGET: StepType(moves.retarget, moves.undo_retarget, DAY),
    StepKind.DRAIN: StepType(drain.drain, drain.undo_drain, DAY),
    StepKind.LIFT_GUARD: StepType(pools.lift_guard, nothing_to_undo, HOUR),
    StepKind.VERIFY: StepType(simple.verify, nothing_to_undo, HOUR),
    StepKind.SOAK: StepType(simple.soak, nothing_to_undo, 2 * WEEK),
    StepKind.LEAVE_LOAD_BALANCERS: StepType(
        pools.leave_load_balancers, pools.rejoin_load_balancers, HOUR
    ),
    StepKind.DELETE_BLUE: StepType(pools.delete_blue, pools.no_way_back, WEEK),
    StepKind.RESTORE: StepType(around.restore, nothing_to_undo, 2 * DAY),
    StepKind.PROVE: StepType(simple.prove, nothing_to_undo, HOUR),
    StepKind.FINAL_CHECK: StepType(simple.final_check, nothing_to_undo, HOUR),
}
"""Every kind has an entry; a test holds that. The deadline is when a person is asked."""
