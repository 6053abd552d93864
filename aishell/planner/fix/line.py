"""A command line as words with their places, also one that no shell can parse, so that one word can be written anew.

It decides nothing about safety: what comes of it is parsed and judged like any other command.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

_BLANK = re.compile(r"[ \t]+|\\\n")
_REDIRECT = re.compile(r"\d*(?:<<<|<<-?|<>|>>|>\||>&|<&|<(?!\()|>(?!\())|&>>?")
_OPERATOR = re.compile(r"&&|\|\||;;|\|&|[|&;\n()]")
_PIECE = re.compile(
    r"""(?P<single>'[^']*('|$)) | (?P<double>"(?:[^"\\]|\\.)*("|$)) | (?P<escape>\\.)
    | (?P<inner>\$\(\([^)]*\)\)|\$\([^()]*\)|`[^`]*`)
    | (?P<variable>\$\{[^}]*\}|\$\w+|\$) | (?P<plain>[^\s'"\\$`;&|()<>]+|[\\`])""",
    re.X | re.S,
)
_SUBSTITUTION = re.compile(r"\$\(([^()]*)\)")
_ASSIGNMENT = re.compile(r"\w+\+?=")
_GLOB = re.compile(r"[*?]|\[.+\]")
_KEYWORDS = frozenset("if then elif else do while until ! { time".split())
_CARRIERS = frozenset("sudo doas env nohup time nice command exec xargs setsid watch".split())
"""They run the program that follows them."""
_CARRIED_VALUES = {"sudo": "ugpCh", "env": "uC", "nice": "n", "xargs": "InLPds", "watch": "n"}
"""Their short options that take the next word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    kind: Literal["word", "operator", "redirect"]
    text: str
    """As written."""
    start: int
    end: int
    value: str = ""
    """A word without its quotes; empty when only the shell can know it."""
    glob: bool = False
    """It has a pattern that the shell expands."""
    open: str = ""
    """The quote that is still open at its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simple:
    """A simple command: its words, and what its input and output go to."""

    words: tuple[Token, ...]
    redirects: tuple[tuple[Token, Token], ...] = ()
    """Each operator with its target."""
    at: int = 0
    """Where in `words` the program stands, behind assignments and `sudo`."""

    @property
    def program(self) -> Token | None:
        return self.words[self.at] if self.at < len(self.words) else None

    @property
    def arguments(self) -> tuple[Token, ...]:
        return self.words[self.at + 1 :]

    @property
    def carriers(self) -> tuple[Token, ...]:
        return self.words[: self.at]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    text: str
    tokens: tuple[Token, ...]
    simples: tuple[Simple, ...]
    """Those inside `$(...)` come last."""

    @classmethod
    def of(cls, text: str) -> Line:
        tokens = tuple(_tokens(text))
        simples = list(_simples(tokens))
        for token in tokens:
            for found in () if token.text.startswith("'") else _SUBSTITUTION.finditer(token.text):
                begins = token.start + found.start(1)
                simples += _simples(tuple(_moved(inner, begins) for inner in _tokens(found[1])))
        return cls(text=text, tokens=tokens, simples=tuple(simples))

    @property
    def words(self) -> tuple[Token, ...]:
        return tuple(token for token in self.tokens if token.kind == "word")

    def edited(self, changes: Mapping[Token, str]) -> str:
        """The line with other text in the place of some tokens."""
        text = self.text
        for token in sorted(changes, key=lambda each: -each.start):
            text = text[: token.start] + changes[token] + text[token.end :]
        return text

    def with_words(self, changes: Mapping[Token, str]) -> str:
        """The same for words, each written so that the shell takes it for that text."""
        return self.edited({token: quoted(value) for token, value in changes.items()})

    def without(self, token: Token) -> str:
        return f"{self.text[: token.start].rstrip()} {self.text[token.end :].lstrip()}".strip()

    def joined(self, first: Token, last: Token, value: str) -> str:
        """The line with one word of that text in the place of all from `first` to `last`."""
        return self.text[: first.start] + quoted(value) + self.text[last.end :]


_CHANGE_THE_SHELL = frozenset("cd pushd popd export unset source . alias unalias set shopt umask exec".split())


def needs_shell(text: str, names: Collection[str] = ()) -> bool:
    """Whether a line means something only in the person's own shell: it changes that, or uses one of its `names`.

    In `(...)` or a pipe nothing changes it.
    """
    line = Line.of(text)
    if any(simple.program and simple.program.value in names for simple in line.simples):
        return True
    parted = any(token.kind == "operator" and token.text in ("|", "(", "|&", "&") for token in line.tokens)
    assigns = any(all(_ASSIGNMENT.match(word.text) for word in simple.words) for simple in line.simples)
    return not parted and (assigns or any(s.program and s.program.value in _CHANGE_THE_SHELL for s in line.simples))


def quoted(value: str) -> str:
    """`value` as one word of a shell line; a leading `~/` keeps its meaning."""
    return f"~/{shlex.quote(value[2:])}" if value.startswith("~/") and len(value) > 2 else shlex.quote(value)


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        if blank := _BLANK.match(text, at):
            at = blank.end()
        elif text[at] == "#" and (at == 0 or text[at - 1].isspace()):
            at = len(text)
        elif found := _REDIRECT.match(text, at):
            yield Token(kind="redirect", text=found[0], start=at, end=found.end())
            at = found.end()
        elif found := _OPERATOR.match(text, at):
            yield Token(kind="operator", text=found[0], start=at, end=found.end())
            at = found.end()
        else:
            word = _word(text, at)
            yield word
            at = word.end


def _moved(token: Token, by: int) -> Token:
    return replace(token, start=token.start + by, end=token.end + by)


def _word(text: str, start: int) -> Token:
    at, value, known, glob, still_open = start, "", True, False, ""
    while at < len(text) and (piece := _PIECE.match(text, at)):
        at, kind, found = piece.end(), piece.lastgroup, piece[0]
        if piece["single"] is not None or piece["double"] is not None:
            mark = found[0]
            closed = len(found) > 1 and found.endswith(mark)
            inside = found[1:-1] if closed else found[1:]
            still_open = "" if closed else mark
            known = known and not (mark == '"' and re.search(r"[$`]", inside))
            value += re.sub(r'\\(["\\$`])', r"\1", inside) if mark == '"' else inside
        elif kind == "escape":
            value += found[1:]
        elif kind == "plain":
            glob = glob or bool(_GLOB.search(found))
            value += found
        else:
            known = False
    at = max(at, start + 1)
    return Token(
        kind="word", text=text[start:at], start=start, end=at, value=value if known else "", glob=glob, open=still_open
    )


def _simples(tokens: tuple[Token, ...]) -> Iterator[Simple]:
    words: list[Token] = []
    redirects: list[tuple[Token, Token]] = []
    waiting: Token | None = None
    for token in (*tokens, None):
        if token is None or token.kind == "operator":
            if words or redirects:
                yield Simple(words=tuple(words), redirects=tuple(redirects), at=_program(words))
            words, redirects, waiting = [], [], None
        elif token.kind == "redirect":
            waiting = token
        elif waiting:
            redirects.append((waiting, token))
            waiting = None
        elif words or token.text not in _KEYWORDS:
            words.append(token)


def _program(words: list[Token]) -> int:
    """The index of the first word that is neither an assignment nor one of the programs that run another."""
    at, carrier = 0, ""
    while at < len(words):
        text = words[at].text
        if carrier and text.startswith("-"):
            at += 2 if text[-1] in _CARRIED_VALUES.get(carrier, "") and len(text) == 2 else 1
        elif _ASSIGNMENT.match(text):
            at += 1
        elif text in _CARRIERS and at + 1 < len(words):
            carrier = text
            at += 1
        else:
            return at
    return at
