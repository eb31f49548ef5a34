"""The world in which a recording is played again: what was there before its first row.

Everything here is read from the recording itself. Arranged, with the reason:

* The recording's resource group, and nothing in it: its commands make all else.
* The day of the first row: the service's answers and rules have dates.
* The Kubernetes versions that the recording names, and its default: what a region offers on a day
  in its finest detail is in no calendar.
* Node images by the names that the recording has seen: the service publishes them, nobody asks for
  one by name.
* Subnets that accepted requests name, where nothing recorded made them.
* Sizes with graphics cards, which the catalog leaves out.
* Quota without end and all features registered: the recorded subscriptions had both.
* The directory's applications and the subscription's role assignments that the recording lists:
  others made them before.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from tests.sim.arm.replay import recording

from poolshift.catalog import load_catalog
from poolshift.sim.arm.subscription import Group
from poolshift.sim.scenario import Scenario
from poolshift.sim.scenarioparts import (
    ClusterSpec,
    NodeImage,
    PoolSpec,
    QuotaSpec,
    VmSizeSpec,
)
from poolshift.sim.world import World, build_world

GROUP = "clitest000001"
_HOME = "home"
_PLENTY = 100_000
# Recorded sizes that the catalog does not have.
_GPU_SIZES = (
    VmSizeSpec("Standard_NC4as_T4_v3", vcpus=4, memory_gb=28, family="standardNCASv3_T4Family"),
    VmSizeSpec("Standard_ND96asr_v4", vcpus=96, memory_gb=900, family="standardNDASv4_A100Family"),
)
_BUILDS = {"2019": "10.0.17763", "2022": "10.0.20348", "2025": "10.0.26100"}


def scene_of(name: str) -> World:
    """The world of a recording, its clock at the recording's first row."""
    rows = recording.rows(name)
    world = build_world(_scenario(name, rows), seed=1)
    world.azure.add_group(Group(GROUP, _location(rows), tags=_tags(rows)))
    world.azure.applications += _applications(rows)
    ours = world.azure.home.subscription
    world.azure.role_assignments |= _standing(rows, ours)
    world.azure.resources |= _subnets(rows, ours)
    return world


def _subnets(rows: tuple[recording.Row, ...], subscription: str) -> dict[str, dict[str, Any]]:
    """Subnets that accepted requests name."""
    kind = "Microsoft.Network/virtualNetworks/subnets"
    found = {}
    for row in rows:
        if row["method"] == "PUT" and row["status"] < 300:
            text = json.dumps(row.get("req")).replace(recording.SUBSCRIPTION, subscription)
            for id_ in re.findall(r'"vnetSubnetID": "([^"]+)"', text):
                body = {"id": id_, "name": id_.rpartition("/")[2], "type": kind}
                # Of which addresses they are was not recorded.
                found[id_.lower()] = {**body, "properties": {"addressPrefix": "10.240.0.0/16"}}
    return found


def _applications(rows: tuple[recording.Row, ...]) -> list[str]:
    """Client ids of the service principals that the directory had."""
    listed = [r for r in rows if r["path"].startswith("/v1.0/servicePrincipals")]
    found = (one for r in listed for one in (recording.bodies(r) or {}).get("value") or ())
    return list(dict.fromkeys(one["appId"] for one in found))


def _standing(rows: tuple[recording.Row, ...], subscription: str) -> dict[str, dict[str, Any]]:
    """Role assignments that the subscription had, by whose making the recording is not."""
    made = {row["path"].lower() for row in rows if row["method"] == "PUT"}
    for row in rows:
        if row["method"] == "GET" and row["path"].endswith("/roleAssignments"):
            text = json.dumps(recording.bodies(row)).replace(recording.SUBSCRIPTION, subscription)
            listed = json.loads(text).get("value") or ()
            return {one["id"].lower(): one for one in listed if one["id"].lower() not in made}
    return {}


