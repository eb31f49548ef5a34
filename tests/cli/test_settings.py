"""The settings file of assess: where it is looked for, what it changes, how it is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.served import poolshift, refused
from tests.rig import Rig

from poolshift.core.snapshot import dump_snapshot


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("snapshots") / "reference.snap"
    path.write_bytes(dump_snapshot(Rig().snapshot()))
    return str(path)


def assess(snapshot: str, *arguments: str) -> list[str]:
    return ["assess", "--snapshot", snapshot, "-o", "json", *arguments]


IGNORE_ALL = """
[[ignore]]
rule = "PSK206"
reason = "a test cluster"

[severity]
PSW101 = "off"
"""


def test_file_of_the_working_directory_is_read_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: str
) -> None:
    monkeypatch.chdir(tmp_path)
    plain = json.loads(poolshift(*assess(snapshot)).out)
    (tmp_path / "poolshift.toml").write_text(IGNORE_ALL)
    shown = poolshift(*assess(snapshot))
    assert "settings from poolshift.toml" in shown.err
    told = json.loads(shown.out)
    assert {f["rule"] for f in plain["findings"]} >= {"PSK206", "PSW101"}
    assert {f["rule"] for f in told["findings"]} >= {"PSK206"}
    assert "PSW101" not in {f["rule"] for f in told["findings"]}
    [ignored] = [f for f in told["findings"] if f["ignored"]]
    assert (ignored["rule"], ignored["ignored"]["reason"]) == ("PSK206", "a test cluster")
    assert told["summary"]["ignored"] == 1


def test_named_file_is_read_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "sub" / "own.toml"
    file.parent.mkdir()
    file.write_text(IGNORE_ALL)
    told = json.loads(poolshift(*assess(snapshot, "--config", str(file))).out)
    assert told["summary"]["ignored"] == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[severity\n", "Expected"),
        ("[severty]\n", "severty"),
        ('[[ignore]]\nrule = "PSK206"\n', "reason"),
        ('[severity]\nPSK206 = "fatal"\n', "fatal"),
        ("[thresholds]\nreplicas = 'two'\n", "int"),
        ("[thresholds]\nsoon_days = -5\n", ">= 0"),
        ("[thresholds]\npull_mb_s = 0\n", "> 0"),
        ('[[ignore]]\nrule = "PSK206"\nreason = " "\n', "reason"),
        ('[[dates]]\nos = "Windows2022"\nwhat = "end"\non = 2027-01-01\nreason = "so"\n', "end"),
    ],
)
def test_bad_file_is_refused_with_the_reason(
    tmp_path: Path, snapshot: str, text: str, why: str
) -> None:
    file = tmp_path / "own.toml"
    file.write_text(text)
    refused(poolshift(*assess(snapshot, "--config", str(file))), "PSE124", why)


def test_missing_file_is_refused(tmp_path: Path, snapshot: str) -> None:
    asked = assess(snapshot, "--config", str(tmp_path / "none.toml"))
    refused(poolshift(*asked), "PSE124", "none.toml cannot be read")


def test_rule_that_is_not_there_is_refused(tmp_path: Path, snapshot: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[severity]\nPSK999 = "info"\n')
    refused(poolshift(*assess(snapshot, "--config", str(file))), "PSE123", "PSK999")
