"""Is a line for the shell, is it words, a note, or a yes or no? Decided at once, without a model, by a pure function.

Rule: `!line` is shell and `?line` is words. Otherwise a line is shell when its first word is a command and the rest does not
read as a sentence. A real command must never be taken for words, so doubt decides for the shell.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Literal, NamedTuple

from aishell.planner import lexicon

Where = Literal["shell", "words", "note", "answer"]
"""`answer`: a yes or no, which is no request; it comes too late for a question, or there was none."""

_TOKEN = re.compile(r"""(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*"|['"\\])+""", re.S)
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SYNTAX_START = re.compile(r"""\w+\+?=|[\w.:+-]+\s*\(\s*\)|\(|\{\s|\[\[?\s|#|\d*[<>]|"?\$|`|"[^"]+/|'[^']+/""")
_COMMENT = re.compile("#(?![0-9])")
_OPERATOR = re.compile(r"[|;&`$*]|[<>](?!\s*$)|\{\}")
_SIMPLE_OPERAND = re.compile(r"[A-Za-z][A-Za-z'-]*")
_MARKED_OPERAND = re.compile(r"\w+\+?=|[+%@:]\S|\S+@\S|\S+:\S")
_FILE_NAME = re.compile(r"\S+\.[A-Za-z][A-Za-z0-9]{0,6}")
_SENTENCE_END = re.compile(r"[?？。！，、]")
_EVENT = re.compile(r"!(?:[!$^*]|-?[0-9])")
"""A shell's own way to name lines of its history."""
_NEEDED = 2.0


class Routed(NamedTuple):
    where: Where
    text: str
    """The line without its `!` or `?`; of a note, what is to be remembered."""


def route(line: str, is_command: Callable[[str], bool], exists: Callable[[str], bool]) -> Routed:
    """Where `line` goes. `is_command` knows functions, aliases and executables (builtins are known here), `exists` paths."""
    text = line.strip()
    if text[:1] in ("?", "？"):
        return Routed("words", text[1:].strip())
    if _EVENT.match(text):
        return Routed("shell", text)
    if text[:1] in ("!", "！") and text[1:2] not in ("", " ", "\t"):  # `! command` is the shell's own negation
        return Routed("shell", text[1:])
    if _is_shell(text, is_command, exists):
        return Routed("shell", text)
    if text.lower() in lexicon.ANSWERS:
        return Routed("answer", text)
    note = re.fullmatch(lexicon.NOTE, text)
    return Routed("note", note["what"]) if note else Routed("words", text)


_ARGUMENTS = re.compile(r"\"\$[@*0-9]\"|\"\$\{")
"""A script's own arguments, handed on: no sentence has them behind `command` or `exec`."""


def _is_shell(text: str, is_command: Callable[[str], bool], exists: Callable[[str], bool]) -> bool:
    if not text or " ".join(text.split()) in lexicon.IDIOMS or _SYNTAX_START.match(text):
        return True
    first, *rest = _TOKEN.findall(text)
    rest = rest[: next((at for at, token in enumerate(rest) if _COMMENT.match(token)), len(rest))]
    if first in lexicon.COMPOUND:
        return bool(re.search(lexicon.COMPOUND[first], text[len(first) :])) and bool(re.search(r"[;\n{(]", text))
    if first in lexicon.PREFIXES and rest and not rest[0].startswith("-"):
        after = text[len(first) :].strip()
        given_on = after[0] in "'\"|;&" or _ARGUMENTS.search(after)
        return bool(given_on) or _SYNTAX_START.match(after) is not None or _is_shell(after, is_command, exists)
    if "/" in first or first.startswith("~"):
        return not (_CJK.search(text) or _sentence(first, rest, exists)) or is_command(first)
    name = first.rstrip(";&|").lstrip("\\").strip("'\"") if len(first) > 1 else first
    if not (name in lexicon.BUILTINS or is_command(name)):
        return False
    ends_there = len(first) > 1 and first[-1] in ";&|"  # what follows is another command, and no word of a sentence
    return ends_there or not _sentence(name, rest, exists)


def _sentence(program: str, operands: list[str], exists: Callable[[str], bool]) -> bool:
    """Whether what follows `program` reads as a sentence: words of one against signs of a command line."""
    if not operands or program in lexicon.FREE_TEXT:
        return False
    plain = [operand for operand in operands if not operand.startswith("-")]
    if plain and all(exists(operand) for operand in plain):
        return False
    if program in lexicon.NO_WORD_OPERANDS and _is_word(operands[0]):
        return True
    if program in lexicon.TWO_OPERANDS and len(operands) == 1 and _is_word(operands[0]):
        return True
    judged = operands
    if program in lexicon.PATTERN_FIRST | lexicon.SUBCOMMANDS and not _CJK.search(operands[0]):
        judged = operands[1:]
    if program in lexicon.ONLY_FILES and _joined(operands, exists):
        return True
    if program == "find" and _finds_nowhere(operands, exists):
        return True
    if program == "make" and _makes_what_is_there(operands, exists):
        return True
    words = sum(_word_weight(operand, exists) for operand in judged) + _counted(judged)
    words += 2.0 if _SENTENCE_END.search(operands[-1][-1:]) else 0.0
    signs = sum(_sign_weight(operand, exists) for operand in operands)
    alone = len(operands) == 1
    if program not in lexicon.SPOKEN and not any(_speaks(operand) for operand in judged):
        return False
    if program in lexicon.NEW_NAMES:
        clear = any(operand.lower() in lexicon.FUNCTION_WORDS for operand in judged) or _CJK.search(" ".join(operands))
        if alone or not clear:
            return alone and operands[0].lower() in lexicon.ADDRESSES
    return words >= (3.0 if alone else _NEEDED) and words > signs


def _joined(operands: list[str], exists: Callable[[str], bool]) -> bool:
    """Whether a word that joins others stands between two of them, and names no file: `sort sales.csv by amount`."""
    if any(_OPERATOR.search(operand) or operand[-1] in "<>" for operand in operands):
        return False
    between = pairwise(operands[:-1])
    return any(
        word.lower() in lexicon.FUNCTION_WORDS and not exists(word) and not before.startswith("-") for before, word in between
    )


def _finds_nowhere(operands: list[str], exists: Callable[[str], bool]) -> bool:
    """Whether `find` would look only into places that are not there: `find broken symlinks`, `find TODO comments in src`."""
    bare = all(re.fullmatch(r"[\w./~-]+", operand) and not operand.startswith("-") for operand in operands)
    return (
        bare and not exists(operands[0]) and (_joined(operands, exists) or (len(operands) > 1 and all(map(_is_word, operands))))
    )


def _makes_what_is_there(operands: list[str], exists: Callable[[str], bool]) -> bool:
    """`make run.sh executable`, where `make` has nothing to go by."""
    ends = operands[-1].lower()
    said = ends in lexicon.CONTENT_WORDS and not exists(ends)
    return said and any(map(exists, operands)) and not any(map(exists, lexicon.MAKEFILES))


def _speaks(operand: str) -> bool:
    """Whether an operand is a word that command lines rarely have."""
    return operand.lower().strip(",.?!:") in lexicon.FUNCTION_WORDS or bool(
        _CJK.search(operand) or _SENTENCE_END.search(operand)
    )


def _is_word(operand: str) -> bool:
    return bool(_SIMPLE_OPERAND.fullmatch(operand) or _CJK.search(operand))


def _counted(operands: list[str]) -> float:
    """`5 commits`, `10 files`: a number before a noun."""
    pairs = pairwise(operands)
    return 1.0 if any(a.isdigit() and b.lower() in lexicon.CONTENT_WORDS for a, b in pairs) else 0.0


def _word_weight(operand: str, exists: Callable[[str], bool]) -> float:
    word = operand.lower().strip(",.?!:")
    if word in lexicon.ADDRESSES:
        return 3.0
    if word in lexicon.FUNCTION_WORDS:
        return 2.0
    if word in lexicon.CONTENT_WORDS:
        return 1.0
    if _CJK.search(operand) and not exists(operand) and not _FILE_NAME.fullmatch(operand):
        return 3.0 if any(character in lexicon.CJK_FUNCTION for character in operand) else 1.5
    return 0.0


def _sign_weight(operand: str, exists: Callable[[str], bool]) -> float:
    """How much this token speaks for a command line."""
    if re.match(r"--?[\w?]", operand) or _OPERATOR.search(re.sub(r"""'[^']*'|"[^"]*\"""", "", operand)):
        return 3.0
    if exists(operand) or "/" in operand.strip("/") or operand.startswith(("/", "~")) or operand in ("=", "==", "!="):
        return 2.0
    if _MARKED_OPERAND.match(operand):
        return 2.0
    return 1.0 if _FILE_NAME.fullmatch(operand) or operand == "-" else 0.0
