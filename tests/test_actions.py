"""Commands really run: streams, limits, process groups, input."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from aishell.actions import policy
from aishell.actions.capture import Capture, Limits
from aishell.actions.environment import clean_environment
from aishell.actions.executor import execute
from aishell.actions.run import run_line
from aishell.core.types import Feed, Finished, Outcome, Printed, ShellCommand, Step

SMALL = Limits(keep_bytes=1000, spill_bytes=5000, spill_folder="/nonexistent")


def run(
    command: str, *, cwd: str = "/", feed: Feed | None = None, timeout_s: float = 0.0, limits: Limits = SMALL
) -> tuple[Outcome, list[tuple[float, Printed]]]:
    async def go() -> tuple[Outcome, list[tuple[float, Printed]]]:
        step = policy.typed(Step(action=ShellCommand(command=command)), cwd, os.environ)
        printed: list[tuple[float, Printed]] = []
        async for event in execute(step, limits, feed=feed, timeout_s=timeout_s):
            if isinstance(event, Finished):
                return event.outcome, printed
            if len(printed) < 100:
                printed.append((time.monotonic(), event))
        raise AssertionError("no outcome")

    return asyncio.run(go())


def gone(pid: int) -> bool:
    """Whether a process has ended, also when nobody has collected it yet."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state in "ZX":
            return True
        time.sleep(0.02)
    return False


def test_streams_exit_code_and_time_are_kept() -> None:
    outcome, _ = run("echo out; echo err >&2; sleep 0.1; exit 3")
    assert (outcome.status, outcome.exit_code) == ("failed", 3)
    assert (outcome.stdout.head, outcome.stderr.head) == (b"out\n", b"err\n")
    assert 0.1 <= outcome.elapsed < 5


def test_output_arrives_while_the_command_runs() -> None:
    _, printed = run("echo a; sleep 0.5; echo b")
    assert printed[-1][0] - printed[0][0] > 0.3


def test_a_signal_is_told_as_shells_tell_it() -> None:
    assert run("kill -TERM $$")[0].exit_code == 143
    assert run("kill -INT $$; sleep 1")[0].status == "interrupted"


def test_time_out_ends_the_whole_group() -> None:
    outcome, printed = run("sleep 321 & trap '' TERM; echo $!; while :; do sleep 0.1; done", timeout_s=0.3)
    assert (outcome.status, outcome.exit_code) == ("timed out", 124)
    assert gone(int(printed[0][1].data))


def test_time_out_holds_for_a_command_that_has_closed_its_output() -> None:
    outcome, _ = run("exec >&- 2>&-; sleep 20", timeout_s=0.3)
    assert outcome.exit_code == 124
    assert outcome.elapsed < 5


def test_cancelling_ends_the_whole_group(tmp_path: Path) -> None:
    async def go() -> None:
        step = policy.typed(Step(action=ShellCommand(command="sleep 322 & echo $! > pid; wait")), str(tmp_path), os.environ)
        items = execute(step, SMALL, feed=Feed(), timeout_s=0)
        task = asyncio.ensure_future(anext(items))
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
        await items.aclose()

    asyncio.run(go())
    assert gone(int((tmp_path / "pid").read_text()))


def test_what_is_left_in_the_background_stays_and_does_not_hang_us() -> None:
    began = time.monotonic()
    outcome, _ = run("sleep 30 & echo $!")
    assert time.monotonic() - began < 5
    os.kill(int(outcome.stdout.head), 9)


def test_input_is_fed_however_long_and_however_little_is_wanted() -> None:
    outcome, _ = run("wc -c", feed=Feed(head=b"x" * 1_000_000))
    assert outcome.stdout.head.strip() == b"1000000"
    outcome, _ = run("head -c 3", feed=Feed(head=b"x" * 1_000_000))
    assert (outcome.exit_code, outcome.stdout.head) == (0, b"xxx")
    read, write = os.pipe()
    os.write(write, b" and more")
    os.close(write)
    outcome, _ = run("cat", feed=Feed(head=b"first", descriptor=read))
    assert outcome.stdout.head == b"first and more"


def test_much_output_takes_little_memory(tmp_path: Path) -> None:
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    limits = Limits(keep_bytes=1000, spill_bytes=5000, spill_folder=str(tmp_path / "spill"))
    outcome, _ = run("yes | head -c 300M", limits=limits)
    assert outcome.stdout.total == 300 << 20
    assert (len(outcome.stdout.head), len(outcome.stdout.tail)) == (500, 500)
    assert outcome.stdout.truncated
    assert outcome.stdout.spill is not None
    spill = Path(outcome.stdout.spill)
    assert spill.read_bytes() == b"y\n" * 2500
    assert spill.stat().st_mode & 0o77 == 0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10


def test_head_and_tail_are_exact_around_the_limit() -> None:
    for total in range(12):
        capture = Capture(Limits(keep_bytes=6, spill_bytes=0, spill_folder="/nonexistent"))
        data = bytes(range(total))
        for at in range(0, total, 2):
            capture.feed(data[at : at + 2])
        kept = capture.done()
        assert kept.head + kept.tail == (data if total <= 6 else data[:3] + data[-3:])
        assert kept.truncated == (total > 6)


def test_bash_is_not_made_to_do_something_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "env").write_text("echo hijacked\n")
    monkeypatch.setenv("BASH_ENV", str(tmp_path / "env"))
    monkeypatch.setenv("BASH_FUNC_ls%%", "() { echo hijacked; }")
    assert run("ls /dev/null")[0].stdout.head == b"/dev/null\n"
    assert "PATH" in clean_environment(dict(os.environ))


def test_a_folder_that_is_gone_is_told() -> None:
    outcome, _ = run("ls", cwd="/nonexistent/folder")
    assert outcome.exit_code == 126
    assert b"/nonexistent/folder" in outcome.stderr.head


def test_a_typed_line_brings_its_folder_back(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    assert run_line('cd "a b"; (exit 4)', str(tmp_path)) == (4, str(tmp_path / "a b"))
    assert run_line("cd /; exit 5", str(tmp_path)) == (5, "/")
    assert run_line("kill -9 $$", str(tmp_path)) == (137, str(tmp_path))
