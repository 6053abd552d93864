"""Knowledge packs, manual pages, exports, and the commands that bring them in."""

from __future__ import annotations

import gzip
import json
import os
import pty
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from aishell.config.paths import shipped
from aishell.core.errors import AishellError, UsageError
from aishell.core.memory import Run
from aishell.memory import exchange, manuals, packs
from aishell.memory.store import Store
from aishell.programs import pages
from tests.conftest import ROOT

MEMORY = [sys.executable, "-c", "import sys; from aishell.cli import memory_sources as m; sys.exit(m.run(sys.argv[1:]))"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "memory" / "memory.db", redact=lambda text: text.replace("hunter2", "[redacted]"))


def pack_file(tmp_path: Path, programs: int = 3, version: str = "v1") -> Path:
    def page(name: str) -> dict[str, Any]:
        return {
            "s": f"Does `{name}`.",
            "e": [[f"E[x]tract with {name} {at}", f"{name} {{{{[-x|--extract]}}}} {at}"] for at in range(8)],
        }

    table = {
        "common": {f"prog{at}": page(f"prog{at}") for at in range(programs)},
        "linux": {"prog0": {"s": "Linux.", "e": [["List", "prog0 {{path/to/file}}"]]}},
        "osx": {"open": page("open")},
        "license": "CC BY 4.0",
        "source": "where it is from",
        "version": version,
    }
    file = tmp_path / f"{version}.json.gz"
    file.write_bytes(gzip.compress(json.dumps(table).encode()))
    return file


def rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = store.db.execute(query).fetchall()
    return found


def test_a_pack_brings_examples_and_summaries(store: Store, tmp_path: Path) -> None:
    pack = packs.read_tldr(pack_file(tmp_path), system="linux")
    *_, last = packs.pull(store, pack)
    assert (last.done, last.total) == (17, 17)
    assert rows(store, "SELECT body, place FROM items WHERE place = 'prog0'") == [("prog0 {{path/to/file}}", "prog0")]
    assert rows(store, "SELECT intent, body, trust, source FROM items WHERE place = 'prog1' LIMIT 1") == [
        ("Extract with prog1 0", "prog1 --extract 0", "imported", "tldr")
    ]
    assert ("prog1", "tldr", "Does prog1.") in rows(store, "SELECT name, source, summary FROM programs")
    (kept,) = packs.kept_packs(store)
    assert kept.complete
    assert "where it is from" in kept.attribution
    assert "CC BY 4.0" in kept.attribution


def test_a_pack_stopped_half_way_goes_on_and_is_not_doubled(store: Store, tmp_path: Path) -> None:
    pack = packs.read_tldr(pack_file(tmp_path, programs=400), system="linux")
    pulling = packs.pull(store, pack)
    assert next(pulling).done < len(pack)
    del pulling
    assert not packs.kept_packs(store)[0].complete
    for _ in range(2):
        assert [*packs.pull(store, pack)][-1].done == len(pack)
    assert packs.kept_packs(store)[0].examples == len(pack)


def test_another_version_takes_the_place_of_the_one_before(store: Store, tmp_path: Path) -> None:
    for count, version in ((30, "v1"), (3, "v2")):
        [*packs.pull(store, packs.read_tldr(pack_file(tmp_path, count, version), system="darwin"))]
    (kept,) = packs.kept_packs(store)
    assert (kept.version, kept.examples) == ("v2", 32)


