"""Which files a command takes: depth, kind, size, age, hidden ones, names left out."""

from __future__ import annotations

import re

from aishell.planner.constraints.amounts import find_size, find_span
from aishell.planner.constraints.look import codes
from aishell.planner.constraints.programs import ALWAYS_RECURSIVE, RECURSIVE
from aishell.planner.constraints.values import Constraint, Fault, Finding
from aishell.planner.constraints.view import Test, View

_LETTERS = {"files": "f", "folders": "d", "links": "l"}
_LEAVES_OUT = re.compile(
    r"!\(|/\^|!~|!=|\[\^|\[!|/d\b|!/|--exclude|--ignore|--invert-match|--files-without-match|-prune|\bcomm\b|\s!\s|-not\b|-I\b|-x\b"
)
_TIMES = ("-mtime", "-mmin", "-atime", "-amin", "-ctime", "-cmin")
_ROUNDING = 0.08
"""A megabyte is 1000000 or 1048576 bytes; both are right."""


def shallow(_asked: Constraint, seen: View) -> Finding:
    for stage in seen.of("find"):
        depths = [test.value for test in stage.found_by("-maxdepth")]
        cut = any("/*/" in test.value for test in stage.found_by("-path", "-wholename"))  # ! -path './*/*'
        if not depths and not cut and not stage.found_by("-prune", "-regex"):
            return Fault(name="goes below", seen="find")
        if depths and depths[0] not in ("0", "1"):
            return Fault(name="goes below", seen=f"find -maxdepth {depths[0]}", certain=False)
    for stage in seen.stages:
        if stage.program in ("grep", "ls", "chmod", "chown", "chgrp") and stage.has(*RECURSIVE[stage.program]):
            return Fault(name="goes below", seen=f"{stage.program} -R")
        if stage.program == "tree" and not stage.values("-L", "--level"):
            return Fault(name="goes below", seen="tree")
    if "**" in seen.text:
        return Fault(name="goes below", seen="**", certain=False)
    return "met" if seen.understood else "unknown"


def deep(_asked: Constraint, seen: View) -> Finding:
    if "**" in seen.text or any(stage.has(*RECURSIVE.get(stage.program, ()), "-R", "--recursive") for stage in seen.stages):
        return "met"
    for stage in seen.of("find"):
        if any(test.value in ("0", "1") for test in stage.found_by("-maxdepth")):
            return Fault(name="stays above", seen="find -maxdepth 1", certain=not seen.runs("rm"))
    if seen.runs(*ALWAYS_RECURSIVE):
        return "met"
    flat = [stage for stage in seen.stages if stage.program in RECURSIVE and not (stage.fed or stage.via)]
    return Fault(name="stays above", seen=flat[0].program) if flat and seen.understood else "unknown"


def only_type(asked: Constraint, seen: View) -> Finding:
    """Folders asked for and files found, or the other way round. `find` without -type is left alone: many mean it so."""
    wanted = _LETTERS[asked.value]
    for stage in seen.of("ls"):
        if asked.value == "folders" and stage.has("-d") and len(seen.stages) == 1:
            stars = [operand for operand in stage.operands if operand.endswith("*")]
            return Fault(name="wrong type", seen=f"ls -d {stars[0]}") if stars else "met"
    for stage in seen.of("find"):
        types = [test for test in stage.found_by("-type", "-xtype") if not test.negated]
        letters = {letter for test in types for letter in test.value.split(",")}
        if letters and wanted not in letters:
            if not seen.understood or len(seen.stages) > 1 or stage.found_by("-printf"):
                return "unknown"  # the folders that hold such files, for instance
            return Fault(name="wrong type", seen=f"find -type {types[0].value}")
        if letters == {wanted}:
            return "met"
    return "unknown"


def empty(asked: Constraint, seen: View) -> Finding:
    for stage in seen.of("find"):
        if stage.found_by("-empty") or any(
            test.value.strip("+-") in ("0", "0c", "0b", "0k", "1", "1c", "1k") for test in stage.found_by("-size")
        ):
            types = stage.found_by("-type")
            if stage.found_by("-empty") and asked.value and any(test.value != _LETTERS[asked.value] for test in types):
                return Fault(name="wrong type", seen=f"find -type {types[0].value}")
            return "met"
    if codes(seen) or seen.runs("rmdir", "[", "test", "wc") or not seen.understood:
        return "unknown"
    searching = seen.of("find", "ls", "rm", "grep")
    return Fault(name="not only empty") if searching else "unknown"


