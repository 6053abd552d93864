"""Trying a command: what it would change, and then all of that or nothing.

    sandbox = Sandbox(sets)
    trial = sandbox.start(shell.argv("make clean"), cwd=..., environment=..., folders=(cwd, home, "/tmp"))
    trial.wait();  trial.changes();  trial.commit("make clean")  or  trial.discard()

Every call but `exit_code` may block for milliseconds or, on large changes, longer: from an event loop, call them in a thread.
"""

from __future__ import annotations

import os
import secrets
import stat
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path

from aishell.actions.dryrun import diff, roots, shell, ways
from aishell.actions.dryrun.commit import commit
from aishell.actions.dryrun.monitor import Command, Limits
from aishell.actions.dryrun.overlay import Layout
from aishell.actions.dryrun.process import Running, Stopped, launch
from aishell.actions.dryrun.roots import Root
from aishell.actions.dryrun.sets import Sets, discard, lock_folder
from aishell.actions.dryrun.ways import Way
from aishell.core.changes import Changes, UndoSet
from aishell.core.errors import AishellError, TrialUnavailable

_HIDDEN = ("/run",)
_UNLIMITED = Limits()
_STOPPED = {"time": "ran out of time", "disk": "wrote more than it may", "killed": "was ended"}


class Trial:
    """One command under way or over, none of whose changes are in place."""

    def __init__(self, running: Running, layout: Layout, stores: _Stores, farewell: shell.Farewell, command: Command) -> None:
        self._running = running
        self._layout = layout
        self._stores = stores
        self._farewell = farewell
        self._command = command
        self._found: tuple[Changes, tuple[diff.Top, ...]] | None = None

    @property
    def descriptor(self) -> int:
        """Readable when all is over: for an event loop's add_reader."""
        return self._running.descriptor

    @property
    def stopped(self) -> Stopped:
        return self._running.stopped

    def exit_code(self) -> int | None:
        """None while it runs; then 128 + n when signal n ended it. Never blocks."""
        return self._running.exit_code()

    def wait(self, timeout_s: float | None = None) -> int | None:
        return self._running.wait(timeout_s)

    def kill(self) -> None:
        """End it and all it started; returns when they are gone."""
        self._running.kill()

    def changes(self) -> Changes:
        """What it would change. Ends the command if it still runs."""
        return self._compared()[0]

    def text_diff(self, path: str) -> tuple[str, ...]:
        """The lines that would change in one listed file, bounded."""
        for root in self._layout.roots:
            if roots.within(path, root.path):
                return diff.text_diff(path, root.upper + path[len(root.path.rstrip("/")) :])
        return ()

    def commit(self, label: str) -> UndoSet:
        """Put exactly what `changes()` says in place. `label`: the command as the person knows it.

        Raises Conflict when somebody changed one of the paths meanwhile; AishellError when it did not come to its own end.
        """
        changes, tops = self._compared()
        if self.stopped:
            raise AishellError(f"The command {_STOPPED[self.stopped]}: half of its changes are not put in place.")
        made = commit(self._stores.sets, tops, command=label, totals=changes.totals, started_ns=self._command.not_before_ns)
        self.discard()
        return made

    def discard(self) -> None:
        """As if it had never run."""
        self.kill()
        self._farewell.close()
        self._stores.discard()

    def _compared(self) -> tuple[Changes, tuple[diff.Top, ...]]:
        if self._found is None:
            self.kill()
            changes, tops = diff.compare(self._layout.roots, self._stores.modes)
            folder, variables = self._farewell.read(self._command.cwd, self._command.environment)
            self._found = replace(changes, folder=folder, variables=variables), tops
        return self._found


class _Stores:
    """What a trial writes, on each file system that it may write to."""

    def __init__(self, sets: Sets, planned: list[tuple[str, Path]]) -> None:
        self.sets = sets
        name = secrets.token_hex(8)
        self._tops: dict[Path, int | None] = {}
        self.roots: list[Root] = []
        self.modes: dict[str, int] = {}
        for number, (path, place) in enumerate(planned):
            top = place / "trials" / name
            if top not in self._tops:
                top.mkdir(parents=True, mode=0o700)
                self._tops[top] = lock_folder(top)
            root = Root(path=path, store=str(top), number=number)
            self._make(root)
            self.roots.append(root)

    def discard(self) -> None:
        for top, lock in self._tops.items():
            discard(top)
            if lock is not None:
                os.close(lock)
        self._tops.clear()

    def _make(self, root: Root) -> None:
        for folder in (root.upper, root.work):
            os.mkdir(folder, 0o700)
        state = os.stat(root.path)
        mode = stat.S_IMODE(state.st_mode) | 0o500
        # The folder inside is ours even where the real one is not: it must not allow what that one forbids.
        self.modes[root.path] = mode | 0o200 if os.access(root.path, os.W_OK) else mode & ~0o222
        os.chmod(root.upper, self.modes[root.path])
        if os.getuid() == 0:
            os.chown(root.upper, state.st_uid, state.st_gid)


