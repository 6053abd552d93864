"""Names as they are written on a shell line, and what is written on one as the name that is meant."""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from aishell.core.text import has_hidden

Quote = Literal["", "'", '"', "$'"]

_SPECIAL = re.compile(r"""([\s!"#$&'()*;<>?\[\\\]^`{|}~])""")
_IN_DOUBLE = re.compile(r'(["$\\`])')
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v", "0": "\0"}


class Written(NamedTuple):
    """A word, or the beginning of one, taken apart."""

    name: str
    """What the shell would make of it, without globbing."""
    quote: Quote
    """The quotes that are still open at its end."""
    stem: str
    """Its written part up to and with the last slash; what follows is being completed."""
    stem_quote: Quote
    """The quotes that are open at the end of the stem."""

    def with_name(self, name: str, *, final: bool) -> str:
        """What to write behind the stem for `name`: in the quotes that were opened, which are closed when it is `final`."""
        code = needs_code(name)
        wanted: Quote = "" if code else self.quote
        changes = self.stem_quote != wanted
        opening = (self.stem_quote[-1:] + wanted) if changes else ""
        return f"{opening}{quote(name, wanted)}{wanted[-1:] if final else ''}"


def quote(name: str, open_quote: Quote = "") -> str:
    r"""`name` for a place in a shell line where `open_quote` is open, closing nothing.

    A name with characters that act on a terminal, or that nobody sees, is written as $'...' in full, so that it can be read.
    """
    if needs_code(name):
        return f"$'{_coded(name)}'"
    if open_quote == "'":
        return name.replace("'", "'\\''")
    if open_quote == '"':
        return _IN_DOUBLE.sub(r"\\\1", name).replace("!", "\"'!'\"")  # which no backslash protects in there
    if open_quote == "$'":
        return _coded(name)
    return _SPECIAL.sub(r"\\\1", name)


def needs_code(name: str) -> bool:
    """Whether a name can only be written as $'...'."""
    return "\n" in name or "\t" in name or has_hidden(name)


def read(word: str, environment: Mapping[str, str]) -> Written:
    """What `word`, which may be unfinished, names. Substitutions and globs stay as they are written."""
    name: list[str] = []
    state: Quote = ""
    slash, slash_state = 0, state
    at = 0
    while at < len(word):
        piece, after, state = _next(word, at, state, environment)
        name.append(piece)
        if piece.endswith("/") and word[after - 1] == "/":
            slash, slash_state = after, state
        at = after
    text = "".join(name)
    if word.startswith("~") and "/" in word:
        text = _home(text, environment)
    return Written(text, state, word[:slash], slash_state)


def _next(word: str, at: int, state: Quote, environment: Mapping[str, str]) -> tuple[str, int, Quote]:
    """One character or variable of `word`: what it stands for, where it ends, and the quotes open behind it."""
    character = word[at]
    if state == "'":
        return ("", at + 1, "") if character == "'" else (character, at + 1, state)
    if state == "$'":
        if character == "\\" and at + 1 < len(word):
            return (*_escape(word, at), state)
        return ("", at + 1, "") if character == "'" else (character, at + 1, state)
    if character == '"':
        return "", at + 1, "" if state else '"'
    if not state and word.startswith("$'", at):
        return "", at + 2, "$'"
    if not state and character == "'":
        return "", at + 1, "'"
    if character == "$" and (match := _VARIABLE.match(word, at)) and (value := environment.get(match[1] or match[2])):
        return value, match.end(), state
    if character == "\\" and at + 1 < len(word):
        following = word[at + 1]
        plain = state == "" or following in '$`"\\\n'
        return (following if plain else character + following), at + 2, state
    return character, at + 1, state


def _escape(word: str, at: int) -> tuple[str, int]:
    """What the escape at `at` inside $'...' stands for, and where it ends."""
    if match := re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3}))").match(word, at):
        value = int(match[1], 16) if match[1] else int(match[2], 8) & 0xFF
        return bytes([value]).decode("utf-8", "surrogateescape"), match.end()
    if match := re.compile(r"\\(?:u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8}))").match(word, at):
        value = int(match[1] or match[2], 16)
        return chr(value) if value < 0x110000 else "", match.end()
    return _ESCAPES.get(word[at + 1], word[at + 1]), at + 2


def _home(text: str, environment: Mapping[str, str]) -> str:
    user, slash, rest = text.partition("/")
    if user == "~":
        return f"{environment.get('HOME') or os.path.expanduser('~')}{slash}{rest}"
    try:
        return f"{pwd.getpwnam(user[1:]).pw_dir}{slash}{rest}"
    except (KeyError, ValueError):
        return text


def _coded(name: str) -> str:
    shown = []
    for character in name:
        code = ord(character)
        if character in "\\'":
            shown.append(f"\\{character}")
        elif 0xDC80 <= code <= 0xDCFF:
            shown.append(f"\\x{code - 0xDC00:02x}")
        elif character in "\n\t":
            shown.append({"\n": "\\n", "\t": "\\t"}[character])
        elif code < 0x20 or code == 0x7F:
            shown.append(f"\\x{code:02x}")
        elif has_hidden(character):
            shown.append(f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
        else:
            shown.append(character)
    return "".join(shown)
