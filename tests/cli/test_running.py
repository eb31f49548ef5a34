"""Progress in words, the end of a run, and which journal is meant."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from tests.rig import Rig

from poolshift.cli.running import (
    EXIT_OF,
    drive_connected,
    kubectl_name,
    line_of,
    open_journal,
    report_end,
)
from poolshift.core.errors import NeedsPersonError, UnauthorizedError, UsageError
from poolshift.core.journal import (
    ENDED,
    JournalEvent,
    RunState,
    RunStatus,
    Source,
    WaitingOn,
)
from poolshift.engine.journal import SqliteJournal

if TYPE_CHECKING:
    from poolshift.adapters.connect import Connection


def _event(action: str, target: str, outcome: str, reason: str = "") -> JournalEvent:
    return JournalEvent(
        at="2026-11-20T08:00:00Z",
        actor="x",
        action=action,
        target=target,
        outcome=outcome,
        reason=reason,
    )


def _state(status: RunStatus, *waits: WaitingOn) -> RunState:
    return RunState(
        run="run-1",
        plan_id="plan-1",
        plan_text="",
        cluster="c",
        source=Source(sim="s"),
        started_at="2026-11-20T08:00:00Z",
        status=status,
        waiting_on=waits,
    )


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (_event("step done", "drain-a", "done", "empty"), "✔ drain-a done (empty)"),
        (_event("step failed", "drain-a", "failed"), "✘ drain-a failed"),
        (_event("evict", "default/x", "intended"), ""),
        (_event("cordon", "node/a", "done"), "  cordon node/a: done"),
    ],
    ids=["done", "failed", "intended", "act"],
)
def test_event_is_one_line(event: JournalEvent, line: str) -> None:
    assert line_of(event) == line


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("default/Deployment/a", "deployment.apps/a"),
        ("default/Service/a", "service/a"),
    ],
    ids=["apps", "core"],
)
def test_target_is_named_as_kubectl_does(target: str, name: str) -> None:
    assert kubectl_name(target) == name


@pytest.mark.parametrize("status", RunStatus)
def test_end_of_a_run_has_the_contracts_code(
    status: RunStatus, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = {"completed": 0, "waiting": 3, "paused": 3, "rolled-back": 4}.get(str(status), 5)
    assert EXIT_OF[status] == report_end(_state(status)) == expected
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"run run-1: {status}" in shown.err
    if status not in ENDED and status not in (RunStatus.RUNNING, RunStatus.WAITING):
        assert "poolshift runs" in shown.err


def test_wait_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    wait = WaitingOn(what="delete-a", why="it needs an approval", since="", unblock="do this")
    report_end(_state(RunStatus.WAITING, wait))
    assert capsys.readouterr().err.splitlines() == [
        "run run-1: waiting",
        "  waits for delete-a: it needs an approval",
        "  go on with: do this",
    ]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:j.db", "j.db"),
        ("sqlite:/tmp/j.db", "/tmp/j.db"),
        ("sqlite:///tmp/j.db", "/tmp/j.db"),
        ("sqlite:a%20b.db", "a b.db"),
    ],
    ids=str,
)
def test_journal_url_names_a_file(url: str, path: str) -> None:
    assert open_journal(url).path == Path(path)


def test_default_journal_is_in_the_users_state(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert open_journal(None).path == tmp_path / "poolshift" / "journal.db"


@pytest.mark.parametrize("url", ["", "j.db", "sqlite:", "sqlite://", "mysql://x"])
def test_other_journals_are_refused(url: str) -> None:
    with pytest.raises(UsageError, match="PSE106"):
        open_journal(url)


def test_service_that_refuses_in_the_middle_needs_a_person(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def refuse(*_: object, **__: object) -> RunState:
        raise UnauthorizedError("GET /api was refused", message="expired", fix="Sign in")

    monkeypatch.setattr("poolshift.cli.running.drive", refuse)
    rig = Rig()
    state = _state(RunStatus.RUNNING)
    journal = SqliteJournal(tmp_path / "j.db")
    connection = cast("Connection", rig)
    with pytest.raises(NeedsPersonError, match="PSE502 run run-1 stopped") as caught:
        asyncio.run(drive_connected(state, rig.plan(), connection, journal))
    assert caught.value.exit_code == 5
    assert "Sign in, then: poolshift runs resume run-1" in caught.value.fix
