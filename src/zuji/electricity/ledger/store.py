"""The ledger file: an SQLite database to which events are appended, each hashed over the one before.

Journal: the rollback journal with synchronous=EXTRA, not WAL. A commit is one atomic removal of the journal, on disk
before the caller hears of it, so a kill or a power cut at any moment leaves the ledger before or after the whole
batch. Between commits the ledger is one file that can be copied, sent and hashed; with WAL the newest events would be
in a second file, and WAL does not work on network drives. Writers are few, so its concurrency is not needed.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from zuji.canonical import canonical_bytes
from zuji.electricity.ledger import codes
from zuji.electricity.ledger.events import BodyError, Draft, Event, FindingError, Kind
from zuji.electricity.ledger.state import State
from zuji.electricity.ledger.words import said
from zuji.errors import UnreadableError
from zuji.finding import Finding, Place
from zuji.i18n import N_, tr

APPLICATION_ID = 0x5A4A504C  # "ZJPL": tells a ledger from any other SQLite file
FORMAT = 1
GENESIS = hashlib.sha256(b"zuji electricity ledger 1").hexdigest()
BUSY_SECONDS = 30.0
_SCHEMA = (
    """CREATE TABLE event (
  seq INTEGER PRIMARY KEY CHECK (seq > 0),
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  recorded TEXT NOT NULL,
  previous TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL UNIQUE
)""",
    "CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    "CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {FORMAT}",
)
NOT_A_LEDGER = N_("{path} is not a ledger of zuji; name the file of 'zuji power import', or a folder of CSV files")
NO_LEDGER = N_("there is no ledger {path}; name one with --ledger, or begin it: zuji power import FILES -l {path}")
NOT_READ = N_("{path} cannot be read: {problem}")
NOT_WRITTEN = N_("{path} cannot be written, nothing was recorded: {problem}")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a batch: its events, or the findings because of which nothing was recorded."""

    events: tuple[Event, ...]
    findings: tuple[Finding, ...] = ()


def event_hash(seq: int, kind: str, body: str, recorded: str, previous: str) -> str:
    """SHA-256 over the canonical form of an event and the hash of the one before."""
    parts = {"seq": seq, "kind": kind, "body": body, "recorded": recorded, "previous": previous}
    return hashlib.sha256(canonical_bytes(parts)).hexdigest()


