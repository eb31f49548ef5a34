"""Scenario files: a whole cluster, its images and its surroundings, as one YAML file.

A scenario is a folder with `scenario.yaml`, the manifests that are on the cluster, and optionally
`app/`, the files of its applications as their owner keeps them. Paths in the file are relative
to it. What a key means stands at its struct.
"""

from __future__ import annotations

import datetime as dt
import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from poolshift.core.errors import UsageError
from poolshift.sim.behaviour import Behaviour, ConnectionsSpec, LoadSpec, RegistrySpec, RunSpec
from poolshift.sim.faults.fault import FaultSpec
from poolshift.sim.kube.controllers.loadcurves import read_curve
from poolshift.sim.kube.customs import ADDONS
from poolshift.sim.kube.resources import by_kind
from poolshift.sim.kube.served import Served, served
from poolshift.sim.manifests import objects_in
from poolshift.sim.scenarioparts import (
    ClusterSpec,
    Denials,
    GovernanceSpec,
    ImageSpec,
    ManifestSpec,
    NodeImage,
    PoolSpec,
    QuotaSpec,
    ServiceSpec,
    SubnetSpec,
    VmSizeSpec,
    sim_image,
)

if TYPE_CHECKING:
    from poolshift.sim.images import SimImage

SCENARIO_FILE = "scenario.yaml"
_SPAN = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A scenario file.

    Attributes:
        start: where the clock starts.
        seed: used when none is given.
        node_images: those that exist at the start; a new pool gets the last one of its SKU and
            generation, or what has come out of its line since.
        kubernetes_versions: full versions that the region offers; empty for those that the
            calendar of Kubernetes has at the world's date.
        default_version: version of a cluster that names none; empty for the newest but one minor.
        features: state of preview features by name.
        addons: add-ons whose custom kinds the cluster serves (keda, gmsa, argo-rollouts, argo-cd,
            flux, gateway-api); null for all of them, `[]` for a bare cluster.
        app: folder with the application's files.
        quota: vCPU limits; the entry without a family holds for every other one, the one of the
            family `cores` for all of them together.
        subnets: those of virtual networks of one's own.
        service: what the service offers and finds out.
        governance: locks, policies, throttling.
        loads: load curves of the workloads that autoscalers count replicas for.
        jobs: how long the pods of Jobs run, and which fail; one minute without an entry.
        faults: what goes wrong, and when; `poolshift sim faults` lists them.
        registries: what registries send and how often they answer; without limits by default.
        connections: long connections of load-balanced Services; one a node without an entry.
    """

    name: str
    summary: str
    start: dt.datetime
    cluster: ClusterSpec
    pools: tuple[PoolSpec, ...]
    node_images: tuple[NodeImage, ...]
    images: tuple[ImageSpec, ...] = ()
    manifests: tuple[ManifestSpec, ...] = ()
    seed: int = 1
    kubernetes_versions: tuple[str, ...] = ()
    default_version: str = ""
    features: dict[str, str] = {}
    addons: tuple[str, ...] | None = None
    quota: tuple[QuotaSpec, ...] = (QuotaSpec(limit=350),)
    vm_sizes: tuple[VmSizeSpec, ...] = ()
    subnets: tuple[SubnetSpec, ...] = ()
    service: ServiceSpec = ServiceSpec()
    governance: GovernanceSpec = GovernanceSpec()
    denied: Denials = Denials()
    app: str = ""
    loads: tuple[LoadSpec, ...] = ()
    jobs: tuple[RunSpec, ...] = ()
    connections: tuple[ConnectionsSpec, ...] = ()
    registries: tuple[RegistrySpec, ...] = ()
    faults: tuple[FaultSpec, ...] = ()
    folder: Path = Path()

    def app_folder(self) -> Path | None:
        """Where the application's files are; None when the scenario has none."""
        return self.folder / self.app if self.app else None

    def behaviour(self) -> Behaviour:
        """How the load of the workloads behaves."""
        return Behaviour(
            loads=self.loads,
            jobs=self.jobs,
            connections=self.connections,
            registries=self.registries,
        )

    def served(self) -> Served:
        """The kinds that the cluster serves."""
        return served() if self.addons is None else served(frozenset(self.addons))

    def sim_images(self) -> tuple[SimImage, ...]:
        """The images as the registry and the kubelets take them."""
        return tuple(sim_image(image) for image in self.images)

    def objects(self) -> list[dict[str, Any]]:
        """Every Kubernetes object of the manifests, in order."""
        return [
            obj
            for manifest in self.manifests
            for obj in objects_in(
                self.folder / manifest.file,
                kubectl=manifest.kubectl,
                times=manifest.times,
                groups=manifest.groups,
            )
        ]


