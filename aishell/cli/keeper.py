"""The terminal as it was, also when this process is killed in a way that leaves it no last word."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from aishell.core.text import RESET

# Reads until we are no more, or say that all is well. It has a session of its own, so that no signal to our group reaches it.
# The screen first, which takes no other process: whoever started us may write to the terminal as soon as we are gone.
_KEEPER = 'read -r said; [ "$said" ] || { printf %s "$2"; stty "$1" <&1; echo; }'


@contextmanager
def kept_terminal() -> Iterator[None]:
    """While inside, a small process waits for our end, and puts the terminal on standard input right should that be sudden."""
    modes = subprocess.run(["stty", "-g"], stdin=0, capture_output=True, text=True, check=False).stdout.strip()
    keeper = subprocess.Popen(
        ["sh", "-c", _KEEPER, "sh", modes, RESET], stdin=subprocess.PIPE, stdout=0, start_new_session=True
    )
    try:
        yield
    finally:
        assert keeper.stdin
        with suppress(OSError):
            keeper.stdin.write(b"well\n")
            keeper.stdin.close()
        keeper.wait()
