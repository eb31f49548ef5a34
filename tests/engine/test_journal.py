"""One contract for the journal in a file and the journal in memory; and what the file adds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from poolshift.core.errors import UsageError
from poolshift.core.journal import SCHEMA_VERSION, JournalEvent, RunState, RunStatus, Source
from poolshift.engine.journal import Journal, MemoryJournal, SqliteJournal


def state(run: str = "run-1", started: str = "2022-10-15T08:00:00Z") -> RunState:
    return RunState(
        run=run,
        plan_id="plan-1",
        plan_text="",
        cluster="c",
        source=Source(sim="s"),
        started_at=started,
    )


def event(action: str) -> JournalEvent:
    return JournalEvent(
        at="2022-10-15T08:00:00Z", actor="me", action=action, target="t", outcome="o"
    )


@pytest.fixture(params=["memory", "sqlite"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    if request.param == "memory":
        yield MemoryJournal()
        return
    with closing(SqliteJournal(tmp_path / "j.db")) as made:
        yield made


def test_what_is_created_is_loaded_with_version_one(journal: Journal) -> None:
    journal.create(state(), (event("apply"),))
    assert journal.load("run-1") == (1, state())
    assert journal.version("run-1") == 1


def test_compare_and_set_replaces_the_version_that_was_read_and_no_other(journal: Journal) -> None:
    journal.create(state(), ())
    paused = replace(state(), status=RunStatus.PAUSED)
    assert journal.cas("run-1", 1, paused, (event("pause"),))
    assert not journal.cas("run-1", 1, state(), (event("late"),))
    assert journal.load("run-1") == (2, paused)
    assert [e.action for e in journal.events("run-1")] == ["pause"]


def test_events_come_in_order_with_the_version_that_they_made(journal: Journal) -> None:
    journal.create(state(), (event("a"), event("b")))
    journal.cas("run-1", 1, state(), (event("c"),))
    journal.cas("run-1", 2, state(), (event("d"), event("e")))
    found = [(e.action, e.version) for e in journal.events("run-1")]
    assert found == [("a", 1), ("b", 1), ("c", 2), ("d", 3), ("e", 3)]


def test_runs_come_newest_first(journal: Journal) -> None:
    for number in range(3):
        journal.create(state(f"run-{number}", f"2022-10-1{number}T08:00:00Z"), ())
    assert [r.run for r in journal.runs()] == ["run-2", "run-1", "run-0"]


def test_an_unknown_run_is_a_usage_error_and_has_no_history(journal: Journal) -> None:
    with pytest.raises(UsageError, match="no run run-9"):
        journal.load("run-9")
    assert journal.version("run-9") == 0
    assert journal.events("run-9") == ()
    assert not journal.cas("run-9", 0, state("run-9"), ())


def test_a_run_is_created_once_and_the_journal_stays_usable(journal: Journal) -> None:
    journal.create(state(), (event("apply"),))
    with pytest.raises(UsageError):
        journal.create(state(), (event("apply"),))
    assert journal.cas("run-1", 1, state(), ())
    assert len(journal.events("run-1")) == 1


def test_a_file_that_is_not_there_is_an_empty_journal_and_stays_away(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "deep" / "j.db")
    assert journal.runs() == ()
    assert journal.events("run-1") == ()
    assert list(tmp_path.iterdir()) == []


def test_two_processes_that_write_the_same_version_leave_one_winner(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with closing(SqliteJournal(path)) as one, closing(SqliteJournal(path)) as two:
        one.create(state(), ())
        (version, _), (same, _) = one.load("run-1"), two.load("run-1")
        won = [one.cas("run-1", version, state(), ()), two.cas("run-1", same, state(), ())]
        assert sorted(won) == [False, True]
        assert two.version("run-1") == 2


def test_a_refused_creation_does_not_lock_other_processes_out(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with closing(SqliteJournal(path)) as one, closing(SqliteJournal(path)) as two:
        one.create(state(), ())
        with pytest.raises(UsageError):
            one.create(state(), ())
        assert two.cas("run-1", 1, state(), ())


def test_a_newer_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"pragma user_version={SCHEMA_VERSION + 1}")
    with pytest.raises(UsageError, match="newer poolshift") as caught:
        SqliteJournal(path).runs()
    assert caught.value.code == "PSE131"


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    path.write_text("this is no database, but it is long enough to look at" * 20)
    before = path.read_bytes()
    with pytest.raises(UsageError) as caught:
        SqliteJournal(path).runs()
    assert caught.value.code == "PSE130"
    assert path.read_bytes() == before


def test_a_damaged_entry_names_the_way_back(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with closing(SqliteJournal(path)) as journal:
        journal.create(state(), ())
    with closing(sqlite3.connect(path)) as db:
        db.execute("update run set state=?", (b"{not json",))
        db.commit()
    with closing(SqliteJournal(path)) as journal, pytest.raises(UsageError, match="damaged") as e:
        journal.load("run-1")
    assert "runs adopt" in e.value.fix