def _outside(sockets: list[str], folders: tuple[str, ...]) -> tuple[str, ...]:
    """Sockets that a trial could reach: seen through an overlay one leads nowhere already."""
    return tuple(path for path in sockets if os.path.exists(path) and not any(roots.within(path, top) for top in folders))


def _runtime(environment: Mapping[str, str], kept: tuple[str, ...]) -> list[str]:
    """What is hidden of where daemons have their sockets. Somebody's home may lie in there: that is not."""
    folder, home = environment.get("XDG_RUNTIME_DIR", ""), environment.get("HOME", "")
    if not folder.startswith("/"):
        return []
    in_sight = (path for path in (*kept, os.path.realpath(home) if home else "") if path)
    return roots.beside(os.path.realpath(folder), in_sight)


class Sandbox:
    """Where commands are tried. One for a process is enough; it remembers which way works here."""

    def __init__(self, sets: Sets, *, hidden: Iterable[str] = (), network: bool = False) -> None:
        """`hidden`: folders a trial sees empty, besides /run: our own state. With `network`, what it sends is not a trial."""
        self.sets = sets
        self._hidden = tuple(hidden)
        self._network = network

    @cached_property
    def way(self) -> Way | None:
        """How a command is kept from the real files here; found out by doing it once (about 10 ms)."""
        scratch = self.sets.places.primary / "probe"
        for folder in (scratch.parent, scratch):  # one by one: what lies between would get another mode
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for way in ways.ORDER:
            if way != "partial" and self._works(way, str(scratch)):
                return way
        return "partial" if ways.can_confine() else None

    @property
    def dry(self) -> bool:
        """Whether a command can be tried at all."""
        return self.way in ("namespaces", "bwrap")

    def start(
        self,
        argv: tuple[str, ...],
        *,
        cwd: str,
        environment: Mapping[str, str],
        folders: Iterable[str],
        stdin: int,
        stdout: int,
        stderr: int,
        limits: Limits = _UNLIMITED,
        passing: bool = False,
    ) -> Trial:
        """Begin to try a command; it may write below `folders` only, and none of that is real.

        The descriptors are the command's standard streams and stay open here. `passing`: it will not be committed, so that what
        it writes may lie on any file system. Raises TrialUnavailable, AishellError.
        """
        if self.way is None or self.way == "partial":
            raise TrialUnavailable(
                "This machine cannot try a command without its effects.",
                hint="It needs unprivileged user namespaces, or bubblewrap 0.11 (docs/undo.md).",
            )
        command = Command(
            argv=argv,
            cwd=cwd,
            environment=dict(environment),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            not_before_ns=time.time_ns(),
        )
        return self._start(self.way, command, folders, limits, passing)

    def _start(self, way: Way, command: Command, folders: Iterable[str], limits: Limits, passing: bool = False) -> Trial:
        places = self.sets.places
        planned = roots.plan(folders, (lambda _folder: places.primary) if passing else places.on)
        if not planned:
            raise TrialUnavailable("None of the folders can be tried.", hint="Their file system may not be writable.")
        stores = _Stores(self.sets, planned)
        farewell = shell.Farewell()
        layout = self._layout(stores.roots, command)
        child = ways.inside_namespaces if way == "namespaces" else ways.inside_bwrap
        try:
            running = launch(command, farewell.descriptor, partial(child, layout, command, limits))
        except AishellError:
            farewell.close()
            stores.discard()
            raise
        return Trial(running, layout, stores, farewell, command)

    def _layout(self, planned: list[Root], command: Command) -> Layout:
        cwd = os.path.realpath(command.cwd)
        tops = [root.path for root in planned]
        hidden = {os.path.realpath(path) for path in (*_HIDDEN, *self._hidden, *map(str, self.sets.places.known()))}
        hidden.update(_runtime(command.environment, (*tops, cwd)))
        return Layout(
            roots=tuple(planned),
            bound=tuple(roots.left_out(tops)),
            hidden=tuple(sorted(path for path in hidden if not any(roots.within(path, up) for up in hidden - {path}))),
            sockets=_outside(roots.sockets(), (*hidden, *tops)),
            network=self._network,
            needed=next((root.path for root in planned if roots.within(cwd, root.path)), planned[0].path),
        )

    def _works(self, way: Way, scratch: str) -> bool:
        null = os.open(os.devnull, os.O_RDWR)
        command = Command(argv=("true",), cwd="/", environment=dict(os.environ), stdin=null, stdout=null, stderr=null)
        try:
            if way == "bwrap" and not ways.bwrap_can_overlay():
                return False
            trial = self._start(way, command, (scratch,), Limits(seconds=10.0))
            code = trial.wait()
            trial.discard()
        except AishellError:
            return False
        finally:
            os.close(null)
        return code == 0
