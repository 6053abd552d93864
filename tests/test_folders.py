"""Folders in memory: what is there is found once, what changed is read again, what is gone is forgotten."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aishell.core.errors import AishellError
from aishell.memory.documents.reader import Reader
from aishell.memory.documents.roots import Root, drop, known_roots, remember, trust_in
from aishell.memory.documents.update import MOST_BYTES, Progress, Summary, update
from aishell.memory.documents.walk import Walk
from aishell.memory.documents.watch import changed_roots
from aishell.memory.store import Store
from tests import documents
from tests.conftest import ROOT


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "memory" / "memory.db", redact=lambda text: text.replace("hunter2", "[redacted]"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as process:
        yield process


def updated(store: Store, folder: Path, reader: Reader) -> Summary:
    root = remember(store, str(folder), trust="own")
    *_, last = update(store, root, reader)
    assert isinstance(last, Summary)
    return last


def counts(summary: Summary) -> tuple[int, int, int, int]:
    return summary.added, summary.changed, summary.unchanged, summary.removed


def names(folder: Path) -> list[str]:
    return [os.path.relpath(found.path, folder) for found in Walk(folder, most_bytes=MOST_BYTES).files()]


def bodies(store: Store) -> list[str]:
    return [body for (body,) in store.db.execute("SELECT body FROM items WHERE kind = 'chunk' ORDER BY body")]


def test_only_what_is_new_or_changed_is_read(store: Store, folder: Path, reader: Reader) -> None:
    (folder / "a.md").write_text("# A\n\nalpha")
    (folder / "b.txt").write_text("beta")
    assert counts(updated(store, folder, reader)) == (2, 0, 0, 0)
    assert counts(updated(store, folder, reader)) == (0, 0, 2, 0)
    (folder / "a.md").write_text("# A\n\nalpha two")
    os.utime(folder / "b.txt", (1, 1))  # touched, and the same
    assert counts(updated(store, folder, reader)) == (0, 1, 1, 0)
    (folder / "b.txt").unlink()
    assert counts(updated(store, folder, reader)) == (0, 0, 1, 1)
    assert bodies(store) == ["alpha two"]


def test_parts_that_stay_keep_their_number_and_so_their_vectors(store: Store, folder: Path, reader: Reader) -> None:
    sections = [f"# Section {at}\n\n" + f"Text of {at}. " * 60 for at in range(3)]
    (folder / "a.md").write_text("\n\n".join(sections))
    updated(store, folder, reader)
    before = dict(store.db.execute("SELECT body, id FROM items"))
    (folder / "a.md").write_text("\n\n".join(["# New\n\n" + "Other text. " * 60, *sections[:2]]))
    updated(store, folder, reader)
    after = dict(store.db.execute("SELECT body, id FROM items"))
    kept = before.keys() & after.keys()
    assert len(kept) == 2
    assert all(before[body] == after[body] for body in kept)
    places = [place for (place,) in store.db.execute("SELECT place FROM items WHERE body LIKE 'Text of 0%'")]
    assert places == ["Section 0, line 7"]


def test_found_by_its_words_and_its_name_without_its_secrets(store: Store, folder: Path, reader: Reader) -> None:
    (folder / "invoices.md").write_text("# Paying\n\nThe password is hunter2, says the bank.")
    updated(store, folder, reader)
    for words in ("bank", "invoices", "paying"):
        found = store.db.execute("SELECT place FROM texts JOIN items ON items.id = texts.rowid WHERE texts MATCH ?", (words,))
        assert found.fetchall() == [("Paying, line 3",)]
    store.close()
    assert all(b"hunter2" not in file.read_bytes() for file in store.file.parent.iterdir())


def test_gitignore_of_every_level_is_honoured(folder: Path) -> None:
    (folder / ".git" / "info").mkdir(parents=True)
    (folder / ".git" / "info" / "exclude").write_text("excluded.md\n")
    (folder / ".gitignore").write_text("*.log\n/top.md\nout/\n")
    for name in (
        "sub/top.md",
        "top.md",
        "a.log",
        "sub/keep.log",
        "sub/b.log",
        "out/x.md",
        "sub/out/y.md",
        "excluded.md",
        "ok.md",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    (folder / "sub" / ".gitignore").write_text("!keep.log\n")
    assert names(folder) == ["ok.md", "sub/keep.log", "sub/top.md"]
    assert names(folder / "sub") == ["keep.log", "top.md"]


def test_a_pattern_made_to_take_for_ever_is_left_out(folder: Path) -> None:
    (folder / ".gitignore").write_text("*a" * 40 + "b\nsecond.md\n")
    for name in ("a" * 120 + ".md", "second.md"):
        (folder / name).write_text("x")
    assert len(names(folder)) == 1


def test_links_hidden_secret_and_other_files_are_passed_over_and_counted(folder: Path) -> None:
    (folder / "loop").symlink_to(folder)
    (folder / "out.md").symlink_to("/etc/hostname")
    (folder / "node_modules").mkdir()
    for name in (".hidden.md", "id_rsa", "server.pem", "a.bin", "ok.md", "node_modules/x.md", "empty.md"):
        (folder / name).write_text("" if name == "empty.md" else "x")
    walk = Walk(folder, most_bytes=MOST_BYTES)
    assert [Path(found.path).name for found in walk.files()] == ["ok.md"]
    assert dict(walk.skipped) == {
        "links": 2,
        "hidden": 1,
        "secret by name": 2,
        "of other kinds": 1,
        "folders of tools": 1,
        "empty": 1,
    }


def test_names_that_are_odd_do_not_break_anything(store: Store, folder: Path, reader: Reader) -> None:
    for number, name in enumerate((b"new\nline.txt", b"bad\xff.txt", "猫.txt".encode(), b"\x1b[31mred.txt", b"quote'\".txt")):
        with open(os.path.join(os.fsencode(folder), name), "w") as file:
            file.write(f"text {number}")
    assert counts(updated(store, folder, reader)) == (5, 0, 0, 0)
    assert counts(updated(store, folder, reader)) == (0, 0, 5, 0)


def test_problems_are_named_and_stop_nothing(store: Store, folder: Path, reader: Reader) -> None:
    (folder / "bad.pdf").write_bytes(b"%PDF-1.4 nonsense")
    (folder / "ok.md").write_text("fine")
    for _ in range(2):
        summary = updated(store, folder, reader)
        assert [(Path(path).name, bool(why)) for path, why in summary.problems] == [("bad.pdf", True)]
    assert bodies(store) == ["fine"]


def test_a_document_that_can_no_longer_be_read_loses_its_parts(store: Store, folder: Path, reader: Reader) -> None:
    (folder / "a.pdf").write_bytes(documents.pdf(["words of it"]))
    updated(store, folder, reader)
    (folder / "a.pdf").write_bytes(b"%PDF-1.4 nonsense")
    assert updated(store, folder, reader).problems
    assert bodies(store) == []


def test_a_root_that_is_not_there_is_told_and_kept(store: Store, folder: Path, reader: Reader) -> None:
    (folder / "a.md").write_text("text")
    updated(store, folder, reader)
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(AishellError, match="not there"):
        [*update(store, known_roots(store)[0], reader)]
    assert bodies(store) == ["text"]


def test_a_long_document_is_written_in_turns_and_a_half_one_is_finished(store: Store, folder: Path, reader: Reader) -> None:
    (folder / "long.txt").write_text("\n\n".join(f"Paragraph {at} of a long text. " * 25 for at in range(400)))
    updated(store, folder, reader)
    whole = bodies(store)
    with store.write() as db:  # as a kill between two turns would leave it
        db.execute("DELETE FROM items WHERE id % 2")
        db.execute("UPDATE documents SET sha256 = ''")
    assert counts(updated(store, folder, reader)) == (0, 1, 0, 0)
    assert bodies(store) == whole
    assert len(whole) >= 300


def test_killed_half_way_and_run_again_nothing_is_missing_or_double(store: Store, folder: Path, tmp_path: Path) -> None:
    documents.some(folder, 160)
    adding = f"""
