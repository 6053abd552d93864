"""What a failed program printed, read so that the language it speaks matters little.

The C library's own words for an error number are known in every language (`strerror_l`), and other programs write the number or
its name. Beyond that it is the words of the command itself that are looked for: a complaint names what it is about.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from aishell.core.text import harmless

_MOST = 16 << 10
"""Characters of the end of an output that are read: a complaint stands at its end, or near."""
_QUOTED = re.compile(r"""[`'"‘“«„]([^`'"‘’“”«»„\s]{1,100})['"`’”»“]""")
_ALONE = re.compile(r"^\s+(?:-\s+)?(?:\[[\w-]*\])?([\w@][\w@./:+-]*)$", re.M)
_OPTION = re.compile(r"(?<![\w-])--?[A-Za-z0-9][\w-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    text: str
    locale: str

    @classmethod
    def of(cls, output: str, locale: str) -> Messages:
        return cls(text=harmless(output[-_MOST:], colours=False), locale=locale)

    def __bool__(self) -> bool:
        return bool(self.text.strip())

    def says(self, *names: str) -> tuple[str, ...]:
        """The lines that tell one of these errors, given as `ENOENT`; in any language of the C library."""
        signs = [sign for name in names for sign in _signs(getattr(errno, name), name, self.locale)]
        return tuple(line for line in self.text.splitlines() if any(re.search(sign, line) for sign in signs))

    def has(self, pattern: str) -> re.Match[str] | None:
        return re.search(pattern, self.text, re.I | re.M)

    def names(self, value: str, lines: tuple[str, ...] | None = None) -> bool:
        """Whether `value` stands in the text, or in these lines of it, as a word of its own."""
        if not value:
            return False
        sign = re.compile(rf"(?<![\w/-]){re.escape(value)}(?![\w-]|/\w)")
        return bool(sign.search(self.text if lines is None else "\n".join(lines)))

    def offered(self) -> Iterator[str]:
        """Words that stand out: in quotes, alone on a line, and options. One of them may be what was meant."""
        for pattern in (_QUOTED, _ALONE):
            yield from (match[1] for match in pattern.finditer(self.text))
        yield from (match[0] for match in _OPTION.finditer(self.text))


@lru_cache(maxsize=64)
def _signs(number: int, name: str, locale: str) -> tuple[str, ...]:
    """Patterns that tell error `number`: its words in English and in `locale`, `[Errno 2]`, `(os error 2)`, and `ENOENT`."""
    words = {os.strerror(number), _words(number, locale)} - {""}
    return (*map(re.escape, words), rf"\b(?:[Ee]rrno|os error) {number}\b", rf"\b{name}\b")


def _words(number: int, locale: str) -> str:
    """What the C library calls the error in `locale`; empty when it cannot say."""
    try:
        library = ctypes.CDLL(None)
        library.newlocale.restype = library.strerror_l.restype = ctypes.c_void_p
        library.newlocale.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p]
        library.strerror_l.argtypes = [ctypes.c_int, ctypes.c_void_p]
        library.freelocale.argtypes = [ctypes.c_void_p]
        made = library.newlocale(_ALL_MASK, locale.encode(), None)
        if not made:
            return ""
        text = ctypes.string_at(library.strerror_l(number, made)).decode("utf-8", "replace")
        library.freelocale(made)
        return text
    except (AttributeError, OSError):  # another C library
        return ""


_ALL_MASK = 0x1FBF
"""LC_ALL_MASK of glibc: the words also need the locale's characters."""
