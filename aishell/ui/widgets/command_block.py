"""A command that runs or ran: where, what it was, what it prints, how it ended; and what can be done with it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from aishell.ui.shown import MUTED, shell, short, shown
from aishell.ui.terminal.typed import pasted, typed
from aishell.ui.widgets.ask_line import AskLine
from aishell.ui.widgets.keys import Keys, keys_line
from aishell.ui.widgets.output import Output
from aishell.ui.words import Words

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_TICK_S = 0.125
_QUIET_S = 0.25
"""A command that ends sooner never shows that it runs: no flicker."""


class CommandBlock(Vertical, can_focus=True):
    """Feed it with `write`, tell it the end with `ended`."""

    DEFAULT_CSS = """
    CommandBlock { height: auto; border-left: outer $panel; padding: 0 0 0 1; margin: 0 0 1 0; }
    CommandBlock:focus, CommandBlock:focus-within { border-left: outer $primary; background: $surface; }
    CommandBlock.-running { border-left: outer $secondary; }
    CommandBlock.-failed { border-left: outer $error; }
    CommandBlock > .head { height: auto; }
    CommandBlock > .head > .line { width: 1fr; height: auto; }
    CommandBlock > .head > .status { width: auto; height: 1; color: $text-muted; padding: 0 1; }
    CommandBlock.-failed > .head > .status { color: $text-error; text-style: bold; }
    CommandBlock > .note, CommandBlock > .keys { height: auto; color: $text-muted; display: none; }
    CommandBlock > AskLine { height: 1; border: none; padding: 0; }
    CommandBlock.-noted > .note, CommandBlock:focus > .keys { display: block; }
    """

    class Rerun(Message):
        """The person wants the same line to run again."""

        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    class Asked(Message):
        """The person wants to ask about this block."""

        def __init__(self, block: CommandBlock) -> None:
            super().__init__()
            self.block = block

    class FixWanted(Message):
        """The command failed, and the person wants to know what to run instead."""

        def __init__(self, block: CommandBlock) -> None:
            super().__init__()
            self.block = block

    class Typed(Message):
        """The person typed something for the program, as a terminal sends it."""

        def __init__(self, data: bytes) -> None:
            super().__init__()
            self.data = data

    def __init__(
        self,
        line: str,
        *,
        folder: str,
        say: Words,
        columns: int = 80,
        rows: int = 24,
        newline_returns: bool = False,
        fold_rows: int = 24,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`folder`: where it runs, a whole path. The rest is as for Output."""
        super().__init__(classes="-running")
        self.line = line
        self.folder = folder
        self.exit_status: int | None = None
        """None while it runs, and when that is not known."""
        self.took_s: float | None = None
        self.typing = False
        """A program is here that a person types to: while the block has the focus, keys are the program's."""
        self._trial = False
        self.output = Output(say, columns=columns, rows=rows, newline_returns=newline_returns, fold_rows=fold_rows)
        self._say = say
        self._clock = clock
        self._began = clock()
        self._told = ""
        self._ticking: Timer | None = None
        self._asking: Callable[[str], None] | None = None
        """What to do with what is typed into the line at the bottom."""

    def compose(self) -> ComposeResult:
        with Horizontal(classes="head"):
            yield Static(shown((short(self.folder), MUTED), (" ❯ ", "bold $primary"), shell(self.line)), classes="line")
            yield Static(classes="status")
        yield self.output
        yield Static(classes="note")
        yield Static(classes="keys")

    def on_mount(self) -> None:
        self._tell_status()
        if self.running:
            self._ticking = self.set_interval(_TICK_S, self._tell_status)

    # ---- what happens to the command

    @property
    def trial(self) -> bool:
        """It was only tried: nothing of what it did is there."""
        return self._trial

    @trial.setter
    def trial(self, trial: bool) -> None:
        self._trial = trial
        if self.is_mounted:
            self._tell_status()

    @property
    def running(self) -> bool:
        return self.took_s is None

    def write(self, data: bytes) -> None:
        """The next bytes it printed."""
        self.output.write(data)

    def waits(self, *, typing: bool) -> None:
        """Whether it is a program now that a person types to, so that its cursor is shown and keys are for it."""
        if typing != self.typing:
            self.typing = self.output.cursor_on = typing
            self.output.fold(folded=not typing)
        self.output.changed()
        if self.is_mounted:
            self._tell_keys()

    def ended(self, exit_status: int | None, took_s: float) -> None:
        self.exit_status, self.took_s = exit_status, took_s
        self.output.write(b"", final=True)
        self.waits(typing=False)
        if self._ticking:
            self._ticking.stop()
        self.remove_class("-running")
        self.set_class(bool(exit_status), "-failed")
        if self.is_mounted:
            self._tell_status()

    def _tell_status(self) -> None:
        """Eight times a second while it runs: the screen is laid out again only when the text has another length."""
        told = self._status()
        self.query_one(".status", Static).update(shown(told), layout=len(told) != len(self._told))
        self._told = told

    def _tell_keys(self) -> None:
        line = shown(self._say("keys go to the program; F6 leaves it")) if self.typing else keys_line(self._keys())
        self.query_one(".keys", Static).update(line)

    def _status(self) -> str:
        if self.took_s is None:
            elapsed = self._clock() - self._began
            spinner = _SPINNER[int(elapsed / _TICK_S) % len(_SPINNER)]
            return f"{spinner} {duration(elapsed)}" if elapsed >= _QUIET_S else ""
        ended = [] if self.exit_status is None else [exit_words(self.exit_status, self._say)]
        return " · ".join([*([self._say("only tried")] if self._trial else []), *ended, duration(self.took_s)])

    # ---- what a person does with it

    def _keys(self) -> Keys:
        say = self._say
        keys: Keys = {"c": (say("copy"), self._copy), "s": (say("save"), self._save), "/": (say("search"), self._search)}
        if self.output.foldable:
            keys["enter"] = (say("show all") if self.output.folded else say("fold"), self._fold)
        if not self.running:
            keys["r"] = (say("run again"), lambda: self.post_message(self.Rerun(self.line)))
        keys["a"] = (say("ask about this"), lambda: self.post_message(self.Asked(self)))
        if self.exit_status:
            keys["f"] = (say("fix this"), lambda: self.post_message(self.FixWanted(self)))
        return keys

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape" and self._asking:
            event.stop()
            self._answered(None)
        if not self.has_focus:
            return
        if self.typing:
            self._type(event, typed(event.key, event.character))
            return
        key = event.character if event.character in ("/", "N") else event.key
        if key in ("n", "N"):
            event.stop()
            self._tell_match(*self.output.step(1 if key == "n" else -1))
        elif found := self._keys().get(key or ""):
            event.stop()
            found[1]()
            self._tell_keys()

    def on_paste(self, event: events.Paste) -> None:
        if self.typing and self.has_focus:
            self._type(event, pasted(event.text))

    def _type(self, event: events.Event, data: bytes) -> None:
        if data:
            event.stop()
            event.prevent_default()
            self.post_message(self.Typed(data))

    def on_focus(self) -> None:
        self._tell_keys()

    def _fold(self) -> None:
        self.output.fold(folded=not self.output.folded)

    def _copy(self) -> None:
        selected = self.screen.get_selected_text()
        self.app.copy_to_clipboard(selected or self.output.plain_text())
        self._note(self._say("copied the selection") if selected else self._say("copied all of it"))

    def _search(self) -> None:
        self._ask(self._say("search for"), "", self._searched)

    def _searched(self, needle: str) -> None:
        self._tell_match(min(1, count := self.output.search(needle)), count)

    def _tell_match(self, at: int, count: int) -> None:
        say = self._say
        self._note(say("match {at} of {count}; n next, N previous", at=at, count=count) if count else say("not found"))

    def _save(self) -> None:
        self._ask(self._say("save as"), "output.txt", self._saved)

    def _saved(self, name: str) -> None:
        try:
            file = Path(self.folder) / Path(name).expanduser()
            self.output.save(file)
        except (OSError, ValueError, RuntimeError) as error:  # no such home, a byte that no file name has
            why = error.strerror if isinstance(error, OSError) else str(error)
            self._note(self._say("not saved: {why}", why=why or str(error)))
        else:
            self._note(self._say("saved as {file}", file=str(file)))

    # ---- the line at the bottom

    def _ask(self, what: str, suggested: str, then: Callable[[str], None]) -> None:
        self._asking = then
        line = AskLine(suggested, placeholder=what, compact=True)
        self.mount(line)
        line.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._answered(event.value)

    def _answered(self, text: str | None) -> None:
        then, self._asking = self._asking, None
        self.query(AskLine).remove()
        self.focus()
        if text and then:
            then(text)

    def _note(self, text: str) -> None:
        self.query_one(".note", Static).update(shown(text))
        self.add_class("-noted")


def duration(seconds: float) -> str:
    """0.1 s, 12 s, 3:20, 1:02:03."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def exit_words(status: int, say: Words) -> str:
    """How a command ended, in a word or two."""
    if status == 0:
        return "✓"
    if status > 128:
        try:
            return f"✗ {signal.Signals(status - 128).name}"
        except ValueError:
            pass
    return say("✗ exit {status}", status=status)
