"""The pieces of a terminal's stream, however it is cut; and what a shell writes down of itself, read back."""

from __future__ import annotations

import pytest

from aishell.actions.shell import state
from aishell.actions.shell.marks import Mark, Mode, Piece, Splitter

_NONCE = "0123456789abcdef0123456789abcdef"
_MARK = b"\x1b]633;" + _NONCE.encode() + b";"
_STREAM = (
    b"a\x1b[1mb" + _MARK + b"C\x07out\x1b]633;C\x07\x1b[?1049h\x1b[?25lscreen\x1b[?1049;25lx" + _MARK + b"D;17\x07\x1b"
    b"[?2004h" + _MARK + b"B\x07\xff\x00\x1b\x1b"
)


def told(pieces: list[Piece]) -> list[Piece]:
    """Pieces with neighbouring text joined."""
    joined: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, bytes) and joined and isinstance(joined[-1], bytes):
            joined[-1] += piece
        elif piece != b"":
            joined.append(piece)
    return joined


_EXPECTED: list[Piece] = [
    b"a\x1b[1mb",
    Mark("C", ""),
    b"out\x1b]633;C\x07",
    Mode(True, True),
    b"\x1b[?1049h\x1b[?25lscreen\x1b[?1049;25l",
    Mode(True, False),
    b"x",
    Mark("D", ";17"),
    Mode(False, True),
    b"\x1b[?2004h",
    Mark("B", ""),
    b"\xff\x00\x1b\x1b",
]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 13, 64, len(_STREAM)])
def test_a_stream_has_the_same_pieces_however_it_is_cut(size: int) -> None:
    splitter = Splitter(_NONCE)
    pieces = [piece for at in range(0, len(_STREAM), size) for piece in splitter.feed(_STREAM[at : at + size])]
    assert told([*pieces, splitter.flush()]) == _EXPECTED


@pytest.mark.parametrize("cut", range(1, len(_STREAM)))
def test_what_is_given_out_early_is_not_given_twice_and_marks_are_still_found(cut: int) -> None:
    splitter = Splitter(_NONCE)
    before, early, after = splitter.feed(_STREAM[:cut]), splitter.flush(), splitter.feed(_STREAM[cut:])
    after.append(splitter.flush())
    assert not splitter.holds
    assert [piece for piece in before + after if isinstance(piece, Mark)] == [
        piece for piece in _EXPECTED if isinstance(piece, Mark)
    ]
    whole = _text(_EXPECTED)
    assert (
        _text(before) + early + _text(after) == whole
        or (  # or else it was the first half of a mark
            _text(before) + _text(after) == whole and _MARK.startswith(early[: len(_MARK)])
        )
    )


def _text(pieces: list[Piece]) -> bytes:
    return b"".join(piece for piece in pieces if isinstance(piece, bytes))


def test_a_mark_that_never_ends_holds_nothing_back_for_long() -> None:
    splitter = Splitter(_NONCE)
    endless = _MARK + b"D" + b"9" * 100_000
    given = b"".join(
        piece
        for at in range(0, len(endless), 100)
        for piece in splitter.feed(endless[at : at + 100])
        if isinstance(piece, bytes)
    )
    assert len(given) > len(endless) - 300


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("plain", "plain"),
        ("'it'\\''s'", "it's"),
        (r'"a \"b\" \$c \`d\` \\e \f"', r'a "b" $c `d` \e \f'),
        (r"$'tab\tnew\nline \x41\101\u00e9 \'q\' \e[0m'", "tab\tnew\nline AA\u00e9 'q' \x1b[0m"),
        ('"two\nlines"', "two\nlines"),
        ("", ""),
    ],
)
def test_words_are_read_as_a_shell_means_them(word: str, meant: str) -> None:
    assert state.unquoted(word) == meant


def test_a_value_cannot_pretend_to_be_another_variable() -> None:
    listed = b'declare -x A="1\ndeclare -x PATH=/evil\n"\ndeclare -x PATH="/bin"\ndeclare -x EMPTY\ndeclare -ix N="5"\n'
    found = state.read(b"/home\0" + listed + b"\0alias -- -='cd -'\nalias ll='ls -l'\n\0f\ng\n_hidden\n")
    assert dict(found.variables) == {"A": "1\ndeclare -x PATH=/evil\n", "PATH": "/bin", "N": "5"}
    assert dict(found.aliases) == {"-": "cd -", "ll": "ls -l"}
    assert (found.cwd, found.functions) == ("/home", ("f", "g"))


def test_the_digest_is_that_of_what_matters() -> None:
    def digest(variables: bytes) -> str:
        return state.digest(b"/anywhere\0" + variables + b"\0\0")

    first = digest(b'declare -x A="1"\ndeclare -x PWD="/a"\ndeclare -x _="x"\n')
    assert digest(b'declare -x A="1"\ndeclare -x PWD="/b"\ndeclare -x _="y"\n') == first
    assert digest(b'declare -x A="2"\ndeclare -x PWD="/a"\ndeclare -x _="x"\n') != first
