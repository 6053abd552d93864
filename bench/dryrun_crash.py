#!/usr/bin/env python3
"""Random scripts, committed, undone and redone with kill -9 at random times, then recovered: is every state exact?

Exact means: every name, kind, mode, owner, link and content is as before, or as after, by hash. Also: on how many scripts is
a commit the same as a native run (without hard links from before the script: an overlay parts them).
--scripts N, --same N, --seed N choose how much and which.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bench.common import machine, options, report
from tests.lab import Lab, remove, snapshot

NAMES = ("a", "b.txt", "with space", "-dash", "naïve", "new\nline", "q'uote", 'd"q', "$dollar", "*", "\\back", ".hidden")
FOLDERS = ("d", "d/e", "d/e/f", "odd dir", "empty", "ro")
_GIT = "GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_DATE=@1 GIT_COMMITTER_DATE=@1 git -c user.name=n -c user.email=e@x"


def quoted(name: str) -> str:
    return "$'./" + name.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


class Scripts:
    """Random shell lines over a small tree; the same seed gives the same ones."""

    def __init__(self, seed: int, wheel: str) -> None:
        self._rng = random.Random(seed)
        self._wheel = wheel

    def build(self) -> str:
        lines = [f"mkdir -p {quoted(folder)}" for folder in FOLDERS]
        lines += [f"head -c {self._rng.randrange(5000)} /dev/zero > {self.path()}" for _ in range(12)]
        lines += [f"seq {self._rng.randrange(400)} > {self.path()}" for _ in range(20)]
        lines += ["ln -s loop loop; ln -s . d/self; ln -s nowhere dangling; ln -s ../b.txt d/up"]
        lines += ["mkdir many; for i in $(seq 60); do echo $i > many/$i; done", "chmod 555 ro; chmod 700 d/e"]
        return "\n".join(f"({line})" for line in lines)

    def change(self) -> str:
        return "\n".join(f"({self._line()}) 2>/dev/null" for _ in range(self._rng.randrange(3, 15)))

    def path(self) -> str:
        folder = self._rng.choice((*FOLDERS, ".", "."))
        return quoted(f"{folder}/{self._rng.choice(NAMES)}")

    def _line(self) -> str:
        a, b, d, e = self.path(), self.path(), quoted(self._rng.choice(FOLDERS)), quoted(self._rng.choice(FOLDERS))
        n = self._rng.randrange(1000)
        if n < 8:
            return f"{sys.executable} -m pip install -q --no-index --no-deps --no-compile --target site {self._wheel}"
        if n < 60:
            return f"mkdir -p g && cd g && {_GIT} init -q; seq {n} > f; {_GIT} add -A; {_GIT} commit -qm {n}; rm .git/index"
        if n < 120:
            return f"sqlite3 db 'create table if not exists t(x); insert into t values({n}); delete from t where x<{n // 2}'"
        return self._rng.choice(self._lines(n, a, b, d, e))

    def _lines(self, n: int, a: str, b: str, d: str, e: str) -> tuple[str, ...]:
        return (
            f"cp -a {a} {b}",
            f"cp -r {d} {quoted(f'copy {n}')}",
            f"mv {a} {b}",
            f"mv {d} {e}",
            f"mv {a} {quoted(f'moved {n}')}",
            f"rm -f {a}",
            f"rm -rf {d}",
            f"chmod -R u+w {d}; rm -rf {d}",
            f"ln -f {a} {b}",
            f"ln -sfn {a} {b}",
            f"ln {a} {quoted(f'name {n}')}",
            f"chmod {self._rng.choice(('600', '755', '444', '000', 'u+x'))} {a}",
            f"chmod {self._rng.choice(('700', '755', '555', '500'))} {d}",
            f"tar c {d} | (mkdir -p {quoted(f'untar {n}')} && tar x -C {quoted(f'untar {n}')})",
            f"sed -i 's/1/one/' {a}",
            f"sed -i 2d many/*{n % 10}",
            f"rm -rf {a}; mkdir -p {a}/sub; echo {n} > {a}/sub/f",  # file -> folder
            f"rm -rf {d}; echo {n} > {d}",  # folder -> file
            f"rm -rf {d}; mkdir {d}; echo {n} > {d}/f",  # made anew
            f"echo {n} >> {a}",
            f"echo {n} > {quoted(f'new {n}')}",
            f"truncate -s {n} {a}",
            f"mkdir -p {d}/x/y/z",
            f"find {d} -type f -empty -delete",
            "for i in many/*; do echo x >> $i; done",
            "rm many/*; rmdir many",
            f"gzip -nf {a}",
            "mkfifo p; ln -sf loop2 loop2",
            f"touch {a}; chmod 640 {b}",
        )


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--scripts", type=int, default=1000)
    parser.add_argument("--same", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    base = Path(tempfile.mkdtemp(prefix="aishell-crash-", dir=Path.home()))
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    try:
        lab = Lab(base)
        scripts = Scripts(arguments.seed, _wheel(base))
        for number in range(20 if arguments.quick else arguments.scripts):
            wrong += [f"{number}: {what}" for what in _killed(lab, scripts, random.Random(arguments.seed + number), counts)]
        for number in range(10 if arguments.quick else arguments.same):
            wrong += [f"same {number}"] if not _same(lab, scripts) else []
            counts["same as native, tried"] += 1
    finally:
        remove(base)
    result = {
        "machine": machine(),
        "uid": os.getuid(),
        "seed": arguments.seed,
        **counts,
        "wrong": len(wrong),
        "which": wrong[:10],
    }
    report(result, as_json=arguments.json)
    return int(bool(wrong))


def _killed(lab: Lab, scripts: Scripts, rng: random.Random, counts: Counter[str]) -> list[str]:
    """One script, killed in one of its ways; what is wrong afterwards."""
    _fresh(lab, scripts.build())
    before = snapshot(lab.work)
    trial, _ = lab.run(scripts.change())
    if not trial.changes().listed:
        trial.discard()
        counts["scripts without a change"] += 1
        return []
    counts["scripts"] += 1
    act = rng.choice(("commit", "commit", "undo", "redo"))
    after = ""
    if act == "commit":
        work: Callable[[], object] = lambda: trial.commit("x")  # noqa: E731
    else:
        trial.commit("x")
        after = snapshot(lab.work)
        if act == "redo":
            lab.undo.undo()
        work = lab.undo.undo if act == "undo" else lab.undo.redo
    _kill_during(work, rng)
    counts["cut off in the middle"] += snapshot(lab.work) not in (before, after) if after else not lab.sets.all()
    if rng.random() < 0.4:
        _kill_during(lab.sets.recover, rng)
        counts["killed again in the recovery"] += 1
    lab.sets.recover()
    trial.discard()
    wrong = _wrong(lab, before, after, act)
    remove(lab.base / "state/undo/sets")
    return wrong


def _wrong(lab: Lab, before: str, after: str, act: str) -> list[str]:
    entries = lab.sets.all()
    now = snapshot(lab.work)
    done = bool(entries) and entries[0].state == "done"
    if not done:
        return [] if now == before else [f"{act}: not as before"]
    if after and now != after:
        return [f"{act}: not as after"]
    lab.undo.undo()
    return [] if snapshot(lab.work) == before else [f"{act}: undo is not exact"]


def _kill_during(work: Callable[[], object], rng: random.Random) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    time.sleep(rng.random() * rng.choice((0.01, 0.03, 0.08)))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def _same(lab: Lab, scripts: Scripts) -> bool:
    """Whether a commit gives what a native run gives."""
    build, change = scripts.build(), scripts.change()
    _fresh(lab, build)
    trial, _ = lab.run(change)
    trial.commit("x")
    committed = snapshot(lab.work)
    remove(lab.base / "state/undo/sets")
    _fresh(lab, build)
    lab.native(change)
    if snapshot(lab.work) == committed:
        return True
    print(change, file=sys.stderr)
    return False


def _fresh(lab: Lab, build: str) -> None:
    lab.clear()
    lab.native(build)


def _wheel(base: Path) -> str:
    file = base / "tiny-1-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("tiny.py", "x = 1\n")
        archive.writestr("tiny-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1\n")
        archive.writestr("tiny-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("tiny-1.dist-info/RECORD", "")
    return str(file)


if __name__ == "__main__":
    sys.exit(main())
