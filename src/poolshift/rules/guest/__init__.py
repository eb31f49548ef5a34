"""Rules on what the new OS changes for what runs on it, beside its build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rules.guest.cgroup_v2 import CgroupV2
from poolshift.rules.guest.containerd_agents import ContainerdAgents
from poolshift.rules.guest.fips_behaviour import FipsBehaviour
from poolshift.rules.guest.fips_image import FipsImageMissing
from poolshift.rules.guest.host_libraries import HostLibraries
from poolshift.rules.guest.kernel_agents import KernelAgents
from poolshift.rules.guest.ntlm import NtlmRemoved
from poolshift.rules.guest.open_files import OpenFileLimit
from poolshift.rules.guest.removed_parts import RemovedParts
from poolshift.rules.guest.security_modules import SecurityModules
from poolshift.rules.guest.shutdown import ShutdownNotSigterm
from poolshift.rules.guest.smb_guest import SmbGuestShare
from poolshift.rules.guest.smb_signing import SmbSigning
from poolshift.rules.guest.tls import TlsDefaults
from poolshift.rules.guest.unrecorded_hop import UnrecordedHop

if TYPE_CHECKING:
    from poolshift.rules.interface import Rule

RULES: tuple[Rule, ...] = (
    SmbSigning(),
    SmbGuestShare(),
    NtlmRemoved(),
    TlsDefaults(),
    RemovedParts(),
    FipsBehaviour(),
    ContainerdAgents(),
    CgroupV2(),
    KernelAgents(),
    OpenFileLimit(),
    SecurityModules(),
    HostLibraries(),
    ShutdownNotSigterm(),
    UnrecordedHop(),
    FipsImageMissing(),
)
