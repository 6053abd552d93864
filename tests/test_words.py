"""What the screen says, in which language; and that nothing it says is forgotten in another one."""

from __future__ import annotations

import ast
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from aishell.ui.words import Words, language, languages, speak
from tests.stage import FORBIDDEN, HOSTILE

UI = Path(__file__).resolve().parents[1] / "aishell" / "ui"
MENDS = UI.parent / "planner" / "fix"
DOOR = UI.parent / "cli" / "web"
"""Says why a command failed, in sentences marked with `Why`."""
SHOWS = frozenset(("shown", "Static", "Button", "keys_line", "label", "NoticeBlock"))
"""What puts text on the screen."""


@pytest.mark.parametrize(
    ("environ", "wanted", "chosen"),
    [
        ({}, "", "en"),
        ({"LANG": "zh_CN.UTF-8"}, "", "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "", "en"),
        ({"LANG": "C.UTF-8", "LC_ALL": "zh_TW"}, "", "zh"),
        ({"LANG": "de_DE.UTF-8"}, "", "en"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "de:zh_CN:en"}, "", "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "", "en"),
        ({"LANG": ""}, "", "en"),
        ({"LANG": "zh_CN"}, "en", "en"),
        ({}, "zh-Hans", "zh"),
        ({}, "../../etc/passwd", "en"),
    ],
)
def test_the_language_is_the_wanted_one_or_that_of_the_locale(environ: dict[str, str], wanted: str, chosen: str) -> None:
    assert language(environ, wanted) == chosen


def test_words_are_in_the_language_with_their_values_and_in_english_when_there_is_no_translation() -> None:
    chinese = speak("zh")
    assert chinese("run") == "运行"
    assert chinese("saved as {file}", file="a") == "已保存为 a"
    assert chinese("never said") == "never said"
    assert chinese.count(1, "{n:,} memory", "{n:,} memories") == "1 条记忆"
    english = Words()
    assert [english.count(n, "{n:,} memory", "{n:,} memories") for n in (0, 1, 2000)] == [
        "0 memories",
        "1 memory",
        "2,000 memories",
    ]


def test_a_language_with_more_plural_forms_gets_the_right_one() -> None:
    polish = Words(
        {"{n} files": ["{n} plik", "{n} pliki", "{n} plików"]},
        "n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2",
    )
    told = [polish.count(n, "{n} file", "{n} files") for n in (1, 3, 5, 22)]
    assert told == ["1 plik", "3 pliki", "5 plików", "22 pliki"]


def test_values_are_harmless_and_are_not_taken_for_places() -> None:
    assert not FORBIDDEN.search(Words()("saved as {file}", file=f"{HOSTILE}\n"))
    assert Words()("saved as {file}", file="{file.__class__}") == "saved as {file.__class__}"


@pytest.mark.parametrize("name", [name for name in languages() if name != "en"])
def test_every_text_has_a_translation_with_the_same_values_and_no_translation_is_left_over(name: str) -> None:
    catalog = tomllib.loads((UI / "locale" / f"{name}.toml").read_text("utf-8"))["words"]
    said = set(_said())
    assert said
    assert set(catalog) == said
    for english, translations in catalog.items():
        for text in translations if isinstance(translations, list) else [translations]:
            assert _places(text) == _places(english), english
            assert text.strip() == text or english.strip() != english


def test_no_words_are_put_on_the_screen_without_a_translation() -> None:
    bare = [finding for file in sorted(UI.rglob("*.py")) for finding in _bare(file)]
    assert bare == []


def _said() -> Iterator[str]:
    """The English texts that are given to `say`, to `later`, which marks one in a table, or to `Why`."""
    for file in (*sorted(UI.rglob("*.py")), *sorted(MENDS.rglob("*.py")), *sorted(DOOR.rglob("*.py"))):
        for call in (node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)):
            name = _called(call)
            owner = _called(call.func) if isinstance(call.func, ast.Attribute) and name == "count" else ""
            if ast.unparse(call.func) == "stdio.say":
                continue  # which prints what it is given
            if name in ("say", "_say", "later", "Why") or owner in ("say", "_say"):
                for text in call.args[:1] if name != "count" else call.args[2:3]:
                    from_table = isinstance(text, ast.Subscript | ast.Name)
                    assert isinstance(text, ast.Constant) or from_table, f"{file.name}:{call.lineno}: no constant"
                    if isinstance(text, ast.Constant):
                        yield str(text.value)


def _called(node: ast.AST) -> str:
    function = node.func if isinstance(node, ast.Call) else node.value if isinstance(node, ast.Attribute) else node
    return function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""


def _bare(file: Path) -> Iterator[str]:
    for call in (node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)):
        if _called(call) not in SHOWS:
            continue
        for argument in call.args:
            text = argument.elts[0] if isinstance(argument, ast.Tuple) else argument
            if (
                isinstance(text, ast.Constant)
                and isinstance(text.value, str)
                and any(letter.isalpha() for letter in text.value)
            ):
                yield f"{file.name}:{call.lineno}: {text.value!r}"


def _places(text: str) -> set[str]:
    return {f"{name}:{spec}" for _, name, spec, _ in string.Formatter().parse(text) if name}
