"""`aishell` on a terminal that can show it: the screen, and what it is given of this machine."""

from __future__ import annotations

import os
import shlex

from aishell import wiring
from aishell.cli.cut_off import cut_off
from aishell.cli.first_run import first_run
from aishell.cli.following import Following
from aishell.cli.keeper import kept_terminal
from aishell.cli.sources import open_sources
from aishell.cli.supervised import run_async
from aishell.config.load import Loaded
from aishell.config.paths import Paths
from aishell.ui.line_mode.lines import cwd
from aishell.ui.outside import Outside
from aishell.ui.themes import ansi_color, theme_for
from aishell.ui.words import language, speak


def show(loaded: Loaded, paths: Paths) -> int:
    """Until the person leaves; the status they left with."""
    from aishell.ui.app import AishellApp

    with kept_terminal():
        return run_async(AishellApp(outside(loaded, paths)).run_to_the_end())


def outside(loaded: Loaded, paths: Paths) -> Outside:
    wanted = loaded.settings
    chosen = "" if wanted.ui.language == "auto" else wanted.ui.language
    say = speak(language(os.environ, chosen))
    following = Following()
    return Outside(
        open_session=lambda model: wiring.open_session(wanted, paths, model=model),
        sources=following.sources(open_sources(paths), say),
        say=say,
        folder=cwd() or "/",
        follow=following.take,
        recall=_recall,
        note=_note,
        is_command=following.known,
        theme=theme_for(os.environ, wanted.ui.theme),
        keys=wanted.ui.keys,
        ansi_color=ansi_color(os.environ),
        protect=frozenset(wanted.undo.protect.split()),
        unattended_timeout_s=wanted.actions.unattended_timeout_s,
        cut_off=cut_off(paths.state, wiring.without_secrets),
        first_run=first_run(wanted, paths),
    )


def _recall(text: str) -> list[str]:
    from aishell.cli import recall

    return recall.lines(shlex.split(text)[1:])


def _note(text: str, folder: str) -> str:
    from aishell.cli import note

    note.keep(text, folder)
    return note.told(text, wiring.without_secrets)
