"""Rules: what is looked for in a snapshot, each with a stable id and a page."""

from poolshift.rules.interface import Context, Rule
from poolshift.rules.registry import RULES, rule_by_id
from poolshift.rules.run import assess

__all__ = ["RULES", "Context", "Rule", "assess", "rule_by_id"]
