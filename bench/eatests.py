"""The tests of nl2bash-eabench, and its own evaluation of a script, in a box that can change nothing but its own folder."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bench.container import IMAGES, Ask

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("bash_1", "bash_2", "bash_3")
_SAID = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One request, the test it has, and what the benchmark holds for the right answer."""

    part: str
    number: str
    prompt: str
    solution: str

    @property
    def name(self) -> str:
        return f"{self.part}/{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A checkout of the benchmark, and the root file systems that stand for its images."""

    folder: Path
    roots: Path
    version: str
    """Of the benchmark and of its containers here: when it differs, what the benchmark's own solutions do may differ."""

    @classmethod
    def check_out(cls, repository: Path, folder: Path, *, roots: Path, parts: tuple[str, ...]) -> Self:
        """The newest commit of `repository` in the new `folder`; builds what `parts` need and `roots` lacks."""
        folder.mkdir()
        git = ["git", "-C", str(repository)]
        archive = subprocess.run([*git, "archive", "HEAD"], capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
        commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout
        for part in parts:
            IMAGES[_image(part)].build(roots)
        version = hashlib.sha256(commit.encode() + (ROOT / "bench" / "container.py").read_bytes()).hexdigest()[:12]
        return cls(folder=folder, roots=roots, version=version)

    def tests(self, part: str) -> list[Task]:
        """In the benchmark's own words: what its generate.py writes down."""
        command = [sys.executable, "generate.py", "--gt", part]
        subprocess.run(command, cwd=self.folder, stdout=subprocess.DEVNULL, check=True)
        found = json.loads((self.folder / "output" / f"{part}.json").read_text())
        return [Task(part=part, number=item["test"], prompt=item["prompt"], solution=item["script"] + "\n") for item in found]

    def judge(self, test: Task, script: str) -> tuple[str, str]:
        """What its evaluate.py finds: Pass, Fail or Abort, and the last of what was said about it."""
        with tempfile.TemporaryDirectory() as temporary:
            return self._evaluate(Path(temporary), test, script, None)

    def inside(self, test: Task, ask: Ask, folder: Path) -> None:
        """Run a program of this machine in the test's file system, where the script would run. `folder` is new and stays."""
        self._evaluate(folder, test, "", ask)

    def _evaluate(self, folder: Path, test: Task, script: str, ask: Ask | None) -> tuple[str, str]:
        for name in ("evaluate.py", f"{test.part}/bin", f"{test.part}/containers", test.name):
            (folder / name).parent.mkdir(exist_ok=True)
            subprocess.run(["cp", "-a", str(self.folder / name), str(folder / name)], check=True)
        for name in ("output", "place", "bin"):
            (folder / name).mkdir()
        item = {"test": test.number, "name": test.number, "prompt": test.prompt, "script": script, "path": test.part}
        (folder / "output" / f"{test.part}.json").write_text(json.dumps([item]))
        self._docker(folder, ask)
        command = ["python3", "evaluate.py", "--platform", "docker", f"output/{test.part}.json"]
        environment = {**os.environ, "PATH": f"{folder}/bin:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [*_box(folder, ask), *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        found = folder / "output" / f"{test.part}_eval.json"
        if not found.exists():
            return "Abort", done.stderr[-_SAID:]
        [row] = json.loads(found.read_text())
        return row["result"], str(row["stderr"])[-_SAID:]

    def _docker(self, folder: Path, ask: Ask | None) -> None:
        """The program that the benchmark's scripts find as `docker`."""
        command = [sys.executable, "-P", "-m", "bench.container", "--roots", str(self.roots), "--place", str(folder / "place")]
        if ask:
            ask.save(folder / "ask.json")
            command += ["--ask", str(folder / "ask.json")]
        docker = folder / "bin" / "docker"
        docker.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        docker.chmod(0o755)


def _image(part: str) -> str:
    return f"eabench_{part.replace('_', '')}"


def _box(folder: Path, ask: Ask | None) -> list[str]:
    """Around evaluate.py, which gives what tests printed to the shell's eval: only `folder` can be written; no network."""
    box = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--bind", str(folder), str(folder)]
    for path in ask.writable if ask else ():
        box += ["--bind", path, path]
    box += ["--unshare-pid", "--unshare-net", "--die-with-parent", "--cap-add", "ALL", "--chdir", str(folder)]
    return [*box, "--"]
