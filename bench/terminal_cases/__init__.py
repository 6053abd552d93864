"""What people and programs do in a terminal, and what may befall aishell there: the scenarios of `bench.termios`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.accounts import Account
from bench.outer import Outer


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the scenarios of this run may use."""

    ssh: str = ""
    """The words that log in to this machine; empty: there is no server."""
    account: Account | None = None

    @property
    def person(self) -> Account:
        assert self.account
        return self.account


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    name: str
    does: Callable[[Outer, Given], None]
    needs: tuple[str, ...] = ()
    """Programs; also "server" and "account"."""
    ends: bool = False
    """aishell has ended by the end of it."""
    model: bool = False
    """With the model of the settings, not a scripted one."""
    command: tuple[str, ...] = field(default=())
    """Words before aishell's own."""
    arguments: tuple[str, ...] = ()
    shows: str = "F1 help"
    """What tells that it has begun."""

    def lacks(self, given: Given) -> str:
        """What it needs and does not have; empty: nothing."""
        there = {"server": bool(given.ssh), "account": given.account is not None}
        return ", ".join(need for need in self.needs if not there.get(need, bool(shutil.which(need))))
