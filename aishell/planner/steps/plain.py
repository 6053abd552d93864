"""Parts so plain that they need no model: making a folder, showing a file, listing. Two to four seconds less for each."""

from __future__ import annotations

import re
import shlex

_NAME = r"\w[\w./-]*"
_FILE = r"[\w./-]*\w\.[A-Za-z]\w{0,8}"
_MAKE = re.compile(
    rf"(?:make|create)\s+(?:a\s+|the\s+)?(?:new\s+)?(?:folders?|director(?:y|ies))\s+(?:named\s+|called\s+)?"
    rf"(?P<names>{_NAME}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+){_NAME})*)"
    rf"|(?:新建|创建|建立)(?:一个)?(?:新)?(?:文件夹|目录)\s*(?P<zh>{_NAME})",
    re.I | re.ASCII,
)
_SHOW = re.compile(rf"(?:show|print|display)\s+(?P<en>{_FILE})|(?:显示|打印|查看)\s*(?P<zh>{_FILE})", re.I | re.ASCII)
_LIST = re.compile(r"list\s+(?:the\s+|all\s+)?(?:files|folder)(?:\s+(?:here|in\s+this\s+folder))?(?:\s+afterwards?)?", re.I)


def plain(part: str) -> str:
    """The command for a part that can mean nothing else; empty for any other."""
    part = part.strip()
    if match := _MAKE.fullmatch(part):
        names = re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", match["names"] or match["zh"])
        return f"mkdir -p {shlex.join(names)}"
    if match := _SHOW.fullmatch(part):
        return f"cat {shlex.quote(match['en'] or match['zh'])}"
    return "ls" if _LIST.fullmatch(part) else ""
