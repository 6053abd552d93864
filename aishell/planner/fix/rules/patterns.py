"""Small languages inside the line, which the shell got its hands on: patterns, awk and sed programs, find's tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from aishell.planner.fix.line import Token, quoted
from aishell.planner.fix.nearest import nearest, sureness
from aishell.planner.fix.values import Case, Fix, Why

_NAMES = frozenset("-name -iname -path -ipath -wholename --include --exclude".split())
_WITH_PATHS = frozenset("-name -path -newer -samefile".split())
_CLASSES = "alnum alpha blank cntrl digit graph lower print punct space upper xdigit".split()
_TYPES = {"file": "f", "files": "f", "dir": "d", "directory": "d", "folder": "d", "link": "l", "symlink": "l"}


def find_pattern(case: Case) -> Iterator[Fix]:
    """`find -name *.md`: the shell put the names that are here in its place."""
    for simple in case.calls("find"):
        changes = {
            token: quoted(token.text)
            for before, token in pairwise(simple.arguments)
            if before.text in _NAMES and token.glob and token.text == token.value
        }
        if changes:
            why = Why("The pattern is for find, so it needs quotes: else the shell puts the names that are here in its place.")
            yield Fix(command=case.line.edited(changes), why=why, rule="pattern", sure=0.95)


def find_words(case: Case) -> Iterator[Fix]:
    """`-type file`, `-size 1MB`, `-exec` without its end, `--name`."""
    for simple in case.calls("find"):
        for before, token in pairwise(simple.arguments):
            if before.text == "-type" and token.text.lower() in _TYPES:
                why = Why("find knows kinds of files by a letter: f, d or l.")
                yield Fix(command=case.line.edited({token: _TYPES[token.text.lower()]}), why=why, rule="find", sure=0.95)
            elif before.text == "-size" and (size := re.fullmatch(r"([+-]?\d+)\s*([kKmMgG])i?[bB]", token.text)):
                letter = "k" if size[2] in "kK" else size[2].upper()
                why = Why("find writes sizes with one letter: k, M or G.")
                yield Fix(command=case.line.edited({token: f"{size[1]}{letter}"}), why=why, rule="find", sure=0.95)
        words = [token.text for token in simple.words]
        if any(word in ("-exec", "-execdir", "-ok") for word in words) and words[-1] not in ("+", r"\;", "';'", '";"'):
            why = Why("What find runs has to end with \\;.")
            last = simple.words[-1]
            end = next((token for token in case.line.tokens if token.text == ";" and token.start >= last.end), None)
            line = case.line.edited({end: r" \;"}) if end else case.line.edited({last: rf"{last.text} \;"})
            yield Fix(command=line, why=why, rule="find", sure=0.93)


def find_where(case: Case) -> Iterator[Fix]:
    """`find -name x folder`: where to look comes first."""
    for simple in case.calls("find"):
        if len(simple.arguments) < 3 or simple.arguments[-2].text in _WITH_PATHS or not case.failed.exit_status:
            continue
        first, last = simple.arguments[0], simple.arguments[-1]
        if first.text.startswith("-") and last.value and case.facts.is_dir(case.path(last)):
            why = Why("Where find looks comes before what it looks for.")
            line = case.line.edited({first: f"{last.text} {first.text}", last: ""}).rstrip()
            yield Fix(command=line, why=why, rule="find", sure=0.9)


def star_of_expr(case: Case) -> Iterator[Fix]:
    """`expr 3 * 4`: the shell put the names of files in the place of the star."""
    for simple in case.calls("expr"):
        stars = [token for token in simple.arguments if token.text == "*"]
        if stars:
            why = Why("The star is for expr; the shell puts the names that are here in its place.")
            yield Fix(command=case.line.edited(dict.fromkeys(stars, r"\*")), why=why, rule="star", sure=0.95)


def character_class(case: Case) -> Iterator[Fix]:
    """`[:lowr:]`."""
    for token in case.line.words:
        for found in re.finditer(r"\[:(\w+):\]", token.text):
            near = nearest(found[1], _CLASSES) if found[1] not in _CLASSES else []
            if near:
                why = Why("There is no class of characters {wrong}; there is {right}.", wrong=found[1], right=near[0].name)
                line = case.line.edited({token: token.text.replace(found[0], f"[:{near[0].name}:]")})
                yield Fix(command=line, why=why, rule="class", sure=sureness(near))


def awk_program(case: Case) -> Iterator[Fix]:
    """`awk {print $1} file`: the program needs quotes."""
    for simple in case.calls("awk", "gawk", "mawk"):
        start = next((token for token in simple.arguments if token.text.startswith("{")), None)
        end = next((token for token in reversed(simple.arguments) if token.text.endswith("}")), None)
        if start and end and start.start <= end.start:
            text = case.line.text
            program = text[start.start : end.end]
            why = Why("A program of awk needs single quotes, so that the shell leaves it alone.")
            if "'" not in program:
                line = f"{text[: start.start]}'{program}'{text[end.end :]}"
                yield Fix(command=line, why=why, rule="awk", sure=0.95)
    for simple in case.calls("awk", "gawk", "mawk"):
        for token in simple.arguments:
            if token.text.startswith('"') and "$" in token.text and "{" in token.text and "'" not in token.text:
                why = Why("A program of awk needs single quotes, so that the shell leaves it alone.")
                program = re.sub(r'\\(["\\$`])', r"\1", token.text[1:-1])
                yield Fix(command=case.line.edited({token: f"'{program}'"}), why=why, rule="awk", sure=0.9)


def sed_script(case: Case) -> Iterator[Fix]:
    """`sed s/a/b`: the last mark is missing."""
    for simple in case.calls("sed", "gsed"):
        for token in _sed_scripts(case, simple.arguments):
            found = re.match(r"s([^\w\s\\])", token.value)
            if found and len(re.findall(rf"(?<!\\){re.escape(found[1])}", token.value)) == 2:
                why = Why("What sed puts in the place of something has to end with another {mark}.", mark=found[1])
                line = case.line.with_words({token: f"{token.value}{found[1]}"})
                yield Fix(command=line, why=why, rule="sed", sure=0.93)
            elif found and len(re.findall(rf"(?<!\\){re.escape(found[1])}", token.value)) > 3 and found[1] == "/":
                parts = re.fullmatch(r"s/(.*)/([^/]*)/([gIp0-9]*)", token.value) or re.fullmatch(
                    r"s/([^/]*)/(.*)/([gIp0-9]*)", token.value
                )
                if parts and "|" not in token.value and parts[1].count("/") != parts[2].count("/"):
                    why = Why("The paths have slashes in them, so another mark has to part them.")
                    line = case.line.with_words({token: f"s|{parts[1]}|{parts[2]}|{parts[3]}"})
                    yield Fix(command=line, why=why, rule="sed", sure=0.7)


def _sed_scripts(case: Case, arguments: tuple[Token, ...]) -> Iterator[Token]:
    """The words that are scripts: those behind -e, else the first operand."""
    behind = [token for before, token in pairwise(arguments) if before.text in ("-e", "--expression")]
    yield from behind or [token for token in arguments if not token.text.startswith("-")][:1]


def plain_text(case: Case) -> Iterator[Fix]:
    """`grep '['`: text that is no pattern."""
    for simple in case.calls("grep", "egrep"):
        pattern = next(iter(case.operands(simple)), None)
        if simple.program and pattern and case.failed.exit_status == 2 and _is_no_pattern(pattern.value or pattern.text):
            why = Why("{pattern} is no pattern; with -F it is looked for as it stands.", pattern=pattern.value)
            line = case.line.edited({simple.program: f"{simple.program.text} -F", pattern: quoted(pattern.value)})
            yield Fix(command=line, why=why, rule="plain text", sure=0.9)


def _is_no_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return True
    return False


RULES = (find_pattern, find_words, find_where, star_of_expr, character_class, awk_program, sed_script, plain_text)
