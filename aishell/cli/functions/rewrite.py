"""`aishell rewrite --tone TONE | --instruction TEXT`: each text in other words."""

from __future__ import annotations

from aishell.cli.functions import filter as filters
from aishell.cli.parser import Parser
from aishell.core.errors import UsageError
from aishell.functions.rewrite import TONES


def parser() -> Parser:
    made = filters.parser("rewrite", "each text in other words")
    made.add_argument("--tone", choices=TONES, help="how it is to sound")
    made.add_argument("--instruction", metavar="TEXT", help='what it is to become: "shorter, as a list of points"')
    return made


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    if bool(options.tone) == bool(options.instruction):
        raise UsageError("Either --tone or --instruction is needed.", hint=parser().format_usage().strip())
    wanted = TONES[options.tone] if options.tone else options.instruction
    return filters.run("rewrite", options, lambda offer: offer.rewrite(wanted))
