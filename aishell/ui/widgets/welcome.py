"""The first half minute: is there a model, may the history come in, and three things to try. The shell works meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, ProgressBar, Static

from aishell.core.changes import size
from aishell.ui.shown import shown
from aishell.ui.words import Words


class Welcome(Vertical):
    """Nothing is fetched and nothing is read before the person has said so."""

    DEFAULT_CSS = """
    Welcome { height: auto; border: round $primary; padding: 0 1; margin: 0 0 1 0; }
    Welcome > Static, Welcome > .example { height: auto; width: 1fr; }
    Welcome > .choices { height: 1; }
    Welcome > .choices > Button { margin: 0 1 0 0; }
    Welcome > ProgressBar { display: none; width: 100%; }
    Welcome.-fetching > ProgressBar { display: block; }
    Welcome > .example { background: transparent; text-align: left; content-align: left middle; color: $text-accent; }
    """

    class FetchWanted(Message):
        """The person wants the model to be fetched."""

    class HistoryDecided(Message):
        """Whether the history may be imported."""

        def __init__(self, yes: bool) -> None:
            super().__init__()
            self.yes = yes

    class ExampleChosen(Message):
        """The person wants to try this: it belongs into the prompt, not to be run."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Dismissed(Message):
        """The person needs no welcome."""

    def __init__(
        self,
        *,
        say: Words,
        model: str,
        host: str = "",
        bytes_to_fetch: int = 0,
        histories: Sequence[tuple[str, int]] = (),
        examples: Sequence[str] = (),
    ) -> None:
        """`host`: where the model is, if it is elsewhere. `bytes_to_fetch`: 0 when the model is there.

        `histories`: what could be imported, and how many commands each has.
        """
        super().__init__()
        self._say = say
        self._model = model
        self._host = host
        self._bytes = bytes_to_fetch
        self._histories = histories
        self._examples = tuple(examples)[:3]

    def compose(self) -> ComposeResult:
        say = self._say
        yield Static(shown((say("Welcome to aishell."), "bold"), " ", say("Type a command, or say what you want in words.")))
        yield Static(shown(self._model_words()), classes="model")
        if self._bytes:
            with Horizontal(classes="choices fetch"):
                yield Button(shown(say("fetch it")), id="fetch", variant="primary", compact=True)
            yield ProgressBar(total=self._bytes)
        if self._histories:
            yield Static(shown(self._history_words()), classes="history")
            with Horizontal(classes="choices import"):
                yield Button(shown(say("import it")), id="import", compact=True)
                yield Button(shown(say("no")), id="no-import", compact=True)
        if self._examples:
            yield Static(shown(say("Three things to try:")))
        for at, example in enumerate(self._examples):
            yield Button(shown("› ", example), id=f"example-{at}", classes="example", compact=True)
        with Horizontal(classes="choices"):
            yield Button(shown(say("close")), id="close", compact=True)

    def _model_words(self) -> str:
        say = self._say
        if self._host:
            return say("The model is at {host}: what you say in words is sent there, without secrets.", host=self._host)
        if self._bytes:
            return say(
                "Words need a model: {model}, {size}, which runs on this machine. Commands work without.",
                model=self._model,
                size=size(self._bytes),
            )
        return say("The model is here: {model}. It runs on this machine.", model=self._model)

    def _history_words(self) -> str:
        say = self._say
        listed = ", ".join(say("{name} ({n:,})", name=name, n=count) for name, count in self._histories)
        return say(
            "May what you ran before be remembered? It stays on this machine, without passwords: {listed}.", listed=listed
        )

    # ---- the fetch

    def progress(self, done: int) -> None:
        """How many bytes there are."""
        self.add_class("-fetching")
        self.query_one(".fetch").display = False
        self.query_one(ProgressBar).update(progress=done)

    def fetched(self) -> None:
        self._bytes = 0
        self._after_fetch(self._model_words())

    def fetch_failed(self, why: str, hint: str = "") -> None:
        """It can be tried again."""
        self._after_fetch(f"{why} {hint}".strip())
        self.query_one(".fetch").display = True

    def _after_fetch(self, told: str) -> None:
        self.remove_class("-fetching")
        self.query_one(".model", Static).update(shown(told))

    # ---- what the person chose

    @on(Button.Pressed, "#fetch")
    def _fetch(self, event: Button.Pressed) -> None:
        event.stop()
        self.progress(0)
        self.post_message(self.FetchWanted())

    @on(Button.Pressed, "#import, #no-import")
    def _import(self, event: Button.Pressed) -> None:
        event.stop()
        self.query_one(".import").display = False
        yes = event.button.id == "import"
        told = self._say("It is being imported.") if yes else self._say("Nothing was imported.")
        self.query_one(".history", Static).update(shown(told))
        self.post_message(self.HistoryDecided(yes))

    @on(Button.Pressed, ".example")
    def _example(self, event: Button.Pressed) -> None:
        event.stop()
        self.post_message(self.ExampleChosen(self._examples[int((event.button.id or "").removeprefix("example-"))]))

    @on(Button.Pressed, "#close")
    def _close_it(self, event: Button.Pressed) -> None:
        event.stop()
        self.post_message(self.Dismissed())
