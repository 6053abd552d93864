"""Output of line programs as a terminal would show it: against what is known, and against readline's own idea of its line."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from aishell.core.text import has_hidden
from aishell.ui.terminal.cells import Line, chopped
from aishell.ui.terminal.pen import PLAIN, Pen, repainted
from aishell.ui.terminal.text import TerminalText
from bench.sanitize import cut, hostile
from tests.pty_shell import PtyShell


def shown(data: bytes, columns: int = 20, rows: int = 5, *, newline_returns: bool = False) -> list[str]:
    text = TerminalText(columns, rows, newline_returns=newline_returns)
    text.feed(data, final=True)
    return [text[index].text.rstrip() for index in range(len(text))]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"one\r\ntwo\r\n", ["one", "two"]),
        (b"one\ntwo", ["one", "   two"]),
        (b" 10%\r100%\r\n", ["100%"]),
        (b"abc\b\bX", ["aXc"]),
        (b"a\tb", ["a       b"]),
        (b"abc\x1b[2D\x1b[K", ["a"]),
        (b"abc\x1b[1K.", ["   ."]),
        (b"one\r\ntwo\r\nthree\x1b[2A\r\x1b[2Knew", ["new", "two", "three"]),
        (b"one\r\ntwo\x1b[A\x1b[J", ["one"]),
        (b"abc\x1b[2G\x1b[@\x1b[4G\x1b[P", ["a b"]),
        (b"abcdef\x1b[2G\x1b[3X", ["a   ef"]),
        (b"a\r\nb\r\nc\x1b[2;1H\x1b[L\x1b[Mx", ["a", "x", "c"]),
        (b"ab\x1b7\r\ncd\x1b8X", ["abX", "cd"]),
        (b"x\x1b[4b", ["xxxxx"]),
        (b"0123456789012345678", ["0123456789012345678"]),
        (b"01234567890123456789", ["01234567890123456789"]),
        (b"01234567890123456789a", ["01234567890123456789", "a"]),
        (b"01234567890123456789\r\nb", ["01234567890123456789", "b"]),
        (b"01234567890123456789\rX", ["X1234567890123456789"]),
        ("0123456789012345678文".encode(), ["0123456789012345678", "文"]),
        ("文件\x1b[2GX".encode(), [" X件"]),
        ("文件\x1b[3GX".encode(), ["文X"]),
        ("e\u0301a\x1b[2GX".encode(), ["e\u0301X"]),
        (b"a\x1b]0;title\x07b\x1b]8;;http://x\x1b\\c\x1bPq#0\x1b\\d", ["abcd"]),
        (b"a\x1b]0;never ended\r\nb", ["a", "b"]),
        (b"\xff\xfe\xc3", ["\ufffd\ufffd\ufffd"]),
        ("a\u202eb\u200bc\u009b31md\u0085".encode(), ["a<U+202E>b<U+200B>cd", "<U+0085>"]),
        (b"\x00\x07\x0e\x0f\x7fa", ["a"]),
        (b"1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7", ["1", "2", "3", "4", "5", "6", "7"]),
        (b"1\r\n2\r\n3\r\n4\r\n5\r\n6\x1b[Htop", ["1", "top", "3", "4", "5", "6"]),
        (b"old\r\n\x1b[H\x1b[2J\x1b[3Jnew", ["new"]),
        (b"\x1b[?1049ha\x1b[>4;2mb\x1b[!pc\x1b(Bd\x1b[1?2he", ["abcde"]),
        (b"\x1b[12\x1b[mx\x1b[\r\ny", ["x", "y"]),
    ],
)
def test_a_line_program_looks_as_on_a_terminal_however_its_output_is_cut(data: bytes, lines: list[str]) -> None:
    assert shown(data) == lines
    for at in range(len(data) + 1):
        text = TerminalText(20, 5)
        text.feed(data[:at])
        text.feed(data[at:], final=True)
        assert [text[index].text.rstrip() for index in range(len(text))] == lines


def test_a_newline_from_a_pipe_also_returns() -> None:
    assert shown(b"one\ntwo\n", newline_returns=True) == ["one", "two"]


def test_the_bars_of_apt_stay_below_what_is_printed() -> None:
    bar = b"\x1b7\x1b[5;0f\x1b[42m\x1b[30mProgress: [%3d%%]\x1b[49m\x1b[39m\x1b8"
    data = b"\n\x1b7\x1b[0;4r\x1b8\x1b[1A" + bar % 0
    for number in range(6):
        data += b"unpacking %d\r\n" % number + bar % (number * 20)
    assert shown(data)[-1] == "Progress: [100%]"
    assert shown(data + b"\x1b7\x1b[0;5r\x1b8\x1b[J") == [f"unpacking {number}" for number in range(6)]


def test_a_block_of_bars_is_drawn_over_itself() -> None:
    draw = b"".join(b"layer %d: %%3d%%%%\x1b[K\r\n" % number for number in range(3))
    frames = [(draw.replace(b"%3d%%", b"%3d%%" % percent)) for percent in range(0, 101, 10)]
    assert shown(b"\x1b[3A".join(frames).replace(b"%%", b"%")) == [f"layer {number}: 100%" for number in range(3)]


@pytest.mark.parametrize(
    ("parameters", "pen"),
    [
        ("1;31", Pen(bold=True, foreground=1)),
        ("38;5;208;4", Pen(foreground=208, underline=True)),
        ("38;2;1;2;3;7", Pen(foreground=(1, 2, 3), reverse=True)),
        ("48:2::1:2:3;3", Pen(background=(1, 2, 3), italic=True)),
        ("4:3", Pen(underline=True)),
        ("97;102", Pen(foreground=15, background=10)),
        ("1;0", PLAIN),
        ("", PLAIN),
        ("8", PLAIN),
        ("38;5", PLAIN),
        ("99999;2", Pen(dim=True)),
    ],
)
def test_colours_and_attributes(parameters: str, pen: Pen) -> None:
    assert repainted(PLAIN, parameters) == (pen if not parameters.startswith("99999") else repainted(PLAIN, "0;2"))


def test_each_stretch_of_a_line_has_its_look_also_when_it_came_by_the_short_way() -> None:
    red, bold = Pen(foreground=1), Pen(foreground=1, bold=True)
    for before in (b"", b"x\b \b"):  # the second is not a whole line of text and colours
        text = TerminalText()
        text.feed(before + "a\x1b[31m文\u200b\x1b[1mc\x1b[0md\r\n".encode())
        assert text[0] == Line(text="a文<U+200B>cd", runs=((1, PLAIN), (10, red), (11, bold), (12, PLAIN)))


def test_what_is_held_is_bounded_and_what_is_not_is_counted() -> None:
    text = TerminalText(80, 24, first=5, last=50)
    for number in range(10_000):
        text.feed(b"line %d\r\n" % number)
    held = [text[index].text for index in range(len(text))]
    assert held[:5] == [f"line {number}" for number in range(5)]
    assert held[-1] == "line 9999"
    first, left_out = text.gap
    assert first == 5
    assert held[5] == f"line {5 + left_out}"
    assert left_out + len(held) == 10_000
    text.feed(b"x" * 1_000_000)
    assert len(text) <= 5 + 50 + 24
    assert max(cell_len(text[index].text) for index in range(len(text))) == 80


def test_rows_that_a_terminal_has_broken_are_one_line_again_in_a_copy() -> None:
    for line in ("0123456789" * 7, "文件" * 30):
        text = TerminalText(20, 5)
        text.feed(f"{line}\r\nend".encode())
        assert list(text.lines()) == [line, "end"]


def test_hostile_output_leaves_only_what_can_be_seen_and_is_the_same_however_it_is_cut() -> None:
    chance = random.Random(7)
    for _ in range(4_000):
        data = b"".join(hostile(chance) for _ in range(3))
        whole, pieces = TerminalText(30, 6), TerminalText(30, 6)
        whole.feed(data, final=True)
        for piece in cut(chance, data):
            pieces.feed(piece)
        pieces.feed(b"", final=True)
        lines = [whole[index] for index in range(len(whole))]
        assert lines == [pieces[index] for index in range(len(pieces))], data
        assert not any(has_hidden(line.text) or re.search("[\n\t]", line.text) for line in lines)
        assert all(cell_len(line.text) <= 30 for line in lines)


def test_text_is_cut_between_characters_and_never_wider_than_asked() -> None:
    chance = random.Random(3)
    for _ in range(2_000):
        text = "".join(chance.choice("ab文件e\u0301❤\ufe0f") for _ in range(chance.randrange(40)))
        width = chance.randrange(2, 12)
        pieces = chopped(text, width)
        assert all(cell_len(piece) <= width for piece in pieces)
        assert "".join(pieces) == text


def test_only_questions_with_fixed_answers_are_answered() -> None:
    text = TerminalText(20, 5)
    text.feed(b"ab\r\nc\x1b[6n\x1b[5n\x1b[c\x1b[>c\x1b]10;?\x07\x1b[21t\x1bP+q544e\x1b\\")
    assert text.answers() == b"\x1b[2;2R\x1b[0n\x1b[?6c"
    assert text.answers() == b""


_KEYS = [*(b"a b c d e 1 2 " * 3).split(), *"文 件 é".encode().split(), *[b" "] * 4]
_MOVES = b"\x01 \x05 \x02 \x06 \x1bb \x1bf \x7f \x04 \x17 \x19 \x0b \x1b[D \x1b[C \x14".split(b" ")
_RC = """PS1="% "
bind -x '"\\C-xd": printf "%s\\n%s" "$READLINE_POINT" "$READLINE_LINE" > FILE.new; mv FILE.new FILE'
"""


@pytest.mark.parametrize("seed", range(12))
def test_what_is_edited_with_readline_stands_there_as_readline_has_it(seed: int, tmp_path: Path) -> None:
    """bash itself tells its line and cursor, after every few keys, on a terminal so narrow that the line is broken."""
    columns = 24
    told, rc = tmp_path / "line", tmp_path / "rc"
    rc.write_text(_RC.replace("FILE", str(told)))
    chance = random.Random(seed)
    text = TerminalText(columns, 8)
    with PtyShell(["bash", "--rcfile", str(rc), "-i"], columns, 8, home=tmp_path) as shell:
        text.feed(shell.until(b"% "))
        for _ in range(25):
            keys = [chance.choice(_KEYS if chance.random() < 0.75 else _MOVES) for _ in range(6)]
            shell.write(b"".join(keys) + b"\x18d")
            text.feed(shell.until_file(told))
            point, line = told.read_text("utf-8").split("\n", 1)
            told.unlink()
            wanted = (f"% {line}".rstrip(), _place(f"% {line}", 2 + int(point), columns))
            while _edited(text) != wanted and (more := shell.more(1.0)):
                text.feed(more)
            assert _edited(text) == wanted, keys


def _edited(text: TerminalText) -> tuple[str, tuple[int, int]]:
    """The line at the prompt, and the cursor's row, counted from the prompt's, and cell."""
    prompt = max((index for index in range(len(text)) if text[index].text.startswith("% ")), default=-1)
    y, x = text.cursor
    return "".join(list(text.lines())[-1:]).rstrip(), (y - prompt, x)


def _place(line: str, point: int, columns: int) -> tuple[int, int]:
    """The row and cell that character `point` of a broken line stands in."""
    x = y = 0
    for character in f"{line} "[: point + 1]:
        if x + cell_len(character) > columns:
            x, y = 0, y + 1
        x += cell_len(character)
    return y, x - cell_len(f"{line} "[point])
