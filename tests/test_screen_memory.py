"""What the screen knows of the memory: how much it is, earlier commands beside a proposal, and what survives a cut."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from aishell.cli.cut_off import cut_off
from aishell.core.memory import Recollection, Run
from aishell.core.types import ModelInfo
from aishell.memory.alike import earlier
from aishell.memory.search import Search
from aishell.memory.store import Store
from aishell.ui.cut_off import Answered, Asked, Offered, Ran, Shown
from aishell.ui.looked_up import runs_on
from aishell.ui.sentences import Sentences
from aishell.ui.widgets.answer_block import AnswerBlock
from aishell.ui.widgets.command_block import CommandBlock
from aishell.ui.widgets.found import ago, found_lines
from aishell.ui.widgets.proposal_block import ProposalBlock
from aishell.ui.widgets.request_block import RequestBlock
from aishell.ui.words import Words
from tests.screening import at_screen, drawn, text
from tests.stage import on_loop

DAY = 86_400.0
STATE = ".local/state/aishell"


def remember(home: Path, *runs: Run) -> None:
    store = Store(home / STATE / "memory" / "memory.db", redact=str)
    for run in runs:
        store.record(run)
    store.close()


@on_loop
async def test_the_status_line_counts_what_is_remembered_as_it_grows(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        assert person.status.memories == 0
        await person.runs("echo one")
        await person.until(lambda: person.status.memories == 1)
        await person.sends("remember that the backup disk is /mnt/b")
        await person.until(lambda: person.status.memories == 2)
    async with at_screen(tmp_path / "home") as person:
        await person.until(lambda: person.status.memories == 2)


@on_loop
async def test_without_a_memory_none_is_counted_and_one_that_cannot_be_used_is_told_on_the_screen(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "off", settings={"AISHELL_MEMORY_RECORD": "false"}) as person:
        await person.runs("true")
        assert person.status.memories is None
    file = tmp_path / "home" / STATE / "memory" / "memory.db"
    file.mkdir(parents=True)
    async with at_screen(tmp_path / "home") as person:
        await person.runs("true")
        await person.until(lambda: "This shell remembers nothing" in person.notices())
        assert person.status.memories is None


@on_loop
async def test_an_audit_log_that_cannot_be_written_is_told_on_the_screen(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "home" / STATE / "audit.jsonl").mkdir(parents=True)
    async with at_screen(tmp_path / "home", ("list", "ls -1")) as person:
        await person.runs("list what is in here please")
        await person.until(lambda: "cannot be written" in person.notices())
    assert "cannot be written" not in capfd.readouterr().err


def test_sentences_wait_until_somebody_shows_them() -> None:
    sentences, one, other = Sentences(), list[str](), list[str]()
    sentences("early")
    sentences.shown_by(one.append)
    sentences("seen")
    sentences.shown_by(None)
    sentences("late")
    sentences.shown_by(other.append)
    assert (one, other) == (["early", "seen"], ["late"])


@on_loop
async def test_earlier_commands_for_such_words_stand_beside_a_proposal_and_whole_in_its_details(tmp_path: Path) -> None:
    home = tmp_path / "home"
    remember(
        home,
        Run(command="pkill firefox", intent="kill that old program", time=time.time() - 3 * DAY, cwd="/srv", exit_status=1),
        Run(command="make cake", intent="bake", time=time.time(), exit_status=0),
    )
    async with at_screen(home, ("kill", "kill 99999999"), size=(100, 40)) as person:
        block = await person.asks("kill that program for good")
        await person.until(lambda: block.has_class("-found"))
        assert "pkill firefox  3 days ago · /srv · ✗ exit 1" in drawn(person)
        assert "kill that old program" not in drawn(person)
        assert "make cake" not in drawn(person)
        await person.answers("d")
        await person.until(lambda: "kill that old program · /srv" in drawn(person))


@pytest.mark.parametrize("before", ["private on", ""])
@on_loop
async def test_in_private_the_memory_is_not_asked(tmp_path: Path, before: str) -> None:
    home = tmp_path / "home"
    remember(home, Run(command="pkill firefox", intent="kill that program", time=time.time(), exit_status=0))
    async with at_screen(home, ("kill", "kill 99999999")) as person:
        if before:
            await person.sends(before)
            await person.until(lambda: person.status.private)
        await person.asks(f"{'' if before else ' '}kill that program for good")
        assert not person.blocks(ProposalBlock)[0].has_class("-found")


@on_loop
async def test_a_slow_memory_delays_no_proposal_and_is_shown_when_it_comes(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home", ("kill", "kill 99999999")) as person:
        assert person.app._main._parts
        talk, waits = person.app._main._parts.talk, True

        def slow(words: str, folder: str) -> Sequence[Recollection]:
            while waits:
                time.sleep(0.01)
            return (found("pkill firefox", time=time.time()),)

        talk._alike = slow
        block = await person.asks("kill that program for good")
        assert "enter" in block._keys()
        assert not block.has_class("-found")
        waits = False
        await person.until(lambda: block.has_class("-found"))
        assert not block.answer


def found(body: str, **fields: Any) -> Recollection:
    given: dict[str, Any] = {"intent": "", "runs": 1, "worked": 1, "exit_status": 0, "cwd": "/srv", "time": 0.0} | fields
    return Recollection(
        id=1, kind="command", body=body, gloss="", score=1.0, why=(), trust="own", source="bash", place="", **given
    )


def test_each_earlier_command_tells_how_it_ended() -> None:
    now, say = 10 * DAY, Words()
    told = [
        found_lines([each], say, now)[1].plain
        for each in (
            found("a", time=now - 30),
            found("a", time=now - 90 * 60, exit_status=2),
            found("a", time=now - 5 * 60, worked=0),
            found("a", exit_status=None, cwd="", time=0.0),
        )
    ]
    assert told == [
        "  a  just now · /srv · ✓",
        "  a  1 hour ago · /srv · ✗ exit 2",
        "  a  5 minutes ago · /srv · taken back or corrected",
        "  a  bash",
    ]
    assert ago(40 * DAY, say, 86_400.0 * 3) == "1970-01-04"
    assert len(found_lines([found("a")] * 9, say, now)) == 4
    assert len(found_lines([found("x" * 9_000)], say, now)[1].plain) < 300


def test_only_what_is_near_by_meaning_or_shares_two_words_is_an_earlier_command(tmp_path: Path) -> None:
    store = Store(tmp_path / "memory.db", redact=str)
    for number, (command, intent) in enumerate((("rm x", "remove old logs"), ("ls", "show files"), ("du", "old pictures"))):
        store.record(Run(command=command, intent=intent, time=float(number + 1)))
    by_words = earlier(Search(store, lambda *_: None), "remove the old logs", "/")
    by_meaning = earlier(Search(store, lambda *_: [(2, 0.6), (1, 0.3)]), "what is in here", "/")
    assert [each.body for each in by_words] == ["rm x"]
    assert [each.body for each in by_meaning] == ["ls"]


def test_where_the_model_runs_is_told_in_a_word() -> None:
    def where(**details: str | int | float) -> str:
        return runs_on(ModelInfo(name="m", backend="llama.cpp", context_tokens=1, details=details), Words())

    assert where() == ""
    assert where(gpu_layers=0, layers=29) == "CPU"
    assert where(gpu_layers=29, layers=29, devices="CUDA0") == "CUDA0"
    assert where(gpu_layers=99, layers=29) == "GPU"
    assert where(gpu_layers=12, layers=29, devices="CUDA0") == "CUDA0, 12 of 29 layers"


# ---- after a cut


@on_loop
async def test_words_proposals_and_answers_of_a_session_that_was_cut_off_are_shown_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    files = home / STATE / "screens"
    script = (("Command:\n", "It **ends** a program."), ("kill", "kill 99999999"), ("list", "ls -1"))
    async with at_screen(home, *script) as person:
        (home / "seen.txt").touch()
        await person.runs("list what is in here please")
        await person.asks("kill the program with password=hunter2xyz please")
        await person.answers("x")
        await person.until(lambda: any(each.finished for each in person.blocks(AnswerBlock)))
        await person.until(lambda: "ends" in "".join(each.read_text() for each in files.glob("*.jsonl")))
        (left,) = files.glob("*.jsonl")
        open_still = left.read_bytes()
        assert b"hunter2xyz" not in open_still
        await asyncio.sleep(0.4)
        await person.answers("n")
        await person.until(lambda: b"not run" in left.read_bytes())
        answered = left.read_bytes()
    for copy, outcome in ((open_still, "nobody had answered"), (answered, "not run")):
        (files / "1-cut.jsonl").write_bytes(copy)
        async with at_screen(home, size=(90, 60)) as person:
            assert person.blocks(RequestBlock)[0].text == "list what is in here please"
            assert text(person.blocks(CommandBlock)[0]) == "seen.txt\n"
            (block,) = person.blocks(ProposalBlock)
            assert block.proposal.steps[0].step.action.command == "kill 99999999"
            assert not block.running
            assert person.blocks(AnswerBlock)[0].answer == "It **ends** a program."
            await person.pilot.pause()
            assert outcome in drawn(person)


@on_loop
async def test_private_words_are_not_kept_for_after_a_cut(tmp_path: Path) -> None:
    files = tmp_path / "home" / STATE / "screens"
    async with at_screen(tmp_path / "home", ("list", "echo sesame"), ("kill", "kill 99999999")) as person:
        await person.sends("private on")
        await person.until(lambda: person.status.private)
        await person.runs("list what sesame has please")
        await person.asks("kill that sesame for good")
        await person.answers("n")
        await person.sends("private off")
        await person.until(lambda: not person.status.private)
        await person.runs("echo kept")
        await person.until(lambda: list(files.glob("*.jsonl")))
        assert "sesame" not in "".join(each.read_text() for each in files.glob("*.jsonl"))


def test_what_is_kept_is_bounded_and_takes_the_place_of_what_it_was(tmp_path: Path) -> None:
    kept = cut_off(tmp_path, str.upper)
    asked, offered = Asked(text="please"), Offered(command="rm", folder="/", tier="ASK", reasons="r", why="")
    for shown in (asked, offered, Answered(question="q", text="a")):
        kept.keep(shown, None)
    kept.keep(Offered(command="rm", folder="/", tier="ASK", reasons="r", why="", outcome="gone"), offered)
    (file,) = (tmp_path / "screens").glob("*.jsonl")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["kind"], line.get("outcome")) for line in lines] == [("asked", ""), ("offered", "GONE"), ("answered", None)]
    for number in range(100):
        kept.keep(Ran(line=str(number), folder="/", status=0, took_s=0.0, text=""), None)
    assert len(file.read_text().splitlines()) == 30
    kept.ended()
    kept.keep(asked, None)
    assert not list((tmp_path / "screens").glob("*.jsonl"))
    (tmp_path / "screens" / "1-cut.jsonl").write_text('{"kind": "ran"}\n{"kind": "new"}\n[]\n{"kind": "asked", "text": "x"}\n')
    left: list[Shown] = list(cut_off(tmp_path, str).found())
    assert left == [Asked(text="x")]
