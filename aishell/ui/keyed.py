"""The screen's widgets, and what its keys do; what happens is told by `screen`."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget

from aishell.ui.outside import Outside
from aishell.ui.parts import Parts
from aishell.ui.widgets.column import Column
from aishell.ui.widgets.command_block import CommandBlock
from aishell.ui.widgets.prompt import Prompt
from aishell.ui.widgets.status_line import StatusLine


class Keyed(Screen[None]):
    DEFAULT_CSS = """
    Keyed { layout: vertical; }
    Keyed > Prompt { border-top: solid $panel; padding: 0 1 0 0; }
    Keyed.-low ProposalBlock { border: none; border-left: outer $primary; padding: 0; margin: 0; }
    Keyed.-low ProposalBlock.-found > .found { display: none; }
    Keyed.-low ProposalBlock Tree { max-height: 1; }
    """
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-high")]  # noqa: RUF012 - the library declares it so
    """On a low screen a proposal has to show its command and its keys at the same time; the rest is a key away."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", show=False, priority=True),
        Binding("f6", "other_focus", show=False, priority=True),
        Binding("escape", "stop", show=False, priority=True),
        Binding("escape", "to_prompt", show=False),
        Binding("ctrl+c", "interrupt", show=False),
        Binding("ctrl+z", "suspend_line", show=False, priority=True),
        Binding("pageup", "scroll(-1)", show=False),
        Binding("pagedown", "scroll(1)", show=False),
    ]

    def __init__(self, outside: Outside) -> None:
        super().__init__()
        self._outside = outside
        self._say = outside.say
        self._column = Column()
        self._prompt = Prompt(outside.sources, keys=outside.keys, folder=outside.folder)
        self._line = StatusLine(say=outside.say)
        self._parts: Parts | None = None
        """None until there is a session."""

    def compose(self) -> ComposeResult:
        yield self._column
        yield self._prompt
        yield self._line

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "stop":  # elsewhere Esc means something else
            return bool(self._parts and self._parts.talk.busy) and not self._typing
        if action == "suspend_line":  # in a line that is being written it takes an edit back
            return bool(self._parts and self._parts.lane.busy) and not self._prompt.text and not self._typing
        return True

    @property
    def _typing(self) -> bool:  # keys go to a program
        return isinstance(self.focused, CommandBlock) and self.focused.typing

    def on_answer_block_stopped(self) -> None:
        self.action_stop()

    def action_stop(self) -> None:
        if self._parts:
            self._parts.talk.stop()

    @on(Prompt.Interrupted)
    async def action_interrupt(self) -> None:
        """Ctrl-C."""
        if self._parts:
            await self._parts.interrupt()

    async def action_suspend_line(self) -> None:
        if self._parts:
            await self._parts.lane.suspend()

    async def action_private(self) -> None:
        if self._parts:
            entered = self._parts.entered
            await entered.set_private("off" if entered.private else "on")

    def action_other_focus(self) -> None:
        """Between the prompt and the question at hand, the program that runs, or else the newest block."""
        parts = self._parts
        other: Widget | None = (parts.talk.deciding.open or parts.lane.running) if parts else None
        newest = next((block for block in reversed(self._column.children) if block.focusable), None)
        other = other or (newest if self._prompt.has_focus_within else None)
        if other and not other.has_focus_within:
            other.focus()
        else:
            self._prompt.focus()

    def action_to_prompt(self) -> None:
        self._prompt.focus()

    def action_scroll(self, pages: int) -> None:
        (self._column.scroll_page_down if pages > 0 else self._column.scroll_page_up)()

    async def action_clear(self) -> None:
        await self._column.clear()

    async def action_whole_terminal(self) -> None:
        if self._parts:
            self._parts.lane.wish_terminal()

    def action_help(self) -> None:
        from aishell.ui.help import open_help  # 80 ms that the first prompt does without

        open_help(self.app, self._say)
