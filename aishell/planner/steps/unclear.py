"""What a request leaves open that one short question settles: what "it" is, and which file a misspelt name means.

Rules only, and few: a question that need not have been asked costs more than a guess that can be refused.
"""

from __future__ import annotations

import difflib
import os
import re

from aishell.planner.steps.fitting import Names
from aishell.planner.steps.naming import files, target

_VERB = (
    r"append|archive|compress|copy|delete|edit|erase|extract|gzip|install|kill|move|open|pack|remove|rename|restart"
    r"|run|start|stop|uninstall|unpack|unzip|zip"
)
_IT = re.compile(
    rf"(?:please\s+|now\s+|just\s+)*(?:{_VERB})\s+(it|them|those|these|that|(?:that|the|this)\s+(?:file|one|process|archive))"
    r"(?:\s+(?:to|into|in|by|from|with|as|again|now|please)\b.*)?[.!]?"
    r"|(?:请|帮我)*(?:删除|删掉|打开|压缩|移动|复制|重命名|解压|停止|重启|运行)(?:一下)?(它们?|这个|那个|这些|那些)(?:文件|进程)?[。！]?",
    re.I,
)
_NEW = re.compile(
    r"\b(?:create|make|new|touch|generate|add|init\w*|download|named|called|install)\b"
    r"|创建|新建|建立|生成|添加|下载|命名|名为|叫",
    re.I,
)
_AIM = re.compile(r"\b(?:to|as|into)\s+['\"]?$|(?:到|为|成)\s*$", re.I)
_ALIKE = 0.8
"""Of difflib's ratio: one letter of six, or two that changed places."""
_YES = frozenset("y yes yep yeah ok okay sure right 是 是的 对 对的 好 好的 嗯".split())
_NO = frozenset("n no nope 不 不是 否".split())
_ASKS = {
    "it": ("What is “{name}”?", "“{name}”指的是什么？"),
    "name": ("There is no {name} here. Is {near} meant?", "这里没有 {name}。是指 {near} 吗？"),
}


def question(text: str, folder: str, names: Names) -> str:
    """What to ask before anything is done about a request that nothing came before; empty when it says enough."""
    say = 0 if text.isascii() else 1
    if pointing := _IT.fullmatch(text.strip()):
        return _ASKS["it"][say].format(name=pointing[1] or pointing[2])
    missing, near = _misspelt(text, folder, names)
    return _ASKS["name"][say].format(name=missing, near=near) if near else ""


def answered(text: str, reply: str, folder: str, names: Names) -> str:
    """The request with the answer to that question in it."""
    said = reply.strip().rstrip(".!。！")
    if (pointing := _IT.fullmatch(text.strip())) and said:
        at = pointing.start(1) if pointing[1] else pointing.start(2)
        pointed = pointing[1] or pointing[2]
        start = text.index(text.strip()) + at
        return f"{text[:start]}{said}{text[start + len(pointed) :]}"
    missing, near = _misspelt(text, folder, names)
    if not near or said.lower() in _NO or not said:
        return text
    return text.replace(missing, near if said.lower() in _YES else said)


def _misspelt(text: str, folder: str, names: Names) -> tuple[str, str]:
    """A file that the words name and that is not there, and the one that may be meant; both empty when there is none."""
    if _NEW.search(text):
        return "", ""
    for name in files(text):
        place, last = os.path.split(os.path.join(folder, os.path.expanduser(name)))
        written = _AIM.search(text[: text.index(name)]) is not None or target(text) == name
        if written or "://" in text or os.path.lexists(os.path.join(place, last)):
            continue
        if near := difflib.get_close_matches(last, names(place), n=1, cutoff=_ALIKE):
            return name, name[: len(name) - len(last)] + near[0]
    return "", ""
