"""What a later version brings is refused by name, and is not in the help."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.served import poolshift, refused

PLAN = ["plan", "--to", "Windows2022", "--out", "p", "--sim", "x"]
APPLY = ["apply", "plan.yaml", "--sim", "x"]

LATER = [
    (["rehearse", "plan.yaml", "--scenario", "reference"], "rehearse"),
    (["fleet", "list"], "fleet"),
    (["serve"], "serve"),
    (["worker"], "worker"),
    (["sim", "up", "--snapshot", "x.snap"], "sim up --snapshot"),
    (["catalog", "refresh"], "catalog refresh"),
    *(([*PLAN, "--strategy", s], s) for s in ("in-place", "progressive")),
    ([*PLAN, "--surge", "1"], "--surge"),
    ([*PLAN, "--reserve", "10%"], "--reserve"),
    ([*PLAN, "--green-image", "id"], "--green-image"),
    (["plan", "--to", "node-image", "--out", "p", "--sim", "x"], "node-image"),
    (["assess", "--to", "node-image", "--sim", "x"], "node-image"),
    (["plan", "--to", "AzureLinux3", "--out", "p", "--sim", "x"], "AzureLinux3"),
    (["plan", "--to", "Ubuntu2404", "--out", "p", "--sim", "x"], "Ubuntu2404"),
    ([*APPLY, "--window", "Mon-Thu 22:00-04:00 Europe/Berlin"], "--window"),
    ([*APPLY, "--until", "delete-blue"], "--until"),
    ([*APPLY, "--allow-role-assignments"], "--allow-role-assignments"),
    (["runs", "list", "--journal", "postgresql://host/db"], "--journal postgresql"),
    (["runs", "export", "latest", "--redact"], "--redact"),
]


@pytest.mark.parametrize(("arguments", "name"), LATER, ids=[" ".join(a)[:50] for a, _ in LATER])
def test_later_thing_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    refused(poolshift(*arguments), "PSE101", name, "is not available in this version")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "hidden"),
    [
        ([], ["rehearse", "fleet", "serve", "worker"]),
        (["sim", "up"], ["--snapshot"]),
        (["catalog"], ["refresh"]),
        (["plan"], ["in-place", "progressive", "--surge", "--reserve", "--green-image"]),
        (["apply"], ["--window", "--until", "--allow-role-assignments", "postgresql"]),
        (["runs", "export"], ["--redact"]),
    ],
    ids=lambda value: " ".join(value)[:30],
)
def test_help_is_silent_about_later_things(command: list[str], hidden: list[str]) -> None:
    shown = poolshift(*command, "--help")
    assert shown.code == 0
    assert [h for h in hidden if h in shown.out] == []
