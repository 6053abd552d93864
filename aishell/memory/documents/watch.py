"""Which roots have changed, as it happens."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from threading import Event

from watchfiles import watch

from aishell.memory.documents.roots import Root

_SETTLED_MS, _MOST_MS = 400, 3000
"""Without a change before a batch is over, and how long one grows: an editor or a checkout writes many files in a row."""


def changed_roots(roots: Sequence[Root], stop: Event) -> Iterator[tuple[Root, ...]]:
    """Those in which something that is not hidden was written, moved or removed; ends with `stop` or Ctrl-C."""
    batches = watch(
        *(root.path for root in roots),
        watch_filter=None,
        step=_SETTLED_MS,
        debounce=_MOST_MS,
        stop_event=stop,
        rust_timeout=500,
        ignore_permission_denied=True,
    )
    with suppress(KeyboardInterrupt):  # watchfiles would say on the terminal that it ends
        for batch in batches:
            paths = {path for _, path in batch}
            if touched := tuple(root for root in roots if any(_concerns(root.path, path) for path in paths)):
                yield touched


def _concerns(root: str, path: str) -> bool:
    relative = os.path.relpath(path, root)
    return relative == "." or not any(part.startswith(".") for part in relative.split(os.sep))
