"""What only reads is held to it by the kernel, and reading commands still work. Real commands, the real kernel."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from aishell.actions import confine, policy
from aishell.actions.capture import Limits
from aishell.actions.executor import execute
from aishell.actions.filter import program
from aishell.core.types import Feed, Finished, Outcome, ShellCommand, Step

needs_landlock = pytest.mark.skipif(confine.support().landlock < 3, reason="this kernel has no Landlock")
needs_filter = pytest.mark.skipif(not confine.support().seccomp, reason="no seccomp filter for this machine")


def run(command: str, cwd: Path, *, confined: bool = True) -> Outcome:
    async def go() -> Outcome:
        typed = policy.typed(Step(action=ShellCommand(command=command)), str(cwd), os.environ)
        step = replace(typed, by="policy" if confined else "user")
        async for event in execute(step, Limits(), feed=Feed(), timeout_s=30):
            if isinstance(event, Finished):
                return event.outcome
        raise AssertionError("no outcome")

    return asyncio.run(go())


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "file").write_text("text\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "run.py").write_text("import sys; exec(sys.argv[1])\n")
    os.utime(tmp_path / "file", (1e9, 1e9))
    return tmp_path


def look(folder: Path) -> str:
    """A hash of everything in `folder`: names, kinds, modes, times and contents."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        state = path.lstat()
        found.update(f"{path} {state.st_mode} {state.st_mtime_ns} {state.st_nlink} {state.st_size}".encode())
        found.update(path.read_bytes() if path.is_file() and not path.is_symlink() else b"")
    return found.hexdigest()


@needs_landlock
@needs_filter
@pytest.mark.parametrize(
    "command",
    [
        "echo x > new",
        "echo x >> file",
        "> file",
        "rm file",
        "rmdir folder",
        "mkdir new",
        "mv file other",
        "ln file other",
        "ln -s file other",
        "mkfifo new",
        "cp file other",
        "touch file",
        "chmod 777 file",
        "chmod 777 folder",
        "truncate -s 0 file",
        "sed -i s/text/x/ file",
        "sort -o file file",
        "tee file < /dev/null",
        "echo x > $HOME/aishell-confine-test",
        "find . -delete",
        "find . -fprint new",
        "python3 run.py 'import os; os.truncate(\"file\", 0)'",
        'python3 run.py \'import os; os.setxattr("file", "user.x", b"y")\'',
        "python3 run.py 'import os; os.utime(\"file\", (1, 1))'",
        "bash -c 'trap \"echo x > new\" EXIT; exit 3'",
        "cat /proc/cpuinfo > /dev/null; echo x > new",
        "setsid -w bash -c 'echo x > new'",
        "unshare -Urm bash -c 'echo x > new'",
    ],
)
def test_a_command_taken_for_reading_changes_nothing(place: Path, command: str) -> None:
    before = look(place)
    outcome = run(command, place)
    assert outcome.exit_code != 0
    assert look(place) == before


def test_the_same_commands_would_have_changed_something(place: Path) -> None:
    before = look(place)
    assert run("touch file; echo x > new", place, confined=False).exit_code == 0
    assert look(place) != before