def _scenario(name: str, rows: tuple[recording.Row, ...]) -> Scenario:
    catalog = load_catalog()
    images = _images(rows)
    features = {s.feature_flag for s in catalog.os_skus.os_skus if s.feature_flag}
    features |= {"WindowsGPUPreview"}
    return Scenario(
        name=f"recorded-{name}",
        summary="The empty subscription of a recording",
        start=_start(rows),
        cluster=ClusterSpec(
            name=_HOME,
            resource_group=_HOME,
            location=_location(rows),
            kubernetes_version=_version(rows),
            network={"networkPlugin": "azure"},
        ),
        pools=(
            PoolSpec(
                name="agentpool",
                mode="System",
                os_type="Linux",
                os_sku="Ubuntu",
                count=1,
                vm_size="Standard_DS2_v2",
                node_image=next(i.version for i in images if i.os_sku == "Ubuntu"),
            ),
        ),
        node_images=images,
        kubernetes_versions=_versions(rows),
        default_version=_default(rows),
        features=dict.fromkeys(features, "Registered"),
        quota=(QuotaSpec(limit=_PLENTY),),
        vm_sizes=_GPU_SIZES,
    )


def _tags(rows: tuple[recording.Row, ...]) -> dict[str, str]:
    """Of the resource group, as the recording shows them."""
    for row in rows:
        body = recording.bodies(row) or {}
        if body.get("type") == "Microsoft.Resources/resourceGroups":
            return dict(body.get("tags") or {})
    return {}


def _start(rows: tuple[recording.Row, ...]) -> datetime:
    return parsedate_to_datetime(rows[0]["headers"]["date"]).astimezone(UTC)


def _location(rows: tuple[recording.Row, ...]) -> str:
    sent = (row["req"] for row in rows if isinstance(row.get("req"), dict))
    found = next((body["location"] for body in sent if "location" in body), None)
    return str(found or _listed_location(rows))


def _listed_location(rows: tuple[recording.Row, ...]) -> str:
    parts = [part for row in rows for part in [row["path"].split("/locations/")] if len(part) > 1]
    return str(parts[0][1].split("/")[0]) if parts else "westus2"


def _version(rows: tuple[recording.Row, ...]) -> str:
    """Of the cluster that is there before: the first full version of the recording."""
    text = " ".join(str(row.get("resp")) for row in rows)
    found = re.search(r"'currentKubernetesVersion': '([\d.]+)'", text)
    return found[1] if found else "1.25.6"


def _versions(rows: tuple[recording.Row, ...]) -> tuple[str, ...]:
    """Every full Kubernetes version that the recording names."""
    text = " ".join(json.dumps([row.get("req"), row.get("resp")]) for row in rows)
    return tuple(sorted(set(re.findall(r'"(1\.\d\d\.\d+)"', text)) | {_version(rows)}))


def _default(rows: tuple[recording.Row, ...]) -> str:
    """What the first cluster became that named no version."""
    for row in rows:
        sent = row.get("req")
        properties = (recording.bodies(row) or {}).get("properties") or {}
        made = row["method"] == "PUT" and row["status"] == 201 and isinstance(sent, dict)
        if made and "currentKubernetesVersion" in properties:
            asked = sent["properties"].get("kubernetesVersion") if sent else ""
            if not asked:
                return str(properties["currentKubernetesVersion"])
    return ""


def _images(rows: tuple[recording.Row, ...]) -> tuple[NodeImage, ...]:
    """One for each SKU and generation of the catalog, the recorded names before made-up ones."""
    found: dict[tuple[str, str, bool], NodeImage] = {}
    for sku in load_catalog().os_skus.os_skus:
        for generation in ("V1", "V2"):
            for fips in (False, True):
                name = f"AKS{sku.id}-{generation}{'fips' if fips else ''}-202301.01.0"
                found[sku.id, generation, fips] = _image(name, sku.id, generation, fips=fips)
    for pool in _recorded_pools(rows):
        version, sku_id = pool.get("nodeImageVersion"), pool.get("osSKU")
        if version and sku_id:
            generation = "V2" if "gen2" in version else "V1"
            fips = "fips" in version
            found[sku_id, generation, fips] = _image(version, sku_id, generation, fips=fips)
    return tuple(found.values())


def _recorded_pools(rows: tuple[recording.Row, ...]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for row in rows:
        properties = (recording.bodies(row) or {}).get("properties")
        if isinstance(properties, dict):
            found += [properties, *(properties.get("agentPoolProfiles") or ())]
    return found


def _image(version: str, sku: str, generation: str, *, fips: bool) -> NodeImage:
    windows = sku.startswith("Windows")
    build = f"{_BUILDS.get(sku[-4:], '10.0.25398')}.1" if windows else ""
    return NodeImage(
        version=version,
        os_sku=sku,
        os_image=sku,
        kernel=build or "5.15.0-azure",
        runtime="containerd://1.7",
        build=build,
        generation=generation,
        fips=fips,
    )
