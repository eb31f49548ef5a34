"""Cases of the rules on workloads: where their pods go, and how they are moved."""

from __future__ import annotations

from typing import Any

from tests.rules.cases import Case

from poolshift.core.finding import Severity
from poolshift.core.image import ImageFacts, Platform
from poolshift.core.kube import (
    Container,
    ContainerPort,
    ContainerSecurity,
    FilesSource,
    LabelSelector,
    Meta,
    PodSpec,
    PodTemplate,
    RollingUpdate,
    SecurityContext,
    Strategy,
    Toleration,
    TopologySpreadConstraint,
    Volume,
    VolumeMount,
    WindowsOptions,
)
from poolshift.core.snapshot import (
    BudgetFacts,
    NodeFacts,
    PodFacts,
    RuntimeClassFacts,
    ServiceFacts,
    Snapshot,
    TemplateFacts,
    VolumeFacts,
)

CART = "shop/Deployment/cart"
AGENT = "shop/DaemonSet/agent"
LINUX_IMAGE = "shop.azurecr.io/linux:1"
WS2022 = {"kubernetes.io/os": "windows", "kubernetes.azure.com/os-sku": "Windows2022"}
ANY_WINDOWS = {"kubernetes.io/os": "windows"}


def one(s: Any, *more: Any, **changes: Any) -> Snapshot:
    """The workload cart, changed, beside others."""
    snapshot: Snapshot = s.changed(workloads=(s.workload(**changes), *more))
    return snapshot


def contained(s: Any, **container: Any) -> Snapshot:
    """The workload cart with its container changed."""
    return one(s, spec={"containers": (Container("main", s.both, **container),)})


def linux(s: Any, **changes: Any) -> Snapshot:
    """A Linux workload on the system pool beside cart."""
    agent = s.workload(
        "agent",
        kind="DaemonSet",
        image=LINUX_IMAGE,
        pools={"system": 3},
        **{"node_selector": {}, **changes},
    )
    images = (*s.clean().images, ImageFacts(LINUX_IMAGE, "sha256:1", (Platform("linux"),)))
    snapshot: Snapshot = s.changed(workloads=(s.workload(), agent), images=images)
    return snapshot


def daemon(s: Any, *more: Any, sku: str = "Windows2022") -> Snapshot:
    selector = {"kubernetes.azure.com/os-sku": sku}
    agent = s.workload("agent", kind="DaemonSet", node_selector=selector, pools={"ws22": 3})
    return one(s, agent, *more)


def budget(name: str = "cart", **figures: Any) -> BudgetFacts:
    base: dict[str, Any] = {"expected": 3, "healthy": 3, "desired": 2, "allowed": 1}
    return BudgetFacts(
        f"shop/PodDisruptionBudget/{name}",
        LabelSelector({"app": "cart"}),
        workloads=(CART,),
        **{"min_available": 2, **base, **figures},
    )


def budgets(s: Any, *found: BudgetFacts, **changes: Any) -> Snapshot:
    snapshot: Snapshot = s.changed(workloads=(s.workload(**changes),), budgets=found)
    return snapshot


def spread(s: Any, policy: str) -> Snapshot:
    rule = TopologySpreadConstraint(
        topology_key="kubernetes.io/hostname", node_taints_policy=policy
    )
    return one(s, spec={"topology_spread_constraints": (rule,)})


def two_pools(s: Any, **pools: int) -> Snapshot:
    snapshot: Snapshot = s.changed(
        pools=(s.system_pool(), s.windows_pool(), s.windows_pool(name="web22")),
        workloads=(s.workload(pools=pools),),
    )
    return snapshot


def node(name: str, **labels: str) -> NodeFacts:
    return NodeFacts(
        name,
        "ws22",
        "windows",
        labels={**WS2022, "kubernetes.io/hostname": name, "agentpool": "ws22", **labels},
    )


def labelled(s: Any, selector: dict[str, str], **pool: Any) -> Snapshot:
    snapshot: Snapshot = s.changed(
        pools=(s.system_pool(), s.windows_pool(**pool)),
        nodes=(node("n0", disk="fast"), node("n1")),
        workloads=(s.workload(node_selector={**WS2022, **selector}),),
    )
    return snapshot


