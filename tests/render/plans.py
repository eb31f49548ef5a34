"""Plans to render: of shipped scenarios, and one whose every name is hostile."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from msgspec.structs import replace
from tests.rig import Rig, budget, deployment, reference_app, replaced

from poolshift.catalog import load_catalog
from poolshift.core.clock import parse_time
from poolshift.core.plan import (
    Blocker,
    Guard,
    ImageChange,
    Move,
    OtherManifest,
    Plan,
    PlanPool,
    PlanWorkload,
    Step,
    StepKind,
    UsedFact,
)
from poolshift.render import Procedure, make_procedure
from poolshift.sim.scenario import load_scenario

CATALOG = load_catalog()
FITS_BOTH = "myacr.azurecr.io/catalog:7"
IDENTITY = (
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity"
    "/userAssignedIdentities/gmsa"
)

AUTOSCALER = {"enableAutoScaling": True, "minCount": 3, "maxCount": 6}

HOSTILE = (
    "it's",
    'say "hi"',
    "$(touch owned)",
    "`touch owned`",
    "a b  c",
    "line\nbreak",
    "tab\tbed",
    "-rf",
    "--output=json",
    "EOF",
    "POOLSHIFT_END",
    "back\\slash",
    "$HOME ${IFS} $1",
    "*?[a-z]{1,2}",
    "; touch owned;",
    "| tee owned",
    "&& touch owned",
    "# no comment",
    "!history",
    "~root",
    "größe-漢字-🚢",
    "\u202egnp",
    "<b>&amp;</b>",
    "[x](javascript:alert)",
    "%s%n%d",
    "@owned",
)
"""Values that break out of quotes, options, comments, lines and templates where they can."""


def day_of(plan: Plan) -> date:
    return parse_time(plan.made_at).date()


def procedure(plan: Plan) -> Procedure:
    return make_procedure(plan, CATALOG, day_of(plan))


@cache
def reference() -> Plan:
    return replace(Rig().plan(greens={"wspool": "poolws"}), id="plan-reference")


@cache
def reference_2025() -> Plan:
    return replace(Rig("reference-2025").plan("Windows2025"), id="plan-reference-2025")


@cache
def with_manifests() -> Plan:
    return replace(Rig().plan(manifests=reference_app()), id="plan-manifests")


@cache
def many_sided() -> Plan:
    """Autoscaler, identities, channels, strict guard, drained and owned workloads, a budget."""
    scenario = load_scenario("reference")
    pools = tuple(
        replace(p, properties=AUTOSCALER, identities=("gmsa",)) if p.name == "wspool" else p
        for p in scenario.pools
    )
    rig = Rig(
        replaced(scenario, pools=pools),
        objects=(
            deployment("fits", FITS_BOTH, selector={"kubernetes.io/os": "windows"}),
            budget("fits", "fits", maxUnavailable=1),
        ),
    )
    plan = rig.plan(guard="strict", keep_blue_s=3600)
    owned = tuple(
        replace(w, move=Move.WAIT_FOR_OWNER, reason="argocd") if w.target.endswith("/sample") else w
        for w in plan.workloads
    )
    steps = tuple(
        _step(s, channels=True, upgrade_channel="patch", node_os_channel="NodeImage")
        if s.kind in (StepKind.HOLD, StepKind.RESTORE)
        else s
        for s in plan.steps
        if s.kind is not StepKind.CANARY
    )
    return replace(plan, id="plan-many-sided", workloads=owned, steps=steps)


def _step(step: Step, **parameters: Any) -> Step:
    return replace(step, nothing_to_do="", parameters={**step.parameters, **parameters})


@cache
def hostile() -> Plan:
    """A plan of the right shape in which whatever is a name is hostile."""
    plan = reference()
    names = [f"{n}" for n in HOSTILE]
    workloads = tuple(_hostile_workload(i, n) for i, n in enumerate(names))
    template = {s.kind: s for s in plan.steps}
    steps: list[Step] = []
    for step in plan.steps:
        if step.kind is StepKind.CANARY:
            steps += [
                replace(
                    template[StepKind.CANARY],
                    id=f"canary-{i}",
                    target=w.target,
                    summary=f"one pod of {w.target}",
                    parameters={**step.parameters, "workload": w.target, "soak_s": 60},
                )
                for i, w in enumerate(workloads)
            ]
        elif step.kind is StepKind.RETARGET:
            steps += [
                replace(
                    template[StepKind.RETARGET],
                    id=f"retarget-{i}-{w.target}",
                    target=w.target,
                    summary=f"retarget: {w.target}",
                    parameters={**step.parameters, "workload": w.target},
                )
                for i, w in enumerate(workloads)
            ]
        elif step.kind is StepKind.SOAK:
            steps.append(replace(step, parameters={**step.parameters, "soak_s": 60}))
        elif step.kind is StepKind.LEAVE_LOAD_BALANCERS:
            steps.append(replace(step, nothing_to_do=HOSTILE[5]))
        else:
            steps.append(step)
    cluster = (
        '/subscriptions/$(touch owned)/resourceGroups/it\'s `a` "group"\n$(touch owned)'
        "/providers/Microsoft.ContainerService/managedClusters/--name; touch owned"
    )
    return replace(
        plan,
        id="plan-hostile",
        cluster=cluster,
        pools=(_hostile_pool(plan.pools[0]),),
        workloads=workloads,
        steps=tuple(steps),
        blockers=(Blocker("PSW104", names[2], names[5], names[3]),),
        facts=(UsedFact(names[2], names[5], names[23]),),
        notes=tuple(names),
        other_manifests=(
            OtherManifest(f"{names[2]}/Service/EOF", "EOF\nkind: 'x'\n$(touch owned)"),
        ),
    )


def _hostile_workload(number: int, name: str) -> PlanWorkload:
    plain = name.replace("/", "-")
    return PlanWorkload(
        target=f"ns{plain}/Deployment/{plain}{number}",
        move=Move.RETARGET,
        pool="wspool",
        old_image=f"old/{name}",
        new_image=f"new/{name}",
        from_="option",
        replicas=3,
        images=(ImageChange(f"old/{name}", f"new/{name}", (plain,), (f"init{plain}",)),),
        selector={f"key/{name}": name},
        old_selector={f"key/{name}": f"old{name}", "kubernetes.io/os": "windows"},
        manifest=f"EOF\nPOOLSHIFT_END\nname: |\n  {name}\n" if number % 2 else "",
        reason=name,
        tolerations=({"key": name, "operator": "Exists"},),
        pull_secrets=(name,),
    )


def _hostile_pool(pool: PlanPool) -> PlanPool:
    properties = {
        **pool.body["properties"],
        "nodeLabels": {f"label{i}": name for i, name in enumerate(HOSTILE)},
        "tags": {name: name for name in HOSTILE},
        "nodeTaints": ["poolshift.io/guard=green:NoSchedule", *HOSTILE],
        "vnetSubnetID": "/subscriptions/$(touch owned)/sub net's",
        "vmSize": "Standard_D2s_v3; touch owned",
    }
    return replace(
        pool,
        guard=Guard.STRICT,
        identities=(IDENTITY, "/id/$(touch owned) it's"),
        autoscaler={"min": 1, "max": 5},
        headers={"UseWindowsGen2VM": "true"},
        body={"properties": properties},
    )


PLANS = {
    "reference": reference,
    "reference-2025": reference_2025,
    "manifests": with_manifests,
    "many-sided": many_sided,
    "hostile": hostile,
}
