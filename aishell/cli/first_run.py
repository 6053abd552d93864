"""What a new person is offered in the screen's welcome, from this machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from aishell import wiring
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.ui.first_run import FirstRun, Offer

_MARK = "greeted"


def first_run(wanted: Settings, paths: Paths, tell: wiring.Tell) -> FirstRun | None:
    """None for who has been greeted before."""
    if (paths.state / _MARK).exists():
        return None

    def greeted() -> None:
        with suppress(OSError):  # who cannot keep even that is greeted again
            paths.state.mkdir(parents=True, exist_ok=True, mode=0o700)
            (paths.state / _MARK).touch(0o600)

    return FirstRun(
        look=lambda: _look(wanted, paths),
        fetch=lambda told: _fetch(wanted, paths, told),
        bring_in=lambda: _bring_in(paths, tell),
        greeted=greeted,
    )


def _look(wanted: Settings, paths: Paths) -> Offer:
    from aishell.memory.history.find import find_histories

    here = wanted.model.backend == "scripted" or bool(wiring.badge(wanted) or wiring.speaks(wanted))
    catalog = wiring.catalog(paths)
    asset = catalog.get(wanted.model.use)
    histories = find_histories(os.environ, Path.home()) if wanted.memory.record else ()
    return Offer(
        model=wiring.speaks(wanted) or asset.id,
        bytes_to_fetch=0 if here or catalog.present(asset) else asset.size,
        host=wiring.badge(wanted),
        histories=[(each.source, count) for each in histories if (count := sum(1 for _ in each.read(str)))],
    )


def _fetch(wanted: Settings, paths: Paths, told: Callable[[int], None]) -> None:
    from aishell.assets.fetch import fetch

    catalog = wiring.catalog(paths)
    fetch(catalog, catalog.get(wanted.model.use), lambda progress: told(progress.done))


def _bring_in(paths: Paths, tell: wiring.Tell) -> int:
    from aishell.memory.history.bring import bring_in
    from aishell.memory.history.find import find_histories

    store = wiring.open_store(paths, tell=tell)
    new = 0
    try:
        for history in find_histories(os.environ, Path.home()):
            last = 0
            for brought in bring_in(store, history.read(store.redact)):
                last = brought.new
            new += last
    finally:
        store.close()
    return new
