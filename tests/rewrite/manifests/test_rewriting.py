"""Windows workloads of manifests: image, selector, toleration; everything else stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from poolshift.core.errors import UsageError
from poolshift.core.image import ImageFacts, Platform
from poolshift.rewrite import FileVerdict, documents, workload_documents

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.rewrite import FileResult

    Rewrite = Callable[..., FileResult]

SAMPLE = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: sample
  labels:
    app: sample
spec:
  replicas: 3
  template:
    metadata:
      name: sample
      labels:
        app: sample
    spec:
      nodeSelector:
        "kubernetes.io/os": windows   # both versions
      containers:
      - name: sample
        image: mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2019
        ports:
          - containerPort: 80
"""
GUARD = "poolshift.io/guard=green:NoSchedule"


def pod(spec: str, kind: str = "Pod") -> bytes:
    return f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: p}}\nspec:\n{spec}".encode()


def test_sample_gets_image_and_selector(rewrite: Rewrite) -> None:
    result = rewrite("sample.yaml", SAMPLE.encode())
    expected = SAMPLE.replace("ltsc2019", "ltsc2022").replace(
        '        "kubernetes.io/os": windows   # both versions\n',
        '        "kubernetes.io/os": windows   # both versions\n'
        '        "kubernetes.azure.com/os-sku": Windows2022\n',
    )
    assert result.data.decode() == expected
    assert result.verdict == FileVerdict.CHANGED
    assert [e.line for e in result.edits] == [16, 19]
    assert result.edits[0].new is not None
    assert result.edits[0].new.startswith(result.edits[0].old + "\n")


def test_guard_adds_a_toleration(rewrite: Rewrite) -> None:
    result = rewrite("sample.yaml", SAMPLE.encode(), guard=GUARD)
    assert (
        "      tolerations:\n"
        '      - key: "poolshift.io/guard"\n'
        "        operator: Equal\n"
        '        value: "green"\n'
        "        effect: NoSchedule\n"
        "      nodeSelector:\n"
    ) in result.data.decode()


def test_key_windows_build_pins_the_build(rewrite: Rewrite) -> None:
    result = rewrite("sample.yaml", SAMPLE.encode(), key="windows-build")
    assert '"node.kubernetes.io/windows-build": 10.0.20348\n' in result.data.decode()


SELECTORS = {
    "flow": (
        "  nodeSelector: {kubernetes.io/os: windows}\n",
        "  nodeSelector: {kubernetes.io/os: windows, kubernetes.azure.com/os-sku: Windows2022}\n",
    ),
    "quoted-flow": (
        "  nodeSelector: { 'kubernetes.io/os': \"windows\" }\n",
        "  nodeSelector: { 'kubernetes.io/os': \"windows\", "
        "'kubernetes.azure.com/os-sku': \"Windows2022\" }\n",
    ),
    "beta": (
        "  nodeSelector:\n    beta.kubernetes.io/os: windows\n    disk: fast\n",
        "  nodeSelector:\n    beta.kubernetes.io/os: windows\n"
        "    kubernetes.azure.com/os-sku: Windows2022\n    disk: fast\n",
    ),
    "old-pin": (
        "  nodeSelector:\n    kubernetes.azure.com/os-sku: 'Windows2019'\n",
        "  nodeSelector:\n    kubernetes.azure.com/os-sku: 'Windows2022'\n",
    ),
    "old-build": (
        "  nodeSelector:\n    node.kubernetes.io/windows-build: 10.0.17763\n",
        "  nodeSelector:\n    node.kubernetes.io/windows-build: 10.0.20348\n",
    ),
    "affinity": (
        "  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
        "{nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.azure.com/os-sku, "
        "operator: In, values: [Windows2019]}]}]}}}\n",
        "  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
        "{nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.azure.com/os-sku, "
        "operator: In, values: [Windows2022]}]}]}}}\n",
    ),
    "no-final-newline": (
        "  nodeSelector:\n    kubernetes.io/os: windows",
        "  nodeSelector:\n    kubernetes.io/os: windows\n"
        "    kubernetes.azure.com/os-sku: Windows2022",
    ),
    "crlf": (
        "  nodeSelector:\r\n    kubernetes.io/os: windows\r\n",
        "  nodeSelector:\r\n    kubernetes.io/os: windows\r\n"
        "    kubernetes.azure.com/os-sku: Windows2022\r\n",
    ),
}


