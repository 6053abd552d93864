"""`python -m aishell.memory.documents.extract`: a process that reads documents for another one.

A document may be made to take all memory, to compute for ever or to break the library that reads it, so it is read where none
of that matters: memory and time are limited, no file can be written, and the process that asks ends this one when it is silent.

In: a line of JSON for each document, `path`, `kind`, `known` (a sha256), `most` (bytes). Out: a line for each, `sha256` and
`problem`, or `same`, or `title`, `cut` and `chunks` (text, headings, place).
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import resource
import stat
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

from aishell.memory.documents.chunks import Chunk, Piece, chunks
from aishell.memory.documents.plain import NotText, code, decoded, markdown, paragraphs, table
from aishell.memory.documents.rich import docx, html, html_title, pdf

MOST_CHUNKS = 2000
_MEMORY = 1 << 30
_CPU_S = 20


def main() -> int:
    os.nice(10)
    for limit, most in ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (most, most))
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what a library prints must not be taken for an answer
    for line in sys.stdin:
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = int(used.ru_utime + used.ru_stime) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (spent + _CPU_S, resource.RLIM_INFINITY))
        answers.write(json.dumps(answer(json.loads(line))) + "\n")
        answers.flush()
    return 0


def answer(wanted: dict[str, Any]) -> dict[str, Any]:
    """What is said about one document."""
    found: dict[str, Any] = {}
    try:
        data = _bytes(wanted["path"], int(wanted["most"]))
        found["sha256"] = hashlib.sha256(data).hexdigest()
        if found["sha256"] == wanted["known"]:
            return {**found, "same": True}
        title, pieces = _pieces(wanted["kind"], data, wanted["path"])
        parts = [*islice(chunks(pieces), MOST_CHUNKS + 1)]
        if not parts:  # a scanned page, say
            raise NotText("there is no text in it")
        listed = [[part.text, part.headings, part.place] for part in map(_storable, parts[:MOST_CHUNKS])]
        return {**found, "title": _clean(title), "cut": len(parts) > MOST_CHUNKS, "chunks": listed}
    except OSError as error:
        return {**found, "problem": error.strerror or "it cannot be read"}
    except NotText as error:
        return {**found, "problem": str(error)}
    except (csv.Error, ValueError) as error:  # of a library that meets something it does not expect
        return {**found, "problem": f"it cannot be read ({type(error).__name__})"}
    except RecursionError:
        return {**found, "problem": "it is nested too deeply"}
    except MemoryError:
        return {**found, "problem": "it needs too much memory"}


def _bytes(path: str, most: int) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotText("it is not a file")
        data = file.read(most + 1)
    if len(data) > most:
        raise NotText("it is too large")
    return data


def _pieces(kind: str, data: bytes, path: str) -> tuple[str, Iterator[Piece]]:
    """The title, where the file has one of its own, and what is in it."""
    if kind == "pdf":
        return "", pdf(data)
    if kind == "docx":
        return "", docx(data)
    text = decoded(data)
    match kind:
        case "html":
            return html_title(text), html(text)
        case "markdown":
            return "", markdown(text)
        case "code":
            return "", code(text)
        case "csv":
            return "", table(text, tabs=path.lower().endswith((".tsv", ".tab")))
    return "", paragraphs(text)


def _storable(part: Chunk) -> Chunk:
    return Chunk(text=_clean(part.text), headings=_clean(part.headings), place=_clean(part.place))


def _clean(text: str) -> str:
    """Without what a database cannot keep."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


if __name__ == "__main__":
    sys.exit(main())
