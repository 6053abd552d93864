"""A fault of aishell's own, written down on this machine for whoever reports it."""

from __future__ import annotations

import os
import traceback
from datetime import datetime

from aishell import __version__
from aishell.config.paths import Paths
from aishell.core.errors import AishellError

_EARLIER = 64 << 10
"""Characters of earlier faults that are kept beside a new one."""


def write_down(error: Exception) -> str:
    """Without what is secret; says where the details are, or gives them where they cannot be kept."""
    log = Paths.from_environment(dict(os.environ)).state / "crash.log"
    when = datetime.now().astimezone().isoformat(timespec="seconds")
    text = _without_secrets(f"{when} aishell {__version__}: {''.join(traceback.format_exception(error))}")
    try:
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        log.touch(0o600)
        before = log.read_text("utf-8", "replace")[-_EARLIER:]
        log.write_text(f"{before}{text}\n", "utf-8")
    except OSError:
        return text
    return f"The details are in {log}; they stay on this machine."


def _without_secrets(text: str) -> str:
    from aishell import wiring

    try:
        return wiring.without_secrets(text)
    except AishellError:
        return "There is no telling what is secret in it, so it is not kept.\n"
