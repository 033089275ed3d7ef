"""The ledger file: append-only, chained, one winner among processes, whole after a kill at any moment."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from zuji.electricity.ledger import events as ev
from zuji.electricity.ledger.audit import audit
from zuji.electricity.ledger.store import GENESIS, Ledger, event_hash
from zuji.errors import UnreadableError

from .building import DAY, T0, base, claim, granular, ledger_of, now, read, refused

ROOT = Path(__file__).parents[3]
HEADER = """
import sys
from datetime import date
from pathlib import Path
from zuji.electricity.ledger import events as ev
from zuji.electricity.ledger.store import Ledger
DAY, T0 = date(2025, 3, 1), int(sys.argv[2])
ledger = Ledger.open(Path(sys.argv[1]))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "power.ledger"


def started(script: str, path: Path, *more: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HEADER + script, str(path), str(T0), *map(str, more)]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)


def filled(path: Path, *drafts: ev.Draft) -> None:
    with Ledger.create(path, now=now) as ledger:
        done = ledger.record([*base([0, 1000, 1000, 0], [2000] * 4), *drafts])
        assert done.findings == ()


class TestFile:
    def test_same_events_same_file_content(self, tmp_path: Path) -> None:
        """The same events at the same moments give the same head, in a file and in memory; reopened it is the same."""
        heads = set()
        for name in ("a", "b"):
            filled(tmp_path / name, granular(wh=[0, 25, 15, 0]))
            with Ledger.open(tmp_path / name) as ledger:
                heads.add(ledger.head)
                assert ledger.state.totals()["live"] == 40
        heads.add(ledger_of(*base([0, 1000, 1000, 0], [2000] * 4), granular(wh=[0, 25, 15, 0])).head)
        assert len(heads) == 1

    def test_nothing_is_overwritten(self, path: Path) -> None:
        """A file that is there is not made anew; a file of another kind is not opened and stays as it was."""
        filled(path)
        before = path.read_bytes()
        with pytest.raises(FileExistsError):
            Ledger.create(path)
        assert path.read_bytes() == before
        for content in (b"", b"not a database, but long enough to be taken for one" * 30):
            path.write_bytes(content)
            with pytest.raises(UnreadableError, match="not a ledger"):
                Ledger.open(path)
            assert path.read_bytes() == content
        with pytest.raises(UnreadableError, match="no ledger"):
            Ledger.open(path.with_name("none"))

    def test_other_databases_are_refused(self, path: Path) -> None:
        """An SQLite file of another program is refused."""
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE event (seq)")
        other.close()
        with pytest.raises(UnreadableError, match="not a ledger"):
            Ledger.open(path)

    def test_append_only(self, path: Path) -> None:
        """The file itself refuses UPDATE and DELETE."""
        filled(path)
        connection = sqlite3.connect(path)
        for statement in ("UPDATE event SET body = '{}'", "DELETE FROM event"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)
        connection.close()

    def test_all_or_nothing(self) -> None:
        """One bad event in a batch keeps the others out, and every bad one is named."""
        ledger = ledger_of(*base())
        done = ledger.record([granular(), claim(wh=[0, 11, 0, 0]), claim(wh=[0, 1, 0, 0]), claim(wh=[0, 0, 0, 0])])
        assert done.events == ()
        assert [one.code for one in done.findings] == ["ZJ659", "ZJ674"]
        assert ledger.state.seq == 7

    def test_two_ledgers_on_one_file(self, path: Path) -> None:
        """What another connection recorded is seen before the next event is checked."""
        filled(path, granular(wh=[0, 1000, 0, 0]))
        with Ledger.open(path) as one, Ledger.open(path) as two:
            assert two.state.seq == one.state.seq
            assert one.record([claim(wh=[0, 600, 0, 0])]).findings == ()
            assert refused_code(two, claim("X2", wh=[0, 600, 0, 0])) == "ZJ658"
            assert two.record([claim("X2", wh=[0, 400, 0, 0])]).findings == ()
            assert one.state.totals()["live"] == 0

    def test_another_program_holds_the_file(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A ledger that stays locked gives one sentence, and can be used as soon as it is free."""
        filled(path)
        monkeypatch.setattr("zuji.electricity.ledger.store.BUSY_SECONDS", 0.05)
        other = sqlite3.connect(path, isolation_level=None)
        with Ledger.open(path) as ledger:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(UnreadableError, match="nothing was recorded"):
                ledger.record([granular()])
            other.execute("ROLLBACK")
            other.close()
            assert ledger.record([granular()]).findings == ()

    def test_a_damaged_page(self, path: Path) -> None:
        """A file that is damaged below its events is refused with its name."""
        filled(path)
        raw = bytearray(path.read_bytes())
        raw[4096 : len(raw)] = b"\x7f" * (len(raw) - 4096)
        path.write_bytes(raw)
        with Ledger.open(path) as ledger, pytest.raises(UnreadableError, match=r"power\.ledger"):
            audit(ledger)


def refused_code(ledger: Ledger, draft: ev.Draft) -> str:
    (finding,) = ledger.record([draft]).findings
    return finding.code


def doctored(path: Path, statement: str, *values: object) -> None:
    """Change the file behind the ledger's back, as somebody with a database tool would."""
    connection = sqlite3.connect(path)
    for trigger in ("event_no_update", "event_no_delete"):
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute(statement, values)
    connection.commit()
    connection.close()


class TestAudit:
    @pytest.mark.parametrize(
        ("statement", "event"),
        [
            ("UPDATE event SET body = replace(body, '25', '26') WHERE seq = 8", "power.ledger:8"),
            ("UPDATE event SET recorded = '2020-01-01T00:00:00Z' WHERE seq = 3", "power.ledger:3"),
            ("UPDATE event SET kind = 'issue' WHERE seq = 1", "power.ledger:1"),
            ("UPDATE event SET hash = replace(hash, substr(hash, 1, 2), 'zz') WHERE seq = 5", "power.ledger:5"),
            ("DELETE FROM event WHERE seq = 4", "power.ledger:5"),
        ],
    )
    def test_the_altered_event_is_named(self, path: Path, statement: str, event: str) -> None:
        """Whatever byte is changed, the audit says which event it was, and a ledger with it cannot be used."""
        filled(path, granular(wh=[0, 25, 15, 0]))
        doctored(path, statement)
        with Ledger.open(path) as ledger:
            (finding,) = audit(ledger).findings
            assert finding.code == "ZJ671"
            assert event in finding.what("en")
            with pytest.raises(UnreadableError, match="was altered"):
                _ = ledger.state

    def test_an_altered_event_with_a_new_hash_breaks_the_next(self, path: Path) -> None:
        """Whoever recomputes the hash of one event breaks the link of the following one."""
        filled(path, granular(wh=[0, 25, 15, 0]))
        with Ledger.open(path) as ledger:
            seq, kind, body, recorded, previous, _ = list(ledger.rows())[5]
        body = body.replace("1000", "2000")
        doctored(path, "UPDATE event SET body = ?, hash = ? WHERE seq = 6", body,
                 event_hash(seq, kind, body, recorded, previous))  # fmt: skip
        with Ledger.open(path) as ledger:
            (finding,) = audit(ledger).findings
        assert "power.ledger:7" in finding.what("en")

    def test_events_that_were_taken_away(self, path: Path) -> None:
        """A ledger cut at its end is whole in itself; a head that was noted tells."""
        filled(path, granular(wh=[0, 25, 15, 0]))
        with Ledger.open(path) as ledger:
            head = ledger.head
            assert audit(ledger, head).findings == ()
            assert audit(ledger, GENESIS).findings == ()
        doctored(path, "DELETE FROM event WHERE seq = 8")
        with Ledger.open(path) as ledger:
            assert audit(ledger).findings == ()
            (finding,) = audit(ledger, head).findings
        assert finding.code == "ZJ672"

    def test_a_chain_can_be_whole_and_wrong(self, path: Path) -> None:
        """A forger who recomputes the chain does not get past the invariants."""
        filled(path)
        draft = granular(wh=[0, 5000, 0, 0])
        from zuji.canonical import canonical_bytes

        with Ledger.open(path) as ledger:
            previous = ledger.head
        body = canonical_bytes(dict(draft.body)).decode()
        row = (8, "issue", body, now(), previous, event_hash(8, "issue", body, now(), previous))
        doctored(path, "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", *row)
        with Ledger.open(path) as ledger:
            (finding,) = audit(ledger).findings
        assert (finding.code, finding.place.line) == ("ZJ651", 8)


class TestProcesses:
    CANCEL = """
name, won = sys.argv[3], 0
for i in range(10):
    span = {"basis": "hourly", "start": T0, "end": T0 + 4}
    draft = ev.cancel(DAY, "maker", "C1", f"{name}-{i}", "works", wh=[0, 100, 0, 0], **span)
    won += not ledger.record([draft]).findings
print(won)
"""

    def test_one_wins(self, path: Path) -> None:
        """Two processes cancel 100 of 1,000 Wh ten times each: exactly ten cancellations win, none is lost."""
        filled(path, granular(wh=[0, 1000, 0, 0]))
        running = [started(self.CANCEL, path, name) for name in ("a", "b")]
        outputs = [process.communicate(timeout=60) for process in running]
        assert [err for _, err in outputs] == ["", ""]
        assert sum(int(out.split()[-1]) for out, _ in outputs) == 10
        with Ledger.open(path) as ledger:
            assert audit(ledger).findings == ()
            assert ledger.state.totals()["live"] == 0
            assert len(ledger.state.cancellations) == 10

    APPEND = """
i = ledger.state.seq
while True:
    wh = list(range(i, i + 400))
    done = ledger.record([
        ev.reading(DAY, "op", "wind", "generation", T0 + 100 + 800 * i, wh),
        ev.reading(DAY, "op", "works", "grid_import", T0 + 100 + 800 * i, wh),
    ])
    print(done.events[-1].seq, done.events[-1].hash, flush=True)
    i += 1
"""

    @pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill at any moment")
    @pytest.mark.parametrize("seed", range(6))
    def test_killed_at_any_moment(self, path: Path, seed: int) -> None:
        """After kill -9 the ledger opens, is valid, holds every event that was confirmed and no half of a batch."""
        filled(path)
        process = started(self.APPEND, path)
        assert process.stdout is not None
        confirmed = [process.stdout.readline().split() for _ in range(2 + seed)]
        # Somewhere inside the next transactions: the lines say when a batch ended.
        delay = Random(seed).random() * 0.03
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        confirmed += [line.split() for line in process.stdout.read().splitlines() if len(line.split()) == 2]
        process.communicate()
        with Ledger.open(path) as ledger:
            found = audit(ledger)
            assert found.findings == ()
            stored = {seq: hash for seq, _, _, _, _, hash in ledger.rows()}
            assert all(stored[int(seq)] == hash for seq, hash in confirmed if len(hash) == 64)
            assert (ledger.state.seq - 7) % 2 == 0
            assert ledger.record([granular()]).findings == ()

    @pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill at any moment")
    @pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "INSERT", "COMMIT"])
    def test_killed_before_and_after_every_statement(self, path: Path, statement: str) -> None:
        """A kill right before or after BEGIN, INSERT or COMMIT leaves the ledger before or after the batch."""
        script = """
import os, signal, sqlite3
class Dying:
    def __init__(self, inner): self.inner = inner
    def __getattr__(self, name): return getattr(self.inner, name)
    def _run(self, name, sql, *more):
        hit = sql.startswith(sys.argv[3])
        if hit and sys.argv[4] == "before": os.kill(os.getpid(), signal.SIGKILL)
        result = getattr(self.inner, name)(sql, *more)
        if hit: os.kill(os.getpid(), signal.SIGKILL)
        return result
    def execute(self, sql, *more): return self._run("execute", sql, *more)
    def executemany(self, sql, *more): return self._run("executemany", sql, *more)
_ = ledger.state
ledger._connection = Dying(ledger._connection)
ledger.record([ev.reading(DAY, "op", "wind", "generation", T0 + hour, [1]) for hour in (9, 10)])
"""
        filled(path)
        with Ledger.open(path) as ledger:
            head = ledger.head
        for when in ("before", "after"):
            copy = path.with_name(f"{when}.ledger")
            shutil.copyfile(path, copy)
            process = started(script, copy, statement, when)
            process.communicate(timeout=30)
            assert process.returncode == -signal.SIGKILL
            with Ledger.open(copy) as ledger:
                found = audit(ledger, head)
                assert found.findings == ()
                assert found.events == (9 if (statement, when) == ("COMMIT", "after") else 7)

    def test_a_torn_journal_is_rolled_back(self, path: Path) -> None:
        """A copy of file and journal in the middle of a transaction opens as it was before the transaction."""
        filled(path)
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA cache_size = 1")  # pages reach the file before the commit
        connection.execute("BEGIN IMMEDIATE")
        for seq in range(8, 400):
            values = (seq, "meter", "{}" * 500, "", f"p{seq}", f"h{seq}")
            connection.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", values)
        torn = path.with_name("torn.ledger")
        for suffix in ("", "-journal"):
            shutil.copyfile(f"{path}{suffix}", f"{torn}{suffix}")
        connection.execute("ROLLBACK")
        connection.close()
        with Ledger.open(torn) as ledger:
            assert audit(ledger).findings == ()
            assert ledger.state.seq == 7


def test_bodies_are_canonical() -> None:
    """What is hashed is the RFC 8785 form, whatever the texts hold."""
    from zuji.canonical import canonical_bytes
    from zuji.electricity.ledger.store import body_text

    draft = ev.cancel(
        DAY, "maker", 'C\u2028\x07"\\', "X\x7f\n", "works", wh=[0, 2**53 - 1], start=1, end=2, beneficiary="电芯厂😀"
    )
    for body in (draft.body, granular().body, dict(reversed(list(draft.body.items())))):
        assert body_text(body).encode() == canonical_bytes(dict(body))


def test_reading_again_needs_no_second_fold() -> None:
    """The state of an open ledger grows with its events."""
    ledger = ledger_of(*base())
    state = ledger.state
    assert ledger.record([read("wind", [1], start=T0 + 9)]).findings == ()
    assert ledger.state is state
    assert refused(ledger, read("wind", [1])).code == "ZJ650"
    assert DAY.year == 2025
