"""The real terminal lent to programs and taken back; the life and death of a shell."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from aishell.actions.shell.door import Kind
from aishell.core.errors import ShellUnavailable
from aishell.core.shell import Ended, Event, Left, Printed, Ready, Screen, Waits, Works
from tests.conftest import ROOT
from tests.shells import Session, drive, start


class Person:
    """Sits at a real terminal, types, and reads its screen."""

    def __init__(self) -> None:
        self.master, self.slave = os.openpty()
        self.size(24, 80)
        self.seen = b""
        self._news = asyncio.Event()
        asyncio.get_running_loop().add_reader(self.master, self._read)

    def _read(self) -> None:
        self.seen += os.read(self.master, 1 << 16)
        self._news.set()

    async def sees(self, what: bytes) -> None:
        """`what` on the screen; what came before is forgotten. Nothing, when it may have been there before."""
        async with asyncio.timeout(20):
            while what not in self.seen:
                self._news.clear()
                await self._news.wait()
        self.seen = self.seen.partition(what)[2] if what else b""

    def types(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def size(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.master)
        os.close(self.master)
        os.close(self.slave)


@asynccontextmanager
async def at_terminal(session: Session, line: str) -> AsyncIterator[Person]:
    """Run `line` with a real terminal attached as soon as it takes the screen or reads keys; its modes are as before then."""
    person = Person()
    before = termios.tcgetattr(person.slave)
    try:
        await session.shell.run(line)
        await session.until(lambda event: isinstance(event, Waits) or (isinstance(event, Screen) and event.on))
        attached = asyncio.create_task(session.shell.attach(person.slave, person.slave))
        yield person
        async with asyncio.timeout(20):
            await attached
        assert termios.tcgetattr(person.slave) == before
    finally:
        person.close()


def needs(program: str) -> str:
    if not shutil.which(program):
        pytest.skip(f"no {program} here")
    return program


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / ".zshrc").touch()
    (folder / "long.txt").write_text("\n".join(f"line {number}" for number in range(1000)))
    return folder


def test_vim_writes_a_file_on_the_whole_screen(home: Path) -> None:
    needs("vim")

    async def script(session: Session) -> None:
        async with at_terminal(session, "vim -u NONE -N new.txt; echo back $?") as person:
            await person.sees(b"new.txt")
            person.types(b"ihello\x1b")
            await person.sees(b"hello")
            person.types(b":wq\r")
        rest = await session.ends()
        assert rest.screens() == [False]
        assert rest.text.endswith("back 0\n")
        assert (home / "new.txt").read_text() == "hello\n"
        assert await session.text("echo after") == "after\n"

    drive(lambda: start("bash", home), script)


_TOURS: dict[str, tuple[str, list[tuple[bytes, bytes]]]] = {
    "less": ("less long.txt", [(b"line 20", b"/line 99[9]\r"), (b"line 999", b"q")]),
    "top": ("top", [(b"PID", b"q")]),
    "htop": ("htop", [(b"PID", b"q")]),
    "tmux": ("tmux -f /dev/null -S socket new-session cat", [(b" 0:", b"in tmux\r"), (b"in tmux", b"\x04")]),
    "fzf": ("seq 100 | fzf >chosen; cat chosen", [(b"100/100", b"77"), (b"1/100", b"\r")]),
    "python3": ("python3 -q", [(b"", b"6*7\r"), (b"42", b"exit()\r")]),
}


@pytest.mark.parametrize("program", _TOURS)
def test_programs_get_the_terminal_and_give_it_back(home: Path, program: str) -> None:
    needs(program)
    line, steps = _TOURS[program]

    async def script(session: Session) -> None:
        async with at_terminal(session, line) as person:
            for awaited, keys in steps:
                await person.sees(awaited)
                person.types(keys)
        await session.ends()
        assert await session.text("echo after; stty -a | grep -o ' icanon' | head -1") == "after\n icanon\n"

    drive(lambda: start("bash", home), script)


def test_a_password_is_asked_for_without_echo(home: Path) -> None:
    async def script(session: Session) -> None:
        await session.shell.run("read -rs -p 'password: ' word; echo; echo \"got $word\"; cat >/dev/null")
        assert await session.waits() == Waits(echo=False, raw=False)
        await session.shell.write(b"s3cret\r")
        answered = await session.until(lambda event: isinstance(event, Works | Waits))
        assert answered.text == "\ngot s3cret\n"
        await session.shell.end_of_input()
        await session.ends()

    drive(lambda: start("bash", home), script)


def test_single_keys_are_told_from_lines(home: Path) -> None:
    async def script(session: Session) -> None:
        await session.shell.run("read -rn 1 key; read -r line; echo $key$line")
        assert (await session.waits()).raw
        await session.shell.write(b"k")
        again = await session.until(lambda event: isinstance(event, Waits))
        assert again.events[-1] == Waits(echo=True, raw=False)
        await session.shell.write(b"rest\r")
        assert (await session.ends()).text.endswith("krest\n")

    drive(lambda: start("bash", home), script)


def test_the_size_follows_the_terminal(home: Path) -> None:
    report = "os.write(1, b'<%d>' % os.get_terminal_size().columns)"
    program = f"import signal, os; signal.signal(28, lambda *_: {report}); input('ready')\n"
    (home / "size.py").write_text(program)

    async def script(session: Session) -> None:
        assert await session.text("stty size") == "24 80\n"
        session.shell.resize(40, 132)
        assert await session.text("stty size; echo $COLUMNS") == "40 132\n132\n"
        async with at_terminal(session, f"{sys.executable} size.py") as person:
            await person.sees(b"<80>")  # the terminal's own, as soon as it is attached
            person.size(20, 70)
            os.kill(os.getpid(), signal.SIGWINCH)
            await person.sees(b"<70>")
            person.types(b"\r")
        await session.ends()
        assert signal.getsignal(signal.SIGWINCH) == signal.SIG_DFL

    drive(lambda: start("bash", home), script)


def test_a_program_that_is_killed_leaves_no_trace_on_the_terminal(home: Path) -> None:
    async def script(session: Session) -> None:
        line = "sh -c 'printf \"\\033[?1049h\\033[?1000hdrawn\"; stty raw -echo; cat; true'"
        async with at_terminal(session, line) as person:
            await person.sees(b"drawn")
            group = session.shell._child.reading().by
            os.killpg(group, signal.SIGKILL)
            await person.sees(b"\x1b[?1000l")
        rest = await session.ends()
        assert (rest.screens(), rest.status) == ([False], 137)
        assert await session.text("stty -a | grep -o ' echo '") == " echo \n"

    drive(lambda: start("bash", home), script)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_the_terminal_is_put_back_when_we_are_killed(home: Path, number: signal.Signals) -> None:
    code = (
        "import asyncio, os, sys\nfrom pathlib import Path\nfrom tests.shells import Session, start\n"
        "from aishell.core.shell import Ready, Waits\n"
        "async def main():\n"
        "    session = Session(start('bash', Path(sys.argv[1])))\n"
        "    await session.until(lambda event: isinstance(event, Ready))\n"
        "    await session.shell.run('sh -c \"stty raw -echo; echo $$ >pid; echo attached; exec cat\"')\n"
        "    await session.waits()\n"
        "    await session.shell.attach(0, 1)\n"
        "asyncio.run(main())\n"
    )
    master, slave = os.openpty()
    before = termios.tcgetattr(slave)
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(home)],
        cwd=ROOT,
        stdin=slave,
        stdout=slave,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    _eventually(lambda: termios.tcgetattr(slave) != before)
    _eventually(lambda: (home / "pid").exists() and (home / "pid").read_text() != "")
    program = int((home / "pid").read_text())
    process.send_signal(number)
    assert process.wait(20) == -number
    _eventually(lambda: termios.tcgetattr(slave) == before)
    _eventually(lambda: not _alive(program))
    os.close(master)
    os.close(slave)


def _eventually(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.01)


def _alive(pid: int) -> bool:
    """Whether a process runs; one that waits for its parent to look does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("kind", ["bash", "zsh"])