@pytest.mark.parametrize("name", SELECTORS)
def test_selector_tells_the_version(name: str, rewrite: Rewrite) -> None:
    old, new = SELECTORS[name]
    result = rewrite("pod.yaml", pod(old))
    assert result.data == pod(new)
    assert result.verdict == FileVerdict.CHANGED


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("StatefulSet", "spec: {template: {spec: "),
        ("Job", "spec: {template: {spec: "),
        ("CronJob", "spec: {jobTemplate: {spec: {template: {spec: "),
        ("Rollout", "spec: {template: {spec: "),
        ("PodTemplate", "template: {spec: "),
    ],
)
def test_every_kind_with_a_template_is_found(kind: str, path: str, rewrite: Rewrite) -> None:
    body = "{nodeSelector: {kubernetes.io/os: windows}}"
    text = f"apiVersion: x/v1\nkind: {kind}\n{path}{body}{'}' * path.count('{')}\n"
    assert b"os-sku: Windows2022" in rewrite("x.yml", text.encode()).data


def test_lists_and_documents_are_walked(rewrite: Rewrite) -> None:
    item = "  - {kind: Pod, spec: {nodeSelector: {kubernetes.io/os: windows}}}\n"
    text = f"apiVersion: v1\nkind: List\nitems:\n{item}{item}---\n" + SAMPLE
    result = rewrite("all.yaml", text.encode())
    assert result.data.count(b"os-sku") == 3


def test_json_manifest_is_edited_in_place(rewrite: Rewrite) -> None:
    spec = '{"nodeSelector": {"kubernetes.io/os": "windows"}, "containers": []}'
    text = f'{{"apiVersion": "v1", "kind": "Pod", "spec": {spec}}}'
    result = rewrite("pod.json", text.encode(), guard=GUARD)
    assert b'"windows", "kubernetes.azure.com/os-sku": "Windows2022"}' in result.data
    assert b'"tolerations": [{"key": "poolshift.io/guard"' in result.data


def test_linux_workload_never_changes(rewrite: Rewrite) -> None:
    linux = SAMPLE.replace("windows   ", "linux   ")
    result = rewrite("sample.yaml", linux.encode(), guard=GUARD)
    assert (result.verdict, result.edits) == (FileVerdict.UNCHANGED, ())


def test_daemon_set_that_is_tied_to_a_version_stays_and_needs_a_copy(rewrite: Rewrite) -> None:
    text = SAMPLE.replace("kind: Deployment", "kind: DaemonSet")
    result = rewrite("agent.yaml", text.encode(), guard=GUARD)
    assert result.edits == ()
    assert [(n.line, n.rule) for n in result.needs] == [(19, "daemon-build")]
    assert "ltsc2022" in result.needs[0].suggestion


def test_pinned_daemon_set_needs_a_person(rewrite: Rewrite) -> None:
    spec = "  template:\n    spec:\n      nodeSelector:\n        "
    spec += "kubernetes.azure.com/os-sku: Windows2019\n"
    result = rewrite("agent.yaml", pod(spec, "DaemonSet"))
    assert result.verdict == FileVerdict.NEEDS_HUMAN
    assert result.edits == ()


TOLERATIONS = {
    "block": (
        "  tolerations:\n  - key: a\n    operator: Exists\n",
        "  tolerations:\n"
        '  - key: "poolshift.io/guard"\n'
        "    operator: Equal\n"
        '    value: "green"\n'
        "    effect: NoSchedule\n"
        "  - key: a\n    operator: Exists\n",
    ),
    "flow": (
        "  tolerations: [{key: a, operator: Exists}]\n",
        '  tolerations: [{"key": "poolshift.io/guard", "operator": "Equal", "value": "green", '
        '"effect": "NoSchedule"}, {key: a, operator: Exists}]\n',
    ),
    "empty": (
        "  tolerations: []\n",
        '  tolerations: [{"key": "poolshift.io/guard", "operator": "Equal", "value": "green", '
        '"effect": "NoSchedule"}]\n',
    ),
    "everything": ("  tolerations:\n  - operator: Exists\n", None),
    "same": ("  tolerations: [{key: poolshift.io/guard, value: green}]\n", None),
}


@pytest.mark.parametrize("name", TOLERATIONS)
def test_toleration_is_added_once(name: str, rewrite: Rewrite) -> None:
    old, new = TOLERATIONS[name]
    pinned = "  nodeSelector: {kubernetes.azure.com/os-sku: Windows2022}\n"
    result = rewrite("pod.yaml", pod(pinned + old), guard=GUARD)
    assert result.data == pod(pinned + (old if new is None else new))


