"""The rules, in the order of their ids. Ids are never given twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import UsageError
from poolshift.rules import (
    capacity,
    cluster,
    guest,
    identity,
    images,
    machines,
    network,
    os,
    storage,
    tool,
    workload,
)

if TYPE_CHECKING:
    from types import ModuleType

    from poolshift.rules.interface import Rule

AREAS: tuple[ModuleType, ...] = (
    os,
    images,
    machines,
    guest,
    network,
    cluster,
    workload,
    storage,
    identity,
    capacity,
    tool,
)
"""The folders of rules; each lists its own."""

RULES: tuple[Rule, ...] = tuple(
    sorted((rule for area in AREAS for rule in area.RULES), key=lambda rule: rule.id)
)


def rule_by_id(rule_id: str) -> Rule:
    """A rule by id, in any case.

    Raises:
        UsageError: there is no such rule.
    """
    for rule in RULES:
        if rule.id == rule_id.upper():
            return rule
    known = ", ".join(rule.id for rule in RULES)
    raise UsageError(
        f"there is no rule {rule_id}",
        why=f"the rules are {known}",
        fix="Name one of them: poolshift explain ID",
        code="PSE320",
    )
