"""`aishell ask`: a plain conversation with the local model, without sources. It may be wrong."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from contextlib import AsyncExitStack, aclosing, suppress
from pathlib import Path

from aishell import wiring
from aishell.cli import badge, stdio
from aishell.cli.parser import Parser
from aishell.cli.supervised import interruptible, run_async
from aishell.config.paths import Paths
from aishell.core.errors import UsageError
from aishell.core.types import Piece, Restarted
from aishell.functions.dialogue import Dialogue, Said
from aishell.wiring.functions import open_functions

_KEPT = 20
"""Turns that a later `--continue` goes on from."""
_MOST_PIPED = 16 << 10


def parser() -> Parser:
    made = Parser(
        prog="aishell ask",
        description="asks the local model; it may be wrong: `aishell answer` has sources",
        allow_abbrev=False,
    )
    made.add_argument("text", nargs="*", metavar="TEXT", help="none: a dialogue on a terminal, else standard input")
    made.add_argument("--continue", dest="go_on", action="store_true", help="go on with the last conversation")
    made.add_argument("--json", action="store_true", help="one JSON object an answer")
    return made


def run(arguments: list[str]) -> int:
    """Raises UsageError, ModelUnavailable."""
    return run_async(_run(parser().parse_args(arguments)))


async def _run(options: Namespace) -> int:
    loaded, paths = wiring.settings()
    text = " ".join(options.text)
    dialogue_wanted = not text and os.isatty(0) and os.isatty(1)
    if not dialogue_wanted:
        text = _with_piped(text)
    file = _file(paths) if loaded.settings.memory.record else None
    badge.show(loaded.settings, "functions", shown=not options.json)
    async with open_functions(loaded.settings, paths) as offer:
        dialogue = offer.dialogue(_read(file) if options.go_on and file else ())
        if not dialogue_wanted:
            await _turn(options, dialogue, text)
            _keep(file, dialogue)
            return 0
        from aishell.ui.dialogue import typed

        async for line in typed():
            await interruptible(_turn(options, dialogue, line))
            _keep(file, dialogue)
    return 0


async def _turn(options: Namespace, dialogue: Dialogue, question: str) -> int:
    out = stdio.Out()
    async with AsyncExitStack() as waiting:
        await waiting.enter_async_context(stdio.Waiting(shown=not options.json))
        async with aclosing(dialogue.ask(question)) as reply:
            async for item in reply:
                await waiting.aclose()  # with the first word
                if isinstance(item, Restarted):
                    stdio.say(f"aishell: {item.reason}")
                elif isinstance(item, Piece) and not options.json:
                    out.write("stdout", item.text.encode("utf-8", "replace"))
    if options.json:
        stdio.show_json({"question": question, "answer": dialogue.past[-1].answer})
    else:
        out.write("stdout", b"\n", final=True)
    return 0


def _with_piped(text: str) -> str:
    """A question about what is piped in, or that alone. Raises UsageError."""
    piped = b""
    if stdio.has_data():
        with open(0, "rb", closefd=False) as data:
            piped = data.read(_MOST_PIPED)
    whole = "\n\n".join(filter(None, (text, piped.decode("utf-8", "replace").strip())))
    if not whole:
        raise UsageError("There is no question.", hint='aishell ask "what is a symlink?"')
    return whole


# ---- the last conversation


def _file(paths: Paths) -> Path:
    return paths.state / "conversation.json"


def _read(file: Path) -> tuple[Said, ...]:
    """Nothing when there is none, or it is damaged."""
    with suppress(OSError, ValueError, TypeError):
        return tuple(Said(**turn) for turn in json.loads(file.read_text("utf-8")))
    return ()


def _keep(file: Path | None, dialogue: Dialogue) -> None:
    """The last turns, without secrets, for nobody else to read; a conversation goes on without this."""
    if file is None:
        return
    turns = [
        {"question": wiring.without_secrets(turn.question), "answer": wiring.without_secrets(turn.answer)}
        for turn in dialogue.past[-_KEPT:]
    ]
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = file.with_name(f"{file.name}.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as written:
            json.dump(turns, written, ensure_ascii=False)
        os.replace(fresh, file)
