"""What the prompt knows about a line: its words, whether it is finished, its route, and what a paste holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from aishell.core.text import has_hidden
from aishell.ui.editing.lexing import lex
from aishell.ui.editing.line import right
from aishell.ui.editing.paste import pasted
from aishell.ui.editing.routing import flipped, routed
from aishell.ui.editing.words import last_argument, looks, unfinished, words
from tests.prompting import sources


@pytest.mark.parametrize(
    ("text", "open_still"),
    [
        ("ls", False),
        ("echo 'a", True),
        ('echo "a', True),
        ('echo "a $(ls "b")"', False),
        ("echo `date", True),
        ("echo $(date", True),
        ("echo ${a", True),
        ("(ls", True),
        ("ls |", True),
        ("ls && # then", True),
        ("ls &", False),
        ("echo a \\", True),
        ("cat <<EOF", True),
        ("cat <<EOF\na\nEOF", False),
        ("cat <<-'X' <<Y\n\tX\nY", False),
        ("cat <<-'X' <<Y\n\tX", True),
        ("for i in a; do", True),
        ("for i in a; do ls; done", False),
        ("if true; then if x; then y; fi", True),
        ("case $x in a) ls;; esac", False),
        ("f() {", True),
        ("f() { ls; }", False),
        ("echo for while if", False),
        ("echo it\\'s", False),
        ("echo $'it\\'s'", False),
        ("[[ -f x && -d y ]]", False),
    ],
)
def test_a_line_that_a_shell_would_ask_more_of_is_known(text: str, open_still: bool) -> None:
    assert unfinished(text) == open_still


@pytest.mark.parametrize(
    "text", ["ls -l 'a b' > x # c", 'x "$(a `b` ${c})"', "\\", "$", "<<", "'", '$"a', "a\n\tb", "((", "你好 `", "<(x"]
)
def test_tokens_cover_the_text_exactly(text: str) -> None:
    tokens = lex(text).tokens
    assert "".join(text[token.start : token.end] for token in tokens) == text


def test_words_know_what_they_are_there_for() -> None:
    text = 'A=1 sudo ls -l "x $(wc -l y)" > out | grep z'
    roles = [(text[word.start : word.end], word.role) for word in words(text, lex(text))]
    assert roles == [
        ("A=1", "assignment"),
        ("sudo", "command"),
        ("ls", "command"),
        ("-l", "argument"),
        ('"x ', "argument"),
        ("wc", "command"),
        ("-l", "argument"),
        ("y", "argument"),
        ('"', "argument"),
        ("out", "target"),
        ("grep", "command"),
        ("z", "argument"),
    ]


def test_an_unknown_command_looks_unknown() -> None:
    found = {
        ("ls -l nope | nope"[span.start : span.end], span.look) for span in looks("ls -l nope | nope", {"ls"}.__contains__)
    }
    assert {("ls", "command"), ("nope", "unknown"), ("-l", "option"), ("|", "operator")} <= found


def test_the_last_argument_is_a_whole_word() -> None:
    assert last_argument("cp a 'b c'") == "'b c'"
    assert last_argument("ls") == "ls"


def route(line: str) -> tuple[str, str]:
    return routed(line, sources(Path("/nonexistent")).route)


@pytest.mark.parametrize(
    ("text", "turned", "where"),
    [
        ("ls -l", "?ls -l", "words"),
        ("?ls -l", "ls -l", "shell"),
        ("list my big files", "!list my big files", "shell"),
        ("!list my big files", "list my big files", "words"),
        ("？list my files", "!list my files", "shell"),
        ("! true", "?! true", "words"),
        (" ls", " ?ls", "words"),
        ("remember that x is y", "?remember that x is y", "words"),
        ("# a comment", "?# a comment", "words"),
    ],
)
def test_one_key_turns_the_route_round_and_says_so_in_the_line(text: str, turned: str, where: str) -> None:
    given = sources(Path("/nonexistent")).route
    assert flipped(text, given) == turned
    assert routed(turned, given)[0] == where


def test_a_comment_is_for_nobody() -> None:
    assert route("# not now: rm -rf x") == ("comment", "# not now: rm -rf x")


def test_a_paste_shows_what_it_holds_and_does_not_end_the_line() -> None:
    assert pasted("ls\n") == ("ls", "")
    assert pasted("a\r\nb\rc\n").text == "a\nb\nc"
    assert "3 lines" in pasted("a\nb\nc").notice
    evil = pasted("ls\x1b[201~\x08\u202e; rm -rf ~\n")
    assert not has_hidden(evil.text)
    assert "cannot be seen" in evil.notice


def test_a_character_with_all_that_is_drawn_onto_it_is_one_step() -> None:
    assert right("e\u0301x", 0) == 2
    assert right("👩\u200d💻x", 0) == 3
    assert right("你好", 0) == 1
