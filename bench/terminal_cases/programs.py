"""Programs that take the terminal, ask for something in it, or die in it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

from bench.outer import NotAsExpected, Outer
from bench.terminal_cases import Given, Scenario


def storm(o: Outer, _: Given) -> None:
    for columns, rows in ((40, 10), (200, 50), (60, 12), (300, 100), (80, 24), (41, 11), (100, 30)) * 2:
        o.terminal.tmux("resize-window", "-x", str(columns), "-y", str(rows))
        time.sleep(0.05)


def _left(o: Outer, key: str, line: str) -> None:
    """With `key`; the program's line is a block again, and has ended well."""
    time.sleep(0.5)
    o.presses(key, rf"❯ {line}.*✓")


def _killed(line: str, shows: str, name: str, number: signal.Signals = signal.SIGKILL) -> Callable[[Outer, Given], None]:
    """A program is ended by somebody else while it has the terminal."""

    def does(o: Outer, _: Given) -> None:
        o.runs(line, shows)
        o.sends(number, o.descendant(name))
        o.sees(rf"❯ {line.split()[0]}.*✗")

    return does


def _vim(o: Outer, _: Given) -> None:
    o.runs("vim -u NONE made.txt", "(?m)^~")
    o.terminal.keys("i")
    o.terminal.types("made in vim", enter=False)
    o.terminal.keys("Escape")
    o.runs(":wq", "❯ vim.*✓")
    o.runs("cat made.txt", "^. made in vim")


def _vim_unsaved(o: Outer, _: Given) -> None:
    o.runs("vim -u NONE -N", "(?m)^~")
    o.terminal.keys("i", "x", "Escape")
    o.runs(":q!", "❯ vim.*✓")


def _vim_stopped(o: Outer, _: Given) -> None:
    o.runs("vim -u NONE", "(?m)^~")
    o.presses("C-z", "❯ vim.*SIGTSTP")
    o.runs("fg", "(?m)^~")
    o.runs(":q", "❯ fg.*✓")


def _left_with_stopped_vim(o: Outer, _: Given) -> None:
    o.runs("vim -u NONE", "(?m)^~")
    o.presses("C-z", "❯ vim.*SIGTSTP")
    o.runs("exit", "stopped jobs")
    o.terminal.types("exit")


def _less(o: Outer, _: Given) -> None:
    o.runs("less /etc/passwd", "^root:")
    o.terminal.keys("Space")
    _left(o, "q", "less")


def _top(o: Outer, _: Given) -> None:
    o.runs("top", "load average")
    _left(o, "q", "top")


def _htop(o: Outer, _: Given) -> None:
    o.runs("htop", "F10Quit")
    _left(o, "q", "htop")


def _fzf(key: str, end: str) -> Callable[[Outer, Given], None]:
    def does(o: Outer, _: Given) -> None:
        o.runs("printf 'one\\ntwo\\n' | fzf", "2/2")
        time.sleep(0.3)
        o.presses(key, rf"fzf.*{end}")

    return does


def _ssh(o: Outer, given: Given) -> None:
    o.terminal.types(f"{given.ssh} -t bash --norc")
    o.sees(r"bash-[0-9.]+[$#] *$")
    time.sleep(0.5)
    o.runs("echo remote-$((5*5))", "remote-25")
    o.runs("exit", "❯ ssh.*✓")


def _ssh_cut_off(name: str) -> Callable[[Outer, Given], None]:
    def does(o: Outer, given: Given) -> None:
        o.terminal.types(f"{given.ssh} -t 'OUTER= vim -u NONE'")
        o.sees("(?m)^~")
        o.sends(signal.SIGKILL, o.descendant(name))
        o.sees("❯ ssh.*✗")

    return does


def _ssh_escaped(o: Outer, given: Given) -> None:
    o.terminal.types(f"{given.ssh} -t bash --norc")
    o.sees(r"bash-[0-9.]+[$#] *$")
    time.sleep(0.5)
    o.terminal.keys("Enter")
    o.terminal.types("~.", enter=False)
    o.sees("❯ ssh.*✗")


def _sudo(*passwords: str, seen: str) -> Callable[[Outer, Given], None]:
    """Answers with each in turn; `right` stands for the right one."""

    def does(o: Outer, given: Given) -> None:
        o.terminal.types(f"{given.person.be} sudo -k -p 'secret-for-%p? ' id -un")
        for at, password in enumerate(passwords):
            o.sees(f"(?s)(secret-for-.*){{{at + 2}}}\\?")  # once in the line itself
            time.sleep(0.6)
            o.terminal.types(given.person.password if password == "right" else password)
        o.sees(seen)
        if given.person.password in o.terminal.shown():
            raise NotAsExpected("the password is hidden")

    return does


