"""What a manifest would change, and what kubectl leaves behind."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from poolshift.engine.manifests import (
    applied_annotation,
    differences,
    last_applied,
    other_changes,
)
from poolshift.semantics.owners import LAST_APPLIED


def document(**changes: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "nodeSelector": {"kubernetes.io/os": "windows"},
        "containers": [{"name": "web", "image": "web:ltsc2019", "ports": [{"containerPort": 80}]}],
    }
    made = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"replicas": 3, "template": {"spec": spec}},
    }
    for path, value in changes.items():
        place: Any = made
        *parents, last = path.split("__")
        for key in parents:
            place = place[int(key)] if key.isdigit() else place[key]
        place[last] = value
    return made


def applied(before: dict[str, Any]) -> dict[str, Any]:
    """A live object that was made with kubectl apply."""
    text = json.dumps({**before, "metadata": {**before["metadata"], "namespace": "default"}})
    metadata = {"name": "web", "namespace": "default", "annotations": {LAST_APPLIED: text}}
    return {**before, "metadata": metadata}


IMAGE = "spec__template__spec__containers__0__image"
PORTS = "spec__template__spec__containers__0__ports"
SELECTOR = "spec__template__spec__nodeSelector"
TOLERATIONS = "spec__template__spec__tolerations"


@pytest.mark.parametrize(
    ("change", "others"),
    [
        ({}, ()),
        ({IMAGE: "web:ltsc2022"}, ()),
        ({SELECTOR: {"kubernetes.azure.com/os-sku": "Windows2022"}}, ()),
        ({TOLERATIONS: [{"key": "poolshift.io/guard"}]}, ()),
        ({"spec__replicas": 5}, ("spec.replicas",)),
        ({PORTS: [{"containerPort": 81}]}, ("spec.template.spec.containers[web].ports",)),
        ({"metadata__labels": {"a": "b"}}, ("metadata.labels",)),
        ({"metadata__namespace": "default"}, ()),
        ({"metadata__annotations": {}}, ()),
        ({"metadata__annotations": {"a": "b"}}, ("metadata.annotations",)),
    ],
    ids=[
        "nothing",
        "image",
        "selector",
        "toleration",
        "replicas",
        "ports",
        "labels",
        "namespace",
        "empty-annotations",
        "annotation",
    ],
)
def test_only_what_a_move_is_about_may_change(
    change: dict[str, Any], others: tuple[str, ...]
) -> None:
    assert other_changes(document(**change), applied(document())) == others


def test_without_an_annotation_the_live_object_counts_as_far_as_the_file_speaks() -> None:
    live = document()
    live["spec"]["strategy"] = {"type": "RollingUpdate"}
    live["metadata"]["uid"] = "1"
    assert other_changes(document(), live) == ()
    assert other_changes(document(spec__replicas=2), live) == ("spec.replicas",)


@pytest.mark.parametrize("text", ["{broken", '"a word"', "[]"])
def test_an_unreadable_annotation_is_none(text: str) -> None:
    assert last_applied({"metadata": {"annotations": {LAST_APPLIED: text}}}) is None


def test_a_container_more_is_a_difference() -> None:
    before, after = [{"name": "a"}], [{"name": "a"}, {"name": "b"}]
    assert list(differences(before, after, "c")) == ["c[b]"]


def test_with_a_manifest_the_annotation_is_the_manifest() -> None:
    manifest = yaml.safe_dump(document(**{IMAGE: "web:ltsc2022"}))
    found = applied_annotation(applied(document()), {}, manifest)
    assert found is not None
    text = json.loads(found[LAST_APPLIED])
    assert text["spec"]["template"]["spec"]["containers"][0]["image"] == "web:ltsc2022"
    assert text["metadata"] == {"annotations": {}, "name": "web", "namespace": "default"}


def test_a_live_patch_takes_the_annotation_along_and_its_undo_brings_it_back() -> None:
    live = applied(document())
    sku = "kubernetes.azure.com/os-sku"
    there = {
        "nodeSelector": {sku: "Windows2022"},
        "containers": [{"name": "web", "image": "web:ltsc2022"}],
        "tolerations": [{"key": "poolshift.io/guard"}],
    }
    found = applied_annotation(live, {"spec": {"template": {"spec": there}}}, "")
    assert found is not None
    spec = json.loads(found[LAST_APPLIED])["spec"]["template"]["spec"]
    assert spec["nodeSelector"] == {"kubernetes.io/os": "windows", sku: "Windows2022"}
    assert spec["tolerations"] == [{"key": "poolshift.io/guard"}]
    moved = {**live, "metadata": {**live["metadata"], "annotations": found}}
    back = {
        "nodeSelector": {sku: None},
        "containers": [{"name": "web", "image": "web:ltsc2019"}],
        "tolerations": None,
    }
    again = applied_annotation(moved, {"spec": {"template": {"spec": back}}}, "")
    assert again is not None
    assert json.loads(again[LAST_APPLIED]) == json.loads(
        live["metadata"]["annotations"][LAST_APPLIED]
    )


def test_an_object_that_kubectl_never_applied_gets_no_annotation() -> None:
    assert applied_annotation(document(), {"spec": {}}, "") is None
