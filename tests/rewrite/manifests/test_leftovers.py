"""What objects without a pod template, and texts inside of objects, say of Windows versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.rewrite import FileResult

    Rewrite = Callable[..., FileResult]

SKU = "kubernetes.azure.com/os-sku"
IMAGE = "mcr.microsoft.com/windows/servercore:ltsc2019"

TOLD = {
    "pool": (
        "apiVersion: containerservice.azure.com/v1\nkind: ManagedClustersAgentPool\n"
        "spec:\n  osType: Windows\n  osSKU: Windows2019\n",
        [(5, "pool-object")],
    ),
    "policy": (
        "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nspec:\n  rules:\n"
        f"  - mutate: {{patch: {{spec: {{nodeSelector: {{{SKU}: Windows2019}}}}}}}}\n",
        [(5, "other-pin")],
    ),
    "expression": (
        "apiVersion: karpenter.sh/v1\nkind: NodePool\nspec:\n  template: {spec: {requirements: [\n"
        f"    {{key: {SKU}, operator: In, values: [Windows2019]}}]}}}}\n",
        [(5, "other-pin")],
    ),
    "selector of no pod": (
        "apiVersion: example.com/v1\nkind: NodeConfig\nspec:\n  nodeSelector:\n"
        "    kubernetes.io/os: windows\n",
        [(5, "other-selector")],
    ),
    "image of a build": (
        "apiVersion: skaffold/v4\nkind: Config\nbuild:\n  artifacts:\n"
        f"  - docker: {{buildArgs: {{BASE: '{IMAGE}'}}}}\n",
        [(5, "text-image")],
    ),
    "namespace": (
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: win\n  annotations:\n"
        "    scheduler.alpha.kubernetes.io/node-selector: "
        f"kubernetes.io/os=windows,{SKU}=Windows2019\n",
        [(6, "namespace-selector")],
    ),
    "settings of an agent": (
        "apiVersion: v1\nkind: ConfigMap\ndata:\n  jenkins.yaml: |\n    clouds:\n"
        "    - nodeSelector: kubernetes.io/os=windows\n"
        "      containers: [{image: 'agent:windowsservercore-ltsc2019'}]\n",
        [(6, "text-selector"), (7, "text-image")],
    ),
    "settings of a runner": (
        "apiVersion: v1\nkind: ConfigMap\ndata:\n  config.toml: |\n"
        f'    image = "{IMAGE}"\n    [node_selector]\n'
        '      "kubernetes.io/os" = "windows"\n'
        '      "node.kubernetes.io/windows-build" = "10.0.17763"\n',
        [(5, "text-image"), (8, "text-pin")],
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_no_machine_can_decide_is_told_with_its_line(name: str, rewrite: Rewrite) -> None:
    text, needs = TOLD[name]
    result = rewrite("x.yaml", text.encode())
    assert result.edits == ()
    assert [(n.line, n.rule) for n in result.needs] == needs
    assert result.needs == rewrite("x.yaml", text.replace("\n", "\r\n").encode()).needs


QUIET = {
    "labels": f"kind: NodePool\nmetadata: {{labels: {{{SKU}: Windows2019}}}}\nspec: {{}}\n",
    "target": f"kind: Policy\nspec: {{nodeSelector: {{{SKU}: Windows2022}}}}\n",
    "newer": f"kind: Policy\nspec: {{nodeSelector: {{{SKU}: Windows2025}}}}\n",
    "node": f"kind: Node\nspec: {{x: {{{SKU}: Windows2019}}}}\n",
    "environment of a Linux workload": "kind: Deployment\nspec: {template: {spec: {nodeSelector: "
    "{kubernetes.io/os: linux}, containers: [{image: nginx, env: [{value: '" + IMAGE + "'}]}]}}}\n",
    "words": "kind: ConfigMap\ndata: {readme: 'windows is at 10:1809 and ltsc2019 is old'}\n",
    "another name with the label in it": "kind: ConfigMap\ndata:\n  a: |\n"
    "    my.kubernetes.io/os: windows\n",
}


@pytest.mark.parametrize("name", QUIET)
def test_what_concerns_no_older_version_is_left_alone(name: str, rewrite: Rewrite) -> None:
    result = rewrite("x.yaml", f"apiVersion: v1\n{QUIET[name]}".encode())
    assert (result.edits, result.needs) == ((), ())


def test_settings_inside_of_values_are_told(rewrite: Rewrite) -> None:
    text = f"runners:\n  config: |\n    [[runners]]\n      image = '{IMAGE}'\n"
    result = rewrite("values.yaml", text.encode())
    assert [(n.line, n.rule) for n in result.needs] == [(4, "text-image")]
