"""What must still be so when a plan is carried out; not counts, pods, placement or times."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from poolshift.core.kube import PodTemplate
    from poolshift.core.snapshot import PoolFacts, Snapshot


def template_hash(template: PodTemplate) -> str:
    """Hash of a template, in what decides where it runs and what it runs."""
    return hashlib.sha256(msgspec.json.encode(template, order="sorted")).hexdigest()[:16]


def pool_part(pool: PoolFacts, identities: Iterable[str]) -> str:
    """A pool as the fingerprint sees it, in words that a list of differences can show."""
    zones = ",".join(pool.zones) or "none"
    return (
        f"{pool.os_sku} {pool.vm_size} zones={zones} subnet={pool.subnet_id or 'default'} "
        f"identities={','.join(sorted(i.lower() for i in identities)) or 'none'}"
    )


def parts(snapshot: Snapshot, targets: Iterable[str]) -> dict[str, str]:
    """Everything that the fingerprint covers, by name."""
    identities = {s.pool: s.identities for s in snapshot.scale_sets}
    found = {
        "cluster": snapshot.cluster.id.lower(),
        "kubernetes version": snapshot.cluster.kubernetes_version,
    }
    for pool in snapshot.pools:
        found[f"pool/{pool.name}"] = pool_part(pool, identities.get(pool.name, ()))
    for target in sorted(targets):
        workload = snapshot.workload(target)
        found[target] = template_hash(workload.template) if workload else "absent"
    return found


def fingerprint(found: Mapping[str, str]) -> str:
    """One value for all parts."""
    return hashlib.sha256(msgspec.json.encode(found, order="sorted")).hexdigest()[:32]


def differences(planned: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """What changed since the plan was made, each in one line."""
    lines = []
    for name in sorted({*planned, *now}):
        before, after = planned.get(name), now.get(name)
        if before == after:
            continue
        if before is None:
            lines.append(f"{name} is new")
        elif after is None:
            lines.append(f"{name} is gone")
        elif "/" in name and not name.startswith("pool/"):
            lines.append(f"{name}: its pod template changed")
        else:
            lines.append(f"{name}: was {before}, is {after}")
    return tuple(lines)
