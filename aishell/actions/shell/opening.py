"""How a shell of the person's own is had, for those who do not know which it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from aishell.core.errors import ShellUnavailable

if TYPE_CHECKING:
    from aishell.actions.shell.shell import Shell


class OpenShell(Protocol):
    """Starts a shell of the person's own. Needs a running event loop. Raises ShellUnavailable."""

    def __call__(self, *, rows: int, columns: int, cwd: str, bare: bool, lent: bool = False) -> Shell: ...


def no_shell(*, rows: int, columns: int, cwd: str, bare: bool, lent: bool = False) -> Shell:
    raise ShellUnavailable("This session has no shell.")