@needs_filter
@pytest.mark.parametrize(
    "code",
    [
        "socket.create_connection(address)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', address)",
        "socket.socket(socket.AF_INET6, socket.SOCK_STREAM)",
        "socket.socket(socket.AF_INET, socket.SOCK_STREAM).bind(('127.0.0.1', 0))",
        "socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)",
        "socket.socket(40, socket.SOCK_STREAM)",
    ],
)
def test_there_is_no_network(place: Path, code: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        script = f"import socket; address = ('127.0.0.1', {server.getsockname()[1]}); {code}"
        outcome = run(f'{sys.executable} -c "{script}"', place)
        assert outcome.exit_code == 1
        assert b"PermissionError" in outcome.stderr.head
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


@needs_filter
def test_bash_opens_no_connection_either(place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert run(f"cat < /dev/tcp/127.0.0.1/{server.getsockname()[1]}", place).exit_code != 0


@needs_filter
def test_keys_cannot_be_pushed_into_the_terminal(place: Path) -> None:
    code = "import fcntl, termios; fcntl.ioctl(open('/dev/null'), termios.TIOCSTI, b'x')"  # else: not a terminal
    assert b"Operation not permitted" in run(f'{sys.executable} -c "{code}"', place).stderr.head


@needs_landlock
def test_processes_outside_get_no_signal_but_those_inside_do(place: Path) -> None:
    if confine.support().landlock < 6:
        pytest.skip("signals are confined from Landlock 6 on")
    outsider = subprocess.Popen(["sleep", "60"])
    try:
        assert run(f"kill {outsider.pid}", place).exit_code != 0
        assert outsider.poll() is None
        assert run("sleep 60 & kill $!; wait $!", place).exit_code == 143
    finally:
        outsider.kill()
        outsider.wait()


def test_no_new_rights_are_had(place: Path) -> None:
    shown = run("grep -E 'NoNewPrivs|CapEff' /proc/self/status", place).stdout.head.decode().split()
    assert shown[shown.index("NoNewPrivs:") + 1] == "1"
    kept = 1 << 2 | 1 << 19 | 1 << 34
    assert int(shown[shown.index("CapEff:") + 1], 16) & ~kept == 0


@pytest.mark.parametrize(
    "command",
    [
        "ls -la /",
        "cat file > /dev/null 2>&1",
        "cat <<< here; cat <<E\nthere\nE",
        "diff <(cat file) <(cat file)",
        "ps aux | head -n 3",
        "ps -ef --forest | wc -l",
        "pgrep -l . | head -n 3",
        "ss -ltn",
        "df -h /",
        "du -sh .",
        "find / -maxdepth 2 -name 'e*' -type d 2>/dev/null | head -n 3; true",
        "sort -S 200K --parallel=1 <(seq 200000) | tail -n 1",
        "free -m && uptime && who && id && uname -a && date && hostname",
        "stat file && file /bin/ls && md5sum file && tail -n 1 file | tr a-z A-Z",
        "getent passwd root && getent hosts localhost",
        "awk 'BEGIN { print 1 > \"/dev/stderr\" }' && sed -n 1p file && xargs -n 1 echo < file",
        "find . -type f -exec grep -l text {} + | xargs -r wc -c",
        "man -P cat ls > /dev/null 2>&1 || [ $? = 16 ] || ! man -w ls",
        'test -n "$TMPDIR" && cd / && cat /proc/self/status > /dev/null',
    ],
)
def test_reading_commands_work(place: Path, command: str) -> None:
    if missing := [name for name in ("ps", "ss", "file", "man") if f"{name} " in command and not shutil.which(name)]:
        pytest.skip(f"{missing} not here")
    outcome = run(command, place)
    assert outcome.exit_code == 0, outcome.stderr.head
    assert b"denied" not in outcome.stderr.head
    assert b"not permitted" not in outcome.stderr.head


@pytest.mark.skipif(not shutil.which("git"), reason="git is not here")
def test_git_reads_a_repository_without_writing_its_index(place: Path) -> None:
    make = "git init -q . && git -c user.name=a -c user.email=b commit -q --allow-empty -m one && git add -A && touch file"
    assert run(make, place, confined=False).exit_code == 0
    before = look(place)
    outcome = run("git status --short && git log --oneline && git diff --cached --stat", place)
    assert outcome.exit_code == 0, outcome.stderr.head
    assert b"A  file" in outcome.stdout.head
    assert look(place) == before


def test_owners_of_sockets_are_still_shown(place: Path) -> None:
    if not shutil.which("ss"):
        pytest.skip("ss is not here")
    with socket.create_server(("127.0.0.1", 0)) as server:
        shown = run(f"ss -ltnp 'sport = :{server.getsockname()[1]}'", place).stdout.head
    assert f"pid={os.getpid()}".encode() in shown


def test_temporary_files_are_private_and_gone_afterwards(place: Path) -> None:
    outcome = run('echo x > "$TMPDIR/x" && stat -c %a "$TMPDIR" && echo "$TMPDIR"', place)
    mode, folder = outcome.stdout.head.decode().split()
    assert mode == "700"
    assert not Path(folder).exists()


def test_we_ourselves_are_not_confined(place: Path) -> None:
    run("true", place)
    (place / "ours").write_text("x")
    (place / "ours").chmod(0o600)
    with socket.create_server(("127.0.0.1", 0)):
        pass


def test_what_cannot_be_started_is_told(tmp_path: Path) -> None:
    assert run("ls", tmp_path / "gone").exit_code == 126


def test_the_filter_is_whole_for_each_machine_and_empty_for_others() -> None:
    for machine in ("x86_64", "aarch64"):
        assert len(program(machine)) % 8 == 0
        assert program(machine).endswith(b"\x06\x00\x00\x00\x00\x00\xff\x7f")
    assert program("m68k") == b""