def test_a_dropped_pack_leaves_nothing(store: Store, tmp_path: Path) -> None:
    [*packs.pull(store, packs.read_tldr(pack_file(tmp_path), system="linux"))]
    assert [*packs.drop(store, "tldr")] == [17]
    assert [rows(store, f"SELECT count(*) FROM {name}") for name in ("items", "programs", "packs")] == [[(0,)]] * 3
    with pytest.raises(AishellError, match="no pack"):
        [*packs.drop(store, "tldr")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no gzip",
        gzip.compress(b"[]"),
        gzip.compress(b"\0" * (80 << 20)),
        gzip.compress(b"{}")[:-4],
        gzip.compress(b"[" * 99_999),
    ],
    ids=["empty", "none", "list", "bomb", "cut", "deep"],
)
def test_a_pack_that_is_none_is_told(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "x.gz"
    file.write_bytes(data)
    with pytest.raises(AishellError):
        packs.read_tldr(file, system="linux")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("tar {{[-x|--extract]}} {{path/to/file}}", "tar --extract {{path/to/file}}"),
        ("svn {{[ls|list]}}", "svn list"),
        ("x {{on|off}}", "x {{on|off}}"),
        (r"docker --format '\{\{.ID\}\}'", "docker --format '{{.ID}}'"),
        (r"sed 's/a\{2\}/b/'", r"sed 's/a\{2\}/b/'"),
    ],
)
def test_spellings_of_options_become_one(written: str, kept: str) -> None:
    assert packs.readable(written) == kept


@pytest.mark.skipif(not shutil.which("man") or not shutil.which("tar"), reason="no man here")
def test_options_of_a_manual_page_are_found(store: Store) -> None:
    manual = pages.read_manual("tar")
    if manual.origin != "man":
        pytest.skip("tar has no manual page here")
    assert "archiv" in manual.summary
    assert manuals.add_manual(store, manual)
    assert not manuals.add_manual(store, manual)
    found = rows(
        store,
        "SELECT body, source FROM items WHERE kind = 'chunk'"
        " AND id IN (SELECT rowid FROM texts WHERE texts MATCH 'tar exclude pattern')",
    )
    assert any("--exclude" in body for body, _ in found)
    assert {source for _, source in found} == {"man:tar"}
    assert manuals.known_manuals(store) == ["tar"]
    assert rows(store, "SELECT name FROM programs WHERE source = 'man'") == [("tar",)]


def test_terminal_tricks_of_a_manual_page_are_taken_out() -> None:
    assert pages.cleaned(b"N\x08NA\x08AM\x08ME\x08E\n_\x08tar \x1b[1mbold\x1b[0m\0") == "NAME\ntar bold"


@pytest.mark.parametrize("name", ["-l", "../x", "a b", "", "x\n", "$(id)"])
def test_a_name_that_is_none_is_never_handed_to_man(name: str) -> None:
    with pytest.raises(UsageError):
        pages.read_manual(name)


