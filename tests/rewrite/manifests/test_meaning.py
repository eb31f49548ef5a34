"""What a rewrite changes, by what the YAML means before and after it."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from poolshift.catalog import load_catalog
from poolshift.rewrite import Rewriter

if TYPE_CHECKING:
    pass

CATALOG = load_catalog()
OS_KEYS = ("kubernetes.io/os", "beta.kubernetes.io/os")
OS_SKU = "kubernetes.azure.com/os-sku"
BUILD = "node.kubernetes.io/windows-build"
SKUS = ("Windows2019", "Windows2022", "Windows2025")
BUILDS = ("10.0.17763", "10.0.20348", "10.0.26100")
CALM = settings(deadline=None)
"""The machine may be busy with something else."""
TARGETS = ("Windows2022", "Windows2025")
GUARD = {"key": "green", "operator": "Equal", "value": "yes", "effect": "NoSchedule"}

IMAGES = (
    "mcr.microsoft.com/windows/servercore:ltsc2019",
    "mcr.microsoft.com/windows/servercore:1809-amd64",
    "mcr.microsoft.com/windows/nanoserver:10.0.17763.1040",
    "mcr.microsoft.com/windows/nanoserver:ltsc2022",
    "mcr.microsoft.com/dotnet/framework/aspnet:4.8-windowsservercore-ltsc2019",
    "mcr.microsoft.com/dotnet/framework/aspnet:4.8-windowsservercore-ltsc2022",
    "registry.example/build:windows-ltsc2019-vs2022",
    "registry.example/app:1809",
    "nginx:1.27",
)


def named(values: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(values)


@st.composite
def selectors(draw: st.DrawFn, system: str) -> dict[str, str]:
    found = {draw(named(OS_KEYS)): system}
    if draw(st.booleans()):
        found["disk"] = "ssd"
    if system == "windows" and draw(st.booleans()):
        found[OS_SKU] = draw(named(SKUS))
    if system == "windows" and draw(st.booleans()):
        found[BUILD] = draw(named(BUILDS))
    return {key: found[key] for key in draw(st.permutations(list(found)))}


@st.composite
def expressions(draw: st.DrawFn) -> dict[str, Any]:
    key = draw(named((OS_SKU, BUILD, "zone")))
    values = {OS_SKU: SKUS, BUILD: BUILDS, "zone": ("1", "2")}[key]
    held = draw(st.lists(named(values), min_size=1, max_size=2, unique=True))
    return {"key": key, "operator": draw(named(("In", "NotIn"))), "values": held}


@st.composite
def affinities(draw: st.DrawFn) -> dict[str, Any]:
    term = {"matchExpressions": draw(st.lists(expressions(), min_size=1, max_size=2))}
    if draw(st.booleans()):
        where = "requiredDuringSchedulingIgnoredDuringExecution"
        return {"nodeAffinity": {where: {"nodeSelectorTerms": [term]}}}
    where = "preferredDuringSchedulingIgnoredDuringExecution"
    return {"nodeAffinity": {where: [{"weight": 1, "preference": term}]}}


@st.composite
def pods(draw: st.DrawFn, system: str) -> dict[str, Any]:
    containers = [
        {"name": f"c{n}", "image": image, "env": [{"name": "BASE", "value": IMAGES[0]}]}
        for n, image in enumerate(draw(st.lists(named(IMAGES), min_size=1, max_size=3)))
    ]
    spec: dict[str, Any] = {"containers": containers, "nodeSelector": draw(selectors(system))}
    if draw(st.booleans()):
        spec["initContainers"] = [{"name": "i", "image": draw(named(IMAGES))}]
    if draw(st.booleans()):
        spec["affinity"] = draw(affinities())
    if draw(st.booleans()):
        spec["tolerations"] = draw(
            st.sampled_from([[], [{"key": "a", "operator": "Exists"}], [dict(GUARD)]])
        )
    return {key: spec[key] for key in draw(st.permutations(list(spec)))}


PLACES: dict[str, tuple[str, tuple[str, ...]]] = {
    "Pod": ("v1", ("spec",)),
    "Deployment": ("apps/v1", ("spec", "template", "spec")),
    "StatefulSet": ("apps/v1", ("spec", "template", "spec")),
    "DaemonSet": ("apps/v1", ("spec", "template", "spec")),
    "CronJob": ("batch/v1", ("spec", "jobTemplate", "spec", "template", "spec")),
    "Rollout": ("argoproj.io/v1alpha1", ("spec", "template", "spec")),
    "ScaledJob": ("keda.sh/v1alpha1", ("spec", "jobTargetRef", "template", "spec")),
    "Fleet": ("agones.dev/v1", ("spec", "template", "spec", "template", "spec")),
    "Beat": ("beat.k8s.elastic.co/v1beta1", ("spec", "daemonSet", "podTemplate", "spec")),
}


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(named(tuple(PLACES)))
    api, path = PLACES[kind]
    system = draw(named(("windows", "windows", "linux")))
    node: dict[str, Any] = draw(pods(system))
    for step in reversed(path):
        node = {step: node}
    labels = {"app": "x", "image": IMAGES[0].rpartition(":")[2], OS_SKU: SKUS[0]}
    metadata = {"name": f"n{draw(st.integers(0, 99))}", "namespace": "win", "labels": labels}
    if kind in ("Deployment", "DaemonSet", "StatefulSet"):
        node["spec"]["selector"] = {"matchLabels": dict(labels)}
        node["spec"]["template"]["metadata"] = {"labels": dict(labels), "annotations": labels}
    found = {"apiVersion": api, "kind": kind, "metadata": metadata, **node}
    if draw(st.integers(0, 5)) == 0:
        carrier = {"forProvider": {"manifest": found}}
        return {"apiVersion": "kubernetes.crossplane.io/v1", "kind": "Object", "spec": carrier}
    return found


@st.composite
def files(draw: st.DrawFn) -> str:
    """Objects as a file: documents, a List, flow style, JSON; with CRLF or with aliases."""
    found = draw(st.lists(objects(), min_size=1, max_size=3))
    if draw(st.booleans()):
        found = [{"apiVersion": "v1", "kind": "List", "items": found}]
    if draw(st.integers(0, 4)) == 0:
        return json.dumps(found[0], indent=draw(st.sampled_from([None, 2])))
    dumper = yaml.SafeDumper if draw(st.booleans()) else _NoAliases
    text = yaml.dump_all(
        found,
        Dumper=dumper,
        sort_keys=False,
        default_flow_style=draw(st.sampled_from([False, False, None, True])),
        default_style=draw(st.sampled_from([None, None, '"', "'"])),
        width=draw(st.sampled_from([80, 10_000])),
        indent=draw(st.sampled_from([2, 4])),
    )
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


class _NoAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def loaded(text: str) -> list[dict[str, Any]]:
    return [
        item
        for found in yaml.safe_load_all(text)
        for item in (found["items"] if found["kind"] == "List" else [found])
    ]


def inner(found: dict[str, Any]) -> dict[str, Any]:
    is_carrier = found["kind"] == "Object"
    return found["spec"]["forProvider"]["manifest"] if is_carrier else found


def pod_of(found: dict[str, Any]) -> dict[str, Any]:
    own = inner(found)
    node = own
    for step in PLACES[own["kind"]][1]:
        node = node[step]
    return node


def system_of(found: dict[str, Any]) -> str:
    selector = pod_of(found)["nodeSelector"]
    return next(str(selector[key]) for key in OS_KEYS if key in selector)


def without_what_may_change(found: dict[str, Any]) -> dict[str, Any]:
    """An object with all blanked that a rewrite may touch in a Windows workload."""
    blank = copy.deepcopy(found)
    pod = pod_of(blank)
    for key in (OS_SKU, BUILD):
        pod["nodeSelector"].pop(key, None)
    for container in (*pod["containers"], *pod.get("initContainers", ())):
        container["image"] = container["image"].rpartition(":")[0]
    for term in terms_of(pod):
        if term["key"] in (OS_SKU, BUILD):
            term["values"] = len(term["values"])
    pod["tolerations"] = [t for t in pod.get("tolerations", ()) if t != GUARD]
    return blank


def terms_of(pod: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for held in pod.get("affinity", {}).get("nodeAffinity", {}).values():
        for term in held if isinstance(held, list) else held["nodeSelectorTerms"]:
            found += term.get("preference", term)["matchExpressions"]
    return found


def is_daemon(found: dict[str, Any]) -> bool:
    return inner(found)["kind"] in ("DaemonSet", "Beat")


ARGUMENTS = st.fixed_dictionaries(
    {
        "to": named(TARGETS),
        "key": named(("os-sku", "windows-build")),
        "guard": st.sampled_from([None, "green=yes:NoSchedule"]),
    }
)


@CALM
@given(files(), ARGUMENTS)
def test_only_windows_workloads_change_and_only_in_what_the_move_is_about(
    text: str, arguments: dict[str, Any]
) -> None:
    old, new = loaded(text), loaded(rewritten(text, arguments))
    assert len(old) == len(new)
    for before, after in zip(old, new, strict=True):
        if system_of(before) == "linux" or is_daemon(before):
            assert after == before
        else:
            assert without_what_may_change(after) == without_what_may_change(before)


@CALM
@given(files(), ARGUMENTS)
def test_what_changes_changes_to_the_target(text: str, arguments: dict[str, Any]) -> None:
    to = arguments["to"]
    build = CATALOG.build_of(to)
    for before, after in zip(loaded(text), loaded(rewritten(text, arguments)), strict=True):
        if before == after:
            continue
        pod, was = pod_of(after), pod_of(before)
        for key, value in ((OS_SKU, to), (BUILD, build)):
            pin, old = pod["nodeSelector"].get(key), was["nodeSelector"].get(key)
            assert pin in (old, value)
        pins = [t for t in terms_of(was) if t["key"] in (OS_SKU, BUILD)]
        assert pins or any(key in pod["nodeSelector"] for key in (OS_SKU, BUILD))
        for one, other in zip(containers_of(was), containers_of(pod), strict=True):
            tag = other["image"].rpartition(":")[2]
            image_os = str(CATALOG.image_os(to))
            assert other == one or tag.removesuffix("-amd64").endswith(image_os)
        if arguments["guard"]:
            assert any(t in ({"key": "a", "operator": "Exists"}, GUARD) for t in pod["tolerations"])
            assert GUARD in pod["tolerations"]
        else:
            assert pod.get("tolerations") == was.get("tolerations")


def containers_of(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod.get("initContainers", ()), *pod["containers"]]


@CALM
@given(files(), ARGUMENTS)
def test_every_windows_workload_that_moves_asks_for_the_target_or_a_person_is_told(
    text: str, arguments: dict[str, Any]
) -> None:
    result = Rewriter(catalog=CATALOG, **arguments).rewrite("x.yaml", text.encode())
    order = {name: n for n, name in enumerate((*SKUS, *BUILDS))}
    goal = {OS_SKU: arguments["to"], BUILD: CATALOG.build_of(arguments["to"])}
    for found in loaded(result.data.decode()):
        if system_of(found) == "linux" or is_daemon(found) or result.needs:
            continue
        pins = {k: v for k, v in pod_of(found)["nodeSelector"].items() if k in goal}
        required = [
            t
            for t in terms_of({"affinity": pod_of(found).get("affinity", {})})
            if t["key"] in goal and t["operator"] == "In"
        ]
        assert pins or required
        assert all(order[v] >= order[goal[k]] for k, v in pins.items())


def rewritten(text: str, arguments: dict[str, Any]) -> str:
    rewriter = Rewriter(catalog=CATALOG, **arguments)
    result = rewriter.rewrite("x.yaml", text.encode())
    assert rewriter.rewrite("x.yaml", result.data).data == result.data
    return result.data.decode()


def test_the_blanked_form_still_tells_names_and_labels_apart() -> None:
    pod = {"nodeSelector": {OS_KEYS[0]: "windows"}, "containers": [{"image": IMAGES[0]}]}
    one = {"kind": "Pod", "metadata": {"name": "a", "labels": {OS_SKU: "x"}}, "spec": pod}
    two = copy.deepcopy(one)
    two["metadata"] = {"name": "a", "labels": {OS_SKU: "y"}}
    assert without_what_may_change(one) != without_what_may_change(two)
