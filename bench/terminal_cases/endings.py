"""The ends that aishell may come to: signals, crashes, and windows that are closed, whatever goes on meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable

from bench.outer import Outer
from bench.terminal_cases import Given, Scenario

Doing = Callable[[Outer], None]


def _at_the_prompt(o: Outer) -> None:
    o.runs("echo here-$((20+1))", "here-21")


def _in_vim(o: Outer) -> None:
    o.runs("vim -u NONE", "(?m)^~")


def _in_htop(o: Outer) -> None:
    o.runs("htop", "F10Quit")


def _during_output(o: Outer) -> None:
    o.terminal.types("yes abcdefgh | cat -n")
    o.sees("abcdefgh")


def _at_a_password(o: Outer) -> None:
    o.runs("read -s -p 'Secret: ' x", "Secret: *$")


def _at_a_proposal(o: Outer) -> None:
    o.runs("?propose it", "ASK")


def _during_generation(o: Outer) -> None:
    o.terminal.types("?slowly say something")
    time.sleep(1.0)


def _while_the_model_works(o: Outer) -> None:
    o.sees("qwen", 60)
    o.terminal.types("?write a command that finds every file larger than a megabyte, sorts them and prints ten of them")
    time.sleep(2.0)


def _typing(o: Outer) -> None:
    o.terminal.types("echo half a li", enter=False)


def _line_prompt(o: Outer) -> None:
    o.runs("echo here-$((20+1))", "^here-21\n~ [>$?]")
    o.terminal.types("half", enter=False)
    o.sees("half +words")


def _line_vim(o: Outer) -> None:
    o.runs("vim -u NONE", "(?m)^~")


def _jobs(o: Outer) -> None:
    o.runs("sleep 3000 & sleep 3001 &", r"\[2\]")


def _then(doing: Doing, number: signal.Signals) -> Callable[[Outer, Given], None]:
    def does(o: Outer, _: Given) -> None:
        doing(o)
        o.sends(number)

    return does


def _whole_group(doing: Doing) -> Callable[[Outer, Given], None]:
    """As a system short of memory may: all of aishell's process group at once."""

    def does(o: Outer, _: Given) -> None:
        doing(o)
        for pid in [pid for pid in o.marked() if os.getpgid(pid) == os.getpgid(o.pid)]:
            o.sends(signal.SIGKILL, pid)

    return does


def _closed(doing: Doing) -> Callable[[Outer, Given], None]:
    """The window is one of a tmux that runs in the terminal: it goes, and the terminal stays."""

    def does(o: Outer, _: Given) -> None:
        doing(o)
        subprocess.run(["tmux", "-L", o.inner, "kill-server"], check=False, timeout=20)

    return does


def _stopped(o: Outer, _: Given) -> None:
    _at_the_prompt(o)
    o.sends(signal.SIGSTOP)
    time.sleep(0.5)
    o.terminal.types("echo meanwhile-$((20+1))")
    o.sends(signal.SIGCONT)
    o.sees("(?s)here-21.*────.*F1 help")
    time.sleep(0.5)  # keys within a tenth of a second of it are lost
    o.runs("echo after-$((20+2))", "after-22")


_WINDOW = ("tmux", "-L", "{inner}", "-f", "/dev/null", "new-session")
_WHEN: tuple[tuple[str, Doing], ...] = (
    ("at the prompt", _at_the_prompt), ("in vim", _in_vim), ("in htop", _in_htop), ("during output", _during_output),
    ("at a password", _at_a_password), ("at a proposal", _at_a_proposal), ("during generation", _during_generation),
    ("with jobs", _jobs), ("in half a line", _typing),
)  # fmt: skip
_PROGRAM = {"in vim": ("vim",), "in htop": ("htop",)}


def _each(
    word: str, does: Callable[[Doing], Callable[[Outer, Given], None]], *whens: str, command: tuple[str, ...] = ()
) -> tuple[Scenario, ...]:
    return tuple(
        Scenario(name=f"{word} {when}", does=does(doing), needs=_PROGRAM.get(when, ()), ends=True, command=command)
        for when, doing in _WHEN
        if when in whens or not whens
    )


_LINE_MODE: tuple[tuple[str, Doing], ...] = (("at the prompt", _line_prompt), ("in vim", _line_vim))


def _in_line_mode() -> tuple[Scenario, ...]:
    numbers = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)
    return tuple(
        Scenario(
            name=f"line mode: {number.name} {when}", does=_then(doing, number), needs=_PROGRAM.get(when, ()), ends=True,
            arguments=("--line",), shows="> *$",
        )
        for number in numbers
        for when, doing in _LINE_MODE
    )  # fmt: skip


ENDINGS = (
    *_each("kill -9", lambda doing: _then(doing, signal.SIGKILL)),
    *_each(
        "kill -TERM", lambda doing: _then(doing, signal.SIGTERM), "at the prompt", "in vim", "during output", "at a proposal"
    ),
    *_each("kill -HUP", lambda doing: _then(doing, signal.SIGHUP), "at the prompt", "in htop", "during generation"),
    *_each("kill -ABRT", lambda doing: _then(doing, signal.SIGABRT), "in vim", "during output"),
    *_each("kill -9 of the whole group", _whole_group, "at the prompt", "in vim"),
    *_each("window closed", _closed, "at the prompt", "in vim", "during output", "with jobs", command=_WINDOW),
    Scenario(name="kill -9 while the model works", does=_then(_while_the_model_works, signal.SIGKILL), ends=True, model=True),
    Scenario(name="stopped for a while", does=_stopped),
    *_in_line_mode(),
)
