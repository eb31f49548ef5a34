"""Cases of the rules on identities, accounts and licences."""

from __future__ import annotations

from typing import Any

import msgspec
from tests.rules.cases import Case

from poolshift.core.arm import GmsaProfile, ScaleSet, WindowsProfile
from poolshift.core.finding import Severity
from poolshift.core.kube import SecurityContext, WindowsOptions
from poolshift.core.snapshot import ConfigFacts, CredentialSpecFacts, Snapshot

CART = "shop/Deployment/cart"
KUBELET = "00000000-0000-0000-0000-00000000000a"
BY_HAND = "00000000-0000-0000-0000-00000000000b"
JULY = "AKSWindows-2022-containerd-gen2-20348.5386.260715"
GMSA = {
    "security_context": SecurityContext(
        windows_options=WindowsOptions(gmsa_credential_spec_name="tills")
    )
}


def profile(*, enabled: bool = True, root: str | None = None) -> WindowsProfile:
    return WindowsProfile(gmsa_profile=GmsaProfile(enabled=enabled, root_domain_name=root))


def gmsa(
    s: Any,
    object_id: str = KUBELET,
    windows: WindowsProfile | None = None,
    zones: tuple[str, ...] = (),
    name: str = "tills",
    **changes: Any,
) -> Snapshot:
    """The workload cart logs on by the spec `tills`; the pool has two identities."""
    clean = s.clean()
    cluster = msgspec.structs.replace(
        clean.cluster, windows=windows or profile(), kubelet_object_id=KUBELET
    )
    scale_set = ScaleSet(
        "/vmss/ws22", "akswsvmss", "ws22", ("/ID/Kubelet", "/id/gmsa"), (KUBELET, BY_HAND)
    )
    parts: dict[str, Any] = {
        "cluster": cluster,
        "workloads": (s.workload(spec=GMSA),),
        "scale_sets": (scale_set,),
        "credential_specs": (
            CredentialSpecFacts(name, "corp.example", ("tills",), object_id, vault=True),
        ),
        "config": ConfigFacts(dns_zones=zones),
    }
    snapshot: Snapshot = s.changed(**{**parts, **changes})
    return snapshot


def licensed(s: Any, cluster: str | None) -> Snapshot:
    scale_set = ScaleSet(
        "/vmss/ws22", "akswsvmss", "ws22", ("/ID/Kubelet",), license_type="Windows_Server"
    )
    snapshot: Snapshot = s.changed(
        cluster=s.cluster(windows=WindowsProfile(license_type=cluster)).cluster,
        scale_sets=(scale_set,),
    )
    return snapshot


def aged(s: Any, image: str, replicas: int = 3) -> Snapshot:
    pool = s.windows_pool(node_image_version=image)
    workload = s.workload(spec=GMSA, replicas=replicas)
    return gmsa(s, pools=(s.system_pool(), pool), workloads=(workload,))


CASES: tuple[Case, ...] = (
    Case(
        "PSI303",
        lambda s: gmsa(s, windows=profile(enabled=False)),
        target="cluster",
        says="gMSA is not enabled",
        clean=gmsa,
    ),
    Case(
        "PSI303",
        lambda s: s.changed(workloads=(s.workload(spec=GMSA),)),
        target="cluster",
        says="gMSA is not enabled",
    ),
    Case(
        "PSI304",
        lambda s: gmsa(s, name="another"),
        target=CART,
        says="gMSA credential spec tills, which the cluster does not have",
        clean=gmsa,
    ),
    Case(
        "PSI305",
        lambda s: gmsa(s, object_id="00000000-0000-0000-0000-00000000000c"),
        target="pool/ws22",
        says="names an identity that its nodes do not have",
        clean=gmsa,
    ),
    Case(
        "PSI305",
        lambda s: gmsa(s, object_id=BY_HAND),
        target="pool/ws22",
        says="put on its scale set by hand",
        severity=Severity.INFO,
    ),
    Case(
        "PSI306",
        lambda s: gmsa(s, zones=("Corp.example.",)),
        target="cluster",
        says="coredns-custom has a zone",
        clean=lambda s: gmsa(s, zones=("other.example",)),
    ),
    Case(
        "PSI306",
        lambda s: gmsa(
            s, zones=("root.example",), windows=profile(enabled=False, root="root.example")
        ),
        target="cluster",
        says="coredns-custom has a zone",
        severity=Severity.REQUIRED,
    ),
    Case(
        "PSI307",
        gmsa,
        target="pool/ws22",
        says="2 identities",
    ),
    Case(
        "PSI308",
        lambda s: s.cluster(service_principal=True),
        target="cluster",
        says="service principal",
    ),
    Case(
        "PSI309",
        lambda s: licensed(s, None),
        target="pool/ws22",
        says="Azure Hybrid Benefit",
        clean=lambda s: licensed(s, "Windows_Server"),
    ),
    Case(
        "PSI309",
        lambda s: licensed(s, "None"),
        target="pool/ws22",
        says="Azure Hybrid Benefit",
    ),
    Case(
        "PSI310",
        lambda s: aged(s, JULY),
        target="pool/ws22",
        says="share a gMSA on a node image of 18 weeks",
        clean=lambda s: aged(s, JULY, replicas=1),
    ),
    Case(
        "PSI311",
        gmsa,
        target="pool/ws22",
        says="try one on the new nodes",
        clean=lambda s: gmsa(s, workloads=(s.workload(spec=GMSA, pools={}),)),
    ),
)
