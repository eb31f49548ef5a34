"""The assessment as JSON, as its schema says: nothing is grouped, nothing left out."""

from __future__ import annotations

from poolshift.report.assess.interface import Format, Report
from poolshift.report.jsontext import document_bytes


class JsonFormat(Format):
    """`poolshift.assess/1`."""

    def render(self, report: Report) -> bytes:
        """The whole assessment."""
        return document_bytes(report.assessment)


FORMAT = JsonFormat()
