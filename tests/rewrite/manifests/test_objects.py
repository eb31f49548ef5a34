"""Where objects of all sorts keep their pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.rewrite import FileResult

    Rewrite = Callable[..., FileResult]

OLD, NEW = (
    "mcr.microsoft.com/windows/nanoserver:1809",
    "mcr.microsoft.com/windows/nanoserver:ltsc2022",
)
POD = f"nodeSelector: {{kubernetes.io/os: windows}}, containers: [{{name: a, image: '{OLD}'}}]"
PIN = ", kubernetes.azure.com/os-sku: Windows2022}"

HOLDERS = {
    "game server": f"kind: GameServer\nspec: {{template: {{spec: {{{POD}}}}}}}\n",
    "fleet of game servers": "kind: Fleet\nspec: {template: {spec: {template: {spec: {"
    + POD
    + "}}}}}\n",
    "scaled job": f"kind: ScaledJob\nspec: {{jobTargetRef: {{template: {{spec: {{{POD}}}}}}}}}\n",
    "job of several roles": "kind: MPIJob\nspec: {replicas: {Worker: {template: {spec: {"
    + POD
    + "}}}}}\n",
    "step of a workflow": "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {templates: "
    f"[{{nodeSelector: {{kubernetes.io/os: windows}}, container: {{image: '{OLD}'}}}}]}}\n",
    "script of a workflow": "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nspec: "
    "{workflowSpec: {templates: [{nodeSelector: {kubernetes.io/os: windows}, "
    f"script: {{image: '{OLD}'}}}}]}}}}\n",
    "whole workflow": "apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nspec: "
    "{nodeSelector: {kubernetes.io/os: windows}, templates: "
    f"[{{name: a, container: {{image: '{OLD}'}}}}, {{name: b, dag: {{}}}}]}}\n",
    "task run": "apiVersion: tekton.dev/v1\nkind: TaskRun\nspec: {podTemplate: {nodeSelector: "
    f"{{kubernetes.io/os: windows}}}}, taskSpec: {{steps: [{{image: '{OLD}'}}]}}}}\n",
    "task of a pipeline run": "apiVersion: tekton.dev/v1\nkind: PipelineRun\nspec: {taskRunSpecs: "
    "[{pipelineTaskName: w, podTemplate: {nodeSelector: {kubernetes.io/os: windows}}}], "
    "pipelineSpec: {tasks: [{name: l, taskSpec: {steps: [{image: 'alpine'}]}}, "
    f"{{name: w, taskSpec: {{steps: [{{image: '{OLD}'}}]}}}}]}}}}\n",
    "runner with one image": "apiVersion: actions.summerwind.dev/v1alpha1\nkind: RunnerDeployment\n"
    "spec: {template: {spec: {repository: o/r, nodeSelector: {kubernetes.io/os: windows}, "
    f"image: '{OLD}'}}}}}}\n",
    "resource with one image": "kind: Scanner\nspec: {worker: {nodeSelector: "
    f"{{kubernetes.io/os: windows}}, image: '{OLD}'}}}}\n",
    "object that is handed on": "kind: Object\nspec: {forProvider: {manifest: {"
    "apiVersion: apps/v1, kind: Deployment, metadata: {name: w}, spec: {template: {spec: {"
    + POD
    + "}}}}}}\n",
    "objects of a template": "kind: Template\nobjects: [{apiVersion: apps/v1, kind: Deployment, "
    "spec: {template: {spec: {" + POD + "}}}}]\n",
    "service that is a workload": "apiVersion: serving.knative.dev/v1\nkind: Service\n"
    "spec: {template: {spec: {" + POD + "}}}\n",
    "pipeline run": "apiVersion: tekton.dev/v1\nkind: PipelineRun\nspec: {taskRunTemplate: "
    "{podTemplate: {nodeSelector: {kubernetes.io/os: windows}}}, pipelineSpec: {tasks: "
    f"[{{taskSpec: {{steps: [{{image: '{OLD}'}}]}}}}]}}}}\n",
}


@pytest.mark.parametrize("name", HOLDERS)
def test_pods_are_found_where_objects_keep_them(name: str, rewrite: Rewrite) -> None:
    text = HOLDERS[name]
    if not text.startswith("apiVersion"):
        text = f"apiVersion: x/v1\n{text}"
    result = rewrite("x.yaml", text.encode())
    wanted = text.replace(OLD, NEW).replace(
        "kubernetes.io/os: windows}", f"kubernetes.io/os: windows{PIN}"
    )
    assert result.data.decode() == wanted
    assert result.needs == ()


def test_task_of_a_windows_run_is_windows(rewrite: Rewrite) -> None:
    text = (
        "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: t}\n"
        f"spec:\n  steps:\n  - image: {OLD}\n  - image: shop.azurecr.io/tool:1\n---\n"
        "apiVersion: tekton.dev/v1\nkind: TaskRun\n"
        "spec:\n  taskRef: {name: t}\n  podTemplate:\n    nodeSelector:\n"
        "      kubernetes.io/os: windows\n"
    )
    result = rewrite("x.yaml", text.encode())
    assert NEW in result.data.decode()
    assert [(n.line, n.rule) for n in result.needs] == [(7, "private-base")]


def test_linux_step_of_a_windows_workflow_stays(rewrite: Rewrite) -> None:
    text = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec:\n"
        "  nodeSelector: {kubernetes.io/os: windows, kubernetes.azure.com/os-sku: Windows2022}\n"
        "  templates:\n  - name: a\n    nodeSelector: {kubernetes.io/os: linux}\n"
        "    container: {image: alpine:1809}\n"
    )
    result = rewrite("x.yaml", text.encode())
    assert (result.edits, result.needs) == ((), ())


def test_patterns_of_a_policy_are_no_pods(rewrite: Rewrite) -> None:
    text = (
        "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nspec: {rules: [{validate: {pattern: "
        f"{{spec: {{{POD}}}}}}}}}]}}\n"
    )
    assert rewrite("x.yaml", text.encode()).edits == ()


def test_pinned_runtime_class_is_a_persons_and_makes_its_pods_windows(rewrite: Rewrite) -> None:
    text = (
        "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: w19}\n"
        "scheduling: {nodeSelector: {kubernetes.io/os: windows, "
        "node.kubernetes.io/windows-build: '10.0.17763'}}\n---\n"
        "apiVersion: v1\nkind: Pod\nspec:\n  runtimeClassName: w19\n  containers:\n"
        f"  - image: {OLD}\n"
    )
    result = rewrite("x.yaml", text.encode())
    assert [e.line for e in result.edits] == [11]
    assert [(n.line, n.rule) for n in result.needs] == [(4, "runtime-class"), (9, "no-selector")]


def test_manifest_inside_a_config_map_is_named_and_left(rewrite: Rewrite) -> None:
    inner = "kind: Pod\nspec:\n  nodeSelector:\n    kubernetes.io/os: windows\n"
    body = inner.replace("\n", "\n    ").rstrip()
    text = f"apiVersion: v1\nkind: ConfigMap\ndata:\n  pod.yaml: |\n    {body}\n  other: windows\n"
    result = rewrite("x.yaml", text.encode())
    assert result.edits == ()
    assert [(n.line, n.rule) for n in result.needs] == [(4, "embedded")]
    assert "os-sku: Windows2022" in result.needs[0].suggestion


FRAGMENTS = {
    "selector": ("      nodeSelector:\n        kubernetes.io/os: windows\n", [2]),
    "pin": ("nodeSelector:\n  kubernetes.azure.com/os-sku: Windows2019\n", [2]),
    "pod": (
        f"spec:\n  nodeSelector:\n    kubernetes.io/os: windows\n  containers:\n  - image: {OLD}\n",
        [3, 5],
    ),
    "done": ("nodeSelector:\n  kubernetes.azure.com/os-sku: Windows2022\n", []),
}


@pytest.mark.parametrize("name", FRAGMENTS)
def test_piece_without_a_kind_is_a_persons(name: str, rewrite: Rewrite) -> None:
    text, lines = FRAGMENTS[name]
    result = rewrite("x.yaml", text.encode())
    assert result.edits == ()
    assert [(n.line, n.rule) for n in result.needs] == [(line, "fragment") for line in lines]


DAEMONS = {
    "by its key": "kind: Beat\nspec: {daemonSet: {podTemplate: {spec: {" + POD + "}}}}\n",
    "by the end of its key": "kind: Installation\nspec: {calicoNodeWindowsDaemonSet: {spec: "
    "{template: {spec: {" + POD + "}}}}}\n",
    "by its mode": "kind: Collector\nspec: {mode: daemonset, "
    f"nodeSelector: {{kubernetes.io/os: windows}}, image: '{OLD}'}}\n",
    "by an object inside": "kind: Work\nspec: {workload: {manifests: [{apiVersion: apps/v1, "
    "kind: DaemonSet, spec: {template: {spec: {" + POD + "}}}}]}}\n",
}


@pytest.mark.parametrize("name", DAEMONS)
def test_what_becomes_a_daemon_set_gets_no_pin(name: str, rewrite: Rewrite) -> None:
    result = rewrite("x.yaml", f"apiVersion: x/v1\n{DAEMONS[name]}".encode())
    assert result.edits == ()
    assert [n.rule for n in result.needs] == ["daemon-build"]


@pytest.mark.parametrize(
    "text",
    [
        "kind: ConfigMap\ndata: {a: '{{ $labels.instance }} down', b: '{{ if x }}'}\n",
        "kind: Namespace\nmetadata: {annotations: {hosts: 'a:80 {{x}}'}} # {{ y }}\n",
    ],
    ids=["alert", "annotation"],
)
def test_braces_in_strings_make_no_template(text: str, rewrite: Rewrite) -> None:
    pod = f"apiVersion: v1\nkind: Pod\nspec: {{{POD}}}\n"
    result = rewrite("x.yaml", f"apiVersion: v1\n{text}---\n{pod}".encode())
    assert result.kind == "manifest"
    assert len(result.edits) == 1
    assert result.needs == ()


def test_image_that_braces_fill_in_is_left_to_a_person(rewrite: Rewrite) -> None:
    text = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {templates: [{nodeSelector: "
        "{kubernetes.io/os: windows}, container: {image: 'a/b:{{inputs.parameters.tag}}'}}]}\n"
    )
    result = rewrite("x.yaml", text.encode())
    assert PIN in result.data.decode()
    assert [n.rule for n in result.needs] == ["variable"]
