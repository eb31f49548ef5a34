"""Cases about labels, taints and upgrade settings."""

from __future__ import annotations

from tests.sim.arm.rules.bench import Case, change, linux
from tests.sim.arm.rules.parts import INVALID

LABELS = (
    Case(
        "reserved-label",
        INVALID,
        linux(nodeLabels={"kubernetes.azure.com/x": "1"}),
        linux(nodeLabels={"node.kubernetes.io/exclude-from-external-load-balancers": "true"}),
    ),
    Case("label-key", INVALID, linux(nodeLabels={"a b": "1"}), linux(nodeLabels={"a/b": "1"})),
    Case(
        "label-value", INVALID, linux(nodeLabels={"a": "x" * 64}), linux(nodeLabels={"a": "x" * 63})
    ),
    Case(
        "taint-form",
        INVALID,
        linux(nodeTaints=["os=win:Never"]),
        linux(nodeTaints=["os=win:NoSchedule"]),
    ),
    Case(
        "reserved-taint",
        INVALID,
        linux(nodeTaints=["kubernetes.azure.com/x=1:NoSchedule"]),
        linux(nodeTaints=["kubernetes.azure.com/scalesetpriority=spot:NoSchedule"]),
    ),
    Case(
        "taint-of-a-system-pool",
        "SystemPoolHasRestrictedTaint",
        linux(mode="System", nodeTaints=["os=linux:NoSchedule"]),
        linux(mode="System", nodeTaints=["CriticalAddonsOnly=true:NoSchedule"]),
        says="Placing custom taints on system pool is not supported(except",
    ),
)
TAINTS = (
    Case(
        "first-taint-of-a-system-pool",
        "SystemPoolHasRestrictedTaint",
        change("system", nodeInitializationTaints=["initTaint2=value2:NoSchedule"]),
        change("system", nodeInitializationTaints=["", "initTaint2=value2:PreferNoSchedule"]),
    ),
)
UPGRADE_SETTINGS = (
    Case(
        "no-surge-and-none-missing",
        INVALID,
        linux(upgradeSettings={"maxSurge": "0", "maxUnavailable": "0"}),
        linux(upgradeSettings={"maxSurge": "0", "maxUnavailable": "1"}),
    ),
    Case(
        "surge-over-all",
        INVALID,
        linux(upgradeSettings={"maxSurge": "101%"}),
        linux(upgradeSettings={"maxSurge": "100%"}),
    ),
    Case(
        "missing-of-a-system-pool",
        INVALID,
        linux(mode="System", upgradeSettings={"maxUnavailable": "1"}),
        linux(upgradeSettings={"maxUnavailable": "1"}),
    ),
    Case(
        "drain-timeout",
        INVALID,
        linux(upgradeSettings={"drainTimeoutInMinutes": 1441}),
        linux(upgradeSettings={"drainTimeoutInMinutes": 1440}),
    ),
    Case(
        "soak",
        INVALID,
        linux(upgradeSettings={"nodeSoakDurationInMinutes": 31}),
        linux(upgradeSettings={"nodeSoakDurationInMinutes": 30}),
    ),
    Case(
        "behaviour",
        INVALID,
        linux(upgradeSettings={"undrainableNodeBehavior": "Delete"}),
        linux(upgradeSettings={"undrainableNodeBehavior": "Cordon"}),
    ),
    Case(
        "blue-green-soak",
        INVALID,
        linux(upgradeSettingsBlueGreen={"finalSoakDurationInMinutes": 10081}),
        linux(upgradeSettingsBlueGreen={"finalSoakDurationInMinutes": 10080}),
    ),
    Case(
        "blue-green-batch",
        INVALID,
        linux(upgradeSettingsBlueGreen={"drainBatchSize": "0"}),
        linux(upgradeSettingsBlueGreen={"drainBatchSize": "50%"}),
    ),
)

CASES = (
    *LABELS,
    *TAINTS,
    *UPGRADE_SETTINGS,
)
