"""What programs say about themselves, as text: their manual pages, and what they print for `--help`.

The page is what `man` shows. A program without one says what it can do only when it is run with `--help`, and running a foreign
program is not harmless: some take --help for a file name. So it is run only where it can do nothing: by bubblewrap, with every
file read-only, an empty home and no network; and only one that lies in a system folder and belongs to root.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aishell.core.errors import AishellError, TookTooLong, UsageError
from aishell.core.programs import Origin

WIDE = 5000
"""Columns in which a paragraph of a manual page is one line."""
_COLUMNS = 100
_NAME = re.compile(r"[A-Za-z0-9_\[][A-Za-z0-9_.+@:\[-]{0,99}")
_SUBCOMMAND = re.compile(r"[a-z][a-z0-9-]{0,40}")
_OVERSTRUCK = re.compile(r".\x08")
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_SUMMARY = re.compile(r"\s+[-–—]{1,2}\s+")
_NO_SUMMARY = re.compile(r"(?i)usage\b|or:|-|this is not|\S+ [\[<{-]|\S+: ")
"""Lines of a help text that are usage, options or complaints."""
_SYSTEM = ("/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/", "/usr/local/bin/", "/usr/games/")
PROGRAMS = "1:8:6"
"""The sections of the manual that are about programs."""
_SHORTEST = 200
"""Characters; what is shorter is a page that only says where to look."""
_MOST_BYTES = 4 << 20
_MAN_S, _HELP_S = 10, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Manual:
    name: str
    summary: str
    text: str
    origin: Origin


def is_name(name: str) -> bool:
    """Whether `name` can be handed to `man` as a program's."""
    return bool(_NAME.fullmatch(name))


def read_manual(name: str) -> Manual:
    """What a program says about itself, for reading. Raises UsageError, AishellError."""
    if not is_name(name):
        raise UsageError(f"{name!r} is not the name of a program.")
    if page := man_page(name):
        return Manual(name=name, summary=man_summary(page), text=page, origin="man")
    text = help_text(name)
    return Manual(name=name, summary=help_summary(text, name), text=text, origin="--help")


def man_page(name: str, *, sections: str = "", columns: int = _COLUMNS) -> str:
    """A manual page; empty when there is none, or `man` is not here. Raises TookTooLong."""
    if not is_name(name) or not shutil.which("man"):
        return ""
    text = _output(["man", *(["-S", sections] if sections else []), "--", name], _MAN_S, columns)
    return text if len(text) > _SHORTEST else ""


def man_summary(text: str) -> str:
    """`tar - an archiving utility` of the section NAME, without the name."""
    match = re.search(r"^NAME\n((?:[ \t]+.*\n)+)", text, re.M)
    line = " ".join(match[1].split()) if match else ""
    parts = _SUMMARY.split(f" {line}", maxsplit=1)
    return (parts[1] if len(parts) > 1 else line)[:300]


def help_text(name: str, subcommands: Sequence[str] = (), *, harmless: bool = False) -> str:
    """What the program prints for --help, or for that of a subcommand. Raises AishellError when it may not, or cannot, be run.

    `harmless`: it is known to do nothing but print, so that it is run also where there is no bubblewrap.
    """
    path = system_file(name)
    if not path:
        raise AishellError(
            f"There is no manual page for {name}, and no program of that name in the system's folders.",
            hint="Only a program of the system is asked for its --help. What it prints can be added as a file.",
        )
    words = [path, *(word for word in subcommands if _SUBCOMMAND.fullmatch(word)), "--help"]
    command = confined(words) or (words if harmless else None)
    if not command:
        raise AishellError(
            f"There is no manual page for {name}, and without bubblewrap {name} --help is not run.",
            hint="Install the package bubblewrap, or add what it prints as a file.",
        )
    text = _output(command, _HELP_S, _COLUMNS)
    if text.startswith("bwrap: "):
        raise AishellError(f"{name} --help cannot be run where it can do nothing ({text.strip()[:200]}).")
    if not re.search(r"(?i)usage|options", text):
        raise AishellError(f"There is no manual page for {name}, and it does not understand --help.")
    return text


