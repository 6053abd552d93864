"""What the last command printed, taken out of what stands in a tmux pane."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

_ROWS = 400
_PATIENCE_S = 1.0


def printed(command: str, environment: Mapping[str, str]) -> str:
    """What stands below `command` in the pane this shell runs in; empty without tmux, or where it does not stand there."""
    pane = environment.get("TMUX_PANE", "")
    if not environment.get("TMUX") or not pane:
        return ""
    asked = ["tmux", "capture-pane", "-p", "-J", "-S", f"-{_ROWS}", "-t", pane]
    try:
        done = subprocess.run(
            asked, capture_output=True, timeout=_PATIENCE_S, check=False, env=dict(environment), stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return below(done.stdout.decode("utf-8", "replace"), command) if done.returncode == 0 else ""


def below(screen: str, command: str) -> str:
    """What stands between the last row that ends with `command`, behind a prompt, and the prompt after it.

    A prompt is known by the row that the command stands in: the one that is there now begins alike. Where that cannot be told,
    the last row is left out, which is the prompt at least.
    """
    rows = screen.rstrip().splitlines()
    first = command.strip().splitlines()[0].rstrip() if command.strip() else ""
    at = next((n for n in range(len(rows) - 1, -1, -1) if first and _asked(rows[n], first)), -1)
    if at < 0:
        return ""
    prompt = rows[at].rstrip()[: -len(first)].split(" ")[0]
    after = rows[at + 1 + command.strip().count("\n") :]
    ends = next((n for n in range(len(after) - 1, -1, -1) if prompt and after[n].startswith(prompt)), len(after) - 1)
    return "\n".join(after[: max(0, ends)]).strip("\n")


def _asked(row: str, command: str) -> bool:
    """Whether `command` was typed in this row: it ends it, behind a blank or nothing."""
    row = row.rstrip()
    return row.endswith(command) and row[: -len(command)][-1:] in ("", " ", "\u00a0")
