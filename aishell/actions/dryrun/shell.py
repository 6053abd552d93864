"""A shell line as a command that says, at its end, which folder it is in and what it exports."""

from __future__ import annotations

import os
from collections.abc import Mapping

from aishell.actions.dryrun.monitor import STATE_FD
from aishell.core.changes import VariableChange

BASH = ("bash", "--norc", "--noprofile", "+H", "-c")
_ROOM = 256 << 10
_F_ADD_SEALS, _F_SEAL_GROW = 1033, 4
_OWN = frozenset({"_", "SHLVL", "PWD", "OLDPWD"})
# The line is $1, so that no quoting can break out of it. A line that sets its own EXIT trap, or ends by exec, says nothing.
_WRAPPER = f'trap "pwd -P >&{STATE_FD}; printf \'\\0\' >&{STATE_FD}; /usr/bin/env -0 >&{STATE_FD}" EXIT; eval "$1"'


def argv(line: str) -> tuple[str, ...]:
    return (*BASH, _WRAPPER, "bash", line)


class Farewell:
    """Where the shell leaves its last words: memory of a fixed size, so that it can neither block nor fill anything."""

    def __init__(self) -> None:
        import fcntl

        self.descriptor = os.memfd_create("aishell", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.descriptor, _ROOM)
        fcntl.fcntl(self.descriptor, _F_ADD_SEALS, _F_SEAL_GROW)

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
        self.descriptor = -1

    def read(self, cwd: str, environment: Mapping[str, str]) -> tuple[str, tuple[VariableChange, ...]]:
        """The folder when it is another than `cwd`, and the exported variables that differ from `environment`."""
        said = os.pread(self.descriptor, _ROOM, 0)
        self.close()
        folder, mark, variables = said.partition(b"\n\0")
        ends = variables.find(b"\0\0")
        if not mark or ends < 0:  # nothing, or too much, was said
            return "", ()
        now = dict(pair.split("=", 1) for pair in os.fsdecode(variables[:ends]).split("\0") if "=" in pair)
        names = sorted({*now, *environment} - _OWN)
        changed = (VariableChange(name=name, before=environment.get(name), after=now.get(name)) for name in names)
        moved = os.fsdecode(folder)
        return (
            moved if moved != os.path.realpath(cwd) else "",
            tuple(change for change in changed if change.before != change.after),
        )
