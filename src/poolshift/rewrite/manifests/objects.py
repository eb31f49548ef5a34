"""Where objects keep their pod templates: workloads, custom resources, pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rewrite.manifests.template import Template
from poolshift.rewrite.scalars import child, entries, text_of
from poolshift.rewrite.yamltree import Mapping, Sequence, every_node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from poolshift.rewrite.yamltree import Node

TEMPLATE_PATHS: dict[str, tuple[str, ...]] = {
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
USUAL_PATH = ("spec", "template", "spec")
"""Where every other kind that has a pod template usually keeps it, custom resources too."""

MOST_LISTS = 8
"""Bound on Lists inside Lists."""

CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
_POD_FIELDS = (*CONTAINERS, "nodeSelector", "affinity", "tolerations", "os", "runtimeClassName")
_POLICIES = frozenset({"Policy", "ClusterPolicy", "ConstraintTemplate", "Assign"})
"""Kinds whose pod templates are patterns to compare with, not pods to run."""

_WORKFLOWS: dict[str, tuple[str, ...]] = {
    "Workflow": ("spec",),
    "WorkflowTemplate": ("spec",),
    "ClusterWorkflowTemplate": ("spec",),
    "CronWorkflow": ("spec", "workflowSpec"),
}
_TASK_RUN, _PIPELINE_RUN = "TaskRun", "PipelineRun"
_TASKS = ("Task", "ClusterTask", "StepAction")


def objects_of(roots: Iterable[Node]) -> Iterator[Mapping]:
    """The objects of a file, Lists taken apart."""
    for root in roots:
        yield from _unlisted(root, 0)


def _unlisted(node: Node, depth: int) -> Iterator[Mapping]:
    items = entries(node, "items")
    if text_of(node, "kind").endswith("List") and items and depth < MOST_LISTS:
        for item in items:
            yield from _unlisted(item, depth + 1)
    elif isinstance(node, Mapping):
        yield node


def templates_of(objects: Iterable[Mapping]) -> list[Template]:
    """The pod templates of all objects."""
    known = tuple(objects)
    tasks = {text_of(o, "metadata", "name"): o for o in known if text_of(o, "kind") in _TASKS}
    return [template for root in known for template in _templates(root, tasks)]


def _templates(root: Mapping, tasks: dict[str, Mapping]) -> Iterator[Template]:
    kind = text_of(root, "kind")
    if not kind or kind in _POLICIES:
        return
    api = text_of(root, "apiVersion")
    if kind in _WORKFLOWS and api.startswith("argoproj.io/"):
        yield from _of_workflow(root, kind)
    elif api.startswith("tekton.dev/"):
        yield from _of_tekton(root, kind, tasks)
    else:
        yield from _of_workload(root, kind)


def _template(root: Mapping, place: Node | None, containers: Iterable[Node]) -> Template:
    return Template(
        kind=text_of(root, "kind"),
        name=text_of(root, "metadata", "name"),
        place=place if isinstance(place, Mapping) else None,
        containers=tuple(containers),
        root=root,
    )


def _of_workload(root: Mapping, kind: str) -> Iterator[Template]:
    spec = child(root, *TEMPLATE_PATHS.get(kind, USUAL_PATH))
    if isinstance(spec, Mapping) and any(child(spec, f) is not None for f in _POD_FIELDS):
        yield _pod(root, spec)
        return
    for node in every_node([s for s in (child(root, "spec"),) if s is not None]):
        # A custom resource may hold its pods anywhere: what has containers is a pod.
        if isinstance(node, Mapping) and isinstance(child(node, "containers"), Sequence):
            yield _pod(root, node)


def _pod(root: Mapping, spec: Mapping) -> Template:
    return _template(root, spec, [c for name in CONTAINERS for c in entries(spec, name)])


def _of_workflow(root: Mapping, kind: str) -> Iterator[Template]:
    """Argo: each step is a pod; what it does not say of its nodes, the workflow says."""
    spec = child(root, *_WORKFLOWS[kind])
    for step in entries(spec, "templates"):
        containers = [c for name in ("container", "script") if (c := child(step, name)) is not None]
        for path in (("initContainers",), ("sidecars",), ("containerSet", "containers")):
            containers += entries(step, *path)
        own = child(step, "nodeSelector") is not None or child(step, "affinity") is not None
        inherits = not own and child(spec, "nodeSelector") is not None
        if containers:
            yield _template(root, spec if inherits else step, containers)


def _of_tekton(root: Mapping, kind: str, tasks: dict[str, Mapping]) -> Iterator[Template]:
    """Tekton: a run says where, the task which images."""
    spec = child(root, "spec")
    if kind == _TASK_RUN:
        task = tasks.get(text_of(spec, "taskRef", "name"))
        steps = (*_steps(child(spec, "taskSpec")), *_steps(child(task, "spec")))
        yield _template(root, child(spec, "podTemplate"), steps)
    elif kind == _PIPELINE_RUN:
        place = child(spec, "taskRunTemplate", "podTemplate") or child(spec, "podTemplate")
        parts = entries(spec, "pipelineSpec", "tasks")
        yield _template(root, place, [s for p in parts for s in _steps(child(p, "taskSpec"))])
    elif kind in _TASKS:
        yield _template(root, None, _steps(spec))


def _steps(spec: Node | None) -> tuple[Node, ...]:
    template = child(spec, "stepTemplate")
    first = () if template is None else (template,)
    return (*first, *entries(spec, "steps"), *entries(spec, "sidecars"))
