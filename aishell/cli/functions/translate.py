"""`aishell translate --to LANG`: each text in another language; code, addresses, numbers and markup stay."""

from __future__ import annotations

from aishell.cli.functions import filter as filters
from aishell.cli.parser import Parser


def parser() -> Parser:
    made = filters.parser("translate", "each text in another language")
    made.add_argument("--to", required=True, metavar="LANG", help="en, zh, de, fr, es, ja, ... or a language's English name")
    return made


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    return filters.run("translate", options, lambda offer: offer.translate(options.to))
