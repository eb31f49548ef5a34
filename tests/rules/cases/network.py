"""Cases of the rules on the network and on what reaches pods."""

from __future__ import annotations

from typing import Any

import msgspec
from tests.rules.cases import Case

from poolshift.core.arm import LoadBalancerProfile, NetworkProfile
from poolshift.core.finding import Severity
from poolshift.core.kube import Container, LabelSelector
from poolshift.core.snapshot import NetworkPolicyFacts, RouteFacts, ServiceFacts, Snapshot
from poolshift.rules.settings import Settings, Thresholds

LABEL = "node.kubernetes.io/exclude-from-external-load-balancers"
POLICIES = (NetworkPolicyFacts("shop/NetworkPolicy/cart", LabelSelector({"app": "cart"})),)
FEW = Settings(thresholds=Thresholds(windows_services=5))


def network(s: Any, policies: tuple[NetworkPolicyFacts, ...] = (), **fields: Any) -> Snapshot:
    clean = s.clean()
    profile = msgspec.structs.replace(clean.cluster.network, **fields)
    cluster = msgspec.structs.replace(clean.cluster, network=profile)
    snapshot: Snapshot = s.changed(cluster=cluster, network_policies=policies)
    return snapshot


def pool(s: Any, found: Snapshot | None = None, **changes: Any) -> Snapshot:
    base = found or s.clean()
    return msgspec.structs.replace(base, pools=(s.system_pool(), s.windows_pool(**changes)))


def with_(s: Any, **properties: Any) -> Snapshot:
    return pool(s, raw={"properties": properties})


def service(policy: str = "", kind: str = "LoadBalancer", name: str = "cart") -> ServiceFacts:
    return ServiceFacts(f"shop/Service/{name}", kind, {"app": "cart"}, policy, ports=1)


def services(s: Any, *found: ServiceFacts, **workload: Any) -> Snapshot:
    snapshot: Snapshot = s.changed(services=found, workloads=(s.workload(**workload),))
    return snapshot


def waiting(*, probe: bool = True, hook: bool = True, image: str = "") -> dict[str, Any]:
    container = Container("main", image or "shop.azurecr.io/both:1")
    kept = msgspec.structs.replace(container, ready_gate=probe, pre_stop=hook)
    return {"spec": {"containers": (kept,)}}


def routed(s: Any, kind: str, **workload: Any) -> Snapshot:
    route = RouteFacts("shop/Ingress/cart", (kind,), ("shop/Service/cart",))
    found = services(s, service(kind="ClusterIP"), **workload)
    return msgspec.structs.replace(found, routes=(route,))


AGIC = "azure-application-gateway"

