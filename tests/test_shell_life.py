"""The life and death of a shell: start-up files, jobs, what is left over."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import signal
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from aishell.actions.shell.door import Kind
from aishell.core.errors import ShellUnavailable
from aishell.core.shell import Ended, Event, Left, Printed, Ready
from tests.shells import RC, Session, alive, drive, eventually, needs, start


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
            eventually(lambda pid=gone: not alive(pid))  # type: ignore[misc]
        assert alive(free)
        assert alive(disowned)
        for kept in (free, disowned):
            os.kill(kept, signal.SIGKILL)

    drive(lambda: start("bash", home), script)


def test_nothing_is_left_over_after_many_commands_and_shells(home: Path, kind: Kind) -> None:
    def descriptors() -> set[str]:
        """A shell takes terminals, pipes and files in memory; ordinary files belong to threads that other tests have left."""
        names = {os.readlink(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd") if _open(number)}
        return {name for name in names if not name.startswith(tempfile.gettempdir())}

    async def script(session: Session) -> None:
        before, counts = descriptors(), []
        for number in range(100):
            await session.run(f"echo {number} | cat; (exit {number % 3})")
            counts.append(len(os.listdir(f"/proc/{session.shell.pid}/fd")))
        assert descriptors() == before
        assert min(counts[50:]) <= min(counts[:50])
        children = await session.text("ps -o stat= --ppid $$ | grep -c Z; true")
        assert children == "0\n"

    gc.collect()  # what other tests have left open is closed now, and not while this one counts
    before, others = descriptors(), _children()
    for _ in range(2):
        drive(lambda: start(kind, home), script)
    assert descriptors() == before
    assert _children() <= others


def _children() -> set[str]:
    """Of all threads, those included that are dead and not waited for."""
    return {child for thread in Path("/proc/self/task").iterdir() for child in (thread / "children").read_text().split()}


def _open(number: str) -> bool:
    with suppress(OSError):
        os.readlink(f"/proc/self/fd/{number}")
        return True
    return False


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


def test_hanging_up_ends_a_wait_for_events_and_may_be_done_twice(home: Path) -> None:
    async def script(session: Session) -> None:
        waiting = asyncio.create_task(session.shell.next())
        await asyncio.sleep(0)
        await session.shell.hang_up()
        assert await waiting is None
        await session.shell.hang_up()
        await session.shell.interrupt()
        await session.shell.write(b"into nothing")

    drive(lambda: start("bash", home), script)


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
    (home / RC[kind]).write_text(f"echo starting\n{files}\n")

    async def hangs() -> None:
        shell = start(kind, home, patience_s=0.5)
        with pytest.raises(ShellUnavailable, match=says) as raised:
            async for _ in shell.events():
                pass
        assert raised.value.hint
        assert await shell.next() is None
        assert not alive(shell.pid)

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
    (home / RC[kind]).write_text(f"exec {other}\n")

    async def script(session: Session) -> None:
        assert session.shell.kind == other
        assert (await session.run("(exit 6)")).status == 6

    drive(lambda: start(kind, home), script)


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
