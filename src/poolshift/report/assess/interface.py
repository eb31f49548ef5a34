"""What every format of assess is given, and what it gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from poolshift.core.finding import Severity
from poolshift.rules.registry import RULES

if TYPE_CHECKING:
    from poolshift.core.finding import Assessment
    from poolshift.rules.interface import Rule


@dataclass(frozen=True)
class Report:
    """An assessment to be told.

    Attributes:
        assessment: what was found.
        failing: severities that make the command fail; formats with pass and fail go by them.
        rules: the rules that looked; what they are about is told beside their findings.
    """

    assessment: Assessment
    failing: frozenset[Severity] = frozenset({Severity.REQUIRED})
    rules: tuple[Rule, ...] = RULES


class Format(ABC):
    """One way to write a report down."""

    @abstractmethod
    def render(self, report: Report) -> bytes:
        """The whole report, UTF-8, ending with a line end. Never names a day but the report's."""
