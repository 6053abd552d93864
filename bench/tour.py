#!/usr/bin/env python3
"""A day in the screen, in a real terminal (tmux) with the real model: each step is typed as a person would, and looked for.

    python -m bench.tour [--keep FOLDER]      FOLDER gets what the terminal showed after each step

A home of its own, a project of its own, the models of the user's cache. `failed` must be empty. What the model answers is
judged by what it did (a file is gone, a number is right), not by its words.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.common import machine, options, report
from bench.tmux import PATIENCE_S, Terminal

_MODEL_S = 60.0
_READ_S = 0.6
"""Before an answer to a question: keys that come sooner are no answer."""


Step = tuple[str, Callable[[Terminal], bool]]


def _shell(_: Terminal) -> Iterator[Step]:
    yield "the prompt is there", lambda t: t.sees("F1 help")
    yield "a command", lambda t: t.runs("echo hello-$((20+1))", "^. hello-21")
    yield "cd lasts", lambda t: t.runs("cd src", "~/shop/src") and t.runs("pwd; cd ..", "shop/src$")
    yield "variables last", lambda t: t.runs("export FOO=bar", "✓") and t.runs("echo is-$FOO", "^. is-bar")
    yield "aliases last", lambda t: t.runs("alias hi='echo aliased-$FOO'", "✓") and t.runs("hi", "^. aliased-bar")
    yield "functions last", lambda t: t.runs("f() { echo function-$1; }", "✓") and t.runs("f 7", "^. function-7")
    yield (
        "a virtual environment",
        lambda t: (
            t.runs("python3 -m venv --without-pip v && . v/bin/activate && echo in-${VIRTUAL_ENV##*/}", "^. in-v", 30)
            and t.runs("deactivate; echo out-$VIRTUAL_ENV-", "^. out--")
        ),
    )
    yield "a status that is not 0", lambda t: t.runs("(exit 3)", r"\b3\b.*s *$")
    yield "several rows", lambda t: t.runs("for i in 1 2; do", "for i") and t.runs("echo row-$i; done", "^. row-2")
    yield "completion", lambda t: _completes(t)
    yield "a comment", lambda t: t.runs("# only a remark", "only a remark")
    yield "binary output", lambda t: t.runs("head -c 3000 /dev/urandom; echo; echo still-here", "still-here$")
    yield "much output", lambda t: t.runs("seq 300000; echo after-$((6*7))", "after-42", 30)


def _completes(t: Terminal) -> bool:
    t.types("cat src/ma", enter=False)
    t.keys("Tab")
    time.sleep(0.5)
    t.keys("Enter")
    return t.sees('print\\("hello"')


def _programs(_: Terminal) -> Iterator[Step]:
    yield "vim", lambda t: _vim(t)
    yield "less", lambda t: t.runs("less logs/day5.log", "2026-11-05 request 1$") and _leaves(t, "q", "less logs/day5.log.*✓")
    yield "top", lambda t: t.runs("top", "load average") and _leaves(t, "q", "❯ top.*✓")
    yield "htop", lambda t: t.runs("htop", "F10Quit") and _leaves(t, "q", "❯ htop.*✓")
    yield "fzf", lambda t: t.runs("printf 'one\\ntwo\\n' | fzf", "> *$") and _leaves(t, "Enter", "^. one *$")
    yield "python", lambda t: t.runs("python3", ">>>") and t.runs("6*7", "^. 42") and t.runs("exit()", "python3.*✓")
    yield "a password", lambda t: _password(t)
    yield "ssh", lambda t: _ssh(t)
    yield "Ctrl-C", lambda t: _interrupted(t)
    yield "Ctrl-Z and fg", lambda t: _stopped(t)
    yield "a storm of sizes", lambda t: _resized(t)


def _leaves(t: Terminal, key: str, pattern: str) -> bool:
    time.sleep(0.7)
    t.keys(key)
    return t.sees(pattern)


def _vim(t: Terminal) -> bool:
    t.types("vim note.txt")
    if not t.sees("0,0-1"):
        return False
    t.types("iwritten in vim", enter=False)
    t.keys("Escape")
    t.types(":wq")
    return t.sees("vim note.txt.*✓") and t.runs("cat note.txt", "^. written in vim")


def _password(t: Terminal) -> bool:
    t.types("read -s -p 'Password: ' x; echo got-${#x}")
    if not t.sees("Password:"):
        return False
    time.sleep(0.8)
    t.types("hunter22")
    return t.sees("got-8") and "hunter22" not in t.shown()


def _ssh(t: Terminal) -> bool:
    folder = t.home / "sshd"
    folder.mkdir()
    for key in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)], check=True)
    shutil.copy(folder / "user.pub", folder / "authorized")
    Path("/run/sshd").mkdir(exist_ok=True)
    settings = {
        "Port": "2299", "ListenAddress": "127.0.0.1", "HostKey": str(folder / "host"), "StrictModes": "no", "PidFile": "none",
        "AuthorizedKeysFile": str(folder / "authorized"), "PermitRootLogin": "yes", "UsePAM": "no",
    }  # fmt: skip
    (folder / "config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    server = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "config")], stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        options = f"-p 2299 -i {folder}/user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        t.types(f"ssh {options} 127.0.0.1 -t bash --norc")
        time.sleep(2.5)
        t.types("echo remote-$((5*5))")
        seen = t.sees("remote-25")
        return seen and t.runs("exit", "ssh -p 2299.*✓") and t.runs("echo home-$((4*4))", "home-16")
    finally:
        server.terminate()
        server.wait()


def _interrupted(t: Terminal) -> bool:
    t.types("sleep 1000")
    time.sleep(1.0)
    t.keys("C-c")
    return t.sees("sleep 1000.*SIGINT")


def _stopped(t: Terminal) -> bool:
    t.types("sleep 2000")
    time.sleep(1.0)
    t.keys("C-z")
    if not (t.sees("sleep 2000.*SIGTSTP") and t.runs("jobs", "Stopped.*sleep 2000")):
        return False
    t.types("fg")
    time.sleep(1.0)
    t.keys("C-c")
    return t.runs("echo free-$((3*3))", "free-9")


def _resized(t: Terminal) -> bool:
    for size in ("40x10", "200x50", "60x12", "300x100", "80x24", "41x11", "120x40"):
        columns, rows = size.split("x")
        t.tmux("resize-window", "-x", columns, "-y", rows)
        time.sleep(0.1)
    return t.runs("echo after-the-storm-$((1+1))", "after-the-storm-2")


def _words(t: Terminal) -> Iterator[Step]:
    shop = t.home / "shop"
    yield "words that read run at once", lambda t: t.runs("how many .log files are in logs", "(?m)^. *5$", _MODEL_S)
    yield "the route is seen, and turned round", lambda t: _flips(t)
    yield (
        "words that delete are tried first",
        lambda t: (
            t.runs("delete all .o files in the build folder", "3 deleted", _MODEL_S)
            and len(list((shop / "build").iterdir())) == 3
        ),
    )
    yield (
        "and put in place with Enter",
        lambda t: _answers(t, "Enter", "takes it back") and not list((shop / "build").iterdir()),
    )
    yield "undo", lambda t: t.runs("aishell undo", "undone") and len(list((shop / "build").iterdir())) == 3
    yield "words that need rights ask", lambda t: t.runs("install the package htop with sudo", "ASK", _MODEL_S)
    yield "and are dropped with n", lambda t: _answers(t, "n", "not run")
    yield (
        "an explanation",
        lambda t: (
            t.runs("delete the file note.txt", "1 deleted", _MODEL_S)
            and _answers(t, "x", "(?s)note.txt.*(delet|remov)", _MODEL_S)
        ),
    )
    yield "editing a proposal", lambda t: _edits(t) and not (shop / "note.txt").exists()


def _more_words(_: Terminal) -> Iterator[Step]:
    yield "Chinese", lambda t: t.runs("统计 logs 目录里有多少个文件", "(?m)^. *5$", _MODEL_S)
    yield "Esc stops the model", lambda t: _stops(t)
    yield "a note", lambda t: t.runs("remember that the backup disk is /mnt/b", "remembered")
    yield "recall", lambda t: t.runs("recall where is the backup", "backup disk is /mnt/b")
    yield (
        "private",
        lambda t: (
            t.runs("private on", "Nothing is kept")
            and t.runs("echo hidden-$((2*2))", "hidden-4")
            and t.runs("private off", "is remembered again")
        ),
    )
    yield "history search", lambda t: _searches(t)
    yield "help", lambda t: t.presses("F1", "Everywhere") and t.presses("Escape", "F1 help")
    yield "leaving with a job running", lambda t: _left(t)


def _flips(t: Terminal) -> bool:
    t.types("find my big files", enter=False)
    before = t.sees(r"^ \?", 3)
    t.keys("BTab")
    after = t.sees(r"^ \$", 3)
    t.keys("C-c")
    return before and after


def _answers(t: Terminal, key: str, pattern: str, patience_s: float = PATIENCE_S) -> bool:
    time.sleep(_READ_S)
    t.keys(key)
    return t.sees(pattern, patience_s)


def _edits(t: Terminal) -> bool:
    time.sleep(_READ_S)
    t.keys("e")
    time.sleep(0.8)
    t.keys("C-e")
    t.types(" ; true", enter=True)
    if not t.sees("(?s); true.*1 deleted", _MODEL_S):
        return False
    return _answers(t, "Enter", "(?s); true.*takes it back")


def _stops(t: Terminal) -> bool:
    t.types("explain in detail, with many words, how tar, gzip and every option of theirs work together")
    time.sleep(1.0)
    t.keys("Escape")
    return t.runs("echo quick-$((8*8))", "quick-64", 5)


def _searches(t: Terminal) -> bool:
    t.keys("C-r")
    t.types("hello-", enter=False)
    time.sleep(0.8)
    t.keys("Enter")
    time.sleep(0.5)
    t.keys("Enter")
    return t.sees("❯ +echo hello-.*✓")


def _left(t: Terminal) -> bool:
    t.types("sleep 3000 &")
    time.sleep(1.0)
    t.keys("C-d")
    time.sleep(1.0)
    t.keys("C-d")
    until = time.monotonic() + 10
    while "F1 help" in t.shown() and time.monotonic() < until:
        t.keys("Enter")
        time.sleep(0.5)
    return "F1 help" not in t.shown()


_PROJECT = """
mkdir -p shop/logs shop/src shop/build && cd shop && git init -q
for day in 1 2 3 4 5; do seq $((day * 40)) | sed "s/^/2026-11-0$day request /" > logs/day$day.log; done
printf 'print("hello")\\n' > src/main.py
for part in main store web; do head -c 4096 /dev/zero > build/$part.o; done
"""


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    passed: list[str] = []
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="tour-") as home:
        subprocess.run(["bash", "-c", _PROJECT], cwd=home, check=True)
        cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        terminal = Terminal(Path(home))
        terminal.environment = {
            "HOME": home, "XDG_CACHE_HOME": cache, "SHELL": "/bin/bash", "LC_ALL": "C.UTF-8",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }  # fmt: skip
        terminal.start([sys.executable, "-m", "aishell"])
        try:
            for chapter in (_shell, _programs, _words, _more_words):
                for name, step in chapter(terminal):
                    began = time.monotonic()
                    (passed if step(terminal) else failed).append(name)
                    took = time.monotonic() - began
                    print(f"{'ok  ' if name in passed else 'FAIL'} {took:5.1f} s  {name}", file=sys.stderr, flush=True)
                    if arguments.keep:
                        arguments.keep.mkdir(parents=True, exist_ok=True)
                        file = arguments.keep / f"{len(passed) + len(failed):02} {name}.txt"
                        file.write_text(terminal.shown(), "utf-8")
        finally:
            terminal.end()
    report(
        {"machine": machine(), "steps": len(passed) + len(failed), "passed": len(passed), "failed": failed},
        as_json=arguments.json,
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
