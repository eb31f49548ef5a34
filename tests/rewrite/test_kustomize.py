"""Kustomizations: image entries and inline patches are edited, a component is offered for bases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from poolshift.rewrite import FileKind, FileVerdict, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.rewrite import FileResult

    Rewrite = Callable[..., FileResult]

MERGE = """\
patches:
- path: other.yaml
- patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      template:
        spec:
          nodeSelector:
            kubernetes.io/os: windows

          containers:
          - name: a
            image: mcr.microsoft.com/windows/nanoserver:1809  # é
"""


def test_inline_merge_patch_is_edited_in_place(rewrite: Rewrite) -> None:
    result = rewrite("kustomization.yaml", MERGE.encode())
    assert result.data.decode() == MERGE.replace(":1809", ":ltsc2022").replace(
        "            kubernetes.io/os: windows\n",
        "            kubernetes.io/os: windows\n"
        "            kubernetes.azure.com/os-sku: Windows2022\n",
    )
    crlf = rewrite("kustomization.yaml", MERGE.replace("\n", "\r\n").encode()).data
    assert crlf == result.data.replace(b"\n", b"\r\n")


def test_daemonset_gets_no_pin_and_foreign_selector_is_the_bases_business(rewrite: Rewrite) -> None:
    daemon = MERGE.replace("kind: Deployment", "kind: DaemonSet")
    assert "os-sku" not in rewrite("kustomization.yaml", daemon.encode()).data.decode()
    images = MERGE.replace("          nodeSelector:\n            kubernetes.io/os: windows\n", "")
    result = rewrite("kustomization.yaml", images.encode())
    assert result.data.decode() == images.replace(":1809", ":ltsc2022")


@pytest.mark.parametrize(
    ("path", "value", "new"),
    [
        ("nodeSelector/kubernetes.azure.com~1os-sku", "Windows2019", "Windows2022"),
        ("nodeSelector/node.kubernetes.io~1windows-build", "10.0.17763", "10.0.20348"),
        ("containers/0/image", "mcr.microsoft.com/windows/servercore:ltsc2019", None),
        ("nodeSelector", '{"kubernetes.azure.com/os-sku": "Windows2019"}', None),
        ("containers/-", "{image: mcr.microsoft.com/windows/servercore:ltsc2019}", None),
    ],
)
@pytest.mark.parametrize("key", ["patches", "patchesJson6902"])
def test_json_patch_is_edited(
    key: str, path: str, value: str, new: str | None, rewrite: Rewrite
) -> None:
    text = (
        f"{key}:\n- target: {{kind: Deployment, name: web}}\n  patch: |-\n"
        f"    - op: add\n      path: /spec/template/spec/{path}\n      value: {value}\n"
    )
    wanted = new or value.replace("2019", "2022")
    result = rewrite("kustomization.yaml", text.encode())
    assert result.data.decode() == text.replace(value, wanted)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "patches:\n- target: {kind: DaemonSet}\n  patch: |-\n    - op: replace\n"
            "      path: /x/nodeSelector/kubernetes.azure.com~1os-sku\n      value: Windows2019\n",
            {6: "daemon-pin"},
        ),
        (
            "patches:\n- patch: |-\n    - op: add\n      path: /spec/nodeSelector\n"
            "      value: {kubernetes.io/os: windows}\n",
            {5: "patch-selector"},
        ),
        ('patches:\n- patch: "kind: X\\nimage: a:ltsc2019"\n', {2: "inline-patch"}),
        ("patches:\n- patch: >-\n    kind: X\n\n    os: windows\n", {2: "inline-patch"}),
        ("patches:\n- patch: |\n    a: [\n", {3: "no-yaml"}),
        ("images:\n- name: shop-windows\n  newTag: v1\n", {3: "private-base"}),
        ("images:\n- name: web\n  newTag: ltsc2019\n", {3: "foreign-os-tag"}),
    ],
)
def test_what_needs_a_person(text: str, expected: dict[int, str], rewrite: Rewrite) -> None:
    result = rewrite("kustomization.yaml", text.encode())
    assert ({n.line: n.rule for n in result.needs}, result.edits) == (expected, ())


def test_values_of_a_chart_inside_are_edited(rewrite: Rewrite) -> None:
    text = (
        "helmCharts:\n- name: x\n  valuesInline:\n    image:\n"
        "      repository: mcr.microsoft.com/windows/servercore\n      tag: ltsc2019\n"
    )
    assert rewrite("kustomization.yaml", text.encode()).data.decode() == text.replace(
        "2019", "2022"
    )


def test_base_is_left_alone_and_a_component_is_offered(rewrite: Rewrite) -> None:
    result = rewrite("kustomization.yaml", b"resources:\n- a.yaml\n- ../base\n")
    assert result.verdict == FileVerdict.UNCHANGED
    (offer,) = [r for r in result.reasons if "../base" in r]
    component = yaml.safe_load(offer[offer.index("apiVersion") :])
    assert component["kind"] == "Component"
    (operation,) = yaml.safe_load(component["patches"][0]["patch"])
    assert operation == {
        "op": "add",
        "path": "/spec/template/spec/nodeSelector/kubernetes.azure.com~1os-sku",
        "value": "Windows2022",
    }


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("kind: Kustomization\n", FileKind.KUSTOMIZE),
        ("apiVersion: x\nkind: Component\npatches: []\n", FileKind.KUSTOMIZE),
        ("namePrefix: a-\nresources: []\n", FileKind.KUSTOMIZE),
        ("apiVersion: v1\nkind: Service\nmetadata: {}\ncommonLabels: {}\n", FileKind.MANIFEST),
    ],
)
def test_kustomizations_are_recognised_by_content(text: str, kind: FileKind) -> None:
    assert kind_of("any.yaml", text.encode()) == kind


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "pin-patch.yaml",
            "# pins\n- op: replace\n  path: /spec/nodeSelector/kubernetes.azure.com~1os-sku\n"
            "  value: Windows2019\n",
        ),
        (
            "pin.json",
            '[{"op": "replace", "path": "/x/nodeSelector/kubernetes.azure.com~1os-sku",\n'
            '  "value": "Windows2019"}]\n',
        ),
    ],
)
def test_json_patch_in_a_file_of_its_own_is_edited(path: str, text: str, rewrite: Rewrite) -> None:
    result = rewrite(path, text.encode())
    assert result.kind is FileKind.KUSTOMIZE
    assert result.data.decode() == text.replace("Windows2019", "Windows2022")


def test_line_below_the_last_one_of_a_patch_has_its_line_end(rewrite: Rewrite) -> None:
    text = (
        "patches:\n- patch: |-\n    apiVersion: v1\n    kind: Pod\n    spec:\n      nodeSelector:\n"
        "        kubernetes.io/os: windows\n"
    ).replace("\n", "\r\n")
    result = rewrite("kustomization.yaml", text.encode())
    assert result.data.decode() == (f"{text}        kubernetes.azure.com/os-sku: Windows2022\r\n")
