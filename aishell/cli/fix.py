"""`aishell fix -- COMMAND`: what to run instead of a command that failed. Nothing runs before a person has said yes."""

from __future__ import annotations

import os
import shlex
import sys
from argparse import Namespace
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from aishell import wiring
from aishell.cli import stdio
from aishell.cli.options import Options
from aishell.cli.parser import Parser
from aishell.cli.report import Report
from aishell.cli.supervised import run_async
from aishell.cli.words import Turn
from aishell.core.errors import AishellError, ModelUnavailable, UsageError
from aishell.core.failed import Failed
from aishell.core.text import visible
from aishell.core.types import JudgedStep, Proposed, Said
from aishell.ui import consent

if TYPE_CHECKING:
    from aishell.session import Session

_MOST_OUTPUT = 64 << 10


def run(arguments: list[str]) -> int:
    asked = parser().parse_args(arguments)
    loaded, paths = wiring.settings()
    try:
        session = wiring.open_session(loaded.settings, paths)
        model = True
    except ModelUnavailable:  # the rules need none
        session, model = wiring.open_session(loaded.settings, paths, model=False), False
    try:
        cwd = os.getcwd()
    except FileNotFoundError:
        raise AishellError("The current folder no longer exists.", hint="Change to another one first: cd") from None
    failed = Failed(command=_command(asked.command), cwd=cwd, exit_status=asked.status, output=_output(asked.output))
    turn = Turn(session, _options(asked), loaded.settings.actions.unattended_timeout_s, None)
    return run_async(_closing(session, failed, turn, asked, model=model))


async def _closing(session: Session, failed: Failed, turn: Turn, asked: Namespace, *, model: bool) -> int:
    try:
        seen = failed if failed.output else await session.try_again(failed)
        proposed = await propose(session, seen, model=model)
        if asked.json and not asked.yes:
            return _show_json(failed, proposed)
        if asked.print_only or proposed.in_shell:
            return _show(proposed)
        _others(proposed)
        return await turn.fixed(proposed.proposal)
    except AishellError as error:
        if not asked.json:
            raise
        report = Report()
        report.request(failed.command, "fix")
        return report.failed(error)
    finally:
        await session.close()


async def propose(session: Session, failed: Failed, *, model: bool) -> Proposed:
    """What to run instead. Raises NoPlan, ModelUnavailable."""
    proposed: Proposed | None = None
    async with stdio.Waiting(), aclosing(session.fix(failed, model=model)) as events:
        async for event in events:
            if isinstance(event, Said):
                stdio.say(f"aishell: {event.text}")
            elif isinstance(event, Proposed):
                proposed = event
    assert proposed is not None
    return proposed


async def typed(session: Session, failed: Failed, options: Options, *, timeout_s: float) -> int | str:
    """`fix`, typed behind a line that failed: its status, or a line for the shell itself, which the person has agreed to."""
    proposed = await propose(session, await session.try_again(failed), model=True)
    if not proposed.in_shell:
        _others(proposed)
        return await Turn(session, options._replace(asks=True), timeout_s, None).fixed(proposed.proposal)
    stdio.say("\n".join(consent.describe(proposed.proposal, lambda text: stdio.style(text, "1"))))
    if not consent.can_ask(piped=False):
        return 1
    terminal = consent.Terminal()
    try:
        agreed = await terminal.ask() == "yes"
    finally:
        terminal.close()
    return proposed.proposal.steps[0].step.action.command if agreed else 1


def parser() -> Parser:
    made = Parser(prog="aishell fix", allow_abbrev=False, description="What to run instead of a command that failed.")
    made.add_argument("--status", type=int, metavar="N", help="the status it ended with")
    made.add_argument("--output", metavar="FILE", help="what it printed; - for standard input; without it, it is tried again")
    made.add_argument("--json", action="store_true", help="one JSON object, nothing runs without --yes")
    made.add_argument("--print", dest="print_only", action="store_true", help="print the command, run nothing")
    made.add_argument("--yes", "-y", action="store_true", help="run without asking (never what is forbidden)")
    made.add_argument("command", nargs="+", metavar="COMMAND", help="the command, behind --")
    return made


def _command(words: list[str]) -> str:
    return words[0].strip() if len(words) == 1 else shlex.join(words)


def _options(asked: Namespace) -> Options:
    return Options("", yes=asked.yes, json=asked.json, asks=True)


def _output(name: str | None) -> str:
    """The end of what the command printed. Raises UsageError."""
    if name is None:
        return ""
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.", hint="--output takes a file, or - for a pipe.") from error
    return data[-_MOST_OUTPUT:].decode("utf-8", "replace")


def _show(proposed: Proposed) -> int:
    """The command on standard output, why on standard error."""
    (judged,) = proposed.proposal.steps
    stdio.Out().write("stdout", f"{judged.step.action.command}\n".encode("utf-8", "replace"))
    stdio.say(f"  {visible(judged.step.why)}")
    _others(proposed)
    return 0


def _others(proposed: Proposed) -> None:
    for judged in proposed.others:
        stdio.say(f"  or: {visible(judged.step.action.command)}")


def _show_json(failed: Failed, proposed: Proposed) -> int:
    stdio.show_json(
        {
            "failed": failed.command,
            "fixes": [_table(judged) for judged in (*proposed.proposal.steps, *proposed.others)],
            "in_shell": proposed.in_shell,
        }
    )
    return 0


def _table(judged: JudgedStep) -> dict[str, object]:
    verdict = judged.verdict
    return {
        "command": judged.step.action.command,
        "why": judged.step.why,
        "tier": verdict.tier.name,
        "reasons": list(verdict.reasons),
    }
