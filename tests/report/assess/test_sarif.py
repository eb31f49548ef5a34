"""SARIF 2.1.0: valid by its schema, every finding with its place, ignored ones suppressed."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from tests.report.assess.everything import EMPTY, EVERYTHING, FINDINGS, hostile, many, report

from poolshift.core.finding import Assessment
from poolshift.report.assess import Report, format_named
from poolshift.rules import RULES

SCHEMA = Path(__file__).parent / "schemas" / "sarif-2.1.0.json"


@cache
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def run_of(told: Report) -> dict[str, Any]:
    log = json.loads(format_named("sarif").render(told))
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    return dict(run)


@pytest.mark.parametrize(
    "told",
    [report(EVERYTHING), report(hostile()), report(EMPTY), report(many(50)), Report(EVERYTHING)],
    ids=["all", "hostile", "empty", "many", "registry"],
)
def test_log_is_valid(told: Report) -> None:
    log = json.loads(format_named("sarif").render(told))
    assert [e.message for e in validator().iter_errors(log)] == []


def test_the_schema_refuses_what_is_no_sarif() -> None:
    log = json.loads(format_named("sarif").render(report()))
    log["runs"][0]["results"][0]["level"] = "required"
    assert not validator().is_valid(log)


def test_every_finding_is_a_result_of_its_rule() -> None:
    run = run_of(report())
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == len(FINDINGS)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_levels_follow_severity() -> None:
    pairs = {(r["properties"]["severity"], r["level"]) for r in run_of(report())["results"]}
    assert pairs == {("required", "error"), ("recommended", "warning"), ("info", "note")}


def test_a_finding_in_a_file_has_its_line_and_others_a_name() -> None:
    places = [r["locations"][0] for r in run_of(report())["results"]]
    physical = [p["physicalLocation"] for p in places if "physicalLocation" in p]
    assert physical == [
        {
            "artifactLocation": {"uri": "app/web%20api/Dockerfile"},
            "region": {"startLine": 7},
        }
    ]
    logical = [p["logicalLocations"][0] for p in places if "logicalLocations" in p]
    assert {"name": "shop-aks", "fullyQualifiedName": "shop-aks", "kind": "cluster"} in logical
    assert {
        "name": "queue",
        "fullyQualifiedName": "shop-aks/shop/StatefulSet/queue",
        "kind": "StatefulSet",
    } in logical


def test_ignored_findings_are_suppressed_with_their_reason() -> None:
    suppressed = [r["suppressions"] for r in run_of(report())["results"] if r["suppressions"]]
    assert suppressed == [
        [
            {
                "kind": "external",
                "status": "accepted",
                "justification": "replaced by the new agent, ticket 4711",
                "properties": {"until": "2027-01-31"},
            }
        ],
        [{"kind": "external", "status": "accepted", "justification": "quota was asked for"}],
    ]


def test_what_was_not_checked_is_a_notification() -> None:
    (invocation,) = run_of(report())["invocations"]
    notes = invocation["toolExecutionNotifications"]
    assert len(notes) == len(EVERYTHING.not_checked)
    assert notes[0]["associatedRule"] == {"id": "PSC401"}


def test_fingerprints_are_one_a_finding_and_stay_when_others_go() -> None:
    prints = [r["partialFingerprints"]["poolshift/v1"] for r in run_of(report())["results"]]
    assert len(set(prints)) == len(prints)
    fewer = msgspec.structs.replace(EVERYTHING, findings=FINDINGS[5:])
    later = [r["partialFingerprints"]["poolshift/v1"] for r in run_of(report(fewer))["results"]]
    assert later == prints[5:]


def test_every_rule_brings_its_page() -> None:
    rules = run_of(Report(EMPTY))["tool"]["driver"]["rules"]
    assert [r["id"] for r in rules] == sorted(r.id for r in RULES)
    for rule in rules:
        assert rule["help"]["text"]
        assert "**How it is decided**" in rule["help"]["markdown"], rule["id"]


def test_a_printed_log_holds_no_command_to_a_build() -> None:
    data = format_named("sarif").render(report(hostile()))
    assert b"##vso[" not in data
    assert b"##[" not in data


def test_json_keeps_the_names_and_holds_no_command_either() -> None:
    evil: Assessment = hostile()
    data = format_named("json").render(report(evil))
    assert b"##vso[" not in data
    assert json.loads(data)["cluster"]["name"] == evil.cluster.name
