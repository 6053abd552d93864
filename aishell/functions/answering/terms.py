"""The words of a question that say what it is about, in any of their forms."""

from __future__ import annotations

import re
from collections.abc import Iterable

from aishell.functions.languages import east_asian

_WORD = re.compile(r"[^\W\d_]+(?:['’][a-z]+)?|\d+(?:[.,:]\d+)*")
_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
_SAY_NOTHING = frozenset(
    """a an the of to in on at for from with without and or is are was were be been being do does did can could may might must
    should shall will would have has had how what which when where who whom whose why that this these those it its i me my mine
    we our us you your they them their he him his she her there here if then than as by about into after before while not no
    any some much many more most long often far old get got go one ones also too very just only please tell know say says it's
    what's who's i'm don't use used using take takes need needs needed""".split()
)
_EMPTY_CHINESE = re.compile(
    "什么时候|多长时间|多少钱|为什么|怎么样|有没有|是不是|能不能|可不可以|什么|怎么|怎样|多少|哪里|哪个|哪些|几个|几点|多久|多长|可以|应该"
    "|需要|请问|如何|是否|谁|吗|呢|的|了|是|在|有|我|你|您|们|和|与|几|可|能|要"
)
_ENDINGS = re.compile(r"(?:ies|ing|ed|es|e|s|ly|y|'s|’s)$")


def stem(word: str) -> str:
    """A word without its ending, so that `returns`, `returned` and `return` are one."""
    word = word.lower()
    for _ in range(2):  # Sundays, Sunday
        word = _ENDINGS.sub("", word) if len(word) > 3 else word
    return word


def terms(text: str) -> list[str]:
    """The words that say what a text is about, each once: stems, and pairs of Chinese characters."""
    words = [stem(word) for word in _WORD.findall(_CHINESE.sub(" ", text)) if word.lower() not in _SAY_NOTHING]
    for run in _CHINESE.findall(_EMPTY_CHINESE.sub(" ", text)):
        words += [run[at : at + 2] for at in range(len(run) - 1)] or [run]
    return list(dict.fromkeys(words))


def covered(question: str, text: str) -> float:
    """How many of the question's words stand in a text, 0 to 1; 1 for a question without any, or in another language."""
    wanted = terms(question)
    if not wanted or east_asian(question) != east_asian(text):
        return 1.0
    there = set(terms(text))
    return sum(_stands(word, there) for word in wanted) / len(wanted)


def _stands(word: str, there: Iterable[str]) -> bool:
    return any(word == other or (len(word) > 4 and len(other) > 4 and word[:5] == other[:5]) for other in there)
