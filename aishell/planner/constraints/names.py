"""Names, paths and strings that a request gives: what must come back in the command in one form or another."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from aishell.planner.constraints.sorts import sorts
from aishell.planner.constraints.values import Constraint

_QUOTED = re.compile(
    r"""(?<![A-Za-z0-9_\\])(?:"([^"\n]+)"|'([^'\n]+)'|`([^`\n]+)`)(?![A-Za-z0-9_])|“([^”\n]+)”|「([^」\n]+)」|‘([^’\n]+)’"""
)
_PATH = r"(?:~|\$HOME|\.{1,2})?/[A-Za-z0-9_.+@%*?{}-]+(?:/[A-Za-z0-9_.+@%*?{}-]+)*/?"
_A_PATH = re.compile(rf"(?<![A-Za-z0-9_/.:~*-])(?:{_PATH})")
_NAME = r"[A-Za-z0-9_*][A-Za-z0-9_*-]*(?:\.[A-Za-z0-9_*-]+)*\.[A-Za-z][A-Za-z0-9]{0,8}"
_A_NAME = re.compile(rf"(?<![A-Za-z0-9_/.$@*-]){_NAME}(?![A-Za-z0-9_/]|\.[A-Za-z0-9])")
_BELOW = re.compile(rf"(?<![A-Za-z0-9_/.$@*~-])(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*/)+{_NAME}(?![A-Za-z0-9_/]|\.[A-Za-z0-9])")
"""A file in a folder here: data/x.csv."""
_URL = re.compile(r"[a-z][a-z0-9+]*://\S+", re.I)
_ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_PORT = re.compile(r"(?i)(?:\bport|端口)\s*(?:number |号)?\s*(\d{2,5})\b")
_EXTENSION = re.compile(
    r"""(?ix) (?<![A-Za-z0-9_]) \*\.([A-Za-z][A-Za-z0-9]{0,7})\b
    | (?<![A-Za-z0-9_)\]*]) \.([A-Za-z][A-Za-z0-9]{0,7})
      (?=["'`]?\s*(?:files?\b|extensions?\b|suffix|文件|扩展名|后缀|结尾))"""
)
_KNOWN_EXTENSION = re.compile(
    r"(?i)(?<![A-Za-z0-9_.])(txt|csv|tsv|bak|pdf|jpe?g|png|gif|json|xml|html|php|js|py|mp3|mp4|md|gz|doc|docx|conf|yaml|yml|cpp|java)"
    r"(?=\s*(?:files?\b|文件))"
)
_KIND = re.compile(r"(?<![\w./-])([A-Za-z][A-Za-z0-9]{0,7})(?=\s*(?:files?\b|文件))", re.ASCII)
_TOKEN = rf"""(?:["'`“「]([^"'`”」\n]+)["'`”」]|({_PATH}|{_NAME}|\*?\.[A-Za-z][A-Za-z0-9]{{0,7}}))"""
_EXCEPT = re.compile(
    rf"""(?ix)
    (?:\b(?:except(?:ing)?(?:\s+for)?|excluding|other\s+than|but\s+not|apart\s+from|besides)\s+
       (?:(?:the|any|all|those|files?|folders?|director(?:y|ies)|named|called|in|under|ending|with|that|end|extension|lines|containing|contain)\s+){{0,5}}
      |\b(?:is|are|does|do)\s+not\s+(?:named|called|contain|match|end\s+(?:in|with)|start\s+with|have)\s+(?:(?:the|a|extension|word|string|text)\s+)*
      |\bnot\s+(?:named|called|containing|matching|ending\s+(?:in|with)|starting\s+with)\s+(?:(?:the|a|word|string|text)\s+)*
      |(?:(?<![删去移清])除了?|(?<!不)排除|不包括|不包含|不含有?|不名为|名称不是|名字不是|名称不为|不叫|不以)\s*(?:名为|文件|目录|字符串)?\s*)
    {_TOKEN}"""
)
_EXCEPT_CHINESE = re.compile(rf"{_TOKEN}\s*(?:文件|目录)?(?:除外|以外|之外)")
_OUTPUT = re.compile(
    rf"""(?ix)
    (?:(?:\b(?:sav|stor)(?:e|es|ing)\b[^.;\n]{{0,60}}?\b(?:to|in|into|as)
       |\b(?:writ(?:e|es|ing)|(?:output|redirect|append|dump|export|record)(?:s|ing)?)\b[^.;\n]{{0,60}}?\b(?:to|into))\s+
       (?:(?:the|a|an|new|output|text|file|named|called)\s+)*
      |(?:保存|写入?|输出|存储?|重定向|导出|追加)(?:结果)?(?:到|为|至|进|在|入)\s*(?:一个)?(?:名为|文件)?\s*(?:名为)?\s*)
    {_TOKEN}"""
)
_SWAP = re.compile(
    r"""(?ix)\b(?:replac|substitut|chang)\w*\s+(?:(?:all|every|the|each|occurrences?|of|word|string|text)\s+)*
    (?!\S*(?:file|line|permission|owner))([A-Za-z0-9_.:-]{2,})\s+(?:with|by)\s+(?:(?:the|a|word|string|text)\s+)*([A-Za-z0-9_.:-]{2,})
    |(?:把|将)(?:[^,，。]{0,30}?[里中]的?)?(?:所有的?)?\s*([A-Za-z0-9_.:-]{2,})\s*(?:全部)?(?:替换|改|换)[为成]\s*([A-Za-z0-9_.:-]{2,})"""
)
_EXAMPLE = re.compile(r"(?i)(?:\blike|\bsuch as|\be\.g\.,?|\bfor example,?|\bfor instance,?|例如|比如|类似于?)\s*$")
_MODE = re.compile(r"(?i)(?:\bpermissions?\b|\bmodes?\b|\bchmod\b|权限)\D{0,24}?(?<!\d)(0?[0-7]{3,4})\b(?!\d)")
_OWNER = re.compile(
    r"""(?ix)\b(?:owned\s+by|belong(?:s|ing)?\s+to)\s+(?:the\s+)?(?:user\s+|group\s+)?["'`]?([a-z_][\w-]*)
    |\bowner(?:ship)?\b[^.;]{0,60}?\bto\s+(?:the\s+)?(?:user\s+|group\s+)?["'`]?([a-z_][\w-]*)
    |(?:所有者|属主|属组)\S{0,30}?(?:为|是|改为|改成)\s*(?:用户|组)?\s*["'`]?([a-z_][\w-]*)
    |属于\s*(?:用户|组)?\s*["'`]?([a-z_][\w-]*)"""
)
_ABBREVIATIONS = frozenset("e.g i.e etc.".split())
_CONCEPTS = frozenset("root other others group user owner write read execute all hidden stdin stdout stderr".split())
"""Quoted for stress: a command has its own signs for them."""
_SPOKEN_OF = frozenset(
    """
    it them its this that the content contents spaces space commas comma tabs tab newlines newline dots dot underscores
    underscore dashes dash hyphens hyphen quotes slashes blanks characters nothing lowercase uppercase lower upper values
    numbers names of all every each actual equal new old adding appending
    """.split()
)
"""What is replaced by its name and not as it is written."""
_NOBODY = frozenset(
    """
    a an any me my myself one someone somebody current this that which the each other others another valid name with users user
    group whose package process application
    """.split()
)


