"""Where suggestions meet the rooms they need: the judge, what knows secrets, the memory, and other shells' histories.

Nothing is opened before it is needed: compiling the rules takes 50 ms.
"""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from aishell.core.errors import AishellError
from aishell.core.typed import Entry, TypedLines
from aishell.suggest.gate import Gate
from aishell.suggest.outcomes import Outcomes
from aishell.suggest.spec import SuggestSpec
from aishell.suggest.suggester import Given, News, Remembered, Suggester, Switches


def open_suggester(spec: SuggestSpec, news: News | None = None, outcomes: Outcomes | None = None) -> Suggester:
    """Of one history, by default the file of the spec. Nothing is read yet."""
    file = Path(spec.memory)
    return Suggester(
        Given(
            news=news or TypedLines(Path(spec.history)).news,
            outcomes=outcomes or open_outcomes(spec),
            gate=Gate(secret=_secret(spec), forbidden=_forbidden(spec)),
            remembered=lambda: _remembered(file) if spec.memory and spec.use_memory else (),
            examples=functools.lru_cache(256)(lambda program: _examples(file, program)),
            on=Switches(history=spec.use_history, next=spec.use_next, memory=spec.use_memory, tldr=spec.use_tldr),
        )
    )


def open_outcomes(spec: SuggestSpec) -> Outcomes:
    return Outcomes(Path(spec.outcomes), _redact(spec))


def shell_news(path: Path) -> News:
    """Of the history file of a bash, zsh or fish; it is read on from where it ended."""
    from aishell.memory.history.find import read_from

    place = (0, 0)

    def news() -> tuple[list[Entry], bool]:
        nonlocal place
        try:
            state = os.stat(path)
            anew = state.st_ino != place[0] or state.st_size < place[1]
            start = 0 if anew else place[1]
            if state.st_size == start:
                return [], False
            place = (state.st_ino, state.st_size)
            return [Entry(run.command, run.cwd) for run in read_from(path, start)], anew
        except (OSError, AishellError):
            return [], False

    return news


def _redact(spec: SuggestSpec) -> Callable[[str], str]:
    """Nothing when there is no telling what is secret in a line."""

    @functools.cache
    def redactor() -> Callable[[str], str]:
        from aishell.memory.redact import Redactor

        rules = Redactor.from_file(Path(spec.redact), os.environ)
        return lambda line: rules.redact(line).text

    def redact(line: str) -> str:
        try:
            return redactor()(line)
        except AishellError:
            return ""

    return redact


def _secret(spec: SuggestSpec) -> Callable[[str], bool]:
    redact = _redact(spec)
    return lambda line: redact(line) != line


def _forbidden(spec: SuggestSpec) -> Callable[[str, str], bool]:
    """What the judge never lets run from words, and what it cannot read."""

    @functools.cache
    def judge() -> Callable[[str, str], bool]:
        from aishell.actions import parse
        from aishell.actions.risk import Rules
        from aishell.core.types import Tier

        rules = Rules.from_file(Path(spec.policy), own=spec.own)

        def forbids(line: str, folder: str) -> bool:
            script = parse.inspect(line)
            unread = bool(script.error or script.hidden)
            return unread or rules.judge(script, folder or "/").tier == Tier.DENY

        return forbids

    def forbidden(line: str, folder: str) -> bool:
        try:
            return judge()(line, folder)
        except AishellError:
            return True

    return forbidden


def _remembered(file: Path) -> list[Remembered]:
    from aishell.memory.earlier import earlier

    return [Remembered(*run) for run in earlier(file)]


def _examples(file: Path, program: str) -> Sequence[tuple[str, str]]:
    """Of a program that is here."""
    from aishell.core.errors import MemoryUnavailable
    from aishell.memory.connection import reading
    from aishell.memory.known_programs import examples_of

    if not shutil.which(program):
        return ()
    try:
        with reading(file, patience_s=0.1) as db:
            known = examples_of(db, program) if db else None
    except MemoryUnavailable:
        return ()
    return [(example.about, example.command) for example in known.examples] if known else ()
