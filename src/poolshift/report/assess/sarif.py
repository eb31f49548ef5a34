"""An assessment as SARIF 2.1.0, for code scanning and security dashboards.

A finding in a file has its physical location. Any other has a logical one: the cluster, a pool, a
workload has no file; such results are for viewers and archives, since GitHub's code scanning
refuses a result without a file.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html, read 2026-11-21.
"""

from __future__ import annotations

import hashlib
import inspect
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from poolshift import __version__
from poolshift.core.finding import Severity
from poolshift.report.assess.interface import Format, Report
from poolshift.report.assess.places import file_of, kind_and_name
from poolshift.report.hostile import clean
from poolshift.report.jsontext import json_bytes

if TYPE_CHECKING:
    from poolshift.core.finding import Assessment, Finding, NotChecked
    from poolshift.rules.interface import Rule

_LEVELS = {Severity.REQUIRED: "error", Severity.RECOMMENDED: "warning", Severity.INFO: "note"}
_HEADING = re.compile(r"^(\w[^\n:]*):\n", re.MULTILINE)


class SarifFormat(Format):
    """One run with its rules, results and what could not be checked."""

    def render(self, report: Report) -> bytes:
        """The log file."""
        return json_bytes(
            {
                "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
                "version": "2.1.0",
                "runs": [_run(report)],
            }
        )


def _run(report: Report) -> dict[str, Any]:
    a = report.assessment
    rules = _rules(report)
    index = {rule["id"]: at for at, rule in enumerate(rules)}
    return {
        "tool": {"driver": {"name": "poolshift", "version": __version__, "rules": rules}},
        "automationDetails": {"id": f"poolshift-assess/{_uri(a.cluster.name)}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [_notification(n, a) for n in a.not_checked],
            }
        ],
        "results": [_result(f, a, index[f.rule]) for f in a.findings],
        "properties": {
            "as_of": a.as_of,
            "cluster": clean(a.cluster.id or a.cluster.name),
            "kubernetes_version": clean(a.cluster.kubernetes_version),
        },
    }


def _rules(report: Report) -> list[dict[str, Any]]:
    """The rules that looked, with their pages; one that nobody knows has the finding's words."""
    known = {rule.id: _rule(rule) for rule in report.rules}
    for f in report.assessment.findings:
        known.setdefault(
            f.rule,
            {
                "id": f.rule,
                "name": _pascal(f.name),
                "shortDescription": {"text": clean(f.name.replace("-", " "))},
            },
        )
    return [known[rule_id] for rule_id in sorted(known)]


def _rule(rule: Rule) -> dict[str, Any]:
    page = inspect.getdoc(type(rule)) or rule.name
    summary = " ".join(page.split("\n\n")[0].split())
    return {
        "id": rule.id,
        "name": _pascal(rule.name),
        "shortDescription": {"text": summary},
        "fullDescription": {"text": summary},
        "help": {"text": page, "markdown": _HEADING.sub(_bold, inspect.cleandoc(page))},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"page": rule.docs},
    }


def _bold(heading: re.Match[str]) -> str:
    return f"**{heading[1]}**\n\n"


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in re.findall(r"\w+", name))


def _result(finding: Finding, assessment: Assessment, rule_index: int) -> dict[str, Any]:
    deadline = {"deadline": finding.deadline} if finding.deadline else {}
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": clean(f"{finding.what}. {finding.why}. To do: {finding.fix}")},
        "locations": [_location(finding.target, assessment)],
        "partialFingerprints": {"poolshift/v1": _fingerprint(finding, assessment)},
        "properties": {
            "severity": str(finding.severity),
            "target": clean(finding.target),
            "blocks": finding.blocks,
            "pools": [clean(pool) for pool in finding.pools],
            "why": clean(finding.why),
            "fix": clean(finding.fix),
            "evidence": [f"{clean(e.path)} = {clean(e.value)}" for e in finding.evidence],
            **deadline,
        },
        # An empty list says that suppressions were looked for and there are none.
        "suppressions": _suppressions(finding),
    }


def _suppressions(finding: Finding) -> list[dict[str, Any]]:
    if finding.ignored is None:
        return []
    until = {"properties": {"until": finding.ignored.until}} if finding.ignored.until else {}
    reason = clean(finding.ignored.reason)
    return [{"kind": "external", "status": "accepted", "justification": reason, **until}]


def _location(target: str, assessment: Assessment) -> dict[str, Any]:
    file = file_of(target)
    if file is not None:
        path, line = file
        return {
            "physicalLocation": {
                "artifactLocation": {"uri": _uri(path)},
                "region": {"startLine": line},
            }
        }
    kind, name = kind_and_name(target)
    cluster = assessment.cluster.name
    whole = cluster if target == "cluster" else f"{cluster}/{target}"
    own = cluster if target == "cluster" else name
    logical = {"name": clean(own), "fullyQualifiedName": clean(whole), "kind": clean(kind)}
    return {"logicalLocations": [logical]}


def _uri(path: str) -> str:
    return quote(path.encode("utf-8", "surrogatepass"), safe="/")


def _fingerprint(finding: Finding, assessment: Assessment) -> str:
    """The same for the same finding of the next assessment, whatever else is found then."""
    cluster = assessment.cluster.id.lower() or assessment.cluster.name
    parts = (cluster, finding.rule, finding.target, finding.what)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _notification(unchecked: NotChecked, assessment: Assessment) -> dict[str, Any]:
    return {
        "level": "warning",
        "message": {"text": clean(f"not checked: {unchecked.reason}")},
        "associatedRule": {"id": unchecked.rule},
        "locations": [_location(unchecked.target, assessment)],
    }


FORMAT = SarifFormat()