def test_private_image_needs_a_person_until_it_is_replaced(rewrite: Rewrite) -> None:
    spec = "  nodeSelector: {kubernetes.azure.com/os-sku: Windows2022}\n"
    spec += "  containers: [{name: a, image: shop.azurecr.io/cart:42}]\n"
    asked = rewrite("pod.yaml", pod(spec))
    assert asked.verdict == FileVerdict.NEEDS_HUMAN
    images = {"shop.azurecr.io/cart:42": "shop.azurecr.io/cart:42-ltsc2022"}
    told = rewrite("pod.yaml", pod(spec), images=images)
    assert told.verdict == FileVerdict.CHANGED
    assert b"cart:42-ltsc2022}" in told.data


def facts(ref: str, *builds: str) -> ImageFacts:
    return ImageFacts(ref, "", tuple(Platform("windows", os_version=b) for b in builds))


def test_registry_proves_what_the_mapping_does_not_know(rewrite: Rewrite) -> None:
    known = {
        "shop.azurecr.io/both:1": facts("both", "10.0.17763.1", "10.0.20348.1"),
        "shop.azurecr.io/cart:7-ltsc2019": facts("cart", "10.0.17763.1"),
        "shop.azurecr.io/cart:7-ltsc2022": facts("cart", "10.0.20348.1"),
        "shop.azurecr.io/bill:7-ltsc2019": facts("bill", "10.0.17763.1"),
    }
    spec = "  nodeSelector: {kubernetes.azure.com/os-sku: Windows2022}\n  containers:\n"
    spec += "".join(
        f"  - image: shop.azurecr.io/{name}\n" for name in ("both:1", "cart:7-ltsc2019")
    )
    result = rewrite("pod.yaml", pod(spec), resolve=known.get)
    assert result.verdict == FileVerdict.CHANGED
    assert b"cart:7-ltsc2022" in result.data
    other = pod(spec.replace("cart", "bill"))
    assert rewrite("pod.yaml", other, resolve=known.get).verdict == FileVerdict.NEEDS_HUMAN


def test_mapped_tag_that_the_registry_does_not_have_needs_a_person(rewrite: Rewrite) -> None:
    result = rewrite("sample.yaml", SAMPLE.encode(), resolve=lambda ref: None)
    assert b"ltsc2019" in result.data
    assert "does not have it" in result.needs[0].reason


def test_windows_image_without_a_selector_is_said(rewrite: Rewrite) -> None:
    spec = "  containers:\n  - image: mcr.microsoft.com/windows/servercore:ltsc2019\n"
    result = rewrite("pod.yaml", pod(spec))
    assert [e.new for e in result.edits] == [
        "  - image: mcr.microsoft.com/windows/servercore:ltsc2022"
    ]
    assert [n.rule for n in result.needs] == ["no-selector"]


def test_runtime_class_is_said(rewrite: Rewrite) -> None:
    result = rewrite("pod.yaml", pod("  runtimeClassName: windows-2019\n"))
    assert any("windows-2019" in reason for reason in result.reasons)


def test_host_process_image_stays(rewrite: Rewrite) -> None:
    spec = "  securityContext: {windowsOptions: {hostProcess: true}}\n"
    spec += "  nodeSelector: {kubernetes.azure.com/os-sku: Windows2022}\n"
    spec += "  containers: [{image: a/b:ltsc2019}]\n"
    assert rewrite("pod.yaml", pod(spec)).verdict == FileVerdict.UNCHANGED


def test_anchor_shared_with_linux_needs_a_person(rewrite: Rewrite) -> None:
    text = (
        "apiVersion: v1\nkind: List\nitems:\n"
        "- kind: Pod\n  spec:\n    nodeSelector: {kubernetes.io/os: windows}\n"
        "    tolerations: &t\n    - key: a\n"
        "- kind: Pod\n  spec:\n    nodeSelector: {kubernetes.io/os: linux}\n    tolerations: *t\n"
    )
    result = rewrite("all.yaml", text.encode(), guard=GUARD)
    assert (result.verdict, result.edits) == (FileVerdict.NEEDS_HUMAN, ())


@pytest.mark.parametrize(
    "text",
    ["kind: Pod\nspec: [\n", "kind: a\n\tb: c\n", "kind: *x\n", "kind: Pod\n--- \n%bad\n"],
)
def test_what_is_no_yaml_needs_a_person(text: str, rewrite: Rewrite) -> None:
    result = rewrite("x.yaml", text.encode())
    assert result.verdict == FileVerdict.NEEDS_HUMAN
    assert result.data == text.encode()


