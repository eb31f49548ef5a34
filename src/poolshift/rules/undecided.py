"""Facts and known troubles that no rule decides, each with the reason.

What is neither here nor among some rule's `sources` or `pains` fails a test: a fact must not be
passed over in silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_CALLER = "it is about a call that somebody makes; a snapshot holds none"
_PLAN = "it is a choice of the plan, not a state of the cluster; the planner goes by it"
_RUN = "it shows while a run goes on; the engine and preflight deal with it"
_NAMES = "the service refused such a name when it was given; no cluster has one"

UNDECIDED: Mapping[str, str] = {
    # What a caller sends.
    "constraints/constraints/ostype-must-be-sent": _CALLER,
    "constraints/constraints/unknown-ossku-refused": _CALLER,
    "constraints/constraints/default-windows-sku-moves": "the service always answers an osSKU; "
    "what a later create call will leave out is in nobody's snapshot. poolshift always sends it",
    "constraints/constraints/vm-resize-preview": _CALLER,
    "constraints/constraints/linux-ossku-gpu-dedicated-vhd": "the header that a pool was created "
    "with is not stored, and the pool does not show it",
    "constraints/constraints/trusted-launch-linux-existing": "it says what may be switched on; "
    "nothing breaks where it is off",
    "constraints/constraints/windows-password-change": _CALLER,
    "constraints/constraints/workload-identity-ok": "it says that a move needs nothing there",
    "constraints/constraints/pre-2020-cluster-image": "the service does not tell whether a cluster "
    "was ever upgraded",
    "constraints/constraints/node-disruption-policy": "the API version that is read does not show "
    "the policy; it is a preview",
    # Choices of a plan.
    "constraints/constraints/network-policy-engine-change": _PLAN,
    "constraints/constraints/delete-pool-drains": _PLAN,
    "constraints/constraints/delete-machines-no-drain": _PLAN,
    "constraints/constraints/pool-snapshot-rules": _PLAN,
    "constraints/constraints/native-bluegreen-same-os": _PLAN,
    "limits/limits/native-blue-green": _PLAN,
    "limits/limits/native-rollback-window": _PLAN,
    # Names that exist are fine.
    "limits/limits/cluster-name-pattern": _NAMES,
    "limits/limits/resource-group-name-length": _NAMES,
    "limits/limits/node-resource-group-name-length": _NAMES,
    "limits/limits/dns-prefix-length": _NAMES,
    "limits/limits/windows-computer-name-length": "it is why Windows pool names are short; that "
    "is decided by their length",
    "limits/limits/windows-admin-user": _NAMES,
    "limits/limits/windows-admin-password": "no password is ever read",
    # How often the service may be called.
    "limits/limits/arm-put-managedcluster": _RUN,
    "limits/limits/arm-get-managedcluster": _RUN,
    "limits/limits/arm-get-operation-status": _RUN,
    "limits/limits/arm-list-managedclusters": _RUN,
    "limits/limits/arm-other": _RUN,
    "limits/limits/arm-429": _RUN,
    # Figures that say what to expect.
    "limits/limits/windows-pool-create-time": "a duration that was observed; the planner's "
    "estimate uses it",
    "limits/limits/windows-pool-default-os-disk": "a default for pools that name no size; a pool "
    "that exists has one",
    "limits/limits/clusters-per-subscription": "a move of pools makes no cluster",
}
"""Record of the catalog → why no rule decides it."""

UNDECIDED_PAINS: Mapping[str, str] = {
    "B22": "it is the wish for this command itself",
    "C2": "which parts a new node pulls first shows when it starts; the run waits for the node's "
    "DaemonSets, not for the node",
    "B26": "the machine on which images are built is not in a cluster's snapshot; `rewrite` says "
    "with each new base which build host it needs",
}
"""Known trouble of the phases before and during creation → why no rule detects it."""
