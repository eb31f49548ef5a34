"""A plan as stages of actions and files, the same for every format."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace
from tests.render.plans import (
    CATALOG,
    HOSTILE,
    PLANS,
    hostile,
    many_sided,
    procedure,
    reference,
    reference_2025,
    with_manifests,
)

from poolshift.core.errors import UsageError
from poolshift.core.plan import Guard, ImageChange, Plan, StepKind, Strategy
from poolshift.render import actions as a
from poolshift.render.names import file_stem
from poolshift.render.stages import STAGES
from poolshift.render.workloads import GUARD_TOLERATION, back_patch, forward_patch

SAMPLE = "default/Deployment/sample"


def test_every_kind_of_step_has_its_actions() -> None:
    assert set(STAGES) == set(StepKind)


@pytest.mark.parametrize("name", PLANS)
def test_no_step_is_lost_and_none_that_acts_is_empty(name: str) -> None:
    plan = PLANS[name]()
    stages = procedure(plan).stages
    assert [s.step for s in stages] == list(plan.steps)
    assert [s.number for s in stages] == list(range(1, len(stages) + 1))
    assert [s.step.id for s in stages if not s.actions and not s.step.nothing_to_do] == []


def test_the_reference_plan_as_actions() -> None:
    kinds = [[type(x).__name__ for x in s.actions] for s in procedure(reference()).stages]
    assert kinds == [
        ["CheckAccess", "CheckCluster", "CheckBlue", "TryTemplate"],
        [],
        [],
        [],
        ["CreatePool", "WaitForPool"],
        ["WaitForNodes"],
        [],
        ["PullImages"],
        ["StartCanary"],
        ["Retarget"],
        ["LiftGuard", "WaitForPool"],
        ["CheckPlanned", "CordonPool", "CheckEmpty"],
        ["CheckWorkloads"],
        ["Soak"],
        ["LeaveLoadBalancers"],
        ["CheckEmpty", "DeletePool"],
        ["RemoveMarks"],
        ["CheckNames"],
        ["CheckGreen", "CheckWorkloads"],
    ]


def test_what_was_held_comes_back_with_its_old_values() -> None:
    stages = {s.step.kind: s for s in procedure(many_sided()).stages}
    assert stages[StepKind.HOLD].actions == (a.HoldNodes("wspool"), a.SetChannels(None, None))
    restored = stages[StepKind.RESTORE].actions
    assert a.SetChannels("patch", "NodeImage") in restored
    assert a.SetAutoscaler("wspo22", 3, 6, {}) in restored
    assert a.SetChannels("patch", "NodeImage") in stages[StepKind.HOLD].back


def test_an_owned_template_is_waited_for_and_the_owner_is_told_what_to_write() -> None:
    made = procedure(many_sided())
    waiting = [x for s in made.stages for x in s.actions if isinstance(x, a.WaitForOwner)]
    assert [w.target for w in waiting] == [SAMPLE]
    assert any("aspnetapp-windowsservercore-ltsc2022" in line for line in waiting[0].wanted)
    assert "argocd" in made.limits[0].what


def test_the_patches_of_a_retarget() -> None:
    made = procedure(reference())
    moved = made.workloads[SAMPLE]
    forward = json.loads(made.files[moved.patch])
    image = "mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc20"
    pod = {
        "nodeSelector": {"kubernetes.azure.com/os-sku": "Windows2022"},
        "containers": [{"name": "sample", "image": f"{image}22"}],
    }
    assert forward == {"spec": {"template": {"spec": pod}}}
    held = json.loads(made.files[moved.held])
    assert held["spec"]["template"] == forward["spec"]["template"]
    assert held["spec"]["minReadySeconds"] < held["spec"]["progressDeadlineSeconds"]
    assert json.loads(made.files[moved.back]) == {
        "spec": {
            "template": {
                "spec": {
                    "nodeSelector": {"kubernetes.azure.com/os-sku": None},
                    "containers": [{"name": "sample", "image": f"{image}19"}],
                }
            }
        }
    }


def planned(**fields: Any) -> Any:
    return replace(reference().workloads[0], **fields)


def pod_of(patch: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = patch["spec"]["template"]["spec"]
    return found


def test_a_strict_guard_adds_its_toleration_to_those_that_are_there() -> None:
    other = {"key": "gpu", "operator": "Exists"}
    workload = planned(tolerations=(other,))
    assert pod_of(forward_patch(workload, strict=True))["tolerations"] == [other, GUARD_TOLERATION]
    assert pod_of(back_patch(workload, strict=True))["tolerations"] == [other]
    assert pod_of(back_patch(planned(), strict=True))["tolerations"] is None
    assert "tolerations" not in pod_of(forward_patch(workload, strict=False))


def test_init_containers_and_values_that_were_there_go_back() -> None:
    workload = planned(
        images=(ImageChange("old:1", "new:2", ("a", "b"), ("i",)),),
        selector={"kubernetes.azure.com/os-sku": "Windows2022", "agentpool": "poolws"},
        old_selector={"agentpool": "wspool"},
    )
    forward = pod_of(forward_patch(workload, strict=False))
    assert [c["name"] for c in forward["containers"]] == ["a", "b"]
    assert forward["initContainers"] == [{"name": "i", "image": "new:2"}]
    back = pod_of(back_patch(workload, strict=False))
    assert back["initContainers"] == [{"name": "i", "image": "old:1"}]
    assert back["nodeSelector"] == {"kubernetes.azure.com/os-sku": None, "agentpool": "wspool"}


def test_manifests_become_files_of_their_own() -> None:
    made = procedure(with_manifests())
    moved = made.workloads[SAMPLE]
    assert "ltsc2022" in made.files[moved.manifest]
    assert [x for s in made.stages for x in s.actions if isinstance(x, a.CheckManifest)]


def test_a_drained_workload_has_no_patch() -> None:
    made = procedure(reference_2025())
    assert not made.workloads[SAMPLE].patch
    assert a.MoveOff(SAMPLE, "ws22") in [x for s in made.stages for x in s.actions]


def test_files_of_hostile_names_are_plain_and_all_different() -> None:
    files = list(procedure(hostile()).files)
    assert len(set(files)) == len(files)
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789-./")
    assert [f for f in files if not set(f) <= allowed or ".." in f or "/-" in f] == []


@pytest.mark.parametrize("pair", [("a-b/Deployment/c", "a/Deployment/b-c"), ("A/b/c", "a/b/c")])
def test_names_that_could_be_read_two_ways_differ(pair: tuple[str, str]) -> None:
    assert file_stem(pair[0]) != file_stem(pair[1])


def damaged(**pool: Any) -> Plan:
    plan = reference()
    return replace(plan, pools=(replace(plan.pools[0], **pool),))


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (lambda: damaged(green="Not A Pool"), "PSE120"),
        (lambda: damaged(blue="$(id)"), "PSE120"),
        (lambda: damaged(body={}), "PSE120"),
        (lambda: damaged(strategy=Strategy.IN_PLACE), "PSE126"),
        (lambda: replace(reference(), cluster="nonsense"), "PSE104"),
        (
            lambda: replace(reference(), workloads=(planned(target="only-a-name"),)),
            "PSE120",
        ),
        (
            lambda: replace(reference(), workloads=(planned(images=(ImageChange("old", "new"),)),)),
            "PSE125",
        ),
    ],
    ids=["green", "blue", "body", "in-place", "cluster", "target", "containers"],
)
def test_a_plan_that_cannot_be_rendered_is_refused(plan: Any, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        procedure(plan())
    assert caught.value.code == code


def test_a_preview_asks_for_extension_and_feature_on_its_days_alone() -> None:
    from datetime import date

    from poolshift.render.clients import ClientNeeds, client_needs

    assert client_needs("Windows2025", CATALOG, date(2026, 1, 1)) == ClientNeeds(
        extension="aks-preview", min_extension="18.0.0b5", feature="AksWindows2025Preview"
    )
    assert client_needs("Windows2025", CATALOG, date(2026, 6, 1)) == ClientNeeds(min_az="2.87.0")
    assert client_needs("Windows2022", CATALOG, date(2022, 10, 15)) == ClientNeeds()


def test_a_feature_is_registered_where_the_facts_of_the_day_ask_for_it() -> None:
    from datetime import date

    from poolshift.render import make_procedure

    stages = make_procedure(reference_2025(), CATALOG, date(2026, 1, 1)).stages
    features = next(s for s in stages if s.step.kind is StepKind.FEATURES)
    assert features.actions == (a.RegisterFeature("AksWindows2025Preview"),)


def test_hostile_names_stand_in_the_files_as_they_are() -> None:
    made = procedure(hostile())
    images = {
        c["image"]
        for w in made.workloads.values()
        for c in pod_of(json.loads(made.files[w.patch]))["containers"]
    }
    assert images == {f"new/{name}" for name in HOSTILE}
    assert made.plan.pools[0].guard is Guard.STRICT
