"""The sign that what is said in words leaves this machine."""

from __future__ import annotations

import os

from aishell import wiring
from aishell.cli import stdio
from aishell.config.settings import Settings
from aishell.core.text import visible
from aishell.wiring.remote import Task


def show(wanted: Settings, task: Task = "plan", *, shown: bool = True) -> None:
    """On a terminal, in one line on standard error; nothing when it is aishell's own model, on this machine."""
    if not shown or not os.isatty(2):
        return
    if plugins := wiring.speaks(wanted):
        stdio.say(stdio.style(f"aishell: the model is a plugin's: {visible(plugins)}", "33"))
    hosts = wiring.badge(wanted, task)
    if hosts:
        stdio.say(stdio.style(f"aishell: the model is at {visible(hosts)} (`aishell sent`: what was sent there)", "33"))