def test_at_the_prompt_a_person_finds_their_own_shell(home: Path, kind: Kind) -> None:
    (home / (".bashrc" if kind == "bash" else ".zshrc")).write_text("PS1='mine> '\n")

    async def script(session: Session) -> None:
        person = Person()
        before = termios.tcgetattr(person.slave)
        attached = asyncio.create_task(session.shell.attach(person.slave, person.slave))
        await person.sees(b"mine> ")
        person.types(b"echo typed by haX\x7fnd\r")
        async with asyncio.timeout(20):
            await attached
        assert b"typed by hand\r\n" in person.seen
        assert termios.tcgetattr(person.slave) == before
        ran = await session.ends()
        assert ran.status == 0
        assert (await session.run("echo handed in")).output == b"handed in\r\n"
        person.close()

    drive(lambda: start(kind, home), script)


def test_a_shell_that_hangs_up_takes_its_jobs_along_but_not_those_it_disowned(home: Path) -> None:
    async def script(session: Session) -> None:
        await session.run("sleep 1000 & echo $! >job; (setsid sleep 1001 & echo $! >free)")
        await session.run("sleep 1002 & echo $! >disowned; disown")
        job, free, disowned = (int((home / name).read_text()) for name in ("job", "free", "disowned"))
        await session.shell.run("sleep 1003")
        await session.busy()
        running = session.shell._child.reading().by
        await session.shell.hang_up()
        for gone in (job, running, session.shell.pid):
            _eventually(lambda pid=gone: not _alive(pid))  # type: ignore[misc]
        assert _alive(free)
        assert _alive(disowned)
        for kept in (free, disowned):
            os.kill(kept, signal.SIGKILL)

    drive(lambda: start("bash", home), script)


