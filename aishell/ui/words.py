"""What aishell says on the screen, in the person's language: `say("{n} files", n=3)`.

The English text is the key. A catalog is a TOML file of `locale/`: each English text and what it is in that language, a list
where the language has several plural forms. What has no translation is said in English. Values are made harmless here.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping
from pathlib import Path

from aishell.ui.changes import plain

_CATALOGS = Path(__file__).with_name("locale")
_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
ENGLISH = "en"


class Words:
    """Texts of one language. Without a catalog: English."""

    def __init__(self, catalog: Mapping[str, str | list[str]] | None = None, plural: str = "n != 1") -> None:
        """`plural`: which form goes with the number n, as a C expression, the way gettext has it."""
        self._catalog = catalog or {}
        self._form: Callable[[int], int] = gettext.c2py(plural)

    def __call__(self, text: str, **values: str | int | float) -> str:
        """`text`, a constant of the program's, in the person's language, with the values in their places."""
        found = self._catalog.get(text, text)
        return _filled(found if isinstance(found, str) else found[-1], values)

    def count(self, number: int, one: str, many: str, **values: str | int | float) -> str:
        """`one` or `many`, whichever goes with `number`; it stands in the text as {n}."""
        forms = self._catalog.get(many)
        if forms is None:
            text = one if number == 1 else many
        else:
            text = forms if isinstance(forms, str) else forms[min(int(self._form(number)), len(forms) - 1)]
        return _filled(text, {"n": number, **values})


def later(text: str) -> str:
    """`text`, a constant that stands in a table and is said when it is shown: marked here, so that it is translated too."""
    return text


def languages() -> tuple[str, ...]:
    """English, and those there are catalogs for."""
    return (ENGLISH, *sorted(file.stem for file in _CATALOGS.glob("*.toml")))


def language(environ: Mapping[str, str], wanted: str = "") -> str:
    """One of `languages()`: the `wanted` one, or what the environment asks for, as for any program that uses gettext."""
    asked = wanted or next((environ[name] for name in _VARIABLES if environ.get(name)), "")
    there = languages()
    for name in asked.split(":"):
        main = name.partition(".")[0].partition("@")[0].replace("-", "_").partition("_")[0].lower()
        if main in there:
            return main
        if main in ("c", "posix"):
            return ENGLISH
    return ENGLISH


def speak(name: str) -> Words:
    """The words of one of `languages()`."""
    if name == ENGLISH:
        return Words()
    import tomllib  # not for English

    catalog = tomllib.loads((_CATALOGS / f"{name}.toml").read_text("utf-8"))
    return Words(catalog["words"], catalog["plural"])


def _filled(text: str, values: Mapping[str, str | int | float]) -> str:
    harmless = {name: plain(value) if isinstance(value, str) else value for name, value in values.items()}
    return text.format_map(harmless) if harmless else text
