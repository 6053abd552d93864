"""A plugin that stays: loaded once, asked one thing after the other. One that hangs or breaks is ended, and left alone."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from typing import Any

from aishell.core.errors import ExtensionFailed
from aishell.core.own import Plugin
from aishell.core.text import one_line
from aishell.extend.child import Broken, Child, Silent, Until
from aishell.extend.plugins import Plugins

LOADING_S = 60.0
_LONGEST_S = 3600.0
_OBEYS_S = 2.0
"""For a call that is not wanted any more; the process is ended then."""


class Failed(ExtensionFailed):
    """Of one call; the next may do better."""


class Resident:
    """Used by one thread at a time, but for `stop`. Its process starts with the first question, or `start`."""

    def __init__(self, plugin: Plugin, plugins: Plugins, *, seconds: float) -> None:
        """`seconds`: how long it may be silent where its module has no SECONDS."""
        self.plugin = plugin
        self._plugins = plugins
        self._usual_s = seconds
        self._seconds = seconds
        self._child: Child | None = None
        self._told: Mapping[str, Any] | None = None
        """What it said once it was loaded; None before."""
        self._number = 0
        self._stop_by: float | None = None

    def start(self) -> None:
        """It loads from now on. The kernel ends it with the thread that calls this. Raises ExtensionFailed."""
        if self._child and self._child.ended:  # between two questions, which nobody waited for
            self.close()
        if self._child:
            return
        if why := self._plugins.left_alone(self.plugin):
            raise ExtensionFailed(f"The plugin {self.plugin.name} is left alone: {why}", hint=self._hint)
        try:
            self._child = Child(self.plugin.value)
        except Broken as broken:
            raise self._leave(broken) from None

    def about(self) -> Mapping[str, Any]:
        """What its module says, once it is loaded: {context_tokens}. Blocks. Raises ExtensionFailed."""
        self._stop_by = None
        self._loaded()
        return self._told or {}

    def ask(self, *given: Any, **named: Any) -> Generator[Any, None, None]:
        """The parts of an answer as they come. Each blocks; closing it early ends the call. Raises ExtensionFailed."""
        self._stop_by = None
        self._number += 1
        return self._answer({"id": self._number, "given": given, "named": named})

    def _answer(self, question: Mapping[str, Any]) -> Generator[Any, None, None]:
        if not (child := self._loaded(wanted_only=True)):
            return
        over = False
        try:
            child.say(question, self._until(self._seconds))
            while "part" in (said := self._hear(child)):
                yield said["part"]
            over = True
        except Broken as broken:
            over = True
            if self._stop_by is None:
                raise self._leave(broken) from None
            self.close()  # it was not wanted any more
            return
        finally:
            if not over and self._child is child:
                self._end_call(child)
        if "failed" in said:
            raise Failed(f"The plugin {self.plugin.name} failed: {one_line(str(said['failed']), 200)}")

    def one(self, *given: Any) -> Any:
        """The answer of a function that gives one. Blocks. Raises Failed, ExtensionFailed."""
        found: list[Any] = []
        for part in self.ask(*given):
            if found:
                raise self.broken("gives more than one result")
            found.append(part)
        if not found:
            raise Failed(f"The plugin {self.plugin.name} gave nothing.")
        return found[0]

    def one_or_none_any_more(self, *given: Any) -> Any:
        """Likewise, of a plugin that is left alone also when a call fails. Raises ExtensionFailed."""
        try:
            return self.one(*given)
        except Failed as failure:
            raise self.broken(str(failure).removeprefix(f"The plugin {self.plugin.name} ").rstrip(".")) from None

    def stop(self) -> None:
        """The answer under way is not wanted any more: it ends within 2 s. From any thread."""
        if self._stop_by is None:
            self._stop_by = time.monotonic() + _OBEYS_S
            if self._child and self._told is not None:
                self._child.stop(self._number)

    def broken(self, what: str) -> ExtensionFailed:
        """It answered, and with nothing that can be used: it is left alone like one that ended."""
        return self._leave(Broken(what))

    def close(self) -> None:
        child, self._child, self._told = self._child, None, None
        if child:
            child.kill()

    def _loaded(self, *, wanted_only: bool = False) -> Child | None:
        """None, with `wanted_only`, when nobody wants it any more: the next question finds it loaded, or loading."""
        self.start()
        assert self._child
        try:
            if self._told is None:
                told = self._child.hear(self._until(LOADING_S, at_once=wanted_only)).get("ready")
                if not isinstance(told, dict):
                    raise Broken("said what is no answer")
                self._told, self._seconds = told, _seconds(told.get("seconds"), self._usual_s)
        except Silent:
            if self._stop_by is not None:
                return None
            raise self._leave(Broken(f"does not load within {LOADING_S:g} s")) from None
        except Broken as broken:
            raise self._leave(broken) from None
        return self._child

    def _hear(self, child: Child) -> dict[str, Any]:
        """Raises Broken."""
        try:
            return child.hear(self._until(self._seconds))
        except Silent:
            raise Broken(f"was silent for {self._seconds:g} s") from None

    def _until(self, seconds: float, *, at_once: bool = False) -> Until:
        """In so many seconds; sooner when nobody wants it any more, or `at_once` then."""
        until = time.monotonic() + seconds

        def now() -> float:
            stop_by = self._stop_by
            if stop_by is None:
                return until
            return 0.0 if at_once else min(until, stop_by)

        return now

    def _end_call(self, child: Child) -> None:
        """Whoever asked has gone: read on to the end of the answer."""
        self.stop()
        try:
            while "part" in child.hear(self._until(_OBEYS_S)):
                pass
        except Broken:
            self.close()

    def _leave(self, broken: Broken) -> ExtensionFailed:
        """It is not used again before the person says so: each time would take as long."""
        self.close()
        sentence = f"The plugin {self.plugin.name} {broken}."
        self._plugins.leave_alone(self.plugin, sentence)
        return ExtensionFailed(f"{sentence} It was ended, and is not used again.", hint=self._hint)

    @property
    def _hint(self) -> str:
        return f"`aishell extend enable {self.plugin.name}` uses it again."


def _seconds(said: object, usual: float) -> float:
    """What a module says of its SECONDS, within reason."""
    if isinstance(said, int | float) and said > 0:
        return min(_LONGEST_S, max(0.1, said))
    return usual
