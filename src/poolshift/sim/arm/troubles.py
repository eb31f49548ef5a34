"""What faults do to the ARM side; empty in a world without faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.arm.request import ArmAnswer, ArmRequest
    from poolshift.sim.arm.state import ArmWorld, SimPool
    from poolshift.sim.scenarioparts import LockSpec, NodeImage, PolicySpec, VmSizeSpec

Error = tuple[str, str]


class StartTrouble(msgspec.Struct, frozen=True):
    """Why a machine does not become a node: the operation that asked for it fails of it.

    Attributes:
        code: the service's.
        message: its words.
        made: whether the machine is there all the same, and only no node comes of it.
    """

    code: str
    message: str
    made: bool

    @property
    def error(self) -> Error:
        """Code and message, as an operation ends with them."""
        return self.code, self.message


class Troubles:
    """What is amiss now in a subscription; of each list the last entry counts first.

    Attributes:
        answers: asked with each request and its action before the service is; the first that
            gives an answer (or refuses) stands in for it.
        starts: say why a new machine of a pool does not become a node; None where it does.
        deletions: pools (in lower case) whose deletion fails, with code and message.
        taken: vCPUs that others hold, by family in lower case, `cores` for all of them together.
        sizes: VM sizes that are other than the scenario says.
        locks: those that somebody has set since the start.
        policies: those that somebody has assigned since the start.
        images_missing: OS SKUs in lower case whose node images the region does not have.
        out_of_turn: node images that came out beside the calendar, by the version they replace.
        shut: one entry for each reason why no maintenance window opens.
    """

    def __init__(self) -> None:
        self.answers: list[Callable[[ArmRequest, str], ArmAnswer | None]] = []
        self.starts: list[Callable[[ArmWorld, SimPool], StartTrouble | None]] = []
        self.deletions: list[tuple[str, Error]] = []
        self.taken: list[tuple[str, int]] = []
        self.sizes: list[VmSizeSpec] = []
        self.locks: list[LockSpec] = []
        self.policies: list[PolicySpec] = []
        self.images_missing: list[str] = []
        self.out_of_turn: dict[str, NodeImage] = {}
        self.shut: list[str] = []

    def answer(self, request: ArmRequest, action: str) -> ArmAnswer | None:
        """What is answered instead of the service; None where the service answers."""
        found = (ask(request, action) for ask in reversed(self.answers))
        return next((reply for reply in found if reply is not None), None)

    def start(self, world: ArmWorld, pool: SimPool) -> StartTrouble | None:
        """Why a machine that is started now becomes no node; None where it does."""
        found = (ask(world, pool) for ask in reversed(self.starts))
        return next((trouble for trouble in found if trouble is not None), None)

    def deletion(self, pool: SimPool) -> Error | None:
        """Why the deletion of a pool fails; None where it does not."""
        return next((e for name, e in self.deletions if name == pool.name.lower()), None)

    def cores_taken(self, family: str) -> int:
        """VCPUs of a family (`cores` for all) that others hold."""
        return sum(cores for name, cores in self.taken if name == family.lower())
