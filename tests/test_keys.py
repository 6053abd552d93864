"""Emacs and vi keys: tables of keys to text, on a line that is a value."""

from __future__ import annotations

import pytest

from aishell.ui.editing.emacs import Emacs
from aishell.ui.editing.line import Line
from aishell.ui.editing.vi import Vi

E = "escape"


def press(keys: Emacs | Vi, pressed: list[str], text: str, at: int | None = None) -> tuple[str, list[str]]:
    """The text with the cursor as `|`, and what the keys ask for beyond it."""
    line = Line(text, len(text) if at is None else at)
    wants: list[str] = []
    for key in pressed:
        done = keys.press(key, line)
        if done is None and len(key) == 1:
            line = line.put(key)  # as the prompt does with what no key takes
        elif done:
            line = done.line
            wants += [done.wants] if done.wants else []
    return f"{line.text[: line.at]}|{line.text[line.at :]}", wants


@pytest.mark.parametrize(
    ("keys", "before", "after"),
    [
        (["ctrl+a", "x"], "ls", "x|ls"),
        (["ctrl+b", "ctrl+b", "ctrl+f", "x"], "ls", "lx|s"),
        (["alt+b", "alt+b"], "git commit -m", "git |commit -m"),
        (["ctrl+a", "alt+f", "alt+f"], "git commit -m", "git commit| -m"),
        (["ctrl+w"], "cat a/b.txt", "cat |"),
        (["alt+backspace"], "cat a/b.txt", "cat a/b.|"),
        (["ctrl+a", "alt+d"], "cat a", "| a"),
        (["ctrl+w", "ctrl+w", "ctrl+y"], "a b c", "a b c|"),
        (["ctrl+w", "ctrl+b", "ctrl+k", "ctrl+y", "alt+y"], "a b c", "a bc|"),
        (["ctrl+u"], "abc", "|"),
        (["ctrl+u"], "one\ntwo", "one\n|"),
        (["ctrl+u", "ctrl+u"], "one\ntwo", "one|"),
        (["ctrl+a", "ctrl+k", "ctrl+y", "ctrl+y"], "ab", "abab|"),
        (["ctrl+t"], "sl", "ls|"),
        (["ctrl+b", "ctrl+t"], "gti x", "gtix |"),
        (["alt+b", "alt+u"], "make test", "make TEST|"),
        (["ctrl+a", "alt+c", "alt+c"], "one two", "One Two|"),
        (["alt+b", "alt+l"], "x ABC", "x abc|"),
        (["backspace"], "ab", "a|"),
        (["ctrl+h", "ctrl+h", "ctrl+h"], "ab", "|"),
        (["ctrl+a", "delete"], "ab", "|b"),
        (["ctrl+a", "ctrl+d"], "ab", "|b"),
        (["backspace"], "e\u0301", "|"),  # a letter and its accent are one
        (["left", "x"], "👍🏽", "x|👍🏽"),
        (["left", "backspace"], "你好", "|好"),
        (["ctrl+y"], "a", "a|"),
    ],
)
def test_emacs_keys(keys: list[str], before: str, after: str) -> None:
    assert press(Emacs(), keys, before)[0] == after


@pytest.mark.parametrize(
    ("key", "wants"),
    [
        ("ctrl+p", "older"),
        ("ctrl+n", "newer"),
        ("alt+less_than_sign", "oldest"),
        ("alt+greater_than_sign", "newest"),
        ("ctrl+r", "search"),
        ("ctrl+underscore", "undo"),
        ("alt+full_stop", "last argument"),
        ("alt+number_sign", "submit"),
    ],
)
def test_emacs_keys_that_are_about_more_than_the_line(key: str, wants: str) -> None:
    assert press(Emacs(), [key], "x")[1] == [wants]


def test_ctrl_x_ctrl_u_takes_back() -> None:
    assert press(Emacs(), ["ctrl+x", "ctrl+u"], "x") == ("x|", ["undo"])


GIT = "git commit -m 'fix it'"


