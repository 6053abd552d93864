"""Commands with the names that the request gives and the folder holds: a small model writes them a little differently."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from functools import partial

from aishell.planner.steps.naming import RELATIVE, files, folder

Names = Callable[[str], tuple[str, ...]]
"""The names of what lies in a folder, in order."""

_PATTERN = re.compile(r"(?<![\w$}*?./~-])((?:[\w.-]+/)*)(\*\.\w{1,5})\b")
_PLURAL = re.compile(r"(-i?name\s+['\"]\*?|[\s/](?=[A-Za-z]+\*))([A-Za-z]{2,})s\*?(?=['\"\s]|$|(?<=\*)\.)", re.ASCII)
"""A pattern for names that ends like a plural, or with the star behind it."""
_KIND = re.compile(r"(?<![\w./-])([A-Za-z][A-Za-z0-9]{0,7})\s*(?:files?\b|文件(?!夹))", re.ASCII)
"""A sort of files that may be named by its ending."""

_GREP = re.compile(
    r"(?<![\w./-])([ef]?grep)((?:\s+-[A-Za-z]+)*)\s+('[^']*'|\"[^\"$`]*\"|[\w.]+)\s+([\w./~-]+)/?(?=\s*(?:$|[|;&>]))"
)
_EACH = re.compile(r"\b(?:each|every|per)\b|每|各", re.I)
_QUOTED = re.compile(r"('[^']*'|\"(?:[^\"\\]|\\.)*\")")
_CHANGING_FIND = re.compile(
    r"(?<![\w./-])(find\s+\.(?:/(?=\s))?(?:\s+-(?:max|min)depth\s+\d+)*)(?=\s)(?![^|;&\n]*(?:\.git|\s-i?name\s))"
    r"((?:[^|;&\n\\]|\\.)*\s(?:-delete\b|-exec\s+(?:sed\s+-\S*i|rm|mv|touch|chmod|chown|truncate|gzip|rename|perl\s+-\S*i)\b))"
)
_FIND_BELOW = re.compile(r"(?<![\w./-])find\s+\./?\s")
_MOST_BELOW = 50
_OF_GIT = re.compile(r"\bgit\b|\.git|\bhidden\b|隐藏", re.I)
_LOGS = re.compile(r"(?<![\w./~$}-])/var/log(?=/?(?:\*[\w.*-]*)?(?:['\"\s;|)&]|$))")
_LOGS_HERE = ("logs", "log")
_OF_THE_SYSTEM = re.compile(
    r"/var|\b(?:system|sys|kernel|boot|auth|login|service|daemon|nginx|apache|server|machine|computer|package)|系统|内核|登录|服务|开机|机器|电脑",
    re.I,
)

_OF_FILES = r"\b(?:rm|mv|cp|ls|cat|du|wc|stat|head|tail|file|gzip)\s+(?:-[\w-]+\s+)*"
"""Programs whose first argument is a file, with their options."""


def fitted(command: str, request: str, cwd: str, names: Names) -> str:
    """The command with every name as it was meant, as far as rules can tell."""
    here = names(cwd)
    below = here[:_MOST_BELOW] if _FIND_BELOW.search(command) else _said(request, here)
    inside = partial(_in, cwd=cwd, names=names)
    command = in_their_case(as_named(command, request), request, (*here, *inside(below)), inside)
    command = with_logs_here(as_here(command, request, here), request, here)
    command = as_one_word(of_their_kind(command, request, cwd, names), here)
    return outside_git(into_folders(command, request, cwd), request, cwd)


def endings(request: str, cwd: str, names: Names) -> frozenset[str]:
    """Of the names here, and in the folders here that the request names, without the dot."""
    here = names(cwd)
    everything = (*here, *_in(_said(request, here), cwd, names))
    return frozenset(ending for name in everything if (ending := name.rpartition(".")[2]) != name)


def _said(request: str, here: Sequence[str]) -> list[str]:
    """The names of the folder that the request has."""
    said = frozenset(re.findall(r"[\w.-]*\w", request, re.ASCII))
    return [name for name in here if name in said]


def _in(folders: Sequence[str], cwd: str, names: Names) -> list[str]:
    return [name for folder in folders for name in names(os.path.join(cwd, folder))]


def as_named(command: str, request: str) -> str:
    """The command with names as the request gives them: a model writes /etc/passwd where etc/passwd was meant.

    A place that the request itself names stays.
    """
    given = {*files(request), folder(request), *RELATIVE.findall(request)} - {""}
    for name in sorted((name for name in given if name[0] not in "/~"), key=len, reverse=True):

        def shorter(match: re.Match[str], name: str = name) -> str:
            place = match[1] or ""
            return match[0] if match[0] in request or (len(place) > 1 and place in request) else name

        command = re.sub(rf"(?<![\w$}}/.~*-])(~|\$HOME|(?:/[\w.-]+)*)/(?:\./)?{re.escape(name)}(?![\w-])", shorter, command)
    return command


def as_here(command: str, request: str, names: Sequence[str]) -> str:
    """The command with what lies in the folder, and is named in the request, where it lies.

    A model writes ~/inbox or ~/.inbox for inbox. Only where there is nothing at the place that it wrote.
    """
    for name in names:
        said = rf"(?<![\w./~-]){re.escape(name)}(?![\w-]|\.\w)"
        if name not in command or not re.search(said, request, re.ASCII):
            continue

        def here(match: re.Match[str], name: str = name) -> str:
            place = re.sub(r"^(?:\$HOME|~)(?=/)", os.path.expanduser("~"), match[0])
            return match[0] if match[0] in request or os.path.lexists(place) else name

        command = re.sub(rf"(?<![\w$}}/.~*-])(?:~|\$HOME|(?:/[\w.-]+)*)/(?:\./)?\.?{re.escape(name)}(?![\w.-])", here, command)
    return command


def with_logs_here(command: str, request: str, names: Sequence[str]) -> str:
    """The command with the logs that lie here, where a model thinks of those of the system and the request does not."""
    found = next((name for name in _LOGS_HERE if name in names), "")
    return _LOGS.sub(found, command) if found and not _OF_THE_SYSTEM.search(request) else command


def in_their_case(
    command: str, request: str, names: Sequence[str], inside: Callable[[Sequence[str]], Sequence[str]] = lambda folders: ()
) -> str:
    """The command with patterns that fit no name in the folder, but would in the letters of the request, in those letters.

    `inside` tells the names in other folders, for `sub/*.jpg`.

    A model writes *.jpg where *.JPG was asked for, and does so again when it is told that there is none. Where it takes that
    ending from a name, `s/\\.jpg$/...` or `${f%.jpg}`, it means the same.
    """
    changed: dict[str, str] = {}

    def fitting(match: re.Match[str]) -> str:
        place, pattern = match.groups()
        there = inside([place]) if place else names
        if any(fnmatchcase(name, pattern) for name in there):
            return match[0]
        found = [name for name in there if fnmatchcase(name.lower(), pattern.lower())]
        endings = {name[name.rindex(".") :] for name in found if "." in name}
        ending = endings.pop() if len(endings) == 1 else ""
        if not ending or ending[1:] not in request:
            return match[0]
        changed[pattern[2:]] = ending[1:]
        return f"{place}*{ending}"

    command = _PATTERN.sub(fitting, command)
    for old, new in changed.items():
        command = re.sub(rf"(\bs/\\?\.|%\.){old}(?=\$?/|\}})", rf"\g<1>{new}", command)
    return command


def of_their_kind(command: str, request: str, cwd: str, names: Names) -> str:
    """The command with *.tmp where "the tmp files" were taken for one that is named tmp, or for those in it.

    Only where nothing of that name is there, and files with that ending are.
    """
    for kind in dict.fromkeys(match[1] for match in _KIND.finditer(request)):

        def pattern(match: re.Match[str], kind: str = kind) -> str:
            there = names(os.path.join(cwd, os.path.expanduser(match["folder"])) if match["folder"] else cwd)
            meant = kind not in there and any(name.endswith(f".{kind}") for name in there)
            return f"{match['before']}{match['folder']}*.{kind}" if meant else match[0]

        path = rf"(?P<folder>(?:[\w.~-]+/|/)+){re.escape(kind)}(?:/\*?)?(?=\s|$)"
        bare = rf"(?P<before>{_OF_FILES})(?P<folder>){re.escape(kind)}\*?(?=\s|$)"
        for place in (rf"(?P<before>[\s=]){path}", bare):
            command = re.sub(place, pattern, command)
    return command


def into_folders(command: str, request: str, cwd: str) -> str:
    """`grep PATTERN FOLDER` with -r, which it does nothing without; lines are counted together unless for each file."""

    def rule(match: re.Match[str]) -> str:
        program, options, pattern, place = match.groups()
        letters = "".join(re.findall(r"\s-([A-Za-z]+)", options))
        if set("rRd") & set(letters) or not os.path.isdir(os.path.join(cwd, place)):
            return match[0]
        together = "c" in letters and match.end() == len(command) and not _EACH.search(request)
        kept = re.sub(r"\s-(?=\s|$)", "", re.sub(r"(?<=\s-)[A-Za-z]+", lambda m: m[0].replace("c", ""), options))
        return f"{program} -r{kept if together else options} {pattern} {place}{' | wc -l' if together else ''}"

    return _GREP.sub(rule, command)


def as_one_word(command: str, names: Sequence[str]) -> str:
    """The command with names of the folder that have blanks in quotes: `my files/*` are two words otherwise."""
    for name in names:
        if " " in name and name in command and not set("'\"\\") & set(name):
            pieces = _QUOTED.split(command)  # every second is quoted
            bare = rf"(?<![\w./\\-]){re.escape(name)}(?![\w-])"
            pieces[::2] = [re.sub(bare, f"'{name}'", piece) for piece in pieces[::2]]
            command = "".join(pieces)
    return command


def outside_git(command: str, request: str, cwd: str) -> str:
    """`find .` that changes what it finds, whatever its name, without git's own files: nobody means those."""
    if _OF_GIT.search(request) or not os.path.isdir(os.path.join(cwd, ".git")):
        return command
    return _CHANGING_FIND.sub(r"\1 -not -path '*/.git' -not -path '*/.git/*'\2", command)


def in_the_singular(command: str, request: str) -> str:
    """The command with patterns for names that repeat a plural of the request made of the singular.

    Whoever says "the old notes" means note1.txt and note2.txt, for which a model writes `notes*`.
    """

    def rule(match: re.Match[str]) -> str:
        before, word = match[1], match[2]
        if not re.search(rf"(?<!\w){word}s(?!\w)", request, re.I):
            return match[0]
        return f"{before}{word.removesuffix('ie') + 'y' if word.endswith('ie') else word}*"

    return _PLURAL.sub(rule, command)
