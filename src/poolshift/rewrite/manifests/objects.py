"""Where objects keep their pod templates: workloads, custom resources, pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from poolshift.rewrite.manifests.template import Template
from poolshift.rewrite.scalars import child, entries, pairs, text_of
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

_WITHOUT_PODS = frozenset(
    {
        "ClusterRole",
        "ClusterRoleBinding",
        "ConfigMap",
        "CustomResourceDefinition",
        "Ingress",
        "Namespace",
        "PersistentVolumeClaim",
        "Role",
        "RoleBinding",
        "RuntimeClass",
        "Secret",
        "Service",
        "ServiceAccount",
        "StorageClass",
    }
)
"""Kinds of every second document, which need not be searched."""

_WORKFLOWS: dict[str, tuple[str, ...]] = {
    "Workflow": ("spec",),
    "WorkflowTemplate": ("spec",),
    "ClusterWorkflowTemplate": ("spec",),
    "CronWorkflow": ("spec", "workflowSpec"),
}
_TASK_RUN, _PIPELINE_RUN = "TaskRun", "PipelineRun"
_TASKS = ("Task", "ClusterTask", "StepAction")


class Object(NamedTuple):
    """An object of a file; `kind` is empty where it says none."""

    kind: str
    root: Mapping


def objects_of(roots: Iterable[Node]) -> list[Object]:
    """The objects of a file, Lists taken apart."""
    return [found for root in roots for found in _unlisted(root, 0)]


def _unlisted(node: Node, depth: int) -> Iterator[Object]:
    kind = text_of(node, "kind")
    items = entries(node, "items") if kind.endswith("List") and depth < MOST_LISTS else ()
    if items:
        for item in items:
            yield from _unlisted(item, depth + 1)
    elif isinstance(node, Mapping):
        yield Object(kind, node)


def templates_of(objects: Iterable[Object]) -> list[Template]:
    """The pod templates of all objects."""
    known = tuple(objects)
    tasks = {text_of(o.root, "metadata", "name"): o.root for o in known if o.kind in _TASKS}
    return [template for found in known for template in _templates(found, tasks)]


def _templates(found: Object, tasks: dict[str, Mapping]) -> Iterator[Template]:
    kind, root = found
    if not kind or kind in _WITHOUT_PODS or kind in _POLICIES:
        return
    api = text_of(root, "apiVersion")
    if kind in _WORKFLOWS and api.startswith("argoproj.io/"):
        yield from _of_workflow(found)
    elif api.startswith("tekton.dev/"):
        yield from _of_tekton(found, tasks)
    else:
        yield from _of_workload(found)


def _template(found: Object, place: Node | None, containers: Iterable[Node]) -> Template:
    return Template(
        kind=found.kind,
        name=text_of(found.root, "metadata", "name"),
        place=place if isinstance(place, Mapping) else None,
        containers=tuple(containers),
        root=found.root,
    )


def _of_workload(found: Object) -> Iterator[Template]:
    spec = child(found.root, *TEMPLATE_PATHS.get(found.kind, USUAL_PATH))
    if isinstance(spec, Mapping) and any(key.value in _POD_FIELDS for key, _ in pairs(spec)):
        yield _pod(found, spec)
        return
    for node in every_node([s for s in (child(found.root, "spec"),) if s is not None]):
        # A custom resource may hold its pods anywhere: what has containers is a pod.
        if isinstance(node, Mapping) and isinstance(child(node, "containers"), Sequence):
            yield _pod(found, node)


def _pod(found: Object, spec: Mapping) -> Template:
    lists = [value for key, value in pairs(spec) if key.value in CONTAINERS]
    return _template(found, spec, [c for part in lists for c in entries(part)])


def _of_workflow(found: Object) -> Iterator[Template]:
    """Argo: each step is a pod; what it does not say of its nodes, the workflow says."""
    spec = child(found.root, *_WORKFLOWS[found.kind])
    for step in entries(spec, "templates"):
        containers = [c for name in ("container", "script") if (c := child(step, name)) is not None]
        for path in (("initContainers",), ("sidecars",), ("containerSet", "containers")):
            containers += entries(step, *path)
        own = child(step, "nodeSelector") is not None or child(step, "affinity") is not None
        inherits = not own and child(spec, "nodeSelector") is not None
        if containers:
            yield _template(found, spec if inherits else step, containers)


def _of_tekton(found: Object, tasks: dict[str, Mapping]) -> Iterator[Template]:
    """Tekton: a run says where, the task which images."""
    spec = child(found.root, "spec")
    if found.kind == _TASK_RUN:
        task = tasks.get(text_of(spec, "taskRef", "name"))
        steps = (*_steps(child(spec, "taskSpec")), *_steps(child(task, "spec")))
        yield _template(found, child(spec, "podTemplate"), steps)
    elif found.kind == _PIPELINE_RUN:
        place = child(spec, "taskRunTemplate", "podTemplate") or child(spec, "podTemplate")
        parts = entries(spec, "pipelineSpec", "tasks")
        yield _template(found, place, [s for p in parts for s in _steps(child(p, "taskSpec"))])
    elif found.kind in _TASKS:
        yield _template(found, None, _steps(spec))


def _steps(spec: Node | None) -> tuple[Node, ...]:
    template = child(spec, "stepTemplate")
    first = () if template is None else (template,)
    return (*first, *entries(spec, "steps"), *entries(spec, "sidecars"))
