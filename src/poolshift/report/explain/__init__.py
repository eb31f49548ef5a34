"""explain: what a text, a code or a pool is about, why, and what to do."""

from poolshift.report.explain.answer import explain
from poolshift.report.explain.document import ExplainDocument, Explanation
from poolshift.report.explain.rules import section
from poolshift.report.explain.text import LONGEST, decode

__all__ = ["LONGEST", "ExplainDocument", "Explanation", "decode", "explain", "section"]
