"""Something a person wants remembered, said in words: `aishell -c "remember that the backup disk is /mnt/b"`."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable

from aishell import wiring
from aishell.cli import stdio
from aishell.cli.options import Options


def run(text: str, options: Options) -> int:
    if options.print_only or options.explain:
        stdio.show(f"aishell memory note {shlex.quote(text)}")
        return 0
    keep(text, os.getcwd())
    if options.json:
        stdio.show_json({"request": text, "route": "note", "steps": [], "problems": [], "exit_code": 0})
    else:
        tell(text, wiring.without_secrets)
    return 0


def keep(text: str, folder: str, say: wiring.Tell = wiring.tell) -> None:
    """Remember `text`; what is wrong with the memory and was mended is said. Raises MemoryUnavailable."""
    _loaded, paths = wiring.settings()
    store = wiring.open_store(paths, tell=say)
    try:
        store.note(text, cwd=folder)
    finally:
        store.close()


def tell(text: str, redact: Callable[[str], str]) -> None:
    """That `text` is remembered, and whether all of it is."""
    stdio.say(f"aishell: {told(text, redact)}")


def told(text: str, redact: Callable[[str], str]) -> str:
    without = ", without what looks like a secret" if redact(text) != text else ""
    return f"remembered{without}; `aishell recall WORDS` finds it again"
