"""Secrets taken out of a text before it is kept or sent: tokens by their form, passwords by their place, values of variables.

The rules are data, `config/redact.toml`. A command line is also read word by word, as a shell would, because in `mysql -pX`,
`curl -u me:X` or `sudo -S <<< X` only the program says that X is a secret.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from aishell.core.errors import ConfigError
from aishell.memory.words import Word, simple_commands

_SHORTEST_VALUE = 8
"""Characters of a variable's value that is looked for everywhere: a shorter one would be found in innocent words."""
_NO_SECRET = re.compile(r"""['"]?(?:[$<{(`%\[].*|[*x.…-]{2,}|true|false|yes|no|none|null|\d{1,3})?['"]?""", re.I | re.S)
"""A value that stands for one: a variable, a placeholder, a mask, a switch."""
_DEEPEST = 3
"""Scripts inside quoted words inside scripts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    text: str
    """With `[redacted: kind]` in the place of each secret."""
    found: tuple[str, ...]
    """The kind of each, in order."""


class _Span(NamedTuple):
    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    kind: str
    keywords: tuple[str, ...]
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Program:
    """Where a program's arguments hold a secret; `config/redact.toml` explains the fields."""

    secret: tuple[str, ...] = ()
    attached: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    login: tuple[str, ...] = ()
    operand: int = 0
    only: str = ""
    stdin: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Redactor:
    tokens: tuple[_Token, ...]
    programs: dict[str, _Program]
    known: re.Pattern[str] | None
    """The values of secret variables of this environment."""

    @classmethod
    def from_file(cls, path: Path, environment: Mapping[str, str]) -> Redactor:
        """Raises ConfigError."""
        try:
            table: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
            return cls(
                tokens=tuple(_token(rule) for rule in table["token"]),
                programs={name: _program(rule) for name, rule in table["program"].items()},
                known=_known_values(
                    environment, re.compile(table["secret_name"], re.I), re.compile(table["harmless_name"], re.I)
                ),
            )
        except (OSError, ValueError, KeyError, TypeError, re.error) as error:
            raise ConfigError(f"The rules {path} cannot be used: {error}.", hint="Install aishell again.") from error

    def redact(self, text: str) -> Redacted:
        """`text` without its secrets."""
        spans = [*self._tokens(text), *self._arguments(text, 0, 0)]
        if self.known:
            spans += [_Span(*match.span(), "value of a secret variable") for match in self.known.finditer(text)]
        pieces: list[str] = []
        found: list[str] = []
        at = 0
        for span in sorted(spans):
            if span.end <= at:
                continue
            if span.start >= at:
                pieces += [text[at : span.start], f"[redacted: {span.kind}]"]
                found.append(span.kind)
            at = span.end
        return Redacted(text="".join((*pieces, text[at:])), found=tuple(found))

    def _tokens(self, text: str) -> list[_Span]:
        lowered = text.lower()
        spans: list[_Span] = []
        for rule in self.tokens:
            if any(keyword in lowered for keyword in rule.keywords):
                for match in rule.pattern.finditer(text):
                    group = match.lastgroup or 0
                    if not group or not _NO_SECRET.fullmatch(match[group]):
                        spans.append(_Span(*match.span(group), rule.kind))
        return spans

    def _arguments(self, text: str, offset: int, depth: int) -> list[_Span]:
        """Secrets among the arguments of known programs, also inside quoted scripts."""
        if depth == _DEEPEST or not any(name in text for name in self.programs):
            return []
        spans: list[_Span] = []
        before: list[Word] = []
        for words in simple_commands(text):
            seen: set[str] = set()  # a name a thousand times over is still one program: the work stays linear
            for at, word in enumerate(words):
                name = os.path.basename(word.plain)
                if name in self.programs and name not in seen:
                    seen.add(name)
                    spans += _in_arguments(self.programs[name], words[at + 1 :])
                    spans += _in_input(self.programs[name], word, words[at + 1 :], before)
                if word.quoted and " " in word.raw:
                    spans += self._arguments(word.raw[1:-1], word.start + 1, depth + 1)
            before = words
        return [_Span(span.start + offset, span.end + offset, span.kind) for span in spans]


def _in_arguments(rule: _Program, words: list[Word]) -> list[_Span]:
    if rule.only and not any(word.plain.startswith(rule.only) for word in words):
        return []
    spans: list[_Span] = []
    operands = [word for word in words if not word.plain.startswith("-") and not word.fed]
    for word, following in zip(words, [*words[1:], None], strict=False):
        if following and word.plain in (*rule.secret, *rule.apart):
            spans += _secret(following, following.start)
        elif following and word.plain in rule.login:
            spans += _password(following, following.start)
        else:
            spans += _attached(rule, word)
    if rule.operand and len(operands) >= abs(rule.operand):
        word = operands[rule.operand if rule.operand < 0 else rule.operand - 1]
        spans += _secret(word, word.start)
    return spans


def _attached(rule: _Program, word: Word) -> list[_Span]:
    """-pSECRET, --pass=SECRET, -uname:SECRET."""
    for option in (*rule.attached, *rule.secret, *rule.login):
        start = f"{option}=" if option.startswith("--") else option
        quote = 1 if word.quoted else 0
        if word.plain.startswith(start) and len(word.plain) > len(start) and word.raw.startswith(start, quote):
            begin = word.start + quote + len(start)
            return _password(word, begin) if option in rule.login else _secret(word, begin)
    return []


def _password(word: Word, begin: int) -> list[_Span]:
    """Behind the name of a login, if anything is."""
    value = word.raw[begin - word.start :]
    name = re.match(r"[^:%$]*[:%]", value)
    return _secret(word, begin + name.end()) if name else []


def _secret(word: Word, begin: int) -> list[_Span]:
    """The word from `begin` on, a closing quote apart, unless it only stands for a secret."""
    value = word.raw[begin - word.start :]
    if value[-1:] in ("'", '"') and value[:1] != value[-1:]:  # the quote was opened before the secret
        value = value[:-1]
    return [] if _NO_SECRET.fullmatch(value) else [_Span(begin, begin + len(value), "secret argument")]


def _in_input(rule: _Program, program: Word, words: list[Word], before: list[Word]) -> list[_Span]:
    """What a program that reads a password is fed: by `<<<`, by `<<`, or by the echo before it in a pipe."""
    if not rule.stdin or not ("*" in rule.stdin or any(word.plain in rule.stdin for word in words)):
        return []
    spans = [span for word in words if word.fed for span in _secret(word, word.start)]
    if before and program.piped and os.path.basename(before[0].plain) in ("echo", "printf"):
        spans += [span for word in before[1:] if not word.plain.startswith(("-", "%")) for span in _secret(word, word.start)]
    return spans


def _token(rule: dict[str, Any]) -> _Token:
    return _Token(
        kind=rule["kind"],
        keywords=tuple(keyword.lower() for keyword in rule["keywords"]),
        pattern=re.compile(rule["pattern"]),
    )


def _program(rule: dict[str, Any]) -> _Program:
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in rule.items()}
    return _Program(**fields)


def _known_values(environment: Mapping[str, str], secret: re.Pattern[str], harmless: re.Pattern[str]) -> re.Pattern[str] | None:
    values = {
        value
        for name, value in environment.items()
        if secret.search(name) and not harmless.fullmatch(name) and len(value) >= _SHORTEST_VALUE and not os.path.exists(value)
    }
    longest_first = sorted(map(re.escape, values), key=len, reverse=True)
    return re.compile("|".join(longest_first)) if longest_first else None
