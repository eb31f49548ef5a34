"""assess in every format from the command line, and what it tells the build that runs it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from tests.cli.served import poolshift, refused
from tests.rig import Rig

from poolshift.core.snapshot import dump_snapshot
from poolshift.report.assess import FORMATS

BEGINS = {
    "text": "myAKSCluster in eastus",
    "json": '{\n  "schema": "poolshift.assess/1"',
    "markdown": "# What stands in the way of `myAKSCluster`",
    "html": "<!DOCTYPE html>",
    "sarif": '{\n  "$schema": "https://json.schemastore.org/sarif-2.1.0.json"',
    "junit": "<?xml version='1.0' encoding='utf-8'?>",
}
GITHUB = {"GITHUB_ACTIONS": "true"}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("outputs") / "reference.snap"
    path.write_bytes(dump_snapshot(Rig().snapshot()))
    return path


@pytest.mark.parametrize("name", FORMATS)
def test_format_goes_to_stdout_alone(snapshot: Path, name: str) -> None:
    answer = poolshift("assess", "--snapshot", snapshot, "--to", "Windows2022", "-o", name)
    assert answer.code == 1
    assert answer.out.startswith(BEGINS[name])
    assert answer.out.endswith("\n")
    assert answer.err == ""


@pytest.mark.parametrize("name", FORMATS)
def test_out_writes_the_same_bytes(snapshot: Path, tmp_path: Path, name: str) -> None:
    options = ("assess", "--snapshot", snapshot, "--to", "Windows2022", "-o", name)
    to_file = poolshift(*options, "--out", tmp_path / "report")
    assert (to_file.code, to_file.out) == (1, "")
    assert (tmp_path / "report").read_text() == poolshift(*options).out


def test_out_into_a_folder_that_is_not_there_is_refused(snapshot: Path, tmp_path: Path) -> None:
    target = tmp_path / "none" / "report.html"
    answer = poolshift("assess", "--snapshot", snapshot, "-o", "html", "--out", target)
    refused(answer, "PSE105", "cannot be written")


@pytest.mark.parametrize(
    ("threshold", "code", "failures"),
    [("required", 1, True), ("recommended", 1, True), ("never", 0, False)],
)
def test_junit_fails_where_the_command_does(
    snapshot: Path, threshold: str, code: int, failures: bool
) -> None:
    options = ("--to", "Windows2022", "-o", "junit", "--fail-on", threshold)
    answer = poolshift("assess", "--snapshot", snapshot, *options)
    assert answer.code == code
    assert (ET.fromstring(answer.out).get("failures") != "0") is failures


def test_the_formats_count_the_same_findings(snapshot: Path) -> None:
    said = {n: poolshift("assess", "--snapshot", snapshot, "-o", n).out for n in FORMATS}
    findings = json.loads(said["json"])["findings"]
    (run,) = json.loads(said["sarif"])["runs"]
    assert len(run["results"]) == len(findings)
    suites = ET.fromstring(said["junit"])
    assert len(suites.findall(".//failure")) + len(suites.findall(".//system-out")) == len(findings)
    for finding in findings:
        for name in ("text", "markdown", "html"):
            assert finding["rule"] in said[name]


def test_no_build_hears_nothing(snapshot: Path) -> None:
    answer = poolshift("assess", "--snapshot", snapshot, GITHUB_ACTIONS="false", TF_BUILD="")
    assert answer.err == ""


@pytest.mark.parametrize(
    ("environment", "begin"),
    [
        (GITHUB, "::error title=PS"),
        ({"TF_BUILD": "True"}, "##vso[task.logissue type=error;code=PS"),
    ],
    ids=["github", "azure"],
)
def test_a_build_is_told_on_stderr(snapshot: Path, environment: dict[str, str], begin: str) -> None:
    plain = poolshift("assess", "--snapshot", snapshot, "-o", "json")
    answer = poolshift("assess", "--snapshot", snapshot, "-o", "json", **environment)
    assert answer.out == plain.out
    assert answer.code == plain.code
    assert answer.err.splitlines()[0].startswith(begin)
    mark = begin[:2]
    assert all(line.startswith(mark) for line in answer.err.splitlines())


def test_summary_is_added_to_what_the_job_has(snapshot: Path, tmp_path: Path) -> None:
    page = tmp_path / "summary.md"
    page.write_text("# Before\n")
    poolshift("assess", "--snapshot", snapshot, GITHUB_STEP_SUMMARY=str(page))
    text = page.read_text()
    assert text.startswith("# Before\n# What stands in the way of `myAKSCluster`\n")
    assert "#### required" in text


def test_a_summary_that_is_too_large_counts_by_rule(
    snapshot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poolshift.cli.builds.SUMMARY_BYTES", 100)
    page = tmp_path / "summary.md"
    poolshift("assess", "--snapshot", snapshot, GITHUB_STEP_SUMMARY=str(page))
    assert "## Findings by rule" in page.read_text()


def test_a_summary_that_cannot_be_written_is_said_and_fails_nothing(
    snapshot: Path, tmp_path: Path
) -> None:
    plain = poolshift("assess", "--snapshot", snapshot)
    answer = poolshift("assess", "--snapshot", snapshot, GITHUB_STEP_SUMMARY=str(tmp_path))
    assert (answer.code, answer.out) == (plain.code, plain.out)
    assert answer.err.startswith(f"the summary {tmp_path} was not written: ")
