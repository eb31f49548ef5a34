"""What a client asks of a pool, as the rules look at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from poolshift.sim.arm.problems import ArmProblem, refusal

if TYPE_CHECKING:
    from datetime import date

    from poolshift.catalog.model.os_skus import OsSku
    from poolshift.core.arm import VmSize
    from poolshift.sim.arm.state import ArmWorld, SimPool

SYSTEM = "System"
MANAGED_SYSTEM = "ManagedSystem"
SYSTEM_MODES = (SYSTEM, MANAGED_SYSTEM)


@dataclass(frozen=True)
class Ask:
    """A pool as a client wants it, everything filled in.

    Attributes:
        props: properties as ARM has them.
        headers: of the request, names in lower case.
        pool: the pool as it is; None while it is to be made.
    """

    world: ArmWorld
    name: str
    props: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    pool: SimPool | None = None

    @cached_property
    def before(self) -> Mapping[str, Any]:
        """Its properties as they are; empty while it is to be made."""
        return self.pool.properties if self.pool is not None else {}

    @cached_property
    def windows(self) -> bool:
        """Whether its nodes run Windows."""
        return str(self.props["osType"]).lower() == "windows"

    @cached_property
    def sku(self) -> OsSku | None:
        """Its OS SKU; None without a record."""
        return self.world.catalog.sku(str(self.props["osSKU"]))

    @cached_property
    def sku_id(self) -> str:
        """Its OS SKU by the catalog's name, else as it was sent."""
        return self.sku.id if self.sku is not None else str(self.props["osSKU"])

    @cached_property
    def sku_changed(self) -> bool:
        """Whether an existing pool shall get another OS SKU."""
        return bool(self.before) and (
            str(self.before["osSKU"]).lower() != str(self.props["osSKU"]).lower()
        )

    @cached_property
    def version(self) -> str:
        """Its Kubernetes version, full or a minor."""
        return str(self.props["orchestratorVersion"])

    @cached_property
    def version_changed(self) -> bool:
        """Whether an existing pool shall get another Kubernetes version."""
        return bool(self.before) and self.version != str(self.before["orchestratorVersion"])

    @cached_property
    def size(self) -> VmSize | None:
        """Its VM size; None when the table doesn't have it."""
        return self.world.vm_size(str(self.props["vmSize"]))

    @cached_property
    def system(self) -> bool:
        """Whether it carries the cluster's own pods."""
        return str(self.props["mode"]) in SYSTEM_MODES

    @cached_property
    def count(self) -> int:
        """Nodes asked for."""
        return int(self.props["count"])

    @cached_property
    def more(self) -> int:
        """Nodes beyond those that there are."""
        return self.count - (self.pool.count if self.pool is not None else 0)

    @cached_property
    def today(self) -> date:
        """The day by the world's clock."""
        return self.world.clock.moment().date()

    @cached_property
    def cluster(self) -> Mapping[str, Any]:
        """The cluster's properties."""
        return self.world.cluster.properties

    def part(self, name: str) -> Mapping[str, Any]:
        """An object among the properties; empty without it."""
        value = self.props.get(name)
        return value if isinstance(value, Mapping) else {}

    def refused(
        self, code: str, message: str = "", *, sub: str = "", target: str = "", **fills: object
    ) -> ArmProblem:
        """A refusal: of the catalog's own words unless there are others."""
        return refusal(
            self.world.catalog,
            code,
            message,
            sub=sub,
            target=f"agentPoolProfile.{target}" if target else "",
            fills=fills,
        )

    def invalid(self, name: str, why: str) -> ArmProblem:
        """A value that cannot be.

        InvalidParameter with the field as its target is recorded; the sentence for each field is
        not, but for those that say so where they are raised.
        """
        return self.refused(
            "InvalidParameter",
            f"The value of parameter agentPoolProfile.{name} is invalid: {why}.",
            target=name,
        )

    def fixed(self, name: str) -> ArmProblem:
        """A property that stays as the pool was made."""
        return self.refused("PropertyChangeNotAllowed", field=name, target=name)


Rule: TypeAlias = Callable[[Ask], None]
