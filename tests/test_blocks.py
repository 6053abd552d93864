"""A command's block and its output, as a person sees and uses them."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from textual import events
from textual.strip import Strip
from textual.widgets import Input

from aishell.ui.widgets.command_block import CommandBlock, duration, exit_words
from aishell.ui.widgets.output import Output
from aishell.ui.words import Words
from tests.stage import FORBIDDEN, HOSTILE, on_loop, on_stage

SAY = Words()


def block(line: str = "ls -l", folder: str = "/srv/data") -> CommandBlock:
    return CommandBlock(line, folder=folder, say=SAY)


def numbers(count: int) -> bytes:
    return b"".join(b"line %d\r\n" % number for number in range(count))


@on_loop
async def test_a_block_shows_where_what_and_how_it_ended() -> None:
    one = block()
    async with on_stage(one) as (stage, pilot, _):
        one.write(b"\x1b[32mtotal\x1b[0m 0\r\n")
        await pilot.pause(0.05)
        assert "/srv/data ❯ ls -l" in stage.rows()[0]
        assert "total 0" in stage.rows()[1]
        one.ended(2, 3.42)
        await pilot.pause()
        assert stage.rows()[0].endswith("✗ exit 2 · 3.4 s")
        assert one.has_class("-failed")
        green = next(segment for segment in stage.segments() if segment.text == "total")
        assert green.style
        assert green.style.color != next(segment for segment in stage.segments() if "0" in segment.text).style.color  # type: ignore[union-attr]


@on_loop
async def test_output_is_on_the_screen_before_more_of_it_is_written() -> None:
    """The writer waits for each piece to be seen: output that is gathered and shown at the end would never get on."""
    one = block("make")
    async with on_stage(one) as (stage, pilot, _):
        for number in range(20):
            one.write(b"step %d\r\n" % number)
            async with asyncio.timeout(5):
                while f"step {number}" not in stage.drawn():
                    await pilot.pause(0.005)
        assert one.running


@on_loop
async def test_long_output_is_folded_and_enter_shows_all_of_it_and_folds_it_again() -> None:
    one = block("seq")
    async with on_stage(one, size=(60, 40)) as (stage, pilot, _):
        one.write(numbers(100))
        one.ended(0, 0.1)
        one.focus()
        await pilot.pause(0.1)
        assert "77 more lines" in stage.drawn()
        assert "line 2\n" in stage.drawn() + "\n"
        assert "line 50" not in stage.drawn()
        await pilot.press("enter")
        await pilot.pause(0.1)
        assert one.output.size.height == 100
        await pilot.press("enter")
        await pilot.pause(0.1)
        assert one.output.size.height == 24


@on_loop
async def test_only_rows_that_can_be_seen_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    render_line = Output.render_line

    def watched(output: Output, y: int) -> Strip:
        drawn.append(y)
        return render_line(output, y)

    monkeypatch.setattr(Output, "render_line", watched)
    one = block("seq")
    async with on_stage(one, size=(60, 40)) as (stage, pilot, _):
        one.write(numbers(9_000))
        one.output.fold(folded=False)
        await pilot.pause(0.1)
        drawn.clear()
        stage.query_one("VerticalScroll").scroll_to(y=5_000, animate=False)
        await pilot.pause(0.1)
        assert "line 5010" in stage.drawn()
        assert 30 < len(set(drawn)) < 60


@on_loop
async def test_a_click_on_the_fold_shows_all_of_it() -> None:
    one = block("seq")
    async with on_stage(one, size=(60, 40)) as (_, pilot, _heard):
        one.write(numbers(100))
        await pilot.pause(0.1)
        await pilot.click(Output, offset=(2, 3))
        await pilot.pause(0.1)
        assert not one.output.folded


@on_loop
async def test_what_is_not_held_is_counted_where_it_would_stand() -> None:
    one = block("seq")
    async with on_stage(one) as (stage, pilot, _):
        one.write(numbers(20_000))
        one.output.fold(folded=False)
        await pilot.pause(0.1)
        assert one.output.size.height == 500 + 1 + len(one.output.text) - 500
        stage.query_one("VerticalScroll").scroll_to(y=490, animate=False)
        await pilot.pause(0.1)
        first, left_out = one.output.text.gap
        assert f"… {left_out:,} lines left out" in stage.drawn()
        assert f"{left_out:,} lines left out" in one.output.plain_text().splitlines()[first]


@on_loop
async def test_search_marks_matches_and_goes_from_one_to_the_next() -> None:
    one = block("seq")
    async with on_stage(one, size=(70, 30)) as (stage, pilot, _):
        one.write(numbers(300))
        one.ended(0, 0.1)
        one.focus()
        await pilot.press("/")
        await pilot.press(*"Line 2", "enter")
        await pilot.pause(0.1)
        assert "not found" in stage.drawn()
        await pilot.press("/")
        await pilot.press(*"line 20", "enter")
        await pilot.pause(0.1)
        assert "match 1 of 11" in one.query_one(".note").render().plain  # type: ignore[union-attr]
        assert "line 20" in stage.drawn()
        current = stage.screen.query_one(Output).get_component_rich_style("output--current").bgcolor
        marked = [segment.text for segment in stage.segments() if segment.style and segment.style.bgcolor == current]
        assert marked == ["line 20"]
        await pilot.press("n", "n")
        await pilot.pause(0.1)
        assert "line 201" in stage.drawn()
        await pilot.press("N")
        await pilot.pause(0.1)
        assert "match 2 of 11" in one.query_one(".note").render().plain  # type: ignore[union-attr]


@on_loop
async def test_copy_takes_all_of_it_or_what_is_selected() -> None:
    one = block("cat")
    async with on_stage(one) as (stage, pilot, _):
        one.write("文件 one\r\n\x1b[31mtwo\x1b[0m   \r\n".encode())
        one.ended(0, 0.1)
        one.focus()
        await pilot.pause(0.1)
        await pilot.press("c")
        assert stage.clipboard == "文件 one\ntwo\n"
        await pilot.mouse_down(Output, offset=(0, 1))
        await pilot.hover(Output, offset=(2, 1))
        await pilot.mouse_up(Output, offset=(2, 1))
        one.focus()
        await pilot.press("c")
        assert stage.clipboard.startswith("tw")
        assert "one" not in stage.clipboard


@on_loop
async def test_save_writes_a_new_file_and_never_over_another(tmp_path: Path) -> None:
    one = block("cat", folder=str(tmp_path))
    async with on_stage(one, size=(200, 24)) as (stage, pilot, _):
        one.write(b"one\r\ntwo\r\n")
        one.ended(0, 0.1)
        one.focus()
        await pilot.press("s", "enter")
        await pilot.pause(0.1)
        assert (tmp_path / "output.txt").read_text() == "one\ntwo\n"
        assert "saved as" in stage.drawn()
        await pilot.press("s", "enter")
        await pilot.pause(0.1)
        assert f"not saved: {os.strerror(17)}" in stage.drawn()
        await pilot.press("s", "escape")
        assert one.has_focus
        assert not stage.query(Input)


@on_loop
async def test_rerun_ask_and_fix_are_said_when_they_make_sense() -> None:
    one = block("make all")
    async with on_stage(one) as (_, pilot, heard):
        one.focus()
        await pilot.press("r", "f")
        assert heard == []
        one.ended(0, 1.0)
        await pilot.press("f", "r", "a")
        assert [type(message) for message in heard] == [CommandBlock.Rerun, CommandBlock.Asked]
        assert [message.line for message in heard if isinstance(message, CommandBlock.Rerun)] == ["make all"]
        one.ended(2, 1.0)
        await pilot.press("f")
        assert isinstance(heard[-1], CommandBlock.FixWanted)
        assert heard[-1].block is one


@on_loop
async def test_the_cursor_is_shown_where_a_program_waits_to_be_typed_to() -> None:
    one = block("python3")
    async with on_stage(one) as (stage, pilot, _):
        one.write(b">>> 1+")
        one.waits(typing=True)
        await pilot.pause(0.1)
        reversed_cells = [segment.text for segment in stage.segments() if segment.style and segment.style.reverse]
        assert reversed_cells == [" "]
        one.write(b"\b")
        await pilot.pause(0.1)
        assert [segment.text for segment in stage.segments() if segment.style and segment.style.reverse] == ["+"]
        one.ended(0, 1.0)
        await pilot.pause(0.1)
        assert not [segment for segment in stage.segments() if segment.style and segment.style.reverse]


@on_loop
async def test_lines_broken_by_the_terminal_are_broken_anew_for_another_width_and_found_across_the_break() -> None:
    one = CommandBlock("cat", folder="/srv", say=SAY, columns=20)
    line = "0123456789 needle and 文件 so on for ever"
    async with on_stage(one, size=(80, 24)) as (stage, pilot, _):
        one.write(f"{line}\r\nshort".encode())
        one.waits(typing=True)
        await pilot.pause(0.1)
        assert line in stage.drawn()
        assert one.output.search("needle and 文件") == 1
        await pilot.resize_terminal(34, 24)
        await pilot.pause(0.1)
        assert "0123456789 needle and 文件 so" in stage.drawn()
        assert one.output.size.height == 3
        assert [segment.text for segment in stage.segments() if segment.style and segment.style.reverse] == [" "]


@pytest.mark.parametrize("size", [(40, 10), (300, 100), (1, 1)])
@on_loop
async def test_any_size_of_the_screen_will_do(size: tuple[int, int]) -> None:
    one = block("x" * 400)
    async with on_stage(one, size=size) as (_, pilot, _heard):
        one.write(numbers(50) + "文".encode() * 300)
        one.output.fold(folded=False)
        one.focus()
        await pilot.resize_terminal(30, 8)
        await pilot.resize_terminal(*size)
        await pilot.pause(0.05)


@on_loop
async def test_nothing_a_terminal_obeys_is_drawn() -> None:
    one = block(HOSTILE, folder=f"/srv/{HOSTILE}")
    async with on_stage(one, size=(120, 30)) as (stage, pilot, _):
        one.write(HOSTILE.encode("utf-8", "replace") + b"\r\n" + HOSTILE.encode())
        one.ended(1, 0.1)
        one.focus()
        await pilot.press("s")
        await pilot.press(*"x\u202ey")
        stage.post_message(events.Paste(HOSTILE))
        await pilot.pause(0.1)
        assert "xya␛" in stage.drawn()
        assert not FORBIDDEN.search("".join(stage.rows()))
        await pilot.press("enter")
        await pilot.pause(0.1)
        assert "<U+202E>" in stage.drawn()
        assert not FORBIDDEN.search("".join(row for row in stage.rows()))


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.04, "0.0 s"), (9.9, "9.9 s"), (59.7, "60 s"), (61, "1:01"), (3723, "1:02:03")]
)
def test_times_are_told_shortly(seconds: float, told: str) -> None:
    if seconds == 59.7:
        assert duration(seconds) in ("60 s", "1:00")
    else:
        assert duration(seconds) == told


def test_an_end_by_a_signal_is_told_by_its_name() -> None:
    assert [exit_words(status, SAY) for status in (0, 1, 137, 255)] == ["✓", "✗ exit 1", "✗ SIGKILL", "✗ exit 255"]
