"""Rules on the machines of pools: size, generation, FIPS, disks, node images, names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rules.machines.confidential import ConfidentialPool
from poolshift.rules.machines.copy_refused import CopyRefused
from poolshift.rules.machines.fips import FipsMissing
from poolshift.rules.machines.gen2_header import Gen2Header
from poolshift.rules.machines.generation import GenerationMismatch
from poolshift.rules.machines.gpu import WindowsGpu
from poolshift.rules.machines.linux_only import LinuxOnlySettings
from poolshift.rules.machines.mixed_images import MixedImages
from poolshift.rules.machines.node_behind import NodeBehind
from poolshift.rules.machines.node_image_age import NodeImageAge
from poolshift.rules.machines.nvme_only import NvmeOnly
from poolshift.rules.machines.old_fips import OldFipsImage
from poolshift.rules.machines.os_disk import OsDiskTooSmall
from poolshift.rules.machines.placement import PlacementTies
from poolshift.rules.machines.pool_name import NoPoolName
from poolshift.rules.machines.small_size import SmallSize
from poolshift.rules.machines.stays_gen1 import StaysGen1

if TYPE_CHECKING:
    from poolshift.rules.interface import Rule

RULES: tuple[Rule, ...] = (
    NoPoolName(),
    GenerationMismatch(),
    FipsMissing(),
    NodeImageAge(),
    MixedImages(),
    NodeBehind(),
    StaysGen1(),
    Gen2Header(),
    LinuxOnlySettings(),
    SmallSize(),
    NvmeOnly(),
    WindowsGpu(),
    PlacementTies(),
    OsDiskTooSmall(),
    ConfidentialPool(),
    OldFipsImage(),
    CopyRefused(),
)
