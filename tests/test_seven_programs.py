"""Seven programs that people live in, in the screen on a real terminal: what is shown before, during and after each."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.accounts import SSHD, account, can_make_accounts, ssh_server
from bench.outer import Outer
from bench.termios import start
from tests.shells import needs

_PORT = 2298

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="no tmux here")


class Seen:
    """A person at aishell's screen who has run a line, and looks."""

    def __init__(self, outer: Outer) -> None:
        self.outer = outer

    def block_before(self) -> None:
        self.outer.runs("echo before-$((20+1))", "^. before-21")

    def whole(self, line: str, pattern: str) -> None:
        """`line` has the whole terminal: nothing of ours is shown beside it."""
        self.outer.runs(line, pattern)
        assert not self.ours, self.shown
        time.sleep(0.5)  # it has drawn, and reads

    def inside(self, line: str, pattern: str) -> None:
        """`line` goes on in its block, below what there was."""
        self.outer.runs(line, pattern)
        assert self.ours == {"before-21", "F1 help"}, self.shown
        time.sleep(0.6)  # keys are its own

    def after(self, line: str) -> None:
        """The screen is ours again, with both blocks, each once, and nothing but them; a line runs as ever."""
        self.outer.sees(rf"❯ {re.escape(line)}.*✓")
        self.outer.runs("echo after-$((20+2))", "^. after-22")
        blocks = [row for row in self.shown.splitlines() if row.startswith("▌") and "❯" in row]
        assert [row.split("❯ ")[1].split()[0] for row in blocks] == ["echo", line.split()[0], "echo"], self.shown
        assert self.ours == {"before-21", "F1 help"}, self.shown
        strays = [row for row in self.shown.splitlines() if row[:1].strip() not in ("", "▌", "─", "~")]
        assert not strays, self.shown

    @property
    def ours(self) -> set[str]:
        """What can be seen of the block above and of the row at the bottom."""
        return {text for text in ("before-21", "F1 help") if text in self.shown}

    @property
    def shown(self) -> str:
        return self.outer.terminal.shown()


@pytest.fixture
def seen() -> Iterator[Seen]:
    with tempfile.TemporaryDirectory(prefix="aishell-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        outer = start(Path(folder))
        try:
            outer.sees("F1 help")
            person = Seen(outer)
            person.block_before()
            yield person
        finally:
            outer.close()


def test_vim(seen: Seen) -> None:
    needs("vim")
    seen.whole("vim -u NONE made.txt", "^~ *$")
    seen.outer.terminal.keys("i")
    seen.outer.runs("from vim", "^from vim")
    seen.outer.terminal.keys("Escape")
    seen.outer.terminal.types(":wq")
    seen.after("vim")
    assert (seen.outer.home / "made.txt").read_text() == "from vim\n\n"


def test_less(seen: Seen) -> None:
    needs("less")
    seen.whole("seq 300 | less", "^24$")
    seen.outer.presses("Space", "^50$")
    seen.outer.terminal.keys("q")
    seen.after("seq 300 | less")


def test_top(seen: Seen) -> None:
    needs("top")
    seen.whole("top -p 1", "load average")
    seen.outer.terminal.keys("q")
    seen.after("top -p 1")


def test_fzf(seen: Seen) -> None:
    needs("fzf")
    seen.whole("printf '%s\\n' one two three | fzf", "3/3")
    seen.outer.terminal.types("tw", enter=False)
    seen.outer.presses("Enter", "^. two *$")
    seen.after("printf")


def test_python(seen: Seen) -> None:
    seen.inside("python3 -q", ">>>")
    seen.outer.runs("6*7", "^. 42")
    seen.outer.runs("[n*n for n in range(3)]", r"^. \[0, 1, 4\]")
    seen.outer.terminal.keys("C-d")
    seen.after("python3 -q")


def test_ssh(seen: Seen) -> None:
    if os.getuid() or not os.access(SSHD, os.X_OK):
        pytest.skip("a server of ours needs sshd and root")
    with tempfile.TemporaryDirectory(prefix="aishell-sshd-") as folder, ssh_server(Path(folder) / "sshd", _PORT) as ssh:
        (seen.outer.home / "far").write_text(f"exec {ssh} -t bash --norc\n")
        seen.inside("sh far", r"bash-[0-9.]+[$#] *$")
        seen.outer.runs("echo remote-$((5*5))", "remote-25")
        seen.outer.terminal.types("exit")
        seen.after("sh far")


def test_sudo(seen: Seen) -> None:
    if not can_make_accounts():
        pytest.skip("somebody with a password cannot be made here")
    with account() as person:
        seen.inside(f"{person.be} sudo -k -p 'secret please: ' id -un", "^. secret please:")
        seen.outer.runs("wrong", "(?s)(^. secret please:.*){2}")
        time.sleep(0.3)
        seen.outer.runs(person.password, "^. root")
        assert person.password not in seen.shown
        assert "wrong" not in seen.shown
        seen.after(person.be)
