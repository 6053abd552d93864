"""The commands inside a command: what `sudo`, `env`, `xargs`, `sh -c` and their kind would run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from aishell.actions.rules import Policy, Wrapper
from aishell.actions.words import joined
from aishell.core.programs import Program
from aishell.core.types import UNKNOWN, Part, Word
from aishell.programs import arguments

_ASSIGNS = re.compile(r"([A-Za-z_]\w*)\+?=")
_STANDARD_INPUT = frozenset({"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
_FIND_RUNS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
_FIND_ENDS = frozenset({";", "+"})
_SHELL_VALUED = frozenset({"--rcfile", "--init-file", "-o", "+o", "-O", "+O"})
_LONGEST_CHAIN = 16
_DEEPEST = 5


@dataclass(frozen=True, slots=True)
class Simple:
    """A program with its arguments."""

    words: tuple[Word, ...]
    transparent: bool = True
    """Whether everything around it leaves it as it is."""
    wraps: bool = False
    """Whether it runs another command, which follows."""
    assigned: tuple[str, ...] = ()
    """Names of variables it sets for that command."""

    @property
    def name(self) -> str:
        """The program's name without folders; empty when only the shell can know it."""
        return os.path.basename(self.words[0].literal) if self.words and self.words[0].fixed else ""


@dataclass(frozen=True, slots=True)
class Code:
    """Shell code that another shell runs."""

    text: Word
    by: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something that runs code which cannot be read here. `local`: the code lies in a file of this machine, or in the line."""

    reason: str
    local: bool


Inner = Simple | Code | Opaque


def resolve(words: tuple[Word, ...], fed: Word | None, policy: Policy, depth: int = 0) -> Iterator[Inner]:
    """`words` itself, then what it runs. `fed`: what it reads on standard input, when the line says so."""
    transparent = True
    for _ in range(_LONGEST_CHAIN if depth <= _DEEPEST else 0):
        simple = Simple(words, transparent)
        name = simple.name
        wrapper = policy.wrappers.get(name)
        if not wrapper:
            yield from _last(simple, fed, policy, depth)
            return
        taken = _take(words, wrapper)
        if taken.asks:
            yield simple
            return
        transparent = transparent and taken.transparent
        yield Simple(words, transparent, wraps=bool(taken.rest or taken.code), assigned=taken.assigned)
        for code in taken.code:
            yield Code(code, name)
        if not taken.rest:
            return
        words = _fed_words(words, taken.rest) if wrapper.feeds else taken.rest
    yield Opaque("it wraps a command too often", local=False)


def runs_another(words: tuple[Word, ...], wrapper: Wrapper) -> bool:
    """Whether a wrapper is given a command at all."""
    taken = _take(words, wrapper)
    return bool(taken.rest or taken.code) and not taken.asks


def _fed_words(words: tuple[Word, ...], rest: tuple[Word, ...]) -> tuple[Word, ...]:
    """A command with the arguments it is fed: at its end, or in the place of `-I`'s text, which may be the program's name."""
    for at, word in enumerate(words[: len(words) - len(rest)]):
        if match := re.match(r"-\w*I(.*)|--replace(?:=(.*))?|-i(.*)", word.literal):
            place = match[1] or match[2] or match[3] or ("{}" if match[1] is None else words[at + 1].literal)
            return tuple(UNKNOWN if place in one.literal else one for one in rest)
    return (*rest, UNKNOWN)


def carried(words: tuple[Word, ...], wrapper: Wrapper, program: Program) -> tuple[int, Word | None]:
    """How many of `words` are a wrapper's own, its name included, and the shell code it is given, if it is.

    The rest is the command it runs, or the words that the code is made of. For telling people, not for judging: what `program`
    is documented to take counts as well as what the policy knows.
    """
    taken = _take(words, wrapper)
    own = len(words) - (0 if taken.asks else taken.behind)
    if taken.rest and not taken.code:
        own = max(own, min(_documented(words, wrapper, program), len(words)))
    return own, taken.code[0] if taken.code else None


def _documented(words: tuple[Word, ...], wrapper: Wrapper, program: Program) -> int:
    """Where the command begins by the program's documentation; 0 when that does not know one of the options."""
    for piece in arguments.taken(program, words):
        assigned = wrapper.assigns and _ASSIGNS.match(words[piece.at].literal)
        if piece.kind == "option" and piece.option is None:
            return 0
        if piece.kind == "end":
            return piece.at + 1 + wrapper.operands
        if piece.kind == "operand" and not assigned:
            return piece.at + wrapper.operands
    return 0


@dataclass(frozen=True, slots=True)
class _Taken:
    rest: tuple[Word, ...] = ()
    behind: int = 0
    """How many words at the end are what it runs."""
    code: tuple[Word, ...] = ()
    assigned: tuple[str, ...] = ()
    transparent: bool = True
    asks: bool = False


