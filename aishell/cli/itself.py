"""The `aishell` command, as other commands name it."""

from __future__ import annotations

import os
import shutil
import sys


def be_found() -> None:
    """Run from a checkout: what is said here ("aishell undo") should work here."""
    if not shutil.which("aishell"):
        os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:{os.path.dirname(sys.executable)}"
