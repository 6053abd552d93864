"""`aishell steps`: requests of several steps that are not done yet, and how to go on with them."""

from __future__ import annotations

import os

from aishell import wiring
from aishell.cli import stdio
from aishell.cli.options import Options
from aishell.cli.supervised import run_async
from aishell.config.paths import Paths
from aishell.core.errors import AishellError, UsageError
from aishell.core.steps import Work
from aishell.core.text import one_line

_USAGE = "aishell steps list; aishell steps resume N [--yes] [--json]; aishell steps forget N"


def run(arguments: list[str]) -> int:
    saved = wiring.open_saved(Paths.from_environment(dict(os.environ)))
    match arguments:
        case [] | ["list"]:
            for work in saved.all():
                stdio.show(_line(work))
            return 0
        case ["forget", number] if number.isascii() and number.isdecimal():
            saved.forget(int(number))
            return 0
        case ["resume", number, *rest] if number.isascii() and number.isdecimal() and set(rest) <= {"--yes", "--json"}:
            return _resume(saved.get(int(number)), yes="--yes" in rest, json="--json" in rest)
    raise UsageError(f"That is no way to use `aishell steps`: {' '.join(arguments)}", hint=_USAGE)


def _line(work: Work) -> str:
    far = f"{work.at} of {len(work.parts)} done" if work.parts else f"{len(work.done)} done"
    why = f"  {one_line(work.why, 80)}" if work.why else ""
    return f"{work.number:>4}  {far:<12}  {one_line(work.request.text, 100)}{why}"


def _resume(work: Work, *, yes: bool, json: bool) -> int:
    from aishell.cli.words import Turn, closing

    if not os.path.isdir(work.request.cwd):
        raise AishellError(f"Its folder is gone: {work.request.cwd}.")
    loaded, paths = wiring.settings()
    session = wiring.open_session(loaded.settings, paths)
    options = Options(work.request.text, yes=yes, json=json, plain=loaded.settings.ui.plain)
    turn = Turn(session, options, loaded.settings.actions.unattended_timeout_s, None)
    return run_async(closing(session, turn.resumed(work)))
