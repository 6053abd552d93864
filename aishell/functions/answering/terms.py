"""What a question asks for, as far as its words tell: words that matter, names and numbers, what kind of thing is wanted."""

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
_NAME = re.compile(r"(?<=[\w,;] )[A-Z][\w-]*[\w]|\b[A-Z]{2,}[\w-]*|\b\w*\d[\w.:-]*\w?|[“\"「《]([^”\"」》]+)[”\"」》]")

_FIGURE = re.compile(
    r"\d|[一二两三四五六七八九十百千半]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty"
    r"|fifty|hundred|thousand|million|half|twice|free|no|nothing|never|always|daily|weekly|monthly|every|each|first|second|third)\b"
    r"|免费|每",
    re.I,
)
_WANTS_FIGURE = re.compile(
    r"\bhow (?:many|much|long|often|old|far|fast|soon|large|big|high|tall|heavy|warm|hot|cold)\b"
    r"|\bwhat (?:does|do|did|is|are|was) .{0,60}\b(?:cost|price|share|amount|percentage)\b"
    r"|\bwhat (?:time|year|share|percentage|amount)\b|\b(?:phone|telephone) number\b|多少|几(?!乎)|多久|多长|多大|多远|百分之",
    re.I,
)
_MONEY = re.compile(r"\d[^.]{0,12}(?:euro|€|\$|£|dollar|pound|yuan|元|块|cent)|[€$£¥]|\bfree\b|\bnothing\b|免费|欧元", re.I)
_WANTS_MONEY = re.compile(
    r"\bhow much (?:is|does|do|did|are)\b.{0,60}\b(?:cost|charge|fee|price)|\bwhat does .{0,60} cost\b|\bprice\b|多少钱", re.I
)
_TIME = re.compile(
    r"\d{1,2}[:.]\d\d|\d\s*(?:am|pm|点|时|月|日|号|年|o'clock)|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b\d{4}\b"
    r"|\b(?:january|february|march|april|may|june|july|august|september|october|november|december|morning|evening|afternoon|night"
    r"|noon|midnight|today|tomorrow|week|month|year|day|hour|minute|until|after|before|when|once|as soon as|closed|open)s?\b"
    r"|星期|周[一二三四五六日末]|早|晚|上午|下午|[一二三四五六七八九十]+[点月]|以前|以后|期间",
    re.I,
)
_WANTS_TIME = re.compile(r"\b(?:when|(?:what|which) (?:time|day|year|month|week))\b|什么时候|何时|几点|哪天|哪年", re.I)
_WANTS_WHO = re.compile(r"^\s*(?:and\s+)?(?:who|whom|whose)\b|谁", re.I)
_SOMEBODY = re.compile(
    r"(?<![.!?] )(?<!^)\b[A-Z][a-z]+|\b(?:doctor|manager|director|assistant|staff|everybody|everyone|nobody|electrician"
    r"|pharmacist|carrier|designer|team|department|head|we|you|people)s?\b|[：:]\s*\S{2,4}|负责|人|员|师",
    re.M,
)


def stem(word: str) -> str:
    """A word without its ending, so that `returns`, `returned` and `return` are one."""
    word = word.lower()
    return _ENDINGS.sub("", word) if len(word) > 3 else word


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


def missing_names(question: str, text: str) -> list[str]:
    """Names and numbers of the question that a text does not have."""
    names = [found[1] or found[0] for found in _NAME.finditer(question)]
    lowered = text.lower()
    return [name for name in names if name.lower() not in lowered and name.lower() not in _SAY_NOTHING]


def lacks_kind(question: str, text: str) -> bool:
    """Whether the question asks for a sum, a time, a number or a person and the text has nothing of that kind."""
    kinds = ((_WANTS_MONEY, _MONEY), (_WANTS_FIGURE, _FIGURE), (_WANTS_TIME, _TIME), (_WANTS_WHO, _SOMEBODY))
    return any(wants.search(question) and not has.search(text) for wants, has in kinds)
