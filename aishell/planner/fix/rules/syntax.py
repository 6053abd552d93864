"""Lines that a shell cannot read, or reads otherwise than they were meant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aishell.planner.fix.line import Token, quoted
from aishell.planner.fix.values import Case, Fix, Why

_NO_SEPARATOR = re.compile(r"\b(for\s+\w+\s+in\s[^;\n]*?|(?:if|while|until|elif)\s[^;\n]*?)\s+(do|then)(?=\s)")
_BLOCKS = (("do", "done"), ("then", "fi"), ("case", "esac"))
_ASSIGNED = re.compile(r"^\s*([A-Za-z_]\w*)(?:\s+=\s*|\s*=\s+)(?=\S)")


def left_open(case: Case) -> Iterator[Fix]:
    """A quote, bracket or block that is not closed."""
    text = case.failed.command
    quote = next((token.open for token in case.line.words if token.open), "")
    if quote:
        yield Fix(
            command=text + quote,
            why=Why("A quote is opened and never closed."),
            rule="quote",
            sure=0.9 if _at_end(case) else 0.7,
        )
        return
    signs = [token.text for token in case.line.tokens if token.kind == "operator"]
    missing = signs.count("(") - signs.count(")")
    inner = text.count("$(") - len(re.findall(r"\$\([^()]*\)", text)) if "$((" not in text else 0
    if missing > 0 and inner >= 0 and case.failed.exit_status not in (0, None):
        yield Fix(command=text + ")" * missing, why=Why("A bracket is opened and never closed."), rule="bracket", sure=0.8)
    words = [token.text for token in case.line.words]
    for opening, closing in _BLOCKS:
        if words.count(opening) > words.count(closing) and closing != words[-1]:
            separator = "" if text.rstrip().endswith((";", "\n")) else ";"
            why = Why("The block that begins with {opening} has to end with {closing}.", opening=opening, closing=closing)
            yield Fix(command=f"{text.rstrip()}{separator} {closing}", why=why, rule="block", sure=0.8)


def _at_end(case: Case) -> bool:
    """Whether one word at most would be taken in by a closing quote at the end: else it was meant to close earlier."""
    last = case.line.words[-1]
    return last.text.count(last.open) == 1


def no_separator(case: Case) -> Iterator[Fix]:
    """`for i in a b do`, `if true then`."""
    text = case.failed.command
    separated = _NO_SEPARATOR.sub(r"\1; \2", text)
    if separated != text:
        why = Why("A semicolon, or a new line, has to stand before do and then.")
        yield Fix(command=separated, why=why, rule="separator", sure=0.9)


def test_brackets(case: Case) -> Iterator[Fix]:
    """`[ -f x]` and `[-f x ]`: brackets are words of their own."""
    for simple in case.line.simples:
        first, last = (simple.words[0], simple.words[-1]) if simple.words else (None, None)
        if not first or not last or not first.text.startswith("["):
            continue
        opening = "[[" if first.text.startswith("[[") else "["
        closing = "]" * len(opening)
        changes: dict[Token, str] = {}
        if first.text != opening and not first.glob:
            changes[first] = f"{opening} {first.text[len(opening) :]}"
        if last.text.endswith(closing) and last.text != closing and last is not first:
            changes[last] = f"{last.text[: -len(closing)]} {closing}"
        elif not any(token.text.endswith(closing) for token in simple.words):
            changes[last] = f"{changes.get(last, last.text)} {closing}"
        if changes:
            why = Why("The brackets of a test are words of their own, with blanks around them.")
            yield Fix(command=case.line.edited(changes), why=why, rule="test", sure=0.93)


def blanks_around_equals(case: Case) -> Iterator[Fix]:
    """`NAME = value`, as other languages write it."""
    found = _ASSIGNED.match(case.failed.command)
    if found and len(case.line.simples) == 1 and not case.facts.which(found[1]):
        given = case.failed.command[found.end() :]
        value = given if " " not in given or given[:1] in "'\"$" else quoted(given)
        why = Why("There is no blank around the = of an assignment.")
        yield Fix(command=f"{found[1]}={value}", why=why, rule="assignment", sure=0.9)


def glued(case: Case) -> Iterator[Fix]:
    """`cd..`, `ls-la`: a blank was left out behind the program."""
    for simple in case.calls():
        program = simple.program
        if program is None or not program.value or case.facts.which(program.value) or "/" in program.value[:2]:
            continue
        for split in range(len(program.value) - 1, 1, -1):
            name, rest = program.value[:split], program.value[split:]
            if rest[0] in "-./~" and re.fullmatch(r"[\w+]+", name) and case.facts.which(name):
                why = Why("A blank is missing behind {name}.", name=name)
                line = case.line.edited({program: f"{name} {rest}"})
                yield Fix(command=line, why=why, rule="blank", sure=0.92 if rest[0] in "-~" or rest.startswith("..") else 0.7)
                break


def brackets_as_text(case: Case) -> Iterator[Fix]:
    """`echo (like this)`: round brackets in what was meant as text."""
    found = re.fullmatch(r"(\s*(?:echo|printf|grep\b.*?|git commit -m)\s+)([^'\"$]*\([^'\"$]*\)[^'\"$]*)", case.failed.command)
    if found:
        why = Why("Round brackets mean something to the shell; in quotes they are text.")
        yield Fix(command=f"{found[1]}{quoted(found[2])}", why=why, rule="text in brackets", sure=0.8)


RULES = (left_open, no_separator, test_brackets, blanks_around_equals, glued, brackets_as_text)
