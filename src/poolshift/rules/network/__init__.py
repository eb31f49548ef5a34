"""Rules on the network of a cluster and on what reaches its pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rules.network.all_nodes_are_backends import AllNodesAreBackends
from poolshift.rules.network.basic_balancer import BasicBalancer
from poolshift.rules.network.calico_on_2025 import CalicoOn2025
from poolshift.rules.network.client_address import ClientAddress
from poolshift.rules.network.direct_return import DirectReturn
from poolshift.rules.network.excluded_nodes import ExcludedNodes
from poolshift.rules.network.idle_timeout import IdleTimeout
from poolshift.rules.network.ingress_backends import IngressBackends
from poolshift.rules.network.ingress_on_windows import IngressOnWindows
from poolshift.rules.network.isolated import NetworkIsolated
from poolshift.rules.network.load_balancer_services import LoadBalancerServices
from poolshift.rules.network.local_policy_moves import LocalPolicyMoves
from poolshift.rules.network.machine_kinds import MachineKinds
from poolshift.rules.network.npm_on_windows import NpmOnWindows
from poolshift.rules.network.one_network import OneNetwork
from poolshift.rules.network.os_network_mode import OsNetworkMode
from poolshift.rules.network.outbound_nat import OutboundNat
from poolshift.rules.network.plugin import NetworkWithoutWindows
from poolshift.rules.network.service_ports import ServicePorts
from poolshift.rules.network.windows_egress import WindowsEgress
from poolshift.rules.network.windows_profile import WindowsProfileMissing

if TYPE_CHECKING:
    from poolshift.rules.interface import Rule

RULES: tuple[Rule, ...] = (
    NetworkWithoutWindows(),
    NpmOnWindows(),
    CalicoOn2025(),
    OsNetworkMode(),
    DirectReturn(),
    ClientAddress(),
    ServicePorts(),
    LoadBalancerServices(),
    LocalPolicyMoves(),
    AllNodesAreBackends(),
    IngressBackends(),
    IngressOnWindows(),
    OutboundNat(),
    BasicBalancer(),
    ExcludedNodes(),
    WindowsEgress(),
    OneNetwork(),
    WindowsProfileMissing(),
    NetworkIsolated(),
    MachineKinds(),
    IdleTimeout(),
)
