"""Tables of add-ons' kinds: the additional printer columns of their resource definitions."""

from __future__ import annotations

from poolshift.sim.kube.columns import Column, Layout, condition, field, number, shape, wide


def _of_toolkit() -> Layout:
    """Both kinds of Flux print the same two columns after the age."""
    plain = shape(dated=True)
    ready = (Column("Ready"), condition("Ready"))
    said = (Column("Status"), condition("Ready", "message"))
    fills = (ready[1], said[1])
    return Layout(
        (*plain.columns, ready[0], said[0]),
        lambda obj, now: [*plain.cells(obj, now), *(fill(obj, now) for fill in fills)],
    )


LAYOUTS: dict[str, Layout] = {
    "ScaledObject": shape(
        ("ScaleTargetKind", field("status.scaleTargetKind")),
        ("ScaleTargetName", field("spec.scaleTargetRef.name")),
        (number("Min"), field("spec.minReplicaCount")),
        (number("Max"), field("spec.maxReplicaCount")),
        ("Ready", condition("Ready")),
        ("Active", condition("Active")),
        ("Fallback", condition("Fallback")),
        ("Paused", condition("Paused")),
        ("Triggers", field("status.triggersTypes")),
        ("Authentications", field("status.authenticationsTypes")),
        dated=True,
    ),
    "ScaledJob": shape(
        (number("Min"), field("spec.minReplicaCount")),
        (number("Max"), field("spec.maxReplicaCount")),
        ("Ready", condition("Ready")),
        ("Active", condition("Active")),
        ("Paused", condition("Paused")),
        ("Triggers", field("status.triggersTypes")),
        ("Authentications", field("status.authenticationsTypes")),
        dated=True,
    ),
    "GMSACredentialSpec": shape(dated=True),
    "Rollout": shape(
        (number("Desired"), field("spec.replicas")),
        (number("Current"), field("status.replicas")),
        (number("Up-to-date"), field("status.updatedReplicas")),
        (number("Available"), field("status.availableReplicas")),
        dated=True,
    ),
    "Application": shape(
        ("Sync Status", field("status.sync.status")),
        ("Health Status", field("status.health.status")),
        (wide("Revision"), field("status.sync.revision")),
        (wide("Project"), field("spec.project")),
        aged=False,
    ),
    "HelmRelease": _of_toolkit(),
    "Kustomization": _of_toolkit(),
    "Gateway": shape(
        ("Class", field("spec.gatewayClassName")),
        (
            "Address",
            lambda obj, now: next(
                (a.get("value") for a in (obj.get("status") or {}).get("addresses") or ()), None
            ),
        ),
        ("Programmed", condition("Programmed")),
        dated=True,
    ),
    "HTTPRoute": shape(
        ("Hostnames", field("spec.hostnames")),
        dated=True,
    ),
}
