"""Pod templates as the snapshot keeps them: no command, no argument, no annotation but a few."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.core.kube import Container, Meta, PodSpec, PodTemplate
from poolshift.semantics.hints import hints_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.capture.wire import Handler, ReadContainer, ReadPodSpec, ReadTemplate

_KEPT_ANNOTATIONS = (
    "container.apparmor.security.beta.kubernetes.io/",
    "cluster-autoscaler.kubernetes.io/safe-to-evict",
)


def template(found: ReadTemplate) -> PodTemplate:
    """A template without what must not be kept."""
    return PodTemplate(meta(found.metadata), spec(found.spec))


def meta(found: Meta) -> Meta:
    """Names and labels, and the few annotations that decide something.

    Annotations may hold anything, the object as it was applied among it: they are left out.
    """
    return Meta(
        name=found.name,
        namespace=found.namespace,
        labels=found.labels,
        annotations={k: v for k, v in found.annotations.items() if k.startswith(_KEPT_ANNOTATIONS)},
    )


def spec(found: ReadPodSpec) -> PodSpec:
    """A pod's spec with hints in place of commands."""
    plain = msgspec.convert(found, PodSpec, from_attributes=True)
    return msgspec.structs.replace(
        plain,
        containers=tuple(_container(c) for c in found.containers),
        init_containers=tuple(_container(c) for c in found.init_containers),
    )


def _container(found: ReadContainer) -> Container:
    plain = msgspec.convert(found, Container, from_attributes=True)
    return msgspec.structs.replace(
        plain,
        hints=hints_of((*found.command, *found.args), _others(found)),
        ready_gate=found.readiness_probe is not None,
        pre_stop=found.lifecycle is not None and found.lifecycle.pre_stop is not None,
    )


def _others(found: ReadContainer) -> Iterator[str]:
    hooks = found.lifecycle
    handlers: tuple[Handler | None, ...] = (
        found.readiness_probe,
        found.liveness_probe,
        found.startup_probe,
        hooks.pre_stop if hooks else None,
        hooks.post_start if hooks else None,
    )
    for handler in handlers:
        if handler is not None and handler.exec is not None:
            yield " ".join(handler.exec.command)
