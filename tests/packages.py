"""Packages with entry points, as pip would lay them out."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path

from tests.conftest import ROOT

EXAMPLE = ROOT / "examples" / "plugin"
MODELS = """
import json, os, sys, time
SECONDS = 0.5
CONTEXT_TOKENS = 777

def prints(messages, **named):
    print('{"end": true}'); print("x" * 200_000); print("y" * 200_000, file=sys.stderr)
    yield "a"
    sys.stdout.write("b"); os.write(1, b"c" * 200_000)
    yield "d"

def heard(messages, **named):
    return json.dumps({"messages": messages, **named})

def says(messages, **named):
    yield from json.loads(messages[-1]["content"])

def pid(messages, **named):
    yield str(os.getpid())
    while messages[-1]["content"] == "go on":
        yield "."
        time.sleep(0.01)

def deaf(messages, **named):
    yield str(os.getpid())
    while messages[-1]["content"] == "go on":
        try:
            open(__file__ + ".asleep", "w").close()
            time.sleep(60)
        except KeyboardInterrupt: pass

def fails(messages, **named):
    if messages[-1]["content"] == "fail": raise ValueError("no \\x1b[2J way")
    yield str(os.getpid())

def second(messages, **named):
    return '{"a": "y"}' if messages[-1]["content"].startswith("That does not follow") else '{"a": "z"}'

def hangs(messages, **named):
    time.sleep(60)
def dies(messages, **named):
    yield "ls"; print("out of luck", file=sys.stderr); os._exit(3)
def floods(messages, **named):
    return "x" * (9 << 20)
def garbles(messages, **named):
    for number in os.listdir("/proc/self/fd"):
        try: int(number) > 2 and os.write(int(number), b"]\\n")
        except OSError: pass
    return "ls"
def numbers(messages, **named):
    return 7
"""
"""Each does another thing that models do, or should not."""


def lay(folder: Path, name: str, points: dict[str, dict[str, str]]) -> None:
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [line for group, found in points.items() for line in (f"[{group}]", *(f"{k} = {v}" for k, v in found.items()))]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")


def lay_example(folder: Path) -> None:
    """The one of `examples/`."""
    table = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())
    for module in table["tool"]["setuptools"]["py-modules"]:
        (folder / f"{module}.py").write_text((EXAMPLE / f"{module}.py").read_text())
    lay(folder, "aishell_example", table["project"]["entry-points"])


def lay_models(folder: Path) -> None:
    (folder / "models.py").write_text(MODELS)
    (folder / "nomodel.py").write_text("import nosuch")
    lay(folder, "models", {"aishell.backends": {name: f"models:{name}" for name in defined(MODELS)} | {"gone": "nomodel:x"}})


def defined(source: str) -> list[str]:
    return [line.split("(")[0].split()[1] for line in source.splitlines() if line.startswith("def ")]


def runs(pid: str) -> bool:
    """Not one that has ended and that nobody has asked about yet."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
