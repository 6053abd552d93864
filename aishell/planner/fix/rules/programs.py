"""Programs that are not found: mistyped, called otherwise here, lying in this folder, or not installed."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator

from aishell.planner import lexicon
from aishell.planner.fix.line import Simple, Token
from aishell.planner.fix.nearest import Near, nearest, sureness
from aishell.planner.fix.values import SURE, Case, Fix, Why

_USUAL = (
    lexicon.SPOKEN | lexicon.SUBCOMMANDS | lexicon.PATTERN_FIRST | lexicon.NEW_NAMES | lexicon.PREFIXES
    | lexicon.NO_WORD_OPERANDS | lexicon.FREE_TEXT | frozenset("cp rm chmod chown ln mkdir rmdir ssh scp rsync vim cd".split())
)  # fmt: skip
_LIKED = 0.35
_NO_DOUBT = 0.9
_INTERPRETERS = {".py": "python3", ".sh": "bash", ".rb": "ruby", ".js": "node", ".pl": "perl"}


def unknown_programs(case: Case) -> Iterator[Fix]:
    likely: dict[Token, Near] = {}
    for simple in case.calls():
        program = simple.program
        if program and program.value in case.facts.habits.elsewhere and _reads_files(case, simple):
            yield from _elsewhere(case, simple, program)
        elif program and program.value and not program.glob and not _known(case, program) and _not_found(case, program):
            at_hand = (*_elsewhere(case, simple, program), *_here(case, program))
            yield from at_hand
            found = nearest(program.value, case.facts.programs(), liked=_likes(case))[:3]
            yield from _mistyped(case, program, found)
            no_doubt = sureness(found) >= _NO_DOUBT and program.value not in case.facts.habits.packages
            if not (at_hand or no_doubt):  # asking for a package may take a second
                yield from _to_install(case, program.value)
            likely |= {program: found[0]} if found and sureness(found) >= SURE else {}
    if len(likely) > 1:
        wrong, right = ", ".join(token.value for token in likely), ", ".join(near.name for near in likely.values())
        why = Why("There is no {wrong} here; {right} is spelled almost like it.", wrong=wrong, right=right)
        line = case.line.with_words({token: near.name for token, near in likely.items()})
        yield Fix(command=line, why=why, rule="mistyped program", sure=0.96)


def _known(case: Case, program: Token) -> bool:
    value = program.value
    if "/" in value or value.startswith("~"):
        return True  # a path, which other rules look at
    defined = re.search(rf"\b{re.escape(value)}\s*\(\)", case.failed.command)
    return bool(case.facts.which(value) or value in lexicon.BUILTINS or defined)


def _not_found(case: Case, program: Token) -> bool:
    """Whether that can be it: an alias is no program on the disk, and may have failed for another reason."""
    return case.failed.exit_status in (127, None) or case.messages.names(program.value)


def _reads_files(case: Case, simple: Simple) -> bool:
    """Whether all it was given are files: `type letter.txt` means something else where `type` is a builtin."""
    operands = case.operands(simple)
    return bool(operands) and all(token.value and case.facts.exists(case.path(token)) for token in operands)


def _elsewhere(case: Case, simple: Simple, program: Token) -> Iterator[Fix]:
    """`ipconfig`, `cls`: what another system calls it."""
    ours = case.facts.habits.elsewhere.get(program.value.lower())
    if ours and case.facts.which(ours.split()[0]):
        switches = [
            token
            for token in simple.arguments
            if re.fullmatch(r"/[A-Za-z?]\w*(:\S*)?", token.text) and not case.facts.exists(token.text)
        ]
        line = case.line.edited({program: ours, **dict.fromkeys(switches, "")})
        why = Why("Here that is called {ours}.", ours=ours)
        yield Fix(command=line.rstrip(), why=why, rule="elsewhere", sure=0.9)


def _here(case: Case, program: Token) -> Iterator[Fix]:
    """A file or folder of that name in this folder, which is not searched for programs."""
    path = case.path(program)
    if case.facts.is_dir(path):
        why = Why("{name} is a folder.", name=program.value)
        yield Fix(command=f"cd {program.text}", why=why, rule="folder as command", sure=0.93)
    elif case.facts.executable(path):
        why = Why(
            "{name} lies in this folder, where programs are looked for only when they are called with ./", name=program.value
        )
        yield Fix(command=case.line.edited({program: f"./{program.text}"}), why=why, rule="here", sure=0.95)
    elif case.facts.exists(path) and (runner := interpreter(case, path)):
        why = Why("{name} is a script in this folder, and not marked as a program.", name=program.value)
        yield Fix(command=case.line.edited({program: f"{runner} {program.text}"}), why=why, rule="here", sure=0.9)


def interpreter(case: Case, path: str) -> str:
    """What runs the script at `path`, by its first line or its name; empty when it is no script."""
    first = case.facts.head(path).partition(b"\n")[0].decode("utf-8", "replace").strip()
    if first.startswith("#!"):
        words = first[2:].split()
        named = [word for word in words if not word.startswith("-") and os.path.basename(word) != "env"]
        runner = os.path.basename(named[0]) if named else ""
        return runner if runner and case.facts.which(runner) else "bash" if runner in ("sh", "zsh", "dash") else ""
    runner = _INTERPRETERS.get(os.path.splitext(path)[1], "")
    return runner if runner and case.facts.which(runner) else ""


def _mistyped(case: Case, program: Token, found: list[Near]) -> Iterator[Fix]:
    sure = sureness(found)
    if case.facts.habits.packages.get(program.value):
        sure = min(sure, 0.6)
    for at, near in enumerate(found):
        why = Why("There is no {wrong} here; {right} is spelled almost like it.", wrong=program.value, right=near.name)
        line = case.line.with_words({program: near.name})
        yield Fix(command=line, why=why, rule="mistyped program", sure=sure - 0.15 * at)


def _likes(case: Case) -> Callable[[str], float]:
    """What a name is worth by being known to everybody, and by being used by this person."""
    used = Counter(line.split()[0] for line in case.facts.past() if line.strip())

    def worth(name: str) -> float:
        return _LIKED * (name in _USUAL) + _LIKED * (used[name] > 1)

    return worth


def _to_install(case: Case, name: str) -> Iterator[Fix]:
    facts = case.facts
    if not facts.installs or not re.fullmatch(r"[\w.+-]+", name):
        return
    listed = facts.habits.packages.get(name)
    package = listed if listed and facts.has_package(listed) else name if facts.has_package(name) else listed
    if package:
        sudo = "" if facts.root or facts.installs.startswith("brew") or not facts.which("sudo") else "sudo "
        why = Why("{name} is not installed; the package {package} has it.", name=name, package=package)
        yield Fix(command=f"{sudo}{facts.installs} {package}", why=why, rule="package", sure=0.88)


RULES = (unknown_programs,)
