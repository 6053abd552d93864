"""`aishell bug-report`: one text file for whoever is to help; nothing is sent.

It holds no secret that the redactor knows, and no command or request but what the text of a fault may name.
"""

from __future__ import annotations

import os
import platform
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from aishell import __version__, wiring
from aishell.actions.audit import read
from aishell.cli import stdio
from aishell.cli.extend import everything
from aishell.cli.parser import Parser
from aishell.config.load import names
from aishell.config.paths import Paths
from aishell.core.errors import AishellError, ExtensionFailed
from aishell.core.text import harmless
from aishell.extend.calling import call

_DOCTOR_S = 180.0
_LINES = 60
_LIBRARIES = (
    "llama-cpp-python", "textual", "prompt-toolkit", "rich", "numpy", "sqlite-utils", "shfmt-py", "onnxruntime", "tokenizers",
    "mcp", "duckdb", "plotext", "pillow",
)  # fmt: skip
_VARIABLES = (
    "TERM",
    "COLORTERM",
    "LANG",
    "LC_ALL",
    "SHELL",
    "TMUX",
    "SSH_CONNECTION",
    "WAYLAND_DISPLAY",
    "DISPLAY",
    "WSL_DISTRO_NAME",
)
"""Of the environment: whether they are set; only the first five are told with their values."""


def parser() -> Parser:
    made = Parser(prog="aishell bug-report", allow_abbrev=False)
    made.add_argument("--out", type=Path, metavar="FILE", help="another file than aishell-bug-report-TIME.txt here")
    made.add_argument("--no-doctor", action="store_true", help="without `aishell doctor`, which asks the model something")
    return made


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    paths = Paths.from_environment(dict(os.environ))
    file: Path = options.out or Path(f"aishell-bug-report-{time.strftime('%Y%m%d-%H%M%S')}.txt")
    text = _without_names(wiring.without_secrets("\n".join(_report(paths, doctor=not options.no_doctor))))
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="utf-8", errors="replace") as out:
            out.write(f"{text}\n")
    except OSError as error:
        raise AishellError(f"{file} cannot be written: {error.strerror}.", hint="Name another with --out FILE.") from error
    stdio.show(f"{file.absolute()}")
    stdio.say("aishell: nothing was sent. Read it through before you give it to anybody.")
    return 0


def _report(paths: Paths, *, doctor: bool) -> Iterator[str]:
    sections: list[tuple[str, Callable[[], Iterator[str]]]] = [
        ("versions", _versions),
        ("environment", _environment),
        ("settings that are not the default", lambda: _settings(paths)),
        ("what was added", lambda: _added(paths)),
        ("decisions, without what they were about", lambda: _decisions(paths)),
        ("the last faults of its own", lambda: _tail(paths.state / "crash.log")),
        ("the end of the engine's log", lambda: _tail(wiring.engine_log(paths))),
    ]
    sections += [("aishell doctor", _doctor)] if doctor else []
    for title, lines in sections:
        yield f"== {title}"
        try:
            yield from lines()
        except (AishellError, OSError) as error:  # that is news as well
            yield f"not known: {error}"
        yield ""


def _versions() -> Iterator[str]:
    from importlib.metadata import PackageNotFoundError, version

    yield f"aishell {__version__}"
    yield f"Python {platform.python_version()} ({platform.python_implementation()}), {platform.platform()}"
    for name in _LIBRARIES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"{name} is not installed"


def _environment() -> Iterator[str]:
    for name in _VARIABLES:
        value = os.environ.get(name)
        told = value if name in _VARIABLES[:5] else "set"
        yield f"{name}: {told if value else 'not set'}"
    yield f"AISHELL_*: {', '.join(sorted(name for name in os.environ if name.startswith('AISHELL_'))) or 'none'}"


def _settings(paths: Paths) -> Iterator[str]:
    """Numbers and choices as they are; of texts of the person's own only that they are set."""
    loaded, _ = wiring.settings()
    yield f"the file is {'there' if paths.config_file.exists() else 'not there'}"
    for name in names():
        if name in loaded.sources:
            section, key = name.split(".")
            value = getattr(getattr(loaded.settings, section), key)
            free = isinstance(value, str) and name not in ("model.use", "model.backend") and not name.startswith("ui.")
            yield f"{name} = {'(set)' if free else value}"


def _added(paths: Paths) -> Iterator[str]:
    loaded, _ = wiring.settings()
    problems: list[str] = []
    added = everything(paths, frozenset(loaded.settings.tools.reads.split()), problems.append)
    counts = {**{kind: len(found) for kind, found in added.items()}, "models elsewhere": len(loaded.settings.remote)}
    yield ", ".join(f"{count} {kind}" for kind, count in counts.items())
    yield from problems


def _decisions(paths: Paths) -> Iterator[str]:
    counts: Counter[str] = Counter()
    for entry in read(wiring.audit_file(paths)):
        kind = "unreadable" if entry is None else " ".join(str(entry.get(key)) for key in ("event", "by", "tier", "status"))
        counts[kind] += 1
    for kind, count in counts.most_common():
        yield f"{count:>7,}  {kind}"


def _tail(file: Path) -> Iterator[str]:
    if not file.exists():
        yield "none"
        return
    yield from file.read_text("utf-8", "replace").splitlines()[-_LINES:]


def _doctor() -> Iterator[str]:
    """In a process of its own: what cannot be loaded must not end this one."""
    argv = [sys.executable, "-m", "aishell", "doctor"]
    try:
        called = call(argv, given=b"", seconds=_DOCTOR_S, folder=os.getcwd(), environment=os.environ)
    except ExtensionFailed as error:
        yield str(error)
        return
    yield from (called.out + called.errors).decode("utf-8", "replace").splitlines()
    yield f"status {called.status}"


def _without_names(text: str) -> str:
    """Also without what names the person and the machine, as far as that is known."""
    home = os.path.expanduser("~")
    replaced = {home: "~", socket.gethostname(): "(host)", os.environ.get("USER", ""): "(user)"}
    for name, other in replaced.items():
        if len(name) > 3 and name not in ("root", "localhost"):
            text = text.replace(name, other)
    return harmless(text, colours=False)
