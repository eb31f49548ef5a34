"""The marks that a move leaves on objects: who did it, so that only its own are taken back."""

from __future__ import annotations

EXCLUDE_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers"
"""The label that takes a node out of the load balancers."""

HOLD_ANNOTATION = "cluster-autoscaler.kubernetes.io/scale-down-disabled"
"""The annotation that keeps the cluster autoscaler from taking a node away."""

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
"""The annotation that says which pod goes first when a ReplicaSet shrinks."""

CORDONED_BY = "poolshift.io/cordoned-by"
EXCLUDED_BY = "poolshift.io/excluded-by"
EXCLUDED_AT = "poolshift.io/excluded-at"
HELD_BY = "poolshift.io/held-by"
ROLLOUT_HELD_BY = "poolshift.io/rollout-held-by"
ROLLOUT_HELD_FROM = "poolshift.io/rollout-held-from"
SURGED_BY = "poolshift.io/surged-by"
SURGED_FROM = "poolshift.io/surged-from"
SURGED_TO = "poolshift.io/surged-to"
CHOSEN_BY = "poolshift.io/chosen-by"
RUN_LABEL = "poolshift.io/run"
POOL_RUN_TAG = "poolshift-run"
GUARD_KEY = "poolshift.io/guard"

HOLD_READY_S = 10 * 365 * 86_400
"""minReadySeconds of a held rollout: it must not go on by itself while nobody watches."""

HOLD_DEADLINE_S = 2**31 - 1
"""Its progressDeadlineSeconds: the API wants it above minReadySeconds, and takes this for none."""
