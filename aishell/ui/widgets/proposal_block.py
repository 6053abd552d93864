"""What could be done about a request: the command, what it is judged to be and why, what it would change; and the answer."""

from __future__ import annotations

import time
from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static

from aishell.core.explanation import Explanation
from aishell.core.memory import Recollection
from aishell.core.types import Proposal, Tier, Tried
from aishell.ui.consent import Answer
from aishell.ui.shown import shown, stacked
from aishell.ui.widgets.changes_view import ChangesView, Diff
from aishell.ui.widgets.found import found_details, found_lines
from aishell.ui.widgets.judged import details_of, explained_lines, step_lines
from aishell.ui.widgets.keys import Keys, keys_line, mistaken_line
from aishell.ui.widgets.question import Question
from aishell.ui.words import Words

_NARROWEST = 40
"""Columns: on a narrower screen rows are broken once more."""


class ProposalBlock(Question):
    """Says `Decided` with what a person answers to what they have seen; nothing else is an answer.

    With `trying` the command is being tried while the block is shown: it cannot be agreed to before `show_tried`, or
    `cannot_try`, has said what came of that.
    """

    DEFAULT_CSS = """
    ProposalBlock { height: auto; border: round $panel; padding: 0 1; margin: 0 0 1 0; }
    ProposalBlock:focus, ProposalBlock:focus-within { border: heavy $primary; }
    ProposalBlock.-forbidden { border: double $error; }
    ProposalBlock > Static { height: auto; }
    ProposalBlock > .found, ProposalBlock > .details { color: $text-muted; display: none; }
    ProposalBlock > .parts { display: none; margin: 1 0; }
    ProposalBlock.-found > .found, ProposalBlock.-detailed > .details, ProposalBlock.-explained > .parts { display: block; }
    ProposalBlock > .state { color: $text-muted; }
    """

    class Decided(Message):
        """A person has answered: yes, no, edit, explain, or yes to all."""

        def __init__(self, block: ProposalBlock, answer: Answer) -> None:
            super().__init__()
            self.block = block
            self.answer = answer

    def __init__(
        self,
        proposal: Proposal,
        *,
        say: Words,
        diff: Diff | None = None,
        trying: bool = False,
        one_of_several: bool = False,
    ) -> None:
        """`diff` gives the text of a tried change. `one_of_several` steps: the further ones can be agreed to as well."""
        super().__init__()
        self.proposal = proposal
        self.tried: Tried | None = None
        self.explanation: Explanation | None = None
        """What each part of the command is for, once somebody has asked."""
        self.answer: Answer | None = None
        """What a person decided; after that the block is only to read."""
        self._say = say
        self._found: Sequence[Recollection] = ()
        self._diff = diff
        self._trying = trying
        self._one_of_several = one_of_several

    def compose(self) -> ComposeResult:
        yield Static(stacked(step_lines(self.proposal, self._say)), classes="command")
        yield Static(classes="found")
        yield Static(classes="parts")
        yield Static(classes="state")
        yield Static(classes="details")
        yield Static(classes="keys")

    def on_mount(self) -> None:
        self._tell_found()
        self._tell(self._say("trying it without its effects …") if self._trying else "")

    # ---- what becomes known

    def show_found(self, found: Sequence[Recollection]) -> None:
        """What memory knows of the like. It changes nothing about the question, so a key that is on its way still counts."""
        self._found = found
        if self.is_mounted:
            self._tell_found()

    def _tell_found(self) -> None:
        self.set_class(bool(self._found), "-found")
        self.query_one(".found", Static).update(stacked(found_lines(self._found, self._say, time.time())))
        details = [*details_of(self.proposal, self._say), *found_details(self._found, self._say)]
        self.query_one(".details", Static).update(stacked(details))

    async def show_tried(self, tried: Tried) -> None:
        """What a trial has shown, once the block is mounted. From here on yes means: put that in place."""
        self.tried, self._trying = tried, False
        await self.mount(ChangesView(tried.changes, say=self._say, diff=self._diff), before=self.query_one(".details"))
        self._tell(self._tried_words(tried))

    def cannot_try(self, why: str) -> None:
        """The trial could not be made. From here on yes means: run it."""
        self._trying = False
        self._tell(why)

    def show_parts(self, explanation: Explanation) -> None:
        """What each part of the command is for, below it."""
        self.explanation = explanation
        self.set_class(True, "-explained")
        self._draw_parts()
        self._guard.shown(time.monotonic())

    def on_resize(self) -> None:
        self._draw_parts()

    def _draw_parts(self) -> None:
        if self.explanation:
            rows = explained_lines(self.explanation, self._say, max(_NARROWEST, self.content_size.width))
            self.query_one(".parts", Static).update(stacked(rows))

    def closed(self, what: str) -> None:
        """Say what became of it; there is nothing to answer any more."""
        self.answer = self.answer or "no"
        self.remove_class("-detailed")
        self._tell(what)

    @property
    def running(self) -> bool:
        """It is being tried, or waits for an answer."""
        return self.answer is None

    def _tried_words(self, tried: Tried) -> str:
        say = self._say
        lines = [say("never from words: {why}", why=sentence) for sentence in tried.forbidden]
        lines += [say("careful: {what}", what=sentence) for sentence in tried.careful]
        if tried.outcome.status == "timed out":
            lines.append(say("it took too long when it was tried"))
        elif tried.outcome.exit_code:
            lines.append(say("it failed when it was tried (exit {status})", status=tried.outcome.exit_code))
        return "\n".join(lines)

    @property
    def forbidden(self) -> bool:
        """Whether nobody's yes is enough."""
        return bool(self.tried and self.tried.forbidden) or any(
            judged.verdict.tier == Tier.DENY for judged in self.proposal.steps
        )

    def _tell(self, state: str) -> None:
        """Show what is new."""
        self.set_class(self.forbidden, "-forbidden")
        line = self.query_one(".state", Static)
        line.update(shown(state))
        line.display = bool(state)
        self._tell_keys()
        self._asked_anew()

    # ---- the answer

    def _keys(self) -> Keys:
        if self.answer:
            return {}
        say = self._say
        keys: Keys = {}
        failed = bool(self.tried and self.tried.outcome.exit_code)
        if not (self.forbidden or self._trying):
            # Enter is pressed by habit, and a line begins with a small letter: what has just failed is not to run for that.
            keys["Y" if failed else "enter"] = (self._yes_means(), lambda: self._decide("yes"))
        if "enter" in keys and self._one_of_several and self.tried:
            keys["a"] = (say("and all further local changes"), lambda: self._decide("all"))
        keys["e"] = (say("edit"), lambda: self._decide("edit"))
        keys["x"] = (say("explain"), lambda: self._decide("explain"))
        keys["d"] = (say("details"), self._details)
        keys["n"] = (say("drop"), lambda: self._decide("no"))
        if failed:
            keys["enter"] = keys["n"]
        return keys

    def _tell_keys(self) -> None:
        """In the files, keys are for the files."""
        say = self._say
        files: Keys = {"enter": (say("text of the file"), self.focus), "escape": (say("back"), self.focus)}
        inside = self.has_focus_within and not self.has_focus
        self.query_one(".keys", Static).update(keys_line(files if inside and not self.answer else self._keys()))

    def _mistaken(self) -> None:
        self.query_one(".keys", Static).update(mistaken_line(self._say, self._keys()))

    def on_descendant_focus(self) -> None:
        self._tell_keys()

    def _yes_means(self) -> str:
        say = self._say
        if self.tried is None:
            return say("run")
        return say("put in place") if self.tried.outcome.exit_code == 0 else say("run it for real")

    def on_focus(self) -> None:
        self.call_later(self._tell_keys)  # `has_focus` is set after this

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape" and self.has_focus_within and not self.has_focus:  # out of the files
            event.stop()
            event.prevent_default()
            self.focus()

    def _decide(self, answer: Answer) -> None:
        if answer != "explain":
            self.answer = answer
        self.post_message(self.Decided(self, answer))
        self._tell_keys()

    def _details(self) -> None:
        self.toggle_class("-detailed")
        for view in self.query(ChangesView) if self.has_class("-detailed") else ():
            view.read()
