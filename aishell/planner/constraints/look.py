"""How a command treats text and figures: the conditions about counting, order, number and names that no file decides."""

from __future__ import annotations

import re

from aishell.planner.constraints.programs import CODE, SORTS_BY_NAME
from aishell.planner.constraints.values import Constraint, Fault, Finding
from aishell.planner.constraints.view import Stage, View

_GREPS = ("grep", "egrep", "fgrep", "zgrep")
_COUNTING_CODE = re.compile(r"\+\+|\+=|\bEND\b|\bNR\b|\blength\b|\$=|=$")
_LISTERS = frozenset(
    "ls find cat grep egrep fgrep sort head tail ps stat file echo cut tr tac rev basename dirname readlink realpath".split()
)
_SILENT = ("chmod", "chown", "chgrp", "touch", "mkdir", "rmdir", "rm", "mv", "cp", "ln", "truncate")
"""Programs that print nothing of what they did."""
_UNITS = {"lines": ("-l", "--lines"), "words": ("-w", "--words"), "characters": ("-m", "-c", "--chars", "--bytes")}
_UNITS["bytes"] = ("-c", "--bytes")
_OF_NAMES = ("find", "ls", "sort", "wc", "xargs", "stat", "du", "basename", "head", "tail")
"""What may stand behind a find that looks at names without looking into a file it finds."""
_SPLITTERS = frozenset("tr grep egrep sed awk gawk fold fmt xargs find".split())


def codes(seen: View) -> bool:
    """Whether awk, sed or perl may do anything to the text."""
    return seen.runs(*CODE)


def count(asked: Constraint, seen: View) -> Finding:
    for stage in seen.of("wc"):
        return _unit(asked, stage, seen)
    for stage in seen.stages:
        if stage.has("-c", "--count") and stage.program in (*_GREPS, "uniq"):
            return "met"
        if stage.program in CODE and any(_COUNTING_CODE.search(operand) for operand in stage.operands):
            return "met"
    computed = any(set("$\0") & set(operand) for stage in seen.of("echo") for operand in stage.operands)
    if not seen.understood or computed or any(stage.has("-v", "-c", "--verbose", "--changes") for stage in seen.of(*_SILENT)):
        return "unknown"
    if all(stage.program in _LISTERS or stage.program == "xargs" for stage in seen.stages):
        return Fault(name="lists")
    silent = all(stage.program in _SILENT or stage.program in ("find", "xargs") for stage in seen.stages)
    return Fault(name="no number", certain=False) if silent else "unknown"


def _unit(asked: Constraint, stage: Stage, seen: View) -> Finding:
    """Whether wc counts what is asked for. Behind one word a line, its lines are words."""
    fitting = _UNITS.get(asked.value, ())
    if not fitting or not stage.options or stage.has(*fitting):
        return "met"
    if stage.fed and seen.runs(*_SPLITTERS):
        return "unknown"
    return Fault(name="counts other", seen=f"wc {' '.join(sorted(stage.options))}", certain=seen.understood and not stage.fed)


def total(_asked: Constraint, seen: View) -> Finding:
    """One figure: `wc` started for each file gives none, `du` without -s and -c one a folder, and with -s one a name."""
    if codes(seen) or seen.runs("paste", "bc", "expr", "tail"):
        return "unknown"
    for stage in seen.stages:
        if stage.program == "wc" and stage.via and seen.stages[-1] is stage:
            return Fault(name="one each", weight=1.0 if stage.one_by_one else 0.5, certain=stage.one_by_one)
        if (
            stage.program == "du"
            and (stage.one_by_one or not stage.has("-c", "--total"))
            and not stage.values("-d", "--max-depth")
        ):
            many = len(stage.operands) > 1 or bool(stage.via) or any("*" in operand for operand in stage.operands)
            if many or stage.one_by_one or not stage.has("-s", "--summarize"):
                return Fault(name="one each", weight=0.5, certain=False)
    return "unknown"


def each(_asked: Constraint, seen: View) -> Finding:
    if seen.stages and seen.stages[-1].program == "wc" and seen.stages[-1].fed and not codes(seen):
        many = any(stage.program == "cat" and stage.via for stage in seen.stages)
        return Fault(name="one for all", weight=0.5, certain=False) if many else "unknown"
    return "unknown"


