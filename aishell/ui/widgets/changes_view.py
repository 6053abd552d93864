"""What a tried command would change: the counts, the files as a tree, and the text of the one that is chosen."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static, Tree
from textual.widgets.tree import TreeNode

from aishell.core.changes import Change, Changes, size
from aishell.core.errors import AishellError
from aishell.ui.changes import entry, plain
from aishell.ui.shown import label, shown, stacked
from aishell.ui.words import Words

_MOST_FILES = 500
_MOST_LINES = 200
_STYLES = {"added": "green", "deleted": "red", "changed": "yellow", "replaced": "magenta", "attributes": "cyan"}

Diff = Callable[[str], Sequence[str]]
"""The lines that would change in the file at a path. Reads files: called in a thread. May raise AishellError, OSError."""


class ChangesView(Vertical):
    """Arrow keys move in the tree, Enter shows the text of a file, and hides it again."""

    DEFAULT_CSS = """
    ChangesView { height: auto; }
    ChangesView > Static { height: auto; }
    ChangesView > .notes { color: $text-muted; }
    ChangesView > Tree { height: auto; max-height: 25vh; background: transparent; padding: 0; }
    ChangesView > .text { display: none; border-left: solid $panel; padding: 0 0 0 1; max-height: 20; overflow-y: auto; }
    ChangesView.-reading > .text { display: block; }
    """

    def __init__(self, changes: Changes, *, say: Words, diff: Diff | None = None) -> None:
        super().__init__()
        self._changes = changes
        self._say = say
        self._diff = diff
        self._reading = ""
        """The file whose text is shown."""

    def compose(self) -> ComposeResult:
        yield Static(shown((self._summary(), "bold")))
        if self._changes.listed:
            tree: Tree[Change] = Tree("", id="files")
            tree.show_root = False
            tree.guide_depth = 2
            yield tree
        yield Static(classes="text")
        yield Static(stacked([shown(note) for note in self._notes()]), classes="notes")

    def on_mount(self) -> None:
        for tree in self.query(Tree):
            _fill(tree.root, self._changes.listed[:_MOST_FILES])
            tree.root.expand_all()
        self.query_one(".notes").display = bool(self._notes())

    def read(self) -> None:
        """Move into the tree."""
        for tree in self.query(Tree):
            tree.focus()

    def _summary(self) -> str:
        """Counts and bytes, exact also of what is too long to list."""
        say, totals = self._say, self._changes.totals
        told = [
            f"{words} ({size(weight)})" if weight else words
            for number, words, weight in (
                (totals.added, say("{n:,} added", n=totals.added), 0 if totals.changed else totals.bytes_added),
                (totals.changed, say("{n:,} changed", n=totals.changed), totals.bytes_added if totals.changed else 0),
                (totals.deleted, say("{n:,} deleted", n=totals.deleted), totals.bytes_deleted),
                (totals.attributes, say("{n:,} with other attributes", n=totals.attributes), 0),
            )
            if number
        ]
        return ", ".join(told) or (say("It changes nothing.") if self._changes.nothing else say("It changes no file."))

    def _notes(self) -> list[str]:
        changes, say = self._changes, self._say
        notes = (
            [say("It ends in {folder}; a folder changes for the line only.", folder=changes.folder)] if changes.folder else []
        )
        for variable in changes.variables:
            if variable.after is None:
                notes.append(say("${name} is unset; for the line only.", name=variable.name))
            else:
                notes.append(say("${name} becomes {value}; for the line only.", name=variable.name, value=variable.after))
        if (more := len(changes.listed) - _MOST_FILES) > 0:
            notes.append(say.count(more, "and {n:,} more path", "and {n:,} more paths"))
        return [*notes, *(plain(note) for note in changes.notes)]

    async def on_tree_node_selected(self, event: Tree.NodeSelected[Change]) -> None:
        event.stop()
        change = event.node.data
        if change is None or change.sort != "file" or change.path == self._reading or not self._diff:
            self._reading = ""
        else:
            self._reading = change.path
            self.run_worker(self._load(change.path, self._diff), group="diff", exclusive=True)
        self.set_class(bool(self._reading), "-reading")

    async def _load(self, path: str, diff: Diff) -> None:
        text = self.query_one(".text", Static)
        text.update(shown(self._say("reading …")))
        try:
            lines = await asyncio.to_thread(diff, path)
        except (AishellError, OSError) as error:
            text.update(shown(str(error)))
            return
        shortened = [*lines[:_MOST_LINES]]
        if len(lines) > _MOST_LINES:
            more = len(lines) - _MOST_LINES
            shortened.append(self._say.count(more, "… and {n:,} more line", "… and {n:,} more lines"))
        text.update(stacked([_coloured(line) for line in shortened] or [shown(self._say("no text to show"))]))


def _coloured(line: str) -> Content:
    style = {"+": "$text-success", "-": "$text-error", "@": "$text-accent"}.get(line[:1], "")
    return shown((plain(line), style))


def _fill(root: TreeNode[Change], changes: Iterable[Change]) -> None:
    """A node for each change, below one for the folder it lies in. Changes come parents first."""
    changes = tuple(changes)
    folders: dict[str, TreeNode[Change]] = {}
    for change in changes:
        folder, name = os.path.split(change.path)
        if folder not in folders:
            folders[folder] = root.add(label((f"{folder.rstrip('/')}/", "bold")))
        text = label((entry(change, name), _STYLES[change.kind]))
        if change.sort == "folder":
            folders[change.path] = folders[folder].add(text, data=change)
        else:
            folders[folder].add_leaf(text, data=change)
