"""Actions on workloads and their pods. Each names its workload by target."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TryTemplate:
    """Send the change of a template as a dry run: it still is what the plan changes."""

    target: str


@dataclass(frozen=True)
class TryEviction:
    """Send an eviction of one pod as a dry run: no webhook is in the way."""

    target: str


@dataclass(frozen=True)
class CheckManifest:
    """A document of the user's files that holds no workload is applied as it stands."""

    target: str
    file: str


@dataclass(frozen=True)
class PullImages:
    """Run every new image once on each node of green by a helper, and take the helper away.

    Attributes:
        green: the pool.
        name: the helper DaemonSet's name.
        helpers: namespace and file of each helper.
        images: what is pulled.
    """

    green: str
    name: str
    helpers: tuple[tuple[str, str], ...]
    images: tuple[str, ...]


@dataclass(frozen=True)
class RemoveHelpers:
    """Take the helpers away."""

    name: str
    namespaces: tuple[str, ...]


@dataclass(frozen=True)
class StartCanary:
    """Change a template and hold its rollout after its first new pods, then watch these."""

    target: str
    soak_s: int


@dataclass(frozen=True)
class Retarget:
    """Change a template (or let a held rollout go on), and wait until it has rolled out."""

    target: str


@dataclass(frozen=True)
class WaitForOwner:
    """The owner of a template changes it; nobody patches behind the owner's back.

    Attributes:
        target: the workload.
        owner: who owns it.
        wanted: what the owner has to write into the source, one line each.
        back: whether the template is taken back to what it was.
    """

    target: str
    owner: str
    wanted: tuple[str, ...]
    back: bool = False


@dataclass(frozen=True)
class RestoreTemplate:
    """Put selector, images and tolerations back, and wait for the rollout."""

    target: str


@dataclass(frozen=True)
class CheckPlanned:
    """No workload is on a pool that nobody planned for."""

    pool: str
    targets: tuple[str, ...]


@dataclass(frozen=True)
class MoveOff:
    """Move the pods of a workload off a cordoned pool by eviction, below no budget."""

    target: str
    pool: str


@dataclass(frozen=True)
class CheckWorkloads:
    """Every moved workload is as ready as it wants to be, and has left these pools."""

    targets: tuple[str, ...]
    blues: tuple[str, ...]


@dataclass(frozen=True)
class Soak:
    """So long without a fault; the time starts anew with each."""

    seconds: int
    targets: tuple[str, ...]
    blues: tuple[str, ...]


@dataclass(frozen=True)
class RemoveMarks:
    """Take the marks of this procedure off workloads and pods."""

    targets: tuple[str, ...]


@dataclass(frozen=True)
class CheckNames:
    """No template selects a pool by its name any more."""

    pool: str


WorkloadAction = (
    TryTemplate
    | TryEviction
    | CheckManifest
    | PullImages
    | RemoveHelpers
    | StartCanary
    | Retarget
    | WaitForOwner
    | RestoreTemplate
    | CheckPlanned
    | MoveOff
    | CheckWorkloads
    | Soak
    | RemoveMarks
    | CheckNames
)
