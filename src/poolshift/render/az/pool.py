"""Green as a call of `az aks nodepool add`, as far as core az has an option for each field.

A field without an option is never dropped: the whole body is then sent by `az rest`, which is core
az, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from poolshift.render.quoting import shell

Value = Any
"""A value of ARM's JSON; each option checks the shape that it can say."""

Words = tuple[str, ...]


@dataclass(frozen=True)
class Spoken:
    """What az can say of a body.

    Attributes:
        options: each option with its words; the count is left out.
        unsaid: the fields that it has no option or no way to write for.
        by_default: fields whose value is what the service takes by itself.
    """

    options: tuple[Words, ...]
    unsaid: tuple[str, ...]
    by_default: tuple[str, ...]


class UnsaidError(ValueError):
    """A value that an option cannot carry."""


def _plain(text: str) -> str:
    # az reads a file for a value that begins with @.
    if text.startswith("@") or not text:
        raise UnsaidError(text)
    return text


def _text(option: str) -> Callable[[Value], Words]:
    def say(value: Value) -> Words:
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise UnsaidError(option)
        return (f"{option}={_plain(str(value))}",)

    return say


def _switch(option: str) -> Callable[[Value], Words]:
    def say(value: Value) -> Words:
        if not isinstance(value, bool):
            raise UnsaidError(option)
        return (option,) if value else ()

    return say


def _item(text: Value) -> str:
    """One of several words: it must not look like an option, or like a file after its first `=`."""
    if not isinstance(text, str) or text.startswith("-"):
        raise UnsaidError(str(text))
    _plain(text)
    if text.partition("=")[2].startswith("@"):
        raise UnsaidError(text)
    return text


def _words(option: str) -> Callable[[Value], Words]:
    def say(value: Value) -> Words:
        if not isinstance(value, list | tuple):
            raise UnsaidError(option)
        return (option, *(_item(v) for v in value)) if value else ()

    return say


def _joined(option: str) -> Callable[[Value], Words]:
    def say(value: Value) -> Words:
        if not isinstance(value, list | tuple):
            raise UnsaidError(option)
        if any(not isinstance(v, str) or "," in v or v != v.strip() for v in value):
            raise UnsaidError(option)
        return (f"{option}={_plain(','.join(value))}",) if value else ()

    return say


def _pairs(option: str) -> Callable[[Value], Words]:
    def say(value: Value) -> Words:
        if not isinstance(value, Mapping):
            raise UnsaidError(option)
        if any("=" in k or not isinstance(v, str) for k, v in value.items()):
            raise UnsaidError(option)
        return (option, *(_item(f"{k}={v}") for k, v in value.items())) if value else ()

    return say


def _inside(fields: Mapping[str, Callable[[Value], Words]]) -> Callable[[Value], Iterator[Words]]:
    def say(value: Value) -> Iterator[Words]:
        if not isinstance(value, Mapping):
            raise UnsaidError(str(value))
        for key, inner in value.items():
            if inner is None or inner in ({}, []):
                continue
            if key not in fields:
                raise UnsaidError(key)
            yield fields[key](inner)

    return say


SAID_ELSEWHERE = frozenset({"count", "enableAutoScaling"})
"""The count is reckoned when the script runs; the autoscaler comes at the end."""

DEFAULTS: Mapping[str, Value] = {
    "kubeletDiskType": "OS",
    "workloadRuntime": "OCIContainer",
    "securityProfile.sshAccess": "LocalUser",
}
"""Values that the service takes by itself where a body says nothing."""

