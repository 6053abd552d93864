"""What the status line tells that has to be looked up first: the model and where it runs, git's branch, the memory's size."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aishell.core.errors import AishellError
from aishell.core.types import ModelInfo
from aishell.ui.branch import branch
from aishell.ui.outside import Outside
from aishell.ui.words import Words

if TYPE_CHECKING:
    from aishell.session import Session


class LookedUp:
    """Each method brings one of these up to date, and may take its time."""

    def __init__(self, given: Outside) -> None:
        self._given = given
        self.model = ""
        self.where = ""
        self.sent_to = ""
        """The other machine that is told what is said in words, if there is one."""
        self.branch = ""
        self.memories: int | None = None
        self.waits_for_model()

    def waits_for_model(self) -> None:
        self.model, self.where, self.sent_to = self._given.say("the model loads"), "", ""

    def has_no_model(self) -> None:
        self.model = self.where = self.sent_to = ""

    async def ask_model(self, session: Session) -> None:
        """Once it has been loaded. Raises AishellError."""
        try:
            info = await session.describe()
        except AishellError:
            self.has_no_model()
            raise
        self.model, self.where = info.name, runs_on(info, self._given.say)
        self.sent_to = str(info.details.get("host", ""))

    async def look_at_folder(self, folder: str) -> None:
        self.branch = await asyncio.to_thread(branch, folder)

    async def count_memories(self) -> None:
        self.memories = await asyncio.to_thread(self._given.memories)


def runs_on(info: ModelInfo, say: Words) -> str:
    """What computes the model: "CPU", the name of a GPU, or how much of it a GPU does; empty where the backend does not say."""
    on_gpu, layers = info.details.get("gpu_layers"), info.details.get("layers")
    if not isinstance(on_gpu, int) or not isinstance(layers, int):
        return ""
    if on_gpu == 0:
        return "CPU"
    devices = str(info.details.get("devices", "")) or "GPU"
    return devices if on_gpu >= layers else say("{device}, {n} of {all} layers", device=devices, n=on_gpu, all=layers)
