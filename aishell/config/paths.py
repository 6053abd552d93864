"""The places aishell reads and writes, by the XDG base directory specification."""

from __future__ import annotations

import os
import pwd
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    config_file: Path
    policy_file: Path
    """The user's own rules for the judge."""
    assets: Path
    """Models and other fetched files."""
    cache: Path
    """What can be computed again."""
    state: Path
    """Logs, and output too long for memory."""
    runtime: Path
    """Sockets; gone after a restart of the machine, and on this machine only."""

    @classmethod
    def from_environment(cls, environment: dict[str, str]) -> Paths:
        """HOME may be missing (cron, `env -i`): then the account's own home is meant."""
        home = Path(environment.get("HOME") or pwd.getpwuid(os.getuid()).pw_dir)

        def base(variable: str, default: str) -> Path:
            value = environment.get(variable, "")
            return Path(value) if value.startswith("/") else home / default  # the specification ignores relative ones

        cache = base("XDG_CACHE_HOME", ".cache") / "aishell"
        settings = base("XDG_CONFIG_HOME", ".config") / "aishell"
        return cls(
            config_file=settings / "aishell.toml",
            policy_file=settings / "policy.toml",
            assets=cache / "assets",
            cache=cache,
            state=base("XDG_STATE_HOME", ".local/state") / "aishell",
            runtime=_runtime(environment),
        )


def _runtime(environment: dict[str, str]) -> Path:
    """A home folder may lie on a network, where sockets do not work; a cron job has no XDG_RUNTIME_DIR, but means the same."""
    for folder in (environment.get("XDG_RUNTIME_DIR", ""), f"/run/user/{os.getuid()}"):
        if folder.startswith("/") and os.path.isdir(folder) and os.access(folder, os.W_OK):
            return Path(folder) / "aishell"
    return Path("/tmp") / f"aishell-{os.getuid()}"


def shipped(name: str) -> Path:
    """A file of `config/` as it came with this installation: beside the package in a checkout, else under share/, which is
    beside it as well where it was installed into a folder (`pip install --target`, a zip application)."""
    beside = Path(__file__).parents[2]
    places = (beside / "config", beside / "share" / "aishell", Path(sys.prefix) / "share" / "aishell")
    return next((place / name for place in places if (place / name).is_file()), places[-1] / name)
