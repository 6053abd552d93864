"""The application that `aishell` starts on a terminal: themes, the command palette, and the one screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.worker import WorkerFailed

from aishell.ui.driver import Driver
from aishell.ui.outside import Outside
from aishell.ui.screen import ShellScreen
from aishell.ui.themes import THEMES


class AishellApp(App[int], inherit_bindings=False):
    """Its result is the status that the person left with."""

    TITLE = "aishell"
    COMMAND_PALETTE_BINDING = "f2"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f2", "command_palette", show=False, priority=True)]

    def __init__(self, outside: Outside) -> None:
        super().__init__(driver_class=Driver, ansi_color=outside.ansi_color)
        self._outside = outside
        self._main = ShellScreen(outside)
        self._ahead: list[events.Event] | None = []
        """What was typed before there was anything to type into; None once there is."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = outside.theme  # now: a theme that comes later costs another reading of all styles

    def get_default_screen(self) -> Screen[None]:
        return self._main

    async def run_to_the_end(self) -> int:
        """Until the person leaves, or somebody ends it: then, too, nothing is left behind. Raises what went wrong in it."""
        try:
            status = await self.run_async()
            if error := self._exception:
                raise (error.error if isinstance(error, WorkerFailed) else error) from None
            return status or self.return_code or 0
        finally:
            self._outside.sentences.shown_by(None)
            await self._main.close_parts()

    def _handle_exception(self, error: Exception) -> None:
        """Textual would print it, with the values of variables, which may be secret."""
        super()._handle_exception(error)
        self._exit_renderables.clear()

    async def on_event(self, event: events.Event) -> None:
        """Keys that come while the screen is being made wait for its prompt, as they do for a shell's."""
        if self._ahead is not None and isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._ahead.append(event)
            return
        await super().on_event(event)

    async def on_descendant_focus(self) -> None:
        ahead, self._ahead = self._ahead or [], None
        for event in ahead:
            cooked = isinstance(event, events.Key) and event.key == "ctrl+j"  # so the terminal still put it down for Enter
            await self.on_event(events.Key("enter", "\r") if cooked else event)

    def on_mount(self) -> None:
        self.app_resume_signal.subscribe(self, lambda _: self._main.refresh(layout=True))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        say, main = self._outside.say, self._main
        yield SystemCommand(say("Help"), say("All keys"), main.action_help)
        yield SystemCommand(say("Theme"), say("Dark, light, high contrast, or the terminal's own colours"), self.search_themes)
        yield SystemCommand(say("Private"), say("Keep nothing of what follows, or remember again"), main.action_private)
        yield SystemCommand(say("Whole terminal"), say("Give it to the program that runs"), main.action_whole_terminal)
        yield SystemCommand(say("Clear"), say("Take away the blocks"), main.action_clear)
        yield SystemCommand(say("Leave"), say("End the shell and aishell"), main.action_leave)
