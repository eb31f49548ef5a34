"""Rules on volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rules.storage.csi_proxy import CsiProxyOff
from poolshift.rules.storage.data_disks import DataDiskLimit
from poolshift.rules.storage.disk_follows import DiskFollowsSlowly
from poolshift.rules.storage.local_data import LocalDataLost
from poolshift.rules.storage.secrets_store import SecretsStoreOnWindows
from poolshift.rules.storage.smb_fips import SmbOnFips
from poolshift.rules.storage.windows_volumes import VolumeTypeOnWindows
from poolshift.rules.storage.zonal_volume import ZonalVolume

if TYPE_CHECKING:
    from poolshift.rules.interface import Rule

RULES: tuple[Rule, ...] = (
    ZonalVolume(),
    DiskFollowsSlowly(),
    VolumeTypeOnWindows(),
    CsiProxyOff(),
    DataDiskLimit(),
    LocalDataLost(),
    SmbOnFips(),
    SecretsStoreOnWindows(),
)