@pytest.mark.parametrize("kind", ["bash", "zsh"])
def test_nothing_is_left_over_after_many_commands_and_shells(home: Path, kind: Kind) -> None:
    def descriptors() -> set[str]:
        return {os.readlink(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd") if _open(number)}

    async def script(session: Session) -> None:
        before, counts = descriptors(), []
        for number in range(100):
            await session.run(f"echo {number} | cat; (exit {number % 3})")
            counts.append(len(os.listdir(f"/proc/{session.shell.pid}/fd")))
        assert descriptors() == before
        assert min(counts[50:]) <= min(counts[:50])
        children = await session.text("ps -o stat= --ppid $$ | grep -c Z; true")
        assert children == "0\n"

    before = descriptors()
    for _ in range(2):
        drive(lambda: start(kind, home), script)
    assert descriptors() == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def _open(number: str) -> bool:
    with suppress(OSError):
        os.readlink(f"/proc/self/fd/{number}")
        return True
    return False


@pytest.mark.parametrize("kind", ["bash", "zsh"])
def test_a_shell_that_dies_says_so_and_another_can_take_its_folder(home: Path, kind: Kind) -> None:
    async def script(session: Session) -> None:
        await session.run("mkdir sub; cd sub")
        await session.shell.run("kill -9 $$")
        left = await session.until(lambda event: isinstance(event, Left))
        assert left.events[-1] == Left(status=137)
        assert await session.shell.next() is None
        with pytest.raises(ShellUnavailable):
            await session.shell.run("true")
        assert session.shell.cwd == str(home / "sub")

    drive(lambda: start(kind, home), script)


def test_leaving_with_the_shells_own_status(home: Path) -> None:
    async def script(session: Session) -> None:
        await session.shell.run("exit 3")
        left = await session.until(lambda event: isinstance(event, Left))
        assert left.events[-1] == Left(status=3)

    drive(lambda: start("bash", home), script)


@pytest.mark.parametrize(
    ("kind", "files", "says"),
    [
        ("bash", "sleep 1000", "prompt"),
        ("zsh", "sleep 1000", "prompt"),
        ("bash", "exit 4", "status 4"),
        ("zsh", "exit 4", "status 4"),
        ("bash", "exec sleep 1000", "prompt"),
        ("bash", "exec cat", "prompt"),
    ],
)
def test_start_up_files_that_hang_or_leave_are_an_error_with_a_way_out(home: Path, kind: Kind, files: str, says: str) -> None:
    (home / (".bashrc" if kind == "bash" else ".zshrc")).write_text(f"echo starting\n{files}\n")

    async def hangs() -> None:
        shell = start(kind, home, patience_s=0.5)
        with pytest.raises(ShellUnavailable, match=says) as raised:
            async for _ in shell.events():
                pass
        assert raised.value.hint
        assert await shell.next() is None
        assert not _alive(shell.pid)

    if files != "exec cat":  # that reads, as something that asks for a passphrase does: it is given time
        asyncio.run(hangs())

    async def script(session: Session) -> None:
        assert await session.text("echo without them") == "without them\n"

    drive(lambda: start(kind, home, files="norc"), script)


def test_start_up_files_that_ask_something_are_given_the_time(home: Path) -> None:
    (home / ".bashrc").write_text("read -rs -p 'passphrase: ' answer\necho got $answer\n")

    async def asks() -> None:
        session = Session(start("bash", home, patience_s=0.5))
        await session.waits()
        await asyncio.sleep(1.0)
        late = asyncio.create_task(session.shell.next())
        await asyncio.sleep(0.7)
        await session.shell.write(b"x\r")
        event = await late
        events: list[Event | None] = [event]
        while event and not isinstance(event, Ready):
            event = await session.shell.next()
            events.append(event)
        assert b"got x" in b"".join(event.data for event in events if isinstance(event, Printed))
        await session.shell.hang_up()

    asyncio.run(asks())


@pytest.mark.parametrize(("kind", "other"), [("bash", "zsh"), ("zsh", "bash")])
def test_start_up_files_that_start_another_shell_instead_are_followed(home: Path, kind: Kind, other: str) -> None:
    needs(other)
    (home / (".bashrc" if kind == "bash" else ".zshrc")).write_text(f"exec {other}\n")

    async def script(session: Session) -> None:
        assert session.shell.kind == other
        assert (await session.run("(exit 6)")).status == 6

    drive(lambda: start(kind, home), script)


@pytest.mark.parametrize("kind", ["bash", "zsh"])
def test_a_login_shell_reads_what_a_login_shell_reads(home: Path, kind: Kind) -> None:
    (home / (".bash_profile" if kind == "bash" else ".zprofile")).write_text("export FROM_PROFILE=yes\n")
    if kind == "zsh":
        (home / ".zshenv").write_text(f"ZDOTDIR={home}/dots\n")
        (home / "dots").mkdir()
        shutil.move(home / ".zprofile", home / "dots" / ".zprofile")
        (home / "dots" / ".zshrc").write_text("export FROM_RC=$ZDOTDIR\n")
        (home / "dots" / ".zlogin").write_text("export FROM_LOGIN=yes\n")

    async def script(session: Session) -> None:
        variables = session.shell.snapshot().variables
        assert variables["FROM_PROFILE"] == "yes"
        if kind == "zsh":
            assert (variables["FROM_RC"], variables["FROM_LOGIN"]) == (f"{home}/dots", "yes")

    drive(lambda: start(kind, home, files="login"), script)


def test_a_reader_that_gives_up_waiting_misses_nothing(home: Path) -> None:
    async def script(session: Session) -> None:
        await session.shell.run("for i in 1 2 3 4 5 6 7 8 9; do echo $i; sleep 0.02; done")
        printed = b""
        while True:
            try:
                async with asyncio.timeout(0.003):
                    event = await session.shell.next()
            except TimeoutError:
                continue
            printed += event.data if isinstance(event, Printed) else b""
            if isinstance(event, Ended):
                break
        assert printed == b"".join(b"%d\r\n" % number for number in range(1, 10))

    drive(lambda: start("bash", home), script)
