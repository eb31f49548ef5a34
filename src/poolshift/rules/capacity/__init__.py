"""Rules on quota, addresses, ports and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rules.capacity.autoscaler_blue import AutoscalerOnBlue
from poolshift.rules.capacity.autoscaler_demand import AutoscalerDemand
from poolshift.rules.capacity.autoscaler_green import AutoscalerNamesBlue
from poolshift.rules.capacity.autoscaler_health import AutoscalerHealth
from poolshift.rules.capacity.image_disk import ImageDisk
from poolshift.rules.capacity.max_pods import MaxPods
from poolshift.rules.capacity.namespace_quota import NamespaceQuota
from poolshift.rules.capacity.node_count import NodeCount
from poolshift.rules.capacity.node_labels import NodeLabels
from poolshift.rules.capacity.pod_range import PodRangeTooSmall
from poolshift.rules.capacity.pool_calls import PoolCalls
from poolshift.rules.capacity.pool_count import PoolCount
from poolshift.rules.capacity.port_sum import PortSum
from poolshift.rules.capacity.port_tier import PortTier
from poolshift.rules.capacity.quota import VcpuQuota
from poolshift.rules.capacity.scale_from_zero import ScaleFromZero
from poolshift.rules.capacity.size_available import SizeNotAvailable
from poolshift.rules.capacity.spot import SpotPool
from poolshift.rules.capacity.subnet import SubnetTooSmall

if TYPE_CHECKING:
    from poolshift.rules.interface import Rule

RULES: tuple[Rule, ...] = (
    VcpuQuota(),
    SizeNotAvailable(),
    SubnetTooSmall(),
    PodRangeTooSmall(),
    PortTier(),
    PortSum(),
    PoolCount(),
    NodeCount(),
    AutoscalerOnBlue(),
    AutoscalerNamesBlue(),
    ScaleFromZero(),
    SpotPool(),
    AutoscalerDemand(),
    MaxPods(),
    ImageDisk(),
    NamespaceQuota(),
    PoolCalls(),
    NodeLabels(),
    AutoscalerHealth(),
)
