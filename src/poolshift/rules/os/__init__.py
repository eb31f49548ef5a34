"""Rules on the OS of pools: its dates, and the Kubernetes versions it goes with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rules.os.blocks_upgrade import BlocksUpgrade
from poolshift.rules.os.client_version import ClientVersion
from poolshift.rules.os.control_plane import ControlPlaneBelowTarget
from poolshift.rules.os.disputed_date import DisputedDate
from poolshift.rules.os.in_place import InPlacePossible
from poolshift.rules.os.old_facts import OldFacts
from poolshift.rules.os.preview import PreviewTarget
from poolshift.rules.os.stranded_pool import StrandedPool
from poolshift.rules.os.support_end import OsSupportEnd
from poolshift.rules.os.target_needs import TargetNeeds
from poolshift.rules.os.target_version import TargetNotAllowed
from poolshift.rules.os.unversioned import UnversionedOsSku

if TYPE_CHECKING:
    from poolshift.rules.interface import Rule

RULES: tuple[Rule, ...] = (
    OsSupportEnd(),
    TargetNotAllowed(),
    ControlPlaneBelowTarget(),
    DisputedDate(),
    OldFacts(),
    UnversionedOsSku(),
    BlocksUpgrade(),
    StrandedPool(),
    PreviewTarget(),
    InPlacePossible(),
    TargetNeeds(),
    ClientVersion(),
)
