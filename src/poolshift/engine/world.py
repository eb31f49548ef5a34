"""The cluster as a run sees and touches it, over the ports; the same on any driver."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from poolshift.core.errors import (
    ApiError,
    ConflictError,
    InvariantError,
    NotFoundError,
    PreconditionError,
    ServerError,
    ThrottledError,
    UnreachableError,
)
from poolshift.core.kube import (
    BUDGETS,
    DAEMON_SETS,
    DEPLOYMENTS,
    JOBS,
    NODES,
    PODS,
    REPLICA_SETS,
    STATEFUL_SETS,
    Resource,
    resource_of_kind,
)
from poolshift.core.marks import RUN_LABEL
from poolshift.core.ports import ArmApi, Clock, EvictionOutcome, KubeApi, PatchKind
from poolshift.engine.manifests import applied_annotation
from poolshift.engine.preflight import preflight
from poolshift.engine.view import View, index_pods
from poolshift.semantics.owners import owner_index

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from poolshift.core.arm import Accepted
    from poolshift.core.journal import ActionRecord
    from poolshift.core.plan import Plan

SPEC_UNCHANGED_TRIES = 4
"""How often a patch is sent anew when only the status of its object changed meanwhile."""

# The service is at work on the cluster or the pool, for somebody else. Its bucket of calls fills
# by one a minute, so asking more often than that gains nothing.
_BUSY = "OperationNotAllowed"
_BUSY_AGAIN_S = 60.0
# Conflicts that no second look and no waiting ends: somebody has to take the lock off.
_FINAL = frozenset({"ScopeLocked"})

WORKLOADS = (DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS, JOBS)


@dataclass(frozen=True)
class Outcome:
    """What came of an act.

    `word`: done · already (it was so) · changed (somebody was faster: look again) · blocked (a
    budget) · denied (a webhook, whose operator may move the pod later) · later (temporary;
    `retry_after_s`) · refused (final).
    """

    word: str
    detail: str = ""
    retry_after_s: float | None = None


def _subscription(cluster_id: str) -> str:
    return cluster_id.split("/")[2]


class LiveWorld:
    """`observe` reads what the plan concerns; `act` makes one call and returns at once."""

    def __init__(self, arm: ArmApi, kube: KubeApi, clock: Clock, cluster_id: str) -> None:
        self.arm = arm
        self.kube = kube
        self.clock = clock
        self.cluster_id = cluster_id
        self._verbs: dict[str, Callable[[Plan, ActionRecord], Awaitable[Outcome]]] = {
            "create-pool": self._create_pool,
            "update-pool": self._update_pool,
            "delete-pool": self._delete_pool,
            "update-cluster": self._update_cluster,
            "assign-identities": self._assign_identities,
            "evict": self._evict,
            "choose-pod": self._patch_pod,
            "spare-pod": self._patch_pod,
            "create-helper": self._create_helper,
            "delete-helper": self._delete_helper,
            "preflight": self._preflight,
            **dict.fromkeys(
                ("cordon", "uncordon", "exclude", "include", "hold", "release"), self._patch_node
            ),
            **dict.fromkeys(
                ("retarget", "restore", "release-rollout", "scale", "unmark"),
                self._patch_workload,
            ),
        }

    async def observe(self, plan: Plan) -> View:
        """Look once; raises ApiError when the cluster cannot be read."""
        azure, objects, workloads = await asyncio.gather(
            asyncio.gather(self.arm.cluster(self.cluster_id), self.arm.pools(self.cluster_id)),
            asyncio.gather(
                self.kube.list(NODES),
                self.kube.list(PODS),
                self.kube.list(REPLICA_SETS),
                self.kube.list(BUDGETS),
            ),
            asyncio.gather(*(self.kube.list(r) for r in WORKLOADS)),
        )
        cluster, pools = azure
        nodes, pods, sets, budgets = objects
        by_target = {
            f"{w.metadata.namespace}/{resource.kind}/{w.metadata.name}": w
            for resource, listing in zip(WORKLOADS, workloads, strict=True)
            for w in listing.items
        }
        owners = owner_index(sets.items)
        pods_on, pods_of = index_pods(pods.items, owners)
        scale_sets = {}
        if any(p.identities for p in plan.pools):
            subscription = _subscription(self.cluster_id)
            group = cluster.properties.node_resource_group
            scale_sets = {s.pool: s for s in await self.arm.scale_sets(subscription, group)}
        return View(
            now=await self.clock.now(),
            cluster=cluster,
            pools={p.name: p for p in pools},
            nodes={n.metadata.name: n for n in nodes.items},
            pods=pods.items,
            workloads=by_target,
            budgets=budgets.items,
            scale_sets=scale_sets,
            features=await self._features(plan),
            helpers={
                t: w
                for t, w in by_target.items()
                if RUN_LABEL in w.metadata.labels and "/DaemonSet/" in t
            },
            owners=owners,
            pods_on=pods_on,
            pods_of=pods_of,
        )

    async def _features(self, plan: Plan) -> dict[str, str]:
        asked = {f for s in plan.steps for f in s.parameters.get("features", ())}
        subscription = _subscription(self.cluster_id)
        return {f: await self.arm.feature(subscription, f) for f in sorted(asked)}

    async def act(self, plan: Plan, action: ActionRecord) -> Outcome:
        """Make the call; every answer of a service is an outcome, never an exception."""
        verb = self._verbs.get(action.verb)
        if verb is None:
            raise InvariantError(f"no such act: {action.verb}")
        try:
            return await verb(plan, action)
        except ConflictError as error:
            why = error.why or error.what
            if error.service_code == _BUSY:
                return Outcome("later", why, _BUSY_AGAIN_S)
            if error.service_code in _FINAL:
                return Outcome("refused", why)
            return Outcome("changed", why)
        except PreconditionError as error:
            return Outcome("changed", error.why or error.what)
        except NotFoundError as error:
            return Outcome("changed", error.what)
        except (ThrottledError, UnreachableError, ServerError) as error:
            return Outcome("later", error.why or error.what, error.retry_after_s)
        except ApiError as error:
            return Outcome("refused", error.why or error.what)

    # --- ARM

    async def _create_pool(self, _: Plan, action: ActionRecord) -> Outcome:
        p = action.parameters
        return _accepted(
            await self.arm.put_pool(
                self.cluster_id, p["pool"], p["body"], create_only=True, headers=p["headers"]
            )
        )

    async def _update_pool(self, _: Plan, action: ActionRecord) -> Outcome:
        p = action.parameters
        return _accepted(
            await self.arm.put_pool(
                self.cluster_id, p["pool"], p["body"], if_match=p["if_match"], headers=p["headers"]
            )
        )

    async def _delete_pool(self, _: Plan, action: ActionRecord) -> Outcome:
        p = action.parameters
        return _accepted(
            await self.arm.delete_pool(self.cluster_id, p["pool"], if_match=p["if_match"])
        )

    async def _update_cluster(self, _: Plan, action: ActionRecord) -> Outcome:
        p = action.parameters
        return _accepted(
            await self.arm.put_cluster(self.cluster_id, p["body"], if_match=p["if_match"])
        )

    async def _assign_identities(self, _: Plan, action: ActionRecord) -> Outcome:
        p = action.parameters
        return _accepted(await self.arm.assign_identities(p["scale_set"], tuple(p["identities"])))

    # --- Kubernetes

    async def _patch_node(self, _: Plan, action: ActionRecord) -> Outcome:
        p = action.parameters
        await self.kube.patch(NODES, p["node"], p["patch"], kind=PatchKind.STRATEGIC)
        return Outcome("done")

    async def _patch_pod(self, _: Plan, action: ActionRecord) -> Outcome:
        p = action.parameters
        await self.kube.patch(PODS, p["pod"], p["patch"], p["namespace"])
        return Outcome("done")

    async def _patch_workload(self, _: Plan, action: ActionRecord) -> Outcome:
        p = action.parameters
        namespace, kind, name = str(p["workload"]).split("/")
        resource = resource_of_kind(kind)
        if resource is None:
            return Outcome("refused", f"poolshift does not know how to change a {kind}")
        patch: dict[str, Any] = p["patch"]
        for _attempt in range(SPEC_UNCHANGED_TRIES):
            try:
                await self._patch_once(resource, name, namespace, action, patch)
            except ConflictError:
                # Status changes all the time; only a changed spec makes the decision stale.
                now = await self.kube.get(resource, name, namespace)
                if now.metadata.generation != p["generation"]:
                    raise
                metadata = {
                    **patch["metadata"],
                    "resourceVersion": now.metadata.resource_version,
                }
                patch = {**patch, "metadata": metadata}
            else:
                return Outcome("done", "configured" if p.get("manifest") else "")
        return Outcome("changed", "it changes faster than it can be patched")

    async def _patch_once(
        self,
        resource: Resource[Any],
        name: str,
        namespace: str,
        action: ActionRecord,
        patch: dict[str, Any],
    ) -> None:
        if action.verb in ("retarget", "restore"):
            live = await self.kube.read(resource, name, namespace)
            manifest = str(action.parameters.get("manifest", ""))
            annotation = applied_annotation(live, patch, manifest)
            if annotation is not None:
                metadata = {**patch["metadata"]}
                metadata["annotations"] = {**metadata.get("annotations", {}), **annotation}
                patch = {**patch, "metadata": metadata}
        await self.kube.patch(resource, name, patch, namespace, kind=PatchKind.STRATEGIC)

    async def _evict(self, _: Plan, action: ActionRecord) -> Outcome:
        p = action.parameters
        result = await self.kube.evict(p["namespace"], p["name"], uid=p["uid"])
        words = {
            EvictionOutcome.EVICTED: "done",
            EvictionOutcome.GONE: "already",
            EvictionOutcome.BLOCKED: "blocked",
            EvictionOutcome.UNOBSERVED: "blocked",
            EvictionOutcome.DENIED: "denied",
            EvictionOutcome.SEVERAL_BUDGETS: "refused",
        }
        return Outcome(words[result.outcome], result.message, result.retry_after_s)

    async def _create_helper(self, _: Plan, action: ActionRecord) -> Outcome:
        p = action.parameters
        await self.kube.create(DAEMON_SETS, p["body"], p["namespace"])
        return Outcome("done")

    async def _delete_helper(self, _: Plan, action: ActionRecord) -> Outcome:
        p = action.parameters
        await self.kube.delete(DAEMON_SETS, p["name"], p["namespace"])
        return Outcome("done")

    async def _preflight(self, plan: Plan, _: ActionRecord) -> Outcome:
        problems = await preflight(self.arm, self.kube, self.cluster_id, plan)
        if problems:
            # What a person may answer for is asked about only when nothing else is in the way.
            open_ = [p for p in problems if not p.answerable]
            word = "refused-check" if open_ else "unanswered-check"
            return Outcome(word, "; ".join(p.line() for p in open_ or problems))
        return Outcome("done", "every Kubernetes write was accepted as a dry run")


def _accepted(answer: Accepted) -> Outcome:
    return Outcome("done", "accepted" if answer.operation_url else "")
