#!/usr/bin/env python3
"""Foreign bytes through the sanitiser and a real pseudo-terminal: what gets through that must not, and how fast it is.

Byte strings come from a grammar of escape sequences as programs and attackers send them, then are mutated, cut into chunks
anywhere, written to a terminal by the sanitiser, and read back at its other side.
"""

from __future__ import annotations

import os
import pty
import random
import re
import sys
import threading
import time
import tty
from collections.abc import Iterator
from typing import Any

from aishell.core.text import Sanitizer
from bench.common import machine, options, report

_PER_TERMINAL = 500
"""Strings between two looks at what has arrived."""
_MEGABYTES = 64

# Everything a terminal may receive: text, newline, tab, and SGR with bounded parameters.
ALLOWED = re.compile(
    "(?:\x1b\\[[0-9]{0,3}(?:[;:][0-9]{0,3}){0,23}m|[^\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\U000e0000-\U000e0fff])*"
)
_WORDS = (b"ls ", b"total 12\n", b"\xe4\xbd\xa0\xe5\xa5\xbd", b"na\xc3\xafve", b"rm -rf /\r", b"ok\n", b"\t", b"0", b";", b"m")
_ALPHABET = b"\x1b\x1b[]P^_\\\x07\x08\x9b\x9c\x9d\x90\xc2;:0123458mhHJKlq?! \r\nab\xe2\x80\xae\x8b\xef\xbb\xbf\xf3\xa0\x81\x81"


def hostile(chance: random.Random) -> bytes:
    """A short byte string out of real escape sequences, damaged here and there."""
    data = bytearray()
    for _ in range(chance.randrange(1, 6)):
        data += _sequence(chance)
    for _ in range(chance.choice((0, 0, 1, 2, 5))):
        at = chance.randrange(len(data) + 1)
        change = chance.randrange(3)
        if change == 0:
            data.insert(at, chance.choice(_ALPHABET))
        elif change == 1:
            del data[at : at + chance.randrange(1, 4)]
        else:
            data[at:at] = data[max(0, at - 8) : at]
    return bytes(data)


def _sequence(chance: random.Random) -> bytes:
    number = str(chance.choice((0, 1, 2, 8, 31, 38, 52, 104, 1049, 2004, 99999))).encode()
    introduce = chance.choice((b"\x1b", b"\x1b", b"\x1b\x1b", b""))
    csi = chance.choice((b"\x1b[", b"\xc2\x9b", b"\x9b"))
    end = chance.choice((b"\x07", b"\x1b\\", b"\xc2\x9c", b"\x9c", b"", b"\n"))
    text = chance.choice(_WORDS)
    return (
        lambda: csi + number + b";" + number + chance.choice((b"m", b"m", b"H", b"J", b"n", b"t", b"r", b" q", b"$p")),
        lambda: csi + chance.choice((b"?", b">", b"=", b"!")) + number + chance.choice((b"h", b"l", b"p", b"c", b"u", b"m")),
        lambda: csi + b";".join([number] * chance.randrange(40)) + b"m",
        lambda: chance.choice((b"\x1b]", b"\xc2\x9d", b"\x9d")) + number + b";c;" + text + end,
        lambda: b"\x1b]8;;http://" + text + end + text + b"\x1b]8;;" + end,
        lambda: introduce + chance.choice((b"P", b"X", b"^", b"_", b"k")) + number + b"+q" + text + end,
        lambda: introduce + chance.choice((b"c", b"(0", b"#8", b"7", b"8", b"=", b"Z", b"N", b"%G", b" F")),
        lambda: text,
        lambda: bytes(chance.choice(_ALPHABET) for _ in range(chance.randrange(1, 12))),
        lambda: "\u202e\u2066\u200b\ufeff\U000e0041\u00ad\u061c"[chance.randrange(7)].encode() + text,
        lambda: bytes([chance.randrange(256)]),
    )[chance.randrange(11)]()


