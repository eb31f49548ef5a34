"""The shipped roles are enough: whole runs complete while everything else is denied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import yaml
from tests.docs.pages import ROOT, blocks
from tests.rig import RUN, Rig, run_async
from tests.rig import reference_app as app

from poolshift.adapters.clock import WallClock
from poolshift.capture.convert import config as configs
from poolshift.capture.kubernetes import LISTS
from poolshift.capture.wire import CONFIG_MAPS
from poolshift.core.errors import ForbiddenError
from poolshift.core.journal import RunStatus
from poolshift.core.kube import ALL_RESOURCES, LEASES
from poolshift.core.plan import Plan
from poolshift.engine.lease import LeaseKeeper
from poolshift.engine.preflight import RIGHTS, missing_rights
from poolshift.sim.arm.routes import Route
from poolshift.sim.arm.service import ROUTES
from poolshift.sim.kube.resources import SERVED
from poolshift.sim.scenario import Scenario, load_scenario
from poolshift.sim.scenarioparts import Denials

PAGE = (ROOT / "docs/permissions.md").read_text()
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
ASSESS, APPLY = ("poolshift assess", "poolshift-assess"), ("poolshift apply", "poolshift-apply")

Right = tuple[str, str]


def arm_actions(*roles: str) -> set[str]:
    found = [msgspec.json.decode(text) for text in blocks(PAGE, "json")]
    return {a for role in found if role["Name"] in roles for a in role["Actions"]}


def kube_rights(*roles: str) -> set[Right]:
    """(verb, resource) of the roles, with their API groups checked."""
    rights = set()
    for text in blocks(PAGE, "yaml"):
        for document in yaml.safe_load_all(text):
            if document["metadata"]["name"] in roles:
                for rule in document.get("rules", ()):
                    if "nonResourceURLs" in rule:
                        continue
                    rights |= {(v, r) for v in rule["verbs"] for r in rule["resources"]}
    return rights


def denials(arm: set[str], kube: set[Right]) -> Denials:
    """Everything that there is, less what is granted."""
    resources = [*(k.plural for k in SERVED), "pods/eviction"]
    every = {(verb, resource) for verb in VERBS for resource in resources}
    routes: tuple[Route, ...] = ROUTES
    lower = {a.lower() for a in arm}
    closed = {r.action for r in routes if r.action.lower() not in lower}
    return Denials(kube=tuple(sorted(every - kube)), arm=tuple(sorted(closed)))


def closed_scenario(name: str, *roles: Right) -> Scenario:
    arm = arm_actions(*(r[0] for r in roles))
    kube = kube_rights(*(r[1] for r in roles), "poolshift-lease", "poolshift-config")
    return msgspec.structs.replace(load_scenario(name), denied=denials(arm, kube))


def give_identity(rig: Rig) -> None:
    """Somebody else puts an identity on the old pool's scale set."""
    subscription, group = rig.cluster_id.split("/")[2], rig.cluster_id.split("/providers/")[0]
    node_group = rig.snapshot().cluster.node_resource_group
    sets = run_async(rig.arm.scale_sets(subscription, node_group))
    blue = next(s for s in sets if s.pool == "wspool")
    identity = f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/vault"
    run_async(rig.arm.assign_identities(blue.id, (identity,)))


def with_channel(scenario: Scenario) -> Scenario:
    cluster = msgspec.structs.replace(scenario.cluster, channels={"upgradeChannel": "patch"})
    return msgspec.structs.replace(scenario, cluster=cluster)


def retarget(rig: Rig) -> Plan:
    return rig.plan(greens={"wspool": "poolws"}, manifests=app())


def retarget_with_identity(rig: Rig) -> Plan:
    give_identity(rig)
    plan = rig.plan(greens={"wspool": "poolws"})
    assert plan.pools[0].identities
    return plan


@pytest.mark.parametrize(
    ("scenario", "change", "make"),
    [
        pytest.param("reference", lambda s: s, retarget, id="retarget"),
        pytest.param("reference", lambda s: s, retarget_with_identity, id="identity"),
        pytest.param("reference", with_channel, retarget, id="channel"),
        pytest.param("reference-2025", lambda s: s, lambda r: r.plan("Windows2025"), id="drain"),
    ],
)
def test_a_run_completes_with_the_shipped_roles_alone(
    scenario: str, change: Callable[[Scenario], Scenario], make: Callable[[Rig], Plan]
) -> None:
    rig = Rig(change(closed_scenario(scenario, ASSESS, APPLY)))
    state = rig.apply(make(rig))
    assert state.status is RunStatus.COMPLETED, (state.failure, state.waiting_on)


def test_a_snapshot_is_complete_with_the_assess_roles_alone() -> None:
    assert Rig(closed_scenario("reference", ASSESS)).snapshot().unknown == ()


def test_the_assess_roles_change_nothing() -> None:
    assert {verb for verb, _ in kube_rights("poolshift-assess")} == {"list", "get"}
    allowed = {a for a in arm_actions("poolshift assess") if not a.endswith("/read")}
    assert allowed == {
        "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action"
    }


def test_nothing_is_granted_on_secrets_and_config_maps_by_name_alone() -> None:
    granted = {r for _, r in kube_rights("poolshift-assess", "poolshift-apply", "poolshift-lease")}
    assert not granted & {"secrets", "configmaps", "*"}
    documents = [d for text in blocks(PAGE, "yaml") for d in yaml.safe_load_all(text)]
    [role] = [d for d in documents if d["metadata"]["name"] == "poolshift-config" and "rules" in d]
    [rule] = role["rules"]
    assert set(rule["resourceNames"]) == {configs.DNS, configs.EXPANDER, configs.STATUS}
    assert rule["verbs"] == ["get"]


def test_what_preflight_asks_for_is_granted() -> None:
    granted = kube_rights("poolshift-assess", "poolshift-apply")
    asked = {(verb, f"{r.plural}/{sub}" if sub else r.plural) for verb, r, sub in RIGHTS}
    assert asked <= granted
    rig = Rig(closed_scenario("reference", ASSESS, APPLY))
    assert run_async(missing_rights(rig.kube)) == ()


def test_the_lease_is_taken_renewed_and_given_back_with_the_lease_role() -> None:
    rig = Rig(closed_scenario("reference", ASSESS, APPLY))
    keeper = LeaseKeeper(rig.kube, WallClock(), RUN)

    async def use() -> bool:
        await keeper.acquire()
        renewed = await keeper.renew()
        await keeper.release()
        return renewed

    assert run_async(use())
    assert LEASES.group == "coordination.k8s.io"


def test_every_rule_names_the_api_group_of_its_resources() -> None:
    known = {(r.plural, r.group) for r in (*ALL_RESOURCES, *LISTS, CONFIG_MAPS)}
    known.add(("pods/eviction", ""))
    for text in blocks(PAGE, "yaml"):
        for document in yaml.safe_load_all(text):
            rules: list[dict[str, Any]] = document.get("rules", [])
            named = [rule for rule in rules if "nonResourceURLs" not in rule]
            for rule in named:
                assert {(r, g) for r in rule["resources"] for g in rule["apiGroups"]} <= known


def test_everything_that_capture_lists_is_granted() -> None:
    granted = kube_rights("poolshift-assess")
    assert {("list", r.plural) for r in LISTS} <= granted


def test_without_the_apply_roles_the_first_write_is_refused() -> None:
    rig = Rig(closed_scenario("reference", ASSESS))
    with pytest.raises(ForbiddenError):
        give_identity(rig)
