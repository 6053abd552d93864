"""What the whole screen looks like. `pytest --snapshot-update` draws it anew: look at each picture before it is kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_textual_snapshot import SVGImageExtension
from textual.pilot import Pilot

from aishell.core.errors import ModelUnavailable
from aishell.core.memory import Recollection
from aishell.core.types import Tier
from aishell.session import Session
from aishell.ui.app import AishellApp
from aishell.ui.outside import Outside
from aishell.ui.sentences import Sentences
from aishell.ui.themes import ansi_color, theme_for
from aishell.ui.widgets.answer_block import AnswerBlock
from aishell.ui.widgets.checklist_block import ChecklistBlock, Item
from aishell.ui.widgets.column import Column
from aishell.ui.widgets.proposal_block import ProposalBlock
from aishell.ui.widgets.request_block import RequestBlock
from aishell.ui.widgets.status_line import Status, StatusLine
from aishell.ui.words import Words, speak
from tests.prompting import sources
from tests.stage import on_loop
from tests.test_snapshots import commands, proposed, trial

SVGImageExtension.file_extension = "svg"
FOLDER = "/srv/data"
STATUS = Status(
    folder=FOLDER, branch="main", model="qwen2.5-coder-1.5b", where="CPU", tokens_per_s=10.84, memories=1234, private=True
)
EARLIER = Recollection(
    id=1, kind="command", body="rm -r build", intent="clean up", gloss="", score=1.0, why=("meaning .71",), trust="own",
    source="aishell", place="", time=86_400.0, runs=3, worked=3, exit_status=0, cwd="/srv/data",
)  # fmt: skip


def given(folder: Path, language: str, environ: dict[str, str], theme: str) -> Outside:
    """A screen on which nothing happens by itself: no session is opened."""

    def no_session(_model: bool) -> Session:
        raise ModelUnavailable("There is none.")

    return Outside(
        open_session=no_session,
        sentences=Sentences(),
        sources=sources(folder),
        say=speak(language),
        folder=FOLDER,
        follow=lambda _snapshot: None,
        memories=lambda: None,
        alike=lambda _words, _folder: (),
        recall=lambda _words: (),
        note=lambda _text, _folder: "",
        is_command=lambda _name: False,
        theme=theme_for(environ, theme),
        ansi_color=ansi_color(environ),
    )


async def fill(pilot: Pilot[int], say: Words) -> None:
    """What may stand on a screen at one time."""
    screen = pilot.app.screen
    column = screen.query_one(Column)
    while not column.children:  # until it has been said that there is no session
        await pilot.pause(0.01)
    await column.clear()
    for block in commands(say):
        await column.add(block)
    question = RequestBlock(say("show the 5 largest files here"), say=say)
    await column.add(question)
    question.ends()
    answer = AnswerBlock(say=say, question="tar czf logs.tgz logs")
    await column.add(answer)
    await answer.write("It **packs** the folder `logs` 文件.")
    await answer.finish()
    plan = [Item(command="git fetch", tier=Tier.ASK, state="done", note="0.3 s"), Item(command="make", tier=Tier.DRY)]
    await column.add(ChecklistBlock(plan, say=say, title="Update"))
    asked = ProposalBlock(proposed(Tier.DRY, "rm -r build", "rm removes files"), say=say, trying=True)
    await column.add(asked)
    asked.show_found((EARLIER,))
    await asked.show_tried(trial())
    asked.focus()
    screen.query_one(StatusLine).show(STATUS)
    await pilot.pause(0.3)
    column.scroll_end(animate=False)
    await pilot.pause(0.1)


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (300, 100)])
@on_loop
async def test_the_command_is_in_sight_while_its_keys_are(tmp_path: Path, size: tuple[int, int]) -> None:
    app = AishellApp(given(tmp_path, "en", {}, "dark"))
    async with app.run_test(size=size) as pilot:
        await fill(pilot, Words())
        drawn = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
    assert "$ rm -r build" in drawn
    assert "Enter put in place" in drawn


@pytest.mark.parametrize(
    ("size", "language", "theme", "environ"),
    [
        ((40, 10), "en", "dark", {}),
        ((80, 24), "en", "dark", {}),
        ((80, 24), "zh", "light", {}),
        ((80, 24), "en", "contrast", {}),
        ((80, 24), "en", "dark", {"NO_COLOR": "1"}),
        ((200, 50), "en", "light", {}),
        ((200, 50), "zh", "dark", {}),
    ],
    ids=["40x10", "80x24", "80x24-zh-light", "80x24-contrast", "80x24-no-color", "200x50-light", "200x50-zh"],
)
def test_a_full_screen(
    snap_compare: Callable[..., bool],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    language: str,
    theme: str,
    environ: dict[str, str],
) -> None:
    monkeypatch.setattr(time, "time", lambda: 3 * 86_400.0)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    say = speak(language)
    app = AishellApp(given(tmp_path, language, environ, theme))
    assert snap_compare(app, terminal_size=size, run_before=lambda pilot: fill(pilot, say))
