"""What the marks mean, in order: from a prompt over a line's beginning and output to its end and the next prompt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from aishell.actions.shell import state
from aishell.actions.shell.door import Door
from aishell.actions.shell.marks import ASKS, Mark, Mode, Piece, without_editor
from aishell.core.shell import Began, Changed, Ended, Event, Printed, Ready, Screen, Snapshot, Unfinished


class Course:
    """Turns the pieces of a terminal's stream into events. Knows nothing of processes or time but what it is told."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self.stage: Literal["starting", "prompt", "handed", "running", "ended"] = "starting"
        """`handed`: a line is in the editor; `ended`: the command is over, and the prompt is still to come."""
        self.since = 0.0
        """When this stage began."""
        self.editor = False
        """Whether somebody has asked for bracketed paste and not taken it back, as line editors do."""
        self.deaf = False
        """What arrives before the next mark is the echo of what we have typed."""
        self.bare = False
        """The person sees the shell's own prompt and types into its own editor."""
        self.screen = False
        self.prompts = 0
        """How many there have been."""
        self.unread = b""
        """What has been typed into a terminal that was lent, and nothing has read."""
        self.wants_typed = False
        """The shell has asked what has been typed and not read."""
        self._asked = b""
        """The last thing written, when it may be the shell's own line editor that begins, which a mark then tells."""
        self._known = b""
        self._working = True
        """What is printed is not the line editor's."""
        self._digest = ""
        self._line: str | None = None
        self._unfinished = False
        self._began: float | None = None
        self._status, self._took = 0, 0.0

    @property
    def cwd(self) -> str:
        return state.cwd(self._known)

    def snapshot(self) -> Snapshot:
        return state.read(self._known)

    def take_unread(self) -> bytes:
        """It is typed anew."""
        unread, self.unread = self.unread, b""
        return unread

    def hand(self, line: str, now: float) -> None:
        """`line` has been put down for the shell to take."""
        self.stage, self.since, self._line, self._unfinished = "handed", now, line, False

    def redraw(self, now: float) -> None:
        """The shell has been asked for another prompt; no line is run."""
        self.stage, self.since, self._line, self.deaf = "handed", now, None, True

    def take(self, piece: Piece, now: float) -> Iterator[Event]:
        """The events that follow from `piece`, which arrived at `now`."""
        match piece:
            case bytes():
                data = self._audible(piece)
                if data and not self.deaf:
                    yield Printed(data=data)
            case Mode(alternate=False, on=on):
                self.editor = on
            case Mode(on=on):
                if on != self.screen:
                    self.screen = on
                    yield Screen(on=on)
            case Mark():
                self._asked = b""
                self._working = piece.letter in "CL"
                if piece.letter != "B":
                    self.deaf = piece.letter == "I" and not self.bare
                yield from self._mark(piece, now)

    def _audible(self, data: bytes) -> bytes:
        """What a person should see of `data`."""
        if self.bare:
            return data
        if not self._working:
            return without_editor(data, accepting=self.stage == "handed")
        data, self._asked = self._asked + data, b""
        if data.endswith(ASKS):
            data, self._asked = data[: -len(ASKS)], ASKS
        return data

    def _mark(self, mark: Mark, now: float) -> Iterator[Event]:
        match mark.letter, mark.value.strip(";").split(";"):
            case "C" | "L", _:
                yield from self._begin(told=mark.letter == "L", now=now)
            case "D", [status, *_]:
                self._end(status, now)
            case "K", ["mended", status]:
                self._end(status, now)
                yield from self.prompt()
            case "B", _ if self.stage not in ("prompt", "handed"):  # there it is only drawn once more
                yield from self.prompt()
            case "T", _:
                self.wants_typed = True
            case "2", _ if self._line is not None:
                self._unfinished = self.deaf = True

    @property
    def unfinished(self) -> bool:
        """The shell waits for the rest of a line that was handed in."""
        return self._unfinished and self.stage in ("handed", "running")

    def _begin(self, *, told: bool, now: float) -> Iterator[Event]:
        if self.stage == "running":
            return  # the next of several commands that were handed in as one
        line = self._line
        if told and (line is None or not line.startswith((" ", "\t"))):  # history does not have those
            heard = self._door.heard()
            line = heard if heard and (line is None or "\n" in heard or "\n" not in line) else line
        self.stage, self.since, self._began = "running", now, now
        yield Began(line=line or "")

    def _end(self, status: str, now: float) -> None:
        self.unread += state.unread(self._door.state())
        self._status = int(status) if status.isdecimal() else 1
        self._took = now - self._began if self._began is not None else 0.0
        self.stage, self.since = "ended", now

    def prompt(self) -> Iterator[Event]:
        """The shell is at its prompt."""
        first, self.stage, self.prompts = not self.prompts, "prompt", self.prompts + 1
        self.editor = False
        self._known = self._door.state() or self._known
        line, began, self._line, self._began = self._line, self._began, None, None
        if self.screen:  # its program died in it
            self.screen = False
            yield Screen(on=False)
        digest = state.digest(self._known)
        if digest != self._digest:
            self._digest = digest
            if not first:
                yield Changed(digest=digest)
        if self._unfinished and line is not None:
            yield Unfinished(line=line)
        if first:
            yield Ready(cwd=self.cwd)
        elif began is not None or (line is not None and not self._unfinished):
            yield Ended(exit_status=self._status, cwd=self.cwd, took_s=self._took)
        self._unfinished = False
