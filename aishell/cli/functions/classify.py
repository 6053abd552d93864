"""`aishell classify --labels a,b,c`: which label fits each text, with the probability of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aishell.cli.functions import filter as filters
from aishell.cli.functions.learned import Learned
from aishell.cli.parser import Parser
from aishell.core.errors import UsageError
from aishell.functions.nearest import examples
from aishell.functions.stream import Function

if TYPE_CHECKING:
    from aishell.functions.offer import Offer


def parser() -> Parser:
    made = filters.parser("classify", "which label fits each text")
    made.add_argument("--labels", default="", metavar="A,B,C", help="the labels to choose from")
    made.add_argument("--examples", metavar="FILE", help="label, tab, text on each line: the nearest in meaning decide")
    made.add_argument("--what", default="label", help="what the labels are, in a word: topic, department, urgency")
    filters.learn_option(made)
    return made


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    if bool(options.labels) == bool(options.examples):
        raise UsageError("Either --labels or --examples is needed.", hint=parser().format_usage().strip())
    if options.examples:
        options.examples = filters.text_of(options.examples)  # what is in the file decides, not its name
        known = examples(options.examples.splitlines())
        return filters.run("classify", options, lambda offer: offer.nearest(known))
    labels = options.labels.split(",")
    learned = Learned(wanted=not options.model_only)

    def function(offer: Offer) -> Function:
        return learned.over(offer, offer.classify(labels, what=options.what))

    return filters.run("classify", options, function, learned=learned)
