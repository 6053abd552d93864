"""Whether words of a person's own choice apply to a request. Pure, and without a model: it costs a request nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_STEM, _ENDING = 4, 3
"""Letters from which on a word also stands for longer ones, and by how many these may be longer: deploys, deploying."""


def applies(request: str, groups: Iterable[str]) -> int:
    """How many words the best of the groups has whose words all stand in the request; 0: none applies."""
    words = {word.lower() for word in _WORD.findall(request)}
    return max((_size(group) for group in groups if _stands(group, request, words)), default=0)


def _stands(group: str, request: str, words: set[str]) -> bool:
    if _CJK.search(group):
        return all(part in request for part in group.split())
    wanted = [word.lower() for word in _WORD.findall(group)]
    return bool(wanted) and all(any(_same(word, said) for said in words) for word in wanted)


def _same(word: str, said: str) -> bool:
    return said == word or (len(word) >= _STEM and said.startswith(word) and len(said) - len(word) <= _ENDING)


def _size(group: str) -> int:
    return len(group) // 2 + 1 if _CJK.search(group) else len(_WORD.findall(group))
