"""All sources there are, under the names by which the settings switch them off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from aishell.programs.known import Programs
from aishell.suggest.menu import accounts, containers, documented, git, hosts, installed, processes, python, targets, units
from aishell.suggest.menu.bash_child import BashChild, bash_completion
from aishell.suggest.menu.source import Source

NAMES = frozenset(
    "commands options subcommands installed git hosts processes variables accounts make just scripts units containers"
    " python tests".split()
)  # fmt: skip


def every(
    programs: Callable[[], Programs],
    environment: Callable[[], Mapping[str, str]],
    *,
    home: Path,
    without: frozenset[str] = frozenset(),
) -> Iterator[Source]:
    """Those that are not in `without`. Nothing is read or started yet."""
    found = [
        git.source(),
        hosts.source(home),
        processes.source(),
        *targets.sources(),
        units.source(),
        containers.source(),
        *python.sources(),
        *accounts.sources(environment),
        *documented.sources(programs),
    ]
    file = bash_completion(home)
    if file and "installed" not in without:
        found.append(installed.source(BashChild(file, environment)))
    return (source for source in found if source.name not in without)
