"""The whole move of the scenario `retail`, with the owners of its templates playing their part."""

from __future__ import annotations

from tests.checkers import broken
from tests.rig import Rig
from tests.scenarios import harms

from poolshift.core.journal import RunStatus
from poolshift.core.plan import Move, Plan
from poolshift.sim.kube.objects import with_spec
from poolshift.sim.kube.resources import DEPLOYMENTS, STATEFUL_SETS

REGISTRY = "retailacr.azurecr.io"
SUFFIXED = (
    "kiosk:3",
    "ledger:5.0",
    "loyalty:1.9",
    "orders-api:3.1",
    "orders-worker:3.1",
    "payments:5.0",
    "reports:2.4",
    "till-sync:12",
)
RENAMED = {
    "search:4": "search:5",
    "tax:7-10.0.17763.8027": "tax:7-10.0.20348.4405",
    "till-gateway:12": "till-gateway:13",
}
IMAGES = {f"{REGISTRY}/{n}-ltsc2019": f"{REGISTRY}/{n}-ltsc2022" for n in SUFFIXED} | {
    f"{REGISTRY}/{old}": f"{REGISTRY}/{new}" for old, new in RENAMED.items()
}
OWNERS_S = 7200


def change_what_git_owns(rig: Rig, plan: Plan) -> None:
    """What Flux and Argo CD do when the change is in Git: image and selector of the templates."""
    for workload in (w for w in plan.workloads if w.move is Move.WAIT_FOR_OWNER):
        namespace, name_of_kind, name = workload.target.split("/")
        kind = DEPLOYMENTS if name_of_kind == "Deployment" else STATEFUL_SETS
        found = rig.world.kube.store.get(kind, namespace, name)
        template = found["spec"]["template"]
        containers = [
            {**c, "image": IMAGES.get(c["image"], c["image"])}
            for c in template["spec"]["containers"]
        ]
        selector = {"kubernetes.azure.com/os-sku": "Windows2022"}
        pod = {**template["spec"], "containers": containers, "nodeSelector": selector}
        changed = with_spec(found, template={**template, "spec": pod})
        rig.world.kube.api.update(kind, (namespace, name), changed, by="user:owner")


def test_the_move_waits_for_the_owners_and_harms_nobody() -> None:
    rig = Rig("retail")
    plan = rig.plan(images=IMAGES)
    assert plan.blockers == ()
    rig.world.clock.after(OWNERS_S, lambda: change_what_git_owns(rig, plan))
    assert rig.apply(plan).status is RunStatus.COMPLETED
    assert rig.nodes("store") == rig.nodes("pos") == ()
    assert rig.world.clock.t > OWNERS_S
    assert broken(rig.events, rig.run) == []
    assert harms.stuck(rig.events, end_s=rig.world.clock.t) == []
    assert harms.begun_anew(rig.events) == []


def test_without_the_images_that_nobody_can_guess_the_plan_is_blocked() -> None:
    targets = {b.target for b in Rig("retail").plan().blockers if b.rule in ("PSW104", "PSW105")}
    assert targets >= {
        "tills/Deployment/till-gateway",
        "legacy/Deployment/tax",
        "legacy/Deployment/loyalty",
    }


def test_an_index_that_hides_the_right_build_is_blocked_although_it_holds_it() -> None:
    images = {old: new for old, new in IMAGES.items() if "search" not in old}
    [blocker] = Rig("retail").plan(images=images).blockers
    assert (blocker.rule, blocker.target.rsplit("/", 1)[-1]) == ("PSW104", "search")
    assert "takes the first of them, which is for 10.0.17763.8027" in blocker.why
    assert "os.version" in blocker.fix
