"""The head of an entry in a manual page or help text: `-w, --width=COLS`, `--[no-]color[=WHEN]`, `-name pattern`, `if=FILE`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aishell.core.programs import LINE, NUMBER, SIGNAL

_BETWEEN = re.compile(r"\s*(?:,|\s\||\||\s+(?:or|and)\s+|\s?/)\s*(?=[-+])|\s+(?=--[a-zA-Z\[])")
_NAME = re.compile(
    r"(?P<name>--\[(?:no|dont)-\][\w-]+|-{1,2}[A-Za-z0-9][\w.+-]*|[-+][?#@%:.$^=!,+\]]|--|[-+]\w(?![\w-])|-(?=<\w))"
    r"(?P<rest>.*)",
    re.S,
)
_OPTIONAL = re.compile(r"\[[=\s]?(?P<argument>[^\]]*)\]?.*|(?P<all>\[=.*)", re.S)
_JOINED = re.compile(r"-[A-Z][a-z]{2,}")
"""`-Olevel`: the option -O with its argument, or one called so; both are possible."""
_KEY = re.compile(r"(?P<name>[a-z]{2,12}=)(?P<argument>[A-Z][A-Za-z]*|<[\w -]+>)")
_BETWEEN_OPERANDS = re.compile(r"\(?[A-Za-z]\w*\)? (?P<name>-[a-z]{1,3}|=|==|!=|<|>|,) [A-Za-z]\w*")
_BEFORE_OPERAND = re.compile(r"(?P<name>!|\() (?:expr|EXPR\w*)(?: \))?")
_LINE = re.compile(r"\+(?:\[num\]|<\w+>|n|N|NUM)")
_DEFAULTS = frozenset({"true", "false"})
"""`--recursive=false`: a switch, with what it is if nobody says anything."""
_OPERANDS = frozenset({"expr", "EXPR", "expression", "EXPRESSION"})
"""`-not expr`: an operator, not an option with an argument."""
_LETTER = re.compile(r"(?P<name>[A-Za-z])(?P<argument> [a-z]+)?")
"""`u      user-oriented format`, of programs that take options without a dash."""
_TWO_WAYS = re.compile(r"\+\[no\](?P<name>[a-z][a-z0-9]*)(?P<rest>[=\[].*)?")
_WORDS = 6
_LONGEST = 80
_ASIDE = re.compile(r"\s*\((?:[^()]*)\)$")


@dataclass(frozen=True, slots=True)
class Head:
    names: tuple[str, ...]
    argument: str = ""
    optional: bool = False


def read(text: str) -> Head | None:
    """The names in a head and what they take; None when `text` is something else, such as a sentence."""
    text = text.strip().rstrip(":")
    if len(text) > 4 * _LONGEST:
        return None
    if found := _KEY.fullmatch(text) or _BETWEEN_OPERANDS.fullmatch(text) or _BEFORE_OPERAND.fullmatch(text):
        return Head((found["name"],), found.groupdict().get("argument") or "")
    if found := _TWO_WAYS.fullmatch(text):
        return Head((f"+{found['name']}", f"+no{found['name']}"), (found["rest"] or "").strip("[]="), optional=True)
    if _LINE.fullmatch(text):
        return Head((LINE,))
    if found := _LETTER.fullmatch(text):
        return Head((found["name"],), (found["argument"] or "").strip())
    if not text.startswith(("-", "+")):
        return None
    names: list[str] = []
    argument, optional = "", False
    for part in _BETWEEN.split(text):
        one = _one(part.strip())
        if one is None:
            return None if not names else Head(tuple(dict.fromkeys(names)), argument, optional)
        names += one.names
        if one.argument and not argument:
            argument, optional = one.argument, one.optional
    return Head(tuple(dict.fromkeys(names)), argument, optional)


def _one(text: str) -> Head | None:
    """One spelling: a name and its argument."""
    found = _NAME.fullmatch(text)
    if not found:
        return None
    name, rest = found["name"], _ASIDE.sub("", found["rest"]).rstrip()
    if name == "-":
        return Head((SIGNAL if rest == "<signal>" else NUMBER,))
    if name.startswith(("--[no-]", "--[dont-]")):
        positive = f"--{name.partition(']')[2]}"
        head = _with(positive, rest)
        return head and Head((positive, name.replace("[", "").replace("]", "")), head.argument, head.optional)
    if rest == "" and _JOINED.fullmatch(name):
        return Head((name[:2], name), name[2:], optional=True)
    return _with(name, rest)


def _with(name: str, rest: str) -> Head | None:
    """A name with what follows it, when that can be an argument."""
    if not rest:
        return Head((name,))
    if rest.startswith("[") and (found := _OPTIONAL.fullmatch(rest)):
        return Head((name,), _called(found["argument"] or found["all"] or ""), optional=True)
    if rest[0] in "=:":
        return Head((name,), "" if rest[1:] in _DEFAULTS else _called(rest[1:]) or "…")
    if rest[0] == "<" or (len(name) == 2 and rest[0] in "({#"):
        return Head((name,), _called(rest))
    argument = rest.strip()
    if rest[0] not in " \t" or not _is_argument(argument):
        return None
    if argument in _OPERANDS:
        return Head((name,))
    inner = re.fullmatch(r"\[([^\[\]]+)\](?:\.\.\.)?", argument)
    return Head((name,), _called(inner[1] if inner else argument), optional=bool(inner))


def _is_argument(text: str) -> bool:
    """A few words, and no sentence."""
    words = text.split()
    if text.count("(") != text.count(")"):
        return False  # a line of a program in an example
    if len(text) > _LONGEST or len(words) > _WORDS:
        return False
    if text.endswith((".", ",")) and not text.endswith(("...", "...,")):
        return False
    prose = sum(bool(re.fullmatch(r"[a-z]{2,}[,;]?", word)) for word in words)
    return len(words) == 1 or prose <= 2


def _called(text: str) -> str:
    return " ".join(text.replace("<", "").replace(">", "").split())[:_LONGEST]
