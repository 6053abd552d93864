"""Options of a subcommand."""

from __future__ import annotations

import argparse
import json
from typing import Any, NoReturn

from aishell.core.errors import UsageError


class Parser(argparse.ArgumentParser):
    """Ends in our exit status for a wrong command line, 64, instead of argparse's 2."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", hint=self.format_usage().strip())


def json_object(text: str) -> dict[str, Any]:
    """Raises UsageError."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise UsageError("The arguments are no JSON object.", hint='For example: \'{"name": "value"}\'')
    return value