def body_text(body: Mapping[str, Any]) -> str:
    """The canonical form of a body: the same as RFC 8785 for texts and whole numbers, and fast for long readings."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)


def clock() -> str:
    """The present moment in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Ledger:
    """A ledger file, opened; usable as a context manager.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, Ledger.create(Path(folder) / "power.ledger") as ledger:
    ...     ledger.head == GENESIS
    True
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, now: Callable[[], str] = clock) -> None:
        self.path = path
        self._connection = connection
        self._now = now
        self._state = State(path.name)
        self._hash = GENESIS

    @classmethod
    def create(cls, path: Path, *, now: Callable[[], str] = clock) -> Ledger:
        """A new empty ledger at `path`; raises FileExistsError when there is a file."""
        if path.exists():
            raise FileExistsError(17, "there is a file of this name", str(path))
        connection = _connected(path, "rwc")
        _create(connection)
        return cls(path, connection, now)

    @classmethod
    def open(cls, path: Path, *, now: Callable[[], str] = clock) -> Ledger:
        """The ledger at `path`; raises UnreadableError when there is none or the file is something else."""
        if not path.is_file():
            raise UnreadableError(tr(NO_LEDGER, path=path))
        try:
            connection = _connected(path, "rw")
            found = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise UnreadableError(tr(NOT_A_LEDGER, path=path)) from error
        if (found, version) != (APPLICATION_ID, FORMAT):
            connection.close()
            raise UnreadableError(tr(NOT_A_LEDGER, path=path))
        return cls(path, connection, now)

    @classmethod
    def in_memory(cls, *, now: Callable[[], str] = clock, name: str = "ledger") -> Ledger:
        """A ledger without file, for building and examining."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        _create(connection)
        return cls(Path(name), connection, now)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def head(self) -> str:
        """The hash of the last event; whoever knows it can tell that nothing was taken away or changed."""
        row = self._connection.execute("SELECT hash FROM event ORDER BY seq DESC LIMIT 1").fetchone()
        return str(row[0]) if row else GENESIS

    def rows(self, after: int = 0) -> Iterator[tuple[int, str, str, str, str, str]]:
        """The stored rows (seq, kind, body, recorded, previous, hash) after event `after`.

        Raises UnreadableError when the file is damaged below the level of events.
        """
        columns = "seq, kind, body, recorded, previous, hash"
        try:
            yield from self._connection.execute(f"SELECT {columns} FROM event WHERE seq > ? ORDER BY seq", (after,))
        except sqlite3.Error as error:
            raise UnreadableError(tr(NOT_READ, path=self.path, problem=error)) from error

    def events(self, after: int = 0) -> Iterator[Event]:
        """The events after event `after`, checked against the chain; raises UnreadableError where it breaks."""
        previous = GENESIS if not after else None
        for seq, kind, body, recorded, before, stored in self.rows(after):
            broken = previous is not None and before != previous
            if broken or event_hash(seq, kind, body, recorded, before) != stored:
                place = Place(self.path.name, seq, kind)
                raise UnreadableError(
                    codes.CHAIN_BROKEN(place, event=place, problem=said(N_("the hash does not fit"))).what()
                )
            previous = stored
            yield Event(seq, Kind(kind), json.loads(body), recorded, before, stored)

    @property
    def state(self) -> State:
        """The state after all events; only what others recorded since is read again."""
        self._catch_up()
        return self._state

    def _catch_up(self) -> None:
        for event in self.events(self._state.seq):
            if event.previous != self._hash:
                place = Place(self.path.name, event.seq, event.kind)
                raise UnreadableError(
                    codes.CHAIN_BROKEN(place, event=place, problem=said(N_("the hash does not fit"))).what()
                )
            place = Place(self.path.name, event.seq, event.kind)
            problem = self._state.apply(event.seq, event.kind, event.body, place)
            if problem is not None:
                raise UnreadableError(f"{place}: {problem.what()}")
            self._hash = event.hash

    def record(self, drafts: Sequence[Draft | Callable[[State], Draft]]) -> Recorded:
        """Record all of `drafts`, or none of them and say why: a finding for each that an invariant forbids.

        A draft may be a function of the state in which it is recorded; it says so by raising FindingError or BodyError.

        Other processes wait meanwhile; what they recorded before is taken into account. When this returns, the events
        are on disk.
        """
        with self._writing():
            self._catch_up()
            seq, previous, recorded = self._state.seq, self._hash, self._now()
            events: list[Event] = []
            rows: list[tuple[int, str, str, str, str, str]] = []
            findings: list[Finding] = []
            for given in drafts:
                made = _drafted(given, self._state)
                if isinstance(made, Finding):
                    findings.append(made)
                    continue
                draft = made
                body = body_text(draft.body)
                place = draft.place if draft.place.file else Place(self.path.name, seq + 1, draft.kind)
                problem = self._state.apply(seq + 1, draft.kind, json.loads(body), place)
                if problem is not None:
                    findings.append(problem)
                    continue
                seq += 1
                hash = event_hash(seq, draft.kind.value, body, recorded, previous)
                events.append(Event(seq, draft.kind, json.loads(body), recorded, previous, hash))
                rows.append((seq, draft.kind.value, body, recorded, previous, hash))
                previous = hash
            if findings:
                self._forget()
                return Recorded((), tuple(findings))
            self._connection.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", rows)
            self._hash = previous
        return Recorded(tuple(events))

    def _forget(self) -> None:
        self._state, self._hash = State(self.path.name), GENESIS

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except BaseException as error:
            self._forget()
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise UnreadableError(tr(NOT_WRITTEN, path=self.path, problem=error)) from error
            raise


def _drafted(given: Draft | Callable[[State], Draft], state: State) -> Draft | Finding:
    if isinstance(given, Draft):
        return given
    try:
        return given(state)
    except FindingError as error:
        return error.finding
    except BodyError as error:
        return codes.FORM(problem=error.problem)


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN EXCLUSIVE")
    try:
        # Two processes may create the same ledger: the second finds it made.
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'event'").fetchone():
            for statement in _SCHEMA:
                connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA synchronous = EXTRA")
    return connection