def of_size(asked: Constraint, seen: View) -> Finding:
    sizes = [
        (test, parsed) for stage in seen.of("find") for test in stage.found_by("-size") if (parsed := find_size(test.value))
    ]
    if not sizes:
        other = codes(seen) or any(stage.values("-t", "-S", "--threshold") for stage in seen.of("du", "fd"))
        plain = seen.runs("find") and seen.understood and not other and not seen.runs("du", "wc", "stat", "ls")
        return Fault(name="no size") if plain else "unknown"
    worst: Finding = "unknown"
    for test, (sign, amount, block) in sizes:
        sign = {"": "", "+": "-", "-": "+"}[sign] if test.negated else sign
        found = _size(asked, test, sign, amount, block)
        if not isinstance(found, Fault):
            return found
        worst = found
    return worst


def _size(asked: Constraint, test: Test, sign: str, amount: float, block: float) -> Finding:
    shown = f"find -size {test.value}"
    if sign != {"more": "+", "less": "-"}[asked.way or "more"]:
        return Fault(name="wrong size", seen=shown)
    if sign == "-" and block > 1 and amount == block and asked.amount > 1:
        near = abs(amount - asked.amount) <= _ROUNDING * asked.amount
        return Fault(name="rounded size", seen=shown, certain=not near, weight=0.3)
    if abs(amount - asked.amount) <= max(_ROUNDING * asked.amount, 1):
        return "met"
    return Fault(name="wrong size", seen=shown)


def of_time(asked: Constraint, seen: View) -> Finding:
    tests = [test for stage in seen.of("find") for test in stage.found_by(*_TIMES)]
    if not tests:
        other = codes(seen) or any(
            test.name.startswith(("-newer", "-printf")) for stage in seen.of("find") for test in stage.tests
        )
        plain = seen.runs("find") and seen.understood and not other and not seen.runs("ls", "stat", "date", "touch")
        return Fault(name="no time") if plain else "unknown"
    worst: Finding = "unknown"
    for test in tests:
        found = _time(asked, test)
        if not isinstance(found, Fault):
            return found
        worst = found
    return worst


def _time(asked: Constraint, test: Test) -> Finding:
    parsed = find_span(test.name, test.value)
    if not parsed:
        return "unknown"
    sign, span, grain = parsed
    shown = f"find {test.name} {test.value}"
    sign = {"": "", "+": "-", "-": "+"}[sign] if test.negated else sign
    wanted = {"more": "+", "less": "-"}[asked.way or "less"]
    today = sign == "" and span == 0 and asked.amount == 86_400
    if sign != wanted and not today:
        return Fault(name="wrong time", seen=shown)
    short = grain if asked.way == "more" else 0  # "-mtime +6" is older than 6 days of 24 hours, so at least seven
    months = 0.04 * asked.amount if asked.amount >= 28 * 86_400 else 0
    if not today and not asked.amount - short - months <= span <= asked.amount + months:
        return Fault(name="wrong time", seen=shown)
    if asked.value and test.name[1] != asked.value:
        return Fault(name="wrong stamp", seen=shown, certain="a" in (asked.value, test.name[1]))
    return "met"


def hidden(asked: Constraint, seen: View) -> Finding:
    if asked.way == "less":
        for stage in seen.of("ls", "tree"):
            if stage.has("-a", "-A", "--all", "--almost-all"):
                return Fault(name="shows hidden", seen=f"{stage.program} -a", certain=len(seen.stages) == 1)
        return "unknown"
    for stage in seen.of("ls", "tree"):
        dots = any(operand.rsplit("/", 1)[-1].startswith(".") and len(operand) > 2 for operand in stage.operands)
        if not stage.has("-a", "-A", "-f", "--all", "--almost-all") and not dots:
            return Fault(name="hides", seen=stage.program, certain=len(seen.stages) == 1)
        return "met"
    return "met" if seen.runs("find", "du") else "unknown"


def left_out(asked: Constraint, seen: View) -> Finding:
    core = asked.value.strip("*./ ").rsplit("/", 1)[-1].lower()
    if not core or core not in seen.text.lower():
        return Fault(name="not left out") if core and seen.understood else "unknown"
    leaving = any(test.negated for stage in seen.stages for test in stage.tests) or any(
        stage.has("-v", "-L") for stage in seen.of("grep", "egrep", "fgrep")
    )
    if leaving or codes(seen) or _LEAVES_OUT.search(seen.text):
        return "met"
    return Fault(name="not left out") if seen.understood else "unknown"
