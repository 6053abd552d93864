"""Whatever has become of the memory file: a shell has a memory or a sentence, and what can be written is written."""

from __future__ import annotations

import os
import stat
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aishell.core.errors import MemoryDamaged
from aishell.memory import backup, place
from aishell.memory.opening import open_or_none, quarantined
from aishell.memory.schema import STATEMENTS
from aishell.memory.store import Store
from tests.memories import approved, filled, finished, output, python


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "memory" / "memory.db"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_in_the_folder_is_the_users_alone_whatever_the_umask(file: Path) -> None:
    before = os.umask(0)
    try:
        store = filled(file)
        backup.daily(file)
    finally:
        os.umask(before)
    assert {mode(found) for found in file.parent.rglob("*") if found.is_file()} == {0o600}
    assert {mode(file.parent), mode(backup.folder(file))} == {0o700}
    store.close()


def test_modes_that_let_others_read_are_mended(file: Path) -> None:
    filled(file).close()
    file.parent.chmod(0o755)
    file.chmod(0o644)
    assert open_or_none(file, redact=str).store
    assert (mode(file.parent), mode(file)) == (0o700, 0o600)


def _link(file: Path) -> None:
    file.rename(file.with_name("elsewhere"))
    file.symlink_to("elsewhere")


def _linked_folder(file: Path) -> None:
    file.parent.rename(file.parent.with_name("elsewhere"))
    file.parent.symlink_to("elsewhere")


def _linked_lock(file: Path) -> None:
    file.with_name("memory.db-lock").unlink()
    file.with_name("memory.db-lock").symlink_to("/etc/passwd")


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


PLANTED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a symbolic link": (_link, "is a symbolic link"),
    "a folder that is one": (_linked_folder, "is a symbolic link"),
    "a log that is one": (lambda file: file.with_name("memory.db-wal").symlink_to("/etc/passwd"), "is a symbolic link"),
    "a lock that is one": (_linked_lock, "is a symbolic link"),
    "a hard link": (lambda file: os.link(file, file.with_name("other")), "has a second name"),
    "a folder for all": (lambda file: file.parent.chmod(0o777), "can be written by others"),
    "a pipe": (_pipe, "is not a plain file"),
}


@pytest.mark.parametrize("what", PLANTED)
def test_what_could_have_been_planted_is_refused_and_not_touched(file: Path, what: str) -> None:
    filled(file).close()
    plant, says = PLANTED[what]
    plant(file)
    opened = open_or_none(file, redact=str)
    assert opened.store is None
    assert says in opened.said
    assert opened.hint
    assert mode(Path("/etc/passwd")) == 0o644


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("which", [".", "memory.db"])
def test_what_belongs_to_somebody_else_is_refused(file: Path, which: str) -> None:
    filled(file).close()
    os.chown(file.parent / which, 12345, 12345)
    opened = open_or_none(file, redact=str)
    assert (opened.store, "belongs to somebody else" in opened.said) == (None, True)


def _garbage(file: Path) -> None:
    file.write_bytes(b"no database at all" + file.read_bytes()[18:])


def _damaged_page(file: Path) -> None:
    """All pages but the first, so that what is met does not depend on how the tables lie."""
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\x05" * (len(content) - 4096))


