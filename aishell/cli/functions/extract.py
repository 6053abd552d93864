"""`aishell extract --schema FILE`: the fields of a JSON schema, filled from each text."""

from __future__ import annotations

from aishell.cli.functions import filter as filters
from aishell.functions.extract import schema_of


def run(arguments: list[str]) -> int:
    parser = filters.parser("extract", "the fields of a JSON schema, filled from each text")
    parser.add_argument("--schema", required=True, metavar="FILE", help="a JSON schema of an object")
    options = parser.parse_args(arguments)
    schema = schema_of(filters.text_of(options.schema))
    return filters.run("extract", options, lambda offer: offer.extract(schema))
