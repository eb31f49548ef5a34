"""Services, what stands in front of and behind them, policies and webhooks; pure."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from poolshift.core.snapshot import (
    DeprecatedUse,
    EndpointFacts,
    NetworkPolicyFacts,
    RouteFacts,
    ServiceFacts,
    WebhookFacts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.capture.wire import (
        EndpointSlice,
        Gateway,
        Hook,
        HookConfiguration,
        HttpRoute,
        Ingress,
        NetworkPolicy,
    )
    from poolshift.core.kube import Service

SERVICE_LABEL = "kubernetes.io/service-name"
_CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_KEPT_ANNOTATIONS = (
    "service.beta.kubernetes.io/azure-load-balancer-internal",
    "service.beta.kubernetes.io/azure-pls-create",
)
_APPS = ("deployments", "statefulsets", "daemonsets", "replicasets")
_DEPRECATED = re.compile(r"^apiserver_requested_deprecated_apis\{([^}]*)\} +1(?:\.0+)?$", re.M)
_LABEL = re.compile(r'(\w+)="([^"]*)"')


def services(found: Iterable[Service]) -> tuple[ServiceFacts, ...]:
    """Every Service."""
    return tuple(
        ServiceFacts(
            target=f"{s.metadata.namespace}/Service/{s.metadata.name}",
            type=s.spec.type,
            selector=s.spec.selector,
            external_traffic_policy=s.spec.external_traffic_policy,
            ports=len(s.spec.ports),
            headless=s.spec.cluster_ip == "None",
            annotations={k: v for k, v in s.metadata.annotations.items() if k in _KEPT_ANNOTATIONS},
        )
        for s in found
    )


def endpoints(found: Iterable[EndpointSlice]) -> tuple[EndpointFacts, ...]:
    """What is behind each Service, over all its slices."""
    ready: defaultdict[str, int] = defaultdict(int)
    total: defaultdict[str, int] = defaultdict(int)
    nodes: defaultdict[str, set[str]] = defaultdict(set)
    for part in found:
        name = part.metadata.labels.get(SERVICE_LABEL)
        if not name:
            continue
        target = f"{part.metadata.namespace}/Service/{name}"
        for endpoint in part.endpoints or ():
            total[target] += 1
            # Absent stands for ready, as the API says.
            ready[target] += endpoint.conditions.ready is not False
            if endpoint.node_name:
                nodes[target].add(endpoint.node_name)
    return tuple(
        EndpointFacts(target, ready[target], total[target], tuple(sorted(nodes[target])))
        for target in sorted(total)
    )


def ingress(found: Ingress) -> RouteFacts:
    """An Ingress with the Services that it sends to."""
    backends = [found.spec.default_backend] if found.spec.default_backend else []
    backends += [p.backend for r in found.spec.rules if r.http for p in r.http.paths]
    named = found.spec.ingress_class_name or found.metadata.annotations.get(_CLASS_ANNOTATION, "")
    space = found.metadata.namespace
    return RouteFacts(
        target=f"{space}/Ingress/{found.metadata.name}",
        classes=(named,) if named else (),
        services=_targets(space, (b.service.name for b in backends if b.service)),
    )


def routes(
    ingresses: Iterable[Ingress], gateways: Iterable[Gateway], http_routes: Iterable[HttpRoute]
) -> tuple[RouteFacts, ...]:
    """Ingresses, and routes with the classes of their Gateways."""
    classes = {(g.metadata.namespace, g.metadata.name): g.spec.gateway_class_name for g in gateways}
    found = [ingress(i) for i in ingresses]
    for route in http_routes:
        space = route.metadata.namespace
        parents = [(p.namespace or space, p.name) for p in route.spec.parent_refs]
        named = {classes[p] for p in parents if p in classes}
        behind = [b for rule in route.spec.rules for b in rule.backend_refs if b.kind == "Service"]
        targets = {f"{b.namespace or space}/Service/{b.name}" for b in behind}
        found.append(
            RouteFacts(
                f"{space}/HTTPRoute/{route.metadata.name}",
                tuple(sorted(named)),
                tuple(sorted(targets)),
            )
        )
    return tuple(sorted(found, key=lambda r: r.target))


def _targets(space: str, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({f"{space}/Service/{name}" for name in names if name}))


def network_policies(found: Iterable[NetworkPolicy]) -> tuple[NetworkPolicyFacts, ...]:
    """NetworkPolicies."""
    return tuple(
        NetworkPolicyFacts(
            f"{p.metadata.namespace}/NetworkPolicy/{p.metadata.name}", p.spec.pod_selector
        )
        for p in found
    )


def webhooks(found: Iterable[HookConfiguration], kind: str) -> tuple[WebhookFacts, ...]:
    """Each webhook of the configurations of a kind."""
    return tuple(
        _webhook(hook, f"{kind}/{configuration.metadata.name}/{hook.name}")
        for configuration in found
        for hook in configuration.webhooks
    )


def _webhook(hook: Hook, target: str) -> WebhookFacts:
    service = hook.client_config.service
    return WebhookFacts(
        target=target,
        failure_policy=hook.failure_policy,
        service=f"{service.namespace}/Service/{service.name}" if service else "",
        timeout_s=hook.timeout_seconds,
        evictions=_asked(hook, "", ("pods/eviction",), "CREATE"),
        pods=_asked(hook, "", ("pods",), "CREATE"),
        workloads=_asked(hook, "apps", _APPS, "UPDATE"),
        nodes=_asked(hook, "", ("nodes",), "UPDATE"),
    )


def _asked(hook: Hook, group: str, resources: tuple[str, ...], operation: str) -> bool:
    """Whether some rule of a webhook covers an operation on one of the resources."""
    for rule in hook.rules:
        covers_group = "*" in rule.api_groups or group in rule.api_groups
        covers_operation = "*" in rule.operations or operation in rule.operations
        if covers_group and covers_operation and any(_covers(rule.resources, r) for r in resources):
            return True
    return False


def _covers(patterns: tuple[str, ...], resource: str) -> bool:
    """`*` stands for all resources but their parts, `*/*` and `pods/*` for parts as well."""
    name, _, part = resource.partition("/")
    for pattern in patterns:
        asked, slash, sub = pattern.partition("/")
        if asked not in ("*", name):
            continue
        if not part and (not slash or sub == "*"):
            return True
        if part and slash and sub in ("*", part):
            return True
    return False


def deprecated_uses(metrics: str) -> tuple[DeprecatedUse, ...]:
    """The deprecated APIs that were asked for since the API server started, by its metrics."""
    found = set()
    for match in _DEPRECATED.finditer(metrics):
        labels = dict(_LABEL.findall(match[1]))
        group, version = labels.get("group", ""), labels.get("version", "")
        found.add(
            DeprecatedUse(
                api_version=f"{group}/{version}" if group else version,
                resource=labels.get("resource", ""),
                removed_in=labels.get("removed_release", ""),
            )
        )
    return tuple(sorted(found, key=lambda use: (use.api_version, use.resource)))
