"""The audit log: complete, private, and honest when it cannot be written."""

from __future__ import annotations

import fcntl
import io
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aishell.actions import audit
from aishell.actions.audit import Audit, Entry
from aishell.core.types import Tier, Verdict
from tests.conftest import ROOT, Run

Script = Callable[..., dict[str, str]]
ASKED = Verdict(tier=Tier.ASK, reasons=("rm is not known to only read",))


def log(file: Path, told: io.StringIO | None = None, **options: Any) -> Audit:
    def tell(sentence: str) -> None:
        if told:
            told.write(sentence)

    return Audit(file, session="s1", redact=lambda text: text.replace("hunter2", "***"), tell=tell, **options)


def entries(file: Path) -> list[dict[str, Any]]:
    found = list(audit.read(file))
    assert None not in found
    return [entry for entry in found if entry]


def approved(command: str) -> Entry:
    return Entry(event="approved", command=command, cwd="/", request="do it", verdict=ASKED, by="user")


def test_a_decision_is_kept_whole_private_and_without_its_secrets(tmp_path: Path) -> None:
    file = tmp_path / "new" / "audit.jsonl"
    log(file).write(approved("x --password hunter2\x1b[2J\ud800"))
    (entry,) = entries(file)
    assert entry["command"] == "x --password ***\x1b[2J\ud800"
    assert (entry["tier"], entry["by"], entry["request"], entry["session"]) == ("ASK", "user", "do it", "s1")
    assert entry["reasons"] == ["rm is not known to only read"]
    assert len(entry["sha256"]) == 64
    assert b"\x1b" not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o077 == 0


def test_many_processes_write_at_once_and_over_full_files_without_losing_a_line(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    code = (
        "import sys; from pathlib import Path; from aishell.actions.audit import Audit, Entry\n"
        "log = Audit(Path(sys.argv[1]), session=sys.argv[2], redact=str, tell=print, most_bytes=20_000)\n"
        "for n in range(150): log.write(Entry(event='finished', command=str(n), cwd='/', exit_code=n))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(file), str(n)], env=environment, stderr=subprocess.PIPE)
        for n in range(5)
    ]
    assert [writer.communicate()[1] for writer in writers] == [b""] * 5
    assert len(list(tmp_path.iterdir())) > 3
    found = entries(file)
    for number in range(5):
        assert [entry["exit_code"] for entry in found if entry["session"] == str(number)] == list(range(150))


def test_a_line_cut_off_by_a_crash_spoils_no_other(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    log(file).write(approved("one"))
    with file.open("ab") as end:
        end.write(b'{"time": "2026')
    log(file).write(approved("two"))
    assert [entry and entry["command"] for entry in audit.read(file)] == ["one", None, "two"]


@pytest.mark.parametrize("kind", ["symlink", "hard link", "folder", "fifo"])
def test_a_file_that_is_not_our_own_is_left_alone_and_the_decision_told(tmp_path: Path, kind: str) -> None:
    file, other = tmp_path / "audit.jsonl", tmp_path / "other"
    other.write_text("precious\n")
    other.chmod(0o644)
    if kind == "symlink":
        file.symlink_to(other)
    elif kind == "hard link":
        file.hardlink_to(other)
    elif kind == "folder":
        file.mkdir()
    else:
        os.mkfifo(file)
    told = io.StringIO()
    log(file, told).write(approved("rm x"))
    assert other.read_text() == "precious\n"
    assert other.stat().st_mode & 0o777 == 0o644
    assert told.getvalue().startswith(f"{file} cannot be written")
    assert '"command": "rm x"' in told.getvalue()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    file.touch()
    os.chown(file, 12345, 12345)
    told = io.StringIO()
    log(file, told).write(approved("x"))
    assert "not a plain file of the user's own" in told.getvalue()
    assert file.read_bytes() == b""


def test_a_log_that_others_could_write_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "state" / "audit.jsonl"
    file.parent.mkdir()
    file.parent.chmod(0o775)
    file.touch()
    file.chmod(0o666)
    log(file).write(approved("x"))
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o755)


def test_on_a_full_disk_the_decision_is_told_and_the_log_stays_whole(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    log(file).write(approved("one"))
    whole = file.read_bytes()
    told = io.StringIO()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 10, before[1]))  # the kernel then takes only part of a write
    try:
        log(file, told).write(approved("two"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert file.read_bytes() == whole
    assert '"command": "two"' in told.getvalue()
    assert len(told.getvalue().splitlines()) == 1
    log(file).write(approved("three"))
    assert [entry["command"] for entry in entries(file)] == ["one", "three"]


def test_a_lock_that_is_never_given_back_does_not_hang_us(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    file.touch()
    told = io.StringIO()
    with file.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        log(file, told).write(approved("x"))
    assert "locked" in told.getvalue()


def test_what_was_decided_and_run_can_be_looked_up(aishell: Run, script: Script, home: Path) -> None:
    removes = "rm -r --token=abcdefgh1 'x\x1b[2J'"
    variables = script({"no option --token": removes, "numbers": "seq 3", "remove": removes})
    assert aishell("-c", "list the numbers please", env=variables).returncode == 0
    assert aishell("-c", "remove the folder please", env=variables).returncode == 77
    assert aishell("-c", "--json", "!exit 7").returncode == 7
    assert aishell("-c", "--yes", "remove the folder please", env=variables).returncode == 1
    shown = aishell("audit").stdout.splitlines()
    assert [line[19:43].split() for line in shown] == [
        ["READ", "looked", "at"],
        ["READ", "policy,", "exit", "0"],
        ["ASK", "refused"],
        ["-", "typed,", "exit", "7"],
        ["ASK", "user,", "exit", "1"],
    ]
    assert shown[2].endswith("rm -r --token=[redacted: secret option] 'x␛[2J'")
    assert aishell("audit", "--last", "1").stdout.splitlines() == shown[-1:]
    said = [json.loads(line) for line in aishell("audit", "--json", "--since", "1h").stdout.splitlines()]
    assert [entry["event"] for entry in said] == [
        "observed",
        "approved",
        "finished",
        "refused",
        "approved",
        "finished",
        "approved",
        "finished",
    ]
    assert said[2]["sha256"] == said[1]["sha256"]
    assert "abcdefgh1" not in json.dumps(said)
    assert aishell("audit", "--since", "2100-01-01").stdout == ""
    assert aishell("audit", "--since", "yesterday").returncode == 64
    assert aishell("audit", "--last", "0").returncode == 64


def test_without_decisions_there_is_nothing_to_show(aishell: Run) -> None:
    done = aishell("audit")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_log_that_cannot_be_written_is_told_and_the_command_runs(aishell: Run, script: Script, home: Path) -> None:
    state = home / ".local" / "state" / "aishell"
    state.mkdir(parents=True)
    (state / "audit.jsonl").symlink_to("/dev/null")
    done = aishell("-c", "list the numbers please", env=script({".": "seq 3"}))
    assert (done.returncode, done.stdout) == (0, "1\n2\n3\n")
    assert "cannot be written" in done.stderr
    assert '"command": "seq 3"' in done.stderr
