"""One assessment that has everything that a report can hold, and one that is hostile."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from poolshift.core.finding import (
    Assessment,
    ClusterReport,
    Deadline,
    DeadlineClaim,
    Evidence,
    Finding,
    Ignored,
    ImageReport,
    NotChecked,
    PoolReport,
    Severity,
    Summary,
    Verdict,
)
from poolshift.report.assess import Report
from poolshift.rules.interface import Context, Rule

OFFICIAL = "https://learn.microsoft.com/azure/aks/windows-best-practices"
RELEASES = "https://github.com/Azure/AKS/releases/tag/2026-03-29"
DISPUTED = (
    DeadlineClaim("2027-04-01", OFFICIAL, "2026-11-20", official=True),
    DeadlineClaim("2027-03-15", RELEASES, "2026-11-02", official=False),
    DeadlineClaim(None, "https://azure.microsoft.com/updates", "2026-05-02", official=True),
)
ENDS_2019 = (
    Deadline("create", "2026-03-01", OFFICIAL),
    Deadline("patch", "2026-03-01", OFFICIAL),
    Deadline("upgrade", "2026-11-21", OFFICIAL),
    Deadline("scale", "2027-04-01", OFFICIAL, DISPUTED),
)
ENDS_2022 = (
    Deadline("create", "2027-03-15", OFFICIAL),
    Deadline("patch", "2028-03-15", OFFICIAL),
)
ENDS_UBUNTU = (Deadline("patch", "2027-04-30", RELEASES),)


def pool(name: str, os_sku: str, count: int, deadlines: tuple[Deadline, ...]) -> PoolReport:
    windows = os_sku.startswith("Windows")
    builds = {"Windows2019": "10.0.17763.6775", "Windows2022": "10.0.20348.4297"}
    return PoolReport(
        name=name,
        os_type="Windows" if windows else "Linux",
        os_sku=os_sku,
        build=builds.get(os_sku, ""),
        count=count,
        vm_size="Standard_D4s_v5" if windows else "Standard_D2s_v5",
        vm_generation="V1" if os_sku == "Windows2019" else "V2",
        node_image_version=f"AKS{os_sku}-2026.10.14",
        deadlines=deadlines,
        mode="User" if windows else "System",
        kubernetes_version="1.32.7",
    )


POOLS = (
    pool("system", "Ubuntu2204", 3, ENDS_UBUNTU),
    pool("ws19", "Windows2019", 12, ENDS_2019),
    pool("ws19b", "Windows2019", 40, ENDS_2019),
    pool("ws22", "Windows2022", 5, ENDS_2022),
    pool("azl", "AzureLinux3", 0, ()),
)
CART = "shop.azurecr.io/cart:42-ltsc2019"


def image_finding(target: str, *pools: str, ref: str = CART) -> Finding:
    return Finding(
        rule="PSW104",
        name="image-build-mismatch",
        severity=Severity.REQUIRED,
        target=target,
        what=f"image {ref} does not run on Windows2022",
        why="the image holds 10.0.17763.6775; Windows2022 nodes run only 10.0.20348",
        fix="Rebuild the image for Windows2022, and pass --image 'OLD=NEW'",
        evidence=(Evidence("image", ref), Evidence("os.version", "10.0.17763.6775")),
        docs="docs/rules/PSW104.md",
        blocks=True,
        pools=pools,
    )


def support_finding(name: str, severity: Severity, what: str, deadline: str) -> Finding:
    return Finding(
        rule="PSW101",
        name="os-support-end",
        severity=severity,
        target=f"pool/{name}",
        what=what,
        why="after 2027-04-01 node images are gone, so scale-out and reimage fail",
        fix=f"Plan the move: poolshift plan --to Windows2022 --pool {name} --out plan.yaml",
        deadline=deadline,
        evidence=(Evidence(f"pools/{name}/os_sku", "Windows2019"),),
        docs="docs/rules/PSW101.md",
        pools=(name,),
    )


def other(rule: str, name: str, severity: Severity, target: str, *pools: str) -> Finding:
    return Finding(
        rule=rule,
        name=name,
        severity=severity,
        target=target,
        what=f"{name.replace('-', ' ')} at {target}",
        why="it would stop the move half-way",
        fix=f"Look at it: kubectl get all -A; then read: poolshift explain {rule}",
        docs=f"docs/rules/{rule}.md",
        pools=pools,
    )


PAST = "create ended 2026-03-01, patch ended 2026-03-01, scale ends 2027-04-01"
FINDINGS = (
    other("PSK208", "cluster-not-succeeded", Severity.REQUIRED, "cluster"),
    support_finding("ws19", Severity.REQUIRED, PAST, "2027-04-01"),
    support_finding("ws19b", Severity.REQUIRED, PAST, "2027-04-01"),
    *(image_finding(f"shop/Deployment/cart-{n}", "ws19") for n in range(1, 41)),
    image_finding(
        "shop/StatefulSet/queue", "ws19", "ws19b", ref="shop.azurecr.io/queue@sha256:ab12"
    ),
    *(
        other("PSK204", "pool-pin", Severity.RECOMMENDED, f"batch/Job/night-{n}", "ws19b")
        for n in range(1, 10)
    ),
    other("PSK203", "bare-windows-pod", Severity.RECOMMENDED, "ops/Pod/probe", "ws22"),
    other("PSK202", "unsatisfiable-budget", Severity.RECOMMENDED, "idle/Deployment/spare"),
    support_finding("ws22", Severity.INFO, "create ends 2027-03-15", "2027-03-15"),
    msgspec.structs.replace(
        other(
            "PSK201", "selector-spans-versions", Severity.REQUIRED, "ops/DaemonSet/agent", "ws19"
        ),
        ignored=Ignored("replaced by the new agent, ticket 4711", "2027-01-31"),
    ),
    msgspec.structs.replace(
        other("PSC401", "vcpu-quota", Severity.RECOMMENDED, "pool/ws22", "ws22"),
        ignored=Ignored("quota was asked for"),
    ),
    other("PSW105", "base-image-line", Severity.INFO, "file/app/web api/Dockerfile:7"),
)
FITS = {"Windows2019": Verdict.FITS, "Windows2022": Verdict.REBUILD, "Windows2025": Verdict.REBUILD}
NEWER = {
    "Windows2019": Verdict.REBUILD,
    "Windows2022": Verdict.FITS,
    "Windows2025": Verdict.FITS_UNSUPPORTED,
}
UNKNOWN = dict.fromkeys(FITS, Verdict.UNKNOWN)

EVERYTHING = Assessment(
    as_of="2026-11-21",
    cluster=ClusterReport(
        id="/subscriptions/0000/resourceGroups/shop/providers/Microsoft.ContainerService"
        "/managedClusters/shop-aks",
        name="shop-aks",
        region="westeurope",
        kubernetes_version="1.32.7",
    ),
    pools=POOLS,
    findings=FINDINGS,
    not_checked=(
        NotChecked("PSC401", "pool/ws19", "the quota could not be read: 403"),
        *(
            NotChecked("PSW104", f"shop/CronJob/report-{n}", "registry shop.azurecr.io: 401")
            for n in range(1, 8)
        ),
    ),
    images=(
        ImageReport(CART, ("10.0.17763.6775",), 2_600_000_000, ("shop/Deployment/cart-1",), FITS),
        ImageReport(
            "shop.azurecr.io/web:7",
            ("10.0.20348.4297",),
            310_400_000,
            ("shop/Deployment/w",),
            NEWER,
        ),
        ImageReport("shop.azurecr.io/report:1", (), 0, ("shop/CronJob/report-1",), UNKNOWN),
    ),
    summary=Summary(
        required=sum(f.severity == Severity.REQUIRED and not f.ignored for f in FINDINGS),
        recommended=sum(f.severity == Severity.RECOMMENDED and not f.ignored for f in FINDINGS),
        info=sum(f.severity == Severity.INFO and not f.ignored for f in FINDINGS),
        ignored=2,
    ),
)

EMPTY = Assessment(
    as_of="2026-11-21",
    cluster=ClusterReport(id="", name="quiet", region="westeurope", kubernetes_version="1.34.1"),
    pools=(pool("azl", "AzureLinux3", 1, ()),),
    findings=(),
    not_checked=(),
    images=(),
    summary=Summary(0, 0, 0),
)

EVIL = (
    "<script>alert(1)</script>\"'><b>|`x`|\x1b[31m\x07\u202e[red]e[/](javascript:x)\n"
    "::error title=t::pwned\n##vso[task.setvariable variable=PATH]x ##[add-path]y @team "
    "https://evil.example ]]> &amp; \ufffe %0A%25;]"
)


def hostile() -> Assessment:
    """Everything, with a bad name wherever a cluster could put one."""
    bad = Evidence(EVIL, EVIL)
    findings = tuple(
        msgspec.structs.replace(
            f,
            target=f"ns{EVIL}/Deployment/{EVIL}",
            what=f"what {EVIL}",
            why=f"why {EVIL}",
            fix=f"Run: kubectl get pods {EVIL}",
            evidence=(bad,),
            pools=tuple(f"{p}{EVIL}" for p in f.pools),
            ignored=Ignored(EVIL, "2027-01-31") if f.ignored else None,
        )
        for f in FINDINGS
    )
    claims = (
        DeadlineClaim("2027-01-01", EVIL, "2026-11-20", official=True),
        DeadlineClaim(None, EVIL, "2026-11-20", official=False),
    )
    pools = tuple(
        msgspec.structs.replace(
            p,
            name=f"{p.name}{EVIL}",
            os_sku=EVIL,
            vm_size=EVIL,
            mode=EVIL,
            deadlines=(Deadline("scale", "2027-01-01", EVIL, claims),),
        )
        for p in POOLS
    )
    return msgspec.structs.replace(
        EVERYTHING,
        cluster=ClusterReport(EVIL, EVIL, EVIL, EVIL),
        pools=pools,
        findings=findings,
        not_checked=(NotChecked("PSW104", EVIL, EVIL),),
        images=(ImageReport(EVIL, (EVIL,), 1, (EVIL,), {EVIL: Verdict.UNKNOWN}),),
    )


def many(count: int) -> Assessment:
    """Findings that differ in all words, over ten pools: nothing can be told together."""
    pools = tuple(pool(f"p{n}", "Windows2019", 50, ENDS_2019) for n in range(10))
    findings = tuple(
        image_finding(f"ns{n % 40}/Deployment/app-{n}", f"p{n % 10}", ref=f"r.io/app-{n}:1")
        for n in range(count)
    )
    return msgspec.structs.replace(
        EVERYTHING,
        pools=pools,
        findings=findings,
        summary=Summary(required=count, recommended=0, info=0),
    )


class Looking(Rule):
    """A rule that found nothing.

    What it finds:
        Nothing here.

    What to do:
        Nothing.
    """

    id = "PSK999"
    name = "nothing-there"
    severity = Severity.INFO
    sources = ()

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Find nothing."""
        return iter(())


def report(assessment: Assessment = EVERYTHING, *failing: Severity) -> Report:
    """A report with one rule that found nothing, apart from those of the registry."""
    return Report(assessment, frozenset(failing or (Severity.REQUIRED,)), rules=(Looking(),))
