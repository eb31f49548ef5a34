"""Cases of the rules on the OS of pools."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from tests.rules.cases import Case

from poolshift.core.arm import AutoUpgradeProfile
from poolshift.core.finding import Severity
from poolshift.core.snapshot import OfferFacts, Snapshot
from poolshift.rules.settings import Settings, Thresholds


def linux(s: Any, **changes: Any) -> Snapshot:
    snapshot: Snapshot = s.changed(pools=(s.system_pool(), s.system_pool(name="apps", **changes)))
    return snapshot


def at(s: Any, version: str, **pool: Any) -> Snapshot:
    """The whole cluster at a version, its Windows pool changed."""
    clean = s.clean()
    cluster = msgspec.structs.replace(clean.cluster, kubernetes_version=version)
    pools = (
        s.system_pool(kubernetes_version=version),
        s.windows_pool(kubernetes_version=version, **pool),
    )
    snapshot: Snapshot = msgspec.structs.replace(clean, cluster=cluster, pools=pools)
    return snapshot


def stranded(s: Any, *plans: str, plan: str | None = None) -> Snapshot:
    found = at(s, "1.32.6", os_sku="Windows2019")
    cluster = msgspec.structs.replace(found.cluster, support_plan=plan)
    offers = (OfferFacts("1.32", ("1.32.9",), plans), OfferFacts("1.35", ("1.35.1",)))
    return msgspec.structs.replace(found, cluster=cluster, offers=offers)


def channel(s: Any, name: str) -> Snapshot:
    cluster = msgspec.structs.replace(
        s.clean().cluster, auto_upgrade=AutoUpgradeProfile(node_os_upgrade_channel=name)
    )
    snapshot: Snapshot = s.changed(
        cluster=cluster,
        pools=(s.system_pool(), s.system_pool(name="apps", os_sku="AzureLinux3")),
    )
    return snapshot


PREVIEW = date(2026, 1, 15)
FLAG = "AksWindows2025Preview"

CASES: tuple[Case, ...] = (
    Case(
        "PSW109",
        lambda s: at(s, "1.35.1", fips=True),
        target="pool/ws22",
        says="sources disagree on",
        clean=lambda s: linux(s),
    ),
    Case(
        "PSW110",
        lambda s: s.clean(),
        target="cluster",
        says="was read more than 30 days",
        as_of=date(2027, 3, 1),
        settings=Settings(thresholds=Thresholds(facts_days=30)),
        clean=lambda s: s.changed(pools=()),
    ),
    Case(
        "PSW111",
        lambda s: linux(s, os_sku="Ubuntu", kubernetes_version="1.34.2"),
        target="pool/apps",
        says="becomes Ubuntu2404 at Kubernetes 1.35",
        clean=lambda s: linux(s, os_sku="Ubuntu", kubernetes_version="1.33.2"),
    ),
    Case(
        "PSW112",
        lambda s: at(s, "1.36.0"),
        target="pool/ws22",
        says="no Kubernetes after 1.36",
        clean=lambda s: at(s, "1.35.2"),
    ),
    Case(
        "PSW113",
        lambda s: stranded(s, "AKSLongTermSupport"),
        target="cluster",
        says="no longer served to the plan KubernetesOfficial",
        clean=lambda s: stranded(s, "AKSLongTermSupport", plan="AKSLongTermSupport"),
    ),
    Case(
        "PSW114",
        lambda s: s.changed(features={FLAG: "NotRegistered"}),
        target="cluster",
        says="Windows2025 is a preview, and AksWindows2025Preview is not registered",
        to="Windows2025",
        as_of=PREVIEW,
        blocks=True,
        clean=lambda s: s.changed(pools=(s.system_pool(),)),
    ),
    Case(
        "PSW114",
        lambda s: s.changed(features={FLAG: "Registered"}),
        target="cluster",
        says="is registered",
        to="Windows2025",
        as_of=PREVIEW,
        severity=Severity.INFO,
        clean=lambda s: s.changed(pools=(s.system_pool(),)),
    ),
    Case(
        "PSW115",
        lambda s: linux(s, os_sku="Ubuntu2204"),
        target="pool/apps",
        says="can become Ubuntu2404 in place",
        to="Ubuntu2404",
        clean=lambda s: linux(s),
    ),
    Case(
        "PSW115",
        lambda s: s.clean(),
        target="pool/ws22",
        says="without a dry run",
        to="Windows2025",
        clean=lambda s: s.changed(
            pools=(s.windows_pool(os_sku="Windows2019", kubernetes_version="1.32.6"),)
        ),
    ),
    Case(
        "PSW116",
        lambda s: channel(s, "SecurityPatch"),
        target="cluster",
        says="AzureContainerLinux does not go with the node OS channel SecurityPatch",
        to="AzureContainerLinux",
        blocks=True,
        clean=lambda s: channel(s, "NodeImage"),
    ),
    Case(
        "PSW131",
        lambda s: s.clean(),
        target="cluster",
        says="Windows2025 needs azure-cli 2.87.0",
        to="Windows2025",
        clean=lambda s: linux(s),
    ),
)