def test_documents_keep_their_text() -> None:
    service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: sample\n  namespace: shop\n"
    text = f"# both\n---\n{SAMPLE}---\n{service}"
    found = documents(text.encode())
    assert [d.target for d in found] == ["default/Deployment/sample", "shop/Service/sample"]
    assert [d.text for d in found] == [SAMPLE, service]
    assert workload_documents(text.encode()) == [("default/Deployment/sample", SAMPLE)]


def test_documents_of_a_list_are_written_anew() -> None:
    text = b"kind: List\nitems:\n- kind: Pod\n  metadata: {name: a}\n  spec: {containers: []}\n"
    ((target, document),) = workload_documents(text)
    assert target == "default/Pod/a"
    assert document.startswith("kind: Pod\n")


@pytest.mark.parametrize("data", [b"a: [", b"\xff\xfe"], ids=["no-yaml", "no-utf-8"])
def test_documents_that_cannot_be_read_are_refused(data: bytes) -> None:
    with pytest.raises(UsageError, match=r"shop\.yaml"):
        documents(data, name="shop.yaml")


def test_tolerations_that_are_no_list_need_a_person(rewrite: Rewrite) -> None:
    spec = "  nodeSelector: {kubernetes.azure.com/os-sku: Windows2022}\n  tolerations: none\n"
    result = rewrite("pod.yaml", pod(spec), guard=GUARD)
    assert (result.verdict, result.edits) == (FileVerdict.NEEDS_HUMAN, ())


def test_guard_without_a_value_is_tolerated_by_exists(rewrite: Rewrite) -> None:
    spec = "  nodeSelector: {kubernetes.azure.com/os-sku: Windows2022}\n"
    result = rewrite("pod.yaml", pod(spec), guard="green:NoSchedule")
    assert b"operator: Exists" in result.data
    flow = "  tolerations: []\n" + spec
    result = rewrite("pod.yaml", pod(flow), guard="green:NoSchedule")
    assert b'"operator": "Exists"' in result.data


def test_toleration_of_another_effect_does_not_cover(rewrite: Rewrite) -> None:
    spec = "  nodeSelector: {kubernetes.azure.com/os-sku: Windows2022}\n"
    spec += "  tolerations: [{key: poolshift.io/guard, value: green, effect: NoExecute}]\n"
    assert b"NoSchedule" in rewrite("pod.yaml", pod(spec), guard=GUARD).data


def test_affinity_with_several_versions_needs_a_person(rewrite: Rewrite) -> None:
    key = "kubernetes.azure.com/os-sku"
    term = f"[{{key: {key}, operator: In, values: [Windows2019, WindowsAnnual]}}]"
    spec = (
        "  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
        f"{{nodeSelectorTerms: [{{matchExpressions: {term}}}]}}}}}}\n"
    )
    assert rewrite("pod.yaml", pod(spec)).verdict == FileVerdict.NEEDS_HUMAN
    allowed = spec.replace("WindowsAnnual", "Windows2022")
    assert rewrite("pod.yaml", pod(allowed)).verdict == FileVerdict.UNCHANGED


def test_windows_without_a_selector_needs_a_person(rewrite: Rewrite) -> None:
    result = rewrite("pod.yaml", pod("  os: {name: windows}\n  containers: []\n"))
    assert (result.verdict, result.edits) == (FileVerdict.NEEDS_HUMAN, ())


def test_folded_image_needs_a_person(rewrite: Rewrite) -> None:
    spec = "  nodeSelector: {kubernetes.azure.com/os-sku: Windows2022}\n  containers:\n"
    spec += "  - image: >-\n      mcr.microsoft.com/windows/servercore:ltsc2019\n"
    assert rewrite("pod.yaml", pod(spec)).verdict == FileVerdict.NEEDS_HUMAN


def test_anchor_shared_by_a_daemon_set_needs_a_person(rewrite: Rewrite) -> None:
    text = (
        "apiVersion: v1\nkind: List\nitems:\n"
        "- kind: Pod\n  spec:\n    nodeSelector: &w {kubernetes.io/os: windows}\n"
        "- kind: DaemonSet\n  spec: {template: {spec: {nodeSelector: *w}}}\n"
    )
    result = rewrite("all.yaml", text.encode())
    assert (result.verdict, result.edits) == (FileVerdict.NEEDS_HUMAN, ())


