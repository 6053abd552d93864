"""`aishell explain CMD`: what each part of a command is for, from the documentation of its programs. Nothing is run."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from aishell import wiring
from aishell.cli import stdio
from aishell.cli.supervised import run_async
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.core.errors import ModelUnavailable, UsageError
from aishell.core.explanation import Explanation
from aishell.core.text import visible
from aishell.core.types import Measured, Said, Told
from aishell.ui import explained
from aishell.ui.words import Words, language, speak

if TYPE_CHECKING:
    from aishell.session import Session

_STYLES: dict[explained.Style, str] = {"name": "1", "known": "0", "unknown": "2", "note": "2"}
_USAGE = "aishell explain [--json] [--no-model] COMMAND"


def run(arguments: list[str]) -> int:
    options, words = _parted(arguments)
    command = words[0] if len(words) == 1 else shlex.join(words)
    loaded, paths = wiring.settings()
    session, model = open_session(loaded.settings, paths, model="--no-model" not in options)
    work = _explain(session, command, words_of(loaded.settings), model=model, as_json="--json" in options)
    return run_async(work)


def open_session(wanted: Settings, paths: Paths, *, model: bool) -> tuple[Session, bool]:
    """A session, and whether it has a model: the parts of a command need none."""
    try:
        return wiring.open_session(wanted, paths, model=model), model
    except ModelUnavailable:
        return wiring.open_session(wanted, paths, model=False), False


def words_of(wanted: Settings) -> Words:
    """The person's language."""
    return speak(language(os.environ, "" if wanted.ui.language == "auto" else wanted.ui.language))


def _parted(arguments: list[str]) -> tuple[set[str], list[str]]:
    """Our own options, which stand before the command, and its words. Raises UsageError."""
    options: set[str] = set()
    rest = list(arguments)
    while rest and rest[0] in ("--json", "--no-model"):
        options.add(rest.pop(0))
    if rest[:1] == ["--"]:
        rest.pop(0)
    elif rest and rest[0].startswith("-"):
        raise UsageError(f"There is no option {rest[0]}.", hint=_USAGE)
    if not rest or not rest[0].strip():
        raise UsageError("There is no command to explain.", hint=_USAGE)
    return options, rest


async def _explain(session: Session, command: str, say: Words, *, model: bool, as_json: bool) -> int:
    try:
        explanation = session.acting.explain(command, _cwd())
        if explanation.error:
            return _unparsed(explanation, as_json=as_json)
        if not as_json:
            show(explanation, say)
        text = await joined(session, explanation, as_json=as_json) if model else ""
        if as_json:
            stdio.show_json({**as_table(explanation, say), "explanation": text.strip(), "exit_code": 0})
        return 0
    finally:
        await session.close()


def _cwd() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return "/"


def _unparsed(explanation: Explanation, *, as_json: bool) -> int:
    """Raises UsageError."""
    error = UsageError(f"It cannot be parsed: {explanation.error}.")
    if not as_json:
        raise error
    stdio.show_json({"command": explanation.command, "error": {"message": str(error)}, "exit_code": error.exit_status})
    return error.exit_status


def _unmeasured(_measured: Measured) -> None:
    pass


async def joined(
    session: Session,
    explanation: Explanation,
    *,
    as_json: bool,
    request: str = "",
    measured: Callable[[Measured], None] = _unmeasured,
) -> str:
    """What the model says of the whole, shown as it comes; what keeps it from saying anything is told, and no failure."""
    text = ""
    out = stdio.Out()
    try:
        facts = explanation.facts()
        async with aclosing(session.explain(explanation.command, request, facts)) as events:
            async for event in events:
                if isinstance(event, Said):
                    stdio.say(f"aishell: {event.text}")
                elif isinstance(event, Told):
                    text += event.text
                    if not as_json:
                        out.write("stdout", visible(event.text).encode())
                else:
                    measured(event)
    except ModelUnavailable as error:
        stdio.complain(error)
    if text and not as_json:
        out.write("stdout", b"\n")
    return text


def show(explanation: Explanation, say: Words) -> None:
    width = max(40, shutil.get_terminal_size((100, 24)).columns)
    for line in explained.lines(explanation, say, width):
        left = stdio.style(line.left, "1", 1) if line.left.strip() else line.left
        stdio.show(f"{left}{stdio.style(line.right, _STYLES[line.style], 1)}".rstrip())


def as_table(explanation: Explanation, say: Words) -> dict[str, Any]:
    """For programs: docs/scripting.md has the fields."""
    return {
        "command": explanation.command,
        "parts": [
            {
                "depth": part.depth,
                "kind": part.kind,
                "text": part.text,
                "about": part.about,
                "meaning": explained.said(part, say) or None,
                "source": part.origin or None,
            }
            for part in explanation.parts
        ],
        "unknown": [part.text for part in explanation.parts if part.unknown],
        "tier": explanation.tier,
        "reasons": list(explanation.reasons),
        "undo_hint": explained.undo_hint(explanation, say),
    }
