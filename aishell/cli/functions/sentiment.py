"""`aishell sentiment`: is each text positive, negative, neutral or mixed, with the probability of each."""

from __future__ import annotations

from aishell.cli.functions import filter as filters
from aishell.cli.parser import Parser


def parser() -> Parser:
    return filters.parser("sentiment", "is each text positive, negative, neutral or mixed")


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    return filters.run("sentiment", options, lambda offer: offer.sentiment())
