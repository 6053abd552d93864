"""The words by which people ask for an order: that there is one, by what, and which way."""

from __future__ import annotations

import re

SORTS = re.compile(
    r"""(?ix)
    \bsort(?:ing)?\b | (?<!be\ )(?<!are\ )(?<!is\ )(?<!already\ )\bsorted\b(?!\s+(?:\x01|(?:files?|input|arrays?)\b))
    | \bsorted\s+by\b | \bordered\s+by\b | \bin\s+(?:alphabetical|numerical|reverse|descending|ascending)\s+order\b
    | \balphabetically\b | \b(?:largest|biggest|smallest|newest|oldest|latest)\s+first\b
    | 排序 | 排列 | 从[大小新旧高低]到[大小新旧高低] | [升降]序
    | \bsortiere?n?t?\b | \btri(?:er|és?|ées?)\b | \bordena(?:r|dos?|das?)\b
    """
)
SORT_KEYS = (
    ("size", re.compile(r"(?i)\bsize|\blargest|\bbiggest|\bsmallest|大小|从[大小]到[大小]|größe|taille|tamaño")),
    ("time", re.compile(r"(?i)\btime|\bdate|\bnewest|\boldest|\blatest|\bmodifi|时间|日期|从[新旧]到[新旧]")),
    ("name", re.compile(r"(?i)\b(?:file ?)?names?\b|\balphabetic|文件名|名称|字母")),
)
DOWN = re.compile(
    r"(?i)\bdescending|\breverse|\b(?:largest|biggest|newest|latest|highest|most \w+) first"
    r"|从大到小|从高到低|从新到旧|降序|倒序|逆序"
)
UP = re.compile(r"(?i)\bascending|\b(?:smallest|oldest|lowest|least \w+) first|从小到大|从低到高|从旧到新|升序")
