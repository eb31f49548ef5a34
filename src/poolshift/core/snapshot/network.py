"""Services, what stands in front of and behind them, policies and webhooks."""

from __future__ import annotations

import msgspec

from poolshift.core.kube import LabelSelector
from poolshift.core.snapshot.part import Part


class ServiceFacts(Part, frozen=True):
    """A Service; `ports` counts its ports, `headless` has no address of its own."""

    target: str
    type: str
    selector: dict[str, str] = msgspec.field(default_factory=dict)
    external_traffic_policy: str = ""
    ports: int = 0
    headless: bool = False
    annotations: dict[str, str] = msgspec.field(default_factory=dict)


class EndpointFacts(Part, frozen=True):
    """What is behind a Service: ready addresses and, of all, the nodes they are on."""

    service: str
    ready: int = 0
    total: int = 0
    nodes: tuple[str, ...] = ()


class RouteFacts(Part, frozen=True):
    """An Ingress, Gateway or route: its class and the Services that it sends to."""

    target: str
    classes: tuple[str, ...] = ()
    services: tuple[str, ...] = ()


class NetworkPolicyFacts(Part, frozen=True):
    """A NetworkPolicy and the pods that it selects."""

    target: str
    selector: LabelSelector = LabelSelector()


class WebhookFacts(Part, frozen=True):
    """One webhook of an admission configuration.

    Attributes:
        target: `KIND/CONFIGURATION/WEBHOOK`.
        failure_policy: Fail or Ignore.
        service: NAMESPACE/Service/NAME; empty for one outside the cluster.
        timeout_s: as configured.
        evictions: whether it is asked about evictions.
        pods: whether it is asked about new pods.
        workloads: whether it is asked when a Deployment, StatefulSet or DaemonSet changes.
        nodes: whether it is asked when a node changes.
    """

    target: str
    failure_policy: str = "Fail"
    service: str = ""
    timeout_s: int = 10
    evictions: bool = False
    pods: bool = False
    workloads: bool = False
    nodes: bool = False


class DeprecatedUse(Part, frozen=True):
    """An API on its way out that somebody uses: `by` is a client, or who wrote the object."""

    api_version: str
    resource: str
    removed_in: str = ""
    by: tuple[str, ...] = ()