def test_help_is_asked_for_where_nothing_can_be_done(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("as it was")
    script = f"echo gone > {kept}; echo gone > ~/x; cat /proc/net/dev | grep -c :; echo done"
    command = pages.confined(["/bin/sh", "-c", script])
    tried = command and subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    if not tried or tried.stderr.startswith("bwrap: "):
        pytest.skip("no bubblewrap that works here")
    assert tried.stdout.split() == ["1", "done"], "it has no network but a loopback of its own"
    assert kept.read_text() == "as it was"
    assert not Path("~/x").expanduser().exists()
    assert "--all" in pages.help_text("ls")
    with pytest.raises(AishellError, match="no program"):
        pages.help_text("no-such-program")


def test_a_program_outside_of_the_system_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "mytool"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(AishellError, match="no program of that name"):
        pages.read_manual("mytool")
    assert not (tmp_path / "ran").exists()


def test_an_export_comes_back_once_and_is_trusted_less(store: Store, tmp_path: Path) -> None:
    store.record(Run(command="make", intent="build it", time=5.0, cwd="/src", exit_status=0, by="user", judgement="confirmed"))
    store.record(Run(command="ls", time=6.0))
    store.note("remember hunter2", cwd="/src")
    lines = [json.dumps(row) for row in exchange.export(store)]
    assert "vector" not in "".join(lines)
    assert [*exchange.bring_in(store, lines)][-1].new == 0
    other = Store(tmp_path / "other" / "memory.db", redact=str)
    for new in (3, 0):
        assert [*exchange.bring_in(other, lines)][-1].new == new
    assert rows(other, "SELECT DISTINCT trust FROM items") == [("imported",)]
    assert rows(other, "SELECT time, cwd, exit_status, approved_by, judgement, source FROM runs WHERE time = 5") == [
        (5.0, "/src", 0, "", "confirmed", "export")
    ]
    assert rows(other, "SELECT body, place FROM items WHERE kind = 'note'") == [("remember [redacted]", "/src")]


def test_lines_that_are_no_export_are_counted_and_harmless(store: Store) -> None:
    lines = [
        "",
        "x",
        "[]",
        '{"type": "run"}',
        '{"type": "run", "command": 7}',
        "[" * 200_000,
        '{"type": "note", "text": "\\u0000\\ud800"}',
    ]
    lines += [
        '{"type": "run", "command": "ls", "time": 1e999, "exit_status": "0", "cwd": {}, "judgement": "own", "trust": "own"}'
    ]
    *_, last = exchange.bring_in(store, lines)
    assert (last.unreadable, last.new) == (5, 2)
    assert rows(store, "SELECT time, exit_status, cwd, judgement FROM runs") == [(0.0, None, "", "")]


def memory(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MEMORY, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_import_needs_a_yes_and_says_what_it_found(environment: dict[str, str], home: Path) -> None:
    (home / ".bash_history").write_text("ls\nmake\n")
    refused = memory(environment, "import")
    assert "ConsentMissing" in refused.stderr
    assert not (home / ".local").exists()
    agreed = memory(environment, "import", "--yes")
    assert f"2 commands in {home}/.bash_history" in agreed.stderr
    assert agreed.stdout == "bash: 2 of 2 commands are new\n"
    assert memory(environment, "import", "bash", "--yes").stdout == "bash: 0 of 2 commands are new\n"


@pytest.mark.parametrize(("key", "read"), [("y\r", True), ("n\r", False)])
def test_import_asks_on_a_terminal(environment: dict[str, str], home: Path, key: str, read: bool) -> None:
    (home / ".bash_history").write_text("ls\nmake\n")
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(MEMORY[0], [*MEMORY, "import"], environment)
    shown = b""
    answered = False
    while True:
        try:
            shown += os.read(terminal, 4096)
        except OSError:
            break
        if b"[n]" in shown and not answered:
            time.sleep(0.4)  # keys that come before the question can have been read do not count
            os.write(terminal, key.encode())
            answered = True
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(terminal)
    assert b"2 commands in" in shown
    assert (b"2 of 2 commands are new" in shown) is read


def test_folders_are_added_listed_brought_up_to_date_and_dropped(environment: dict[str, str], home: Path) -> None:
    notes = home / "notes"
    notes.mkdir()
    (notes / "a.md").write_text("# A\n\ntext")
    (notes / "id_rsa").write_text("key")
    (notes / "\x1b]0;bad\x07.pdf").write_text("no pdf")
    added = memory(environment, "add", str(notes))
    assert f"{notes}: 1 added, 0 changed" in added.stdout
    assert "1 secret by name" in added.stdout
    assert "\x1b" not in added.stdout
    assert "1 unchanged" in memory(environment, "add").stdout
    assert f"{notes}: 2 files; own" in memory(environment, "roots").stdout
    memory(environment, "add", str(notes), "--untrusted")
    assert "untrusted" in memory(environment, "roots").stdout
    memory(environment, "add", str(notes))
    assert "untrusted" in memory(environment, "roots").stdout, "a folder once distrusted is not trusted by adding it again"
    memory(environment, "drop", str(notes))
    assert memory(environment, "roots").stdout == ""


def test_the_tldr_pack_of_the_catalog_is_the_real_one(environment: dict[str, str]) -> None:
    pulled = memory(environment, "pull", "tldr")
    assert "tldr-pages" in pulled.stdout, pulled.stderr
    assert int(pulled.stdout.split(": ")[1].split()[0]) > 29_000
    assert memory(environment, "pull", "tldr").stdout == pulled.stdout == memory(environment, "packs").stdout
    assert "[tldr]" in shipped("assets.toml").read_text()
    assert (ROOT / "config").is_dir()
