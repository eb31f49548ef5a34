"""A redacted snapshot names nobody, and says of the cluster what the original says."""

from __future__ import annotations

import gzip
from collections import Counter
from datetime import date

import msgspec
import pytest
from tests.rig import Rig

from poolshift.capture.redact import redact
from poolshift.catalog import load_catalog
from poolshift.core.kube import Meta, PodTemplate
from poolshift.core.podspec import Container, PodSpec, VolumeMount
from poolshift.core.snapshot import Snapshot, dump_snapshot, load_snapshot
from poolshift.rules import assess

TODAY = date(2026, 1, 12)


@pytest.fixture(scope="module")
def retail() -> Snapshot:
    return Rig("retail").snapshot()


@pytest.fixture(scope="module")
def redacted(retail: Snapshot) -> Snapshot:
    return load_snapshot(dump_snapshot(redact(retail)))


def test_no_name_of_the_cluster_is_left(retail: Snapshot, redacted: Snapshot) -> None:
    plain = gzip.decompress(dump_snapshot(redacted)).decode().lower()
    for name in ("retail", "ledger", "till", "storefront", "kafka", "loyalty", "web22", "branch"):
        assert name not in plain, name
    assert redacted.redacted
    subscription = retail.cluster.id.split("/")[2]
    [identity] = {spec.object_id for spec in retail.credential_specs}
    for guid in (subscription, identity):
        assert not any(f'"{part}' in plain or f"-{part}-" in plain for part in guid.split("-"))


def test_findings_are_those_of_the_original(retail: Snapshot, redacted: Snapshot) -> None:
    def counted(snapshot: Snapshot) -> Counter[tuple[str, str]]:
        found = assess(snapshot, load_catalog(), as_of=TODAY)
        return Counter((f.rule, str(f.severity)) for f in found.findings)

    assert counted(redacted) == counted(retail)


def test_same_name_has_the_same_hash_everywhere(retail: Snapshot, redacted: Snapshot) -> None:
    before = next(w for w in retail.workloads if w.name == "storefront")
    after = redacted.workloads[retail.workloads.index(before)]
    assert after.kind == "Deployment"
    assert after.template.metadata.labels.keys() == before.template.metadata.labels.keys()
    assert set(after.pools) <= {p.name for p in redacted.pools}
    assert {p.workload for p in redacted.pods} <= {w.target for w in redacted.workloads} | {
        p.workload for p in redacted.pods if p.workload.split("/")[1] in ("Job", "Node")
    }


def test_pool_names_stay_short_and_node_names_fit_them(redacted: Snapshot) -> None:
    assert all(len(p.name) == 6 for p in redacted.pools)
    windows = [n for n in redacted.nodes if n.os == "windows"]
    assert windows
    assert all(n.name.startswith(f"aks{n.pool}") for n in windows)


def test_the_token_of_a_bare_pod_stays_a_token(retail: Snapshot) -> None:
    mounts = (
        VolumeMount("t", "/var/run/secrets/kubernetes.io/serviceaccount"),
        VolumeMount("d", "/srv/ledger"),
    )
    template = PodTemplate(Meta(), PodSpec(containers=(Container("a", "i", volume_mounts=mounts),)))
    workload = msgspec.structs.replace(retail.workloads[0], template=template)
    hidden = redact(msgspec.structs.replace(retail, workloads=(workload,)))
    token, data = hidden.workloads[0].template.spec.containers[0].volume_mounts
    assert token.mount_path == mounts[0].mount_path
    assert "ledger" not in data.mount_path


def test_redacting_twice_changes_no_more_than_once_did(redacted: Snapshot) -> None:
    assert [p.os_sku for p in redact(redacted).pools] == [p.os_sku for p in redacted.pools]
