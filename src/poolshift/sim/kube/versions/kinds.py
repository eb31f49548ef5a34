"""Kinds once more, in versions that their objects are not stored in."""

from __future__ import annotations

from poolshift.sim.kube.kinds import Kind, Sub

OTHER_VERSIONS: tuple[Kind, ...] = (
    Kind(
        "events.k8s.io",
        "v1",
        "events",
        "Event",
        short=("ev",),
        stored="v1",
        form="EventsEvent",
    ),
    Kind(
        "autoscaling",
        "v1",
        "horizontalpodautoscalers",
        "HorizontalPodAutoscaler",
        True,
        ("hpa",),
        (Sub("status"),),
        in_all=True,
        stored="autoscaling/v2",
        form="HorizontalPodAutoscalerV1",
    ),
)