def runtime_class(s: Any, **selector: str) -> Snapshot:
    snapshot: Snapshot = s.changed(
        workloads=(s.workload(spec={"runtime_class_name": "win"}),),
        runtime_classes=(RuntimeClassFacts("win", "runhcs", selector),),
    )
    return snapshot


def cron(s: Any, selector: dict[str, str]) -> Snapshot:
    spec = PodSpec(node_selector=selector, containers=(Container("main", s.both),))
    nightly = TemplateFacts("shop/CronJob/nightly", PodTemplate(Meta(), spec))
    snapshot: Snapshot = s.changed(templates=(nightly,))
    return snapshot


def volume(s: Any, node_name: str) -> Snapshot:
    found = VolumeFacts("pv-1", "shop/data", required={"kubernetes.io/hostname": (node_name,)})
    snapshot: Snapshot = s.changed(nodes=(node("n0"),), volumes=(found,))
    return snapshot


def behind(s: Any, *, gate: bool) -> Snapshot:
    service = ServiceFacts("shop/Service/cart", "ClusterIP", {"app": "cart"})
    snapshot: Snapshot = s.changed(
        workloads=contained(s, ready_gate=gate).workloads, services=(service,)
    )
    return snapshot


def waiting(s: Any, phase: str) -> Snapshot:
    pod = PodFacts("shop", "cart-x", "u1", CART, "", phase)
    snapshot: Snapshot = s.changed(pods=(pod,), workloads=(s.workload(ready=2),))
    return snapshot


def job(s: Any, pools: dict[str, int]) -> Snapshot:
    return one(s, s.workload("import", kind="Job", replicas=1, ready=0, pools=pools))


HOST = {"security_context": SecurityContext(windows_options=WindowsOptions(host_process=True))}
ROLL = Strategy("RollingUpdate", RollingUpdate(max_unavailable=2, max_surge=0))
EIGHT = {"replicas": 8, "ready": 8, "pools": {"ws22": 8}, "node_selector": ANY_WINDOWS}
PORTS = (ContainerPort(80, 80),)