def test_variable_in_an_image_needs_a_person(rewrite: Rewrite) -> None:
    spec = "  nodeSelector: {kubernetes.azure.com/os-sku: Windows2022}\n"
    spec += "  containers: [{image: 'shop.azurecr.io/cart:$TAG'}]\n"
    result = rewrite("pod.yaml", pod(spec))
    assert "variable" in result.needs[0].reason


def test_documents_without_objects_are_left_out() -> None:
    assert documents(b"- a\n---\n---\nkind: Pod\n") == []
    inline = b"--- {kind: Pod, metadata: {name: a}, spec: {containers: []}}\n"
    ((target, text),) = workload_documents(inline)
    assert target == "default/Pod/a"
    assert text.startswith("{kind: Pod")


def test_toleration_of_the_old_version_alone_is_named(rewrite: Rewrite) -> None:
    key = "node.kubernetes.io/windows-build"
    spec = f"  nodeSelector: {{{key}: 10.0.20348}}\n"
    spec += f"  tolerations: [{{key: {key}, value: 10.0.17763}}]\n"
    assert [n.rule for n in rewrite("pod.yaml", pod(spec)).needs] == ["version-toleration"]
    done = spec.replace("17763", "20348")
    assert rewrite("pod.yaml", pod(done)).needs == ()


POOLS = ["agentpool: win", "kubernetes.azure.com/agentpool: win"]


@pytest.mark.parametrize("label", POOLS)
def test_name_of_the_old_pool_is_a_persons(label: str, rewrite: Rewrite) -> None:
    spec = f"  nodeSelector:\n    kubernetes.io/os: windows\n    {label}\n"
    result = rewrite("pod.yaml", pod(spec))
    assert [(n.line, n.rule) for n in result.needs] == [(7, "pool-pin")]
    assert b"os-sku: Windows2022" in result.data


PINS = {
    "unknown": ("<OSSKU>", None, "unknown-pin"),
    "newer": ("Windows2025", None, ""),
    "older": ("Windows2019", "Windows2022", ""),
}


@pytest.mark.parametrize("name", PINS)
def test_pin_changes_where_its_meaning_is_known(name: str, rewrite: Rewrite) -> None:
    old, new, rule = PINS[name]
    spec = "  nodeSelector:\n    kubernetes.azure.com/os-sku: '{}'\n    kubernetes.io/os: windows\n"
    result = rewrite("pod.yaml", pod(spec.format(old)))
    assert result.data == pod(spec.format(new or old))
    assert [n.rule for n in result.needs] == ([rule] if rule else [])


def test_preferred_affinity_follows_and_is_no_pin(rewrite: Rewrite) -> None:
    term = "{key: kubernetes.azure.com/os-sku, operator: In, values: [Windows2019]}"
    spec = (
        "  nodeSelector: {kubernetes.io/os: windows}\n"
        "  affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: "
        f"[{{weight: 1, preference: {{matchExpressions: [{term}]}}}}]}}}}\n"
    )
    result = rewrite("pod.yaml", pod(spec))
    assert b"values: [Windows2022]" in result.data
    assert b"windows, kubernetes.azure.com/os-sku: Windows2022}" in result.data


def test_affinity_that_forbids_the_target_is_a_persons(rewrite: Rewrite) -> None:
    term = "{key: kubernetes.azure.com/os-sku, operator: NotIn, values: [Windows2022]}"
    spec = (
        "  nodeSelector: {kubernetes.io/os: windows}\n"
        "  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
        f"{{nodeSelectorTerms: [{{matchExpressions: [{term}]}}]}}}}}}\n"
    )
    assert "affinity" in [n.rule for n in rewrite("pod.yaml", pod(spec)).needs]


JSON = """\
{
  "apiVersion": "v1",
  "kind": "Pod",
  "spec": {
    "nodeSelector": {
      "kubernetes.io/os": "windows"%s
    }
  }
}
"""


@pytest.mark.parametrize("more", ["", ',\n      "disk": "fast"'], ids=["alone", "first"])
def test_pin_gets_a_line_of_its_own_in_json(more: str, rewrite: Rewrite) -> None:
    pin = '"kubernetes.azure.com/os-sku": "Windows2022"'
    result = rewrite("pod.json", (JSON % more).encode())
    assert result.data.decode() == JSON % f",\n      {pin}{more}"