def in_order(asked: Constraint, seen: View) -> Finding:
    sorts = seen.of("sort")
    if seen.runs("comm", "join", "tac"):
        return "unknown"
    for stage in seen.of("ls"):
        by_time, by_size = stage.has("-t"), stage.has("-S")
        if (asked.value == "size" and by_time and not by_size) or (asked.value == "time" and by_size and not by_time):
            return Fault(name="wrong key", seen=f"ls {'-t' if by_time else '-S'}", certain=not sorts)
        if (by_time or by_size) and not sorts and asked.way:
            backwards = stage.has("-r", "--reverse")
            wrong = backwards == (asked.way == "down")
            return Fault(name="wrong direction", seen="ls -r" if backwards else "ls", certain=False) if wrong else "met"
    if sorts:
        return _direction(asked, sorts[-1], seen)
    if codes(seen) or not seen.understood or any("sort" in option for stage in seen.stages for option in stage.options):
        return "unknown"
    by_name = seen.runs(*SORTS_BY_NAME) or any(
        set(operand) & set("*?[") for s in seen.stages for operand in s.operands if s.program != "find"
    )
    if by_name and asked.value in ("", "name"):
        return "unknown"
    if any(stage.has("-t", "-S", "-k") for stage in seen.stages if stage.program in ("ls", "ps")):
        return "met"
    return Fault(name="unsorted")


def _direction(asked: Constraint, stage: Stage, seen: View) -> Finding:
    keys = [value for value in stage.values("-k", "--key") if "r" in value]
    backwards = bool(keys) or stage.has("-r", "--reverse")
    if not asked.way or seen.runs("tac") or codes(seen):
        return "met"
    if backwards == (asked.way == "down"):
        return "met"
    return Fault(name="wrong direction", seen=f"sort {'-r' if backwards else 'without -r'}", certain=False, weight=0.7)


_TESTS = re.compile(r"-(?:[acm]time|[acm]min|size)\s+\S+")


def limit(asked: Constraint, seen: View) -> Finding:
    cuts = [stage for stage in seen.stages if stage.program in ("head", "tail")]
    wanted = int(asked.amount)
    if not cuts:
        text = _TESTS.sub("", seen.text) if asked.value not in ("first", "last") else seen.text  # -mtime -3 are no three files
        if not seen.understood or codes(seen) or wanted == 1 or re.search(rf"(?<!\d){wanted}(?!\d)", text):
            return "unknown"
        return Fault(name="no limit")
    numbers = [_many(stage) for stage in cuts]
    if any(text == str(wanted) or text in (str(wanted + 1), f"-{wanted}") for text in numbers):
        return _end(asked, cuts, seen)
    if codes(seen) or not all(text.isdigit() for text in numbers) or len(cuts) > 1:
        return "unknown"
    return Fault(name="wrong limit", seen=f"{cuts[0].program} -n {numbers[0]}", certain=seen.understood)


def _many(stage: Stage) -> str:
    values = stage.values("-n", "--lines", "-N")
    return values[-1] if values else "" if stage.has("-c", "--bytes") else "10"


def _end(asked: Constraint, cuts: list[Stage], seen: View) -> Finding:
    """Which end head and tail take, where nothing turns the text round."""
    cut = cuts[-1]
    numbered = _many(cut).lstrip("-").isdigit()
    if len(cuts) > 1 or not numbered or codes(seen) or seen.runs("tac"):
        return "met" if numbered else "unknown"
    takes_first = cut.program == "head"
    if asked.value in ("first", "last"):
        if seen.runs("sort", "ls", "ps") or (asked.value == "first") == takes_first:
            return "met"
        return Fault(name="wrong end", seen=cut.program, certain=seen.understood and not cut.fed)
    sorts = seen.of("sort")
    if len(sorts) != 1 or asked.value in ("newest", "oldest"):
        return "unknown"
    backwards = sorts[0].has("-r", "--reverse") or any("r" in value for value in sorts[0].values("-k", "--key"))
    if (backwards == takes_first) == (asked.value == "largest"):
        return "met"
    return Fault(name="wrong end", seen=f"sort {'-r ' if backwards else ''}| {cut.program}", certain=seen.understood)