def cut(chance: random.Random, data: bytes) -> Iterator[bytes]:
    """`data` in up to four chunks, cut anywhere."""
    edges = sorted(chance.randrange(len(data) + 1) for _ in range(3))
    for begin, end in zip([0, *edges], [*edges, len(data)], strict=True):
        yield data[begin:end]


def main() -> int:
    arguments = options(__doc__ or "").parse_args()
    count = 100_000 if arguments.quick else 1_000_000
    began = time.perf_counter()
    forbidden, captured = through_terminal(count, seed=20)
    result: dict[str, Any] = {
        "machine": machine(),
        "strings": count,
        "captured_bytes": captured,
        "with_forbidden_bytes": forbidden,
        "seconds": round(time.perf_counter() - began, 1),
        "MB_per_s": {name: _speed(text) for name, text in _texts().items()},
        "hostile_MB_per_s": {name: _speed(text, megabytes=4) for name, text in _worst().items()},
    }
    report(result, as_json=arguments.json)
    return 1 if forbidden else 0


def through_terminal(count: int, *, seed: int) -> tuple[int, int]:
    """How many batches held a forbidden byte at the terminal's other side, and how many bytes arrived there."""
    chance = random.Random(seed)
    ours, theirs = pty.openpty()
    tty.setraw(theirs)  # the terminal's own newline and echo translation would only add bytes
    forbidden = captured = 0
    try:
        while count > 0:
            batch = "".join(_clean(chance, hostile(chance)) for _ in range(min(count, _PER_TERMINAL))).encode() + b"\n"
            count -= _PER_TERMINAL
            arrived = _carry(ours, theirs, batch)
            captured += len(arrived)
            forbidden += not ALLOWED.fullmatch(arrived.decode())
    finally:
        os.close(ours)
        os.close(theirs)
    return forbidden, captured


def _clean(chance: random.Random, data: bytes) -> str:
    sanitizer = Sanitizer()
    return "".join(map(sanitizer.feed, cut(chance, data))) + sanitizer.feed(b"", final=True)


def _carry(ours: int, theirs: int, data: bytes) -> bytes:
    """`data` written at one side of a terminal, as read at the other."""

    def write() -> None:
        rest = data
        while rest:
            rest = rest[os.write(theirs, rest) :]

    writer = threading.Thread(target=write)
    writer.start()
    arrived = bytearray()
    while len(arrived) < len(data):
        arrived += os.read(ours, 1 << 16)
    writer.join()
    return bytes(arrived)


def _texts() -> dict[str, bytes]:
    """Ordinary output, 64 KiB of each."""
    listing = b"".join(b"-rw-r--r-- 1 root root %6d Nov 26 00:31 file%d.txt\n" % (n * 37, n) for n in range(2000))
    coloured = b"".join(b"\x1b[0m\x1b[01;34mfolder%d\x1b[0m\n" % n for n in range(5000))
    chinese = "文件列表：第一个文件 report.txt，共 12 行\n".encode() * 2000
    return {"ascii": listing[: 1 << 16], "coloured": coloured[: 1 << 16], "chinese": chinese[: (1 << 16) - 1]}


def _worst() -> dict[str, bytes]:
    """Texts made to be slow."""
    return {
        "strings never ended": b"\x1b]" * (1 << 15),
        "C1 strings never ended": b"\xc2\x9d" * (1 << 15),
        "one long string": b"\x1b]0;" + b"x" * (1 << 16),
        "digits without end": b"\x1b[" + b"1;" * (1 << 15),
        "control characters": b"\x01" * (1 << 16),
    }


def _speed(text: bytes, *, megabytes: int = _MEGABYTES) -> float:
    sanitizer = Sanitizer()
    rounds = max(1, (megabytes << 20) // len(text))
    began = time.perf_counter()
    for _ in range(rounds):
        sanitizer.feed(text)
    return round(rounds * len(text) / (time.perf_counter() - began) / 1e6, 1)


if __name__ == "__main__":
    sys.exit(main())
