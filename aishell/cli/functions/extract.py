"""`aishell extract --schema FILE`: the fields of a JSON schema, filled from each text."""

from __future__ import annotations

from aishell.cli.functions import filter as filters
from aishell.cli.parser import Parser
from aishell.functions.extract import schema_of


def parser() -> Parser:
    made = filters.parser("extract", "the fields of a JSON schema, filled from each text")
    made.add_argument("--schema", required=True, metavar="FILE", help="a JSON schema of an object")
    return made


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    options.schema = filters.text_of(options.schema)  # what is in the file decides, not its name
    schema = schema_of(options.schema)
    return filters.run("extract", options, lambda offer: offer.extract(schema))
