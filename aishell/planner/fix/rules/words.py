"""A word that its program does not know: an option, a subcommand, a branch, a target, a user; the nearest that it knows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from aishell.planner.fix.line import Simple, Token
from aishell.planner.fix.nearest import Near, nearest, sureness
from aishell.planner.fix.values import Case, Fix, Why

_TARGET = re.compile(r"^([\w.][\w./-]*)\s*:(?!=)", re.M)
_SCRIPTS_RUN = frozenset("npm pnpm yarn".split())


def verbs(case: Case) -> Iterator[Fix]:
    """A mistyped subcommand."""
    for simple in case.calls():
        known = case.facts.habits.verbs.get(simple.program.value if simple.program else "")
        verb = next((token for token in simple.arguments if not token.text.startswith("-")), None)
        if known and verb and verb.value and verb.value not in known and not _alias(case, simple, verb.value):
            yield from _nearest(case, simple, verb, [*known, *_offered(case)], "subcommand")


def _alias(case: Case, simple: Simple, name: str) -> bool:
    return bool(simple.program and simple.program.value == "git" and case.facts.git("config", "--get", f"alias.{name}"))


def options(case: Case) -> Iterator[Fix]:
    """An option that the program does not have."""
    for simple in case.calls():
        for token in simple.arguments:
            yield from _one_dash(case, simple, token)
            if not token.text.startswith("-") or not _complained_of(case, token):
                continue
            known = [*_offered_options(case), *_options(case, simple)]
            name, equals, value = token.text.partition("=")
            whole = [option for option in known if len(option) > 3 and name.startswith(option) and len(name) > len(option)]
            if token.text in known and not equals:
                continue
            if whole and not equals:
                option = max(whole, key=len)
                rest = name[len(option) :].lstrip("-:")
                why = Why("{option} takes its value behind =.", option=option)
                yield Fix(command=case.line.edited({token: f"{option}={rest}"}), why=why, rule="option", sure=0.82)
            yield from _near_option(case, simple, token, known, name, f"{equals}{value}")


def _one_dash(case: Case, simple: Simple, token: Token) -> Iterator[Fix]:
    """`-reverse` of a program that reads that as single letters, and complains of one of them."""
    bare = token.text.lstrip("-")
    letter = case.messages.has(r"-- '?(\w)'?$")
    if re.fullmatch(r"-\w[\w-]{2,}", token.text) and letter and letter[1] in bare and f"--{bare}" in _options(case, simple):
        why = Why("{option} has two dashes: with one, each letter is an option.", option=f"--{bare}")
        yield Fix(command=case.line.edited({token: f"--{bare}"}), why=why, rule="dashes", sure=0.92)


def _near_option(case: Case, simple: Simple, token: Token, known: list[str], name: str, rest: str) -> Iterator[Fix]:
    bare = name.lstrip("-")
    found = nearest(name, (option for option in known if len(option) > 2))
    found = found or [Near(option, 0.6) for option in dict.fromkeys(known) if len(name) == 2 and option == name.swapcase()]
    found = found or [Near(option, 0.4) for option in dict.fromkeys(known) if option.lstrip("-") == bare and option != name]
    found = found or [Near(option, near.cost + 0.2) for near, option in _undashed(bare, known)]
    program = simple.program.value if simple.program else ""
    for at, near in enumerate(found[:2]):
        why = Why("{program} has no option {wrong}; it has {right}.", program=program, wrong=name, right=near.name)
        line = case.line.edited({token: f"{near.name}{rest}"})
        yield Fix(command=line, why=why, rule="option", sure=sureness(found) - 0.15 * at)


def _undashed(bare: str, known: list[str]) -> list[tuple[Near, str]]:
    """Options that are near when their dashes and hyphens do not count."""
    by_letters = {option.lstrip("-").replace("-", ""): option for option in known if len(option) > 3}
    letters = bare.replace("-", "")
    exact = [(Near(letters, 0.0), by_letters[letters])] if letters in by_letters else []
    return [*exact, *((near, by_letters[near.name]) for near in nearest(letters, by_letters, most=1.2))]


def _complained_of(case: Case, token: Token) -> bool:
    """Whether the complaint names the option: whole, without its value, or as a single letter."""
    name = token.text.partition("=")[0]
    if not case.messages:
        return len(name) > 2
    first = tuple(case.messages.text.strip().splitlines()[:3])
    return case.messages.names(name, first) or case.messages.names(name.lstrip("-"), first)


def _options(case: Case, simple: Simple) -> tuple[str, ...]:
    """Those of the program, and of its subcommand where it has any."""
    program = simple.program.value if simple.program else ""
    verb = next((token.value for token in case.operands(simple)), "") if program in case.facts.habits.verbs else ""
    return (*case.facts.options_of(program, verb), *(case.facts.options_of(program) if verb else ()))


def _offered_options(case: Case) -> list[str]:
    given = {token.text.partition("=")[0] for token in case.line.words}
    return [word for word in case.messages.offered() if word.startswith("-") and word not in given]


def values(case: Case) -> Iterator[Fix]:
    """`--sort=sise`: the program lists what it takes."""
    for simple in case.calls():
        for token in simple.arguments:
            name, equals, value = token.text.partition("=")
            if equals and name.startswith("-") and case.messages.names(value):
                found = nearest(value, _offered(case))
                for near in found[:1]:
                    why = Why("{option} does not take {wrong}; it takes {right}.", option=name, wrong=value, right=near.name)
                    line = case.line.edited({token: f"{name}={near.name}"})
                    yield Fix(command=line, why=why, rule="value", sure=sureness(found))


def names(case: Case) -> Iterator[Fix]:
    """Any other word that the complaint is about: by what the program itself knows, and by what it offers instead."""
    for simple in case.calls():
        for token in case.operands(simple):
            if token in case.mentioned or not case.messages:
                known = _vocabulary(case, simple)
                if token.value and token.value not in known and not case.facts.exists(case.path(token)):
                    yield from _nearest(case, simple, token, known or list(_offered(case)), "name")


def _nearest(case: Case, simple: Simple, token: Token, known: list[str], rule: str) -> Iterator[Fix]:
    found = nearest(token.value, dict.fromkeys(known))
    program = simple.program.value if simple.program else ""
    for at, near in enumerate(found[:3]):
        why = Why("{program} does not know {wrong}; {right} is near.", program=program, wrong=token.value, right=near.name)
        line = case.line.with_words({token: near.name})
        yield Fix(command=line, why=why, rule=rule, sure=sureness(found) - 0.15 * at)


def _offered(case: Case) -> Iterator[str]:
    """Words that the output sets apart. They are foreign: they count only as a spelling of a word in the command."""
    return (word for word in case.messages.offered() if re.fullmatch(r"[\w@][\w@.+/:-]*", word))


def _vocabulary(case: Case, simple: Simple) -> list[str]:
    """The words a program takes, as far as they can be looked up."""
    facts, program = case.facts, simple.program.value if simple.program else ""
    if program == "git":
        refs = facts.git("for-each-ref", "--format=%(refname:short)").split()
        return [*refs, *(ref.partition("/")[2] for ref in refs if "/" in ref), *facts.git("remote").split(), "HEAD",
                *facts.git("ls-files").splitlines()]  # fmt: skip
    if program == "make":
        return next(
            (_TARGET.findall(text) for name in ("GNUmakefile", "makefile", "Makefile") if (text := _text(case, name))), []
        )
    if program in _SCRIPTS_RUN:
        with suppress(ValueError, AttributeError):
            return [*json.loads(_text(case, "package.json") or "{}").get("scripts", {}), *facts.habits.verbs.get("npm", ())]
    if program in ("chown", "su", "id", "passwd", "finger"):
        return [line.partition(":")[0] for line in _text(case, "/etc/passwd").splitlines()]
    if program in ("systemctl", "service"):
        folders = ("/etc/init.d", "/lib/systemd/system", "/etc/systemd/system")
        units = [name for folder in folders for name in facts.listdir(folder)]
        return [*units, *(name.removesuffix(".service") for name in units)]
    if program in ("man", "which", "whatis", "apropos", "type"):
        return list(facts.programs())
    return []


def _text(case: Case, name: str) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return Path(case.facts.path(name)).read_text("utf-8")[: 1 << 20]
    return ""


RULES = (verbs, options, values, names)