def without_quotes(request: str) -> str:
    """The request with quoted strings, paths and URLs blanked out, so that none passes for a condition; as long as before."""
    blank = _QUOTED.sub(lambda match: " \1 ".ljust(len(match[0])), request)
    return _A_PATH.sub(lambda match: "\1" * len(match[0]), _URL.sub(lambda match: "\1" * len(match[0]), blank))


def given(request: str) -> Iterator[Constraint]:
    """What the request names."""
    for match in _QUOTED.finditer(request):
        text = next(filter(None, match.groups()))
        if (
            len(text) > 1
            and text.lower() not in _CONCEPTS
            and not _A_PATH.fullmatch(text)
            and not _EXAMPLE.search(request[: match.start()])
        ):
            yield Constraint(kind="text", words=match[0], value=text)
    bare = _URL.sub(" ", request)
    for match in _A_PATH.finditer(bare):
        yield Constraint(kind="path", words=match[0], value=match[0].rstrip("./") or "/")
    unquoted = _A_PATH.sub(" ", _QUOTED.sub(" ", bare))
    for match in _A_NAME.finditer(unquoted):
        if match[0].lower() not in _ABBREVIATIONS and not match[0].startswith("*."):
            yield Constraint(kind="name", words=match[0], value=match[0])
    for match in _BELOW.finditer(unquoted):
        yield Constraint(kind="name", words=match[0], value=match[0])
    for match in _SWAP.finditer(unquoted):
        words = [word.rstrip(".:") for word in match.groups() if word]
        if not _SPOKEN_OF & {word.lower() for word in words}:
            yield from (Constraint(kind="swap", words=match[0], value=word) for word in words)
    for pattern in (_ADDRESS, _PORT):
        for match in pattern.finditer(unquoted):
            yield Constraint(kind="text", words=match[0], value=match[match.re.groups])


def files(request: str, endings: Collection[str] = ()) -> Iterator[Constraint]:
    """Extensions, what is left out, where the result goes, permission bits and owners.

    `endings`: extensions of files that are there, which need no dot to be understood.
    """
    seen = dict.fromkeys(match[1] or match[2] for match in _EXTENSION.finditer(request))
    seen |= dict.fromkeys(match[1] for match in _KNOWN_EXTENSION.finditer(request))
    seen |= dict.fromkeys(
        match[1] for match in _KIND.finditer(request) if match[1] in endings and not sorts(f"{match[1]} files")
    )
    for extension in seen:
        yield Constraint(kind="extension", words=f".{extension}", value=extension.lower())
    for pattern in (_EXCEPT, _EXCEPT_CHINESE):
        for match in pattern.finditer(request):
            yield Constraint(kind="except", words=match[0].strip(), value=match[1] or match[2])
    for match in _OUTPUT.finditer(request):
        if "$" not in match[0]:
            yield Constraint(kind="output", words=match[0].strip(), value=match[1] or match[2])
    for match in _MODE.finditer(request):
        yield Constraint(kind="mode", words=match[0], value=match[1].lstrip("0"))
    for match in _OWNER.finditer(request):
        name = next(filter(None, match.groups()))
        if name.lower() not in _NOBODY:
            yield Constraint(kind="owner", words=match[0], value=name)
