"""Whose a file is. What others can write to is theirs, and runs for nobody else."""

from __future__ import annotations

import os
import stat

from aishell.core.errors import ExtensionFailed


def refuse_foreign(file: str) -> None:
    """Raises ExtensionFailed when others can write to `file` or its folder, or it cannot be looked at."""
    for path in (file, os.path.dirname(file)):
        try:
            found = os.stat(path)
        except OSError as error:
            raise ExtensionFailed(f"{path} cannot be used: {error.strerror}.") from error
        sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
        if found.st_uid not in (0, os.getuid()) or (found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not sticky):
            raise ExtensionFailed(f"{path} can be written by others.", hint=f"Run `chmod go-w {path}` if it is yours.")
