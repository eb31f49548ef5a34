"""Rules on the cluster: its state, its versions, what changes it by itself, what guards it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rules.cluster.api_server import ApiServerReach
from poolshift.rules.cluster.auto_upgrade import AutoUpgradeOn
from poolshift.rules.cluster.channel_blocks import ChannelBlocksControlPlane
from poolshift.rules.cluster.code_owner import CodeOwner
from poolshift.rules.cluster.custom_trust import CustomTrust
from poolshift.rules.cluster.deprecated_api import DeprecatedApi
from poolshift.rules.cluster.drain_settings import DrainSettings
from poolshift.rules.cluster.free_tier import FreeTier
from poolshift.rules.cluster.full_upgrade import FullUpgradeOnly
from poolshift.rules.cluster.kubernetes_support import KubernetesPastSupport
from poolshift.rules.cluster.locks import Locked
from poolshift.rules.cluster.long_term import LongTermSupport
from poolshift.rules.cluster.maintenance_window import MaintenanceWindow
from poolshift.rules.cluster.monitoring import WindowsMonitoring
from poolshift.rules.cluster.next_minor import NextMinorNotOffered
from poolshift.rules.cluster.node_group_lockdown import NodeGroupLockdown
from poolshift.rules.cluster.node_provisioning import NodeProvisioning
from poolshift.rules.cluster.platform_upgrade import PlatformUpgrade
from poolshift.rules.cluster.policies import PolicyDenies
from poolshift.rules.cluster.sign_in import SignIn
from poolshift.rules.cluster.state import NotSucceeded
from poolshift.rules.cluster.system_budgets import SystemBudgets
from poolshift.rules.cluster.system_pool import SingleSystemNode
from poolshift.rules.cluster.system_pools import SystemPoolRules
from poolshift.rules.cluster.version_offered import VersionNotOffered
from poolshift.rules.cluster.version_skew import VersionSkew
from poolshift.rules.cluster.webhook_dead import WebhookWithoutEndpoint
from poolshift.rules.cluster.webhook_evictions import WebhookOnEvictions
from poolshift.rules.cluster.webhook_moves import WebhookMoves

if TYPE_CHECKING:
    from poolshift.rules.interface import Rule

RULES: tuple[Rule, ...] = (
    SingleSystemNode(),
    NotSucceeded(),
    KubernetesPastSupport(),
    AutoUpgradeOn(),
    ChannelBlocksControlPlane(),
    MaintenanceWindow(),
    VersionSkew(),
    NextMinorNotOffered(),
    DeprecatedApi(),
    FullUpgradeOnly(),
    VersionNotOffered(),
    PlatformUpgrade(),
    LongTermSupport(),
    Locked(),
    PolicyDenies(),
    NodeGroupLockdown(),
    CodeOwner(),
    NodeProvisioning(),
    SystemPoolRules(),
    DrainSettings(),
    ApiServerReach(),
    SignIn(),
    WebhookWithoutEndpoint(),
    WebhookMoves(),
    WebhookOnEvictions(),
    FreeTier(),
    WindowsMonitoring(),
    CustomTrust(),
    SystemBudgets(),
)
