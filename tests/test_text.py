"""Foreign bytes on their way to a terminal."""

from __future__ import annotations

import itertools
import random
import re

import pytest

from aishell.core.text import Sanitizer, one_line, visible


def clean(data: bytes, *cuts: int) -> str:
    sanitizer = Sanitizer()
    edges = [0, *sorted(cuts), len(data)]
    pieces = [data[a:b] for a, b in itertools.pairwise(edges)]
    return "".join(sanitizer.feed(piece) for piece in pieces) + sanitizer.feed(b"", final=True)


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"plain\ttext\n", "plain\ttext\n"),
        ("你好 é\n".encode(), "你好 é\n"),
        (b"\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m\x1b[0m"),
        (b"a\x1b[2Jb", "ab"),
        (b"a\x1b]52;c;aGk=\x07b", "ab"),
        (b"a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\b", "alinkb"),
        (b"a\x1bPq\x1b\\b", "ab"),
        ("a\x9b2Jb".encode(), "ab"),
        (b"a\x07b\x00c", "a␇b␀c"),
        ("a\u202eb\u200bc".encode(), "a<U+202E>b<U+200B>c"),
        (b"50%\r100%\r\n", "50%\n100%\n"),
        (b"a\x1b", "a␛"),
        (b"\xff\xfe", "��"),
    ],
)
def test_only_text_and_colours_reach_the_terminal_however_it_is_cut(data: bytes, shown: str) -> None:
    assert clean(data) == shown
    for cut in range(len(data) + 1):
        assert clean(data, cut) == shown


def test_random_bytes_cut_anywhere_leave_nothing_a_terminal_obeys() -> None:
    chance = random.Random(4)
    alphabet = b"\x1b[]P^_\\\x07\x9b\x9c\x9d;0123m?hJ\r\nab\xc2\x80\xe2\x80\xae"
    allowed = re.compile("(?:\x1b\\[[0-9;:]*m|[^\x00-\x08\x0b-\x1f\x7f-\x9f\u202e])*")
    for _ in range(20_000):
        data = bytes(chance.choice(alphabet) for _ in range(chance.randrange(1, 40)))
        cuts = [chance.randrange(len(data) + 1) for _ in range(3)]
        assert allowed.fullmatch(clean(data, *cuts)), data


def test_an_endless_sequence_is_shown_and_not_kept() -> None:
    sanitizer = Sanitizer()
    shown = "".join(sanitizer.feed(b"\x1b]0;" + b"x" * 1000) for _ in range(100))
    assert len(shown) > 90_000


def test_one_line_is_one_line() -> None:
    assert one_line("a\n b\x1b[2J\tc" + "x" * 300, 20) == "a b␛[2J cxxxxxxxxxx…"
    assert visible("rm\u00a0x\u200d") == "rm\u00a0x<U+200D>"
