"""The user's manifest files: rewritten for the target, one document a workload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import yaml

from poolshift.core.kube import PodTemplate, Wire
from poolshift.core.plan import Blocker, OtherManifest
from poolshift.rewrite import documents, rewrite_file, workload_documents

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from poolshift.catalog import Catalog
    from poolshift.core.image import ImageFacts
    from poolshift.core.snapshot import Snapshot
    from poolshift.planner.request import PlanRequest

_BESIDE = frozenset(
    {"daemon-build", "daemon-image", "daemon-pin", "daemon-unpinned", "runtime-class", "embedded"}
)
"""Needs about what does not move: they are told, and keep no workload from moving."""

GUARD = "poolshift.io/guard=green:NoSchedule"


@dataclass(frozen=True)
class Rewritten:
    """A workload's document after the rewrite, and which images it changed.

    `images` maps the snapshot's reference to the file's new one; `selector` holds the
    nodeSelector entries that the cluster does not have yet.
    """

    text: str
    images: Mapping[str, str]
    selector: Mapping[str, str]

    @property
    def moves(self) -> bool:
        """Whether applying the document changes what the move is about."""
        return bool(self.images or self.selector)


@dataclass(frozen=True)
class Files:
    """What the files say."""

    workloads: Mapping[str, Rewritten]
    others: tuple[OtherManifest, ...]
    blockers: tuple[Blocker, ...]
    notes: tuple[str, ...] = ()


def read_files(
    request: PlanRequest, snapshot: Snapshot, catalog: Catalog, *, strict: bool
) -> Files:
    """Rewrite every file in memory and take it apart."""
    workloads: dict[str, Rewritten] = {}
    others: list[OtherManifest] = []
    blockers: list[Blocker] = []
    notes: list[str] = []
    for file in request.manifests:
        result = rewrite_file(
            file.path,
            file.data,
            request.to,
            catalog,
            key=request.key,
            guard=GUARD if strict else None,
            resolve=_resolver(snapshot),
            images=request.images,
        )
        blockers += [
            Blocker(
                rule="PSW104",
                target=f"{file.path}:{need.line}",
                why=need.reason,
                fix=need.suggestion or "Change that line by hand, then plan again",
            )
            for need in result.needs
            if need.rule not in _BESIDE
        ]
        notes += [
            f"{file.path}:{need.line}: {need.reason}; {need.suggestion}"
            for need in result.needs
            if need.rule in _BESIDE
        ]
        for document in documents(result.data, name=file.path):
            live = snapshot.workload(document.target) if document.has_template else None
            if live is None:
                others.append(OtherManifest(target=document.target, manifest=document.text))
                continue
            workloads[document.target] = _compare(document.text, live.template)
    return Files(workloads, tuple(others), tuple(blockers), tuple(notes))


def _resolver(snapshot: Snapshot) -> Callable[[str], ImageFacts | None]:
    return snapshot.image


def _compare(text: str, live: PodTemplate) -> Rewritten:
    """What the document changes against the cluster, container by container."""
    spec = _pod_spec(text)
    new = {c.name: c.image for c in (*spec.init_containers, *spec.containers)}
    images = {
        c.image: new[c.name]
        for c in (*live.spec.init_containers, *live.spec.containers)
        if c.name in new and new[c.name] != c.image
    }
    selector = {k: v for k, v in spec.node_selector.items() if live.spec.node_selector.get(k) != v}
    return Rewritten(text=text, images=images, selector=selector)


class _Container(Wire, frozen=True):
    """A container as far as the move goes: a file's other fields may have any YAML type."""

    name: str = ""
    image: str = ""


class _Spec(Wire, frozen=True):
    """A pod spec as far as the move goes."""

    node_selector: dict[str, str] = msgspec.field(default_factory=dict)
    containers: tuple[_Container, ...] = ()
    init_containers: tuple[_Container, ...] = ()


def _pod_spec(text: str) -> _Spec:
    document = yaml.load(text, Loader=yaml.CSafeLoader)
    template = (document.get("spec") or {}).get("template") or {}
    return msgspec.convert(template.get("spec") or {}, _Spec)


def images_in(request: PlanRequest, catalog: Catalog) -> tuple[str, ...]:
    """Every image that the rewritten files name: what capture has to look up for the plan."""
    found: dict[str, None] = {}
    for file in request.manifests:
        result = rewrite_file(
            file.path, file.data, request.to, catalog, key=request.key, images=request.images
        )
        for _, text in workload_documents(result.data, name=file.path):
            spec = _pod_spec(text)
            found |= dict.fromkeys(c.image for c in (*spec.init_containers, *spec.containers))
    return tuple(found)