def _cut_off(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "garbage header": _garbage,
    "damaged pages": _damaged_page,
    "cut off": _cut_off,
    "zero length": lambda file: os.truncate(file, 0),
    "gone": Path.unlink,
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_file_is_put_aside_and_the_backup_takes_its_place(file: Path, what: str) -> None:
    store = filled(file)
    items = store.counts()["items"]
    backup.daily(file)
    store.close()
    DAMAGE[what](file)
    damaged = file.read_bytes() if file.exists() else b""
    opened = open_or_none(file, redact=str)
    if opened.store and not opened.said:  # the damage is met by whoever reads
        with pytest.raises(MemoryDamaged):
            opened.store.note("written into damaged pages")
        opened.store.close()
        opened = open_or_none(file, redact=str)
    assert opened.store
    assert "the backup of 20" in opened.said
    assert opened.store.counts()["items"] == items
    opened.store.note("written after")
    assert [one.read_bytes() for one in quarantined(file)] == ([damaged] if damaged else [])
    again = open_or_none(file, redact=str)
    assert (again.said, again.store is not None) == ("", True)


def test_a_backup_that_is_damaged_too_is_passed_over_and_without_any_a_new_file_begins(file: Path) -> None:
    store = filled(file)
    good, bad = backup.asked(file), backup.daily(file, now=2e9)
    store.close()
    assert bad
    assert backup.newest_first(file)[0] == bad
    _damaged_page(bad)
    _garbage(file)
    opened = open_or_none(file, redact=str)
    assert opened.store
    assert opened.store.counts()["items"] == 21
    opened.store.close()
    good.unlink()
    _garbage(file)
    opened = open_or_none(file, redact=str)
    assert opened.store
    assert opened.store.counts()["items"] == 0
    assert "a new one is in its place" in opened.said


def test_only_the_newest_two_damaged_files_are_kept(file: Path) -> None:
    for _ in range(4):
        filled(file).close()
        _garbage(file)
        opened = open_or_none(file, redact=str)
        assert opened.store
        opened.store.close()
    assert len(quarantined(file)) == 2


def test_a_shell_that_has_the_damaged_file_open_writes_into_the_mended_one(file: Path) -> None:
    store = filled(file)
    backup.daily(file)
    file.with_name("memory.db-suspect").touch()
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _damaged_page(file)
    opened = open_or_none(file, redact=str)
    assert opened.store
    assert opened.said
    store.note("from the shell that was there before")
    store.close()
    assert opened.store.counts()["items"] == 22
    assert not file.with_name("memory.db-suspect").exists()


def test_a_shell_that_ends_with_the_old_file_open_takes_nothing_from_the_mended_one(file: Path, tmp_path: Path) -> None:
    filled(file).close()
    backup.asked(file)
    code = (
        "from tests.memories import *; import time; store = Store(Path(sys.argv[1]), redact=str)\n"
        "store.note('into the old file'); print('wrote', flush=True)\n"
        "while not Path(sys.argv[2]).exists(): time.sleep(0.01)\n"
        "store.close()"  # SQLite removes the log of the last shell, by its name
    )
    shell = python(code, file, tmp_path / "end")
    assert shell.stdout
    assert shell.stdout.readline() == "wrote\n"
    _garbage(file)
    opened = open_or_none(file, redact=str)
    assert opened.store
    note = opened.store.note("into the new file")
    (tmp_path / "end").touch()
    assert shell.communicate(timeout=20)[0] == ""
    assert file.with_name("memory.db-wal").stat().st_size > 0
    other = open_or_none(file, redact=str)
    assert other.store
    assert (other.said, other.store.counts()["note"]) == ("", 2)
    opened.store.close()
    other.store.close()
    assert Store(file, redact=str).item(note)


def test_full_text_that_does_not_fit_is_made_anew_in_place(file: Path) -> None:
    store = filled(file)
    store.db.execute("INSERT INTO texts (texts) VALUES ('delete-all')")
    file.with_name("memory.db-suspect").touch()
    store.close()
    opened = open_or_none(file, redact=str)
    assert opened.store
    assert opened.said == ""
    assert opened.store.db.execute("SELECT count(*) FROM texts WHERE texts MATCH 'printer'").fetchone() == (1,)
    assert quarantined(file) == []


def test_a_log_that_was_taken_away_is_noticed_and_the_audit_log_asked(file: Path) -> None:
    filled(file).close()
    code = "from tests.memories import *; import signal; filled(Path(sys.argv[1]), 1); os.kill(os.getpid(), signal.SIGKILL)"
    assert output(code, file) == ""
    file.with_name("memory.db-wal").unlink()
    entries = [approved("make all", 1, when=datetime.now(UTC)), finished("make all", 1, 2)]
    opened = open_or_none(file, redact=str, entries=lambda: entries)
    assert opened.store
    assert opened.said == "1 command it had lost came back from the audit log."
    assert opened.store.note("written after")


def test_a_file_of_a_newer_version_is_not_touched(file: Path) -> None:
    Store(file, redact=str, statements={**STATEMENTS, max(STATEMENTS) + 1: ("CREATE TABLE later (x)",)}).close()
    before = file.read_bytes()
    opened = open_or_none(file, redact=str)
    assert opened.store is None
    assert "newer aishell" in opened.said
    assert file.read_bytes() == before


def test_a_database_of_another_program_is_not_touched(file: Path) -> None:
    file.parent.mkdir(mode=0o700)
    subprocess.run(["python3", "-c", "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('CREATE TABLE x (y)')", file])
    opened = open_or_none(file, redact=str)
    assert opened.store is None
    assert "some other program" in opened.said


def test_a_folder_that_many_make_at_once_is_made(tmp_path: Path) -> None:
    """As three shells do that record their first commands in one moment."""
    everybody = threading.Barrier(4)

    def make(_shell: int) -> None:
        for round_ in range(100):
            everybody.wait(timeout=10)
            place.own_folder(tmp_path / str(round_))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(4)))
    assert len(list(tmp_path.iterdir())) == 100