import sys
from pathlib import Path
from aishell.memory.store import Store
from aishell.memory.documents.reader import Reader
from aishell.memory.documents.roots import remember
from aishell.memory.documents.update import update
store = Store(Path({str(store.file)!r}), redact=str)
with Reader() as reader:
    for now in update(store, remember(store, {str(folder)!r}, trust="own"), reader):
        print(getattr(now, "done", "end"), flush=True)
"""
    command, environment = [sys.executable, "-c", adding], {**os.environ, "PYTHONPATH": str(ROOT)}
    first = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    assert first.stdout is not None
    for line in first.stdout:
        if line == b"60\n":
            first.send_signal(signal.SIGKILL)
            break
    first.stdout.close()
    first.wait()
    (half,) = store.db.execute("SELECT count(*) FROM documents WHERE sha256 != ''").fetchone()
    assert 60 <= half < 160
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, timeout=60)
    interrupted = store.db.execute("SELECT source, intent, place, body FROM items ORDER BY 1, 2, 3, 4").fetchall()
    other = Store(tmp_path / "other" / "memory.db", redact=str)
    with Reader() as reader:
        updated(other, folder, reader)
    assert interrupted == other.db.execute("SELECT source, intent, place, body FROM items ORDER BY 1, 2, 3, 4").fetchall()
    assert store.db.execute("SELECT count(*) FROM documents WHERE sha256 != ''").fetchone() == (160,)


def test_progress_comes_after_each_file(store: Store, folder: Path, reader: Reader) -> None:
    documents.some(folder, 8)
    seen: list[int] = []
    for now in update(store, remember(store, str(folder), trust="own"), reader):
        if isinstance(now, Progress):
            seen.append(now.done)
            assert store.db.execute("SELECT count(*) FROM documents").fetchone() == (now.done,)
    assert seen == [*range(1, 9)]


def test_trust_is_own_below_home_only_and_changes_with_its_root(store: Store, folder: Path, reader: Reader) -> None:
    assert trust_in(folder, folder.parent) == "own"
    assert trust_in(Path("/usr"), folder.parent) == "imported"
    (folder / "a.md").write_text("text")
    updated(store, folder, reader)
    remember(store, str(folder), trust="untrusted")
    assert store.db.execute("SELECT trust FROM items").fetchall() == [("untrusted",)]


def test_a_dropped_root_leaves_nothing(store: Store, folder: Path, reader: Reader) -> None:
    documents.some(folder, 16)
    updated(store, folder, reader)
    assert [*drop(store, known_roots(store)[0])][-1] == 16
    for name in ("items", "documents", "roots"):
        assert store.db.execute(f"SELECT count(*) FROM {name}").fetchone() == (0,)
    store.db.execute("INSERT INTO texts (texts) VALUES ('integrity-check')")


def test_changes_are_noticed_as_they_happen(store: Store, folder: Path) -> None:
    root = Root(id=1, path=str(folder), collection="", trust="own", watch=True)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():  # until the watcher is ready there is nobody to notice
            (folder / ".hidden").write_text(str(time.monotonic()))
            (folder / "a.md").write_text(str(time.monotonic()))
            stop.wait(0.2)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert next(changed_roots([root], stop)) == (root,)
    finally:
        stop.set()
        writer.join()
