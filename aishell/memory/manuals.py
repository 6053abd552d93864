"""Manual pages of installed programs, for the programs a person names.

The page is what `man` shows. A program without one says what it can do only when it is run with `--help`, and running a foreign
program is not harmless: some take --help for a file name. So it is run only where it can do nothing: by bubblewrap, with every
file read-only, an empty home and no network; and only one that lies in a system folder and belongs to root.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aishell.core.errors import AishellError, UsageError
from aishell.memory.documents.chunks import Piece, chunks
from aishell.memory.documents.keep import keep_document
from aishell.memory.documents.reader import Extract
from aishell.memory.documents.roots import MANUALS, remember
from aishell.memory.store import Store

_NAME = re.compile(r"[A-Za-z0-9_\[][A-Za-z0-9_.+@:\[-]{0,99}")
_OVERSTRUCK = re.compile(r".\x08")
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_SUMMARY = re.compile(r"\s+[-–—]{1,2}\s+")
_SYSTEM = ("/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/", "/usr/local/bin/", "/usr/games/")
_HEADING = re.compile(r"( {3})?([^-\s].{0,78}?):?")
_HYPHEN = re.compile("\u2010\n")
_MOST_BYTES = 4 << 20
_MAN_S, _HELP_S = 20, 5
_LARGEST_ENTRY = 600
"""Bytes up to which options share a part: a smaller part is found by one option, and says little else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manual:
    name: str
    summary: str
    text: str
    origin: str
    """man or --help."""


