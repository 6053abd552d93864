"""Machines that are not found, ports that are taken, and what must not be mended but understood."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aishell.planner.fix.line import Simple, Token
from aishell.planner.fix.nearest import nearest, sureness
from aishell.planner.fix.values import Case, Fix, Why

_REACH_OUT = frozenset("ssh scp sftp rsync curl wget ping mosh telnet nc git http".split())
_HOST = re.compile(r"(?P<before>(?:[a-z][a-z0-9+.-]*://)?(?:[^/@:\s]*@)?)(?P<host>[A-Za-z0-9][\w.-]*)(?P<after>.*)", re.S)
_PORT = re.compile(r"(?<![\w.])(?:[\w.*\[\]-]*:)?(\d{2,5})(?![\w.])")


def mistyped_host(case: Case) -> Iterator[Fix]:
    """A machine whose name is nearly that of one the person names elsewhere."""
    for simple in case.calls(*_REACH_OUT):
        for token in case.operands(simple):
            parts = _HOST.fullmatch(token.value)
            if not parts or not _is_address(simple, token, parts) or parts["host"] in case.facts.hosts():
                continue
            found = nearest(parts["host"], case.facts.hosts(), most=1.6)
            named = case.messages.names(parts["host"]) or case.failed.exit_status == 6
            for near in found[:1]:
                why = Why("There is no machine {wrong}; you know {right}.", wrong=parts["host"], right=near.name)
                line = case.line.with_words({token: f"{parts['before']}{near.name}{parts['after']}"})
                yield Fix(command=line, why=why, rule="host", sure=sureness(found) if named else 0.6)


def _is_address(simple: Simple, token: Token, parts: re.Match[str]) -> bool:
    program = simple.program.value if simple.program else ""
    if program in ("scp", "rsync", "git"):
        return bool(parts["before"]) or parts["after"].startswith(":")
    return token is next(
        iter(t for t in simple.arguments if not t.text.startswith("-") and not t.text.isdigit()), None
    ) or bool(parts["before"])


def port_in_use(case: Case) -> Iterator[Fix]:
    """Who has the port: only the person can say whether that may end."""
    if not case.messages.says("EADDRINUSE") and not case.messages.has("address already in use|port is already allocated"):
        return
    ports = [number for number in _PORT.findall(case.failed.command) if 0 < int(number) < 65536]
    ports = ports or [n for n in re.findall(r":(\d{2,5})\b", case.messages.text) if 0 < int(n) < 65536]
    command = f"ss -ltnp 'sport = :{ports[-1]}'" if ports else "ss -ltnp"
    why = Why("Another program listens there already; this shows which.")
    yield Fix(command=command, why=why, rule="port", sure=0.9)


def changed_key(case: Case) -> Iterator[Fix]:
    """A machine that shows another key than before. Nothing is removed here: it may be somebody else's machine."""
    if not case.messages.has("REMOTE HOST IDENTIFICATION HAS CHANGED"):
        return
    for simple in case.calls("ssh", "scp", "sftp", "rsync", "git"):
        for token in case.operands(simple):
            parts = _HOST.fullmatch(token.value)
            if parts and case.messages.names(parts["host"]):
                why = Why(
                    "{host} shows another key than before: it was set up anew, or somebody stands in between. Ask who runs it "
                    "before you trust it; this shows the key you know.",
                    host=parts["host"],
                )
                yield Fix(command=f"ssh-keygen -l -F {parts['host']}", why=why, rule="changed key", sure=0.95)
                return


def refused_key(case: Case) -> Iterator[Fix]:
    """No key of the person's was taken."""
    if case.messages.has(r"Permission denied \(publickey"):
        why = Why("The machine took none of your keys; this lists those that are offered.")
        yield Fix(command="ssh-add -l", why=why, rule="refused key", sure=0.78)


def full_disk(case: Case) -> Iterator[Fix]:
    """No room: where it went is the question."""
    if case.messages.says("ENOSPC", "EDQUOT"):
        why = Why("The disk is full; this shows how full each one is.")
        yield Fix(command="df -h", why=why, rule="full disk", sure=0.9)


def nobody_listens(case: Case) -> Iterator[Fix]:
    """A connection to this machine that nobody takes."""
    local = re.search(r"\b(?:localhost|127\.0\.0\.1)\b(?::(\d+))?", case.failed.command)
    if (local and case.messages.says("ECONNREFUSED")) or (local and case.failed.exit_status == 7):
        why = Why("Nothing listens there; this shows what does, and where.")
        yield Fix(command="ss -ltnp", why=why, rule="nobody listens", sure=0.78)


RULES = (mistyped_host, port_in_use, changed_key, refused_key, full_disk, nobody_listens)
