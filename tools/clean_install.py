#!/usr/bin/env python3
"""Does the wheel work where nothing else is? `python -m tools.clean_install WHEEL`.

A new virtual environment and an empty home: the wheel is installed, and does what needs no model. What needs one has to say in
a sentence that there is none.

    --from OLDER   a wheel that is installed first and leaves its state behind; the new one has to take that over
    --with MODEL   one of your own models, for the older version to start an engine with, which the new one then meets
    --here         use the packages that this Python has, instead of fetching them all (some 1.2 GB, and minutes)
    --sbom FILE    list what is installed then, as a CycloneDX document

llama-cpp-python is compiled unless `make setup` has left a build of it in the cache.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAME = "aishell-terminal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A command line, and what has to come of it."""

    arguments: tuple[str, ...]
    holds: str = ""
    """Stands in what it says, on either stream."""
    status: int = 0


_NO_MODEL = "is not on this machine"

SMOKE = (
    Said(arguments=("--version",), holds="aishell "),
    Said(arguments=("doctor",), holds=_NO_MODEL, status=1),
    Said(arguments=("-c", "echo hi"), holds="hi"),
    Said(arguments=("-c", "!exit 3"), status=3),
    Said(arguments=("-c", "?which files are the largest"), holds=_NO_MODEL, status=69),
    Said(arguments=("policy", "test", "ls"), holds="it only reads"),
    Said(arguments=("policy", "test", "rm -rf /"), holds="DENY"),
    Said(arguments=("explain", "--no-model", "ls -l"), holds="-l"),
    Said(arguments=("config", "show"), holds="[model]"),
    Said(arguments=("model", "list"), holds="Apache-2.0"),
    Said(arguments=("help", "start")),
    Said(arguments=("help", "--man"), holds=".TH"),
    Said(arguments=("init", "zsh"), holds="aishell"),
    Said(arguments=("report", "towns.csv"), holds="126 to 331"),
)
"""What a new home can do."""

LEAVE = (
    Said(arguments=("-c", "--yes", "!mv towns.csv moved.csv")),
    Said(arguments=("memory", "note", "the spare key hangs in the shed"), holds="remembered"),
    Said(arguments=("try", "--yes", "rm moved.csv"), holds="undo"),
)
"""What leaves state behind: a note in memory, something to take back."""

FIND = (
    Said(arguments=("recall", "spare key"), holds="the spare key hangs in the shed"),
    Said(arguments=("memory", "stats"), holds="1 note"),
    Said(arguments=("config", "show"), holds="threads = 1"),
    Said(arguments=("policy", "test", "shred x"), holds="never here"),
    Said(arguments=("undo", "--list"), holds="rm moved.csv"),
    Said(arguments=("undo",), holds="undone"),
    Said(arguments=("report", "moved.csv"), holds="126 to 331"),
)
"""What is found of it afterwards."""

LEAVE_RUNNING = (Said(arguments=("engine", "start"), holds="running: "),)
FIND_RUNNING = (
    Said(arguments=("ask", "Say hello.")),
    Said(arguments=("engine", "status"), holds="served 1"),
    Said(arguments=("engine", "stop"), holds="stopped"),
)
"""Asked of an engine of the new version, whatever runs."""