CASES: tuple[Case, ...] = (
    Case(
        "PSK300",
        lambda s: network(s, POLICIES, network_policy="azure"),
        target="cluster",
        says="is no longer served on Windows nodes",
        clean=lambda s: msgspec.structs.replace(
            network(s, POLICIES, network_policy="azure"), pools=(s.system_pool(),)
        ),
    ),
    Case(
        "PSK301",
        lambda s: network(s, POLICIES, network_policy="calico"),
        target="pool/ws22",
        says="Calico is not documented for Windows2025",
        to="Windows2025",
        clean=lambda s: network(s, POLICIES, network_policy="azure"),
    ),
    Case(
        "PSK301",
        lambda s: network(s, network_policy="calico"),
        target="pool/ws22",
        says="Calico is not documented",
        to="Windows2025",
        severity=Severity.INFO,
        clean=lambda s: pool(
            s, network(s, POLICIES, network_policy="calico"), os_sku="Windows2025"
        ),
    ),
    Case(
        "PSK302",
        lambda s: pool(s, os_sku="Windows2019"),
        target="pool/ws22",
        says="Windows2019 is not listed for the network mode overlay",
    ),
    Case(
        "PSK302",
        lambda s: pool(s, os_sku="Windows2019", raw={"properties": {"podSubnetID": "/n/s"}}),
        target="pool/ws22",
        says="Windows2019 is not listed for the network mode pod subnet",
        clean=lambda s: pool(s, network(s, network_plugin_mode=None), os_sku="Windows2019"),
    ),
    Case(
        "PSK305",
        lambda s: network(s, network_policy="calico"),
        target="cluster",
        says="answer clients directly",
        clean=lambda s: msgspec.structs.replace(
            network(s, network_policy="calico"), pools=(s.system_pool(),)
        ),
    ),
    Case(
        "PSK306",
        lambda s: services(s, service("Local")),
        target="shop/Deployment/cart",
        says="the client's address does not reach it",
        clean=lambda s: services(s, service("Cluster")),
    ),
    Case(
        "PSK307",
        lambda s: services(s, *(service("Cluster", name=f"s{n}") for n in range(4))),
        target="cluster",
        says="4 Services with externalTrafficPolicy Cluster, of about 5",
        settings=FEW,
        clean=lambda s: services(
            s,
            *(service("Cluster", name=f"s{n}") for n in range(3)),
            service("Local", name="l"),
            service(kind="ClusterIP", name="c"),
        ),
    ),
    Case(
        "PSK308",
        lambda s: services(s, *(service(name=f"s{n}") for n in range(240))),
        target="cluster",
        says="240 Services of type LoadBalancer, of 300",
        clean=lambda s: services(s, *(service(name=f"s{n}") for n in range(239))),
    ),
    Case(
        "PSK309",
        lambda s: services(s, service("Local")),
        target="shop/Deployment/cart",
        says="no minReadySeconds and no preStop hook",
        clean=lambda s: services(s, service("Local"), min_ready_s=30, **waiting()),
    ),
    Case(
        "PSK309",
        lambda s: services(s, service("Local"), min_ready_s=30),
        target="shop/Deployment/cart",
        says="Local and has no preStop hook",
        clean=lambda s: services(s, service("Cluster")),
    ),
    Case(
        "PSK310",
        lambda s: services(s, service("Cluster"), service("Local", name="b")),
        target="cluster",
        says="1 LoadBalancer Services send through every node",
        clean=lambda s: services(s, service("Local"), service("Cluster", "NodePort", "b")),
    ),
    Case(
        "PSK311",
        lambda s: routed(s, AGIC),
        target="shop/Deployment/cart",
        says="no readiness probe and no preStop hook",
        clean=lambda s: routed(s, AGIC, **waiting()),
    ),
    Case(
        "PSK311",
        lambda s: routed(s, "nginx", **waiting(hook=False)),
        target="shop/Deployment/cart",
        says="behind an ingress and has no preStop hook",
        severity=Severity.INFO,
        clean=lambda s: services(s, service(kind="ClusterIP")),
    ),
    Case(
        "PSK312",
        lambda s: services(s, **waiting(image="docker.io/library/traefik:v3.3")),
        target="shop/Deployment/cart",
        says="an ingress controller runs on the Windows nodes",
        clean=lambda s: services(s, **waiting(image="shop.azurecr.io/cart:traefik")),
    ),
    Case(
        "PSK313",
        lambda s: with_(s, windowsProfile={"disableOutboundNat": True}),
        target="pool/ws22",
        says="outbound NAT is off",
        clean=lambda s: with_(s, windowsProfile={"disableOutboundNat": False}),
    ),
    Case(
        "PSK313",
        lambda s: pool(
            s,
            owner="terraform",
            raw={"properties": {"windowsProfile": {"disableOutboundNat": True}}},
        ),
        target="pool/ws22",
        says="outbound NAT is off",
        severity=Severity.RECOMMENDED,
        clean=lambda s: pool(s, owner="terraform", raw={"properties": {"windowsProfile": None}}),
    ),
    Case(
        "PSK314",
        lambda s: network(s, load_balancer_sku="basic"),
        target="cluster",
        says="Basic load balancer",
        blocks=True,
        clean=lambda s: network(s, load_balancer_sku="Standard"),
    ),
    Case(
        "PSK315",
        lambda s: pool(s, labels={LABEL: "false"}),
        target="pool/ws22",
        says="out of the load balancers",
        clean=lambda s: pool(s, labels={"tier": "web"}),
    ),
    Case(
        "PSK316",
        lambda s: network(s, outbound_type="userDefinedRouting"),
        target="cluster",
        says="outboundType userDefinedRouting",
        clean=lambda s: network(s, outbound_type="loadBalancer"),
    ),
    Case(
        "PSK317",
        lambda s: s.changed(
            pools=(
                s.system_pool(subnet_id="/nets/a/subnets/one"),
                s.windows_pool(subnet_id="/nets/b/subnets/one"),
            )
        ),
        target="cluster",
        says="2 virtual networks",
        clean=lambda s: s.changed(
            pools=(
                s.system_pool(subnet_id="/nets/a/subnets/one"),
                s.windows_pool(subnet_id="/nets/A/subnets/two"),
            )
        ),
    ),
    Case(
        "PSK318",
        lambda s: s.cluster(windows=None),
        target="cluster",
        says="no windowsProfile",
        blocks=True,
        clean=lambda s: msgspec.structs.replace(s.cluster(windows=None), pools=(s.system_pool(),)),
    ),
    Case(
        "PSK319",
        lambda s: s.cluster(artifact_source="Cache"),
        target="cluster",
        says="isolated from the network",
        clean=lambda s: s.cluster(artifact_source="Direct"),
    ),
    Case(
        "PSK319",
        lambda s: network(s, outbound_type="block"),
        target="cluster",
        says="isolated from the network",
        clean=lambda s: s.cluster(network=NetworkProfile("azure", "overlay")),
    ),
    Case(
        "PSK320",
        lambda s: with_(s, type="AvailabilitySet"),
        target="pool/ws22",
        says="availability set",
        blocks=True,
        clean=lambda s: with_(s, type="VirtualMachineScaleSets"),
    ),
    Case(
        "PSK320",
        lambda s: with_(s, type="VirtualMachines"),
        target="pool/ws22",
        says="single machines",
        severity=Severity.RECOMMENDED,
        clean=lambda s: s.changed(
            pools=(s.system_pool(raw={"properties": {"type": "VirtualMachines"}}),)
        ),
    ),
    Case(
        "PSK321",
        lambda s: network(s, load_balancer_profile=LoadBalancerProfile(idle_timeout_in_minutes=30)),
        target="cluster",
        says="live 30 minutes by its settings, and 4 on its Windows nodes",
        clean=lambda s: network(
            s, load_balancer_profile=LoadBalancerProfile(idle_timeout_in_minutes=4)
        ),
    ),
)
