"""The sign that what is said in words leaves this machine."""

from __future__ import annotations

import os

from aishell import wiring
from aishell.cli import stdio
from aishell.config.settings import Settings
from aishell.core.text import visible
from aishell.wiring.remote import Task


def show(wanted: Settings, task: Task = "plan", *, shown: bool = True) -> None:
    """On a terminal, in one line on standard error; nothing when all stays here."""
    hosts = wiring.badge(wanted, task) if shown and os.isatty(2) else ""
    if hosts:
        stdio.say(stdio.style(f"aishell: the model is at {visible(hosts)} (`aishell sent`: what was sent there)", "33"))
