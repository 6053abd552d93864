"""`aishell translate --to LANG`: each text in another language; code, addresses, numbers and markup stay."""

from __future__ import annotations

from aishell.cli.functions import filter as filters


def run(arguments: list[str]) -> int:
    parser = filters.parser("translate", "each text in another language")
    parser.add_argument("--to", required=True, metavar="LANG", help="en, zh, de, fr, es, ja, ... or a language's English name")
    options = parser.parse_args(arguments)
    return filters.run("translate", options, lambda offer: offer.translate(options.to))
