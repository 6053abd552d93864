"""What is forgotten is gone: from the tables, the full text, the backups, the damaged files and the audit log."""

from __future__ import annotations

from pathlib import Path

import pytest

from aishell.actions import audit
from aishell.core.memory import Run, Turn
from aishell.memory import backup
from aishell.memory.check import verify
from aishell.memory.connection import connect
from aishell.memory.forget import forget, matching
from aishell.memory.opening import open_or_none, quarantined
from aishell.memory.rebuild import rebuild
from aishell.memory.store import Store
from tests.memories import approved, filled, finished, python

SECRET = "zanzibar-42-swordfish"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """With a secret in a command, a request, a note, a folder, a refused proposal, and a vector."""
    store = filled(tmp_path / "memory" / "memory.db")
    turn = store.turn(Turn(request=f"log in as {SECRET}", time=5.0, cwd="/", session="s", reply=f"login {SECRET}"))
    run = Run(command=f"login {SECRET}", intent=f"log in as {SECRET}", time=5.0, exit_status=0, turn=turn, key="k")
    kept = store.record(run)
    store.turn(Turn(request="who am I", time=6.0, cwd="/", session="s", reply=f"whois {SECRET}", outcome="refused"))
    store.note("long text " * 900 + SECRET.upper().lower() + " more " * 900, cwd=f"/home/{SECRET}")
    store.record(Run(command="pwd", time=7.0, cwd=f"/home/{SECRET}"))
    with store.write() as db:
        db.execute("INSERT INTO models VALUES (1, 'm', 'f', 2, 0)")
        db.execute("INSERT INTO vectors (model, item, vector) VALUES (1, ?, x'0102')", (kept.item,))
    return store


def holders(store: Store, text: str = SECRET) -> list[str]:
    """Files of the memory's folder with `text`, or the first piece of it that FTS5 keeps as a word, in their bytes."""
    found = [file for file in store.file.parent.rglob("*") if file.is_file()]
    return [file.name for file in found for piece in (text, text.partition("-")[0]) if piece.encode() in file.read_bytes()]


def test_a_forgotten_text_is_in_no_byte_of_the_folder(store: Store) -> None:
    backup.daily(store.file)
    backup.asked(store.file)
    assert len(holders(store)) >= 6
    said = forget(store, text=SECRET)
    assert (said.items, said.runs, said.turns, said.backups, said.unproven) == (2, 1, 2, 2, ())
    assert said.commands == {f"login {SECRET}"}
    assert holders(store) == []
    assert store.counts() | {"vectors": 0} == store.counts()
    assert store.db.execute("SELECT cwd FROM runs WHERE time = 7").fetchone() == ("",)
    for term in ("zanzibar", "swordfish"):
        assert store.db.execute("SELECT count(*) FROM texts WHERE texts MATCH ?", (term,)).fetchone() == (0,)


def test_everything_else_stays_also_in_the_backups(store: Store) -> None:
    made = backup.daily(store.file)
    assert made
    forget(store, text=SECRET)
    assert (store.counts()["command"], store.counts()["note"], store.counts()["turns"]) == (21, 1, 1)
    assert verify(store).sound
    copied = connect(made)
    assert copied.execute("SELECT count(*) FROM items").fetchone() == (22,)
    assert copied.execute("SELECT count(*) FROM texts WHERE texts MATCH 'printer'").fetchone() == (1,)
    copied.close()
    assert store.note("written after")


def test_items_are_forgotten_by_number_with_the_requests_that_led_to_them(store: Store) -> None:
    (item,) = [number for number in matching(store, SECRET) if store.item(number).kind == "command"]  # type: ignore[union-attr]
    said = forget(store, ids=[item])
    assert (said.items, said.runs, said.turns) == (1, 1, 1)
    assert store.item(item) is None
    assert store.db.execute("SELECT request FROM turns WHERE time = 5").fetchone() is None
    assert said.concerns({"command": f"login {SECRET}"})
    assert said.concerns({"command": "logout", "request": f"log in as {SECRET}"})
    assert not said.concerns({"command": f"whois {SECRET}", "request": "", "reasons": []})
    assert said.unproven == ()  # the note and the folder account for what is still there


def test_the_same_command_for_another_request_stays(store: Store) -> None:
    other = store.turn(Turn(request="count up", time=9.0, cwd="/", session="s", reply="echo 1"))
    kept = store.record(Run(command="echo 1", intent="count up", time=9.0, exit_status=0, turn=other))
    (item,) = [number for number in matching(store, "count to one")]
    said = forget(store, ids=[item])
    assert (said.items, said.runs, said.turns, said.unproven) == (1, 1, 1, ())
    assert store.item(kept.item)
    assert store.db.execute("SELECT request FROM turns WHERE id = ?", (other,)).fetchone() == ("count up",)


def test_words_that_what_is_kept_has_in_it_too_are_no_sign_of_failure(store: Store) -> None:
    store.note("the printer of the accounting department")
    said = forget(store, text="the printer of the")
    assert (said.items, said.unproven) == (1, ())


