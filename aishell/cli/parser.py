"""Options of a subcommand."""

from __future__ import annotations

import argparse
from typing import NoReturn

from aishell.core.errors import UsageError


class Parser(argparse.ArgumentParser):
    """Ends in our exit status for a wrong command line, 64, instead of argparse's 2."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", hint=self.format_usage().strip())
