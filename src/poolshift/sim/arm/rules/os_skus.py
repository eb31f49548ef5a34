"""Which OS SKU a pool may have: known, offered, fitting its Kubernetes version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.catalog import winner
from poolshift.sim.arm.around.features import registered
from poolshift.sim.arm.rules.days import first_day
from poolshift.sim.arm.versions import in_range, matches

if TYPE_CHECKING:
    from datetime import date

    from poolshift.catalog.model.os_skus import OsSku
    from poolshift.sim.arm.problems import ArmProblem
    from poolshift.sim.arm.rules.ask import Ask
    from poolshift.sim.arm.state import ArmWorld


def known(ask: Ask) -> None:
    """Refuse values that nobody knows, and those of the other OS type."""
    if ask.sku is None or (ask.sku.os_type == "Windows") is not ask.windows:
        raise ask.refused("InvalidOSSKU", value=ask.props["osSKU"], target="osSKU")


def offered(ask: Ask) -> None:
    """Refuse an OS SKU before its preview, in its preview without the feature, and unregistered."""
    sku = ask.sku
    if sku is None or not _new(ask):
        return
    flag = sku.feature_flag or ""
    if sku.id == "AzureLinux":
        # Its flag only brings the next release to an older minor: nothing is refused without it.
        return
    if sku.preview is not None and sku.ga and ask.today < _day(sku.ga):
        begin = first_day(sku.preview.from_)
        if begin is not None and ask.today < begin:
            raise ask.refused("InvalidOSSKU", value=ask.props["osSKU"], target="osSKU")
        flag = sku.preview.feature_flag
    if flag and flag != "unknown" and not registered(ask.world.azure, flag):
        raise _sku_refused(ask, f"feature {flag} is not registered")


def fits_version(ask: Ask) -> None:
    """Refuse a Kubernetes version below the first or past the last one of the OS SKU."""
    if not (_new(ask) or ask.version_changed):
        return
    problem = version_problem(ask, ask.version)
    if problem is not None:
        raise problem


def version_problem(ask: Ask, version: str) -> ArmProblem | None:
    """The refusal of a Kubernetes version for the OS SKU that is asked for; None when it fits."""
    first, last = ask.world.catalog.k8s_range(ask.sku_id)
    if in_range(version, first, last):
        return None
    # Windows2019NotSupportedWithOrchestratorVersion is the one code of this kind that was seen,
    # its wording was not; for other OS SKUs neither was.
    code = f"{ask.sku_id}NotSupportedWithOrchestratorVersion"
    if ask.world.catalog.error(code) is None:
        code = "InvalidOSSKU"
    return ask.refused(
        code,
        f"{ask.sku_id} is not supported with the orchestrator version {version} (first "
        f"{first or 'any'}, last {last or 'any'}).",
        target="osSKU",
    )


def creatable(ask: Ask) -> None:
    """Refuse new pools of an OS SKU from the day on which their creation ended."""
    claim = winner(ask.world.catalog.claims_of_end(ask.sku_id, "create"))
    if claim is None or not _past(claim.value, ask.today):
        return
    if claim.k8s in (None, "any") or matches(ask.version, claim.k8s or ""):
        # Neither code nor wording is recorded for a retired OS SKU.
        raise _sku_refused(ask, f"new agent pools of it ended on {claim.value}")


def images_left(ask: Ask) -> None:
    """Refuse new nodes once the images of their OS are removed."""
    if ask.more > 0 or ask.sku_changed or ask.version_changed:
        gone = images_gone(
            ask.world, ask.sku_id, ask.version, fips=bool(ask.props.get("enableFIPS"))
        )
        if gone:
            raise _images_missing(ask, f"the node images of {gone} are removed")
        if ask.sku_id.lower() in ask.world.azure.troubles.images_missing:
            where = ask.world.ids.location
            raise _images_missing(ask, f"the node images of {ask.sku_id} are not in {where}")


def images_gone(world: ArmWorld, sku_id: str, version: str, *, fips: bool) -> str:
    """The OS whose images are removed by today; empty while they are there."""
    effective = effective_os(world, sku_id, version, fips=fips)
    claim = winner(world.catalog.claims_of_end(effective, "scale"))
    gone = claim is not None and _past(claim.value, world.clock.moment().date())
    return effective if gone else ""


def effective_os(world: ArmWorld, sku_id: str, version: str, *, fips: bool) -> str:
    """What an OS SKU stands for at a Kubernetes version: `AzureLinux` at 1.31 is AzureLinux2."""
    sku = world.catalog.sku(sku_id)
    if sku is None or not sku.resolves_to:
        return sku_id
    if sku.id == "Ubuntu" and in_range(version, None, "1.24"):
        return "Ubuntu1804"
    for resolution in sku.resolves_to:
        if matches(version, _range(resolution.k8s)):
            # Ubuntu 24.04 has no FIPS image: pools with FIPS stay with 22.04.
            if fips and resolution.os_sku_effective == "Ubuntu2404":
                return "Ubuntu2204"
            return resolution.os_sku_effective
    return sku_id


def _range(text: str) -> str:
    return f">={text[:-1]}" if text.endswith("+") else text


def _images_missing(ask: Ask, why: str) -> ArmProblem:
    # What the service says when an OS' images are removed is not recorded; this is its error for
    # an image that is not found. It fails the operation then; the local AKS refuses at once.
    return ask.refused(
        "InvalidTemplateDeployment",
        "The following list of images referenced from the deployment template is not found: "
        f"{why}.",
        sub="image-not-found",
    )


def _sku_refused(ask: Ask, why: str) -> ArmProblem:
    return ask.refused(
        "InvalidOSSKU",
        f"OSSKU='{ask.props['osSKU']}' is invalid, details: {why}",
        target="osSKU",
    )


def _new(ask: Ask) -> bool:
    return ask.pool is None or ask.sku_changed


def _day(text: str) -> date:
    day = first_day(text)
    if day is None:
        raise ValueError(f"{text} is no day")
    return day


def _past(value: object, today: date) -> bool:
    day = first_day(value) if isinstance(value, str) else None
    return day is not None and today >= day


def requirements(sku: OsSku) -> dict[str, str | bool]:
    """What an OS SKU asks of a pool, by property."""
    return dict(sku.requires or {})
