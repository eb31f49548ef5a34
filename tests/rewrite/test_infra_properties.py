"""For any infrastructure file: no failure, edits that tell every change, nothing more again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolshift.catalog import load_catalog
from poolshift.rewrite import rewrite_file

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
CATALOG = load_catalog()
TARGETS = st.sampled_from(["Windows2022", "Windows2025"])
GUARDS = st.sampled_from([None, "poolshift.io/guard=green:NoSchedule"])

SEEDS = {
    "main.tf": """\
# pools
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  name                  = "wspool" # its name
  kubernetes_cluster_id = azurerm_kubernetes_cluster.aks.id
  vm_size               = "Standard_D4s_v3"
  os_type               = "Windows"
  os_sku                = "Windows2019"
  node_labels = {
    "a${var.x}" = <<-EOT
      text }
    EOT
  }
  upgrade_settings { max_surge = "33%" }
}

resource "azapi_resource" "w" {
  type      = "Microsoft.ContainerService/managedClusters/agentPools@2026-08-01"
  parent_id = azurerm_kubernetes_cluster.other.id
  name      = "wnp002"
  body = jsonencode({
    properties = {
      osSKU  = "Windows2022" # now
      osType = "Windows"
    }
  })
}
variable "sku" { default = "Windows2019" }
module "m" {
  pools = { win = { os_sku = "Windows2019", count = 2 } }
}
""",
    "main.bicep": """\
param osSku string = 'Windows2019'
@description('it''s the pool')
resource win 'Microsoft.ContainerService/managedClusters/agentPools@2026-08-01' = {
  parent: aks
  name: 'wspool'
  properties: {
    osType: 'Windows' // why
    osSKU: 'Windows2022'
    nodeLabels: { a: '${osSku}-x' }
  }
}
resource c 'Microsoft.ContainerService/managedClusters@2026-08-01' = {
  name: 'c'
  resource p 'agentPools' = {
    name: 'win'
    properties: { osType: 'Windows', osSKU: 'Windows2022' }
  }
  properties: { agentPoolProfiles: [ { name: 'in', osType: 'Windows', osSKU: 'Windows2019' } ] }
}
""",
    "arm.json": """\
{
  "parameters": { "sku": { "type": "string", "defaultValue": "Windows2019" } },
  "resources": [
    {
      "type": "Microsoft.ContainerService/managedClusters/agentPools",
      "apiVersion": "2026-08-01",
      "name": "[concat(parameters('c'), '/wspool')]", // name
      "properties": { "osType": "Windows", "osSKU": "Windows2022" }
    }, /* between */
    {
      "type": "Microsoft.ContainerService/managedClusters",
      "name": "c",
      "properties": {
        "agentPoolProfiles": [ { "name": "in", "osType": "Windows", "osSKU": "Windows2019" } ]
      }
    }
  ]
}
""",
    "values.yaml": """\
web: &w
  image: # the web
    tag: &t ltsc2019
    registry: mcr.microsoft.com
    repository: "windows/servercore"
  nodeSelector:
    kubernetes.io/os: windows
    "kubernetes.azure.com/os-sku": 'Windows2019'
side: {image: "mcr.microsoft.com/windows/nanoserver:1809", tag: *t}
other: {<<: *w, tolerations: [{key: node.kubernetes.io/windows-build, value: 10.0.17763}]}
note: '{{ .Release.Name }}'
""",
    "templates/web.yaml": """\
{{- with .Values.web }}
kind: Deployment
spec:
  template:
    spec:
      {{- /* image: mcr.microsoft.com/windows/servercore:ltsc2019 */}}
      nodeSelector:
        kubernetes.io/os: windows
      affinity: {{ toYaml .affinity | nindent 8 }}
      tolerations:
      - key: node.kubernetes.io/windows-build
        value: "10.0.17763"
      containers:
      - image: "{{ .image.repository }}:{{ .image.tag }}"
      - image: mcr.microsoft.com/windows/servercore:ltsc2019
{{- end }}
---
kind: DaemonSet
""",
    "kustomization.yaml": """\
