"""`aishell web`: the same screen in a browser on this machine, for the one browser that has the address printed."""

from __future__ import annotations

import ipaddress
import os
import secrets
import socket
import sys
from importlib.util import find_spec

from aishell import wiring
from aishell.cli import stdio
from aishell.cli.parser import Parser
from aishell.cli.supervised import run_async
from aishell.cli.web.door import Door
from aishell.core.errors import UsageError
from aishell.ui.words import Words, language, speak

_EXTRA = "textual_serve"
_ANOTHER_TERMINAL = ("TMUX", "STY", "LINES", "COLUMNS", "WINDOWID", "SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
_TERMINAL_NAMES = ("TERM_PROGRAM", "VTE_", "KONSOLE_", "KITTY_", "XTERM_", "WT_", "ALACRITTY_")
"""Variables that tell of the terminal `aishell web` was started in, which is not the one in the browser."""


def parser() -> Parser:
    made = Parser(prog="aishell web", allow_abbrev=False, description="The screen, in a browser on this machine; docs/web.md.")
    made.add_argument("--port", type=int, default=0, metavar="N", help="which port to listen on; without it any that is free")
    made.add_argument("--address", default="", metavar="IP", help="another loopback address, such as 127.0.0.1")
    return made


def run(arguments: list[str]) -> int:
    """Until Ctrl-C. Raises UsageError."""
    asked = parser().parse_args(arguments)
    if not find_spec(_EXTRA):
        raise UsageError(
            "The web door needs a package that is not installed.",
            hint="Run `make setup`, or: pip install 'aishell-terminal[web]'",
        )
    from aishell.cli.web.serve import Start, serve  # aiohttp takes 0.3 s

    say = _words()
    with _listening(asked.address, asked.port) as listener:
        address, port = listener.getsockname()[:2]
        door = Door(f"[{address}]" if ":" in address else address, port)
        stdio.show(door.address)
        stdio.say(say("Open this address in one browser; it works once. Whoever has it has your shell. Ctrl-C ends it."))
        start = Start(command=(sys.executable, "-m", "aishell"), environment=_environment(), folder=os.getcwd())
        return run_async(serve(listener, door, start, say))


def _words() -> Words:
    wanted = wiring.settings()[0].settings.ui.language
    return speak(language(os.environ, "" if wanted == "auto" else wanted))


def _listening(address: str, port: int) -> socket.socket:
    """Where no other machine can reach it.

    Browsers hand a cookie to every port of the address it comes from, so to whatever else listens on 127.0.0.1. All of 127/8
    is this machine on Linux: an address nobody else uses keeps the cookie from them.
    """
    chosen = address or f"127.{secrets.randbelow(254) + 1}.{secrets.randbelow(256)}.{secrets.randbelow(254) + 1}"
    try:
        where = ipaddress.ip_address(chosen)
        if not where.is_loopback:
            raise UsageError(
                f"{chosen} can be reached by other machines.", hint="From another machine: ssh -L, as docs/web.md says."
            )
        return socket.create_server((chosen, port), family=socket.AF_INET6 if where.version == 6 else socket.AF_INET)
    except ValueError as error:
        raise UsageError(f"{chosen!r} is no IP address.", hint="For example: --address 127.0.0.1") from error
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "there are 65535 ports"
        raise UsageError(
            f"Nothing can listen on {chosen}, port {port}: {reason}.", hint="--port and --address say where."
        ) from error


def _environment() -> dict[str, str]:
    """The person's, with the browser's terminal in place of the one that this was typed in."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _ANOTHER_TERMINAL and not name.startswith(_TERMINAL_NAMES)
    }
    return {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", "COLORFGBG": "15;0"}
