"""Rules on identities: what was not read, and which of several cases applies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.rules.asked import run
from tests.rules.cases.identity import BY_HAND, GMSA, KUBELET, gmsa, licensed

from poolshift.core.arm import ScaleSet, WindowsProfile
from poolshift.core.finding import Severity
from poolshift.core.kube import (
    Container,
    ContainerSecurity,
    Meta,
    PodSpec,
    PodTemplate,
    WindowsOptions,
)
from poolshift.core.snapshot import Snapshot, TemplateFacts, Unknown
from poolshift.rules.identity.gmsa import some

if TYPE_CHECKING:
    from poolshift.catalog import Catalog

SPECS = "gmsacredentialspecs.windows.k8s.io"


def unread(snapshot: Snapshot, *what: str) -> Snapshot:
    return msgspec.structs.replace(
        snapshot, unknown=tuple(Unknown(name, "forbidden") for name in what)
    )


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        ("PSI304", SPECS),
        ("PSI305", SPECS),
        ("PSI306", "configmap/coredns-custom"),
        ("PSI307", "scale-sets"),
        ("PSI309", "scale-sets"),
    ],
)
def test_what_was_not_read_is_not_checked(
    rule: str, what: str, snapshots: Any, catalog: Catalog
) -> None:
    _, missing = run(rule, unread(gmsa(snapshots), what), catalog)
    assert [(n.target, n.reason) for n in missing] == [
        ("cluster", f"{what} could not be read: forbidden")
    ]


@pytest.mark.parametrize("rule", ["PSI304", "PSI305", "PSI306"])
def test_without_gmsa_nothing_need_be_read(rule: str, snapshots: Any, catalog: Catalog) -> None:
    bare = unread(snapshots.clean(), SPECS, "configmap/coredns-custom")
    assert run(rule, bare, catalog) == ([], [])


@pytest.mark.parametrize("object_ids", [(), (KUBELET,), (KUBELET, "")])
def test_an_identity_without_object_id_leaves_gmsa_open(
    object_ids: tuple[str, ...], snapshots: Any, catalog: Catalog
) -> None:
    scale_set = ScaleSet("/vmss", "vmss", "ws22", ("/ID/Kubelet", "/id/gmsa"), object_ids)
    snapshot = gmsa(snapshots, object_id=BY_HAND, scale_sets=(scale_set,))
    findings, missing = run("PSI305", snapshot, catalog)
    assert findings == []
    assert [n.target for n in missing] == ["pool/ws22"]
    assert "object ids" in missing[0].reason


def test_the_kubelets_identity_is_known_by_its_resource_as_well(
    snapshots: Any, catalog: Catalog
) -> None:
    cluster = msgspec.structs.replace(gmsa(snapshots).cluster, kubelet_object_id="")
    assert run("PSI305", gmsa(snapshots, cluster=cluster), catalog) == ([], [])


def test_the_identity_to_assign_is_named_and_quoted(snapshots: Any, catalog: Catalog) -> None:
    scale_set = ScaleSet("/v", "v", "ws22", ("/ID/Kubelet", "/id/a; rm x"), (KUBELET, BY_HAND))
    snapshot = gmsa(snapshots, object_id=BY_HAND.upper(), scale_sets=(scale_set,))
    (finding,), _ = run("PSI305", snapshot, catalog)
    assert finding.severity == Severity.INFO
    assert finding.fix.endswith("--identities '/id/a; rm x'")


def test_specs_of_containers_and_of_cron_jobs_count(snapshots: Any, catalog: Catalog) -> None:
    own = ContainerSecurity(windows_options=WindowsOptions(gmsa_credential_spec_name="night"))
    spec = PodSpec(containers=(Container("main", "x", security_context=own),))
    cron = TemplateFacts("shop/CronJob/night", PodTemplate(Meta(), spec))
    findings, _ = run("PSI304", gmsa(snapshots, templates=(cron,)), catalog)
    assert [f.target for f in findings] == ["shop/CronJob/night"]


def test_a_spec_without_a_domain_leaves_the_name_to_the_reader(
    snapshots: Any, catalog: Catalog
) -> None:
    (finding,), _ = run("PSI311", gmsa(snapshots, credential_specs=()), catalog)
    assert finding.fix.endswith("nltest /sc_verify:DOMAIN")


def test_a_node_image_without_a_day_leaves_its_age_open(snapshots: Any, catalog: Catalog) -> None:
    pools = (snapshots.system_pool(), snapshots.windows_pool(node_image_version=""))
    findings, missing = run("PSI310", gmsa(snapshots, pools=pools), catalog)
    assert findings == []
    assert [n.target for n in missing] == ["pool/ws22"]


def test_a_benefit_of_the_cluster_is_kept(snapshots: Any, catalog: Catalog) -> None:
    snapshot = licensed(snapshots, "Windows_Server")
    assert run("PSI309", snapshot, catalog) == ([], [])
    profile = WindowsProfile(license_type="Windows_Server")
    gone = msgspec.structs.replace(snapshots.cluster(windows=profile), scale_sets=())
    assert run("PSI309", gone, catalog) == ([], [])


def test_a_service_principal_matters_to_windows_pools_alone(
    snapshots: Any, catalog: Catalog
) -> None:
    snapshot = msgspec.structs.replace(
        snapshots.cluster(service_principal=True), pools=(snapshots.system_pool(),)
    )
    assert run("PSI308", snapshot, catalog) == ([], [])


def test_many_targets_are_shortened() -> None:
    assert some(("a", "b")) == "a, b"
    assert some(tuple("abcdefghijkl")) == "a, b, c, d, e, f, g, h, i, j and 2 more"


def test_gmsa_is_off_for_all_workloads_at_once(snapshots: Any, catalog: Catalog) -> None:
    two = tuple(snapshots.workload(name, spec=GMSA) for name in ("cart", "till"))
    (finding,), _ = run("PSI303", snapshots.changed(workloads=two), catalog)
    assert finding.evidence[-1].value == "shop/Deployment/cart, shop/Deployment/till"
