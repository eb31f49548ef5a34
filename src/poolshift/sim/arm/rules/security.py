"""FIPS, Trusted Launch, and what an OS SKU asks of a pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.rules.os_skus import requirements

if TYPE_CHECKING:
    from poolshift.sim.arm.rules.ask import Ask

_OF_SECURITY = frozenset({"enableSecureBoot", "enableVTPM"})
_CONFIDENTIAL = ("standard_dc", "standard_ec")


def fips(ask: Ask) -> None:
    """OS SKUs with FIPS alone take no pool without; a Windows pool keeps what it was made with."""
    sku = ask.sku
    on = bool(ask.props.get("enableFIPS"))
    if sku is not None and sku.fips == "required" and not on:
        # The rule is documented; neither code nor wording is recorded.
        raise ask.invalid("enableFIPS", f"{sku.id} is only offered with a FIPS image, it is true")
    if not ask.windows or ask.pool is None or ask.sku_changed:
        return
    if on != bool(ask.before.get("enableFIPS")):
        raise ask.fixed("enableFIPS")


def required(ask: Ask) -> None:
    """What an OS SKU cannot be without: secure boot, vTPM, a managed disk."""
    if ask.sku is None or (ask.pool is not None and not ask.sku_changed):
        return
    for name, value in requirements(ask.sku).items():
        if name == "enableFIPS":
            continue
        found = ask.part("securityProfile") if name in _OF_SECURITY else ask.props
        if found.get(name) != value:
            where = f"securityProfile.{name}" if name in _OF_SECURITY else name
            raise ask.invalid(where, f"{ask.sku.id} needs it to be {_text(value)}")
    channel = str((ask.cluster.get("autoUpgradeProfile") or {}).get("nodeOSUpgradeChannel") or "")
    wrong = channel_refused(ask.sku.id, channel, ask)
    if wrong:
        raise ask.invalid("osSKU", wrong)


def channel_refused(sku_id: str, channel: str, ask: Ask) -> str:
    """Why an OS SKU cannot be with a node OS upgrade channel; empty when it can."""
    sku = ask.world.catalog.sku(sku_id)
    if sku is None or not channel:
        return ""
    allowed = sku.node_os_upgrade_channels_allowed
    if channel in sku.node_os_upgrade_channels_not_allowed or (allowed and channel not in allowed):
        return f"{sku.id} does not go with nodeOSUpgradeChannel {channel}"
    return ""


def trusted_launch(ask: Ask) -> None:
    """Secure boot and vTPM need a size that boots Gen2; confidential sizes need an image for it."""
    profile = ask.part("securityProfile")
    wanted = bool(profile.get("enableSecureBoot") or profile.get("enableVTPM"))
    size = ask.size
    if size is None or ask.windows:
        return
    if wanted and "V2" not in size.generations:
        raise ask.invalid("securityProfile", f"{size.name} boots no generation 2 machine")
    confidential = size.name.lower().startswith(_CONFIDENTIAL)
    lacks = ask.sku is not None and (
        "no confidential VM" in ask.sku.restrictions or "confidential VM" in ask.sku.not_supported
    )
    if confidential and lacks and (ask.pool is None or ask.sku_changed):
        raise ask.invalid("osSKU", f"{ask.sku_id} has no image for the confidential size")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
