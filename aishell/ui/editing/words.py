"""The words of a line and what each of them is there for; whether the line is finished."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from aishell.ui.editing.lexing import Lexed, Token, lex

Role = Literal["command", "keyword", "assignment", "argument", "target"]
"""A target is where a redirection leads."""
Look = Literal[
    "command", "unknown", "keyword", "assignment", "option", "quoted", "variable", "operator", "redirect", "comment", "heredoc"
]

_WORD_KINDS = frozenset(("text", "quoted", "variable"))
_BEFORE_A_COMMAND = frozenset("if then elif else while until do ! { } time fi done esac coproc".split())
_KEYWORDS = _BEFORE_A_COMMAND | frozenset("for select case function in [[ ]]".split())
_PREFIXES = frozenset("sudo doas env nice ionice nohup exec command builtin watch strace stdbuf setsid xargs".split())
_OPENS = {"if": "fi", "for": "done", "select": "done", "while": "done", "until": "done", "case": "esac", "{": "}"}
_CLOSES = frozenset(_OPENS.values())
_LONGEST_READ = 100_000
"""Characters; reading more would be felt, and nobody types so much."""
_WAITS_FOR_MORE = ("|", "|&", "&&", "||")


class Word(NamedTuple):
    start: int
    end: int
    role: Role
    program: str
    """The command whose argument it is."""


class Span(NamedTuple):
    start: int
    end: int
    look: Look


def words(text: str, lexed: Lexed) -> Iterator[Word]:
    """The words in order. A word is cut where a substitution stands in it."""
    expects: list[tuple[Role, str]] = [("command", "")]
    """One for each depth: what the next word is, and whose argument."""
    run: list[Token] = []
    for token in (*lexed.tokens, None):
        if run and (token is None or token.kind not in _WORD_KINDS or token.depth != run[0].depth):
            word, expects[-1] = _word(text, run[0].start, run[-1].end, *expects[-1])
            yield word
            run = []
        if token is None:
            return
        closes = len(expects) - 1 > token.depth
        del expects[token.depth + 1 :]
        if token.kind in _WORD_KINDS:
            run.append(token)
        elif token.kind == "redirect":
            expects[-1] = ("target", expects[-1][1])
        elif token.kind in ("operator", "substitution"):
            _separate(text, token, expects, closes=closes)


def _separate(text: str, token: Token, expects: list[tuple[Role, str]], *, closes: bool) -> None:
    """What is expected behind an operator, or inside what it opens."""
    if token.kind == "substitution" and closes:  # the second of two backquotes
        return
    if token.kind == "substitution" or text[token.start : token.end] == "(":
        if expects[-1][0] == "command":
            expects[-1] = ("argument", "")
        expects.append(("command", ""))
    elif text[token.start] == ")" and closes:
        if text[token.start - 1] == "(":  # the name of a function stood before it
            expects[-1] = ("command", "")
    elif expects[-1][1] != "[[":
        expects[-1] = ("command", "")


def _word(text: str, start: int, end: int, role: Role, program: str) -> tuple[Word, tuple[Role, str]]:
    """The word, and what comes after it."""
    written = text[start:end]
    if role == "target":
        return Word(start, end, "target", program), ("argument" if program else "command", program)
    if program == "[[" and written == "]]":
        return Word(start, end, "keyword", ""), ("argument", "")
    if role == "argument":
        return Word(start, end, "argument", program), (role, program)
    if written in _KEYWORDS:
        return Word(start, end, "keyword", ""), (
            "command" if written in _BEFORE_A_COMMAND else "argument",
            "[[" * (written == "[["),
        )
    name, equals, _ = written.partition("=")
    if equals and name.rstrip("+").isidentifier():
        return Word(start, end, "assignment", ""), ("command", "")
    if program in _PREFIXES and written.startswith("-"):
        return Word(start, end, "argument", program), (role, program)
    return Word(start, end, "command", program), ("command" if written in _PREFIXES else "argument", written)


def unfinished(text: str) -> bool:
    """Whether a shell would ask for more lines: open quotes, brackets and here-documents, `do` without `done`, a final `|`."""
    if len(text) > _LONGEST_READ:
        return False
    lexed = lex(text)
    if lexed.open:
        return True
    last = next((token for token in reversed(lexed.tokens) if token.kind not in ("blank", "comment")), None)
    if last and last.kind == "operator" and text[last.start : last.end] in _WAITS_FOR_MORE:
        return True
    waiting: list[str] = []
    for word in words(text, lexed):
        written = text[word.start : word.end]
        if word.role != "keyword":
            continue
        if written in _OPENS:
            waiting.append(_OPENS[written])
        elif waiting and written == waiting[-1]:
            waiting.pop()
    return bool(waiting)


def looks(text: str, is_command: Callable[[str], bool]) -> list[Span]:
    """What to colour and how, in order; later spans lie on top of earlier ones."""
    lexed = lex(text)
    spans = [span for word in words(text, lexed) if (span := _look(text, word, is_command))]
    for token in lexed.tokens:
        if token.kind in ("quoted", "variable", "redirect", "comment", "heredoc", "operator"):
            spans.append(Span(token.start, token.end, token.kind))
        elif token.kind == "substitution":
            spans.append(Span(token.start, token.end, "variable"))
    return spans


def _look(text: str, word: Word, is_command: Callable[[str], bool]) -> Span | None:
    written = text[word.start : word.end]
    if word.role in ("keyword", "assignment"):
        return Span(word.start, word.end, word.role)
    if word.role == "command":
        known = "$" in written or is_command(written.replace("\\", "").strip("'\""))
        return Span(word.start, word.end, "command" if known else "unknown")
    return Span(word.start, word.end, "option") if written.startswith("-") and len(written) > 1 else None


def last_argument(text: str) -> str:
    """The last word, as Alt-. takes it from the line before."""
    *_, last = (Word(0, 0, "argument", ""), *words(text, lex(text)))
    return text[last.start : last.end]
