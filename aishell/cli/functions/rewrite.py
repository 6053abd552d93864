"""`aishell rewrite --tone TONE | --instruction TEXT`: each text in other words."""

from __future__ import annotations

from aishell.cli.functions import filter as filters
from aishell.core.errors import UsageError
from aishell.functions.rewrite import TONES


def run(arguments: list[str]) -> int:
    parser = filters.parser("rewrite", "each text in other words")
    parser.add_argument("--tone", choices=TONES, help="how it is to sound")
    parser.add_argument("--instruction", metavar="TEXT", help='what it is to become: "shorter, as a list of points"')
    options = parser.parse_args(arguments)
    if bool(options.tone) == bool(options.instruction):
        raise UsageError("Either --tone or --instruction is needed.", hint=parser.format_usage().strip())
    wanted = TONES[options.tone] if options.tone else options.instruction
    return filters.run("rewrite", options, lambda offer: offer.rewrite(wanted))
