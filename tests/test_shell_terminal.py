"""The real terminal lent to programs and taken back; the life and death of a shell."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from aishell.actions.shell.door import Kind
from aishell.core.shell import Screen, Waits, Works
from tests.conftest import ROOT
from tests.shells import RC, Session, alive, drive, eventually, needs, start


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


@pytest.fixture
def home(home: Path) -> Path:
    (home / "long.txt").write_text("\n".join(f"line {number}" for number in range(1000)))
    return home


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
    eventually(lambda: termios.tcgetattr(slave) != before)
    eventually(lambda: (home / "pid").exists() and (home / "pid").read_text() != "")
    program = int((home / "pid").read_text())
    process.send_signal(number)
    assert process.wait(20) == -number
    eventually(lambda: termios.tcgetattr(slave) == before)
    eventually(lambda: not alive(program))
    os.close(master)
    os.close(slave)


def test_at_the_prompt_a_person_finds_their_own_shell(home: Path, kind: Kind) -> None:
    (home / RC[kind]).write_text("PS1='mine> '\n")

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
