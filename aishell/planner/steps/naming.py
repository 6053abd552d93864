"""What words name: the file or folder that a step makes or is about, and what "it" is in the step after. Rules only."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from aishell.core.steps import Past
from aishell.planner.steps.clauses import clauses
from aishell.planner.steps.lexicon import REMOVING, ZH_VERBS

_NAME = r"[\w./~-]*\w\.[A-Za-z][A-Za-z0-9]{0,8}(?:\.gz|\.bz2|\.xz)?"
_INTO = re.compile(
    rf"\b(?:into|to|as|named|called)\s+(?:a\s+(?:new\s+)?(?:file|archive)\s+(?:named\s+|called\s+)?)?['\"“]?(?P<en>{_NAME})\b"
    rf"|(?:存|写|输出|导出|打包|压缩|备份|复制|拷贝|命名|改名|移动)(?:到|为|成|入|至)\s*['\"“]?(?P<zh>{_NAME})",
    re.ASCII,
)
_GIVING = frozenset("collect dump echo extract list output print sort write save".split())
"""Verbs after which "into FILE" says where the result goes, though they need not change anything."""
_FILE = re.compile(rf"(?<![\w./~*-]){_NAME}(?![\w/*])", re.ASCII)
RELATIVE = re.compile(r"(?<![\w./~*-])[\w-][\w.-]*(?:/[\w.-]+)+(?![\w/*])", re.ASCII)
_FOLDER = re.compile(
    r"\b(?:folder|directory)\s+(?:named\s+|called\s+)?['\"“]?(?P<en>[\w.-]*\w)|(?:文件夹|目录)\s*(?P<zh>[\w.-]*\w)", re.ASCII
)
_NO_NAME = frozenset("and for in inside with under below that which if to here of on from where into is as by it".split())
_WHICH = r"(?:first|second|third|last|top|bottom|next|\d+|two|three|five|ten|own|whole|new|old|\w{3,}est)"
"""What stands between "its" and what is its."""
_IT = re.compile(
    rf"\bit\b|\bits\s+(?:{_WHICH}\s+)*\w+|\b(?:the|that|this)\s+(?:file|archive|folder|directory)\b(?!\s+\w*[./])(?!\s+(?:named|called)\b)"
    r"|它(?!们)|(?:这|那|该)个?文件夹?",
    re.I,
)
_SUPERLATIVE = re.compile(r"\b(?:most|least|\w{3,}est)\b|最", re.I)
_FOUND = re.compile(r"\s*(?:\d[\d.,]*[KMGT]?\s+)?([\w./@:+,~%=-]{1,200})\s*(?:\n|$)")
"""The first line of what was printed: a plain value, or a number and one. It is foreign, and stands among the words then."""
_POINTS = re.compile(
    r"\bits\s+(\w+)|(它(?!们)|该\S{1,3})|\bit\b|\b(?:that|this)\s+(?:file|folder|one|address|name|user|process|line)\b", re.I
)
_ELLIPSIS = re.compile(r"\bhow\s+many\b|\b(?:first|last|top)\b|前\S{0,3}[个行]|后\S{0,3}[个行]|多少|几[个行]", re.I)
_ELLIPTIC_WORDS = 6
_ZH_VERB = re.compile(rf"(?:{ZH_VERBS})")
_CONTENT = re.compile(
    r"\b(?:each|every|per|most|least|often|column|field|row|header|sum|total|average|mean|maximum|minimum|unique|duplicates?|group|sort"
    r"|(?:high|low|larg|small|bigg|great|cheap|old|new|young|long|short)est|values?|address(?:es)?|users?|status|codes?|dates?|numbers?|percent|which|who)\b"
    r"|每|最|列|字段|总|平均|用户|地址|状态|重复|哪|次数|编号",
    re.I,
)
"""Words about what stands in a file."""
_FORMED = (".csv", ".tsv", ".json", ".jsonl", ".ndjson")
"""Endings of files that nobody can ask about without knowing how they are made."""
_WHOLE = re.compile(
    r"\b(?:copy|move|rename|delete|remove|compress|zip|pack|archive|upload|download|back\s*up|size|big|permissions?|owner|encrypt)\b"
    r"|复制|移动|重命名|改名|删除|压缩|打包|上传|下载|备份|大小|权限",
    re.I,
)
"""Words about a file as a whole, whatever stands in it."""
_AMONG = re.compile(
    r"\b(?:in|of|from|across)\s+(?:all|every|each)\s+(?:of\s+)?(?:the\s+)?(?:[\w.*+#-]+\s+){0,2}files?\b(?:\s+(?:in|under|below|inside)\s+\S+)?"
    r"|(?:在|把|将)?(?:所有|全部)的?\s*[\w.*+#-]*\s*文件(?:[里中]的?)?",
    re.I,
)
"""Files of a sort, as what a step looks into."""
_LINES = re.compile(r"\b(?:lines|matches|occurrences)\b|的行|匹配", re.I)
_QUESTION = re.compile(r"\b(?:which|what|who|how)\b|哪|什么|谁", re.I)
_ARCHIVE = re.compile(r"\.(?:tar|gz|tgz|zip|xz|bz2|7z)$")


def target(part: str) -> str:
    """The file that the words want written; empty when they name none."""
    match = _INTO.search(part)
    if match and match["zh"]:  # its verb stands right before it
        return match["zh"]
    found = clauses(part)
    verbs = {clause.verb for clause in found}
    if not match or not found or verbs & REMOVING or not (found[-1].changes or verbs & _GIVING):
        return ""
    return match["en"] or ""


def folder(part: str) -> str:
    """The folder that the words name as one."""
    names = (match["en"] or match["zh"] for match in _FOLDER.finditer(part))
    return next((name for name in names if name.lower() not in _NO_NAME), "")


def files(part: str) -> tuple[str, ...]:
    """What looks like the name of a file in the words."""
    return tuple(dict.fromkeys(match[0] for match in _FILE.finditer(part)))


def about_content(part: str) -> str:
    """The file whose content a step is about, so that its form should be known; empty when there is no such."""
    made = target(part)
    named = [name for name in files(part) + tuple(RELATIVE.findall(part)) if name != made]
    words = part
    for name in (*named, made):
        words = words.replace(name, "") if name else words
    formed = any(name.endswith(_FORMED) for name in named) and not _WHOLE.search(words)
    return named[0] if len(set(named)) == 1 and (formed or _CONTENT.search(words)) else ""


def into(command: str, name: str) -> str:
    """The command with its output in a file: a model forgets where it should go more often than how to get it."""
    whole = f"{{ {command}; }}" if re.search(r"[;&\n]", command) else command
    return f"{whole} > {shlex.quote(name)}"


def resolved(parts: Sequence[str]) -> tuple[str, ...]:
    """The parts with "it" and "that file" replaced by what was made or meant before, where that is one thing."""
    whole: list[str] = []
    name, among = "", ""
    for part in parts:
        said = _said(part, name) if name and not _own(part) else part
        if said == part and name and target(whole[-1]) == name and _leaves_out(part):
            said = _with_name(part, name)
        if (
            among
            and said == part
            and _LINES.search(part)
            and not (files(part) or folder(part) or re.search(r"\bfile|文件", part))
        ):
            said = f"{part} ({among})"  # "replace a by b in all C files, then show the lines that contain b"
        name = _thing(said) or (name if said != part else "")
        match = _AMONG.search(said)
        among = match[0] if match else among
        whole.append(said)
    return tuple(whole)


def _with_name(part: str, name: str) -> str:
    verb = _ZH_VERB.match(part)
    return f"{verb[0]} {name} 的{part[verb.end() :]}" if verb else f"{part} (in {name})"


def with_answer(part: str, before: Past | None) -> str:
    """The part with "it" and "its" replaced by what the step before has found: the largest, the most frequent.

    The model does not look that up in what was printed: it asks for it again.
    """
    if before is None or before.wrong or not _SUPERLATIVE.search(before.request):
        return part
    found = _FOUND.match(before.output)
    if not found or not _POINTS.search(part):
        return part
    value = found[1]
    said = _POINTS.sub(lambda match: f"the {match[1]} of {value}" if match[1] else f" {value} " if match[2] else value, part)
    about = files(before.request)
    return f"{said} (from {about[0]})" if len(about) == 1 and about[0] not in said and about[0] != value else said


def _leaves_out(part: str) -> bool:
    """Whether the words do not say what they are about: "print how many there are", 显示前三个."""
    words = len(part.split()) if part.isascii() else len(part) // 2
    return words <= _ELLIPTIC_WORDS and not files(part) and not folder(part) and bool(_ELLIPSIS.search(part))


def _said(part: str, name: str) -> str:
    """The part with a name instead of what points to it."""
    pieces, at = [], 0
    for match in _IT.finditer(part):
        pieces += [part[at : match.start()], _named(match[0], name)]
        at = match.end()
    return re.sub(r"\s+(?=[，。]|$)", "", "".join([*pieces, part[at:]]))


def _thing(part: str) -> str:
    """What "it" would be after this part; empty when that is not one thing."""
    if made := target(part) or folder(part):
        return made
    named = files(part)
    return named[0] if len(named) == 1 and not _QUESTION.search(part) else ""


def _own(part: str) -> bool:
    """Whether something nearer than the part before could be meant."""
    match = _IT.search(part)
    before = part[: match.start()] if match else part
    return bool(folder(before) or files(before))


def _named(word: str, name: str) -> str:
    """The name, where it can be what the word says; "its lines" are the lines of it."""
    if word[:4].lower() == "its ":
        return f"the {word[4:].lstrip()} of {name}"
    kind = word.lower().rsplit(None, 1)[-1]
    has_ending = "." in name.rpartition("/")[2].lstrip(".")
    fits = {"folder": not has_ending, "directory": not has_ending, "archive": bool(_ARCHIVE.search(name)), "file": has_ending}
    if kind in fits:
        return name if fits[kind] else word
    if "文件夹" in word or "文件" in word:
        return f" {name} " if has_ending != ("文件夹" in word) else word
    return f" {name} " if word == "它" else name
