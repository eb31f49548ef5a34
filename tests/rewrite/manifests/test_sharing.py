"""Anchors, aliases, merges and doubled keys: what stands twice changes only where all may."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.rewrite import FileResult

    Rewrite = Callable[..., FileResult]

IMAGE = "mcr.microsoft.com/windows/servercore:ltsc2019"
PIN = "kubernetes.azure.com/os-sku: Windows2022"
POD = "- kind: Pod\n  spec:\n    "


def listed(*items: str) -> bytes:
    return ("apiVersion: v1\nkind: List\nitems:\n" + "".join(items)).encode()


def test_anchor_shared_by_windows_pods_changes_once(rewrite: Rewrite) -> None:
    first = f"{POD}nodeSelector: &w\n      kubernetes.io/os: windows\n"
    second = f"{POD}nodeSelector: *w\n"
    result = rewrite("x.yaml", listed(first, second))
    assert result.needs == ()
    assert result.data.decode().count(PIN) == 1


def test_image_that_is_also_an_annotation_stays(rewrite: Rewrite) -> None:
    text = (
        f"apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    was: &i {IMAGE}\n"
        f"spec:\n  nodeSelector: {{kubernetes.io/os: windows, {PIN}}}\n"
        "  containers:\n  - image: *i\n"
    )
    result = rewrite("x.yaml", text.encode())
    assert result.edits == ()
    assert [n.rule for n in result.needs] == ["shared-anchor"]


def test_anchored_image_of_windows_pods_changes_where_it_stands(rewrite: Rewrite) -> None:
    selector = f"nodeSelector: {{kubernetes.io/os: windows, {PIN}}}\n    containers:\n"
    text = listed(f"{POD}{selector}    - image: &i {IMAGE}\n", f"{POD}{selector}    - image: *i\n")
    result = rewrite("x.yaml", text)
    assert [e.new for e in result.edits] == ["    - image: &i " + IMAGE.replace("2019", "2022")]


def test_aliased_value_of_the_os_gets_its_pin_below_the_key(rewrite: Rewrite) -> None:
    text = (
        "apiVersion: v1\nkind: Pod\nmetadata: {labels: {os: &os windows}}\n"
        "spec:\n  nodeSelector:\n    kubernetes.io/os: *os\n"
    )
    result = rewrite("x.yaml", text.encode())
    assert result.data.decode().endswith(f"    kubernetes.io/os: *os\n    {PIN}\n")


def test_merged_selector_is_read_and_its_source_stays(rewrite: Rewrite) -> None:
    text = (
        "apiVersion: v1\nkind: Pod\nx-common: &c\n  nodeSelector:\n    kubernetes.io/os: windows\n"
        f"spec:\n  <<: *c\n  containers:\n  - image: {IMAGE}\n"
    )
    result = rewrite("x.yaml", text.encode())
    assert result.edits == ()
    assert [n.rule for n in result.needs] == ["shared-anchor"]


@pytest.mark.parametrize("key", ["kubernetes.azure.com/os-sku", "node.kubernetes.io/windows-build"])
def test_pin_that_is_also_a_label_stays(key: str, rewrite: Rewrite) -> None:
    old = "Windows2019" if key.endswith("sku") else "10.0.17763"
    text = (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{labels: {{v: &v {old}}}}}\nspec:\n"
        f"  nodeSelector:\n    kubernetes.io/os: windows\n    {key}: *v\n"
    )
    result = rewrite("x.yaml", text.encode())
    assert result.edits == ()
    assert [n.rule for n in result.needs] == ["shared-anchor"]


def test_value_of_an_affinity_that_is_also_a_label_stays(rewrite: Rewrite) -> None:
    text = (
        "apiVersion: v1\nkind: Pod\nmetadata: {labels: {v: &v Windows2019}}\nspec:\n"
        "  nodeSelector: {kubernetes.io/os: windows}\n  affinity: {nodeAffinity: "
        "{requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: "
        "[{key: kubernetes.azure.com/os-sku, operator: In, values: [*v]}]}]}}}\n"
    )
    result = rewrite("x.yaml", text.encode())
    assert result.edits == ()
    assert [n.rule for n in result.needs] == ["shared-anchor"]


def test_selector_merged_into_a_daemon_set_stays(rewrite: Rewrite) -> None:
    windows = "    nodeSelector:\n      <<: &w\n        kubernetes.io/os: windows\n      a: b\n"
    daemon = "    nodeSelector: {<<: *w}\n"
    text = listed(
        f"- kind: Pod\n  spec:\n{windows}",
        f"- kind: DaemonSet\n  spec:\n   template:\n    spec:\n  {daemon}",
    )
    result = rewrite("x.yaml", text)
    assert result.edits == ()
    assert [n.rule for n in result.needs] == ["shared-anchor"]


SELECTOR = "  nodeSelector: {kubernetes.io/os: windows}\n"
DOUBLED = {
    "selector": f"{SELECTOR}{SELECTOR}  containers: [{{image: {IMAGE}}}]\n",
    "os": "  nodeSelector:\n    kubernetes.io/os: windows\n    kubernetes.io/os: linux\n"
    f"  containers: [{{image: {IMAGE}}}]\n",
    "image": f"{SELECTOR}  containers:\n  - image: {IMAGE}\n    image: b\n",
}


@pytest.mark.parametrize("name", DOUBLED)
def test_doubled_key_leaves_the_workload_to_a_person(name: str, rewrite: Rewrite) -> None:
    result = rewrite("x.yaml", f"apiVersion: v1\nkind: Pod\nspec:\n{DOUBLED[name]}".encode())
    assert result.edits == ()
    assert [n.rule for n in result.needs] == ["duplicate-key"]


def test_recursive_anchor_ends(rewrite: Rewrite) -> None:
    text = f"apiVersion: v1\nkind: Pod\nspec: &s\n{SELECTOR}  me: *s\n"
    assert rewrite("x.yaml", text.encode()).data.decode().count(PIN) == 1
