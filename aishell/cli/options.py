"""What was asked for on the command line of `aishell -c`."""

from __future__ import annotations

from typing import NamedTuple


class Options(NamedTuple):
    text: str
    arguments: tuple[str, ...] = ()
    separated: bool = False
    """Whether `--` stood before the arguments."""
    print_only: bool = False
    yes: bool = False
    json: bool = False
    explain: bool = False
    local: bool = False
    """No model on another machine is asked."""
    timeout_s: float | None = None
    asks: bool = False
    """Also what only reads waits for a person's yes."""
    plain: bool = False
    """Nothing is drawn over what stands on the terminal already."""
