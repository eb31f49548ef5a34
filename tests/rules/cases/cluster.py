"""Cases of the rules on the cluster: versions, channels, locks, owners, webhooks, add-ons."""

from __future__ import annotations

from typing import Any

import msgspec
from tests.rules.cases import Case

from poolshift.core.arm import AutoUpgradeProfile, ScaleSet
from poolshift.core.finding import Severity
from poolshift.core.kube import Container, LabelSelector
from poolshift.core.snapshot import (
    BudgetFacts,
    DeprecatedUse,
    EndpointFacts,
    LockFacts,
    MaintenanceFacts,
    NodeFacts,
    OfferFacts,
    PolicyFacts,
    Snapshot,
    WebhookFacts,
)

OFFICIAL = ("KubernetesOfficial",)
HOOK = "ValidatingWebhookConfiguration/guard/guard.example"
ANSWERS = "ops/Service/guard"
GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/shop-rg"


def channels(s: Any, cluster: str = "none", node: str = "None", **more: Any) -> Snapshot:
    snapshot: Snapshot = s.cluster(auto_upgrade=AutoUpgradeProfile(cluster, node), **more)
    return snapshot


def pools(s: Any, base: Snapshot | None = None, **windows: Any) -> Snapshot:
    found = base or s.clean()
    return msgspec.structs.replace(found, pools=(s.system_pool(), s.windows_pool(**windows)))


def settings(s: Any, mode: str = "User", **figures: Any) -> Snapshot:
    raw = {"properties": {"upgradeSettings": figures}}
    if mode == "System":
        found: Snapshot = s.changed(pools=(s.system_pool(raw=raw), s.windows_pool()))
        return found
    return pools(s, raw=raw)


def grace(s: Any, seconds: int, **figures: Any) -> Snapshot:
    found = settings(s, **figures)
    workload = s.workload(spec={"termination_grace_period_seconds": seconds})
    return msgspec.structs.replace(found, workloads=(workload,))


def window(s: Any, hours: int, node: str = "None", name: str = "default") -> Snapshot:
    properties = {"maintenanceWindow": {"durationHours": hours, "startTime": "00:00"}}
    return msgspec.structs.replace(
        channels(s, node=node), maintenance=(MaintenanceFacts(name, properties),)
    )


def offered(s: Any, version: str, *offers: OfferFacts, **windows: Any) -> Snapshot:
    found: Snapshot = pools(s, s.cluster(kubernetes_version=version), **windows)
    return msgspec.structs.replace(found, offers=offers)


def deprecated(s: Any, removed: str, version: str = "1.35.1") -> Snapshot:
    use = DeprecatedUse("flow/v1beta3", "flowschemas", removed, ("old-agent",))
    base: Snapshot = s.cluster(kubernetes_version=version)
    return msgspec.structs.replace(base, deprecated_uses=(use,))


def hook(s: Any, ready: int | None = 2, nodes: tuple[str, ...] = (), **fields: Any) -> Snapshot:
    behind = () if ready is None else (EndpointFacts(ANSWERS, ready, 2, nodes),)
    snapshot: Snapshot = s.changed(
        webhooks=(WebhookFacts(HOOK, service=ANSWERS, **fields),),
        endpoints=behind,
        nodes=(NodeFacts("w0", "ws22", "windows"), NodeFacts("l0", "system", "linux")),
    )
    return snapshot


def lock(s: Any, level: str, scope: str) -> Snapshot:
    snapshot: Snapshot = s.changed(locks=(LockFacts("keep", level, scope),))
    return snapshot


def identities(s: Any, level: str, *found: str) -> Snapshot:
    base: Snapshot = s.cluster(restriction_level=level)
    return msgspec.structs.replace(
        base,
        scale_sets=(ScaleSet("/vmss", "vmss", "ws22", ("/ID/Kubelet", *found)),),
    )


def agent(s: Any, tag: str) -> Snapshot:
    container = Container("agent", f"mcr.microsoft.com/azuremonitor/ciprod:{tag}")
    daemon = s.workload(kind="DaemonSet", spec={"containers": (container,)})
    daemon = msgspec.structs.replace(daemon, target="kube-system/DaemonSet/ama-logs-windows")
    base: Snapshot = s.cluster(addons=("omsagent",))
    return msgspec.structs.replace(base, workloads=(daemon,))


def system_budget(s: Any, allowed: int) -> Snapshot:
    dns = s.workload("coredns", node_selector={}, pools={"system": 1})
    dns = msgspec.structs.replace(dns, target="kube-system/Deployment/coredns")
    budget = BudgetFacts(
        "kube-system/PodDisruptionBudget/coredns-pdb",
        LabelSelector({"app": "coredns"}),
        min_available=1,
        expected=1,
        healthy=1,
        desired=1,
        allowed=allowed,
        workloads=(dns.target,),
    )
    snapshot: Snapshot = s.changed(
        pools=(s.system_pool(os_sku="Ubuntu2204"), s.windows_pool()),
        workloads=(dns,),
        budgets=(budget,),
    )
    return snapshot


