"""Rules on the cluster: its state, its versions, what changes it by itself, what guards it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rules.cluster.kubernetes_support import KubernetesPastSupport
from poolshift.rules.cluster.state import NotSucceeded
from poolshift.rules.cluster.system_pool import SingleSystemNode

if TYPE_CHECKING:
    from poolshift.rules.interface import Rule

RULES: tuple[Rule, ...] = (
    SingleSystemNode(),
    NotSucceeded(),
    KubernetesPastSupport(),
)
