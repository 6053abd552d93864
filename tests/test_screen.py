"""The whole screen, with a real bash, real trials and a scripted model."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from textual.widgets import Button

from aishell.ui.widgets.command_block import CommandBlock
from aishell.ui.widgets.welcome import Welcome
from tests.screening import at_screen, text
from tests.stage import on_loop


@on_loop
async def test_a_line_runs_in_the_shell_with_its_output_and_status_in_its_block(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        good, bad = await person.runs("echo $((40+2))"), await person.runs("false")
        assert (text(good), good.exit_status) == ("42\n", 0)
        assert (text(bad), bad.exit_status) == ("", 1)
        assert person.backend.heard == []


@on_loop
async def test_a_change_of_folder_a_variable_and_an_alias_last(tmp_path: Path) -> None:
    (tmp_path / "home" / "sub").mkdir(parents=True)
    async with at_screen(tmp_path / "home") as person:
        await person.runs("cd sub; export MADE=here; alias gg='echo alias'")
        assert text(await person.runs("pwd; echo $MADE; gg")) == f"{tmp_path}/home/sub\nhere\nalias\n"
        assert person.status.folder == f"{tmp_path}/home/sub"
        assert os.environ["MADE"] == "here"
        assert Path.cwd() == tmp_path / "home" / "sub"


@on_loop
async def test_lines_typed_while_one_runs_wait_for_it_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        await person.sends("sleep 100")
        await person.until(lambda: person.blocks(CommandBlock))
        await person.sends("echo after")
        await person.until(lambda: person.status.busy)
        assert len(person.blocks(CommandBlock)) == 1
        await person.pilot.press("ctrl+c")
        await person.until(lambda: not person.blocks(CommandBlock)[0].running)
        assert person.blocks(CommandBlock)[0].exit_status == 130
        assert text(await person.runs("echo next")) == "next\n"


@on_loop
async def test_a_job_is_stopped_and_goes_on(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        await person.sends("sleep 100")
        await person.until(lambda: person.blocks(CommandBlock))
        await asyncio.sleep(0.3)
        await person.pilot.press("ctrl+z")
        await person.until(lambda: not person.blocks(CommandBlock)[0].running)
        assert person.blocks(CommandBlock)[0].exit_status == 148
        assert "sleep 100" in text(await person.runs("jobs"))
        await person.pilot.press("ctrl+d")
        await person.until(lambda: "sleep" in person.notices())
        assert (await person.runs("kill %1")).exit_status == 0


@on_loop
async def test_a_program_that_reads_gets_the_keys_and_the_prompt_has_them_back_after_it(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        await person.sends("python3 -q")
        await person.until(lambda: person.blocks(CommandBlock) and person.blocks(CommandBlock)[0].has_focus)
        await person.types("print(6*7)")
        await person.until(lambda: "42" in text(person.blocks(CommandBlock)[0]))
        await person.types("exit()")
        await person.until(lambda: not person.blocks(CommandBlock)[0].running)
        await person.until(lambda: person.prompt.has_focus_within)


@on_loop
async def test_a_password_is_typed_into_its_block_and_is_not_seen(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        await person.sends('read -s -p "password: " x; echo; echo "${#x} letters"')
        await person.until(lambda: person.blocks(CommandBlock) and person.blocks(CommandBlock)[0].has_focus)
        await person.types("hunter2")
        block = person.blocks(CommandBlock)[0]
        await person.until(lambda: not block.running)
        assert text(block) == "password:\n7 letters\n"


@on_loop
async def test_what_is_being_written_at_the_prompt_keeps_the_keys(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        await person.sends("sleep 0.3; read x")
        await person.types("echo half", enter=False)
        await person.until(lambda: person.blocks(CommandBlock) and person.blocks(CommandBlock)[0].typing)
        await person.types(" done", enter=False)
        assert person.prompt.text == "echo half done"
        await person.pilot.press("f6")
        await person.until(lambda: person.blocks(CommandBlock)[0].has_focus)
        await person.types("x")
        await person.until(lambda: not person.blocks(CommandBlock)[0].running)


@on_loop
async def test_a_shell_that_dies_is_replaced_in_the_same_folder(tmp_path: Path) -> None:
    (tmp_path / "home" / "sub").mkdir(parents=True)
    async with at_screen(tmp_path / "home") as person:
        await person.runs("cd sub; sleep 2.1")
        await person.sends("kill -9 $$")
        await person.until(lambda: "137" in person.notices())
        assert text(await person.runs("pwd")) == f"{tmp_path}/home/sub\n"


@on_loop
async def test_in_private_nothing_is_remembered(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        await person.runs("echo remembered-one")
        await person.runs(" echo blank-two")
        await person.sends("private on")
        await person.until(lambda: person.status.private)
        await person.runs("echo private-three")
        await person.sends("private off")
        await person.until(lambda: not person.status.private)
        found = text(await person.runs("recall echo"))
        assert "remembered-one" in found
        assert "blank-two" not in found
        assert "private-three" not in found


@on_loop
async def test_a_note_is_remembered(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        await person.sends("remember that the backup disk is /mnt/b")
        await person.until(lambda: "remembered" in person.notices())
        assert "/mnt/b" in text(await person.runs("recall backup"))


@pytest.mark.parametrize("size", [(40, 10), (300, 100), (20, 6)])
@on_loop
async def test_every_size_works_and_the_shell_is_told(tmp_path: Path, size: tuple[int, int]) -> None:
    async with at_screen(tmp_path / "home", size=size) as person:
        for wide in range(size[0] + 1, size[0] + 20):
            await person.pilot.resize_terminal(wide, size[1])
        await asyncio.sleep(0.2)
        block = await person.runs("stty size")
        assert int(text(block).split()[1]) == block.output.size.width


@on_loop
async def test_much_output_leaves_the_prompt_usable(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        await person.sends("yes | head -c 5000000; echo end")
        await person.until(lambda: person.blocks(CommandBlock))
        await person.types("echo typed", enter=False)
        assert person.prompt.text == "echo typed"
        await person.until(lambda: not person.blocks(CommandBlock)[0].running)
        assert text(person.blocks(CommandBlock)[0]).endswith("end\n")


@on_loop
async def test_leaving_ends_the_shell_and_leaves_no_process(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        pid = int(text(await person.runs("echo $$")))
        await person.sends("exit 3")
        await person.until(lambda: not Path(f"/proc/{pid}").exists())
        await person.until(lambda: person.app.return_value is not None)
        assert person.app.return_value == 3


@on_loop
async def test_a_new_person_is_greeted_once_and_nothing_is_read_before_they_say_so(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".bash_history").write_text("make old-thing\nls\n")
    async with at_screen(tmp_path / "home", new=True) as person:
        await person.until(lambda: person.blocks(Welcome))
        assert "old-thing" not in text(await person.runs("recall old-thing"))
        person.blocks(Welcome)[0].query_one("#import", Button).press()
        await person.until(lambda: "2 commands" in person.notices())
        assert "old-thing" in text(await person.runs("recall old-thing"))
        person.blocks(Welcome)[0].query_one("#example-0", Button).press()
        await person.until(lambda: person.prompt.text == "show the 5 largest files here")
        person.blocks(Welcome)[0].query_one("#close", Button).press()
        await person.until(lambda: not person.blocks(Welcome))
    async with at_screen(tmp_path / "home", new=True) as person:
        await person.runs("true")
        assert not person.blocks(Welcome)


@on_loop
async def test_what_a_session_that_was_cut_off_had_on_its_screen_is_shown_again_once(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        await person.runs("echo seen-$((40+2)) password=hunter2xyz")
        await person.runs(" echo not-kept")
        files = tmp_path / "home" / ".local/state/aishell/screens"
        await person.until(lambda: list(files.glob("*.jsonl")))
        (left,) = files.glob("*.jsonl")
        copy = left.read_bytes()
        assert left.stat().st_mode & 0o777 == 0o600
        assert b"hunter2xyz" not in copy
    assert not list(files.glob("*.jsonl"))
    (files / "1-cut.jsonl").write_bytes(copy + b'{"line": "half')
    async with at_screen(tmp_path / "home") as person:
        assert "seen-42" in text(person.blocks(CommandBlock)[0])
        assert "not-kept" not in person.blocks(CommandBlock)[-1].line
        assert "cut off" in person.notices()
    async with at_screen(tmp_path / "home") as person:
        assert person.blocks(CommandBlock) == []


@on_loop
async def test_a_shell_with_stopped_jobs_is_left_when_asked_twice(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        await person.sends("sleep 100")
        await person.until(lambda: person.blocks(CommandBlock))
        await asyncio.sleep(0.3)
        await person.pilot.press("ctrl+z")
        await person.until(lambda: not person.blocks(CommandBlock)[0].running)
        assert "stopped jobs" in text(await person.runs("exit"))
        await person.sends("exit")
        await person.until(lambda: person.app.return_value is not None)


@on_loop
async def test_a_shell_that_is_killed_by_its_line_at_once_is_replaced_each_time(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        for _ in range(3):
            before = person.notices()
            await person.sends("kill -9 $$")
            await person.until(lambda: person.notices() != before)  # noqa: B023 - awaited here
            assert "another one is here" in person.notices().removeprefix(before)
        assert text(await person.runs("echo $((40+2))")) == "42\n"