def _take(words: tuple[Word, ...], wrapper: Wrapper) -> _Taken:
    """Read a wrapper's own options and operands; what is left is the command."""
    at, assigned, letters = 1, [], ""
    while at < len(words):
        word = words[at]
        text = word.literal
        if text == "--":
            at += 1
            break
        if wrapper.assigns and (match := _ASSIGNS.match(text)):
            assigned.append(match[1])
        elif text in wrapper.code:
            return _Taken(code=words[at + 1 : at + 2], assigned=tuple(assigned), transparent=False)
        elif text.partition("=")[0] in wrapper.code:
            return _Taken(code=(_after_equals(word),), assigned=tuple(assigned), transparent=False)
        elif text.startswith("--"):
            letters += "-"
            at += text in wrapper.long_valued
        elif text.startswith("-"):
            cluster, valued = _cluster(text, wrapper.valued)
            if f"-{cluster[-1:]}" in wrapper.code:
                return _Taken(code=words[at + 1 : at + 2], transparent=False)
            letters += cluster or "-"
            at += valued
        else:
            break
        at += 1
    rest = words[at + wrapper.operands :]
    if set(letters) & set(wrapper.asks):
        return _Taken(asks=True)
    plain = bool(wrapper.transparent) and not set(letters) - set(wrapper.transparent.replace("-", ""))
    return _finish(wrapper, rest, tuple(assigned), plain)


def _finish(wrapper: Wrapper, rest: tuple[Word, ...], assigned: tuple[str, ...], plain: bool) -> _Taken:
    for at, word in enumerate(rest):  # `su user -c 'code'`, `flock file -c 'code'`
        if word.literal in wrapper.code:
            return _Taken(code=rest[at + 1 : at + 2], assigned=assigned, transparent=False)
    while wrapper.operands and rest and rest[0].literal.startswith("-"):  # `setarch x86_64 -R ls`: no command begins so
        rest = rest[1:]
    if rest and wrapper.code_first:
        return _Taken(code=rest[:1], assigned=assigned, transparent=False)
    if rest and wrapper.joins:
        return _Taken(code=(joined(rest),), behind=len(rest), assigned=assigned, transparent=False)
    return _Taken(rest=rest, behind=len(rest), assigned=assigned, transparent=plain)


def _cluster(text: str, valued: str) -> tuple[str, int]:
    """The letters of `-abc` up to the first that takes a value, and whether that value is the next word."""
    for at, letter in enumerate(text[1:], 1):
        if letter in valued:
            return text[1 : at + 1], int(at + 1 == len(text))
    return text[1:], 0


def _after_equals(word: Word) -> Word:
    text = Part(kind="text", text=word.literal.partition("=")[2])
    return Word.of(text) if word.fixed else Word.of(text, Part(kind="unknown"))


def _last(simple: Simple, fed: Word | None, policy: Policy, depth: int) -> Iterator[Inner]:
    """The end of a chain: an ordinary program, a shell, an interpreter, or `find` with commands of its own."""
    yield simple
    name, words = simple.name, simple.words
    if name in policy.shells:
        yield _shell(name, words, fed)
    elif name in policy.interpreters and [word.literal for word in words[1:2]] == ["-m"] and len(words) > 2:
        yield from resolve(words[2:], fed, policy, depth + 1)
    elif name in policy.interpreters and not any(_says_what(word) for word in words[1:]):
        yield _reading(name, fed, shell=False)
    elif name == "alias":
        yield from (Code(_after_equals(word), name) for word in words[1:] if "=" in word.literal)
    elif name == "find":
        at = 0
        while at < len(words):
            if words[at].literal in _FIND_RUNS:
                end = next((i for i in range(at, len(words)) if words[i].literal in _FIND_ENDS), len(words))
                yield from resolve(tuple(_found(one) for one in words[at + 1 : end]), None, policy, depth + 1)
                at = end  # an -exec in between belongs to the inner command
            at += 1


def before_found(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """find's own words, without the commands that it starts."""
    own: list[Word] = []
    started = False
    for word in words:
        started = (started or word.literal in _FIND_RUNS) and word.literal not in _FIND_ENDS
        if not started:
            own.append(word)
    return tuple(own)


def _found(word: Word) -> Word:
    """`{}` becomes a file's name."""
    before, braces, after = word.literal.partition("{}")
    if not braces:
        return word
    return Word.of(Part(kind="text", text=before), Part(kind="unknown"), Part(kind="text", text=after))


def _says_what(word: Word) -> bool:
    """Whether a word tells an interpreter what to run: a file, or an option with code (or one that ends it)."""
    return word.literal not in _STANDARD_INPUT and (
        not word.literal.startswith("-") or bool(re.match(r"-\w*[ceErmxf]$|--\w", word.literal))
    )


def _shell(name: str, words: tuple[Word, ...], fed: Word | None) -> Inner:
    at, code = 1, False
    while (
        at < len(words) and words[at].fixed and words[at].literal[:1] in ("-", "+") and words[at].literal not in _STANDARD_INPUT
    ):
        text = words[at].literal
        at += 1 + (text in _SHELL_VALUED)
        if text == "--":
            break
        code = code or (text[:1] == "-" and text[:2] != "--" and "c" in text)
    operand = words[at] if at < len(words) else None
    if code:
        return Code(operand, name) if operand else Opaque(f"{name} gets no code", local=True)
    if operand is None or operand.literal in _STANDARD_INPUT:
        return _reading(name, fed, shell=True)
    if not operand.fixed:
        return Opaque(f"{name} runs a file that is only known when it runs", local=False)
    return Opaque(f"{name} runs the file {operand.literal}", local=True)


def _reading(name: str, fed: Word | None, *, shell: bool) -> Inner:
    if fed and fed.fixed:
        return Code(fed, name) if shell else Opaque(f"{name} runs code that stands in the line", local=True)
    return Opaque(f"{name} runs whatever it reads", local=False)