class Place:
    """A new virtual environment and an empty home, in a folder."""

    def __init__(self, folder: Path, *, here: bool) -> None:
        self._here = here
        self._venv = folder / "venv"
        self.home = folder / "home"
        self.home.mkdir()
        self._runtime = folder / "run"
        self._runtime.mkdir(0o700)
        (self.home / "towns.csv").write_text("town,people\nUlm,126\nBonn,331\n")
        self._settings = self.home / ".config" / "aishell"
        venv.create(self._venv, with_pip=False)

    @property
    def python(self) -> Path:
        return self._venv / "bin" / "python"

    def set_up(self, model: str = "") -> None:
        """Settings and a rule that a person has written, as the first versions know them; `model`: lent from the real cache."""
        self._settings.mkdir(parents=True, mode=0o700)
        use = f'use = "{model}"\n' if model else ""
        _private(self._settings / "aishell.toml", f"[model]\n{use}threads = 1\n")
        _private(self._settings / "policy.toml", '[[deny]]\nargv = ["shred", "**"]\nwhy = "never here"\n')
        if model:
            assets = self.home / ".cache" / "aishell" / "assets"
            assets.mkdir(parents=True)
            (assets / model).symlink_to(_cache() / "assets" / model)

    def install(self, wheel: Path) -> None:
        """In place of what was installed before. Raises CalledProcessError."""
        packages = self._venv / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
        others = packages / "here.pth"
        others.unlink(missing_ok=True)  # aishell itself may be among them
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install", "--quiet", "--force-reinstall"]
        if self._here:
            subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
            others.write_text("".join(f"{path}\n" for path in sys.path if path.endswith("-packages")))
            return
        built = [option for folder in (_cache() / "wheels").glob("*/") for option in ("--find-links", str(folder))]
        subprocess.run([*pip, *built, "--constraint", str(ROOT / "constraints.txt"), str(wheel)], check=True)

    def wrong(self, said: Said) -> str:
        """What is not as it has to be; empty when all is."""
        programs = [self._venv / "bin", *([Path(sys.executable).parent] if self._here else []), "/usr/bin", "/bin"]
        environment = {
            "HOME": str(self.home),
            "PATH": ":".join(map(str, programs)),
            "XDG_RUNTIME_DIR": str(self._runtime),
            "LC_ALL": "C.UTF-8",
            "TERM": "dumb",
        }
        done = subprocess.run(
            [self._venv / "bin" / "aishell", *said.arguments],
            cwd=self.home,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        text = done.stdout + done.stderr
        if done.returncode == said.status and said.holds in text and "Traceback" not in text:
            return ""
        return f"aishell {' '.join(said.arguments)}: status {done.returncode}, not {said.status} and {said.holds!r}:\n{text}"

    def list_parts(self, file: Path) -> None:
        """All that is installed, with versions and licences, as CycloneDX in JSON. Raises CalledProcessError."""
        tool = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--of", "JSON"]
        subprocess.run([*tool, "--pyproject", str(ROOT / "pyproject.toml"), "-o", str(file), str(self.python)], check=True)


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aishell"


def _private(file: Path, text: str) -> None:
    file.write_text(text)
    file.chmod(0o600)


def faults(place: Place, wheel: Path, older: Path | None = None, model: str = "") -> list[str]:
    """What does not work after the installation of `wheel`, or after that of `older` and `wheel` over it, an engine of the
    older version with `model` still running."""
    found = []
    if older:
        place.set_up(model)
        place.install(older)
        left = [*LEAVE, *(LEAVE_RUNNING if model else ())]
        found += [f"before: {fault}" for said in left if (fault := place.wrong(said))]
    place.install(wheel)
    told = [*FIND, *(FIND_RUNNING if model else ())] if older else SMOKE
    return found + [fault for said in told if (fault := place.wrong(said))]


def main() -> int:
    made = argparse.ArgumentParser(prog="clean_install")
    made.add_argument("wheel", type=Path)
    made.add_argument("--from", dest="older", type=Path)
    made.add_argument("--with", dest="model", metavar="MODEL", default="")
    made.add_argument("--here", action="store_true")
    made.add_argument("--sbom", type=Path)
    asked = made.parse_args()
    with tempfile.TemporaryDirectory(prefix="aishell-") as folder:
        place = Place(Path(folder), here=asked.here)
        found = faults(place, asked.wheel, asked.older, asked.model)
        if asked.sbom:
            place.list_parts(asked.sbom)
    for fault in found:
        print(fault)
    print(f"clean install of {asked.wheel.name}: {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
