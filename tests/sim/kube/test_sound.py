"""What a set-up looks through once: what is shared, and what stays the very same."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from tests.sim.kube.worlds import make_world

from poolshift.core.errors import ApiError
from poolshift.sim.kube import defaults, fieldrules
from poolshift.sim.kube.objects import pruned
from poolshift.sim.kube.openapi import sound
from poolshift.sim.kube.openapi.forms import FormError, formed
from poolshift.sim.kube.openapi.sound import Sound
from poolshift.sim.kube.resources import DEPLOYMENTS, PODS, REPLICA_SETS
from poolshift.sim.manifests import objects_in

TEMPLATE = {
    "metadata": {"labels": {"app": "a"}},
    "spec": {
        "containers": [
            {
                "name": "a",
                "image": "b:1",
                "ports": [{"containerPort": 80}],
                "readinessProbe": {"httpGet": {"port": 80}},
            }
        ]
    },
}
DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "a"},
    "spec": {"selector": {"matchLabels": {"app": "a"}}, "template": TEMPLATE},
}


def test_defaults_and_pruning_keep_what_they_do_not_change() -> None:
    filled = defaults.filled(copy.deepcopy(DEPLOYMENT))
    again = defaults.filled(filled)
    assert again["spec"]["template"] is filled["spec"]["template"]
    assert pruned(filled) is filled
    assert pruned({"a": {"b": None}, "c": [None, {"d": None}]}) == {"a": {}, "c": [None, {}]}


def test_defaults_change_nothing_that_they_are_given() -> None:
    given = copy.deepcopy(DEPLOYMENT)
    defaults.filled(given)
    assert given == DEPLOYMENT


def test_a_part_found_wrong_is_found_wrong_again() -> None:
    known = Sound()
    bad = copy.deepcopy(DEPLOYMENT)
    bad["spec"]["template"]["spec"]["restartPolicy"] = "Odd"
    first = fieldrules.problems(DEPLOYMENTS, bad, known)
    assert first
    assert fieldrules.problems(DEPLOYMENTS, bad, known) == first
    assert fieldrules.problems(DEPLOYMENTS, bad) == first
    bad["spec"]["replicas"] = "many"
    for _ in range(2):
        with pytest.raises(FormError, match="of type int32"):
            formed(DEPLOYMENTS, bad, known)


def test_what_is_in_order_is_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Sound()
    assert fieldrules.problems(DEPLOYMENTS, DEPLOYMENT, known) == []
    looked: list[str] = []
    plain = fieldrules._looked_through

    def noting(type_: Any, *rest: Any) -> Any:
        looked.append(type_.name)
        return plain(type_, *rest)

    monkeypatch.setattr(fieldrules, "_looked_through", noting)
    other = {**DEPLOYMENT, "metadata": {"name": "b"}}
    assert fieldrules.problems(DEPLOYMENTS, other, known) == []
    assert looked == ["Deployment", "ObjectMeta"]


def test_what_is_known_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "_MOST", 2)
    known, values = Sound(), [{"a": n} for n in range(3)]
    for value in values:
        known.note(value, "A")
    assert [known.has(value, "A") for value in values] == [False, False, True]
    assert not known.has(values[2], "B")


def test_a_set_up_refuses_what_requests_refuse_and_forgets_what_it_knew() -> None:
    world = make_world()
    world.warming = True
    world.apply(copy.deepcopy(DEPLOYMENT), by="user:test")
    bad = copy.deepcopy(DEPLOYMENT)
    bad["metadata"]["name"] = "bad"
    bad["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"containerPort": 0}]
    with pytest.raises(ApiError, match="must be between 1 and 65535"):
        world.apply(bad, by="user:test")
    world.settle()
    (rs,) = world.store.all(REPLICA_SETS)
    (deployment,) = world.store.all(DEPLOYMENTS)
    (pod,) = world.store.all(PODS)
    assert rs["spec"]["template"]["spec"] is deployment["spec"]["template"]["spec"]
    assert world.ctx.formed.has(rs["spec"]["template"]["spec"], "PodSpec")
    world.warming = False
    assert not world.ctx.formed.has(rs["spec"]["template"]["spec"], "PodSpec")
    assert pod["spec"]["containers"][0]["readinessProbe"]["periodSeconds"] == 10


def test_copies_of_a_manifest_share_what_is_the_same(tmp_path: Any) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("{a: {b: [1, {c: d}]}, e: {<n>: [f, {g: x-<g>}]}, h: [a < b]}")
    first, second = objects_in(path, kubectl=False, times=2, groups=2)
    assert first == {
        "a": {"b": [1, {"c": "d"}]},
        "e": {"0001": ["f", {"g": "x-1"}]},
        "h": ["a < b"],
    }
    assert second["e"] == {"0002": ["f", {"g": "x-2"}]}
    assert first["a"] is second["a"]