def own_help(words: Sequence[str]) -> str:
    """What a program of ours, run by these words, prints for --help; empty when it complains. Raises TookTooLong."""
    return _output([*words, "--help"], _HELP_S, _COLUMNS, errors=False)


def help_summary(text: str, name: str) -> str:
    """The first line of a help text that says what the program is for; empty when none does."""
    for line in text.splitlines():
        if line.strip().startswith("-"):
            return ""  # what stands behind the options is about something else
        begins = line[:3].strip()[:1].isupper() or (line.startswith(f"{name} ") and "  " not in line.strip())
        if begins and not _NO_SUMMARY.match(line) and not line.rstrip().endswith(":"):
            return line.strip()[:200]
    return ""


def builtin_help(name: str) -> str:
    """What bash's `help` says about one of its builtins; empty when it is none. Raises TookTooLong."""
    if not (bash := shutil.which("bash", path="/usr/bin:/bin")) or not re.fullmatch(r"[a-z]{2,12}|[.:\[]", name):
        return ""
    pattern = f"[{name}]" if name in ".:[" else name  # else a pattern that many names fit
    return _output([bash, "--norc", "--noprofile", "-c", 'help -- "$1"', "help", pattern], _HELP_S, _COLUMNS, errors=False)


def system_file(name: str) -> str:
    """The program of this name in the system's folders, followed to its file; empty when there is none that is the system's."""
    found = shutil.which(name, path=os.pathsep.join(folder.rstrip("/") for folder in _SYSTEM))
    path = os.path.realpath(found) if found else ""
    return path if _belongs_to_the_system(path) else ""


def confined(command: Sequence[str]) -> list[str] | None:
    """What runs a command where every file is read-only, the home folder and /tmp are empty and there is no network; None
    without bubblewrap."""
    bubblewrap = shutil.which("bwrap")
    if not bubblewrap:
        return None
    empty = [word for folder in ("/run", str(Path.home()), "/tmp") for word in ("--tmpfs", folder)]
    walls = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", *empty, "--chdir", "/tmp"]
    return [bubblewrap, *walls, "--unshare-all", "--die-with-parent", "--new-session", "--", *command]


def cleaned(data: bytes) -> str:
    """Text without overstriking (bold and underlined in a terminal's old way) and colours."""
    text = data.decode("utf-8", "replace").replace("\0", "")
    return _ESCAPES.sub("", _OVERSTRUCK.sub("", text))


def _belongs_to_the_system(path: str) -> bool:
    try:
        status = os.stat(path)
    except OSError:
        return False
    kept = status.st_uid == 0 and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH | stat.S_ISUID | stat.S_ISGID)
    return kept and stat.S_ISREG(status.st_mode) and path.startswith((*_SYSTEM, "/usr/lib/", "/usr/libexec/", "/usr/share/"))


def _output(command: list[str], seconds: float, columns: int, *, errors: bool = True) -> str:
    """What a program writes, or else complains (`errors`), cleaned and bounded; empty when it says nothing.

    Raises TookTooLong.
    """
    variables = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8", "TERM": "dumb"}
    variables |= {"MANPAGER": "cat", "PAGER": "cat", "COLUMNS": str(_COLUMNS), "MANWIDTH": str(columns)}
    with (
        tempfile.TemporaryDirectory(prefix="aishell-") as empty,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        variables |= {"HOME": empty} | {name: os.environ[name] for name in ("MANPATH",) if name in os.environ}
        process = subprocess.Popen(
            ["prlimit", f"--fsize={_MOST_BYTES}", "--", *command] if shutil.which("prlimit") else command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=empty,
            env=variables,
            start_new_session=True,
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired as late:
            raise TookTooLong(f"{command[-2]} {command[-1]} did not answer within {seconds:g} seconds.") from late
        finally:
            _end(process)
        for file in (out, err):
            file.seek(0)
            if (text := cleaned(file.read(_MOST_BYTES))).strip() and (file is out or (errors and command[0] != "man")):
                return text
    return ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """The program and everything it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
