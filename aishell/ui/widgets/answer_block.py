"""An answer in words, as Markdown, on the screen while it is produced."""

from __future__ import annotations

from markdown_it import MarkdownIt
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Markdown, Static
from textual.widgets.markdown import MarkdownStream

from aishell.core.text import Sanitizer
from aishell.ui.shown import shown
from aishell.ui.widgets.keys import Keys, keys_line
from aishell.ui.words import Words

_OFF = "link image autolink linkify entity html_inline html_block reference".split()
"""A link could hide where it leads, so it is shown as it was written. An entity would become a character after the text has
been made harmless. HTML would be left out: `<file>` in a sentence is something to fill in."""


class AnswerBlock(Vertical, can_focus=True):
    """Give it pieces with `write`, and `finish` it. What a model says is foreign text."""

    DEFAULT_CSS = """
    AnswerBlock { height: auto; border-left: outer $accent 60%; padding: 0 0 0 1; margin: 0 0 1 0; }
    AnswerBlock:focus { border-left: outer $primary; background: $surface; }
    AnswerBlock > .question, AnswerBlock > .keys { height: auto; color: $text-muted; }
    AnswerBlock > Markdown { padding: 0; }
    AnswerBlock > Markdown > MarkdownBlock:last-child { margin: 0; }
    AnswerBlock > .keys { display: none; }
    AnswerBlock:focus > .keys { display: block; }
    """

    class Stopped(Message):
        """The person has read enough: the model should stop."""

        def __init__(self, block: AnswerBlock) -> None:
            super().__init__()
            self.block = block

    def __init__(self, *, say: Words, question: str = "") -> None:
        """`question` is shown above the answer, when there is one."""
        super().__init__()
        self.answer = ""
        """What has come so far, harmless."""
        self.finished = False
        self._say = say
        self._question = question
        self._clean = Sanitizer(colours=False)
        self._stream: MarkdownStream | None = None

    def compose(self) -> ComposeResult:
        if self._question:
            yield Static(shown(("? ", "bold $accent"), self._question), classes="question")
        yield Markdown(parser_factory=_parser, open_links=False)
        yield Static(classes="keys")

    async def on_mount(self) -> None:
        self._stream = Markdown.get_stream(self.query_one(Markdown))
        await self._stream.write(self.answer)  # what came before
        if self.finished:
            await self._end()
        self._tell_keys()

    async def write(self, piece: str) -> None:
        """The next piece. It is drawn with the next frame, together with what has come meanwhile."""
        await self._add(self._clean.feed(piece.encode("utf-8", "replace")))

    async def finish(self) -> None:
        """There is no more; everything is on the screen afterwards."""
        await self._add(self._clean.feed(b"", final=True))
        self.finished = True
        if self.is_mounted:
            await self._end()
            self._tell_keys()

    async def _add(self, text: str) -> None:
        self.answer += text
        if self._stream and text:
            await self._stream.write(text)

    async def _end(self) -> None:
        stream, self._stream = self._stream, None
        if stream:
            await stream.stop()

    async def on_unmount(self) -> None:
        await self._end()

    def _keys(self) -> Keys:
        keys: Keys = {"c": (self._say("copy"), lambda: self.app.copy_to_clipboard(self.answer))}
        if not self.finished:
            keys["escape"] = (self._say("stop"), lambda: self.post_message(self.Stopped(self)))
        return keys

    def _tell_keys(self) -> None:
        self.query_one(".keys", Static).update(keys_line(self._keys()))

    def on_key(self, event: events.Key) -> None:
        if self.has_focus and (found := self._keys().get(event.key)):
            event.stop()
            found[1]()


def _parser() -> MarkdownIt:
    return MarkdownIt("gfm-like").disable(_OFF, ignoreInvalid=True)
