"""Another OS SKU for a pool in place: Linux, and Windows where the scenario has the preview."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.problems import ArmProblem, refusal
from poolshift.sim.arm.versions import in_range

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.sim.arm.state import ArmWorld, SimPool

_FROM, _TO = "Windows2022", "Windows2025"


def windows_in_place(world: ArmWorld, pool: SimPool, new: Mapping[str, Any]) -> bool:
    """Whether a change is the one that Windows pools may make, Windows2022 to Windows2025.

    Raises:
        ArmProblem: it is, but Kubernetes is too old or too new, or FIPS is not switched on.
    """
    before = str(pool.properties["osSKU"])
    if not world.scenario.windows_in_place or (before, str(new["osSKU"])) != (_FROM, _TO):
        return False
    version = str(new["orchestratorVersion"])
    for sku in (_FROM, _TO):
        if not in_range(version, *world.catalog.k8s_range(sku)):
            raise refusal(
                world.catalog,
                "InvalidOSSKU",
                f"OSSKU='{_TO}' is invalid, details: not with the orchestrator version {version}",
                target="agentPoolProfile.osSKU",
            )
    if not new.get("enableFIPS"):
        raise ArmProblem(
            400,
            "InvalidParameter",
            f"{_TO} is only offered with a FIPS image: enableFIPS must be true.",
            target="agentPoolProfile.enableFIPS",
        )
    return True


def generation_after(world: ArmWorld, pool: SimPool, sku: str) -> str:
    """The VM generation after a change of OS SKU in place.

    A Windows pool becomes V2 where its size can, whatever it was; a Linux pool stays what it is.
    """
    size = world.vm_size(str(pool.properties["vmSize"]))
    able = size is not None and "V2" in size.generations
    return "V2" if sku == _TO and able else pool.image.generation
