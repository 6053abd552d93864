"""Users and groups of this machine, and the variables of this shell."""

from __future__ import annotations

import grp
import pwd
from collections.abc import Callable, Iterator, Mapping

from aishell.core.menu import Offer, Typed
from aishell.suggest.menu.source import Source

_USERS = frozenset("su passwd usermod userdel id groups finger chage last lastlog loginctl".split())
_GROUPS = frozenset("chgrp groupmod groupdel gpasswd newgrp".split())
_VARIABLES = frozenset("export unset printenv declare typeset readonly local".split())
_SAYS_USER = frozenset(("-u", "--user", "-U"))
_WITH_USER = frozenset("sudo doas pkill pgrep ps crontab runuser killall".split())


def sources(environment: Callable[[], Mapping[str, str]]) -> list[Source]:
    return [
        Source(name="accounts", at=_at_account, offers=_accounts, fresh_s=30.0, reads=_owner),
        Source(name="variables", at=_at_variable, offers=lambda typed: _variables(typed, environment())),
    ]


def _at_account(typed: Typed) -> bool:
    if typed.word.startswith(("-", "/", ".")):
        return False
    if typed.program == "chown":
        return not typed.operands
    behind_user = typed.program in _WITH_USER and typed.before[-1:] != () and typed.before[-1] in _SAYS_USER
    return behind_user or (typed.program in _USERS | _GROUPS and not typed.operands)


def _owner(typed: Typed) -> str:
    """Of `root:ad`, where a group is looked for."""
    owner, colon, _ = typed.word.partition(":")
    return f"{owner}{colon}" if colon else ""


def _accounts(typed: Typed) -> Iterator[Offer]:
    owner, colon, _ = typed.word.partition(":")
    if typed.program == "chown" and colon:
        yield from (Offer(text=f"{owner}:{name}", sort="group") for name in _groups())
    elif typed.program in _GROUPS:
        yield from (Offer(text=name, sort="group") for name in _groups())
    else:
        for user in sorted(pwd.getpwall(), key=lambda user: (0 < user.pw_uid < 1000, user.pw_name)):
            yield Offer(text=user.pw_name, sort="user", meaning=user.pw_gecos.partition(",")[0])


def _groups() -> list[str]:
    return sorted(group.gr_name for group in grp.getgrall())


def _at_variable(typed: Typed) -> bool:
    return typed.program in _VARIABLES and not typed.word.startswith("-") and "=" not in typed.word


def _variables(typed: Typed, environment: Mapping[str, str]) -> Iterator[Offer]:
    """Names only: what they hold may be secret."""
    for name in sorted(environment):
        if name.isidentifier():
            yield Offer(text=name, sort="variable", final=typed.program in ("unset", "printenv"))
