"""What a command takes in or leaves out without having been asked: invented places, patterns and conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aishell.planner.constraints.act import changing
from aishell.planner.constraints.values import Constraint, Fault, Finding
from aishell.planner.constraints.view import Stage, View

_SYSTEM = re.compile(r"/(?:etc|proc|sys|dev|var|usr|bin|sbin|boot|run|lib|opt|tmp|mnt|media|srv)(?:/|$)")
_NOWHERE = re.compile(r"/dev/")
_TEXTUAL = frozenset("echo printf sed awk gawk grep egrep".split())
"""Their operands may be any text."""
_HOME = re.compile(r"(?i)\bhome\b|\bmy\b|家目录|主目录|我的|~|\$HOME")
_WORDED: tuple[tuple[frozenset[str], str], ...] = (
    (
        frozenset("-mtime -mmin -newermt".split()),
        r"modif|chang|edit|updat|creat|ago|old|new|recent|lat|day|hour|minut|week|month|year"
        r"|修改|更改|更新|天|小时|分钟|周|月|年|旧|新|近",
    ),
    (frozenset("-atime -amin".split()), r"access|used|read|open|ago|访问|使用|读"),
    (
        frozenset(["-size"]),
        r"size|large|big|small|huge|empty|zero|bytes?|\d ?[kmg]i?b?\b|more than|less than|greater|over"
        r"|大|小|空|字节|超过|长度",
    ),
    (
        frozenset(["-empty"]),
        r"empty|zero|size|blank|0|空|长度|大小|\bno (?:files|entries|content)|nothing|没有(?:任何)?(?:文件|内容)",
    ),
    (frozenset("-user -uid -group -gid".split()), r"own|user|group|belong|属|用户|组|\broot\b|my\b"),
    (frozenset(["-perm"]), r"perm|execut|writ|read|mode|suid|sgid|set ?u|access|\bids?\b|sticky|权限|可执行|可写|\d{3}"),
)
"""Primaries of find, and the words without which nobody asked for them."""
_SPOKEN = {
    "py": r"python",
    "sh": r"shell|script|bash|脚本",
    "md": r"markdown",
    "js": r"javascript|java ?script",
    "txt": r"text|文本",
    "log": r"\blogs?\b|日志",
    "php": r"php",
    "java": r"java",
    "c": r"\bc\b|source|源",
    "h": r"\bc\b|header|source|源",
    "so": r"librar|库",
    "rb": r"ruby",
    "rs": r"rust",
    "pyc": r"python|cache|compil|缓存|编译",
    **dict.fromkeys(("jpg", "jpeg", "png", "gif", "bmp", "webp"), r"image|picture|photo|图"),
    **dict.fromkeys(("mp3", "wav", "flac", "ogg"), r"music|audio|sound|song|音"),
    **dict.fromkeys(("mp4", "mkv", "avi", "mov"), r"video|movie|film|视频"),
    **dict.fromkeys(("gz", "tgz", "zip", "tar", "bz2", "xz"), r"archive|compress|zip|tar|backup|压缩|归档|备份"),
    **dict.fromkeys(("tmp", "bak", "swp"), r"temp|backup|临时|备份"),
    **dict.fromkeys(("conf", "cfg", "ini"), r"config|配置"),
    **dict.fromkeys(("yml", "yaml"), r"yaml|config|配置"),
    **dict.fromkeys(("doc", "docx", "pdf", "odt"), r"document|word|文档"),
    **dict.fromkeys(("cpp", "cc", "hpp"), r"c\+\+|source|源"),
    "html": r"web|html|网页",
}
"""How people name files of a kind without naming the extension."""

_CASE = re.compile(r"case|capital|大小写|groß|casse|mayús")
_PATTERNS = ("-name", "-iname", "-path", "-ipath", "-wholename")
_LETTERS = re.compile(r"[^\W_]+")


def scope(asked: Constraint, seen: View) -> Finding:
    """`asked.value` is the whole request. Never certain: a person may well mean more than they say."""
    request = asked.value.lower()
    for invented in (*_conditions(request, seen), *_names(request, seen)):
        return invented
    return "unknown"


def _conditions(request: str, seen: View) -> Iterator[Fault]:
    for stage in seen.of("find"):
        for test in stage.tests:
            for names, words in _WORDED:
                if test.name in names and not re.search(words, request):
                    yield Fault(name="invented condition", seen=f"{test.name} {test.value}".strip(), weight=0.6, certain=False)
            if test.name in _PATTERNS and ".git" not in test.value and (core := _unsaid(test.value, request)):
                yield Fault(name="invented condition", seen=f"{test.name} {core}", weight=0.6, certain=False)
    for stage in seen.of("grep", "egrep", "fgrep", "rg"):
        if stage.has("-i", "--ignore-case") and not _CASE.search(request):
            yield Fault(name="invented condition", seen="-i", weight=0.2, certain=False)
    for stage in seen.stages:
        for pattern in stage.values("--include", "--exclude", "--exclude-dir"):
            if core := _unsaid(pattern, request):
                yield Fault(name="invented condition", seen=core, weight=0.6, certain=False)


def _unsaid(pattern: str, request: str) -> str:
    """The pattern, when none of its words is in the request in any form."""
    words = [word for word in _LETTERS.findall(pattern.lower()) if len(word) > 1 or word in _SPOKEN]
    if not words or set("\0$[") & set(pattern) or _SYSTEM.match(pattern):
        return ""
    return "" if any(_said(word, request) for word in words) else pattern


def _names(request: str, seen: View) -> Iterator[Fault]:
    places = (place for stage in seen.stages for place in _places(stage))
    for place in (*places, *seen.written):
        bare = place.rstrip("/*").removeprefix("~").lower()
        if not place.startswith(("/", "~")) or not bare or _NOWHERE.match(place):
            continue
        if bare in request or all(_said(word, request, whole=True) for word in _LETTERS.findall(bare)):
            continue
        if place.startswith("~") and _HOME.search(request) and bare.rsplit("/", 1)[-1] in request:
            continue
        yield Fault(name="invented name", seen=place, weight=0.6, certain=False)


def _places(stage: Stage) -> Iterator[str]:
    """Operands that name places, of programs whose operands do; what is only read may well be the system's."""
    reading = not changing(stage)
    for operand in stage.operands if stage.program not in _TEXTUAL else ():
        if not set("\0$ ") & set(operand) and not (reading and _SYSTEM.match(operand)):
            yield operand


def _said(word: str, request: str, *, whole: bool = False) -> bool:
    """Whether the request has the word, within another one unless it has to be `whole`, or what stands for it."""
    pattern = rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])" if whole else re.escape(word)
    return bool(re.search(pattern, request) or (word in _SPOKEN and re.search(_SPOKEN[word], request)))
