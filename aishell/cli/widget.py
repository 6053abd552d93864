"""`aishell widget ask|fix|recall`: what a key in bash, zsh or fish does. For the code of `aishell init`, not for people.

The line comes on standard input, since everybody can read a process's arguments; integrate/answer.py says what is answered.
Nothing is ever run.
"""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import Namespace
from contextlib import aclosing
from typing import TYPE_CHECKING

from aishell import wiring
from aishell.cli import stdio
from aishell.cli.parser import Parser
from aishell.core.errors import AishellError, ConfigError, ModelUnavailable
from aishell.core.text import visible
from aishell.core.types import Proposal, Proposed, Request, Tier
from aishell.integrate import answer

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from aishell.config.load import Loaded
    from aishell.config.paths import Paths
    from aishell.session import Session

_RECALLED = 8


def parser() -> Parser:
    made = Parser(prog="aishell widget", allow_abbrev=False)
    made.add_argument("key", choices=("ask", "fix", "recall"), help="what the key does; the line is standard input")
    made.add_argument("--known", action="store_true", help="its first word is a function or an alias of the shell")
    made.add_argument("--status", type=int, default=1, metavar="N", help="the status that the command ended with")
    return made


def run(arguments: list[str]) -> int:
    asked = parser().parse_args(arguments)
    line = sys.stdin.buffer.read().decode("utf-8", "replace").strip("\n")
    try:
        loaded, paths = wiring.settings()
        told = _answer(asked, line, loaded, paths)
    except AishellError as error:
        told = answer.told("hint", *(visible(text) for text in (str(error), error.hint) if text))
    stdio.Out().write("stdout", told.encode("utf-8", "replace"))
    return 0


def _answer(asked: Namespace, line: str, loaded: Loaded, paths: Paths) -> str:
    if asked.key == "recall":
        return _recall(line, loaded, paths)
    if asked.key == "fix":
        return _in_time(_fix(line, asked.status, loaded, paths), loaded)
    from aishell.cli.command import is_command
    from aishell.planner.route import route

    first = line.split(maxsplit=1)[0] if line.split() else ""
    routed = route(line, lambda name: (asked.known and name == first) or is_command(name), os.path.exists)
    if routed.where == "shell":
        return _explain(routed.text, loaded, paths)
    if routed.where == "answer" or not routed.text:
        return answer.told("hint", "Nothing is being asked. Say in words what you want done.")
    if routed.where == "note":
        import shlex

        return answer.put(f"aishell memory note {shlex.quote(routed.text)}")
    return _in_time(_words(routed.text, loaded, paths), loaded)


def _in_time(work: Coroutine[None, None, str], loaded: Loaded) -> str:
    """What `work` answers, or that the model took too long."""
    seconds = loaded.settings.widgets.patience_s

    async def bounded() -> str:
        try:
            async with asyncio.timeout(seconds):
                return await work
        except TimeoutError:
            return answer.told("hint", f"No answer within {seconds:g} s, so the line stays as it is. Perhaps in a moment.")

    return asyncio.run(bounded())


async def _words(text: str, loaded: Loaded, paths: Paths) -> str:
    """The command that words become."""
    session = wiring.open_session(loaded.settings, paths)
    try:
        if number := session.undoes(text):
            return answer.put(f"aishell undo {number}")
        proposal: Proposal | None = None
        async with aclosing(session.propose(Request(text=text, cwd=_folder()), reasons=False)) as events:
            async for event in events:
                proposal = event.proposal if isinstance(event, Proposed) else proposal
        assert proposal is not None
        return _put(proposal)
    finally:
        await session.close()


def _put(proposal: Proposal) -> str:
    """A proposal for the line. The person's own shell runs that without a judge, so what is forbidden never gets there."""
    verdict = proposal.steps[0].verdict
    command = proposal.steps[0].step.action.command
    if verdict.tier == Tier.DENY:
        return answer.told("hint", f"Not put on the line: {visible(command)}", *map(visible, verdict.reasons))
    careful = [f"careful: {problem}" for problem in proposal.problems]
    if verdict.tier == Tier.ASK:
        careful += [f"careful: {reason}" for reason in verdict.reasons]
    return answer.put(command, careful)


async def _fix(line: str, status: int, loaded: Loaded, paths: Paths) -> str:
    """What to run instead of `line`."""
    from aishell.core.failed import Failed
    from aishell.integrate import pane

    session, model = _session(loaded, paths)
    failed = Failed(command=line, cwd=_folder(), exit_status=status, output=pane.printed(line, os.environ))
    try:
        seen = failed if failed.output else await session.try_again(failed)
        proposed: Proposed | None = None
        async with aclosing(session.fix(seen, model=model)) as events:
            async for event in events:
                proposed = event if isinstance(event, Proposed) else proposed
        assert proposed is not None
        judged = proposed.proposal.steps[0]
        if judged.verdict.tier == Tier.DENY:
            return _put(proposed.proposal)
        return answer.put(judged.step.action.command, [judged.step.why] if judged.step.why else [])
    finally:
        await session.close()


def _session(loaded: Loaded, paths: Paths) -> tuple[Session, bool]:
    """A session, and whether it has a model: the rules that mend commands need none."""
    try:
        return wiring.open_session(loaded.settings, paths), True
    except ModelUnavailable:
        return wiring.open_session(loaded.settings, paths, model=False), False


def _explain(line: str, loaded: Loaded, paths: Paths) -> str:
    """What each part of a command is for, from documentation alone: a model's sentence would take seconds."""
    import shutil

    from aishell.cli.explain import words_of
    from aishell.ui import explained

    acting = wiring.open_acting(loaded.settings, paths)
    explanation = acting.explain(line, _folder())
    if explanation.error:
        return answer.told("hint", f"It cannot be parsed: {visible(explanation.error)}.")
    width = max(40, shutil.get_terminal_size((100, 24)).columns - 1)
    rows = explained.lines(explanation, words_of(loaded.settings), width)
    return answer.told("show", "\n".join(visible(f"{row.left}{row.right}").rstrip() for row in rows))


def _recall(line: str, loaded: Loaded, paths: Paths) -> str:
    """Commands of before that mean what the words on the line mean."""
    from aishell.core.memory import Query
    from aishell.memory.search import Search

    store = wiring.open_store(paths, tell=lambda _sentence: None)
    try:
        query = Query(text=line, cwd=_folder(), kinds=("command",), limit=_RECALLED)
        found = Search(store, wiring.open_meaning(loaded.settings, paths)).find(query)
    finally:
        store.close()
    if not found:
        return answer.told("hint", "Nothing like that is remembered.")
    return answer.offer(dict.fromkeys(item.body for item in found))


def _folder() -> str:
    """Raises ConfigError."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        raise ConfigError("The current folder no longer exists.", hint="Change to another one first: cd") from None