def _asked(command: str, prompt: str) -> Callable[[Outer, Given], None]:
    """Ctrl-C where a password is asked for."""

    def does(o: Outer, given: Given) -> None:
        o.terminal.types(command.format(be=given.person.be if given.account else "", name=given.account and given.person.name))
        o.sees(prompt)
        time.sleep(0.6)
        o.presses("C-c", "✗")

    return does


def _passwd(o: Outer, given: Given) -> None:
    """It does not heed Ctrl-C."""
    o.runs(f"{given.person.be} passwd", "Current password:")
    time.sleep(0.6)
    o.runs("wrong", "✗ exit 10")


def _watch(o: Outer, _: Given) -> None:
    o.runs("watch -n 1 date", "Every 1")
    o.presses("C-c", "❯ watch")


def _su(o: Outer, given: Given) -> None:
    o.runs(f"{given.person.be} su {given.person.name} -c 'echo i-am-$((3*7))'", "Password:")
    time.sleep(0.6)
    o.runs(given.person.password, "i-am-21")


def _python(leaves: Callable[[Outer], None]) -> Callable[[Outer, Given], None]:
    def does(o: Outer, _: Given) -> None:
        o.runs("python3 -q", ">>>")
        o.runs("6*7", "^. 42")
        leaves(o)

    return does


def _read(o: Outer, _: Given) -> None:
    o.runs("read -s -p 'Secret: ' x; echo got-${#x}", "Secret: *$")
    time.sleep(0.6)
    o.runs("abcd", "got-4")


def _storm_in_vim(o: Outer, given: Given) -> None:
    o.runs("vim -u NONE", "(?m)^~")
    storm(o, given)
    time.sleep(0.3)
    o.runs(":q", "❯ vim.*✓")


PROGRAMS = (
    Scenario(name="vim, written and left", does=_vim, needs=("vim",)),
    Scenario(name="vim, left without writing", does=_vim_unsaved, needs=("vim",)),
    Scenario(name="vim, killed", does=_killed("vim -u NONE", "(?m)^~", "vim"), needs=("vim",)),
    Scenario(name="vim, stopped and in front again", does=_vim_stopped, needs=("vim",)),
    Scenario(name="vim, stopped, and aishell left", does=_left_with_stopped_vim, needs=("vim",), ends=True),
    Scenario(name="vim, windows of many sizes", does=_storm_in_vim, needs=("vim",)),
    Scenario(name="less, left", does=_less, needs=("less",)),
    Scenario(name="less, killed", does=_killed("less /etc/passwd", "^root:", "less"), needs=("less",)),
    Scenario(name="top, left", does=_top, needs=("top",)),
    Scenario(name="top, killed", does=_killed("top", "load average", "top"), needs=("top",)),
    Scenario(name="htop, left", does=_htop, needs=("htop",)),
    Scenario(name="htop, killed", does=_killed("htop", "F10Quit", "htop"), needs=("htop",)),
    Scenario(name="fzf, chosen", does=_fzf("Enter", "✓"), needs=("fzf",)),
    Scenario(name="fzf, escaped", does=_fzf("Escape", "✗"), needs=("fzf",)),
    Scenario(name="watch, Ctrl-C", does=_watch, needs=("watch",)),
    Scenario(name="ssh, left", does=_ssh, needs=("server",)),
    Scenario(name="ssh, cut off here", does=_ssh_cut_off("ssh"), needs=("server", "vim")),
    Scenario(name="ssh, escaped from", does=_ssh_escaped, needs=("server",)),
    Scenario(name="sudo, right password", does=_sudo("right", seen="^. root"), needs=("account",)),
    Scenario(name="sudo, wrong and right", does=_sudo("wrong", "right", seen="^. root"), needs=("account",)),
    Scenario(name="sudo, Ctrl-C", does=_asked("{be} sudo -k id", "password for"), needs=("account",)),
    Scenario(name="su, right password", does=_su, needs=("account",)),
    Scenario(name="su, Ctrl-C", does=_asked("{be} su {name}", "Password:"), needs=("account",)),
    Scenario(name="passwd, wrong password", does=_passwd, needs=("account",)),
    Scenario(name="python, exit()", does=_python(lambda o: o.runs("exit()", "❯ python3.*✓"))),
    Scenario(name="python, Ctrl-D", does=_python(lambda o: o.presses("C-d", "❯ python3.*✓"))),
    Scenario(name="python, killed", does=_killed("python3 -q", ">>>", "python3")),
    Scenario(name="read -s, answered", does=_read),
    Scenario(name="read -s, Ctrl-C", does=_asked("read -s -p 'Secret: ' x", "Secret: *$")),
)
