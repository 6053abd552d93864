"""What may stand at the cursor, from the sources that the settings leave on."""

from __future__ import annotations

import difflib
import functools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aishell.config.settings import Settings
from aishell.core.errors import ConfigError
from aishell.core.menu import Menu, Offered, Typed

if TYPE_CHECKING:
    from aishell.programs.known import Programs
    from aishell.suggest.menu.gathering import Gathering
    from aishell.suggest.menu.source import Source

About = Callable[[Sequence[str]], Mapping[str, str]]


def no_plugins() -> Iterable[Source]:
    return ()


def open_menu(wanted: Settings, programs: Callable[[], Programs], plugins: Callable[[], Iterable[Source]] = no_plugins) -> Menu:
    """Nothing is read, started or imported before it is first asked. Raises ConfigError.

    `plugins`: further sources.
    """
    without = frozenset(wanted.menu.without.split())
    if without:
        _refuse_unknown(without)

    @functools.cache
    def known() -> Programs:
        return programs()

    @functools.cache
    def gathering() -> Gathering:
        from aishell.suggest.menu.gathering import Gathering
        from aishell.suggest.menu.sources import every

        return Gathering((*every(known, lambda: os.environ, home=Path.home(), without=without), *plugins()))

    def menu(typed: Typed) -> Iterator[Offered]:
        return gathering()(typed)

    return menu


def open_about(wanted: Settings) -> About | None:
    """What commands are for, unless the settings do without that."""
    if "commands" in wanted.menu.without.split():
        return None

    def about(names: Sequence[str]) -> Mapping[str, str]:
        from aishell.suggest.menu.summaries import summaries

        with suppress(OSError):
            return summaries(names)
        return {}

    return about


def _refuse_unknown(without: frozenset[str]) -> None:
    from aishell.suggest.menu.sources import NAMES

    for name in sorted(without - NAMES):
        near = difflib.get_close_matches(name, NAMES, 1, 0)[0]
        raise ConfigError(
            f"menu.without: there is no source {name}.", hint=f"The nearest is {near}. All: {' '.join(sorted(NAMES))}"
        )