def test_broken_document_that_would_change_keeps_the_file_as_it_is(rewrite: Rewrite) -> None:
    text = SAMPLE + "---\nkind: Pod\nspec: {nodeSelector: {kubernetes.io/os: windows}\n"
    result = rewrite("x.yaml", text.encode())
    assert result.edits == ()
    assert [n.rule for n in result.needs] == ["no-yaml"]


def test_broken_document_of_other_things_keeps_no_other_from_changing(rewrite: Rewrite) -> None:
    text = "kind: Service\nspec: {\n---\n" + SAMPLE
    result = rewrite("x.yaml", text.encode())
    assert b'os-sku": Windows2022' in result.data
    assert [n.rule for n in result.needs] == ["no-yaml"]


@pytest.mark.parametrize(
    ("selector", "wanted"),
    [
        (
            "{\n    kubernetes.io/os: windows, # os\n  }",
            "{\n    kubernetes.io/os: windows, # os\n    PIN,\n  }",
        ),
        (
            "{\n    kubernetes.io/os: windows # os\n  }",
            "{\n    kubernetes.io/os: windows, # os\n    PIN\n  }",
        ),
    ],
    ids=["comma", "alone"],
)
def test_pin_stands_below_an_entry_that_has_a_comment(
    selector: str, wanted: str, rewrite: Rewrite
) -> None:
    text = f"apiVersion: v1\nkind: Pod\nspec:\n  nodeSelector: {selector}\n"
    result = rewrite("x.yaml", text.encode())
    pin = "kubernetes.azure.com/os-sku: Windows2022"
    assert result.data.decode().endswith(f"nodeSelector: {wanted.replace('PIN', pin)}\n")


def test_toleration_gets_a_line_of_its_own_where_the_first_one_has_that(rewrite: Rewrite) -> None:
    text = (
        "apiVersion: v1\nkind: Pod\nspec:\n  nodeSelector: {kubernetes.io/os: windows}\n"
        "  tolerations: [\n    {key: a, operator: Exists},\n  ]\n"
    )
    new = rewrite("x.yaml", text.encode(), guard="g=y:NoSchedule").data.decode()
    assert '  tolerations: [\n    {"key": "g", ' in new
    assert '"NoSchedule"},\n    {key: a' in new


def test_empty_image_is_nobodys_decision(rewrite: Rewrite) -> None:
    text = (
        "apiVersion: v1\nkind: Pod\nspec:\n  nodeSelector: {kubernetes.io/os: windows}\n"
        "  containers: [{name: a, image: ''}]\n"
    )
    assert rewrite("x.yaml", text.encode()).needs == ()


KEY = "kubernetes.azure.com/os-sku"


def required(*alternatives: str) -> bytes:
    terms = ", ".join(f"{{matchExpressions: [{{key: {KEY}, {a}}}]}}" for a in alternatives)
    return pod(
        "  nodeSelector: {kubernetes.io/os: windows}\n"
        "  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
        f"{{nodeSelectorTerms: [{terms}]}}}}}}\n"
        "  containers: [{image: 'mcr.microsoft.com/windows/nanoserver:1809'}]\n"
    )


def test_list_with_an_older_version_is_told_where_the_image_changes(rewrite: Rewrite) -> None:
    result = rewrite("pod.yaml", required("operator: In, values: [Windows2019, Windows2022]"))
    assert [n.rule for n in result.needs] == ["affinity-open"]
    assert b"nanoserver:ltsc2022" in result.data


@pytest.mark.parametrize(
    ("alternatives", "added"),
    [
        (["operator: In, values: [Windows2022]"], False),
        (["operator: In, values: [Windows2022]", "operator: In, values: [Windows2022]"], False),
        (["operator: In, values: [Windows2022]", "operator: Exists"], True),
        (["operator: NotIn, values: [Windows2019]"], True),
        (["operator: Exists"], True),
    ],
    ids=["in", "in-both", "in-one", "not-in", "exists"],
)
def test_pin_is_added_unless_every_alternative_has_one(
    alternatives: list[str], added: bool, rewrite: Rewrite
) -> None:
    result = rewrite("pod.yaml", required(*alternatives))
    assert (f"windows, {KEY}: Windows2022" in result.data.decode()) == added


def test_objects_in_a_bare_list_are_rewritten(rewrite: Rewrite) -> None:
    text = (
        '[{"apiVersion":"v1","kind":"Pod","spec":{"nodeSelector":{"kubernetes.io/os":"windows"}}}]'
    )
    assert b"Windows2022" in rewrite("pods.json", text.encode()).data