CASES: tuple[Case, ...] = (
    Case(
        "PSK213",
        linux,
        target=AGENT,
        says="nothing keeps its Linux pods off Windows nodes",
        clean=lambda s: linux(s, node_selector={"kubernetes.io/os": "linux"}),
    ),
    Case(
        "PSK213",
        lambda s: s.changed(
            pools=(s.system_pool(), s.windows_pool(taints=("os=windows:NoSchedule",))),
            workloads=linux(s, spec={"tolerations": (Toleration(operator="Exists"),)}).workloads,
            images=linux(s).images,
        ),
        target=AGENT,
        says="nothing keeps",
        clean=lambda s: s.changed(
            pools=(s.system_pool(), s.windows_pool(taints=("os=windows:NoSchedule",))),
            workloads=linux(s).workloads,
            images=linux(s).images,
        ),
    ),
    Case(
        "PSK214",
        lambda s: one(s, node_selector={}),
        target=CART,
        says="Linux nodes would take its pods",
        clean=lambda s: one(s, node_selector=ANY_WINDOWS),
    ),
    Case(
        "PSK214",
        lambda s: cron(s, {}),
        target="shop/CronJob/nightly",
        says="Linux nodes would take its pods",
        clean=lambda s: cron(s, ANY_WINDOWS),
    ),
    Case(
        "PSK215",
        daemon,
        target=AGENT,
        says="nodes of Windows2025 do not match its selector",
        clean=lambda s: daemon(
            s,
            s.workload(
                "agent-2025",
                kind="DaemonSet",
                node_selector={"kubernetes.azure.com/os-sku": "Windows2025"},
                pools={},
            ),
        ),
    ),
    Case(
        "PSK216",
        lambda s: one(s, spec={"security_context": SecurityContext(run_as_user=1000)}),
        target=CART,
        says="user or group ids",
        clean=lambda s: one(
            s,
            spec={
                "security_context": SecurityContext(
                    windows_options=WindowsOptions(run_as_user_name="ContainerUser")
                )
            },
        ),
    ),
    Case(
        "PSK216",
        lambda s: contained(s, security_context=ContainerSecurity(run_as_group=0)),
        target=CART,
        says="user or group ids",
    ),
    Case(
        "PSK217",
        lambda s: contained(s, volume_mounts=(VolumeMount("data", "/mnt/data"),)),
        target=CART,
        says="paths of Linux",
        clean=lambda s: contained(
            s,
            volume_mounts=(
                VolumeMount("data", "C:\\mnt\\data"),
                VolumeMount("more", "/k/data"),
                VolumeMount("token", "/var/run/secrets/kubernetes.io/serviceaccount"),
            ),
        ),
    ),
    Case(
        "PSK218",
        lambda s: one(s, spec={"volumes": (Volume("cert", secret=FilesSource(0o400)),)}),
        target=CART,
        says="file modes",
        clean=lambda s: one(s, spec={"volumes": (Volume("cert", secret=FilesSource(0o644)),)}),
    ),
    Case(
        "PSK219",
        lambda s: one(
            s,
            ready=0,
            spec={
                "containers": (
                    Container("main", s.both, security_context=ContainerSecurity(privileged=True)),
                )
            },
        ),
        target=CART,
        says="privileged",
    ),
    Case(
        "PSK219",
        lambda s: contained(s, security_context=ContainerSecurity(privileged=True)),
        target=CART,
        says="privileged",
        severity=Severity.RECOMMENDED,
    ),
    Case(
        "PSK220",
        lambda s: one(s, spec=HOST),
        target=CART,
        says="contradict each other",
        clean=lambda s: one(s, spec={**HOST, "host_network": True}, pools={}),
    ),
    Case(
        "PSK220",
        lambda s: one(s, spec={**HOST, "host_network": True}),
        target=CART,
        says="works on the host itself",
        severity=Severity.INFO,
    ),
    Case(
        "PSK221",
        lambda s: budgets(s, budget(healthy=2, allowed=0)),
        target="shop/PodDisruptionBudget/cart",
        says="allows no eviction now",
        clean=lambda s: budgets(s, budget(min_available=3, desired=3, allowed=0)),
    ),
    Case(
        "PSK222",
        lambda s: budgets(s, budget(), budget("all")),
        target=CART,
        says="2 budgets match its pods",
    ),
    Case(
        "PSK223",
        lambda s: budgets(s, budget(allowed=0, managed_by="helm", release="cart")),
        target="shop/PodDisruptionBudget/cart",
        says="Helm owns it",
        clean=lambda s: budgets(s, budget(managed_by="helm", release="cart")),
    ),
    Case(
        "PSK225",
        lambda s: budgets(
            s,
            budget(min_available=None, max_unavailable=1, expected=8, healthy=8, desired=7),
            strategy=ROLL,
            **EIGHT,
        ),
        target=CART,
        says="more pods away than its budget allows",
        clean=lambda s: budgets(
            s,
            budget(min_available=None, max_unavailable=2, expected=8, healthy=8, desired=6),
            strategy=ROLL,
            **EIGHT,
        ),
    ),
    Case(
        "PSK226",
        lambda s: one(s, kind="StatefulSet", replicas=1, ready=1, pools={"ws22": 1}),
        target="shop/StatefulSet/cart",
        says="with 1 replica it stands still while",
    ),
    Case(
        "PSK226",
        lambda s: one(s, replicas=1, ready=1, pools={"ws22": 1}),
        target=CART,
        says="poolshift adds one first",
        severity=Severity.INFO,
        clean=lambda s: one(s, replicas=2, ready=2, pools={"ws22": 2}),
    ),
    Case(
        "PSK227",
        lambda s: spread(s, "Ignore"),
        target=CART,
        says="counts nodes that are cordoned",
        clean=lambda s: spread(s, "Honor"),
    ),
    Case(
        "PSK228",
        lambda s: one(s, spec={"termination_grace_period_seconds": 3600}),
        target=CART,
        says="60 minutes to stop; a node has 30 minutes",
    ),
    Case(
        "PSK228",
        lambda s: one(s, spec={"termination_grace_period_seconds": 900}),
        target=CART,
        says="15 minutes to stop",
        severity=Severity.INFO,
        clean=lambda s: one(s, spec={"termination_grace_period_seconds": 600}),
    ),
    Case(
        "PSK230",
        lambda s: two_pools(s, ws22=2, web22=1),
        target="cluster",
        says="1 budget governs pods on web22 and ws22, which all move",
        clean=lambda s: two_pools(s, ws22=3),
    ),
    Case(
        "PSK231",
        lambda s: one(s, managed_by="flux"),
        target=CART,
        says="Flux owns its template, which must change",
        clean=lambda s: one(s, managed_by="flux", kind="Job"),
    ),
    Case(
        "PSK231",
        lambda s: one(s, managed_by="helm", release="cart", node_selector=ANY_WINDOWS),
        target=CART,
        says="Helm owns its template, which should change",
        severity=Severity.INFO,
    ),
    Case(
        "PSK232",
        lambda s: labelled(s, {"kubernetes.io/hostname": "n0"}),
        target=CART,
        says="names nodes that go",
        clean=lambda s: labelled(s, {"kubernetes.io/hostname": "another"}),
    ),
    Case(
        "PSK232",
        lambda s: contained(s, ports=PORTS),
        target=CART,
        says="host port",
        severity=Severity.INFO,
        clean=lambda s: one(
            s,
            spec={"containers": (Container("main", s.both, ports=PORTS),)},
            pools={"ws22": 2},
        ),
    ),
    Case(
        "PSK233",
        lambda s: labelled(s, {"disk": "fast"}),
        target=CART,
        says="selects disk=fast",
        clean=lambda s: labelled(s, {"disk": "fast"}, labels={"disk": "fast"}),
    ),
    Case(
        "PSK234",
        lambda s: runtime_class(s, **{"node.kubernetes.io/windows-build": "10.0.20348"}),
        target=CART,
        says="RuntimeClass win sends its pods to",
        clean=lambda s: runtime_class(s, **{"kubernetes.io/os": "windows"}),
    ),
    Case(
        "PSK235",
        lambda s: cron(s, {"agentpool": "ws22"}),
        target="shop/CronJob/nightly",
        says="no node takes the pods",
        clean=lambda s: cron(s, {"kubernetes.io/os": "windows"}),
    ),
    Case(
        "PSK235",
        lambda s: volume(s, "n0"),
        target="PersistentVolume/pv-1",
        says="a pool or node that goes",
        clean=lambda s: volume(s, "another"),
    ),
    Case(
        "PSK236",
        lambda s: job(s, {"ws22": 1}),
        target="shop/Job/import",
        says="the pool is not empty before it ends",
        clean=lambda s: job(s, {}),
    ),
    Case(
        "PSK236",
        lambda s: cron(s, ANY_WINDOWS),
        target="shop/CronJob/nightly",
        says="during the move",
        severity=Severity.INFO,
        clean=lambda s: cron(s, {"kubernetes.io/os": "linux"}),
    ),
    Case(
        "PSK237",
        lambda s: behind(s, gate=False),
        target=CART,
        says="no readiness probe",
        clean=lambda s: behind(s, gate=True),
    ),
    Case(
        "PSK239",
        lambda s: s.clean(),
        target="pool/ws22",
        says="1 workload on it would find no node",
        clean=lambda s: one(s, node_selector=ANY_WINDOWS),
    ),
    Case(
        "PSK240",
        lambda s: waiting(s, "Pending"),
        target=CART,
        says="wait for a node now",
        clean=lambda s: waiting(s, "Failed"),
    ),
    Case(
        "PSK241",
        lambda s: one(s, ready=2),
        target=CART,
        says="not ready now",
        clean=lambda s: waiting(s, "Pending"),
    ),
)
