"""`aishell recorded`: a command that ran in bash, zsh or fish is put into memory. For the code of `aishell init --record`.

Standard input: shell, status, beginning and duration in seconds, folder, and the command, each ended by RS. Nothing is said and
nothing goes wrong: it runs behind a prompt, where nobody waits for it.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress

from aishell import wiring
from aishell.core.errors import AishellError, UsageError
from aishell.core.memory import Run
from aishell.integrate.answer import END
from aishell.memory.history.entries import LONGEST
from aishell.memory.journal import git_root


def run(arguments: list[str]) -> int:
    if arguments:
        raise UsageError("aishell recorded takes no arguments.", hint="The command comes on standard input.")
    os.nice(10)  # the person's next command comes first
    ran = read(sys.stdin.buffer.read(4 * LONGEST))
    loaded, paths = wiring.settings()
    if ran is None or not loaded.settings.memory.record:
        return 0
    with suppress(AishellError):
        store = wiring.open_store(paths, tell=lambda _sentence: None)
        try:
            store.record(ran)
        finally:
            store.close()
    return 0


def read(data: bytes) -> Run | None:
    """The run that a shell tells of; None for what is not to be kept: nothing, or a command that a blank hides."""
    fields = data.decode("utf-8", "replace").replace("\0", "\ufffd").split(END)
    if len(fields) != 7:
        return None
    shell, status, began, took, folder, command, _ = fields
    if not command.strip() or command[0].isspace() or len(command) > LONGEST or shell not in ("bash", "zsh", "fish"):
        return None
    return Run(
        command=command.rstrip(),
        time=_number(began) or 0.0,
        cwd=folder,
        exit_status=int(status) if status.isdecimal() else None,
        duration_s=_number(took),
        git_root=git_root(folder) if folder.startswith("/") else "",
        host=socket.gethostname(),
        shell=shell,
        by="typed",
    )


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))  # a locale's point
    except ValueError:
        return None
    return value if 0 <= value < 1e11 else None
