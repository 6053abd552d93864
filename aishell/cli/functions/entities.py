"""`aishell entities`: the people, places and organizations that each text names, and where."""

from __future__ import annotations

from typing import cast

from aishell.cli.functions import filter as filters
from aishell.cli.parser import Parser
from aishell.core.errors import UsageError
from aishell.functions.entities import KINDS, NAMED
from aishell.functions.results import Kind


def parser() -> Parser:
    made = filters.parser("entities", "people, places and organizations that each text names")
    made.add_argument("--kinds", default=",".join(NAMED), metavar="LIST", help=f"some of {','.join(KINDS)} (the first three)")
    return made


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    kinds = [kind.strip() for kind in options.kinds.split(",")]
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise UsageError(f"There is no kind {unknown[0]!r}.", hint=f"Kinds: {', '.join(KINDS)}.")
    return filters.run("entities", options, lambda offer: offer.entities(cast("list[Kind]", kinds)))
