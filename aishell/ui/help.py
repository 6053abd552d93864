"""All keys of the screen, opened on F1."""

from __future__ import annotations

from textual.app import App

from aishell.ui.widgets.help_screen import HelpScreen, Section
from aishell.ui.words import Words


def open_help(app: App[int], say: Words) -> None:
    """Show the help, or take it away again."""
    if isinstance(app.screen, HelpScreen):
        app.pop_screen()
    else:
        app.push_screen(HelpScreen(say=say, before=_sections(say)))


def _sections(say: Words) -> tuple[Section, ...]:
    return (
        (
            say("A line"),
            (
                ("Enter", say("runs it, or asks for it; the sign in front says which")),
                ("Shift-Tab", say("turns that round; so do ! and ? in front")),
                ("Tab", say("completes")),
                ("Up  Ctrl-R", say("lines typed before")),
                ("Alt-Enter", say("another row of the same line")),
                ("Ctrl-C", say("drops the line; on an empty one ends what runs")),
                ("Ctrl-D", say("on an empty line: leave")),
            ),
        ),
        (
            say("Everywhere"),
            (
                ("Esc", say("stops the model, a trial, a command from words")),
                ("Ctrl-Z", say("stops what runs; fg and bg go on with it")),
                ("F6", say("between the prompt and the program, the question or the last block")),
                ("F2", say("more: theme, private, whole terminal, leave")),
                ("PgUp  PgDn", say("scroll")),
            ),
        ),
    )
