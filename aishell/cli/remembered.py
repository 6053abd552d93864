"""What the memory knows, for the screen: how much it is, and earlier commands for the words at hand."""

from __future__ import annotations

from contextlib import closing

from aishell import wiring
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.core.errors import MemoryUnavailable
from aishell.core.memory import Recollection


def how_many(wanted: Settings, paths: Paths, tell: wiring.Tell) -> int | None:
    """Commands, notes and parts of documents; None when memory is off or cannot be used. What had to be mended is told."""
    if not wanted.memory.record:
        return None
    if not wiring.memory_file(paths).exists():
        return 0
    opened = wiring.open_memory(paths)
    if opened.store is None:  # whoever wants to write into it says why
        return None
    if opened.said:
        tell(opened.said)
    with closing(opened.store) as store:
        try:
            return store.own()
        except MemoryUnavailable:
            return None


def alike(wanted: Settings, paths: Paths, words: str, folder: str) -> list[Recollection]:
    """Earlier commands for words like these; none when there is no memory. Raises MemoryUnavailable."""
    from aishell.memory.alike import earlier
    from aishell.memory.search import Search

    if not wanted.memory.record or not wiring.memory_file(paths).exists():
        return []
    store = wiring.open_memory(paths).store
    if store is None:
        return []
    with closing(store):
        return earlier(Search(store, wiring.open_meaning(wanted, paths)), words, folder)
