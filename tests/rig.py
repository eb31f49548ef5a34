"""A cluster in process, a plan for it, and a run of that plan on the virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from poolshift.capture import capture
from poolshift.catalog import load_catalog
from poolshift.core.clock import parse_time
from poolshift.core.journal import Options, RunState, Source
from poolshift.core.plan import Plan, dump_plan
from poolshift.core.snapshot import Snapshot
from poolshift.engine.driver import tick_until_still
from poolshift.engine.failpoints import Failpoints
from poolshift.engine.journal import MemoryJournal
from poolshift.engine.start import begin
from poolshift.engine.tick import Ticker
from poolshift.engine.world import LiveWorld
from poolshift.planner import ManifestFile, PlanRequest, make_plan
from poolshift.planner.manifests import images_in
from poolshift.rules.run import assess
from poolshift.sim.arm.port import SimArm
from poolshift.sim.kube.port import SimKube
from poolshift.sim.ports import SimClock
from poolshift.sim.registry.port import SimRegistry
from poolshift.sim.scenario import Scenario, load_scenario
from poolshift.sim.world import World, build_world

T = TypeVar("T")
RUN = "run-0000test"


def run_async(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


class Rig:
    """One world and everything that acts on it."""

    def __init__(
        self,
        scenario: str | Scenario = "reference",
        *,
        seed: int = 1,
        objects: tuple[dict[str, Any], ...] = (),
        run: str = RUN,
    ) -> None:
        loaded = load_scenario(scenario) if isinstance(scenario, str) else scenario
        self.world: World = build_world(loaded, seed=seed)
        self.run = run
        agent = f"poolshift/0 run/{run}"
        self.arm = SimArm(self.world.azure, agent)
        self.kube = SimKube(self.world.kube, user_agent=agent)
        self.registry = SimRegistry(self.world.images)
        self.clock = SimClock(self.world.clock)
        self.cluster_id = self.world.cluster_id
        self.journal = MemoryJournal()
        self.live = LiveWorld(self.arm, self.kube, self.clock, self.cluster_id)
        for obj in objects:
            self.world.kube.apply(obj, by="user:kubectl")
        if objects:
            self.pass_time(600)

    def pass_time(self, seconds: float) -> None:
        self.world.clock.run_until(self.world.clock.t + seconds)

    @property
    def events(self) -> list[dict[str, Any]]:
        return self.world.trace.events

    def snapshot(self, extra: tuple[str, ...] = ()) -> Snapshot:
        return run_async(capture(self, load_catalog(), source="test", extra_images=extra))

    def plan(self, to: str = "Windows2022", **options: Any) -> Plan:
        catalog = load_catalog()
        request = PlanRequest(to=to, **options)
        extra = (*request.images.values(), *images_in(request, catalog))
        snapshot = self.snapshot(extra)
        moment = parse_time(snapshot.captured_at)
        assessment = assess(snapshot, catalog, as_of=moment.date(), to=to)
        return make_plan(snapshot, catalog, request, assessment=assessment, made_at=moment)

    def begin(self, plan: Plan, *, gates: tuple[str, ...] = (), **options: Any) -> RunState:
        return run_async(
            begin(
                self.journal,
                self.live,
                plan,
                run=self.run,
                plan_text=dump_plan(plan),
                source=Source(sim="test"),
                options=Options(yes=True, **options),
                gates=gates,
            )
        )

    def ticker(self, plan: Plan, failpoints: Failpoints | None = None) -> Ticker:
        return Ticker(
            journal=self.journal,
            world=self.live,
            clock=self.clock,
            plan=plan,
            failpoints=failpoints or Failpoints(),
        )

    def drive(self, plan: Plan, failpoints: Failpoints | None = None) -> RunState:
        return run_async(tick_until_still(self.run, self.ticker(plan, failpoints)))

    def apply(self, plan: Plan, *, gates: tuple[str, ...] = ("delete-blue",)) -> RunState:
        self.begin(plan, gates=gates)
        return self.drive(plan)

    def nodes(self, pool: str) -> tuple[str, ...]:
        return self.world.kube.nodes_of(pool)

    def object(self, resource: Any, name: str, namespace: str = "") -> dict[str, Any]:
        return run_async(self.kube.read(resource, name, namespace))


def reference_app() -> tuple[ManifestFile, ...]:
    folder = load_scenario("reference").app_folder()
    assert folder is not None
    path = folder / "sample.yaml"
    return (ManifestFile("sample.yaml", path.read_bytes()),)


def deployment(
    name: str,
    image: str,
    *,
    replicas: int = 3,
    selector: dict[str, str] | None = None,
    strategy: dict[str, Any] | None = None,
    namespace: str = "default",
    **pod: Any,
) -> dict[str, Any]:
    """A Windows Deployment."""
    labels = {"app": name}
    spec: dict[str, Any] = {
        "replicas": replicas,
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "nodeSelector": selector or {"kubernetes.io/os": "windows"},
                "containers": [
                    {
                        "name": name,
                        "image": image,
                        "resources": {"requests": {"cpu": "100m", "memory": "100Mi"}},
                    }
                ],
                **pod,
            },
        },
    }
    if strategy is not None:
        spec["strategy"] = strategy
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def budget(name: str, app: str, **spec: Any) -> dict[str, Any]:
    """A PodDisruptionBudget over `app`'s pods."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": app}}, **spec},
    }


def with_scenario(change: Callable[[Scenario], Scenario], name: str = "reference") -> Scenario:
    """A scenario that differs a little from a shipped one."""
    return change(load_scenario(name))


def replaced(scenario: Scenario, **fields: Any) -> Scenario:
    return msgspec.structs.replace(scenario, **fields)


SHIPPED = Path(__file__).parent
