"""`aishell help [TOPIC]`: short texts about one thing each, in the person's language."""

from __future__ import annotations

import os
from pathlib import Path

from aishell import ui, wiring
from aishell.cli import stdio
from aishell.cli.parser import Parser
from aishell.core.errors import ConfigError
from aishell.ui.words import ENGLISH, language

TOPICS = ("start", "words", "keys", "safety", "undo", "memory", "scripting", "widgets", "privacy")
_TEXTS = Path(ui.__file__).with_name("topics")


def parser() -> Parser:
    made = Parser(prog="aishell help", allow_abbrev=False)
    made.add_argument("topic", nargs="?", choices=(*TOPICS, "cheat"), metavar="TOPIC", help="cheat is keys")
    made.add_argument("--man", action="store_true", help="print the man page, for `man -l -`")
    return made


def run(arguments: list[str]) -> int:
    asked = parser().parse_args(arguments)
    topic = asked.topic
    if asked.man:
        from aishell import __version__
        from aishell.cli.grammar import grammar
        from aishell.integrate.manual import manual

        stdio.show(manual(grammar(), __version__).rstrip("\n"))
        return 0
    if topic is None:
        from aishell.cli import USAGE

        stdio.show(f"{USAGE}\naishell help TOPIC tells more: {', '.join(TOPICS)}")
        return 0
    stdio.show(text("keys" if topic == "cheat" else topic, _language()))
    return 0


def text(topic: str, spoken: str) -> str:
    """What is said about a topic in a language, or in English."""
    file = _TEXTS / spoken / f"{topic}.txt"
    return (file if file.is_file() else _TEXTS / ENGLISH / f"{topic}.txt").read_text("utf-8").rstrip("\n")


def _language() -> str:
    """Help is for when something is wrong, so a mistake in the settings must not keep it back."""
    try:
        wanted = wiring.settings()[0].settings.ui.language
    except ConfigError:
        wanted = "auto"
    return language(os.environ, "" if wanted == "auto" else wanted)
