"""Foreign bytes on their way to a terminal."""

from __future__ import annotations

import itertools
import random
import re

import pytest

from aishell.core.text import RESET, Sanitizer, capped, has_hidden, one_line, visible
from bench.sanitize import ALLOWED, cut, hostile, through_terminal


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
        (b"a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\b", "alink <http://x>b"),
        (b"a\x1bPq\x1b\\b", "ab"),
        ("a\x9b2Jb".encode(), "ab"),
        (b"a\x07b\x00c", "a␇b␀c"),
        ("a\u202eb\u200bc".encode(), "a<U+202E>b<U+200B>c"),
        (b"50%\r100%\r\n", "50%\n100%\n"),
        (b"a\x1b", "a␛"),
        (b"\xff\xfe", "��"),
        (b"a\x9b2Jb\x9d0;t\x07", "a�2Jb�0;t␇"),
        (b"\x1b]8;;http://x\x07text", "text <http://x>"),
        (b"\x1b]8;id=1;http://x\x07one\x1b]8;;http://y\x07two\x1b]8;;\x07", "one <http://x>two <http://y>"),
        (b"\x1b]8;;http://x/\xe2\x80\xae\x07t\x1b]8;;\x07", "t <http://x/<U+202E>>"),
        (b"\x1b[8mhidden\x1b[0;08mhidden", "hiddenhidden"),
        (b"\x1b[38;5;8mgrey\x1b[48;2;8;8;8mdark", "\x1b[38;5;8mgrey\x1b[48;2;8;8;8mdark\x1b[0m"),
        (b"\x1b[38;5;8;8mhidden", "hidden"),
        (b"\x1b[" + b"1;" * 40 + b"mmany", "many"),
        (b"\x1b[99999mbig", "big"),
        (b"\x1b[>4;2m\x1b[?1mprivate", "private"),
        (b"\x1b]0;one\ntwo\x07", "␛]0;one\ntwo␇"),
        ("x\U000e0041\U000e0100y\u061c\u3164".encode(), "x<U+E0041><U+E0100>y<U+061C><U+3164>"),
        ("❤\ufe0f".encode(), "❤\ufe0f"),
    ],
)
def test_only_text_and_colours_reach_the_terminal_however_it_is_cut(data: bytes, shown: str) -> None:
    assert clean(data) == shown
    for at in range(len(data) + 1):
        assert clean(data, at) == shown


def test_random_sequences_leave_nothing_a_terminal_obeys_and_look_the_same_however_they_are_cut() -> None:
    chance = random.Random(4)
    for _ in range(20_000):
        data = hostile(chance)
        whole = clean(data)
        assert ALLOWED.fullmatch(whole), data
        sanitizer = Sanitizer()
        pieces = "".join(map(sanitizer.feed, cut(chance, data))) + sanitizer.feed(b"", final=True)
        assert pieces == whole, data


def test_nothing_forbidden_arrives_at_the_other_side_of_a_terminal() -> None:
    assert not ALLOWED.fullmatch("a\x1b[2Jb")
    forbidden, captured = through_terminal(5_000, seed=9)
    assert forbidden == 0
    assert captured > 100_000


def test_without_colours_no_escape_is_left() -> None:
    chance = random.Random(5)
    for _ in range(2_000):
        sanitizer = Sanitizer(colours=False)
        assert "\x1b" not in sanitizer.feed(hostile(chance), final=True)


def test_an_endless_sequence_is_shown_and_not_kept() -> None:
    sanitizer = Sanitizer()
    shown = "".join(sanitizer.feed(b"\x1b]0;" + b"x" * 1000) for _ in range(100))
    assert len(shown) > 90_000


@pytest.mark.parametrize("introducer", [b"\x1b]", b"\x1b[", b"\xc2\x9d", b"\x1bP", b"\x1b]8;;", b"\r"])
def test_at_most_four_kilobytes_are_held_back(introducer: bytes) -> None:
    sanitizer = Sanitizer()
    held = 0
    for byte in introducer + "é".encode() * 3000:
        held += 1
        if sanitizer.feed(bytes([byte])):
            break
    assert held <= 4096


def test_a_sequence_is_dropped_or_shown_by_its_length_not_by_where_it_is_cut() -> None:
    for size in (1000, 1017, 1018, 1019, 1020, 1021, 2000):
        data = b"a\x1b]0;" + b"x" * size + b"\x1b\\b"
        assert {clean(data, at) for at in (0, 3, 900, size, size + 3, size + 6, size + 7)} == {clean(data)}


def test_one_line_is_one_line() -> None:
    assert one_line("a\n b\x1b[2J\tc" + "x" * 300, 20) == "a b␛[2J cxxxxxxxxxx…"
    assert visible("rm\u00a0x\u200d") == "rm\u00a0x<U+200D>"


def test_a_long_text_is_shown_by_its_ends() -> None:
    assert capped("short\x07") == "short␇"
    shown = capped("a" * 5000 + "z" * 5000, 100)
    assert shown == "a" * 50 + "\n[9900 characters left out]\n" + "z" * 50


def test_undecodable_names_are_shown_and_can_be_encoded() -> None:
    name = b"caf\xe9\x9b2J".decode("utf-8", "surrogateescape")
    assert visible(name) == "caf<U+DCE9><U+DC9B>2J"
    assert has_hidden(name)
    visible(name).encode()


def test_the_reset_leaves_every_mode_and_does_not_move_the_cursor() -> None:
    for mode in ("?1047l", "?1000l", "?1006l", "?2004l", "?25h"):
        assert f"\x1b[{mode}" in RESET
    assert "\x1b7\x1b[r\x1b8" in RESET  # all rows scroll, and the cursor is back where it was
    assert not re.search(r"\x1b(\[[\d;]*[A-Hf]|c|8)|1049", RESET.replace("\x1b7\x1b[r\x1b8", ""))
