"""A person's own programs that hear of each command: before it runs, when they may refuse it, and after.

Each gets one JSON object on standard input and has a time. A hook before a command lets it go on with status 0, and refuses
with status 1 and a sentence on standard output; every other end is a failure. One that fails is asked no more in this session.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

from aishell.core.errors import ConsentMissing, ExtensionFailed
from aishell.core.own import HookFiles
from aishell.core.text import one_line
from aishell.extend.calling import call
from aishell.extend.owned import refuse_foreign

_VERSION = 1
_REFUSED = 1
_SENTENCE = 200
"""Characters of a refusal that are shown."""


class Hooks:
    """`tell` brings a sentence to the person, from any thread."""

    def __init__(self, files: HookFiles, tell: Callable[[str], None]) -> None:
        self._files = files
        self._tell = tell
        self._failed: set[str] = set()
        self._later: ThreadPoolExecutor | None = None
        """One thread: those that come after a command keep nobody waiting, and stay in order."""

    def before(
        self, command: str, cwd: str, *, request: str = "", tier: str = "", tried: bool = False, private: bool = False
    ) -> None:
        """Ask all of them. Blocks. Raises ConsentMissing with the sentence of the one that refuses.

        `tier`: the judge's; empty for a line that a person typed. `tried`: it will run where its effects are not real.
        """
        said = {"command": command, "cwd": cwd, "request": request, "tier": tier, "tried": tried, "private": private}
        for file in self._files.before:
            if sentence := self._asked(file, "before", said):
                name = os.path.basename(file)
                raise ConsentMissing(f"Your hook {name} refuses it: {sentence}", hint=f"{file} decides; `aishell config edit`.")

    def after(
        self, command: str, cwd: str, *, exit_code: int | None, seconds: float | None, request: str = "", tier: str = ""
    ) -> None:
        """Tell all of them, in the background."""
        if not self._files.after:
            return
        said = {"command": command, "cwd": cwd, "request": request, "tier": tier, "exit_code": exit_code, "seconds": seconds}
        self._later = self._later or ThreadPoolExecutor(1, thread_name_prefix="hooks")
        for file in self._files.after:
            self._later.submit(self._asked, file, "after", said)

    def close(self) -> None:
        """Returns when the last of them has heard it."""
        if self._later:
            self._later.shutdown()

    def _asked(self, file: str, event: Literal["before", "after"], said: Mapping[str, Any]) -> str:
        """Why it refuses; empty when it does not, or cannot be asked."""
        if file in self._failed:
            return ""
        given = json.dumps({"version": _VERSION, "event": event, **said}).encode()  # ASCII, whatever the command is
        try:
            refuse_foreign(file)
            called = call([file], given=given, seconds=self._files.seconds, folder=os.path.expanduser("~"))
            sentence = one_line(called.out.decode("utf-8", "replace").strip().partition("\n")[0], _SENTENCE)
            if event == "before" and called.status == _REFUSED and sentence:
                return sentence
            if called.status:
                raise ExtensionFailed(f"{file} ended with status {called.status}{f': {called.last}' if called.last else '.'}")
        except ExtensionFailed as error:
            self._failed.add(file)
            self._tell(f"A hook is not asked any more in this session: {error}")
        return ""
