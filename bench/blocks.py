#!/usr/bin/env python3
"""What output costs on its way into a block: the terminal model alone, and a frame of the screen while output arrives."""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from typing import Any

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll

from aishell.ui.terminal.text import TerminalText
from aishell.ui.widgets.command_block import CommandBlock
from aishell.ui.words import Words
from bench.common import machine, options, percentiles, report

_CHUNK = 1 << 16


def main() -> int:
    arguments = options(__doc__ or "").parse_args()
    quick = arguments.quick
    result: dict[str, Any] = {
        "machine": machine(),
        "gigabyte": _gigabyte(256 if quick else 1024),  # first, while the process is still small
        "model_MB_per_s": {name: _speed(text, 16 if quick else 128) for name, text in _texts().items()},
        "hostile_MB_per_s": {name: _speed(text, 1) for name, text in _worst().items()},
        "screen": asyncio.run(_screen(3.0 if quick else 10.0)),
    }
    report(result, as_json=arguments.json)
    return 0


def _texts() -> dict[str, bytes]:
    """Ordinary output as it comes out of a terminal, about 64 KiB of each."""
    listing = b"".join(b"-rw-r--r-- 1 root root %6d Nov 26 00:31 file%d.txt\r\n" % (n * 37, n) for n in range(2000))
    coloured = b"".join(b"\x1b[0m\x1b[01;34mfolder%d\x1b[0m\r\n" % n for n in range(5000))
    chinese = "文件列表：第一个文件 report.txt，共 12 行\r\n".encode() * 2000
    return {
        "ascii": listing[:_CHUNK],
        "coloured": coloured[:_CHUNK],
        "chinese": chinese[:_CHUNK],
        "no newline": b"x" * _CHUNK,
        "bare newlines": listing[:_CHUNK].replace(b"\r", b""),
        "progress bars": b"\r 50% [=====>     ] downloading" * 2000,
    }


def _worst() -> dict[str, bytes]:
    """Texts made to be slow."""
    return {
        "titles never ended": b"\x1b]" * (_CHUNK // 2),
        "sequences never ended": b"\x1b[" * (_CHUNK // 2),
        "numbers without end": b"\x1b[" + b"1;" * (_CHUNK // 2),
        "colours without a newline": b"\x1b[31ma" * (_CHUNK // 6),
        "accents": "\u0301".encode() * (_CHUNK // 2),
        "backspaces": b"\b" * _CHUNK,
        "rows inserted": b"\x1b[H\x1b[9999L" * (_CHUNK // 10),
        "repeats": b"x\x1b[9999b" * (_CHUNK // 8),
    }


def _speed(text: bytes, megabytes: int) -> float:
    model = TerminalText()
    rounds = max(1, (megabytes << 20) // len(text))
    began = time.process_time()
    for _ in range(rounds):
        model.feed(text)
    return round(rounds * len(text) / (time.process_time() - began) / 1e6, 1)


def _gigabyte(megabytes: int) -> dict[str, float]:
    """How much memory a block has taken after so much output of unlike lines."""
    before = _rss_mb()
    model = TerminalText()
    fed = number = 0
    while fed < megabytes << 20:
        data = b"".join(b"%d %s\r\n" % (number + line, b"x" * (line % 70)) for line in range(1500))
        number += 1500
        model.feed(data)
        fed += len(data)
    return {
        "fed_MB": fed >> 20,
        "held_lines": len(model),
        "left_out": model.gap[1],
        "more_RSS_MB": round(_rss_mb() - before, 1),
    }


def _rss_mb() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


class _Column(App[None]):
    """A column of ended blocks, with one below them that output is arriving in."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = [CommandBlock("ls -l", folder="/srv", say=Words()) for _ in range(50)]
        self.running = CommandBlock("make", folder="/srv", say=Words())

    def compose(self) -> ComposeResult:
        with VerticalScroll() as column:
            column.anchor()
            yield from self.ended
            yield self.running

    def on_mount(self) -> None:
        for block in self.ended:
            block.write(b"one\r\ntwo\r\n" * 10)
            block.ended(0, 0.1)


async def _screen(seconds: float) -> dict[str, Any]:
    """How late an event loop's timer of 10 ms is while 14 MB/s arrive: that long a key would wait; and the time to be drawn."""
    app = _Column()
    text = _texts()
    found: dict[str, Any] = {}
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.5)
        for name, data in (("ascii", text["ascii"]), ("coloured", text["coloured"])):
            late: list[float] = []
            begun, fed = time.monotonic(), 0
            while (now := time.monotonic()) - begun < seconds:
                while fed < (now - begun) * 14e6 and time.monotonic() - now < 0.02:
                    app.running.write(data[:16384])
                    fed += 16384
                before = time.monotonic()
                await asyncio.sleep(0.01)
                late.append((time.monotonic() - before - 0.01) * 1e3)
            found[name] = {"MB_per_s": round(fed / seconds / 1e6, 1), "loop_late_ms": percentiles(late)}
        app.running.write(b"\x1b[0m\r\n")
        found["written_to_drawn_ms"] = percentiles([await _until_drawn(app, number) for number in range(30)])
    return found


async def _until_drawn(app: _Column, number: int) -> float:
    """From writing a line to its being in what the screen draws."""
    mark = f"mark {number}."
    began = time.monotonic()
    app.running.write(f"{mark}\r\n".encode())
    for _ in range(1_000):
        if mark in "".join(strip.text for strip in app.screen._compositor.render_strips()):
            break
        await asyncio.sleep(0.001)
    took = (time.monotonic() - began) * 1e3
    await asyncio.sleep(0.1)
    return took


if __name__ == "__main__":
    sys.exit(main())
