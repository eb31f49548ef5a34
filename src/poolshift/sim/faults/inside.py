"""Faults inside the cluster: images, pods, nodes, webhooks, volumes, identities."""

from __future__ import annotations

from poolshift.sim.faults import identities, images, pods, volumes, webhooks
from poolshift.sim.faults.fault import Fault

_WORKLOAD = "NAMESPACE/KIND/NAME of a workload"
_WEBHOOK = "name of a mutating or validating webhook configuration"
_PLACE = "a node, or a build (10.0.20348) for all its nodes"

INSIDE: tuple[Fault, ...] = (
    Fault(
        "build-mismatch",
        ("B1", "B3"),
        "an image was built on another Windows and its index hides it: it fails at the start",
        images.mismatch,
        target="an image reference",
    ),
    Fault(
        "missing-manifest",
        ("B2",),
        "an image's index loses its entry for a build: it cannot be pulled there",
        images.missing,
        target="an image reference and a build, with a blank between (REF 10.0.20348)",
    ),
    Fault(
        "image-too-new",
        ("B4",),
        "an image is of a later month than every node: its containers end at once (0xc0370106)",
        images.too_new,
        target="an image reference",
    ),
    Fault(
        "slow-pull",
        ("M4", "M5"),
        "every node pulls images slower",
        images.slow_pulls,
        value="how many times slower",
        default=4.0,
        needs_target=False,
    ),
    Fault(
        "cold-nodes",
        ("C2", "M5"),
        "new nodes come without the base images of their node image",
        images.cold_nodes,
        needs_target=False,
    ),
    Fault(
        "registry-throttled",
        ("M4",),
        "a registry answers so many pulls an hour, then 429",
        images.throttled,
        target="a registry's host (docker.io)",
        value="pulls an hour",
        default=10.0,
    ),
    Fault(
        "budget-blocks",
        ("M1", "B19"),
        "somebody lets a budget allow no disruption",
        pods.budget_blocks,
        target="NAMESPACE/NAME of a budget",
    ),
    Fault(
        "eviction-denied",
        ("M3",),
        "a webhook denies evictions of a workload's pods, and its operator moves them later",
        pods.eviction_denied,
        target=_WORKLOAD,
        value="seconds until the operator moves a pod; 0 for never",
        default=120.0,
    ),
    Fault(
        "webhook-down",
        ("M3", "B21"),
        "a webhook does not answer: what its rules match is refused, where its policy is Fail",
        webhooks.down,
        target=_WEBHOOK,
    ),
    Fault(
        "webhook-denies",
        ("M3", "B21"),
        "a webhook denies all that its rules match",
        webhooks.denies,
        target=_WEBHOOK,
    ),
    Fault(
        "webhook-called",
        ("M3", "B21"),
        "a webhook needs ready pods behind its Service: without them it does not answer",
        webhooks.called,
        target=_WEBHOOK,
    ),
    Fault(
        "network-lost",
        ("M14", "M15", "M16"),
        "pods run without a network and are not ready",
        pods.network_lost,
        target=_PLACE,
    ),
    Fault(
        "attach-fails",
        ("M17",),
        "the next starts of pods fail to attach their network namespace",
        pods.attach_fails,
        target=_PLACE,
        value="how many starts fail",
        default=1.0,
    ),
    Fault(
        "shutdown-cut",
        ("M6",),
        "a pod that stops on Windows cuts connections after the five seconds of its default",
        pods.shutdown_cut,
        target=_WORKLOAD,
        value="connections cut a pod",
        default=1.0,
    ),
    Fault(
        "template-reverted",
        ("M21",),
        "the owner of a template puts it back when somebody else changes it",
        pods.template_reverted,
        target=_WORKLOAD,
        value="seconds until it is put back",
        default=60.0,
    ),
    Fault(
        "node-lost",
        ("V5",),
        "a machine vanishes with everything on it",
        pods.node_lost,
        target="a node",
    ),
    Fault(
        "identity-lost",
        ("C6", "C8"),
        "identities that were put on a pool's scale set by hand are gone",
        identities.lost,
        target="a pool",
    ),
    Fault(
        "identity-slow",
        ("C6", "C8"),
        "an identity that is put on a scale set works only later",
        identities.slow,
        value="seconds until it works",
        default=600.0,
        needs_target=False,
    ),
    Fault(
        "slow-detach",
        ("C10", "M7"),
        "machines let disks go more slowly",
        volumes.slow_detach,
        value="how many times slower",
        default=20.0,
        needs_target=False,
    ),
    Fault(
        "mount-fails",
        ("M18", "B10"),
        "file shares cannot be mounted",
        volumes.mount_fails,
        target=_PLACE,
    ),
)
