"""What a line may do to the terminal it is given, shells within shells, and ordinary ways to leave."""

from __future__ import annotations

import time
from collections.abc import Callable

from bench.outer import Outer
from bench.terminal_cases import Given, Scenario
from bench.terminal_cases.programs import storm


def _prints(text: str) -> Callable[[Outer, Given], None]:
    """A program writes `text`, as printf reads it, and leaves the terminal like that."""
    return lambda o, _: o.runs(f"printf '{text}'; echo then-$((20+1))", "then-21")


def _nested(shell: str) -> Callable[[Outer, Given], None]:
    def does(o: Outer, _: Given) -> None:
        o.terminal.types(shell)
        time.sleep(1.5)
        o.runs("echo nested-$((2*4))", "nested-8")
        if not shell.startswith("exec"):
            o.terminal.types("exit")
            time.sleep(0.5)

    return does


def _tmux(o: Outer, _: Given) -> None:
    o.terminal.types(f"tmux -L {o.inner} -f /dev/null new-session bash --norc")
    o.sees(r"\[0\]")
    o.runs("echo inner-$((2*4))", "inner-8")
    o.runs("exit", "❯ tmux.*✓")


def _aishell(o: Outer, _: Given) -> None:
    o.terminal.types("clear; aishell")
    o.sees("(?s)^(?!.*clear; aishell).*F1 help")
    time.sleep(1.0)
    o.runs("echo inner-$((2*4))", "inner-8")
    time.sleep(0.3)
    o.runs("exit", "❯ clear; aishell.*✓")


def _job_left(o: Outer, _: Given) -> None:
    o.runs("sleep 3000 &", r"\[1\]")
    o.presses("C-d", "Still running")
    o.terminal.keys("C-d")


def _interrupted(o: Outer, _: Given) -> None:
    o.terminal.types("sleep 1000")
    time.sleep(0.8)
    o.presses("C-c", "SIGINT")


def _shell_killed(o: Outer, _: Given) -> None:
    o.runs("kill -9 $$", "another one is here")


def _much(o: Outer, _: Given) -> None:
    o.runs("yes | head -c 1M | cat -n; echo then-$((20+1))", "then-21", 60)


_ALL = r"\e[?1049h\e[>1u\e[>4;2m\e[4 q\e[?7l\e=\e[?1000;1003;2004h"
LINES = (
    Scenario(name="stty raw -echo, left so", does=lambda o, _: o.runs("stty raw -echo; echo then-$((20+1))", "then-21")),
    Scenario(name="reset", does=lambda o, _: o.runs("stty raw -echo; reset; echo then-$((20+1))", "then-21")),
    Scenario(name="tput smcup, left so", does=lambda o, _: o.runs("tput smcup; echo then", "❯ tput.*✓")),
    Scenario(name="alternate screen, left so", does=lambda o, _: o.runs("printf '\\e[?1049h'; sleep 1", "❯ printf.*✓")),
    Scenario(
        name="all that a screen may set, left so",
        does=lambda o, _: o.runs(
            "printf '\\e[?1049h\\e[>1u\\e[>4;2m\\e[4 q\\e[?7l\\e=\\e[?1000;1003;2004h'; sleep 1", "❯ printf.*✓"
        ),
    ),
    Scenario(name="mouse and paste, left on", does=_prints("\\e[?1000h\\e[?1003h\\e[?1006h\\e[?2004h\\e[?1004h")),
    Scenario(name="no cursor, no wrapping", does=_prints("\\e[?25l\\e[?7l")),
    Scenario(name="keys told apart, left so", does=_prints("\\e[>1u\\e=\\e[?1h")),
    Scenario(name="colours and characters, left so", does=_prints("\\e[1;31;44m\\e(0\\016")),
    Scenario(name="a hard reset", does=_prints("\\ec")),
    Scenario(name="binary output", does=lambda o, _: o.runs("head -c 100000 /dev/urandom; echo; echo bin-$((20+1))", "bin-21")),
    Scenario(name="much output", does=_much),
    Scenario(name="Ctrl-C", does=_interrupted),
    Scenario(name="windows of many sizes", does=storm),
    Scenario(name="bash in it", does=_nested("bash --norc")),
    Scenario(name="zsh in its place", does=_nested("exec zsh -f"), needs=("zsh",)),
    Scenario(name="script in it", does=_nested("script -q /dev/null"), needs=("script",)),
    Scenario(name="tmux in it", does=_tmux, needs=("tmux",)),
    Scenario(name="aishell in it", does=_aishell),
    Scenario(name="left with a job running", does=_job_left, ends=True),
    Scenario(name="left with Ctrl-D", does=lambda o, _: o.terminal.keys("C-d"), ends=True),
    Scenario(name="the shell killed", does=_shell_killed),
)
