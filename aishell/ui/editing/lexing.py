"""A shell line cut into tokens, also while it is still being typed: for colours, completion, and whether Enter may send it.

It is quick and forgiving and decides nothing about safety: what judges a command parses it with the shell's own grammar.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Kind = Literal["text", "quoted", "variable", "substitution", "operator", "redirect", "comment", "blank", "heredoc"]

_BLANK = re.compile(r"[ \t]+|\\\n")
_REDIRECT = re.compile(r"[0-9]*(?:<<<|<<-?|<>|>>|>\||>&|<&|<(?!\()|>(?!\())|&>>?")
_OPERATOR = re.compile(r"&&|\|\||;;&?|;&|\|&|[|&;\n]|[<>]?\(|\)")
_VARIABLE = re.compile(r"\$(?:[A-Za-z_]\w*|[0-9#?$!@*-])")
_BRACED = re.compile(r"\$\{(?:[^}\\]|\\.)*\}?", re.S)
_SINGLE = re.compile(r"'[^']*('?)|\$'(?:[^'\\]|\\.)*('?)", re.S)
_PLAIN = re.compile(r"[^\s'\"\\$`;&|()<>]+|\\.?|\$", re.S)
_IN_QUOTES = re.compile(r'(?:[^"\\$`]|\\.)+|\\$', re.S)


class Token(NamedTuple):
    kind: Kind
    start: int
    end: int
    depth: int
    """How many substitutions it stands in."""
    closed: bool = True
    """Whether what it opens, it closes."""


class Lexed(NamedTuple):
    tokens: tuple[Token, ...]
    open: str
    """What is still open at the end: `'`, `"`, `` ` ``, `(`, `\\`, `<<` or nothing."""


def lex(text: str) -> Lexed:
    """All of `text` as tokens, one behind the other. Takes about 1 us a character."""
    return _Lexer(text).run()


class _Lexer:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[Token] = []
        self._inside: list[str] = []
        """What is open, innermost last: `"`, `(` or `` ` ``."""
        self._depth = 0
        self._documents: list[str] = []
        """The ends of here-documents that begin with the next line."""
        self._wants_end = False
        self._open = ""

    def run(self) -> Lexed:
        at = 0
        while at < len(self._text):
            at = self._quoted(at) if self._inside and self._inside[-1] == '"' else self._plain(at)
        if not self._open:
            self._open = self._inside[-1] if self._inside else "<<" if self._documents else ""
        return Lexed(tuple(self._tokens), self._open)

    def _add(self, kind: Kind, start: int, end: int, *, closed: bool = True) -> int:
        self._tokens.append(Token(kind, start, end, self._depth, closed))
        return end

    def _plain(self, at: int) -> int:
        text = self._text
        if match := _BLANK.match(text, at):
            return self._add("blank", at, match.end())
        if text[at] == "#" and (at == 0 or text[at - 1] in " \t\n;&|()"):
            end = text.find("\n", at)
            return self._add("comment", at, end if end >= 0 else len(text))
        if match := _REDIRECT.match(text, at):
            self._wants_end = match[0].lstrip("0123456789") in ("<<", "<<-")
            return self._add("redirect", at, match.end())
        if match := _OPERATOR.match(text, at):
            return self._operator(at, match)
        if text[at] == '"' or text.startswith('$"', at):
            self._inside.append('"')
            return self._add("quoted", at, at + (1 if text[at] == '"' else 2))
        return self._piece(at)

    def _piece(self, at: int) -> int:
        """A part of a word outside of double quotes."""
        text = self._text
        if match := _SINGLE.match(text, at):
            closed = bool(match[1] or match[2])
            if not closed:
                self._open = "'"
            self._end_of_document(match[0].strip("'"))
            return self._add("quoted", at, match.end(), closed=closed)
        if end := self._dollar(at):
            return end
        match = _PLAIN.match(text, at)
        end = match.end() if match else at + 1
        if text[at:end] == "\\":
            self._open = "\\"
        self._end_of_document(text[at:end])
        return self._add("text", at, end)

    def _dollar(self, at: int) -> int:
        """Where the substitution or variable at `at` ends, or its beginning when it is one that nests; 0 when there is none."""
        text = self._text
        if text[at] == "`":
            if "`" in self._inside:
                while self._inside.pop() != "`":
                    pass
                self._depth -= 1
                return self._add("substitution", at, at + 1)
            return self._enter("`", at, at + 1)
        if text.startswith("$(", at):
            return self._enter("(", at, at + 2)
        if match := _VARIABLE.match(text, at) or _BRACED.match(text, at):
            closed = not match[0].startswith("${") or match[0].endswith("}")
            if not closed:
                self._open = "{"
            return self._add("variable", at, match.end(), closed=closed)
        return 0

    def _enter(self, what: str, at: int, end: int, kind: Kind = "substitution") -> int:
        self._add(kind, at, end)
        self._inside.append(what)
        self._depth += 1
        return end

    def _operator(self, at: int, match: re.Match[str]) -> int:
        if match[0].endswith("("):
            return self._enter("(", at, match.end(), "operator" if match[0] == "(" else "substitution")
        if match[0] == ")" and self._inside and self._inside[-1] == "(":
            self._inside.pop()
            self._depth -= 1
        self._add("operator", at, match.end())
        return self._document(match.end()) if match[0] == "\n" and self._documents else match.end()

    def _quoted(self, at: int) -> int:
        text = self._text
        if text[at] == '"':
            self._inside.pop()
            return self._add("quoted", at, at + 1)
        if end := self._dollar(at):
            return end
        match = _IN_QUOTES.match(text, at)
        self._end_of_document(match[0] if match else "")
        return self._add("quoted", at, match.end() if match else at + 1)

    def _end_of_document(self, word: str) -> None:
        if self._wants_end:
            self._documents.append(word.lstrip("\\"))
            self._wants_end = False

    def _document(self, at: int) -> int:
        """Skip the lines of the here-documents that begin at `at`."""
        while self._documents:
            end = re.compile(rf"^\t*{re.escape(self._documents[0])}$", re.M).search(self._text, at)
            if not end:
                return self._add("heredoc", at, len(self._text)) if at < len(self._text) else at
            self._documents.pop(0)
            at = self._add("heredoc", at, end.end())
        return at
