"""`aishell try CMD`: a line a person typed, run without its effects; then they see them, and decide."""

from __future__ import annotations

import asyncio
import os
import select
import shlex
from contextlib import closing
from typing import NamedTuple

from aishell import wiring
from aishell.actions.dryrun import shell
from aishell.actions.dryrun.monitor import Limits
from aishell.actions.dryrun.trial import Sandbox, Trial
from aishell.actions.environment import clean_environment
from aishell.cli import stdio
from aishell.core.changes import Changes
from aishell.core.errors import AishellError, ConsentMissing, UsageError
from aishell.ui import consent
from aishell.ui.changes import describe, plain

_USAGE = "aishell try [--yes] [--network] CMD"
_QUESTION = "  put this in place?  y yes   n no   x show the text  [n] "
_CHUNK = 1 << 16
_TEXTS = 10


class _Asked(NamedTuple):
    line: str
    yes: bool
    network: bool


def run(arguments: list[str]) -> int:
    asked = _parse(arguments)
    loaded, paths = wiring.settings()
    sandbox = wiring.open_sandbox(loaded.settings, paths, network=asked.network)
    for sentence in sandbox.sets.recover():
        stdio.say(f"aishell: {plain(sentence)}")
    sandbox.sets.sweep()
    try:
        cwd = os.getcwd()
    except FileNotFoundError:
        raise AishellError("The current folder no longer exists.", hint="Change to another one first: cd") from None
    folders = wiring.trial_folders(loaded.settings, cwd)
    limits = Limits(disk_bytes=loaded.settings.undo.trial_mb << 20)
    trial = _run(sandbox, asked.line, cwd, folders, limits)
    try:
        return _decide(trial, asked)
    finally:
        trial.discard()


def _parse(arguments: list[str]) -> _Asked:
    rest = list(arguments)
    found = {"--yes": False, "-y": False, "--network": False}
    while rest and rest[0] in found:
        found[rest.pop(0)] = True
    if rest[:1] == ["--"]:
        rest = rest[1:]
    if not rest or rest[0].startswith("-"):
        raise UsageError("There is no command to try.", hint=_USAGE)
    line = rest[0] if len(rest) == 1 else shlex.join(rest)
    return _Asked(line, found["--yes"] or found["-y"], found["--network"])


def _run(sandbox: Sandbox, line: str, cwd: str, folders: tuple[str, ...], limits: Limits) -> Trial:
    """The trial, over; its output has been passed on as it came."""
    given = stdio.has_data()
    stdin = 0 if given else os.open(os.devnull, os.O_RDONLY)
    out, err = os.pipe(), os.pipe()
    try:
        trial = sandbox.start(
            shell.argv(line),
            cwd=cwd,
            environment=clean_environment(dict(os.environ)),
            folders=folders,
            stdin=stdin,
            stdout=out[1],
            stderr=err[1],
            limits=limits,
        )
    except AishellError:
        _close(out[0], err[0])
        raise
    finally:
        _close(out[1], err[1], *([] if given else [stdin]))
    try:
        _pass_on({out[0]: "stdout", err[0]: "stderr"})
        trial.wait()
    except BaseException:  # Ctrl-C, a closed pipe: whatever it is, the trial is over
        trial.discard()
        raise
    finally:
        _close(out[0], err[0])
    return trial


def _pass_on(streams: dict[int, stdio.Stream]) -> None:
    out = stdio.Out()
    waiting = dict(streams)
    while waiting:
        for descriptor in select.select(list(waiting), [], [])[0]:
            if data := os.read(descriptor, _CHUNK):
                out.write(waiting[descriptor], data)
            else:
                del waiting[descriptor]
    out.finish()


def _decide(trial: Trial, asked: _Asked) -> int:
    status = trial.exit_code() or 0
    changes = trial.changes()
    if trial.stopped:
        why = "It wrote more than undo.trial_mb allows" if trial.stopped == "disk" else "It was ended"
        raise AishellError(f"{why}; nothing was changed.")
    if status:
        stdio.say(f"aishell: the command failed with status {status}")
    stdio.say("\n".join(describe(changes)))
    if not changes.listed:
        return status
    if not asked.yes:
        if not consent.can_ask(piped=False):
            raise ConsentMissing("Nothing was changed: a person has to agree.", hint="In a terminal you are asked; or --yes.")
        if not asyncio.run(_ask(trial, changes)):
            raise ConsentMissing("Nothing was changed.")
    entry = trial.commit(asked.line)
    stdio.say(f"done; `aishell undo {entry.number}` takes it back")
    return status


async def _ask(trial: Trial, changes: Changes) -> bool:
    with closing(consent.Terminal()) as terminal:
        while (answer := await terminal.ask(_QUESTION)) == "explain":
            files = [change for change in changes.listed if change.sort == "file" and change.kind in ("changed", "added")]
            for change in files[:_TEXTS]:
                stdio.say("\n".join(plain(line) for line in trial.text_diff(change.path)))
        return answer == "yes"


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
