"""The journal in SQLite: WAL, full fsync, compare-and-set on a version."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from poolshift.core.errors import UsageError
from poolshift.core.journal import SCHEMA_VERSION, JournalEvent, RunState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

T = TypeVar("T", RunState, JournalEvent)

_TABLES = """
create table if not exists run (
  id text primary key, version integer not null, state blob not null, started_at text not null);
create table if not exists event (
  run text not null, version integer not null, seq integer not null, body blob not null,
  primary key (run, version, seq));
"""


class Journal(Protocol):
    """History, audit and resume point of runs; no queue, no lease."""

    def create(self, state: RunState, events: tuple[JournalEvent, ...]) -> None:
        """Begin a run."""
        ...

    def load(self, run: str) -> tuple[int, RunState]:
        """Version and state; UsageError when there is no such run."""
        ...

    def version(self, run: str) -> int:
        """The version alone."""
        ...

    def cas(
        self, run: str, version: int, state: RunState, events: tuple[JournalEvent, ...]
    ) -> bool:
        """Replace the state if it still has that version; False when somebody was faster."""
        ...

    def runs(self) -> tuple[RunState, ...]:
        """All runs, newest first."""
        ...

    def events(self, run: str) -> tuple[JournalEvent, ...]:
        """The history of a run, oldest first."""
        ...


class SqliteJournal:
    """The journal in one file.

    A file that does not exist is an empty journal until something is written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db: sqlite3.Connection | None = None

    @contextmanager
    def _open(self, *, write: bool) -> Iterator[sqlite3.Connection | None]:
        """The one connection of this process, opened when it is first needed."""
        if not write and self._db is None and not self.path.exists():
            yield None
            return
        try:
            if self._db is None:
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                db = sqlite3.connect(self.path, timeout=10, isolation_level=None)
                try:
                    self._prepare(db)
                except BaseException:
                    db.close()
                    raise
                self._db = db
            yield self._db
        except (sqlite3.Error, OSError) as error:
            if self._db is not None and self._db.in_transaction:
                self._db.rollback()
            raise UsageError(
                f"the journal {self.path} cannot be used",
                why=str(error),
                fix="Name another one with --journal sqlite:PATH, or mend the file",
                code="PSE130",
            ) from error

    def close(self) -> None:
        """Close the connection; a later call opens it again."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _prepare(self, db: sqlite3.Connection) -> None:
        stored = int(db.execute("pragma user_version").fetchone()[0])
        if stored > SCHEMA_VERSION:
            raise UsageError(
                f"the journal {self.path} was written by a newer poolshift",
                why=f"its form is {stored}, this version knows {SCHEMA_VERSION}",
                fix="Use the newer poolshift, or another journal with --journal sqlite:PATH",
                code="PSE131",
            )
        db.execute("pragma journal_mode=wal")
        db.execute("pragma synchronous=full")
        if stored < SCHEMA_VERSION:
            db.executescript(_TABLES)
            db.execute(f"pragma user_version={SCHEMA_VERSION}")

    def create(self, state: RunState, events: tuple[JournalEvent, ...]) -> None:
        """Begin a run."""
        with self._open(write=True) as db:
            if db is None:
                return
            db.execute("begin immediate")
            db.execute(
                "insert into run values (?, 1, ?, ?)",
                (state.run, msgspec.json.encode(state), state.started_at),
            )
            _append(db, state.run, 1, events)
            db.execute("commit")

    def load(self, run: str) -> tuple[int, RunState]:
        """Version and state; UsageError when there is no such run."""
        with self._open(write=False) as db:
            row = db and db.execute("select version, state from run where id=?", (run,)).fetchone()
        if not row:
            raise UsageError(
                f"there is no run {run} in {self.path}",
                fix="See the runs with: poolshift runs list",
                code="PSE132",
            )
        return int(row[0]), self._decoded(row[1], RunState)

    def version(self, run: str) -> int:
        """The version alone."""
        with self._open(write=False) as db:
            row = db and db.execute("select version from run where id=?", (run,)).fetchone()
        return int(row[0]) if row else 0

    def cas(
        self, run: str, version: int, state: RunState, events: tuple[JournalEvent, ...]
    ) -> bool:
        """Replace the state if it still has that version; False when somebody was faster."""
        with self._open(write=True) as db:
            if db is None:
                return False
            db.execute("begin immediate")
            done = db.execute(
                "update run set version=?, state=? where id=? and version=?",
                (version + 1, msgspec.json.encode(state), run, version),
            ).rowcount
            if done:
                _append(db, run, version + 1, events)
            db.execute("commit")
            return bool(done)

    def runs(self) -> tuple[RunState, ...]:
        """All runs, newest first."""
        with self._open(write=False) as db:
            rows = (
                db.execute("select state from run order by started_at desc, rowid desc").fetchall()
                if db
                else []
            )
        return tuple(self._decoded(row[0], RunState) for row in rows)

    def events(self, run: str) -> tuple[JournalEvent, ...]:
        """The history of a run, oldest first."""
        with self._open(write=False) as db:
            rows = (
                db.execute(
                    "select body from event where run=? order by version, seq", (run,)
                ).fetchall()
                if db
                else []
            )
        return tuple(self._decoded(row[0], JournalEvent) for row in rows)

    def _decoded(self, stored: bytes, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(stored, type=kind)
        except msgspec.DecodeError as error:
            raise UsageError(
                f"the journal {self.path} is damaged",
                why=str(error),
                fix="Bring a copy of it back, or name another one with --journal sqlite:PATH; a "
                "run on the cluster is found again by: poolshift runs adopt PLAN",
                code="PSE130",
            ) from error


def _append(
    db: sqlite3.Connection, run: str, version: int, events: tuple[JournalEvent, ...]
) -> None:
    db.executemany(
        "insert into event values (?, ?, ?, ?)",
        [
            (run, version, seq, msgspec.json.encode(msgspec.structs.replace(e, version=version)))
            for seq, e in enumerate(events)
        ],
    )


class MemoryJournal:
    """The journal of a rehearsal: the same contract, no file."""

    def __init__(self) -> None:
        self._runs: dict[str, tuple[int, RunState]] = {}
        self._events: dict[str, list[JournalEvent]] = {}

    def create(self, state: RunState, events: tuple[JournalEvent, ...]) -> None:
        """Begin a run."""
        if state.run in self._runs:
            raise UsageError(f"there is a run {state.run} already", code="PSE130")
        self._runs[state.run] = (1, state)
        self._events[state.run] = [msgspec.structs.replace(e, version=1) for e in events]

    def load(self, run: str) -> tuple[int, RunState]:
        """Version and state; UsageError when there is no such run."""
        if run not in self._runs:
            raise UsageError(f"there is no run {run}", code="PSE132")
        return self._runs[run]

    def version(self, run: str) -> int:
        """The version alone; 0 when there is no such run."""
        return self._runs[run][0] if run in self._runs else 0

    def cas(
        self, run: str, version: int, state: RunState, events: tuple[JournalEvent, ...]
    ) -> bool:
        """Replace the state if it still has that version."""
        if self.version(run) != version or run not in self._runs:
            return False
        self._runs[run] = (version + 1, state)
        self._events[run] += [msgspec.structs.replace(e, version=version + 1) for e in events]
        return True

    def runs(self) -> tuple[RunState, ...]:
        """All runs, newest first."""
        return tuple(state for _, state in reversed(self._runs.values()))

    def events(self, run: str) -> tuple[JournalEvent, ...]:
        """The history of a run."""
        return tuple(self._events.get(run, ()))
