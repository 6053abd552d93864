"""Names in Chinese text, where nothing stands between words: taken out of what is said of them, and found without a model.

A small model says 王小梅校长 or 中美两国人民 where the names are 王小梅, 中 and 美, and it forgets names in long sentences. A
segmenter's dictionary knows many of those; what it takes for a name is no more than a candidate, which the model weighs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aishell.functions.results import Kind

TITLE = (
    "(?:总书记|书记(?!处)|主席(?!团)|总理(?!府)|总统(?!府)|部长|外长|省长|市长|州长|县长|校长|院长|局长|处长|主任|经理|教授|博士"
    "|院士|老师|医生|将军|大使(?!馆)|议员|委员长|记者|同志|先生|女士|小姐|夫人)"
)
_TAIL = re.compile("(?:理论|思想|精神|关系|问题|有关部门|各界人士|人民|两国|双方|学员|代表|方面|[等们])$")
"""What is said of a name behind it."""
_AND = re.compile("(?<=[部局院会府党团社央司学])[和与及](?=..)")
_COUNTRY = "中美英法德俄日韩朝印越"
"""Countries that have a name of one character, which stands beside another one: 中美."""
_NO_NAME = re.compile(f"[{_COUNTRY}]{{2,}}|[{_COUNTRY}]方|[他她它我你您].*")
"""Countries are found by `countries`, and pronouns are no names."""
_COUNTRIES = re.compile(rf"(?<![{_COUNTRY}])(?!美德|日中|美中不)[{_COUNTRY}]{{2,3}}(?![{_COUNTRY}]|国[^家]|[洲文语式元])")
_COUNTRY_ALONE = re.compile(rf"(?<=[驻访赴])[{_COUNTRY}华](?![国洲])|[{_COUNTRY}](?=方[^面法向式案针])")
_TAGS: dict[str, Kind] = {"nr": "person", "nrt": "person", "nrfg": "person", "ns": "place", "nt": "organization"}


def taken_apart(said: str) -> list[str]:
    """The names in what is said: without titles and what stands behind a name, and each of two for itself."""
    found: list[str] = []
    for part in re.split(TITLE, said):
        for name in _AND.split(part):
            while (shorter := _TAIL.sub("", name)) != name:
                name = shorter
            name = name.strip("、，。")
            if name and not _NO_NAME.fullmatch(name):
                found.append(name)
    return found


def countries(text: str) -> Iterator[tuple[int, int]]:
    """Where countries are named by one character: beside each other, behind 驻, 访 and 赴, and before 方."""
    for run in _COUNTRIES.finditer(text):
        if len(set(run[0])) == len(run[0]):
            yield from ((at, at + 1) for at in range(*run.span()))
    yield from (match.span() for match in _COUNTRY_ALONE.finditer(text))


def candidates(text: str) -> list[tuple[str, Kind]]:
    """What the segmenter takes for names, in order; none without it."""
    try:
        import rjieba
    except ImportError:
        return []
    return [(word, _TAGS[tag]) for word, tag in rjieba.tag(text) if tag in _TAGS and len(word) > 1]
