"""The person's own shell: exact command boundaries, whatever it is asked and however it is set up."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from aishell.actions.shell.door import Kind
from aishell.core.errors import ShellUnavailable, UsageError
from aishell.core.shell import Changed, Ended, Event, Printed, Unfinished
from tests.shells import Drive, Session


def test_a_line_ends_with_its_status_and_folder(run: Drive, home: Path) -> None:
    async def script(session: Session) -> None:
        ran = await session.run("echo hello; cd /usr; (exit 7)")
        assert (ran.output, ran.status, ran.cwd, ran.began) == (b"hello\r\n", 7, "/usr", "echo hello; cd /usr; (exit 7)")
        assert (await session.run("true")).status == 0
        assert (await session.run("no-such-program-here")).status == 127
        assert session.shell.cwd == "/usr"

    run(script)


def test_what_is_set_lasts(run: Drive) -> None:
    async def script(session: Session) -> None:
        for line in ("export A=1; b=2", "alias greet='echo hi'", "f() { echo f$1; }", "mkdir -p sub; cd sub", "umask 077"):
            assert (await session.run(line)).status == 0
        assert await session.text("greet; f x; echo $A$b ${PWD##*/} $(umask)") == "hi\nfx\n12 sub 077\n".replace(
            "077", "0077"
        ) or (await session.text("greet; f x; echo $A$b ${PWD##*/} $(umask)") == "hi\nfx\n12 sub 077\n")

    run(script)


def test_the_last_status_and_the_last_word_are_those_of_the_line_before(run: Drive) -> None:
    async def script(session: Session) -> None:
        await session.run("mkdir one")
        await session.run("cd $_")
        assert session.shell.cwd.endswith("/one")
        await session.run("(exit 3)")
        assert await session.text("echo $?") == "3\n"
        assert (await session.run("")).status == 0

    run(script)


def test_output_is_what_was_written_byte_by_byte(run: Drive, home: Path) -> None:
    data = bytes(range(256)).replace(b"\n", b"") + b"\xff\xfe\x80\x1b[31m\x1b]0;title\x07\x1b[\x1b]633;\x1b]633;D;0\x07 end"
    (home / "data").write_bytes(data)

    async def script(session: Session) -> None:
        assert (await session.run("cat data")).output == data
        assert (await session.run("head -c 3000000 /dev/zero | tr '\\0' x")).output == b"x" * 3000000
        assert (await session.run("printf 'no newline'")).output == b"no newline"
        assert (await session.run("true")).output == b""

    run(script)


def test_marks_in_output_without_the_nonce_are_text(run: Drive) -> None:
    fake = b"\x1b]633;D;0\x07\x1b]133;D;0\x07\x1b]633;00000000000000000000000000000000;B\x07"

    async def script(session: Session) -> None:
        ran = await session.run(r"printf '\033]633;D;0\007\033]133;D;0\007\033]633;" + "0" * 32 + r";B\007'; (exit 9)")
        assert (ran.output, ran.status) == (fake, 9)

    run(script)


def test_commands_inherit_neither_the_nonce_nor_a_descriptor(run: Drive) -> None:
    async def script(session: Session) -> None:
        seen = await session.text(
            "cat /proc/self/environ /proc/$$/environ | tr '\\0' '\\n'; env; echo \"$PS1 $PS2\" | head -c 0"
        )
        assert session.shell._door.nonce not in seen
        assert "__aishell" not in seen
        inherited = await session.text("ls /proc/self/fd")
        assert set(inherited.split()) <= {"0", "1", "2", "3"}  # 3 is the folder that ls reads
        assert "__aishell" not in await session.text("export -p")

    run(script)


def test_lines_land_in_the_shells_history_as_typed_unless_they_begin_with_a_blank(run: Drive, kind: Kind) -> None:
    async def script(session: Session) -> None:
        for line in ("echo one", "  echo secret", "echo 'a  b' # c", "for i in 1 2\ndo echo $i\ndone"):
            await session.run(line)
        listed = await session.text("fc -ln -10" if kind == "bash" else "fc -ln 1")
        assert "echo one" in listed
        assert "echo 'a  b' # c" in listed
        assert "done" in listed
        assert "secret" not in listed
        assert "aishell" not in listed

    run(script)


def test_history_is_expanded_and_told(run: Drive) -> None:
    async def script(session: Session) -> None:
        await session.run("echo first second")
        ran = await session.run("echo again !$")
        assert ran.began == "echo again second"
        assert ran.text.endswith("again second\n")
        wrong = await session.run("!nothing-like-it")
        assert wrong.began is None
        assert "event not found" in wrong.text

    run(script)


def test_lines_of_every_shape_are_one_command_each(run: Drive) -> None:
    async def script(session: Session) -> None:
        assert await session.text("for i in 1 2\ndo\n  echo $i\ndone") == "1\n2\n"
        assert await session.text("cat <<END\na $((1+1))\nEND") == "a 2\n"
        assert await session.text("echo a\necho b\n\necho c\n") == "a\nb\nc\n"
        assert (
            await session.text("seq 100000 | sort -n | uniq | grep 9 | sed s/9/8/ | tail -1 | cat | wc -l | tr -d ' '") == "1\n"
        )
        assert await session.text("(cd /; (cd /usr; pwd); pwd)") == "/usr\n/\n"
        assert await session.text("echo 'it'\"'\"'s; fine' \\\n  \"é 你好\"") == "it's; fine é 你好\n"
        assert await session.text("echo " + "x" * 60000) == "x" * 60000 + "\n"
        assert (await session.run("{ echo out; echo err >&2; } 2>&1; false")).status == 1

    run(script)


def test_what_cannot_be_parsed_ends_and_what_is_unfinished_is_given_back(run: Drive) -> None:
    async def script(session: Session) -> None:
        wrong = await session.run("echo )")
        assert wrong.began is None
        assert wrong.status != 0
        for part in ("for i in 1 2", "echo 'open", "cat <<END\nx", "echo \\"):
            ran = await session.run(part)
            assert isinstance(ran.events[-1], Unfinished), (part, ran)
            assert not ran.output, (part, ran)
        assert await session.text("echo fine") == "fine\n"

    run(script)


def test_a_line_cannot_be_run_while_another_one_is(run: Drive) -> None:
    async def script(session: Session) -> None:
        await session.shell.run("sleep 100")
        with pytest.raises(ShellUnavailable):
            await session.shell.run("echo too early")
        await session.busy()
        await session.shell.interrupt()
        assert (await session.ends()).status == 130
        with pytest.raises(UsageError):
            await session.shell.run("echo \0")

    run(script)


def test_the_state_is_known_at_each_prompt_and_changes_are_told(run: Drive) -> None:
    async def script(session: Session) -> None:
        ran = await session.run(
            "export GREETING=$'it\\'s\\n\"fine\" \\\\ $x é\\t'; alias ll='ls -l' \"q=echo 'a'\"; hello() { :; }"
        )
        assert any(isinstance(event, Changed) for event in ran.events)
        await session.shell.run("sleep 100")
        state = session.shell.snapshot()
        assert state.variables["GREETING"] == 'it\'s\n"fine" \\ $x é\t'
        assert state.variables["HOME"] == state.cwd
        assert (state.aliases["ll"], state.aliases["q"]) == ("ls -l", "echo 'a'")
        assert "hello" in state.functions
        assert not [name for name in state.functions if "aishell" in name]
        assert not state.autocd
        await session.busy()
        await session.shell.interrupt()
        await session.ends()
        assert not any(isinstance(event, Changed) for event in (await session.run("cd /; true")).events)

    run(script)


def test_output_arrives_while_its_program_runs(run: Drive) -> None:
    async def script(session: Session) -> None:
        await session.shell.run("echo one; read line; echo two; read line; printf three; read line")
        for word in (b"one", b"two", b"three"):  # each is seen before the program can go on to the next
            await session.prints(word)
            await session.shell.write(b"go\r")
        assert (await session.ends()).status == 0

    run(script)


def test_a_program_whose_output_is_not_taken_waits(run: Drive, home: Path) -> None:
    (home / "writer.py").write_text(
        "import os\nn = 0\nwhile n < 200_000_000:\n    n += os.write(1, b'x' * 4096)\n    open('count', 'w').write(str(n))\n"
    )

    async def script(session: Session) -> None:
        import asyncio

        await session.shell.run(f"{sys.executable} writer.py")
        await session.until(lambda event: isinstance(event, Printed))
        before = -1
        while not (home / "count").exists() or before != (now := int((home / "count").read_text() or 0)):
            before = now if (home / "count").exists() else -1
            await asyncio.sleep(0.2)
        assert now < 1_000_000
        await session.shell.interrupt()
        assert (await session.ends()).status in (1, 130)

    run(script)


def test_jobs_in_the_background_print_at_the_prompt_and_are_told_of(run: Drive, home: Path) -> None:
    os.mkfifo(home / "gate")

    async def script(session: Session) -> None:
        await session.run("(cat gate >/dev/null; echo from the job) &")
        (home / "gate").write_text("")
        seen = (await session.prints(b"from the job\r\n")).decode()
        for _ in range(20):
            seen += (await session.run("true")).text
            if "one " in seen:
                break
        assert "Done" in seen or "done" in seen
        await session.run("seq 20000 | sed 's/^/job /' & for i in 1 2 3; do true; done")
        lines: list[Event] = []
        while b"job 20000\r\n" not in b"".join(event.data for event in lines if isinstance(event, Printed)):
            lines += (await session.run("true")).events  # no byte is lost while lines are handed in
        printed = b"".join(event.data for event in lines if isinstance(event, Printed))
        numbers = [int(line[4:]) for line in printed.split(b"\r\n") if line.startswith(b"job ")]
        assert numbers == list(range(numbers[0], 20001))

    run(script)


def test_jobs_stop_and_go_on(run: Drive) -> None:
    async def script(session: Session) -> None:
        await session.shell.run("sleep 1000")
        await session.busy()
        await session.shell.suspend()
        stopped = await session.ends()
        assert stopped.status == 148 or stopped.status == 20
        assert "sleep 1000" in await session.text("jobs")
        assert await session.text("echo") == "\n"  # zsh does not warn of jobs that it has just listed
        leaving = await session.run("exit")
        assert isinstance(leaving.events[-1], Ended)  # it warns first
        await session.shell.run("fg")
        await session.busy()
        await session.shell.interrupt()
        assert (await session.ends()).status == 130
        assert await session.text("jobs") == ""

    run(script)


def test_the_input_of_a_program_ends(run: Drive) -> None:
    async def script(session: Session) -> None:
        await session.shell.run("cat; echo status $?")
        await session.waits()
        await session.shell.write(b"typed\r")
        await session.prints(b"typed\r\ntyped\r\n")
        await session.shell.end_of_input()
        assert (await session.ends()).text == "status 0\n"

    run(script)