def scenario_names() -> tuple[str, ...]:
    """The scenarios that ship with poolshift."""
    root = resources.files("poolshift.sim.scenarios")
    return tuple(sorted(f.name for f in root.iterdir() if f.joinpath(SCENARIO_FILE).is_file()))


def load_scenario(name_or_path: str) -> Scenario:
    """A scenario by name, or by the path of its file or folder; UsageError says what is wrong."""
    path = Path(name_or_path)
    if path.is_dir():
        path /= SCENARIO_FILE
    if not path.is_file():
        root = Path(str(resources.files("poolshift.sim.scenarios")))
        path = root / name_or_path / SCENARIO_FILE
        if name_or_path not in scenario_names():
            raise UsageError(
                f"there is no scenario {name_or_path!r}",
                fix=f"Take one of {', '.join(scenario_names())}, or the path of a scenario file",
            )
    return _checked(_decode(path), path)


def _decode(path: Path) -> Scenario:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{path} cannot be read", why=str(error)) from error
    if not isinstance(data, dict) or "folder" in data:
        raise UsageError(f"{path} is no scenario: a mapping without the key `folder` is needed")
    try:
        scenario = msgspec.convert({**data, "folder": "."}, Scenario, dec_hook=_decode_path)
    except msgspec.ValidationError as error:
        raise UsageError(f"{path} is no valid scenario", why=str(error)) from error
    return msgspec.structs.replace(scenario, folder=path.parent)


def _decode_path(type_: type[Any], value: Any) -> Any:
    if type_ is Path:
        return Path(value)
    raise NotImplementedError(type_)


def _checked(scenario: Scenario, path: Path) -> Scenario:
    """The scenario, refused when its parts do not fit together."""
    if scenario.start.tzinfo is None:
        raise UsageError(f"{path}: start needs a time zone (2022-10-15T08:00:00Z)")
    versions = {image.version for image in scenario.node_images}
    names: set[str] = set()
    for pool in scenario.pools:
        if pool.node_image not in versions:
            raise UsageError(
                f"{path}: pool {pool.name} names an unknown node image", why=pool.node_image
            )
        if pool.name in names:
            raise UsageError(f"{path}: two pools are called {pool.name}")
        names.add(pool.name)
        for age in pool.ages:
            parse_span(age)
    for load in scenario.loads:
        read_curve(load, scenario.start)
    if unknown := sorted(set(scenario.addons or ()) - set(ADDONS)):
        raise UsageError(
            f"{path}: there is no add-on {unknown[0]}", fix=f"Take some of {', '.join(ADDONS)}"
        )
    _check_kinds(scenario, path)
    for manifest in scenario.manifests:
        if not (scenario.folder / manifest.file).is_file():
            raise UsageError(f"{path}: there is no manifest {manifest.file}")
        if manifest.times < 1 or manifest.groups < 1:
            raise UsageError(f"{path}: {manifest.file} is there at least once, in one group")
    return scenario


def _check_kinds(scenario: Scenario, path: Path) -> None:
    """Objects of kinds that the cluster would not serve are a mistake of the file."""
    kinds = scenario.served()
    for obj in scenario.objects() if scenario.addons is not None else ():
        kind = by_kind(obj.get("apiVersion", ""), obj.get("kind", ""))
        if kind is not None and kind not in kinds:
            raise UsageError(
                f"{path}: the cluster serves no {kind.kind} without the add-on {kind.addon}",
                fix=f"Add {kind.addon} to the scenario's addons, or leave the object out",
            )


def parse_span(text: str) -> float:
    """Seconds of a span as kubectl prints ages: `5h40m`, `3d`, `90s`."""
    found = _SPAN.fullmatch(text)
    if found is None or not any(found.groups()):
        raise UsageError(f"{text!r} is no span of time", fix="Write it like 5h40m, 3d or 90s")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
