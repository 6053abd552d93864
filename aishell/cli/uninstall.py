"""`aishell uninstall`: what aishell has left for this person on this machine, shown with sizes, and removed once they agree."""

from __future__ import annotations

import os
import sys
from contextlib import closing

from aishell.cli import stdio
from aishell.cli.parser import Parser
from aishell.config.paths import Paths
from aishell.core.errors import AishellError, ConsentMissing
from aishell.core.text import visible
from aishell.wiring.traces import Trace, remove, stop_engines, traces

_UNITS = ("B", "KB", "MB", "GB")


def parser() -> Parser:
    made = Parser(prog="aishell uninstall", allow_abbrev=False)
    made.add_argument("--keep-memory", action="store_true", help="what was remembered, and collections of documents, stay")
    made.add_argument("--keep-settings", action="store_true", help="your settings, rules, tools, skills and hooks stay")
    made.add_argument("--yes", "-y", action="store_true", help="without asking")
    return made


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    paths = Paths.from_environment(dict(os.environ))
    found = traces(paths, os.environ, keep_memory=options.keep_memory, keep_settings=options.keep_settings)
    for trace in found:
        stdio.say(
            f"  {size(trace.bytes) if not trace.line else 'a line':>8}  {visible(str(trace.path))}: {visible(trace.what)}"
        )
    if not found:
        stdio.say(f"aishell: there is nothing of yours to remove\n{_rest()}")
        return 0
    if not (options.yes or _agreed()):
        raise ConsentMissing("Nothing was removed.", hint="Without a terminal to ask on, --yes agrees beforehand.")
    return _remove(found, paths)


def size(count: int) -> str:
    """Bytes for a person."""
    value, unit = float(count), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 or value >= 10 else f"{value:.1f} {_UNITS[unit]}"


def _agreed() -> bool:
    import asyncio

    from aishell.ui import consent

    if not consent.can_ask(piped=False):
        return False
    with closing(consent.Terminal()) as terminal:
        return asyncio.run(terminal.ask("  remove all of this for good?  y yes   n no  [n] ")) == "yes"


def _remove(found: tuple[Trace, ...], paths: Paths) -> int:
    """What cannot be removed keeps nothing else from going."""
    stop_engines(paths)
    status = 0
    for trace in found:
        try:
            remove(trace)
        except AishellError as error:
            stdio.complain(error)
            status = error.exit_status
    kept = [trace for trace in found if not trace.line and trace.path.exists()]
    stdio.say(f"aishell: removed{' all but the above' if kept else ''}\n{_rest()}")
    return status


def _rest() -> str:
    """What is not removed here."""
    prefix = sys.prefix.split(os.sep)
    if "pipx" in prefix:
        how = "pipx uninstall aishell-terminal"
    elif "uv" in prefix:
        how = "uv tool uninstall aishell-terminal"
    elif prefix[:3] == ["", "opt", "venvs"]:  # of the Debian package
        how = "apt remove aishell-terminal"
    else:
        how = f"{sys.executable} -m pip uninstall aishell-terminal"
    return (
        f"  The program itself stays: {visible(how)}\n"
        "  Sessions and shells that are open may write again until they end. Lines in\n"
        "  your shells' histories, files that commands made, and what other users have\n"
        "  are not aishell's to remove."
    )
