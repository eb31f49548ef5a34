"""Where objects keep their pod templates: workloads, custom resources, pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from poolshift.rewrite.manifests.template import Template
from poolshift.rewrite.scalars import DAEMON_MODES, child, entries, is_object, pairs, text_of
from poolshift.rewrite.yamltree import Mapping, Sequence

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

WITHOUT_PODS = frozenset(
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

_KNATIVE = "serving.knative.dev/"
"""Its `Service` is a workload."""

WORKLOADS = frozenset(
    {
        "CronJob",
        "DaemonSet",
        "Deployment",
        "Job",
        "Pod",
        "PodTemplate",
        "ReplicaSet",
        "ReplicationController",
        "Rollout",
        "StatefulSet",
    }
)
"""Kinds whose pod template is all that they say of nodes and images."""

DELIVERIES = frozenset(
    {
        "Application",
        "ApplicationSet",
        "HelmChart",
        "HelmChartConfig",
        "HelmChartProxy",
        "HelmRelease",
        "Kustomization",
    }
)
"""Kinds that tell a tool what to deliver: what looks like a pod in them is that tool's business."""

_WORKFLOWS: dict[str, tuple[str, ...]] = {
    "Workflow": ("spec",),
    "WorkflowTemplate": ("spec",),
    "ClusterWorkflowTemplate": ("spec",),
    "CronWorkflow": ("spec", "workflowSpec"),
}
_NO_PODS_BELOW = frozenset({"apiVersion", "kind", "metadata", "status"})

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
    elif isinstance(node, Sequence) and depth < MOST_LISTS:
        # Some tools keep objects in a bare list.
        yield from (o for i in node.value for o in _unlisted(i, depth + 1) if o.kind)


def templates_of(objects: Iterable[Object]) -> list[Template]:
    """The pod templates of all objects."""
    known = tuple(objects)
    tasks = {text_of(o.root, "metadata", "name"): o.root for o in known if o.kind in _TASKS}
    return [template for found in known for template in _templates(found, tasks)]


def _templates(found: Object, tasks: dict[str, Mapping]) -> Iterator[Template]:
    kind, root = found
    api = text_of(root, "apiVersion")
    is_bare = kind in WITHOUT_PODS and not api.startswith(_KNATIVE)
    if not kind or is_bare or kind in _POLICIES or kind in DELIVERIES:
        return
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
    else:
        yield from _of_resource(found)


def _of_resource(found: Object) -> Iterator[Template]:
    """A custom resource may hold pods and whole objects anywhere; each is taken once."""
    waiting: list[tuple[Node, bool]] = [
        (value, False) for key, value in pairs(found.root) if key.value not in _NO_PODS_BELOW
    ]
    seen: set[int] = set()
    while waiting:
        node, per_node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Sequence):
            waiting += [(item, per_node) for item in node.value]
        elif is_object(node):
            yield from _templates(Object(text_of(node, "kind"), cast("Mapping", node)), {})
        elif isinstance(node, Mapping):
            per_node |= any(text_of(node, name).lower() == "daemonset" for name in DAEMON_MODES)
            if _is_pod(node):
                yield _pod(found, node, per_node=per_node)
                continue
            waiting += [
                (value, per_node or key.value.lower().endswith("daemonset"))
                for key, value in pairs(node)
            ]


def _is_pod(node: Mapping) -> bool:
    """Whether a mapping is a pod: by containers, or by one image and the nodes that it goes to."""
    if isinstance(child(node, "containers"), Sequence):
        return True
    return bool(text_of(node, "image")) and isinstance(child(node, "nodeSelector"), Mapping)


def _pod(found: Object, spec: Mapping, *, per_node: bool = False) -> Template:
    containers = [
        c for key, value in pairs(spec) if key.value in CONTAINERS for c in entries(value)
    ]
    # Some custom resources name the one image of their pod beside its nodeSelector.
    own = [spec] if text_of(spec, "image") else []
    template = _template(found, spec, [*own, *containers])
    return template._replace(per_node=per_node)


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
        yield from _of_pipeline_run(found, spec, tasks)
    elif found.kind in _TASKS:
        yield _template(found, None, _steps(spec))


def _of_pipeline_run(
    found: Object, spec: Node | None, tasks: dict[str, Mapping]
) -> Iterator[Template]:
    """A run of several tasks: each goes where the run says for it, else where all go."""
    general = child(spec, "taskRunTemplate", "podTemplate") or child(spec, "podTemplate")
    places = {
        text_of(run, "pipelineTaskName"): child(run, "podTemplate") or child(run, "taskPodTemplate")
        for run in entries(spec, "taskRunSpecs")
    }
    shared: list[Node] = []
    for part in entries(spec, "pipelineSpec", "tasks"):
        task = tasks.get(text_of(part, "taskRef", "name"))
        steps = (*_steps(child(part, "taskSpec")), *_steps(child(task, "spec")))
        own = places.pop(text_of(part, "name"), None)
        if own is None:
            shared += steps
        else:
            yield _template(found, own, steps)
    yield _template(found, general, shared)
    for place in places.values():
        if place is not None:
            yield _template(found, place, ())


def _steps(spec: Node | None) -> tuple[Node, ...]:
    template = child(spec, "stepTemplate")
    first = () if template is None else (template,)
    return (*first, *entries(spec, "steps"), *entries(spec, "sidecars"))
