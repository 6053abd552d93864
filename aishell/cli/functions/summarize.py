"""`aishell summarize`: what a text says, in a few sentences. A file is one text here, unless it is read by lines."""

from __future__ import annotations

from aishell.cli.functions import filter as filters
from aishell.cli.parser import Parser
from aishell.core.errors import UsageError


def parser() -> Parser:
    made = filters.parser("summarize", "what each text says, in a few sentences", whole=True)
    made.add_argument("--sentences", type=int, default=3, metavar="N", help="at most N sentences (3)")
    made.add_argument("--to", default="", metavar="LANG", help="in this language (the text's own)")
    return made


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    if not 1 <= options.sentences <= 20:
        raise UsageError("--sentences needs a number from 1 to 20.")
    return filters.run("summarize", options, lambda offer: offer.summarize(sentences=options.sentences, to=options.to))