CASES: tuple[Case, ...] = (
    Case(
        "PSK340",
        lambda s: channels(s, "patch"),
        target="cluster",
        says="cluster channel patch, node OS channel None",
        clean=lambda s: channels(s),
    ),
    Case(
        "PSK340",
        lambda s: channels(s, node="SecurityPatch"),
        target="cluster",
        says="node OS channel SecurityPatch",
        severity=Severity.INFO,
        clean=lambda s: msgspec.structs.replace(channels(s, "patch"), pools=(s.system_pool(),)),
    ),
    Case(
        "PSK341",
        lambda s: channels(s, "stable", kubernetes_version="1.31.4"),
        target="cluster",
        says="its channel stable forbids",
        to="Windows2025",
        clean=lambda s: channels(s, "stable"),
    ),
    Case(
        "PSK342",
        lambda s: window(s, 2),
        target="cluster",
        says="default is 2 hours long; 4 are advised",
        clean=lambda s: window(s, 4),
    ),
    Case(
        "PSK342",
        lambda s: window(s, 8, "NodeImage", "aksManagedNodeOSUpgradeSchedule"),
        target="cluster",
        says="channel NodeImage may start in the window aksManagedNodeOSUpgradeSchedule",
        severity=Severity.INFO,
        clean=lambda s: window(s, 8, "None", "aksManagedNodeOSUpgradeSchedule"),
    ),
    Case(
        "PSK342",
        lambda s: pools(s, channels(s, "patch"), count=201),
        target="pool/ws22",
        says="more than 200 nodes",
        severity=Severity.INFO,
        clean=lambda s: pools(s, channels(s, "patch"), count=200),
    ),
    Case(
        "PSK343",
        lambda s: pools(s, kubernetes_version="1.32.6"),
        target="pool/ws22",
        says="3 minors behind the control plane; 3 are allowed",
        clean=lambda s: pools(s, kubernetes_version="1.33.1"),
    ),
    Case(
        "PSK343",
        lambda s: pools(s, s.cluster(kubernetes_version="1.31.4"), kubernetes_version="1.28.4"),
        target="pool/ws22",
        says="4 minors behind the control plane that the move needs",
        to="Windows2025",
        severity=Severity.REQUIRED,
        clean=lambda s: msgspec.structs.replace(
            s.cluster(kubernetes_version="1.31.4"),
            pools=(s.windows_pool(kubernetes_version="1.30.4"),),
        ),
    ),
    Case(
        "PSK344",
        lambda s: offered(s, "1.31.4", OfferFacts("1.31", ("1.31.9",), upgrades=("1.31.9",))),
        target="cluster",
        says="not even of 1.32",
        to="Windows2025",
        clean=lambda s: offered(s, "1.31.4", OfferFacts("1.32", (), upgrades=("1.32.6",))),
    ),
    Case(
        "PSK345",
        lambda s: deprecated(s, "1.36"),
        target="cluster",
        says="Kubernetes 1.36 drops it",
    ),
    Case(
        "PSK345",
        lambda s: deprecated(s, "1.32", "1.31.4"),
        target="cluster",
        says="Kubernetes 1.32 drops it",
        to="Windows2025",
        severity=Severity.REQUIRED,
    ),
    Case(
        "PSK345",
        lambda s: deprecated(s, "1.38"),
        target="cluster",
        says="Kubernetes 1.38 drops it",
        severity=Severity.INFO,
    ),
    Case(
        "PSK346",
        lambda s: offered(s, "1.32.6", OfferFacts("1.34", ("1.34.3",), OFFICIAL)),
        target="cluster",
        says="only an upgrade of everything to 1.34 leads out",
        clean=lambda s: offered(s, "1.34.2", OfferFacts("1.34", ("1.34.3",), OFFICIAL)),
    ),
    Case(
        "PSK346",
        lambda s: offered(
            s, "1.32.6", OfferFacts("1.34", ("1.34.3",), OFFICIAL), os_sku="Windows2019"
        ),
        target="cluster",
        says="and ws22 cannot follow",
        severity=Severity.REQUIRED,
    ),
    Case(
        "PSK347",
        lambda s: offered(s, "1.34.1", OfferFacts("1.34", ("1.34.2", "1.34.3"), OFFICIAL)),
        target="cluster",
        says="new pools cannot be created at 1.34.1",
        clean=lambda s: offered(s, "1.34.3", OfferFacts("1.34", ("1.34.2", "1.34.3"), OFFICIAL)),
    ),
    Case(
        "PSK348",
        lambda s: s.cluster(kubernetes_version="1.32.6"),
        target="cluster",
        says="the service will upgrade it by itself",
        clean=lambda s: s.cluster(kubernetes_version="1.32.6", support_plan="AKSLongTermSupport"),
    ),
    Case(
        "PSK349",
        lambda s: pools(
            s,
            s.cluster(support_plan="AKSLongTermSupport", tier="Premium"),
            os_sku="Windows2019",
        ),
        target="pool/ws22",
        says="long-term support does not keep Windows2019",
        clean=lambda s: pools(s, s.cluster(support_plan="AKSLongTermSupport", tier="Premium")),
    ),
    Case(
        "PSK349",
        lambda s: s.cluster(support_plan="AKSLongTermSupport", tier="Standard"),
        target="cluster",
        says="in the tier Standard",
        severity=Severity.REQUIRED,
        clean=lambda s: s.cluster(tier="Standard"),
    ),
    Case(
        "PSK352",
        lambda s: lock(s, "CanNotDelete", "/subscriptions/x/resourceGroups/mc_shop"),
        target="cluster",
        says="keeps old nodes from being deleted",
        clean=lambda s: lock(s, "CanNotDelete", "/subscriptions/x/resourceGroups/mc_shop-2"),
    ),
    Case(
        "PSK352",
        lambda s: lock(s, "ReadOnly", GROUP),
        target="cluster",
        says="the lock keep (ReadOnly) forbids every change",
        blocks=True,
        clean=lambda s: lock(s, "ReadOnly", f"{GROUP}-2"),
    ),
    Case(
        "PSK353",
        lambda s: s.changed(policies=(PolicyFacts("ws22", "/p/need-tags", "deny"),)),
        target="pool/ws22",
        says="the policy need-tags denies a copy",
        to="Windows2025",
        blocks=True,
        clean=lambda s: s.changed(policies=(PolicyFacts("system", "/p/need-tags", "deny"),)),
    ),
    Case(
        "PSK353",
        lambda s: s.changed(policies=(PolicyFacts("ws22", "/p/need-tags", "audit"),)),
        target="pool/ws22",
        says="marks a copy",
        severity=Severity.INFO,
    ),
    Case(
        "PSK354",
        lambda s: identities(s, "ReadOnly", "/id/vault"),
        target="pool/ws22",
        says="a new scale set cannot get its identities",
        clean=lambda s: identities(s, "ReadOnly"),
    ),
    Case(
        "PSK354",
        lambda s: identities(s, "ReadOnly", "/id/vault"),
        target="pool/ws22",
        says="locked down",
        clean=lambda s: identities(s, "Unrestricted", "/id/vault"),
    ),
    Case(
        "PSK355",
        lambda s: pools(s, owner="terraform"),
        target="pool/ws22",
        says="terraform owns it, and would bring the old pool back; its provider does not know",
        to="Windows2025",
        clean=lambda s: pools(s, os_sku="Windows2025", owner="terraform"),
    ),
    Case(
        "PSK355",
        lambda s: pools(s, owner="bicep"),
        target="pool/ws22",
        says="bicep owns it, and would bring the old pool back",
        to="Windows2025",
    ),
    Case(
        "PSK355",
        lambda s: s.changed(pools=(s.system_pool(os_sku="Ubuntu2204", owner="capz"),)),
        target="pool/system",
        says="capz owns it, and would set its OS back",
        to="Ubuntu2404",
    ),
    Case(
        "PSK356",
        lambda s: s.cluster(node_provisioning="Auto"),
        target="cluster",
        says="never Windows nodes",
        clean=lambda s: s.cluster(node_provisioning="Manual"),
    ),
    Case(
        "PSK356",
        lambda s: s.cluster(automatic=True),
        target="cluster",
        says="takes no Windows pool",
        severity=Severity.REQUIRED,
        blocks=True,
        clean=lambda s: msgspec.structs.replace(
            s.cluster(automatic=True), pools=(s.system_pool(),)
        ),
    ),
    Case(
        "PSK357",
        lambda s: settings(s, "System", maxUnavailable="1"),
        target="pool/system",
        says="system pool with maxUnavailable",
        clean=lambda s: settings(s, "System", maxUnavailable="0"),
    ),
    Case(
        "PSK357",
        lambda s: pools(s, mode="System"),
        target="pool/ws22",
        says="a Windows pool in system mode",
    ),
    Case(
        "PSK357",
        lambda s: s.changed(pools=(s.system_pool(os_sku="Ubuntu2204"),)),
        target="pool/system",
        says="the only system pool",
        severity=Severity.INFO,
        clean=lambda s: s.changed(
            pools=(s.system_pool(os_sku="Ubuntu2204"), s.system_pool(name="other"))
        ),
    ),
    Case(
        "PSK358",
        lambda s: grace(s, 2400),
        target="pool/ws22",
        says="an upgrade waits 30 minutes for a node's pods, one of which may take 40",
        clean=lambda s: grace(s, 2400, drainTimeoutInMinutes=60),
    ),
    Case(
        "PSK358",
        lambda s: settings(s, undrainableNodeBehavior="Cordon"),
        target="pool/ws22",
        says="sets nodes aside",
        severity=Severity.INFO,
        clean=lambda s: settings(s, undrainableNodeBehavior="Schedule"),
    ),
    Case(
        "PSK360",
        lambda s: s.cluster(private=True),
        target="cluster",
        says="inside its network alone",
    ),
    Case(
        "PSK360",
        lambda s: s.cluster(authorized_ranges=3),
        target="cluster",
        says="from 3 listed ranges alone",
        clean=lambda s: msgspec.structs.replace(
            s.cluster(authorized_ranges=3), pools=(s.system_pool(),)
        ),
    ),
    Case(
        "PSK361",
        lambda s: s.cluster(local_accounts=False),
        target="cluster",
        says="no local accounts",
        clean=lambda s: msgspec.structs.replace(
            s.cluster(local_accounts=False), pools=(s.system_pool(),)
        ),
    ),
    Case(
        "PSK362",
        lambda s: hook(s, 0, pods=True),
        target=HOOK,
        says="every new pod it covers is refused",
        clean=lambda s: hook(s, 1, pods=True),
    ),
    Case(
        "PSK362",
        lambda s: hook(s, None, workloads=True),
        target=HOOK,
        says="every change of a workload",
        clean=lambda s: hook(s, None, workloads=True, failure_policy="Ignore"),
    ),
    Case(
        "PSK363",
        lambda s: hook(s, nodes=("w0",), pods=True),
        target=HOOK,
        says="all pods that answer this webhook are on pools to move",
        clean=lambda s: hook(s, nodes=("l0", "w0"), pods=True),
    ),
    Case(
        "PSK363",
        lambda s: hook(s, nodes=("w0",), workloads=True),
        target=HOOK,
        says="on pools to move",
        clean=lambda s: hook(s, nodes=("w0", "gone"), workloads=True),
    ),
    Case(
        "PSK364",
        lambda s: hook(s, evictions=True),
        target=HOOK,
        says="it may refuse evictions",
        clean=lambda s: hook(s, pods=True),
    ),
    Case(
        "PSK365",
        lambda s: pools(s, s.cluster(tier="Free"), count=8),
        target="cluster",
        says="11 nodes in the Free tier, which is meant for 10",
        clean=lambda s: pools(s, s.cluster(tier="Free"), count=7),
    ),
    Case(
        "PSK365",
        lambda s: pools(s, s.cluster(tier="Free"), count=500),
        target="cluster",
        says="takes 1000; the move adds 500",
        severity=Severity.REQUIRED,
        clean=lambda s: pools(s, s.cluster(tier="Standard"), count=500),
    ),
    Case(
        "PSK366",
        lambda s: agent(s, "win-3.1.15"),
        target="cluster",
        says="older than 3.1.17",
        to="Windows2025",
        clean=lambda s: agent(s, "win-3.1.20"),
    ),
    Case(
        "PSK366",
        lambda s: s.cluster(addons=("omsagent",)),
        target="cluster",
        says="was not found",
        to="Windows2025",
        severity=Severity.INFO,
        clean=lambda s: s.cluster(addons=("azurepolicy",)),
    ),
    Case(
        "PSK366",
        lambda s: s.cluster(managed_prometheus=True),
        target="cluster",
        says="only with their exporter",
        severity=Severity.INFO,
        clean=lambda s: msgspec.structs.replace(
            s.cluster(managed_prometheus=True), pools=(s.system_pool(),)
        ),
    ),
    Case(
        "PSK367",
        lambda s: s.changed(
            pools=(s.system_pool(raw={"properties": {"enableCustomCATrust": True}}),)
        ),
        target="pool/system",
        says="preview of custom certificates",
        clean=lambda s: s.changed(
            pools=(s.system_pool(raw={"properties": {"enableCustomCATrust": False}}),)
        ),
    ),
    Case(
        "PSK368",
        lambda s: system_budget(s, 0),
        target="kube-system/PodDisruptionBudget/coredns-pdb",
        says="a budget of the platform allows no eviction",
        clean=lambda s: system_budget(s, 1),
    ),
)
