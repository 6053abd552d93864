"""`aishell` on a terminal that can show it: the screen, and what it is given of this machine."""

from __future__ import annotations

import os
import shlex
from contextlib import closing

from aishell import wiring
from aishell.cli import remembered
from aishell.cli.cut_off import cut_off
from aishell.cli.first_run import first_run
from aishell.cli.following import Following
from aishell.cli.keeper import kept_terminal
from aishell.cli.sources import open_sources
from aishell.cli.supervised import run_async
from aishell.config.load import Loaded
from aishell.config.paths import Paths
from aishell.ui.background import Asking, Shade, answers, told
from aishell.ui.line_mode.lines import cwd
from aishell.ui.outside import Outside
from aishell.ui.sentences import Sentences
from aishell.ui.themes import ansi_color, theme_for
from aishell.ui.words import language, speak


def show(loaded: Loaded, paths: Paths) -> int:
    """Until the person leaves; the status they left with."""
    with kept_terminal():
        with closing(Asking(0)) as asking:
            asks = loaded.settings.ui.theme == "auto" and not os.environ.get("NO_COLOR") and answers(os.environ)
            background = (asking.ask() if asks else None) or told(os.environ)
            from aishell.ui.app import AishellApp  # takes 0.15 s: an answer that is late has come by then
        given = outside(loaded, paths, background)
        try:
            return run_async(AishellApp(given).run_to_the_end())
        finally:
            given.sentences.shown_by(wiring.tell)  # there is no screen any more


def outside(loaded: Loaded, paths: Paths, background: Shade | None = None) -> Outside:
    """`background`: the terminal's, where it is known."""
    wanted = loaded.settings
    chosen = "" if wanted.ui.language == "auto" else wanted.ui.language
    say = speak(language(os.environ, chosen))
    following, sentences = Following(), Sentences()
    sources = following.sources(open_sources(paths, wanted, sentences), say)
    return Outside(
        open_session=lambda model: wiring.open_session(wanted, paths, model=model, tell=sentences, ended=sources.ended),
        sentences=sentences,
        sources=sources,
        say=say,
        folder=cwd() or "/",
        follow=following.take,
        memories=lambda: remembered.how_many(wanted, paths, sentences),
        alike=lambda words, folder: remembered.alike(wanted, paths, words, folder),
        recall=lambda text: _recall(text, sentences),
        note=lambda text, folder: _note(text, folder, sentences),
        is_command=following.known,
        theme=theme_for(os.environ, wanted.ui.theme, background),
        keys=wanted.ui.keys,
        ansi_color=ansi_color(os.environ),
        protect=frozenset(wanted.undo.protect.split()),
        unattended_timeout_s=wanted.actions.unattended_timeout_s,
        cut_off=cut_off(paths.state, wiring.without_secrets),
        first_run=first_run(wanted, paths, sentences),
    )


def _recall(text: str, tell: wiring.Tell) -> list[str]:
    from aishell.cli import recall

    return recall.lines(shlex.split(text)[1:], tell)


def _note(text: str, folder: str, tell: wiring.Tell) -> str:
    from aishell.cli import note

    note.keep(text, folder, tell)
    return note.told(text, wiring.without_secrets)
