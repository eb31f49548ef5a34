"""Evictions as a dry run: what would keep the pods of a drain where they are.

A webhook that denies an eviction may mean no, or that its operator moves the pod itself a little
later; a dry run cannot tell the two apart. So a denial stops the run before anything is changed,
and whoever knows the operator lets it go on.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from poolshift.core.errors import ApiError
from poolshift.core.kube import PODS, REPLICA_SETS, Pod, is_finished
from poolshift.core.plan import Move, Plan
from poolshift.core.ports import EvictionOutcome, EvictionResult, KubeApi
from poolshift.engine.problem import Problem, refused
from poolshift.semantics.owners import owner_index, workload_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NO_DRY_RUN = "does not support dry run"
UNANSWERED = "failed calling webhook"
ANSWER = (
    "exempt the workload from that webhook; or, if its operator moves a denied pod by itself, "
    "approve the step: --approve preflight"
)


async def eviction_problems(kube: KubeApi, plan: Plan) -> AsyncIterator[Problem]:
    """Ask for one pod of each workload that is drained: what guards one guards all of them."""
    drained = [w.target for w in plan.workloads if w.move is Move.DRAIN]
    if not drained:
        return
    pods = await _pods_of(kube)
    for target in drained:
        for pod in pods.get(target, ())[:1]:
            problem = await _problem(kube, target, pod)
            if problem is not None:
                yield problem


async def _pods_of(kube: KubeApi) -> dict[str, list[Pod]]:
    owners = owner_index((await kube.list(REPLICA_SETS)).items)
    found: defaultdict[str, list[Pod]] = defaultdict(list)
    for pod in (await kube.list(PODS)).items:
        if not is_finished(pod) and pod.metadata.deletion_timestamp is None:
            found[workload_of(pod.metadata, owners)].append(pod)
    return found


async def _problem(kube: KubeApi, target: str, pod: Pod) -> Problem | None:
    meta = pod.metadata
    try:
        result = await kube.evict(meta.namespace, meta.name, uid=meta.uid, dry_run=True)
    except ApiError as error:
        return refused(target, error)
    return _judged(target, result)


def _judged(target: str, result: EvictionResult) -> Problem | None:
    """A problem that waiting does not solve; a budget that is used up now is none."""
    if result.outcome is EvictionOutcome.SEVERAL_BUDGETS:
        return Problem(target, result.message, "let one budget alone match its pods")
    if result.outcome is not EvictionOutcome.DENIED:
        return None
    if UNANSWERED in result.message:
        why = f"its pods cannot be evicted: {result.message}"
        return Problem(target, why, "bring the webhook's own pods up, or set its failurePolicy")
    if NO_DRY_RUN in result.message:
        why = f"nobody can tell beforehand whether its pods may be evicted: {result.message}"
    else:
        why = f"a webhook denies the eviction of its pods: {result.message}"
    return Problem(target, why, ANSWER, answerable=True)
