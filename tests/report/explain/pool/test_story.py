"""The story of a pool: what it is, why, what it may become, what stops when."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import msgspec
import pytest
from tests.rig import Rig

from poolshift.catalog import load_catalog
from poolshift.core.errors import UsageError
from poolshift.core.snapshot import PoolFacts, Snapshot
from poolshift.report.explain.pool.futures import IN_PLACE, NEW_POOL
from poolshift.report.explain.pool.model import Future, PoolStory
from poolshift.report.explain.pool.story import explain_pool, release_day
from poolshift.report.explain.pool.terminal import age

CATALOG = load_catalog()
DAY = date(2026, 11, 21)


@cache
def reference() -> Snapshot:
    return Rig().snapshot()


def told(
    pool: PoolFacts | None = None, name: str = "wspool", version: str = "1.33.1", **fields: Any
) -> PoolStory:
    """The story of a pool of the reference cluster, changed as the test wants it."""
    snapshot = reference()
    base = pool or snapshot.pool(name)
    assert base is not None
    changed = msgspec.structs.replace(base, kubernetes_version=version, **fields)
    pools = (changed, *(p for p in snapshot.pools if p.name != changed.name))
    cluster = msgspec.structs.replace(snapshot.cluster, kubernetes_version=version)
    moved = msgspec.structs.replace(snapshot, pools=pools, cluster=cluster)
    document = explain_pool(changed.name, moved, CATALOG, DAY)
    assert document.known
    assert document.pool is not None
    return document.pool


def windows2022(**fields: Any) -> PoolStory:
    image = "AKSWindows-2022-containerd-20348.1787.230614"
    return told(
        os_sku="Windows2022", node_image_version=image, vm_generation="", build="", **fields
    )


def future(story: PoolStory, to: str, way: str) -> Future:
    found = [f for f in story.futures if (f.to, f.way) == (to, way)]
    assert len(found) == 1, [(f.to, f.way) for f in story.futures]
    return found[0]


def states(f: Future) -> dict[str, str]:
    return {r.what: r.state for r in f.requirements}


def test_reference_pool_is_told() -> None:
    story = told(version="1.23.8")
    assert (story.os_effective, story.product) == ("Windows2019", "Windows Server 2019")
    assert story.image is not None
    assert story.image.released == "2022-07-12"
    assert story.image.age_days == (DAY - date(2022, 7, 12)).days
    assert story.generation.generation == "V1"
    assert "default/Deployment/sample" in story.workloads
    assert [(d.what, d.on) for d in story.deadlines][-1] == ("scale", "2027-04-01")
    assert any(e.startswith("upgrade: no day") for e in story.open_ends)


def test_windows_2019_only_becomes_something_by_a_new_pool() -> None:
    story = told(version="1.32.4")
    assert [(f.to, f.way) for f in story.futures] == [
        ("Windows2022", NEW_POOL),
        ("Windows2025", NEW_POOL),
    ]
    to2022 = future(story, "Windows2022", NEW_POOL)
    assert to2022.possible
    assert states(to2022)["VM size"] == "to do"
    assert "--aks-custom-headers UseWindowsGen2VM=true" in to2022.commands[1]
    verdicts = {i.ref.rpartition(":")[2]: i.verdict for i in to2022.images}
    assert verdicts["aspnetapp-windowsservercore-ltsc2019"] == "rebuild"
    to2025 = future(story, "Windows2025", NEW_POOL)
    assert states(to2025)["FIPS"] == "to do"
    assert "--enable-fips-image" in to2025.commands[1]
    assert to2025.generation == "V2"


def test_kubernetes_stands_in_the_way() -> None:
    f = future(told(version="1.23.8"), "Windows2025", NEW_POOL)
    assert not f.possible
    assert states(f)["Kubernetes"] == "in the way"
    late = future(told(version="1.37.0"), "Windows2022", NEW_POOL)
    assert states(late)["Kubernetes"] == "in the way"
    assert "no longer" in next(r.text for r in late.requirements if r.what == "Kubernetes")


def test_windows_2022_may_change_in_place_as_a_preview() -> None:
    f = future(windows2022(), "Windows2025", IN_PLACE)
    assert (f.status, f.possible, f.generation) == ("preview", True, "V2")
    assert states(f)["client"] == "not known"
    assert f.commands == (
        "az aks nodepool update -g myResourceGroup --cluster-name myAKSCluster -n wspool "
        "--os-sku Windows2025 --enable-fips-image",
    )
    assert not future(windows2022(version="1.31.2"), "Windows2025", IN_PLACE).possible


def test_size_decides_the_generation() -> None:
    small = windows2022(vm_size="Standard_D2_v3")
    assert future(small, "Windows2025", NEW_POOL).generation == "V1"
    assert small.generation.created_by == "size-gen1-only"
    large = told(vm_size="Standard_D4ds_v6")
    assert states(future(large, "Windows2022", NEW_POOL))["VM size"] == "to do"
    odd = told(vm_size="Standard_Q7")
    assert states(future(odd, "Windows2022", NEW_POOL))["VM size"] == "not known"


def test_unversioned_linux_pool_says_what_it_is_and_how_that_is_known() -> None:
    story = told(
        name="agentpool",
        version="1.34.2",
        os_sku="Ubuntu",
        node_image_version="",
        vm_generation="",
        build="",
    )
    assert story.os_effective == "Ubuntu2204"
    assert "on Kubernetes 1.34.2 it is Ubuntu2204" in story.os_because
    assert future(story, "Ubuntu2404", IN_PLACE).commands[0].endswith("--os-sku Ubuntu2404")
    by_image = told(
        name="agentpool",
        version="1.34.2",
        os_sku="Ubuntu",
        node_image_version="AKSUbuntu-2404gen2containerd-202603.30.0",
    )
    assert by_image.os_effective == "Ubuntu2404"
    assert "node image" in by_image.os_because


def test_target_without_a_version_is_judged_by_what_it_stands_for() -> None:
    old = told(name="agentpool", version="1.31.2", os_sku="Ubuntu2204", node_image_version="")
    f = future(old, "AzureLinux", IN_PLACE)
    assert states(f)["OS"] == "in the way"
    assert "AzureLinux2, whose images are gone" in f.requirements[0].text + f.requirements[-1].text
    new = told(name="agentpool", version="1.34.2", os_sku="Ubuntu2204", node_image_version="")
    assert states(future(new, "AzureLinux", IN_PLACE))["OS"] == "met"


def test_unknown_os_is_told_as_such() -> None:
    story = told(os_sku="Windows2031", node_image_version="odd")
    assert story.os_effective == ""
    assert story.futures == ()
    assert story.image is None
    assert "no record of Windows2031" in story.os_because


def test_causes_are_the_answers() -> None:
    document = explain_pool("wspool", reference(), CATALOG, DAY)
    assert document.pool is not None
    assert [a.id for a in document.answers] == [
        f"pool wspool: {c.kind}" for c in document.pool.generation.causes
    ]
    assert all(a.sources for a in document.answers)


def test_missing_pool_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match=r"PSE151 .*no pool nope.*agentpool, wspool"):
        explain_pool("nope", reference(), CATALOG, DAY)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("220712", date(2022, 7, 12)),
        ("202603.30.0", date(2026, 3, 30)),
        ("2022.10.03", date(2022, 10, 3)),
        ("229999", None),
        ("1", None),
    ],
)
def test_release_day_of_a_node_image(text: str, day: date | None) -> None:
    assert release_day(text) == day


def test_age_is_said_in_days_and_then_in_weeks() -> None:
    assert age(1) == "1 day old"
    assert age(13) == "13 days old"
    assert age(70) == "10 weeks old"
    assert age(-3) == "not out yet on that day"