def case(asked: Constraint, seen: View) -> Finding:
    heeding = asked.way == "more"
    ignoring = any(
        (stage.program in (*_GREPS, "rg", "ag") and stage.has("-i", "--ignore-case", "-y"))
        or (stage.program == "sort" and (stage.has("-f", "--ignore-case") or any("f" in v for v in stage.values("-k"))))
        or (stage.program == "uniq" and stage.has("-i", "--ignore-case"))
        or any(test.name.startswith("-i") and test.name != "-inum" for test in stage.tests)
        for stage in seen.stages
    )
    if heeding:
        return Fault(name="ignores case", seen="-i") if ignoring else "met"
    if ignoring:
        return "met"
    if (
        codes(seen)
        or seen.runs("tr")
        or not seen.understood
        or re.search(r"\[[A-Za-z][A-Za-z]\]|nocase|/[gp]*[iI]\b", seen.text)
    ):
        return "unknown"
    matching = seen.of(*_GREPS) or [stage for stage in seen.of("find") if stage.found_by("-name", "-path", "-regex")]
    return Fault(name="heeds case", seen=matching[0].program) if matching else "unknown"


def whole_words(_asked: Constraint, seen: View) -> Finding:
    greps = seen.of(*_GREPS)
    if not greps or not seen.understood:
        return "unknown"
    if any(stage.has("-w", "-x", "--word-regexp", "--line-regexp") for stage in greps) or re.search(
        r"\\b|\\<|\[\^|-w", seen.text
    ):
        return "met"
    return Fault(name="parts of words", seen=greps[0].program)


def lines(_asked: Constraint, seen: View) -> Finding:
    for stage in seen.of(*_GREPS):
        if stage.has("-l", "-L", "--files-with-matches", "--files-without-match") and seen.stages[-1] is stage:
            return Fault(name="names for lines", seen=f"{stage.program} -l", certain=seen.understood)
    return "unknown"


def numbered(_asked: Constraint, seen: View) -> Finding:
    greps = seen.of(*_GREPS)
    if not greps or any(stage.has("-n", "--line-number") for stage in seen.stages) or re.search(r"\bNR\b|\$\.", seen.text):
        return "met" if greps else "unknown"
    return Fault(name="no numbers", seen=greps[0].program, weight=0.8)


def content(_asked: Constraint, seen: View) -> Finding:
    named = [test for stage in seen.of("find") for test in stage.found_by("-name", "-iname", "-path")]
    if (
        not seen.understood
        or not named
        or any(stage.program not in ("find", "ls", "sort", "wc", "xargs") for stage in seen.stages)
    ):
        return "unknown"
    return Fault(name="looks at names", seen=f"find {named[0].name}", weight=0.8, certain=False)


def unique(_asked: Constraint, seen: View) -> Finding:
    if seen.runs("uniq") or any(stage.has("-u", "--unique") for stage in seen.of("sort")):
        return "met"
    return Fault(name="duplicates") if seen.understood and not codes(seen) and not seen.runs("comm", "diff") else "unknown"


def human(_asked: Constraint, seen: View) -> Finding:
    measuring = seen.of("du", "df", "ls", "free")
    if not measuring or seen.runs("numfmt") or codes(seen):
        return "unknown"
    if any(stage.has("-h", "-H", "--human-readable", "--si", "--human", "-m", "-g") for stage in measuring):
        return "met"
    return Fault(name="bare figures", seen=measuring[0].program, certain=seen.understood)


def names_only(_asked: Constraint, seen: View) -> Finding:
    for stage in seen.of(*_GREPS):
        if stage.has("-l", "-L", "--files-with-matches", "--files-without-match"):
            return "met"
        if not stage.fed and stage.has("-r", "-R") and len(seen.stages) == 1:
            return Fault(name="more than names", seen=str(stage.program), weight=0.8, certain=False)
    for stage in seen.of("ls"):
        if stage.has("-l") and len(seen.stages) == 1:
            return Fault(name="more than names", seen="ls -l")
    return "unknown"
