"""Words of a person's own that stand for a longer request, or for a command, with parameters. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import NamedTuple

from aishell.core.errors import UsageError
from aishell.core.own import Macro

_PARAMETER = re.compile(r"\{\{(?P<braces>[A-Za-z_]\w*)\}\}|(?<!\$)\{(?P<name>[A-Za-z_]\w*)\}")
"""`{{name}}` is written for `{name}`; `${name}`, `{a,b}` and `{}` are the shell's."""
_NESTED = re.compile(r"""\"[^"]*\$\(|<<(?!<)|\$['"]""")
"""Quotes within quotes, and texts in which quotes are none: only a parser could tell where a parameter stands."""


class Stands(NamedTuple):
    """What the words stand for: a request, or a command."""

    macro: str
    text: str = ""
    command: str = ""

    @property
    def why(self) -> str:
        """Where the command comes from."""
        return f"your macro {self.macro}"


def parameters(macro: Macro) -> tuple[str, ...]:
    """Their names, in the order in which they are given: those that may be left out come last."""
    found = dict.fromkeys(match["name"] for match in _PARAMETER.finditer(macro.text or macro.command) if match["name"])
    return tuple(sorted(found, key=lambda name: name in macro.defaults))


def quoted(macro: Macro) -> str:
    """A parameter that its command has within quotes, where no value is safe; empty when there is none."""
    quote, at, command = "", 0, macro.command
    if _NESTED.search(command):
        return next(iter(parameters(macro)), "")
    for match in _PARAMETER.finditer(command):
        while at < match.start():
            sign = command[at]
            if sign == "\\" and quote != "'":
                at += 1
            elif sign == quote:
                quote = ""
            elif sign in "'\"`" and not quote:
                quote = sign
            at += 1
        if match["name"] and quote:
            return match["name"]
    return ""


def usage(macro: Macro) -> str:
    """How it is written: `deploy HOST [BRANCH]`."""
    words = (f"[{name.upper()}]" if name in macro.defaults else name.upper() for name in parameters(macro))
    return " ".join([macro.name, *words])


def called(words: str, macros: Sequence[Macro]) -> Stands | None:
    """What `words` stand for; None when they do not begin with a macro's name.

    Raises UsageError when a parameter is missing, or there are too many.
    """
    name = words.split(maxsplit=1)[:1]
    macro = next((macro for macro in macros if [macro.name] == name), None)
    if macro is None:
        return None
    values, rest = _values(macro, _split(words)[1:])
    missing = [name for name in parameters(macro) if name not in values]
    if missing or (rest and macro.command):
        what = f"needs {', '.join(missing)}" if missing else f"does not take {' '.join(rest)}"
        raise UsageError(f"The macro {macro.name} {what}.", hint=f"It is written: {usage(macro)}")
    if macro.text:
        return Stands(macro.name, text=" ".join([_filled(macro.text, values), *rest]))
    for value in values.values():
        if not value.isprintable():
            raise UsageError(f"A value of the macro {macro.name} has characters that cannot be seen.")
    return Stands(macro.name, command=_filled(macro.command, {name: shlex.quote(value) for name, value in values.items()}))


def _split(words: str) -> list[str]:
    try:
        return shlex.split(words)
    except ValueError:  # an apostrophe
        return words.split()


def _values(macro: Macro, given: list[str]) -> tuple[dict[str, str], list[str]]:
    """The value of each parameter, and the words that are none: `name=value` for one by its name, others in their order."""
    names = parameters(macro)
    named = {key: value for word in given for key, sign, value in [word.partition("=")] if sign and key in names}
    plain = [word for word in given if word.partition("=")[0] not in named]
    values = {**macro.defaults, **named}
    for name in (name for name in names if name not in named):
        if plain:
            values[name] = plain.pop(0)
    return {name: values[name] for name in names if name in values}, plain


def _filled(template: str, values: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        return values[match["name"]] if match["name"] else f"{{{match['braces']}}}"

    return _PARAMETER.sub(value, template)
