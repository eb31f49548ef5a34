"""What the server says of its health: one word, or check by check.

The checks are those that a server of 1.33 without options of its own was seen to make. None
fails: a simulated server that does not answer is a fault, not a state of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_HOOKS = (
    *("start-apiserver-admission-initializer", "generic-apiserver-start-informers"),
    *("priority-and-fairness-config-consumer", "priority-and-fairness-filter"),
    *("storage-object-count-tracker-hook", "start-apiextensions-informers"),
    *("start-apiextensions-controllers", "crd-informer-synced"),
    *("start-system-namespaces-controller", "start-cluster-authentication-info-controller"),
    "start-kube-apiserver-identity-lease-controller",
    "start-kube-apiserver-identity-lease-garbage-collector",
    *("start-legacy-token-tracking-controller", "start-service-ip-repair-controllers"),
    *("rbac/bootstrap-roles", "scheduling/bootstrap-system-priority-classes"),
    *("priority-and-fairness-config-producer", "bootstrap-controller"),
    *("start-kubernetes-service-cidr-controller", "start-kube-aggregator-informers"),
    "apiservice-status-local-available-controller",
    "apiservice-status-remote-available-controller",
    *("apiservice-registration-controller", "apiservice-wait-for-first-sync"),
    *("apiservice-discovery-controller", "kube-apiserver-autoregistration"),
)
_LATE_HOOKS = ("apiservice-openapi-controller", "apiservice-openapiv3-controller")
_ALIVE = (
    *("ping", "log"),
    *(f"poststarthook/{name}" for name in _HOOKS),
    "autoregister-completion",
    *(f"poststarthook/{name}" for name in _LATE_HOOKS),
)
CHECKS: dict[str, tuple[str, ...]] = {
    "healthz": _ALIVE,
    "livez": _ALIVE,
    "readyz": (*_ALIVE[:2], "informer-sync", *_ALIVE[2:], "shutdown"),
}


def told(path: str, *, verbose: bool, excluded: Collection[str]) -> str | None:
    """The answer at a path, None where there is no such check.

    Args:
        path: `readyz` for all checks of a kind, `readyz/ping` for one.
        verbose: whether every check is listed.
        excluded: checks that are left out.
    """
    name, _, one = path.partition("/")
    checks = CHECKS.get(name)
    if checks is None or (one and one not in checks):
        return None
    if one or not verbose:
        return "ok"
    lines = [f"[+]{c} excluded: ok" if c in excluded else f"[+]{c} ok" for c in checks]
    if unknown := sorted(set(excluded) - set(checks)):
        named = ",".join(f'"{one}"' for one in unknown)
        lines.append(f"warn: some health checks cannot be excluded: no matches for {named}")
    return "\n".join((*lines, f"{name} check passed", ""))