@pytest.mark.parametrize(
    ("keys", "before", "after"),
    [
        ("0dw", GIT, "|commit -m 'fix it'"),
        ("0d2w", GIT, "|-m 'fix it'"),
        ("02dw", GIT, "|-m 'fix it'"),
        ("02d2w", "a b c d e", "|e"),
        ("0cwsvn<", GIT, "sv|n commit -m 'fix it'"),
        ("0c2wz<", "aa bb cc", "|z cc"),
        ("0lcwz<", "aa bb", "a|z bb"),
        ("0cwz<", "a b", "|z b"),
        ("0wD", GIT, "git| "),
        ("0wCx<", GIT, "git |x"),
        ("0f'ci'x y<", GIT, "git commit -m 'x |y'"),
        ("0lci(1<", "f(a, b)", "f(|1)"),
        ("0wda(", "f (a b) c", "f | c"),
        ("dd", GIT, "|"),
        ("0x", GIT, "|it commit -m 'fix it'"),
        ("03x", GIT, "| commit -m 'fix it'"),
        ("3X", "abcdef", "ab|f"),
        ("bdb", GIT, "git commit -m '|it'"),
        ("0rG", GIT, "|Git commit -m 'fix it'"),
        ("03rx", "abcd", "xx|xd"),
        ("0wywP", GIT, "git commit| commit -m 'fix it'"),
        ("yyp", "ab", "ab\n|ab"),
        ("yyP", "ab", "|ab\nab"),
        ("0dt'", GIT, "|'fix it'"),
        ("0df'", GIT, "|fix it'"),
        ("dF-", "a -b", "a |b"),
        ("0fmx;x", GIT, "git comit -| 'fix it'"),
        ("0tm;;x", "amxmym", "amxm|m"),
        ("0fx,", "a x", "a |x"),
        ("$dT ", "a bc", "a |c"),
        ("0wdw.", GIT, "git |m 'fix it'"),
        ("0wcwpush<w.", GIT, "git push pus|hm 'fix it'"),
        ("Ahi<0.", "x", "xhih|i"),
        ("ccls<", GIT, "l|s"),
        ("Sls<", GIT, "l|s"),
        ("0sX<", "abc", "|Xbc"),
        ("Ahi<", "x", "xh|i"),
        ("Iecho <", "x", "echo| x"),
        ("0ax<", "ab", "a|xb"),
        ("ix<", "ab", "a|xb"),
        ("ox<", "ab", "ab\n|x"),
        ("Ox<", "ab", "|x\nab"),
        ("0~~", "git", "GI|t"),
        ("0wdiw", GIT, "git | -m 'fix it'"),
        ("0wdaw", GIT, "git |-m 'fix it'"),
        ("0wwdW", GIT, "git commit |'fix it'"),
        ("d0", "abc", "|c"),
        ("0d$", "abc", "|"),
        ("^x", "  ab", "  |b"),
        ("0ee", "one two", "one tw|o"),
        ("bb", "one two three", "one |two three"),
        ("0W", "a.b c", "a.b |c"),
        ("B", "a.b c.d e", "a.b |c.d e"),
        ("gex", "one two", "on| two"),
        ("0%", "(a (b) c)", "(a (b) c|)"),
        ("0d%", "(a) b", "| b"),
        ("3|", "abcd", "ab|cd"),
        ("gg", "one\ntwo", "|one\ntwo"),
        ("ggG", "one\ntwo", "one\n|two"),
        ("ggJ", "one\n two", "one| two"),
        ("ggdj", "one\ntwo\nthree", "|three"),
        ("dk", "one\ntwo\nthree", "|one"),
        ("kdd", "one\ntwo\nthree", "one\n|three"),
        ("xp", "ab", "a|b"),
        ("0xp", "ab", "b|a"),
        ("0yw3P", "ab ", "ab ab ab| ab "),
        ("0lylp", "你好吗", "你好|好吗"),
        ("d2", "abc", "ab|c"),
        ("dq", "abc", "ab|c"),
    ],
)
def test_vi_keys(keys: str, before: str, after: str) -> None:
    assert press(Vi(), [E, *(E if key == "<" else key for key in keys)], before)[0] == after


@pytest.mark.parametrize(
    ("keys", "wants"),
    [("k", ["older"]), ("j", ["newer"]), ("u", ["undo"]), ("/", ["search"]), ("n", ["older"]), ("#", ["submit"])],
)
def test_vi_keys_that_are_about_more_than_the_line(keys: str, wants: list[str]) -> None:
    assert press(Vi(), [E, *keys], "x")[1] == wants


def test_vi_types_in_insert_mode_and_begins_there() -> None:
    keys = Vi()
    assert press(keys, ["l", "s", "backspace", "l"], "")[0] == "ll|"
    press(keys, [E], "ll")
    assert keys.mode == "normal"
    keys.start()
    assert press(keys, ["x"], "")[0] == "x|"


def test_escape_and_a_key_that_arrive_as_one_are_two() -> None:
    keys = Vi()
    assert press(keys, ["alt+b"], "one two")[0] == "one |two"
    assert keys.mode == "normal"


def test_a_key_vi_does_not_know_changes_nothing() -> None:
    assert press(Vi(), [E, "Z", "Q", "ctrl+o"], "abc")[0] == "ab|c"
