"""Findings as the lines by which a build marks its run: GitHub Actions and Azure Pipelines.

A build shows few of them (GitHub ten of each kind a step), so equal findings are one line and
what is beyond the limit is counted in a last one.

Sources of the grammar, read 2026-11-21:
    https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
    https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Severity
from poolshift.report.assess.places import file_of
from poolshift.report.assess.view import few, sections
from poolshift.report.hostile import flat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from poolshift.core.finding import Assessment
    from poolshift.report.assess.view import Group

OF_A_KIND = 10
"""GitHub shows so many errors, warnings and notices of a step each; so do we everywhere."""

_GITHUB = {Severity.REQUIRED: "error", Severity.RECOMMENDED: "warning", Severity.INFO: "notice"}
_AZURE = {Severity.REQUIRED: "error", Severity.RECOMMENDED: "warning"}
"""Azure Pipelines knows no third kind; what is good to know stays in the report."""


def github_lines(assessment: Assessment) -> tuple[str, ...]:
    """Workflow commands of GitHub Actions."""
    return tuple(_lines(assessment, _GITHUB, _github))


def azure_lines(assessment: Assessment) -> tuple[str, ...]:
    """Logging commands of Azure Pipelines."""
    return tuple(_lines(assessment, _AZURE, _azure))


def _lines(
    assessment: Assessment,
    kinds: Mapping[Severity, str],
    line: Callable[[str, str, str, tuple[str, int] | None], str],
) -> Iterator[str]:
    groups = [group for section in sections(assessment) for group in section.groups]
    for severity, kind in kinds.items():
        same = [g for g in groups if g.first.severity == severity]
        # The last place goes to the sum, where one is needed.
        for group in same if len(same) <= OF_A_KIND else same[: OF_A_KIND - 1]:
            yield line(kind, group.first.rule, _said(group), file_of(group.first.target))
        if len(same) > OF_A_KIND:
            rest = len(same) - OF_A_KIND + 1
            yield line(kind, "poolshift", f"{rest} more of this kind: see the report", None)


def _said(group: Group) -> str:
    by = f" (by {group.deadline})" if group.deadline else ""
    return flat(f"{few(group.targets)}{by}: {group.first.what}. {group.first.fix}")


def _github(kind: str, rule: str, said: str, file: tuple[str, int] | None) -> str:
    properties = {"title": rule}
    if file is not None:
        properties = {"file": file[0], "line": str(file[1]), **properties}
    shown = ",".join(f"{k}={_github_property(v)}" for k, v in properties.items())
    return f"::{kind} {shown}::{_github_data(said)}"


def _github_data(text: str) -> str:
    return flat(text).replace("%", "%25")


def _github_property(text: str) -> str:
    return _github_data(text).replace(":", "%3A").replace(",", "%2C")


def _azure(kind: str, rule: str, said: str, file: tuple[str, int] | None) -> str:
    properties = {"type": kind, "code": rule}
    if file is not None:
        properties |= {"sourcepath": file[0], "linenumber": str(file[1])}
    shown = ";".join(f"{k}={_azure_property(v)}" for k, v in properties.items())
    return f"##vso[task.logissue {shown}]{_azure_data(said)}"


def _azure_data(text: str) -> str:
    return flat(text).replace("%", "%AZP25")


def _azure_property(text: str) -> str:
    return _azure_data(text).replace(";", "%3B").replace("]", "%5D")
