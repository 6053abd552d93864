"""What may not be run, read or written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aishell.planner.fix.line import Token, quoted
from aishell.planner.fix.rules.programs import interpreter
from aishell.planner.fix.values import Case, Fix, Why

_NEEDS_ROOT = (
    r"are you root|must be (?:run as )?root|superuser|requires? root|only root|not permitted|root privileges|需要 ?root"
)


def not_executable(case: Case) -> Iterator[Fix]:
    """A script without the mark of a program, or with a first line that nothing understands."""
    for simple in case.calls():
        program = simple.program
        if not program or "/" not in program.value or (case.failed.exit_status in (0, None) and not case.messages):
            continue
        path = case.path(program)
        if case.facts.is_dir(path):
            if case.failed.exit_status == 126 or case.messages.says("EISDIR"):
                why = Why("{name} is a folder.", name=program.value)
                yield Fix(command=f"cd {program.text}", why=why, rule="folder as command", sure=0.92)
        elif case.facts.exists(path) and not case.facts.executable(path):
            runner = interpreter(case, path)
            why = Why("{name} is not marked as a program; chmod +x does that.", name=program.value)
            line = f"chmod +x {program.text} && {case.failed.command}"
            yield Fix(command=line, why=why, rule="not executable", sure=0.9 if runner else 0.76)
            if runner:
                why = Why("{name} is not marked as a program, but {runner} can run it.", name=program.value, runner=runner)
                line = case.line.edited({program: f"{runner} {program.text}"})
                yield Fix(command=line, why=why, rule="not executable", sure=0.8)
        elif case.facts.executable(path):
            yield from _first_line(case, program)


def _first_line(case: Case, program: Token) -> Iterator[Fix]:
    """A script that cannot begin: its first line ends in a carriage return, or names a program that is not here."""
    first = case.facts.head(case.path(program)).partition(b"\n")[0]
    if not first.startswith(b"#!") or case.failed.exit_status not in (126, 127):
        return
    if first.endswith(b"\r"):
        why = Why("{name} has the line ends of Windows.", name=program.value)
        line = f"sed -i 's/\\r$//' {program.text} && {case.failed.command}"
        yield Fix(command=line, why=why, rule="line ends", sure=0.93)
        return
    named = first[2:].decode("utf-8", "replace").split()
    wanted = named[-1] if named else ""
    runner = interpreter(case, case.path(program))
    if runner and not case.facts.exists(case.facts.path(wanted)):
        why = Why("The first line of {name} names {wanted}, which is not here.", name=program.value, wanted=wanted)
        line = case.line.edited({program: f"{runner} {program.text}"})
        yield Fix(command=line, why=why, rule="first line", sure=0.85)


def needs_rights(case: Case) -> Iterator[Fix]:
    """What the system's administrator may do, and this user may not."""
    denied = case.messages.says("EACCES", "EPERM")
    if case.facts.root or not case.facts.which("sudo") or not (denied or case.messages.has(_NEEDS_ROOT)):
        return
    if case.messages.has("publickey|keyboard-interactive"):  # another machine's
        return
    simple = next(case.calls(), None)
    if simple is None or any(token.text in ("sudo", "doas") for token in simple.carriers) or _own_script(case):
        return
    why = Why("This user may not do that; with sudo the administrator does.")
    target = next((pair for pair in simple.redirects if case.messages.names(pair[1].value, denied)), None)
    if target and ">" in target[0].text:
        append = " -a" if ">>" in target[0].text else ""
        before = case.failed.command[: target[0].start].rstrip()
        line = f"{before} | sudo tee{append} {quoted(target[1].value)} > /dev/null"
        yield Fix(command=line, why=why, rule="rights", sure=0.85 if len(case.line.simples) == 1 else 0.6)
    elif simple.program and simple.program.value != "cd":
        yield Fix(command=_with_sudo(case, simple.words[0]), why=why, rule="rights", sure=0.85)


def _with_sudo(case: Case, first: Token) -> str:
    blamed = next(
        (one for one in case.calls() if one.program and case.messages.names(one.program.value)), None
    )  # of several commands, the one that complains
    word = blamed.words[0] if blamed else first
    return case.line.edited({word: f"sudo {word.text}"})


def _own_script(case: Case) -> bool:
    """A program that lacks its mark: that is another rule's."""
    return any(
        one.program and "/" in one.program.value and not case.facts.executable(case.path(one.program)) for one in case.calls()
    )


def bad_mode(case: Case) -> Iterator[Fix]:
    """`chmod x file`: a letter without its sign."""
    for simple in case.calls("chmod"):
        for token in case.operands(simple)[:1]:
            if re.fullmatch(r"[ugoa]?[rwxX]{1,3}", token.text) and not case.facts.exists(case.path(token)):
                who, what = re.fullmatch(r"([ugoa]?)([rwxX]{1,3})", token.text).groups()  # type: ignore[union-attr]
                why = Why("A permission is given with + and taken with -.")
                yield Fix(command=case.line.edited({token: f"{who}+{what}"}), why=why, rule="mode", sure=0.9)


RULES = (not_executable, needs_rights, bad_mode)