def test_what_is_forgotten_does_not_come_back_from_a_backup_or_the_audit_log(store: Store, tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    entry = audit.Entry(event="approved", command=f"login {SECRET}", cwd="/", request=f"log in as {SECRET}", by="user")
    refused = audit.Entry(event="refused", command=f"whois {SECRET}", cwd="/", request="who am I")
    other = audit.Entry(event="approved", command="ls", cwd="/", request="list", by="user")
    for one in (entry, refused, other):
        audit.Audit(log, session="s", redact=str, tell=print).write(one)
    backup.daily(store.file)
    said = forget(store, text=SECRET)
    assert audit.forget(log, said.concerns) == 2
    assert [line["command"] for line in audit.read(log) if line] == ["", "", "ls"]
    assert SECRET.encode() not in log.read_bytes()
    store.close()
    store.file.write_bytes(b"garbage" * 999)
    opened = open_or_none(store.file, redact=str, entries=lambda: (line for line in audit.read(log) if line))
    assert opened.store
    assert matching(opened.store, SECRET) == []
    assert rebuild(opened.store, [approved("ls", 1), finished("ls", 2, 0)]) == 1


def test_a_copy_that_cannot_be_changed_is_removed(store: Store) -> None:
    made = backup.daily(store.file)
    assert made
    store.close()
    store.file.write_bytes(b"garbage" + store.file.read_bytes()[7:])
    opened = open_or_none(store.file, redact=str)
    assert opened.store
    (put_aside,) = quarantined(store.file)
    content = made.read_bytes()
    made.write_bytes(content[:4096] + b"\x05" * 8192 + content[12288:])
    said = forget(opened.store, text=SECRET)
    assert sorted(said.removed) == sorted([made.name, put_aside.name])
    assert said.unproven == ()
    assert holders(opened.store) == []


def test_while_another_process_reads_what_was_there_it_is_not_called_proven(store: Store) -> None:
    store.db.execute("PRAGMA busy_timeout = 50")
    code = (
        "from tests.memories import *; import signal\n"
        "db = Store(Path(sys.argv[1]), redact=str).db\n"
        "db.execute('BEGIN'); db.execute('SELECT count(*) FROM items').fetchone(); print('reads', flush=True); signal.pause()"
    )
    reader = python(code, store.file)
    assert reader.stdout
    assert reader.stdout.readline() == "reads\n"
    said = forget(store, text=SECRET, patience_s=0.1)
    assert said.items == 2
    assert said.unproven[0] == "another process still reads what was there before; forget it again later"
    reader.kill()
    reader.stdout.close()
    reader.wait()
    assert forget(store, text=SECRET).unproven == ()
    assert holders(store) == []


def test_the_audit_log_keeps_that_something_was_decided_and_nothing_of_what(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    log = audit.Audit(file, session="s", redact=str, tell=print, most_bytes=900)
    for number in range(9):
        text = f"login {SECRET}" if number % 3 == 0 else f"echo {number}"
        log.write(audit.Entry(event="finished", command=text, cwd=f"/{text}", request=text, status="done", exit_code=number))
    assert len(list(tmp_path.iterdir())) > 2
    with file.open("ab") as end:
        end.write(f'{{"time": "2026", "command": "{SECRET}'.encode())
    assert audit.forget(file, lambda line: SECRET in line["command"]) == 4
    assert all(SECRET.encode() not in part.read_bytes() for part in tmp_path.iterdir())
    assert {part.stat().st_mode & 0o777 for part in tmp_path.iterdir()} == {0o600}
    entries = [line for line in audit.read(file) if line]
    assert [line["exit_code"] for line in entries] == [*range(9)]
    blank = [line for line in entries if not line["command"]]
    assert [line["exit_code"] for line in blank] == [0, 3, 6]
    assert all((line["sha256"], line["cwd"], line["request"], line["reasons"]) == ("", "", "", []) for line in blank)
    log.write(audit.Entry(event="finished", command="after", cwd="/"))
    assert audit.forget(file, lambda line: SECRET in line["command"]) == 0
    assert [line["command"] for line in audit.read(file) if line][-1] == "after"


def test_the_audit_log_loses_no_line_that_is_written_while_it_forgets(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    code = (
        "import sys; from pathlib import Path; from aishell.actions.audit import Audit, Entry\n"
        "log = Audit(Path(sys.argv[1]), session='s', redact=str, tell=print, most_bytes=20_000)\n"
        "for n in range(300): log.write(Entry(event='finished', command=f'c{n % 7}', cwd='/', exit_code=n))"
    )
    writer = python(code, file)
    while writer.poll() is None:
        audit.forget(file, lambda line: line["command"] == "c3")
    assert writer.communicate()[0] == ""
    audit.forget(file, lambda line: line["command"] == "c3")
    entries = [line for line in audit.read(file) if line]
    assert sorted(line["exit_code"] for line in entries) == [*range(300)]
    assert all((line["command"] == "") == (line["exit_code"] % 7 == 3) for line in entries)
