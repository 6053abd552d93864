"""The process that reads documents, from the side of the one that asks."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aishell.memory.documents.chunks import Chunk
from aishell.memory.documents.kinds import Kind

_LONGEST_ANSWER = 32 << 20
"""Bytes: 2,000 parts of 1,200 bytes, written as JSON in ASCII, are at most half of it."""
_NO_HASH = "-"
"""Of a file that no hash could be had of, so that it is left alone until it changes."""
_MOST_FILES = 2000
"""Read by one process; the next one starts with fresh memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    sha256: str = ""
    same: bool = False
    """It is what is known already."""
    title: str = ""
    chunks: tuple[Chunk, ...] = ()
    cut: bool = False
    """It has more parts than are kept."""
    problem: str = ""
    """Why it cannot be read; then there are no parts."""


class Reader:
    """Starts the process when it is first needed and replaces it when it dies or falls silent. Use it with `with`."""

    def __init__(self, *, patience_s: float = 30.0) -> None:
        self._patience_s = patience_s
        self._process: subprocess.Popen[bytes] | None = None
        self._files = 0

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def read(self, path: str, kind: Kind, *, known: str, most_bytes: int) -> Extract:
        """What is in the file, unless its sha256 is `known`."""
        if self._files >= _MOST_FILES:
            self._end()
        process = self._process = self._process or _start()
        self._files += 1
        line = json.dumps({"path": path, "kind": kind, "known": known, "most": most_bytes}) + "\n"
        try:
            answer = self._ask(process, line.encode())
        except BaseException:  # also Ctrl-C: half an answer must not be taken for that of the next file
            self._end()
            raise
        if isinstance(answer, str):
            self._end()
            return Extract(sha256=_NO_HASH, problem=answer)
        return _extract(answer)

    def _ask(self, process: subprocess.Popen[bytes], line: bytes) -> dict[str, Any] | str:
        """The answer, or why there is none."""
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):  # it died: reading says so
            process.stdin.write(line)
            process.stdin.flush()
        held = bytearray()
        until = time.monotonic() + self._patience_s
        while not held.endswith(b"\n"):
            left = until - time.monotonic()
            if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
                return "reading it takes too long"
            data = os.read(process.stdout.fileno(), 1 << 16)
            if not data:
                return "its reader gave up: it needs too much time or memory, or is damaged"
            held += data
            if len(held) > _LONGEST_ANSWER:
                return "there is too much in it"
        answer: dict[str, Any] = json.loads(held)
        return answer

    def _end(self) -> None:
        self._files = 0
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    if pipe:
                        pipe.close()


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "aishell.memory.documents.extract"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,  # Ctrl-C is for us
    )


def _extract(answer: dict[str, Any]) -> Extract:
    return Extract(
        sha256=answer.get("sha256", ""),
        same=answer.get("same", False),
        title=answer.get("title", ""),
        chunks=tuple(Chunk(text=text, headings=headings, place=place) for text, headings, place in answer.get("chunks", ())),
        cut=answer.get("cut", False),
        problem=answer.get("problem", ""),
    )
