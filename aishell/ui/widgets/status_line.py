"""Where the person is and what the model is doing, on one line; the least important goes first when there is no room."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.content import Content
from textual.widgets import Static

from aishell.ui.changes import plain
from aishell.ui.shown import Part, short, shown
from aishell.ui.words import Words

_GAP = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    folder: str = ""
    branch: str = ""
    """Of git; empty outside a repository."""
    model: str = ""
    """Empty: there is none."""
    where: str = ""
    """Where the model runs, such as "CPU" or the name of a machine."""
    sent_to: str = ""
    """The machine elsewhere that is told what is said in words; empty: all stays here."""
    tokens_per_s: float | None = None
    """Of the last reply."""
    memories: int | None = None
    """None: the memory cannot be used."""
    private: bool = False
    taint: tuple[str, ...] = ()
    """Secrets read in this session, which the network must not hear of without a question."""
    busy: str = ""
    """What is going on, when something is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    text: str
    style: str = ""
    rank: int
    """The higher, the sooner it goes."""


class StatusLine(Static):
    DEFAULT_CSS = """
    StatusLine { height: 1; background: $panel; color: $foreground; padding: 0 1; }
    """

    def __init__(self, *, say: Words) -> None:
        super().__init__()
        self.status = Status()
        self._say = say

    def show(self, status: Status) -> None:
        self.status = status
        self._fill()

    def on_resize(self, event: events.Resize) -> None:
        self._fill()

    def _fill(self) -> None:
        if self.size.width:
            self.update(_content(fitting(pieces(self.status, self._say), self.size.width)))


def pieces(status: Status, say: Words) -> list[Piece]:
    """What there is to say, from left to right. What must not be missed goes last: privacy, secrets read, the folder."""
    found = [Piece(text=short(status.folder), style="bold", rank=2)] if status.folder else []
    if status.private:
        found.append(Piece(text=say("private"), style="bold $accent", rank=0))
    if status.sent_to:
        found.append(Piece(text=say("model at {host}", host=plain(status.sent_to)), style="bold $warning", rank=1))
    if status.taint:
        found.append(Piece(text=say("secrets read: network asks"), style="bold $warning", rank=1))
    if status.branch:
        found.append(Piece(text=f"⎇ {plain(status.branch)}", style="$success", rank=4))
    if status.busy:
        found.append(Piece(text=plain(status.busy), style="italic", rank=3))
    if status.model:
        found.append(Piece(text=plain(status.model), style="$secondary", rank=5))
        if status.where:
            found.append(Piece(text=say("on {where}", where=status.where), rank=6))
    else:
        found.append(Piece(text=say("no model: shell only"), style="$warning", rank=5))
    if status.tokens_per_s is not None:
        found.append(Piece(text=say("{n:.1f} tokens/s", n=status.tokens_per_s), rank=8))
    if status.memories is not None:
        found.append(Piece(text=say.count(status.memories, "{n:,} memory", "{n:,} memories"), rank=7))
    return [*found, Piece(text=say("F1 help"), style="$text-muted", rank=9)]


def fitting(found: list[Piece], width: int) -> list[Piece]:
    """As many of them as fit into `width` cells; the last one that is left is cut."""
    left = list(found)
    while len(left) > 1 and _width(left) > width:
        left.remove(max(left, key=lambda piece: piece.rank))
    if left and (over := _width(left) - width) > 0:
        piece = left[0]
        room = max(0, cell_len(piece.text) - over - 1)
        left[0] = Piece(text=f"{set_cell_size(piece.text, room)}…", style=piece.style, rank=piece.rank)
    return left


def _width(found: list[Piece]) -> int:
    return sum(cell_len(piece.text) for piece in found) + len(_GAP) * (len(found) - 1)


def _content(found: list[Piece]) -> Content:
    parts: list[Part] = []
    for piece in found:
        parts += [(piece.text, piece.style), _GAP]
    return shown(*parts[:-1])
