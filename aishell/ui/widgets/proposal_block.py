"""What could be done about a request: the command, what it is judged to be and why, what it would change; and the answer."""

from __future__ import annotations

import time
from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from aishell.core.memory import Recollection
from aishell.core.types import Proposal, Tier, Tried
from aishell.ui.consent import Answer
from aishell.ui.guard import BURST_S, Guard
from aishell.ui.shown import shown, stacked
from aishell.ui.widgets.changes_view import ChangesView, Diff
from aishell.ui.widgets.judged import details_of, found_lines, step_lines
from aishell.ui.widgets.keys import Keys, keys_line
from aishell.ui.words import Words


class ProposalBlock(Vertical, can_focus=True):
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
    ProposalBlock.-found > .found, ProposalBlock.-detailed > .details { display: block; }
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
        found: Sequence[Recollection] = (),
        diff: Diff | None = None,
        trying: bool = False,
        one_of_several: bool = False,
    ) -> None:
        """`found`: what memory knows of the like. `diff` gives the text of a tried change. `one_of_several` steps: the further
        ones can be agreed to as well."""
        super().__init__()
        self.proposal = proposal
        self.tried: Tried | None = None
        self.answer: Answer | None = None
        """What a person decided; after that the block is only to read."""
        self._say = say
        self._found = found
        self._diff = diff
        self._trying = trying
        self._one_of_several = one_of_several
        self._guard = Guard()
        self._holding: Timer | None = None
        """Runs while it is not yet sure that a key was not the first of a paste."""

    def compose(self) -> ComposeResult:
        yield Static(stacked(step_lines(self.proposal, self._say)), classes="command")
        yield Static(stacked(found_lines(self._found, self._say)), classes="found")
        yield Static(classes="state")
        yield Static(stacked(details_of(self.proposal, self._say)), classes="details")
        yield Static(classes="keys")

    def on_mount(self) -> None:
        self.set_class(bool(self._found), "-found")
        self._tell(self._say("trying it without its effects …") if self._trying else "")

    # ---- what becomes known

    async def show_tried(self, tried: Tried) -> None:
        """What a trial has shown, once the block is mounted. From here on yes means: put that in place."""
        self.tried, self._trying = tried, False
        await self.mount(ChangesView(tried.changes, say=self._say, diff=self._diff), before=self.query_one(".details"))
        self._tell(self._tried_words(tried))

    def cannot_try(self, why: str) -> None:
        """The trial could not be made. From here on yes means: run it."""
        self._trying = False
        self._tell(why)

    def closed(self, what: str) -> None:
        """Say what became of it; there is nothing to answer any more."""
        self.answer = self.answer or "no"
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
        """Show what is new. What a key means may have changed with it, so nothing typed before counts."""
        self._drop_held()
        self.set_class(self.forbidden, "-forbidden")
        line = self.query_one(".state", Static)
        line.update(shown(state))
        line.display = bool(state)
        self._tell_keys()
        self.call_after_refresh(lambda: self._guard.shown(time.monotonic()))

    # ---- the answer

    def _keys(self) -> Keys:
        if self.answer:
            return {}
        say = self._say
        keys: Keys = {}
        if not (self.forbidden or self._trying):
            keys["enter"] = (self._yes_means(), lambda: self._decide("yes"))
        if "enter" in keys and self._one_of_several and self.tried and self.tried.outcome.exit_code == 0:
            keys["a"] = (say("and all further local changes"), lambda: self._decide("all"))
        keys["e"] = (say("edit"), lambda: self._decide("edit"))
        keys["x"] = (say("explain"), lambda: self._decide("explain"))
        keys["d"] = (say("details"), self._details)
        keys["n"] = (say("drop"), lambda: self._decide("no"))
        return keys

    def _tell_keys(self) -> None:
        """In the files, keys are for the files."""
        say = self._say
        files: Keys = {"enter": (say("text of the file"), self.focus), "escape": (say("back"), self.focus)}
        inside = self.has_focus_within and not self.has_focus
        self.query_one(".keys", Static).update(keys_line(files if inside and not self.answer else self._keys()))

    def on_descendant_focus(self) -> None:
        self._tell_keys()

    def _yes_means(self) -> str:
        say = self._say
        if self.tried is None:
            return say("run")
        return say("put in place") if self.tried.outcome.exit_code == 0 else say("run it for real")

    def on_focus(self) -> None:
        """What was typed on the way here was typed for something else."""
        self.call_later(self._tell_keys)  # `has_focus` is set after this
        self._guard.shown(time.monotonic())

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape" and self.has_focus_within and not self.has_focus:  # out of the files
            event.stop()
            self.focus()
            self._guard.shown(time.monotonic())
        if not self.has_focus:
            return
        self._drop_held()
        takes = self._guard.takes(event.time)  # when it was typed, which on a busy screen is not now
        found = self._keys().get("n" if event.key == "escape" else event.key)
        if found:
            event.stop()
            if takes:
                self._holding = self.set_timer(BURST_S, found[1])

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self._drop_held()
        self._guard.shown(time.monotonic())

    def _drop_held(self) -> None:
        if self._holding:
            self._holding.stop()
        self._holding = None

    def _decide(self, answer: Answer) -> None:
        if answer != "explain":
            self.answer = answer
        self.post_message(self.Decided(self, answer))
        self._tell_keys()

    def _details(self) -> None:
        self.toggle_class("-detailed")
        for view in self.query(ChangesView) if self.has_class("-detailed") else ():
            view.read()