def read_manual(name: str) -> Manual:
    """What a program says about itself. Raises UsageError, AishellError."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is not the name of a program.")
    text = _output(["man", "--", name], _MAN_S) if shutil.which("man") else ""
    if len(text) > 200:
        return Manual(name=name, summary=_man_summary(text), text=text, origin="man")
    text = _help(name)
    first = next((line.strip() for line in text.splitlines() if line.strip() and not re.match(r"(?i)\s*usage\b", line)), "")
    return Manual(name=name, summary=first[:200], text=text, origin="--help")


def add_manual(store: Store, manual: Manual) -> bool:
    """Keep it; whether anything in it is new."""
    path = f"{MANUALS}{manual.name}"
    digest = hashlib.sha256(manual.text.encode("utf-8", "replace")).hexdigest()
    if store.db.execute("SELECT 1 FROM documents WHERE path = ? AND sha256 = ?", (path, digest)).fetchone():
        return False
    root = remember(store, MANUALS, trust="imported", collection="manuals")
    with store.write() as db:
        db.execute(
            "INSERT INTO programs (name, source, summary) VALUES (?, 'man', ?)"
            " ON CONFLICT (name, source) DO UPDATE SET summary = excluded.summary",
            (manual.name, store.redact(manual.summary)),
        )
    extract = Extract(sha256=digest, title=manual.summary, chunks=tuple(chunks(_grouped(_pieces(manual.text)))))
    keep_document(
        store,
        root=root.id,
        path=path,
        kind="manual",
        name=manual.name,
        size=len(manual.text),
        mtime_ns=time.time_ns(),
        trust="imported",
        extract=extract,
    )
    return True


def known_manuals(store: Store) -> list[str]:
    """The names of the programs whose manuals are kept."""
    rows = store.db.execute("SELECT path FROM documents WHERE path LIKE ? ORDER BY path", (f"{MANUALS}%",))
    return [path.removeprefix(MANUALS) for (path,) in rows]


def cleaned(data: bytes) -> str:
    """Text without overstriking (bold and underlined in a terminal's old way) and colours."""
    text = data.decode("utf-8", "replace").replace("\0", "")
    return _ESCAPES.sub("", _OVERSTRUCK.sub("", text))


def _man_summary(text: str) -> str:
    """`tar - an archiving utility` of the section NAME, without the name."""
    match = re.search(r"^NAME\n((?:[ \t]+.*\n)+)", text, re.M)
    line = " ".join(match[1].split()) if match else ""
    parts = _SUMMARY.split(f" {line}", maxsplit=1)
    return (parts[1] if len(parts) > 1 else line)[:300]


def _pieces(text: str) -> Iterator[Piece]:
    """Paragraphs below the section they stand in, a line that begins in the first column, or the part of one, in the fourth."""
    section, part = "", ""
    held: list[str] = []
    for line in (*text.splitlines()[1:], "", "."):  # the first line is the page's title
        title = _HEADING.fullmatch(line)
        if held and (title or not line.strip()):
            yield Piece(text=_HYPHEN.sub("", "\n".join(held)), headings=tuple(filter(None, (section, part))))
            held = []
        if title:
            section, part = (section, title[2]) if title[1] else (title[2], "")
        elif line.strip():
            held.append(" ".join(line.split()))


def _grouped(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Options in small parts, each beginning with an option; other text is left to be put together as usual."""
    held: list[Piece] = []
    for piece in pieces:
        size = sum(len(one.text) for one in held) + len(piece.text)
        if held and (piece.headings != held[0].headings or size > _LARGEST_ENTRY or not piece.text.startswith("-")):
            yield Piece(text="\n".join(one.text for one in held), headings=held[0].headings, whole=size <= 2 * _LARGEST_ENTRY)
            held = []
        if piece.text.startswith("-"):
            held.append(piece)
        else:
            yield piece
    if held:
        yield Piece(text="\n".join(one.text for one in held), headings=held[0].headings)


def _help(name: str) -> str:
    """What the program prints for --help. Raises AishellError when it may not, or cannot, be run."""
    path = os.path.realpath(shutil.which(name, path=os.pathsep.join(folder.rstrip("/") for folder in _SYSTEM)) or "")
    if not _belongs_to_the_system(path):
        raise AishellError(
            f"There is no manual page for {name}, and no program of that name in the system's folders.",
            hint="Only a program of the system is asked for its --help. What it prints can be added as a file.",
        )
    if not (command := confined([path, "--help"])):
        raise AishellError(
            f"There is no manual page for {name}, and without bubblewrap {name} --help is not run.",
            hint="Install the package bubblewrap, or add what it prints as a file.",
        )
    text = _output(command, _HELP_S)
    if text.startswith("bwrap: "):
        raise AishellError(f"{name} --help cannot be run where it can do nothing ({text.strip()[:200]}).")
    if not re.search(r"(?i)usage|options", text):
        raise AishellError(f"There is no manual page for {name}, and it does not understand --help.")
    return text


def confined(command: list[str]) -> list[str] | None:
    """What runs a command where every file is read-only, the home folder and /tmp are empty and there is no network; None
    without bubblewrap."""
    bubblewrap = shutil.which("bwrap")
    if not bubblewrap:
        return None
    walls = [
        bubblewrap,
        "--ro-bind",
        "/",
        "/",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        "--tmpfs",
        "/run",
        "--tmpfs",
        str(Path.home()),
    ]
    walls += ["--tmpfs", "/tmp", "--chdir", "/tmp", "--unshare-all", "--die-with-parent", "--new-session", "--", *command]
    return walls


def _belongs_to_the_system(path: str) -> bool:
    try:
        status = os.stat(path)
    except OSError:
        return False
    kept = status.st_uid == 0 and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH | stat.S_ISUID | stat.S_ISGID)
    return kept and stat.S_ISREG(status.st_mode) and path.startswith((*_SYSTEM, "/usr/lib/", "/usr/libexec/", "/usr/share/"))


def _output(command: list[str], seconds: float) -> str:
    """What a program writes, or else complains, cleaned and bounded; empty when it says nothing."""
    variables = {
        "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
        "COLUMNS": "100",
        "MANWIDTH": "100",
    }
    with (
        tempfile.TemporaryDirectory(prefix="aishell-") as empty,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        variables |= {"HOME": empty, "MANPAGER": "cat", "PAGER": "cat"} | {
            name: os.environ[name] for name in ("MANPATH",) if name in os.environ
        }
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
            with suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
        finally:
            _end(process)
        for file in (out, err):
            file.seek(0)
            if (text := cleaned(file.read(_MOST_BYTES))).strip() and (file is out or command[0] != "man"):
                return text
    return ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """The program and everything it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