SIMPLE: Mapping[str, Callable[[Value], Words]] = {
    "osType": _text("--os-type"),
    "osSKU": _text("--os-sku"),
    "vmSize": _text("--node-vm-size"),
    "mode": _text("--mode"),
    "orchestratorVersion": _text("--kubernetes-version"),
    "osDiskType": _text("--node-osdisk-type"),
    "osDiskSizeGB": _text("--node-osdisk-size"),
    "maxPods": _text("--max-pods"),
    "type": _text("--vm-set-type"),
    "scaleDownMode": _text("--scale-down-mode"),
    "vnetSubnetID": _text("--vnet-subnet-id"),
    "podSubnetID": _text("--pod-subnet-id"),
    "podIPAllocationMode": _text("--pod-ip-allocation-mode"),
    "proximityPlacementGroupID": _text("--ppg"),
    "hostGroupID": _text("--host-group-id"),
    "capacityReservationGroupID": _text("--crg-id"),
    "nodePublicIPPrefixID": _text("--node-public-ip-prefix-id"),
    "scaleSetPriority": _text("--priority"),
    "scaleSetEvictionPolicy": _text("--eviction-policy"),
    "spotMaxPrice": _text("--spot-max-price"),
    "gpuInstanceProfile": _text("--gpu-instance-profile"),
    "workloadRuntime": _text("--workload-runtime"),
    "availabilityZones": _words("--zones"),
    "nodeTaints": _joined("--node-taints"),
    "nodeLabels": _pairs("--labels"),
    "tags": _pairs("--tags"),
    "enableNodePublicIP": _switch("--enable-node-public-ip"),
    "enableEncryptionAtHost": _switch("--enable-encryption-at-host"),
    "enableUltraSSD": _switch("--enable-ultra-ssd"),
    "enableFIPS": _switch("--enable-fips-image"),
}
"""Field → the option that says it."""

NESTED: Mapping[str, Callable[[Value], Iterator[Words]]] = {
    "upgradeSettings": _inside(
        {
            "maxSurge": _text("--max-surge"),
            "maxUnavailable": _text("--max-unavailable"),
            "drainTimeoutInMinutes": _text("--drain-timeout"),
            "nodeSoakDurationInMinutes": _text("--node-soak-duration"),
            "undrainableNodeBehavior": _text("--undrainable-node-behavior"),
        }
    ),
    "networkProfile": _inside({"applicationSecurityGroups": _words("--asg-ids")}),
    "windowsProfile": _inside({"disableOutboundNat": _switch("--disable-windows-outbound-nat")}),
    "gpuProfile": _inside({"driver": _text("--gpu-driver")}),
    "securityProfile": _inside(
        {
            "enableSecureBoot": _switch("--enable-secure-boot"),
            "enableVTPM": _switch("--enable-vtpm"),
        }
    ),
}
"""Fields that hold further ones."""


def spoken(properties: Mapping[str, Value]) -> Spoken:
    """What az can say of a pool's properties."""
    options: list[Words] = []
    unsaid: list[str] = []
    by_default: list[str] = []
    for field, value in _without_defaults(properties, by_default).items():
        if field in SAID_ELSEWHERE or value is None or value in ({}, []):
            continue
        try:
            if field in NESTED:
                options += NESTED[field](value)
            elif field in SIMPLE:
                options.append(SIMPLE[field](value))
            else:
                unsaid.append(field)
        except UnsaidError:
            unsaid.append(field)
    return Spoken(tuple(w for w in options if w), tuple(unsaid), tuple(by_default))


def _without_defaults(properties: Mapping[str, Value], found: list[str]) -> dict[str, Value]:
    kept = dict(properties)
    for path, default in DEFAULTS.items():
        outer, _, inner = path.partition(".")
        if not inner and kept.get(outer) == default:
            found.append(path)
            del kept[outer]
        elif inner and isinstance(kept.get(outer), Mapping) and kept[outer].get(inner) == default:
            found.append(path)
            kept[outer] = {k: v for k, v in kept[outer].items() if k != inner}
    return kept


def header_option(headers: Mapping[str, str]) -> Words | None:
    """The option that carries headers; empty without any, None where it cannot."""
    parts = [f"{k}={v}" for k, v in headers.items()]
    if not parts:
        return ()
    if any("," in p or p.count("=") != 1 or p != p.strip() for p in parts):
        return None
    return (f"--aks-custom-headers={','.join(parts)}",)


def option_text(word: str) -> str:
    """`--name='value'`, or a quoted word."""
    name, sign, value = word.partition("=")
    if name.startswith("--"):
        return f"{name}={shell(value)}" if sign else name
    return shell(word)