resources: [../base]
images:
- name: web
  newName: mcr.microsoft.com/windows/servercore
  newTag: ltsc2019
patches:
- target: {kind: Deployment}
  patch: |-
    - op: replace
      path: /spec/template/spec/nodeSelector/kubernetes.azure.com~1os-sku
      value: Windows2019
- patch: |
    kind: Deployment
    spec:
      template:
        spec:
          nodeSelector:
            kubernetes.io/os: windows

          containers:
          - {name: a, image: "mcr.microsoft.com/windows/nanoserver:1809"}
patchesStrategicMerge:
- "kind: Deployment\\nspec: {template: {spec: {containers: [{image: 'x:ltsc2019'}]}}}"
""",
}
WORDS = [
    *("{", "}", "[", "]", "(", ")", "\n", "\r\n", '"', "'", "'''", "${", "%{", "$${", "{{", "}}"),
    *("<<EOT\n", "EOT\n", "/*", "*/", "//", "#", "=", ":", ",", " ", "\t", "\ufeff", "é", "\\"),
    *("for_each = x\n", "count = 2\n", "if (x) ", "[for x in y: ", "existing ", "resource "),
    *('name = "win1"\n', "osSKU: 'Windows2022'\n", '"osSKU": "Windows2019",', "&a ", "*a", "|-\n"),
    *("- ", "  ", "kind: DaemonSet\n", "hostProcess: true\n", "Windows2022", "Windows2019", "end"),
]
CHANGES = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 20), st.sampled_from([*WORDS, ""])), max_size=4
)


def hold(path: str, data: bytes, to: str, guard: str | None) -> None:
    """A rewrite that tells all it does, touches nothing else, and has nothing to do again."""
    result = rewrite_file(path, data, to, CATALOG, guard=guard)
    edits = {edit.line: edit for edit in result.edits}
    told: list[str] = []
    for number, line in enumerate(data.decode().split("\n"), start=1):
        edit = edits.get(number)
        assert edit is None or edit.old == line
        if edit is None or edit.new is not None:
            told.append(line if edit is None or edit.new is None else edit.new)
    assert "\n".join(told).encode() == result.data
    lines = len(data.decode().split("\n"))
    assert all(1 <= need.line <= lines and need.rule and need.reason for need in result.needs)
    again = rewrite_file(path, result.data, to, CATALOG, guard=guard)
    assert (again.data, again.edits) == (result.data, ())


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(sorted(SEEDS)), CHANGES, st.booleans(), TARGETS, GUARDS)
def test_any_change_of_a_file(
    path: str, changes: list[tuple[float, int, str]], crlf: bool, to: str, guard: str | None
) -> None:
    text = SEEDS[path].replace("\n", "\r\n") if crlf else SEEDS[path]
    for where, length, new in changes:
        at = int(where * len(text))
        text = text[:at] + new + text[at + length :]
    hold(path, text.encode(), to, guard)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(SEEDS)), st.lists(st.sampled_from(WORDS), max_size=40), TARGETS, GUARDS
)
def test_any_text(path: str, words: list[str], to: str, guard: str | None) -> None:
    hold(path, "".join(words).encode(), to, guard)


@pytest.mark.parametrize("path", sorted(SEEDS))
@pytest.mark.parametrize("char", ["{", "[", "(", '"${', "'${", "a: {", "- "])
def test_what_is_nested_deeply_is_left_alone(path: str, char: str) -> None:
    hold(path, (char * 3000).encode(), "Windows2022", None)


collected = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the collected files do not lie beside the repository"
)


@collected
@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10_000), CHANGES, TARGETS)
def test_any_change_of_a_collected_file(
    which: int, changes: list[tuple[float, int, str]], to: str
) -> None:
    files = sorted([*(CORPUS / "terraform").iterdir(), *(CORPUS / "manifests").glob("m1[89]*")])
    path = files[which % len(files)]
    text = path.read_bytes().decode()
    for where, length, new in changes:
        at = int(where * len(text))
        text = text[:at] + new + text[at + length :]
    hold(path.name, text.encode(), to, None)
