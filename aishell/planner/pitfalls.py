"""Slips that a small model makes again and again, and that show in the command's text: mended without asking it.

Each rule is one that a reviewer would name by heart. What a request asks for in so many words is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from aishell.planner.constraints.amounts import NUMBER, number

_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"")
_HEADED = re.compile(
    r"(?<![\w./-])(?:df|free|lsof|lsblk|netstat|ss|docker\s+ps|kubectl\s+get)\b[^|;&\n]*\|\s*[gm]?awk\s+(?:-F\s*\S+\s+)?'(?=\{\s*print\b)"
    r"|(?<![\w./-])ps\b(?![^|;&\n]*(?:=(?=\s|,|$)|--no-h))[^|;&\n]*\|\s*(?:head\s+-(?:n\s*)?\d+\s*\|\s*)?[gm]?awk\s+(?:-F\s*\S+\s+)?'(?=\{\s*print\b)"
)
_PROCESSES = re.compile(r"(?<![\w./-])(ps\b(?![^|;&\n]*(?:=(?=\s|,|$)|--no-headers?))[^|;&\n]*\|\s*head\s+-(?:n\s*)?)(\d+)\b")
"""`ps ... | head -n 5`"""
_TOTALLED = re.compile(r"(\bwc\s+-[lwcm]\b[^|;&\n]*)(\|\s*sort\s+-(?=[bfgnr]*r)[bfgnr]+\s*\|\s*head\s+-(?:n\s*)?\d+\b)")
"""`wc -l FILES | sort -rn | head -n 1`"""
_LISTENING = re.compile(r"(?<![\w./-])(ss|netstat)\s+-([a-oq-zA-Z46]+)(?=\s|$|\|)")
_PROGRAM = re.compile(r"\b(?:programs?|process(?:es)?|services?|who|applications?|apps?)\b|程序|进程|服务", re.I)
_EACH_LETTER = re.compile(r"(?<![\w./-])(grep\s+(?:-\w+\s+)*-\w*o\w*\s+(?:-\w+\s+)*)(['\"])\\w\2")
_AMOUNT = re.compile(rf"(?<![A-Za-z_\d.]){NUMBER}(?![A-Za-z\d.])", re.I)
_WORDS = re.compile(r"\bwords?\b|单词|字数", re.I)
_BLANK_INTO = re.compile(r"(?<![\w./-])echo(?:\s+(?:''|\"\"))?(\s*>(?!>))")
_EMPTY = re.compile(r"\b(?:empty|clear|blank|truncate|wipe)\b|清空|置空", re.I)
_WHOLE_TABLE = re.compile(
    r"(?<![\w./-])(aishell (?:translate|rewrite)\b[^|;&\n]*?)\s--whole\b([^|;&\n]*\.(?:csv|tsv|jsonl|ndjson)\b)"
)
_HEADER = re.compile(r"\b(?:header|heading|title|column names?)\b|表头|标题", re.I)
_GREP = re.compile(r"(?<![\w./-])grep((?:\s+(?:-[A-Za-z]+|--[a-z-]+))*)(\s+)('[^']*'|\"[^\"$`]*\")")
_EXTENDED = re.compile(r"(?<!\\)\||[\])]\+|(?<!\\)\\[wdsb]\+|\w\{\d+(?:,\d*)?\}(?!\})")
"""Signs that mean something in extended regular expressions only, where nobody wants them as they are."""
_RM = re.compile(r"(?:^|(?<=[;&|\n(])|(?<=&& )|(?<=; ))(\s*(?:sudo\s+)?rm\s+)-(?=[rRfvd]*f)([rRfvd]+)(?=\s)")
_FORCE = re.compile(
    r"\bforc|\bignor|\bquiet|\bsilent|\bif (?:it|they|there|any)\b|\bexists?\b|-r?f\b|强制|强行|忽略|如果|若", re.I
)
_SED = re.compile(r"(?<![\w./-])sed\b[^|;&\n]*?(['\"])s([/#|,@])((?:(?!\2)[^'\"\\]|\\.)+)\2((?:(?!\2)[^'\"\\]|\\.)*)\2\1")
_REPLACES = re.compile(r"\b(?:replac|substitut)|替换|换成|改成", re.I)
_ONE_OF = re.compile(
    r"\b(?:first|last|second|third|once|only|leading|trailing|beginning|start|end|\d+(?:st|nd|rd|th))\b|第|首|开头|结尾|末尾",
    re.I,
)
_BARE_GLOB = re.compile(r"(?<=\s)(-i?(?:name|path|wholename))(\s+)((?:[\w.-]|\\\*)*[*?][\w.*?-]*)(?=\s|$)")
_FOUND = re.compile(r"(?<![\w./-])(find\b[^|;&\n]*?)\s*\|\s*xargs\b(?![^|]*\s-(?:0|-null|d)\b)")
_PRINTS = re.compile(r"\s-(?:print0?|printf|fprint\w*|exec\w*|ok\w*|delete|f?ls|quit)\b")

_MKDIR = re.compile(r"(?<![\w./-])mkdir\s+(?:-p|--parents)((?:\s+[\w.-]+){2,})\s*$")
_TOUCHED = re.compile(
    r"(?<![\w./-])(find\b[^|;&\n]*\s-type\s+d\b[^|;&\n]*-exec\s+touch\s+)"
    r"([\w.]+[\w.-]*|'[\w .-]+'|\"[\w .-]+\")\s+\{\}\s+(?:\+|\\;|';')"
)
_SHORTLOG = re.compile(
    r"(?<![\w./|-])(?<!\| )(git\s+shortlog(?:\s+-\w+|\s+--(?!all|branches|remotes|tags)[\w-]+)*)(?=\s*(?:$|[|>;&\n]))"
)
_FIRST_OF = re.compile(
    r"(?<![\w./-])ls((?:\s+-[A-Za-z1]+)+)((?:\s+[\w./~'\"$*-][^|;&<>\n]*)?)\s*\|\s*(head|tail)\s+(?:-n\s*1|-1)(?=\s*(?:$|[);&\n]))"
)
"""`ls -t FOLDER | head -n 1`."""
_SORTED_LIST = re.compile(
    r"(?<![\w./-])ls((?:\s+-[A-Za-z1]+)+)((?:\s+[\w./~'\"$*-][^|;&<>\n]*)?)\s*\|\s*sort((?:\s+-[bghnr]+)+)(?=\s*(?:$|[|);&\n]))"
)
"""`ls -lh FOLDER | sort -rh`."""
_MOST_OF = {
    "t": (
        re.compile(r"\b(?:newest|latest|most recent(?:ly)?)\b|最新", re.I),
        re.compile(r"\b(?:oldest|earliest)\b|最旧|最老|最早", re.I),
    ),
    "S": (re.compile(r"\b(?:largest|biggest)\b|最大", re.I), re.compile(r"\bsmallest\b|最小", re.I)),
}
"""What ls sorts by, and the words for what it lists first and last."""
_NESTED = re.compile(r"\b(?:intermediate|nested|(?:inside|within) (?:each|one) (?:an)?other)\b|中间目录|嵌套|逐级|逐层", re.I)


def mended(command: str, request: str) -> str:
    """`command` without such slips."""
    for rule in _RULES:
        command = rule(command, request)
    return command


def _without_header(command: str, request: str) -> str:
    """A column of a table that begins with its title: what is asked for stands below."""
    return command if _HEADER.search(request) else _HEADED.sub(lambda match: f"{match[0]}NR>1 ", command)


def _below_the_header(command: str, request: str) -> str:
    """`ps ... | head -n 1` is the line of titles: of so many processes there has to be one line more."""
    asked = {number(match[0]) for match in _AMOUNT.finditer(request)}

    def rule(match: re.Match[str]) -> str:
        many = match[2] == "1" or int(match[2]) in asked
        return f"{match[1]}{int(match[2]) + 1}" if many else match[0]

    return _PROCESSES.sub(rule, command)


def _without_total(command: str, request: str) -> str:
    """The longest of several files is none: above it stands their total."""
    if re.search(r"\btotal\b|\btogether\b|总", request, re.I):
        return command
    return _TOTALLED.sub(r"\1| grep -v ' total$' \2", command)


def _with_programs(command: str, request: str) -> str:
    """Sockets without the programs that have them, where those are asked for."""
    return _LISTENING.sub(r"\1 -\2p", command) if _PROGRAM.search(request) else command


def _whole_words(command: str, request: str) -> str:
    """`grep -o '\\w'` gives letters."""
    return _EACH_LETTER.sub(r"\1\2\\w\\+\2", command) if _WORDS.search(request) else command


def _emptied(command: str, request: str) -> str:
    """`echo > FILE` leaves a line end in it."""
    return _BLANK_INTO.sub(r":\1", command) if _EMPTY.search(request) else command


def _by_record(command: str, _request: str) -> str:
    """A table is not one text: what separates its columns would be translated, too."""
    return _WHOLE_TABLE.sub(r"\1\2", command)


def _extended(command: str, request: str) -> str:
    """`grep 'a|b'` finds nothing: the sign needs -E."""

    def rule(match: re.Match[str]) -> str:
        options, blank, pattern = match.groups()
        if re.search(r"-[A-Za-z]*[EPFG]|--(?:extended|perl|fixed|basic)", options) or not _EXTENDED.search(pattern):
            return match[0]
        return match[0] if pattern[1:-1] in request else f"grep{options} -E{blank}{pattern}"

    return _GREP.sub(rule, command)


def _unforced(command: str, request: str) -> str:
    """`rm -rf` hides that there is nothing to remove: without being asked for, the f goes."""

    def rule(match: re.Match[str]) -> str:
        letters = match[2].replace("f", "")
        return f"{match[1]}-{letters}" if letters else match[1].rstrip()

    return command if _FORCE.search(request) else _RM.sub(rule, command)


def _everywhere(command: str, request: str) -> str:
    """sed replaces the first on each line only; whoever says "replace" means all."""
    if not _REPLACES.search(request) or _ONE_OF.search(request):
        return command
    return _SED.sub(
        lambda match: match[0] if match[3][0] == "^" or match[3][-1] == "$" else f"{match[0][:-1]}g{match[1]}", command
    )


def _quoted(command: str, _request: str) -> str:
    """A pattern for find, which the shell would fill in itself if it could."""
    quoted = [match.span() for match in _QUOTED.finditer(command)]

    def rule(match: re.Match[str]) -> str:
        inside = any(start < match.start() < end for start, end in quoted)
        return match[0] if inside else f"{match[1]}{match[2]}'{match[3].replace(chr(92), '')}'"

    return _BARE_GLOB.sub(rule, command)


def _any_name(command: str, _request: str) -> str:
    """Names with blanks, and none at all: find and xargs have to agree on both."""

    def rule(match: re.Match[str]) -> str:
        return match[0] if _PRINTS.search(match[1]) else f"{match[1]} -print0 | xargs -0 -r"

    return _FOUND.sub(rule, command)


def _inside_each_other(command: str, request: str) -> str:
    """`mkdir -p a b c` makes three folders beside each other, where -p says that one is to be made on the way to another."""
    return _MKDIR.sub(lambda match: f"mkdir -p {'/'.join(match[1].split())}", command) if _NESTED.search(request) else command


def _in_each(command: str, _request: str) -> str:
    """`-exec touch a.txt {} +` touches the folders, and one a.txt here: it is to be in each of them."""

    def rule(match: re.Match[str]) -> str:
        return f"{match[1]}'{{}}/{match[2].strip(chr(39) + chr(34))}' \\;"

    return _TOUCHED.sub(rule, command)


def _of_the_branch(command: str, _request: str) -> str:
    """`git shortlog` reads standard input where that is no terminal, and says nothing about the project."""
    return _SHORTLOG.sub(r"\1 HEAD", command)


def _by_size(command: str, request: str) -> str:
    """`ls -l | sort -rh` sorts by who may read a file: its size stands further back. What it begins with is a total."""

    def rule(match: re.Match[str]) -> str:
        options, folder, order = match.groups()
        if "l" not in options or set("RStU") & set(options):
            return match[0]
        return f"ls{options.replace('r', '')}S{'' if 'r' in order else 'r'}{folder.rstrip()} | tail -n +2"

    return _SORTED_LIST.sub(rule, command) if any(said.search(request) for said in _MOST_OF["S"]) else command


def _at_that_end(command: str, request: str) -> str:
    """`ls -t | head -n 1` is the newest, whatever was asked for; and `ls -l` begins with a total, which is no file."""

    def rule(match: re.Match[str]) -> str:
        options, folder, end = match.groups()
        keys = [key for key in "tS" if key in options]
        if len(keys) != 1 or "R" in options:
            return match[0]
        most, least = (bool(said.search(request)) for said in _MOST_OF[keys[0]])
        wants_most = most if most != least else (end == "head") != ("r" in options)
        long = "l" in options
        wanted = "tail" if long else end
        turned = wants_most != (wanted == "head")
        if wanted == end and turned == ("r" in options):
            return match[0]
        options = re.sub(r"\s+-(?=\s|$)", "", options.replace("r", "")) + "r" * turned
        return f"ls{options}{folder.rstrip()} | {wanted} -n 1"

    return _FIRST_OF.sub(rule, command)


_RULES: tuple[Callable[[str, str], str], ...] = (
    _without_header,
    _below_the_header,
    _without_total,
    _with_programs,
    _whole_words,
    _by_record,
    _emptied,
    _extended,
    _unforced,
    _everywhere,
    _quoted,
    _any_name,
    _inside_each_other,
    _in_each,
    _of_the_branch,
    _by_size,
    _at_that_end,
)
