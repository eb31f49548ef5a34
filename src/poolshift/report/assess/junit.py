"""An assessment as JUnit XML: each finding a test case, for builds that count tests.

A finding fails where its severity makes the command fail, so the file and the exit code say the
same. What could not be checked and what is ignored are skipped, each with its reason. A rule that
found nothing is a case that passed.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import date
from typing import TYPE_CHECKING

from poolshift.report.assess.interface import Format, Report
from poolshift.report.hostile import clean, flat

if TYPE_CHECKING:
    from poolshift.core.finding import Finding


class JunitFormat(Format):
    """One suite a rule."""

    def render(self, report: Report) -> bytes:
        """The XML document."""
        root = ET.Element("testsuites", name="poolshift assess")
        for rule, name in _rules(report).items():
            _suite(root, rule, name, report)
        _count(root, list(root))
        ET.indent(root)
        data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        return data + b"\n"


def _rules(report: Report) -> dict[str, str]:
    """Id and name of every rule that looked or said something, by id."""
    a = report.assessment
    day = date.fromisoformat(a.as_of)
    found = {r.id: r.name for r in report.rules if r.applies(day)}
    found |= {n.rule: found.get(n.rule, n.rule) for n in a.not_checked}
    found |= {f.rule: f.name for f in a.findings}
    return dict(sorted(found.items()))


def _suite(root: ET.Element, rule: str, name: str, report: Report) -> None:
    suite = ET.SubElement(root, "testsuite", name=f"{rule} {flat(name)}")
    _properties(suite, report)
    for finding in report.assessment.findings:
        if finding.rule == rule:
            _case(suite, finding, report)
    for n in report.assessment.not_checked:
        if n.rule == rule:
            case = _new_case(suite, rule, name, f"{n.target}: not checked")
            ET.SubElement(case, "skipped", message=flat(f"not checked: {n.reason}"))
    if suite.find("testcase") is None:
        _new_case(suite, rule, name, "nothing found")
    _count(suite, [suite])


def _properties(suite: ET.Element, report: Report) -> None:
    a = report.assessment
    properties = ET.SubElement(suite, "properties")
    for key, value in (("as_of", a.as_of), ("cluster", a.cluster.id or a.cluster.name)):
        ET.SubElement(properties, "property", name=key, value=flat(value))


def _new_case(suite: ET.Element, rule: str, name: str, title: str) -> ET.Element:
    classname = f"poolshift.{rule}.{flat(name)}"
    return ET.SubElement(suite, "testcase", classname=classname, name=flat(title), time="0")


def _case(suite: ET.Element, finding: Finding, report: Report) -> None:
    case = _new_case(suite, finding.rule, finding.name, f"{finding.target}: {finding.what}")
    if finding.ignored is not None:
        until = f" (until {finding.ignored.until})" if finding.ignored.until else ""
        said = flat(f"ignored: {finding.ignored.reason}{until}")
        ET.SubElement(case, "skipped", message=said)
    elif finding.severity in report.failing:
        failure = ET.SubElement(
            case, "failure", message=flat(finding.what), type=str(finding.severity)
        )
        failure.text = _told(finding)
    else:
        ET.SubElement(case, "system-out").text = _told(finding)


def _told(finding: Finding) -> str:
    lines = [f"{finding.severity} {finding.rule} {finding.target}", finding.what]
    lines += [f"why: {finding.why}", f"fix: {finding.fix}"]
    lines += [f"by: {finding.deadline}"] if finding.deadline else []
    lines += [f"seen: {e.path} = {e.value}" for e in finding.evidence]
    return "\n".join(clean(line) for line in lines)


def _count(element: ET.Element, suites: list[ET.Element]) -> None:
    cases = [case for suite in suites for case in suite.findall("testcase")]
    element.set("tests", str(len(cases)))
    for kind in ("failure", "skipped"):
        key = "failures" if kind == "failure" else kind
        element.set(key, str(sum(case.find(kind) is not None for case in cases)))
    element.set("errors", "0")
    element.set("time", "0")


FORMAT = JunitFormat()
