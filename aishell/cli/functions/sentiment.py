"""`aishell sentiment`: is each text positive, negative, neutral or mixed, with the probability of each."""

from __future__ import annotations

from aishell.cli.functions import filter as filters
from aishell.cli.functions.learned import Learned
from aishell.cli.parser import Parser


def parser() -> Parser:
    made = filters.parser("sentiment", "is each text positive, negative, neutral or mixed")
    filters.learn_option(made)
    return made


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    learned = Learned(wanted=not options.model_only)
    return filters.run("sentiment", options, lambda offer: learned.over(offer, offer.sentiment()), learned=learned)
